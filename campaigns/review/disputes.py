"""Disputes: a unit that holds a return for wrong says so, once, while it has time to mend.

The item stays returned, in every counter too, until somebody other than whoever returned it looks
again: the return stands and the time to mend starts anew, or it falls and the item is approved.
Whoever mends and sends again meanwhile has let the dispute drop.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from campaigns import clock, history, people, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, db, fixed
from campaigns.enrolment import impartiality, records, transitions, verdicts
from campaigns.enrolment.records import ANSWERABLE, Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.review import CITY, Decision, Desk, has_part_in, of_desk
from campaigns.text import Bilingual
from campaigns.units import Unit


class Dispute(Base):
    """A unit's objection to one return, and how it was settled: whether the return was upheld."""

    __tablename__ = "dispute"

    decision_id: Mapped[int] = mapped_column(
        sa.ForeignKey("decision.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str]
    raised_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    raised_at: Mapped[datetime]
    upheld: Mapped[bool | None]
    answer: Mapped[str | None]
    settled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    settled_at: Mapped[datetime | None] = mapped_column(index=True)

    @property
    def settle_by(self) -> date:
        """The day by which it is to be settled: a reviewer's deadline, as for what is sent."""
        return records.answer_due(self.raised_at)


def of_item(item: Item) -> Dispute | None:
    """The dispute about the return that the item stands on now, settled or not."""
    return db.session.scalar(
        sa.select(Dispute)
        .join(Decision, Decision.id == Dispute.decision_id)
        .where(Decision.item_id == item.id, Decision.decided_at == item.decided_at)
    )


def _return_of(item: Item) -> Decision | None:
    """The return that the item stands on."""
    query = sa.select(Decision).where(
        Decision.item_id == item.id,
        Decision.decided_at == item.decided_at,
        Decision.approved.is_(False),
    )
    return db.session.scalar(query)


def is_open(item: Item) -> bool:
    """Whether the return that the item stands on is disputed, and nobody has settled that."""
    found = of_item(item) if item.state is ItemState.RETURNED else None
    return found is not None and found.settled_at is None


def is_of(item: Item, person_id: int) -> bool:
    """Whether the person returned the item as it stands."""
    returned = _return_of(item)
    return returned is not None and returned.decided_by == person_id


def last_day(item: Item) -> date | None:
    """The last day on which a returned item can be disputed; none when there is no return."""
    if item.state is not ItemState.RETURNED or item.decided_at is None:
        return None
    return clock.day(item.decided_at) + timedelta(days=settings.MEND_DAYS)


def may_raise(enrolment: Enrolment, item: Item, *, by: int) -> bool:
    """Whether the person may dispute the item's return today."""
    last = last_day(item)
    return (
        last is not None
        and clock.today() <= last
        and records.is_visible(item)
        and enrolment.campaign.state is CampaignState.OPEN
        and enrolment.state in ANSWERABLE
        and people.is_liaison(by, enrolment.unit_id)
        and of_item(item) is None
    )


def dispute(enrolment: Enrolment, item: Item, reason: str, version: int, *, by: int) -> None:
    """The unit disputes a return. Raises NotAllowed for anybody else, Stale for a return that is
    no longer the last word; refuses a second time, a missing reason and one that comes too late.
    """
    if not people.is_liaison(by, enrolment.unit_id):
        raise NotAllowed
    transitions.require_taking_part(enrolment)
    transitions.require_version(item, version)
    last, returned = last_day(item), _return_of(item)
    if last is None or returned is None or not records.is_visible(item):
        raise Refused(fault("dispute_not_returned"))
    if enrolment.state not in ANSWERABLE:
        raise Refused(fault("enrolment_finished"))
    if of_item(item) is not None:
        raise Refused(fault("dispute_known"))
    if clock.today() > last:
        raise Refused(fault("dispute_too_late", last=last))
    if not reason:
        raise Refused(fault("dispute_reason_missing", "dispute"))
    made = Dispute(
        decision_id=returned.id, reason=reason, raised_by=by, raised_at=clock.now(), upheld=None
    )
    db.session.add(made)
    db.session.flush()
    _tell("disputed", enrolment, item, by=by, reason=reason)


def settle(
    enrolment: Enrolment, item: Item, *, upheld: bool, answer: str, version: int, by: int
) -> None:
    """Somebody else looks again: upheld, the item stays returned and the time to mend starts anew;
    overturned, it is approved at once.

    Raises NotAllowed for whoever returned, sent or uploaded it, Stale when somebody else was
    quicker; refuses to uphold without an answer.
    """
    found, returned = of_item(item), _return_of(item)
    if found is None or returned is None or found.settled_at is not None:
        raise Stale
    if returned.decided_by == by:
        raise NotAllowed("own_return")
    if has_part_in(item, by):
        raise NotAllowed("own_upload")
    if upheld and not answer:
        raise Refused(fault("dispute_answer_missing", "answer"))
    now = clock.now()
    settled = db.session.execute(
        sa.update(Dispute)
        .where(Dispute.decision_id == found.decision_id, Dispute.settled_at.is_(None))
        .values(upheld=upheld, answer=answer, settled_by=by, settled_at=now)
    )
    if cast("sa.CursorResult[Any]", settled).rowcount != 1:
        raise Stale
    if upheld:
        due_on = clock.today() + timedelta(days=settings.MEND_DAYS)
        verdicts.uphold(enrolment, item, version, due_on)
        _tell("dispute_upheld", enrolment, item, by=by, reason=answer)
        return
    verdicts.overturn(enrolment, item, version)
    db.session.execute(
        sa.insert(Decision).values(
            item_id=item.id,
            approved=True,
            preset=None,
            reason=answer,
            due_on=None,
            decided_by=by,
            decided_at=item.decided_at,
        )
    )
    _tell("dispute_overturned", enrolment, item, by=by, reason=answer)


def _tell(verb: str, enrolment: Enrolment, item: Item, *, by: int, reason: str) -> None:
    history.record(
        verb, "item", item.id, by=by, unit_id=enrolment.unit_id, key=item.key, reason=reason
    )


@dataclass(frozen=True, slots=True)
class Open:
    """One dispute that waits to be settled."""

    item_id: int
    enrolment_id: int
    key: str
    unit: Bilingual
    reason: str
    raised_at: datetime

    @property
    def settle_by(self) -> date:
        """The day by which it is to be settled."""
        return records.answer_due(self.raised_at)


def waiting(desks: Sequence[Desk], *, by: int) -> list[Open]:
    """The disputes that a person may settle, the oldest first."""
    return [
        Open(
            row.id,
            row.enrolment_id,
            row.key,
            Bilingual(row.name_zh, row.name_en),
            row.reason,
            row.raised_at,
        )
        for row in db.session.execute(
            to_settle(tuple(desks), by, clock.today())
            .order_by(Dispute.raised_at, Item.id)
            .limit(settings.PAGE_ROWS)
        )
    ]


@functools.lru_cache(256)
def to_settle(
    desks: tuple[Desk, ...], by: int, _today: date
) -> sa.Select[int, int, str, str, str, str, datetime]:
    """The query for them; kept for the day, as that of the queue is."""
    place = aliased(Jurisdiction)
    here = [
        sa.and_(scope.clause(place.path), sa.true() if kind == CITY else of_desk(kind, by))
        for scope, kind in desks
    ]
    return (
        sa.select(
            Item.id,
            Item.enrolment_id,
            Item.key,
            Unit.name_zh,
            Unit.name_en,
            Dispute.reason,
            Dispute.raised_at,
        )
        .join(Decision, Decision.id == Dispute.decision_id)
        .join(Item, Item.id == Decision.item_id)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(place, place.id == Enrolment.place_id)
        .where(
            Dispute.settled_at.is_(None),
            Item.state == fixed(ItemState.RETURNED),
            Item.decided_at == Decision.decided_at,
            Campaign.state == fixed(CampaignState.OPEN),
            Enrolment.state.in_([fixed(each) for each in sorted(ANSWERABLE)]),
            Decision.decided_by != by,
            sa.not_(impartiality.part_in(by)),
            sa.or_(sa.false(), *here),
        )
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a reviewer's returns that were disputed."""

    disputed: int
    upheld: int
    overturned: int


def counted(person_ids: Sequence[int], *conditions: sa.ColumnElement[bool]) -> dict[int, Counts]:
    """How often returns of these people were disputed, upheld and overturned, by person, in one
    statement; further ``conditions`` may name ``Decision`` and ``Item``."""
    rows = db.session.execute(
        sa.select(
            Decision.decided_by,
            sa.func.count().label("disputed"),
            sa.func.count().filter(Dispute.upheld.is_(True)).label("upheld"),
            sa.func.count().filter(Dispute.upheld.is_(False)).label("overturned"),
        )
        .select_from(Dispute)
        .join(Decision, Decision.id == Dispute.decision_id)
        .join(Item, Item.id == Decision.item_id)
        .where(Decision.decided_by.in_(person_ids), *conditions)
        .group_by(Decision.decided_by)
    )
    return {row.decided_by: Counts(row.disputed, row.upheld, row.overturned) for row in rows}
