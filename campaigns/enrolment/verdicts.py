"""What is decided in bulk, and what becomes of decided items: undone, upheld, overturned.

As in ``transitions``, each function changes states and counters in the transaction at hand, and
whoever calls it has checked who may and writes the event. Many items change in a few statements,
always in the order of a single decision: enrolments, items, counters of places, of towns.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from campaigns import clock, settings, tally
from campaigns.database import db
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.enrolment.transitions import count, require_taking_part, require_version
from campaigns.errors import Stale


class Counted(NamedTuple):
    """An item, and where it is counted."""

    item_id: int
    enrolment_id: int
    campaign_id: int
    place_id: int
    town_id: int | None


def hold(item_ids: Sequence[int]) -> None:
    """Until the transaction ends nobody else changes these items or their enrolments."""
    own = sa.select(Item.enrolment_id).where(Item.id.in_(item_ids))
    for table, condition in ((Enrolment, Enrolment.id.in_(own)), (Item, Item.id.in_(item_ids))):
        query = sa.select(table.id).where(condition).order_by(table.id)
        db.session.execute(query.with_for_update()).all()


def approve_all(items: Sequence[Counted], at: datetime) -> datetime:
    """Submitted becomes approved, of many at once and at one moment; gives when the units see it.
    The items are held and known to be submitted."""
    visible_at = at + settings.DECISION_DELAY
    _move_all(items, ItemState.SUBMITTED, ItemState.APPROVED, decided_at=at, visible_at=visible_at)
    return visible_at


def undo_all(items: Sequence[Counted], *, approved: bool) -> None:
    """What was approved, or returned, waits again since it was sent. The items are held, and their
    units have seen nothing yet."""
    before = ItemState.APPROVED if approved else ItemState.RETURNED
    nothing = dict.fromkeys(("decided_at", "visible_at", "reason", "due_on"))
    _move_all(items, before, ItemState.SUBMITTED, **nothing)


def _move_all(items: Sequence[Counted], before: ItemState, after: ItemState, **values: Any) -> None:
    ids = [each.item_id for each in items]
    moved = db.session.execute(
        sa.update(Item)
        .where(Item.id.in_(ids), Item.state == before)
        .values(state=after, row_version=Item.row_version + 1, **values)
    )
    if cast("sa.CursorResult[Any]", moved).rowcount != len(ids):
        raise Stale
    alike: dict[int, list[int]] = defaultdict(list)
    for enrolment_id, number in Counter(each.enrolment_id for each in items).items():
        alike[number].append(enrolment_id)
    for number, enrolment_ids in alike.items():
        less, more = (getattr(Enrolment, state.value) for state in (before, after))
        db.session.execute(
            sa.update(Enrolment)
            .where(Enrolment.id.in_(enrolment_ids))
            .values({less: less - number, more: more + number})
            .values(row_version=Enrolment.row_version + 1)
        )
    numbers = Counter((each.campaign_id, each.place_id, each.town_id) for each in items)
    tally.progress_all(numbers, before.value, after.value)


def uphold(enrolment: Enrolment, item: Item, version: int, due_on: date) -> None:
    """A disputed return stands, and the unit's time to mend starts anew."""
    _require_returned(enrolment, item, version)
    item.due_on = due_on
    # The same day is news as well: pages opened before are stale.
    flag_modified(item, "due_on")
    db.session.flush()


def overturn(enrolment: Enrolment, item: Item, version: int) -> None:
    """Returned becomes approved: the dispute was right. The unit sees it at once, for nobody undoes
    what was looked at twice."""
    _require_returned(enrolment, item, version)
    item.state = ItemState.APPROVED
    item.decided_at = item.visible_at = clock.now()
    item.reason = item.due_on = None
    count(enrolment, ItemState.RETURNED, ItemState.APPROVED)
    db.session.flush()


def _require_returned(enrolment: Enrolment, item: Item, version: int) -> None:
    require_taking_part(enrolment)
    require_version(item, version)
    if item.state is not ItemState.RETURNED:
        raise Stale
