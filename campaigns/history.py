"""The history: who did what to what, when. Rows are only ever added."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from campaigns import clock, database
from campaigns.database import Base, Large, at_most, db


class Event(Base):
    """One thing that happened. ``subject`` is ``item``, ``unit``, ``campaign`` and so on."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_subject", "subject", "subject_id", "id"),
        sa.Index("ix_event_unit_id_id", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    verb: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(Large)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    #: From when the unit sees it; none means at once.
    visible_at: Mapped[datetime | None]
    address: Mapped[str | None]
    detail: Mapped[dict[str, Any]]


class Happened(NamedTuple):
    """An event as a plain value, for many at once."""

    verb: str
    subject: str
    subject_id: int
    unit_id: int | None
    detail: dict[str, Any]
    visible_at: datetime | None = None


def record(
    verb: str,
    subject: str,
    subject_id: int | None,
    *,
    by: int | None,
    unit_id: int | None = None,
    visible_at: datetime | None = None,
    **detail: Any,
) -> None:
    """Adds an event to the transaction of the change that it tells of."""
    db.session.execute(
        sa.insert(Event).values(
            at=clock.now(),
            person_id=by,
            verb=verb,
            subject=subject,
            subject_id=subject_id,
            unit_id=unit_id,
            visible_at=visible_at,
            detail=detail,
        )
    )


def record_all(happened: Sequence[Happened], *, by: int | None) -> None:
    """Adds many events to the transaction of the changes that they tell of, in one statement."""
    if not happened:
        return
    now = clock.now()
    db.session.execute(
        sa.insert(Event),
        [{"at": now, "person_id": by, **each._asdict()} for each in happened],
    )


def remark(
    verb: str, subject: str, subject_id: int | None, *, by: int | None, address: str, **detail: Any
) -> None:
    """Adds an event that must survive a refusal, in a short transaction of its own."""
    with database.short(write=True) as connection:
        connection.execute(
            sa.insert(Event).values(
                at=clock.now(),
                person_id=by,
                verb=verb,
                subject=subject,
                subject_id=subject_id,
                address=address,
                detail=detail,
            )
        )


def of_item(item_id: int, *, seen_by_unit: bool, limit: int = 50) -> Sequence[Event]:
    """The events of an item, newest first; the unit's view leaves out what it cannot see yet."""
    return _events(_OF_ITEM, item_id, seen_by_unit, limit)


def of_unit(unit_id: int, *, seen_by_unit: bool, limit: int | None = 50) -> Sequence[Event]:
    """The events of a unit and of everything that is the unit's, newest first."""
    return _events(_OF_UNIT, unit_id, seen_by_unit, limit)


_ID = sa.bindparam("id", type_=Large)
_OF_ITEM = sa.select(Event).where(Event.subject == "item", Event.subject_id == _ID)
_OF_UNIT = sa.select(Event).where(Event.unit_id == _ID)


def _events(
    query: sa.Select[Event], id: int, seen_by_unit: bool, limit: int | None
) -> Sequence[Event]:
    if seen_by_unit:
        query = query.where(visible_to_unit())
    if limit is not None:
        query = query.limit(at_most(limit))
    return db.session.scalars(query.order_by(Event.id.desc()), {"id": id}).all()


def of_subject(subject: str, subject_id: int, *verbs: str, limit: int = 50) -> Sequence[Event]:
    """What happened so, or so, to one thing, newest first."""
    query = (
        sa.select(Event)
        .where(Event.subject == subject, Event.subject_id == subject_id, Event.verb.in_(verbs))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


#: What takes back the decision before it. The unit is told of neither.
UNDONE = "undone"
_DECISIONS = ("approved", "returned")


def was_undone() -> sa.ColumnElement[bool]:
    """The condition for the event of a decision that was taken back before the unit saw it."""
    later = aliased(Event)
    undone = sa.select(later.id).where(
        later.subject == Event.subject,
        later.subject_id == Event.subject_id,
        later.verb == UNDONE,
        later.id > Event.id,
        later.at <= Event.visible_at,
    )
    return sa.and_(Event.verb.in_(_DECISIONS), undone.exists())


def visible_to_unit() -> sa.ColumnElement[bool]:
    """The condition for the events that a unit sees of itself by now: no decision that can still be
    undone, or was."""
    return sa.or_(
        sa.and_(Event.visible_at.is_(None), Event.verb != UNDONE),
        sa.and_(Event.visible_at <= clock.now(), sa.not_(was_undone())),
    )
