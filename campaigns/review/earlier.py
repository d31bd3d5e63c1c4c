"""Rounds of review: what the last one marked, and what has changed since."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from campaigns import clock
from campaigns.database import db
from campaigns.enrolment.records import Attachment, Item, ItemState
from campaigns.history import Event
from campaigns.review import Decision, marks, undoing
from campaigns.review.marks import Mark

_SENT = frozenset({"submitted", "confirmed"})
_DECIDED = frozenset({"approved", "returned"})
_ANSWER = ("none", "not_applicable", "value", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Since:
    """What was sent now beside what the last review had seen: numbers of pieces, the answer before
    and after where it is another, and whether the note is."""

    added: Sequence[int]
    removed: Sequence[int]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: bool

    @property
    def nothing(self) -> bool:
        """Whether the same was sent once more."""
        return not (self.added or self.removed or self.after is not None or self.note)


def since_last(events: Sequence[Event]) -> Since | None:
    """What changed between the last review and what was sent now; None before the first review.

    ``events`` are those of the item, newest first.
    """
    sent = next((each for each in events if each.verb in _SENT), None)
    rest = events[events.index(sent) + 1 :] if sent else ()
    decided = next((n for n, each in enumerate(rest) if each.verb in _DECIDED), None)
    if sent is None or decided is None:
        return None
    seen = next((each for each in rest[decided + 1 :] if each.verb in _SENT), None)
    if seen is None:
        return None
    now, then = sent.detail, seen.detail
    pieces, earlier = now.get("evidence") or [], then.get("evidence") or []
    before, after = _answer(then), _answer(now)
    return Since(
        added=[each for each in pieces if each not in earlier],
        removed=[each for each in earlier if each not in pieces],
        before=before if before != after else None,
        after=after if before != after else None,
        note=(now.get("note") or "") != (then.get("note") or ""),
    )


def _answer(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told.get(name) for name in _ANSWER}


def marks_of(item_id: int) -> list[Mark]:
    """What the last decision on an item marked on its pictures."""
    query = sa.select(Decision.marks).where(Decision.item_id == item_id, undoing.stands())
    return marks.stored(db.session.scalar(query.order_by(Decision.id.desc()).limit(1)) or ())


def marks_on(evidence_id: int, *, seen_by_unit: bool) -> list[Mark]:
    """What is marked on a picture by the last decisions on the items that it proves, while these
    are returned; the unit sees a mark when it sees the decision."""
    last = (
        sa.select(sa.func.max(Decision.id))
        .join(Item, Item.id == Decision.item_id)
        .join(Attachment, Attachment.item_id == Item.id)
        .where(
            Attachment.evidence_id == evidence_id,
            Item.state == ItemState.RETURNED,
            undoing.stands(),
        )
        .group_by(Decision.item_id)
    )
    if seen_by_unit:
        last = last.where(Item.visible_at <= clock.now())
    rows = db.session.scalars(
        sa.select(Decision.marks).where(Decision.id.in_(last)).order_by(Decision.id)
    )
    return [each for row in rows for each in marks.stored(row) if each.piece == evidence_id]


def decisions_of(item_ids: Sequence[int], *, seen_by_unit: bool) -> dict[int, list[Decision]]:
    """Every decision on these items, oldest first; the unit's view leaves out what it cannot see
    yet."""
    query = (
        sa.select(Decision)
        .join(Item, Item.id == Decision.item_id)
        .where(Decision.item_id.in_(item_ids))
        .order_by(Decision.id)
    )
    if seen_by_unit:
        query = query.where(
            sa.or_(
                Item.visible_at.is_(None),
                Item.visible_at <= clock.now(),
                Decision.decided_at != Item.decided_at,
            )
        )
    found: dict[int, list[Decision]] = defaultdict(list)
    for each in db.session.scalars(query):
        found[each.item_id].append(each)
    return found
