"""Units: the villages, schools, hospitals and other places that take part."""

import enum
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, jurisdictions
from campaigns.database import Base, db
from campaigns.errors import NotFound
from campaigns.jurisdictions import Interval, Jurisdiction, Scope
from campaigns.text import Bilingual


class Kind(enum.StrEnum):
    """What a unit is. Households are never units: a village carries their number."""

    VILLAGE = "village"
    COMMUNITY = "community"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    PUBLIC_PLACE = "public_place"
    MARKET = "market"
    ROAD_SECTION = "road_section"
    ENTERPRISE = "enterprise"
    TOWN = "town"


#: The kinds that answer for households, in counts.
HOUSEHOLD_KINDS = frozenset({Kind.VILLAGE, Kind.COMMUNITY})


class Unit(Base):
    """One entry of the register. ``households`` is a number with its date, never a list."""

    __tablename__ = "unit"
    __table_args__ = (
        sa.CheckConstraint("households >= 0", name="households_not_negative"),
        sa.Index("ix_unit_kind_jurisdiction_id", "kind", "jurisdiction_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    kind: Mapped[Kind]
    jurisdiction_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    households: Mapped[int | None]
    households_on: Mapped[date | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    #: The unit that took this one over, when it was merged or split.
    successor_id: Mapped[int | None]
    #: Counts the changes of the register; ``register.changing`` compares it, many at once.
    row_version: Mapped[int] = mapped_column(default=1, server_default="1")

    place: Mapped[Jurisdiction] = relationship(lazy="raise")

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)


class Span(NamedTuple):
    """A period as a plain value, for many at once."""

    valid_from: date
    valid_to: date | None
    jurisdiction_id: int
    town_id: int
    households: int | None
    counted_on: date | None


class UnitPeriod(Base):
    """A stretch of a unit's life with one place and one number of households.

    The periods of a unit follow each other without a gap, from its first day to its last; the
    unit itself holds the latest. The counters of the register are sums over periods.
    """

    __tablename__ = "unit_period"

    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    jurisdiction_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    town_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    households: Mapped[int | None]
    #: When these households were counted: periods of one count belong together.
    counted_on: Mapped[date | None]


def periods(unit_ids: Sequence[int]) -> dict[int, list[UnitPeriod]]:
    """The periods of these units by unit, each unit's in their order."""
    query = (
        sa.select(UnitPeriod)
        .where(UnitPeriod.unit_id.in_(unit_ids))
        .order_by(UnitPeriod.unit_id, UnitPeriod.valid_from)
    )
    found: dict[int, list[UnitPeriod]] = {each: [] for each in unit_ids}
    for period in db.session.scalars(query):
        found[period.unit_id].append(period)
    return found


def all_periods() -> dict[int, list[UnitPeriod]]:
    """The periods of every unit, by unit."""
    found: dict[int, list[UnitPeriod]] = {}
    for period in db.session.scalars(sa.select(UnitPeriod).order_by(UnitPeriod.valid_from)):
        found.setdefault(period.unit_id, []).append(period)
    return found


def on(life: Sequence[Span], day: date) -> Span:
    """The period that a day of a unit's life falls into, of its periods in their order."""
    return next(each for each in life if each.valid_to is None or day <= each.valid_to)


def lives(unit_ids: Sequence[int]) -> dict[int, list[Span]]:
    """The periods of these units as plain values, each unit's in their order."""
    columns = UnitPeriod.__table__.c
    query = (
        sa.select(columns.unit_id, *(columns[name] for name in Span._fields))
        .where(columns.unit_id.in_(unit_ids))
        .order_by(columns.unit_id, columns.valid_from)
    )
    found: dict[int, list[Span]] = {each: [] for each in unit_ids}
    for row in db.session.execute(query):
        found[row[0]].append(Span(*row[1:]))
    return found


def store_lives(before: dict[int, list[Span]], after: dict[int, list[Span]]) -> None:
    """Stores what has changed in the periods of units, in two statements at most."""
    gone = [
        {"old_unit": unit_id, "old_day": span.valid_from}
        for unit_id, spans in before.items()
        for span in set(spans) - set(after[unit_id])
    ]
    new = [
        {"unit_id": unit_id, **span._asdict()}
        for unit_id, spans in after.items()
        for span in set(spans) - set(before[unit_id])
    ]
    columns = UnitPeriod.__table__.c
    if gone:
        statement = sa.delete(UnitPeriod.__table__).where(  # type: ignore[arg-type]
            columns.unit_id == sa.bindparam("old_unit"),
            columns.valid_from == sa.bindparam("old_day"),
        )
        db.session.execute(statement, gone)
    if new:
        db.session.execute(sa.insert(UnitPeriod.__table__), new)  # type: ignore[arg-type]


def find(unit_id: int, scope: Scope) -> Unit:
    """The unit with its place, within the scope; raises NotFound."""
    query = (
        sa.select(Unit)
        .join(Unit.place)
        .options(contains_eager(Unit.place))
        .where(Unit.id == unit_id, scope.clause(Jurisdiction.path, Unit.id))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(unit_id)
    return found


def addresses(found: Sequence[Unit]) -> dict[int, Bilingual]:
    """Where these units lie, as their postal addresses say it, by id; a village is not said to lie
    in itself."""
    around = jurisdictions.ways_to({each.place.path for each in found})
    return {unit.id: _address(unit, around[unit.place.path]) for unit in found}


def _address(unit: Unit, around: Sequence[Jurisdiction]) -> Bilingual:
    names = [each.name for each in around if each.name != unit.name]
    return Bilingual(
        "".join(each.zh for each in names), ", ".join(each.en for each in reversed(names))
    )


def with_code(code: str, scope: Scope) -> Unit | None:
    """The unit of this code with its place, within the scope; none where there is none."""
    query = (
        sa.select(Unit)
        .join(Unit.place)
        .options(contains_eager(Unit.place))
        .where(Unit.code == code, scope.clause(Jurisdiction.path, Unit.id))
    )
    return db.session.scalar(query)


def of_ids(unit_ids: Sequence[int]) -> Sequence[Unit]:
    """These units with their places, in code order."""
    query = (
        sa.select(Unit)
        .join(Unit.place)
        .options(contains_eager(Unit.place))
        .where(Unit.id.in_(unit_ids))
        .order_by(Unit.code)
    )
    return db.session.scalars(query).all()


def successor(unit: Unit) -> Unit | None:
    """The unit that took this one over, if any."""
    return db.session.get(Unit, unit.successor_id) if unit.successor_id else None


def listed(
    scope: Scope, *, within: Interval | None = None, kind: Kind | None = None
) -> sa.Select[Unit]:
    """The query for the units valid today within the scope, in code order, joined with their
    places: what the page shows and what its file holds are the same."""
    today = clock.today()
    query = (
        sa.select(Unit)
        .join(Unit.place)
        .where(
            scope.clause(Jurisdiction.path, Unit.id),
            Unit.valid_from <= today,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= today),
        )
        .order_by(Jurisdiction.path, Unit.code)
    )
    if within is not None:
        query = query.where(Jurisdiction.path >= within[0], Jurisdiction.path < within[1])
    if kind is not None:
        query = query.where(Unit.kind == kind)
    return query


def page(
    scope: Scope,
    *,
    within: Interval | None = None,
    kind: Kind | None = None,
    offset: int = 0,
    limit: int,
) -> Sequence[Unit]:
    """The units valid today within the scope, in code order, with their places."""
    query = listed(scope, within=within, kind=kind).options(contains_eager(Unit.place))
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def at(place_id: int) -> Sequence[Unit]:
    """The units that sit in a place itself, valid today, in code order."""
    today = clock.today()
    query = (
        sa.select(Unit)
        .where(
            Unit.jurisdiction_id == place_id,
            Unit.valid_from <= today,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= today),
        )
        .order_by(Unit.code)
    )
    return db.session.scalars(query).all()
