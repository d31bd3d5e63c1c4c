"""Undoing: for five minutes a decision, or a batch of them as one, can be taken back.

The decision stays as it was made; that it was undone is a row of its own. Its item waits again
since it was sent, and the unit is never told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, history, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, UTCDateTime, at_most, db
from campaigns.enrolment import verdicts
from campaigns.enrolment.records import ANSWERABLE, Enrolment, EnrolmentState, Item, ItemState
from campaigns.enrolment.verdicts import Counted
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.history import Event, Happened
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.review import Decision
from campaigns.text import Bilingual
from campaigns.units import Unit


class Undoing(Base):
    """Who took a decision back, and when."""

    __tablename__ = "undoing"

    decision_id: Mapped[int] = mapped_column(
        sa.ForeignKey("decision.id"), primary_key=True, autoincrement=False
    )
    undone_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    undone_at: Mapped[datetime]


def stands() -> sa.ColumnElement[bool]:
    """The condition that a decision was not undone: whoever counts decisions asks for it."""
    undone = sa.select(Undoing.decision_id).where(Undoing.decision_id == Decision.id)
    return ~undone.exists()


@dataclass(frozen=True, slots=True)
class Decided:
    """What may be undone as one: a decision, or a batch. ``unit`` and ``key`` are of its first
    item, ``paths`` are the places of all of them."""

    decision_id: int
    batch_id: int | None
    decided_by: int
    decided_at: datetime
    approved: bool
    unit: Bilingual
    key: str
    number: int
    paths: frozenset[str]

    @property
    def until(self) -> datetime:
        """From when it can be undone no more: the units see it then."""
        return self.decided_at + settings.DECISION_DELAY


def find(scope: Scope, *, decision_id: int | None = None, batch_id: int | None = None) -> Decided:
    """A decision or a batch of which the scope holds at least one item; else NotFound."""
    if decision_id is None and batch_id is None:
        raise NotFound
    one = Decision.id == decision_id if batch_id is None else Decision.batch_id == batch_id
    found = _decided(one)
    if found is None or not any(scope.covers(path) for path in found.paths):
        raise NotFound(batch_id or decision_id)
    return found


def latest(by: int) -> Decided | None:
    """The last that a person decided, while she can undo it."""
    latest = db.session.execute(_LATEST, {"by": by, **moments()}).one_or_none()
    if latest is None:
        return None
    if latest.batch_id is not None:
        return _decided(Decision.batch_id == latest.batch_id)
    return _decided(Decision.id == latest.id)


def of_item(item_id: int) -> Decided | None:
    """The decision on an item, or the batch that it was a part of, while it can be undone."""
    found = db.session.scalar(
        sa.select(Decision)
        .join(Item, Item.id == Decision.item_id)
        .where(Decision.item_id == item_id, *_undoable(clock.now()))
    )
    if found is None:
        return None
    return _decided(
        Decision.id == found.id if found.batch_id is None else Decision.batch_id == found.batch_id
    )


def _undoable(now: sa.ColumnElement[datetime] | datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on decisions joined with their items: the last one made, seen by nobody yet."""
    return (
        Decision.decided_at == Item.decided_at,
        Item.visible_at > now,
        Item.state == sa.case((Decision.approved, ItemState.APPROVED), else_=ItemState.RETURNED),
        stands(),
    )


#: What a person (``by``) can undo at the ``moments``: a statement that is made once.
BY_HER = (
    sa.select(Decision.id, Decision.batch_id)
    .join(Item, Item.id == Decision.item_id)
    .where(
        Decision.decided_by == sa.bindparam("by"),
        Decision.decided_at > sa.bindparam("too_early", type_=UTCDateTime),
        *_undoable(sa.bindparam("now", type_=UTCDateTime)),
    )
)
_LATEST = BY_HER.order_by(Decision.id.desc()).limit(at_most(1))


def moments() -> dict[str, datetime]:
    """The present instant, and the last one at which a decision was made that stands for good."""
    now = clock.now()
    return {"now": now, "too_early": now - settings.DECISION_DELAY}


def _decided(condition: sa.ColumnElement[bool]) -> Decided | None:
    rows = db.session.execute(
        sa.select(Decision, Item.key, Unit.name_zh, Unit.name_en, Jurisdiction.path)
        .join(Item, Item.id == Decision.item_id)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Jurisdiction, Jurisdiction.id == Enrolment.place_id)
        .where(condition)
        .order_by(Decision.id)
    ).all()
    if not rows:
        return None
    first = rows[0]
    made: Decision = first.Decision
    return Decided(
        decision_id=made.id,
        batch_id=made.batch_id,
        decided_by=made.decided_by,
        decided_at=made.decided_at,
        approved=made.approved,
        unit=Bilingual(first.name_zh, first.name_en),
        key=first.key,
        number=len(rows),
        paths=frozenset(row.path for row in rows),
    )


def undo(found: Decided, *, by: int) -> int:
    """Takes a decision back, or all of a batch that still can be; gives how many.

    Refuses what the units see by now, and what an examined checklist or a closed campaign leans
    on; raises Stale when it was undone already.
    """
    own = (
        Decision.id == found.decision_id
        if found.batch_id is None
        else Decision.batch_id == found.batch_id
    )
    verdicts.hold(db.session.scalars(sa.select(Decision.item_id).where(own)).all())
    if db.session.scalar(sa.select(sa.func.count(Decision.id)).where(own, stands())) == 0:
        raise Stale
    if found.until <= clock.now():
        raise Refused(fault("undo_too_late"))
    rows = _rows(own, found.decided_at)
    if not rows:
        raise Refused(fault("undo_moved_on"))
    now = clock.now()
    verdicts.undo_all(
        [
            Counted(row.item_id, row.enrolment_id, row.campaign_id, row.place_id, row.town_id)
            for row in rows
        ],
        approved=found.approved,
    )
    db.session.execute(
        sa.insert(Undoing),
        [{"decision_id": row.id, "undone_by": by, "undone_at": now} for row in rows],
    )
    history.record_all(
        [
            Happened(history.UNDONE, "item", row.item_id, row.unit_id, {"key": row.key})
            for row in rows
        ],
        by=by,
    )
    return len(rows)


def _rows(own: sa.ColumnElement[bool], since: datetime) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    """The decisions that can be undone, with where their items are counted: nobody has examined
    the checklist since, nor closed the campaign."""
    moved_on = sa.select(Event.id).where(
        Event.subject == "enrolment",
        Event.subject_id == Enrolment.id,
        Event.verb.in_([each.value for each in EnrolmentState]),
        Event.at >= since,
    )
    return db.session.execute(
        sa.select(
            Decision.id,
            Decision.item_id,
            Item.key,
            Item.enrolment_id,
            Enrolment.unit_id,
            Enrolment.campaign_id,
            Enrolment.place_id,
            Enrolment.town_id,
        )
        .join(Item, Item.id == Decision.item_id)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(
            own,
            *_undoable(clock.now()),
            Enrolment.state.in_(ANSWERABLE),
            Campaign.state == CampaignState.OPEN,
            ~moved_on.exists(),
        )
        .order_by(Decision.id)
    ).all()
