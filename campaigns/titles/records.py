"""The rows of titles and their suspensions, and what a title is on a day."""

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import (
    Mapped,
    attributes,
    contains_eager,
    lazyload,
    mapped_column,
    relationship,
)

from campaigns import hold, jurisdictions, standards, tally, units
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound
from campaigns.jurisdictions import EVERYWHERE, Jurisdiction, Scope
from campaigns.standards import Standard
from campaigns.tally import Ledger, TitleChange
from campaigns.units import Span, Unit, UnitPeriod

_ONE = timedelta(days=1)


class Standing(enum.StrEnum):
    """What a title is on a day. Only ``valid`` counts."""

    VALID = "valid"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    NOT_YET = "not_yet"


class Suspension(Base):
    """A stretch of days on which a title does not count: from ``valid_from`` to ``valid_to``, or
    until it is lifted. One lifted on the day it began never took effect."""

    __tablename__ = "suspension"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    title_id: Mapped[int] = mapped_column(sa.ForeignKey("title.id"), index=True)
    incident_id: Mapped[int | None] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str]
    suspended_at: Mapped[datetime]
    suspended_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    lifted_why: Mapped[str | None]

    def covers(self, day: date) -> bool:
        """Whether the title is suspended on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Title(Base):
    """One naming. Valid from ``valid_from`` to ``valid_to``, or to ``ended_on`` when it ended
    before its time, but for the days of its suspensions. ``number`` is 1, or the households that
    it names. ``withdrawn_on`` is the first day without a title that was withdrawn."""

    __tablename__ = "title"
    __table_args__ = (sa.CheckConstraint("number > 0", name="number_positive"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), unique=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    town_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    number: Mapped[int]
    document_number: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    ended_on: Mapped[date | None]
    named_at: Mapped[datetime]
    named_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    withdrawn_on: Mapped[date | None]
    withdrawn_why: Mapped[str | None]

    standard: Mapped[Standard] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")
    #: Always at hand, for whether a title counts cannot be said without them.
    suspensions: Mapped[list[Suspension]] = relationship(
        lazy="selectin", order_by=Suspension.valid_from
    )

    @property
    def last_day(self) -> date:
        """The last day on which the title counts."""
        return self.valid_to if self.ended_on is None else min(self.ended_on, self.valid_to)

    def is_valid(self, day: date) -> bool:
        """Whether the title counts on a day."""
        return standing(self, day) is Standing.VALID

    def suspended_until(self, day: date) -> date | None:
        """The last day of the suspension that it is under on a day, or of the longest of them;
        none where one of them has no end yet."""
        days = [each.valid_to for each in self.suspensions if each.covers(day)]
        known = [each for each in days if each is not None]
        return max(known) if known and len(known) == len(days) else None

    def stretches(self) -> Iterator[tuple[date, date]]:
        """The first and last day of each stretch on which the title counts, in their order."""
        first, last = self.valid_from, self.last_day
        for gap in sorted(self.suspensions, key=lambda each: each.valid_from):
            if gap.valid_to is not None and gap.valid_to < gap.valid_from:
                continue
            if first < gap.valid_from:
                yield first, min(gap.valid_from - _ONE, last)
            if gap.valid_to is None:
                return
            first = max(first, gap.valid_to + _ONE)
            if first > last:
                return
        yield first, last


def standing(title: Title, day: date) -> Standing:
    """What a title is on a day. A title withdrawn stays withdrawn after its years are over."""
    if title.withdrawn_on is not None and title.withdrawn_on <= day:
        return Standing.WITHDRAWN
    if day < title.valid_from:
        return Standing.NOT_YET
    if day > title.last_day:
        return Standing.LAPSED
    if any(each.covers(day) for each in title.suspensions):
        return Standing.SUSPENDED
    return Standing.VALID


def suspended_on(day: date | sa.BindParameter[date]) -> sa.ColumnElement[bool]:
    """Whether a title is suspended on a day, as a condition on a query."""
    return sa.exists().where(
        Suspension.title_id == Title.id,
        Suspension.valid_from <= day,
        sa.or_(Suspension.valid_to.is_(None), Suspension.valid_to >= day),
    )


def end(title: Title, last_day: date) -> None:
    """Ends a title before its time; it counts up to the last day."""
    with recounted([title]):
        title.ended_on = last_day


@contextmanager
def recounted(held: Sequence[Title]) -> Iterator[None]:
    """Whatever changes inside the block on which days these titles count, the counters follow.

    Whoever changes the same units, or suspends the same titles, waits until this is through.
    """
    hold.require_free()
    ids = sorted({each.unit_id for each in held})
    db.session.execute(
        sa.select(Unit.id).where(Unit.id.in_(ids)).order_by(Unit.id).with_for_update()
    )
    for each in held:
        db.session.expire(each, ["ended_on", "suspensions"])
    ledger, periods = tally.Ledger(), units.periods(ids)
    note(ledger, held, periods, -1)
    yield
    note(ledger, held, periods)
    db.session.flush()
    ledger.write()


def note(
    ledger: Ledger,
    held: Iterable[Title],
    periods: Mapping[int, Sequence[UnitPeriod | Span]],
    sign: int = 1,
) -> None:
    """Notes titles where their units sit, period by period, on the days on which they count."""
    for title in held:
        for first, last in title.stretches():
            found = periods[title.unit_id]
            ledger.title(title.standard_id, found, first, last, title.number, sign)


def find(title_id: int, scope: Scope) -> Title:
    """The title with its unit, place and standard, within the scope; raises NotFound."""
    found = db.session.scalar(listed(scope).options(*WHOLE).where(Title.id == title_id))
    if found is None:
        raise NotFound(title_id)
    return found


def of_units(unit_ids: Sequence[int]) -> Sequence[Title]:
    """The titles of these units with their standards, the latest first."""
    query = (
        sa.select(Title)
        .join(Title.standard)
        .options(contains_eager(Title.standard))
        .where(Title.unit_id.in_(unit_ids))
        .order_by(Title.valid_from.desc(), Title.id.desc())
    )
    return db.session.scalars(query).all()


def of_serial(serial: str) -> Title | None:
    """The title with this serial, with its standard, unit and place, for everybody who knows it."""
    query = listed(EVERYWHERE).options(*WHOLE).where(Title.serial == serial)
    return db.session.scalar(query)


def due(
    unit: Unit, held: Sequence[Title], day: date, exempt: Collection[int] = ()
) -> tuple[int, int]:
    """Valid titles of a unit on a day, and those that it is due: every standard in force for its
    kind but those that it is exempt from. A unit that left the register is due none."""
    if unit.valid_to is not None and unit.valid_to < day:
        return 0, 0
    wanted = {
        version.standard_id
        for version in standards.current()
        if unit.kind in version.standard.unit_kinds and version.standard_id not in exempt
    }
    valid = {title.standard_id for title in held if title.is_valid(day)}
    return len(wanted & valid), len(wanted)


def listed(scope: Scope) -> sa.Select[Title]:
    """The query for the titles of the units within the scope, the latest first, joined with
    units, places and standards."""
    return (
        sa.select(Title)
        .join(Title.standard)
        .join(Title.unit)
        .join(Unit.place)
        .where(scope.clause(Jurisdiction.path, Unit.id))
        .order_by(Title.valid_from.desc(), Title.id.desc())
    )


#: Loads what ``listed`` joins.
WHOLE = (contains_eager(Title.standard), contains_eager(Title.unit).contains_eager(Unit.place))


def page(scope: Scope, *, offset: int, limit: int) -> Sequence[Title]:
    """The titles of the units within the scope, the latest first, with units and standards."""
    query = listed(scope).options(*WHOLE).offset(offset).limit(limit)
    return db.session.scalars(query).all()


#: Every title without its suspensions, which are read at once where all are.
_ALONE = sa.select(Title).options(lazyload(Title.suspensions))


def check() -> Iterator[str]:
    """Names each counter of titles that is not what counting the titles gives."""
    codes = jurisdictions.codes()
    slugs = {row.id: row.slug for row in db.session.execute(sa.select(Standard.id, Standard.slug))}

    def key(standard_id: int, place_id: int, day: date) -> tuple[str, ...]:
        return (f"standard={slugs[standard_id]}", f"place={codes[place_id]}", f"day={day}")

    stored = {
        key(row.standard_id, row.place_id, row.day): {"titles": row.number}
        for row in db.session.scalars(sa.select(TitleChange))
    }
    ledger, held = Ledger(), db.session.scalars(_ALONE).all()
    suspended: dict[int, list[Suspension]] = {}
    for each in db.session.scalars(sa.select(Suspension)):
        suspended.setdefault(each.title_id, []).append(each)
    for title in held:
        attributes.set_committed_value(title, "suspensions", suspended.get(title.id, []))
    note(ledger, held, units.all_periods())
    counted = {key(*where): {"titles": numbers[0]} for where, numbers in ledger.titles.items()}
    yield from tally.differences("title_change", stored, counted)
