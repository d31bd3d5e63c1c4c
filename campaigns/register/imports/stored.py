"""What is stored of the units and places that a part of a file names: looked up together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from campaigns.database import db
from campaigns.jurisdictions import Jurisdiction
from campaigns.units import Kind, Unit, UnitPeriod


class Place(NamedTuple):
    """A jurisdiction, as much of it as an import needs."""

    id: int
    town_id: int | None
    path: str
    valid_to: date | None

    def ended_by(self, day: date) -> bool:
        """Whether the place has ended before a day."""
        return self.valid_to is not None and self.valid_to < day


def places(codes: Collection[str]) -> dict[str, Place]:
    """Places by their code."""
    columns = (Jurisdiction.id, Jurisdiction.town_id, Jurisdiction.path, Jurisdiction.valid_to)
    query = sa.select(Jurisdiction.code, *columns).where(Jurisdiction.code.in_(codes))
    return {row[0]: Place(*row[1:]) for row in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Known:
    """A unit as it is stored, with its place and the periods of its life."""

    id: int
    name_zh: str
    name_en: str
    kind: Kind
    households: int | None
    valid_from: date
    valid_to: date | None
    place: str
    path: str
    periods: Sequence[Any]

    @property
    def since(self) -> date:
        """The day of the last change."""
        return self.periods[-1].valid_from  # type: ignore[no-any-return]

    def last_change(self, counted: date | None) -> date:
        """The day of the last change, were households counted on a day: a number that stands
        before its own count is parted there."""
        if counted is None:
            return self.since
        return max(self.since, counted, self._at(counted).counted_on or counted)

    def _at(self, day: date | None) -> Any:
        last = self.periods[-1]
        if day is None:
            return last
        return next((p for p in self.periods if p.valid_to is None or day <= p.valid_to), last)

    def before(self, counted: date | None) -> dict[str, Any]:
        """What is there before a row is applied: the households as of the day it counts them."""
        at = self._at(counted)
        return {
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "place": self.place,
            "households": at.households,
            "households_on": at.counted_on,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "since": self.since,
        }


def known_units(codes: Collection[str]) -> dict[str, Known]:
    """Units by their code."""
    query = (
        sa.select(Unit.code, Unit.id, Unit.name_zh, Unit.name_en, Unit.kind)
        .add_columns(Unit.households, Unit.valid_from, Unit.valid_to)
        .add_columns(Jurisdiction.code, Jurisdiction.path)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Unit.code.in_(codes))
    )
    rows: list[tuple[Any, ...]] = [tuple(row) for row in db.session.execute(query)]
    lives = _periods([row[1] for row in rows])
    return {row[0]: Known(*(*row[1:], lives[row[1]])) for row in rows}


def _periods(unit_ids: Sequence[int]) -> dict[int, list[Any]]:
    query = (
        sa.select(UnitPeriod.unit_id, UnitPeriod.valid_from, UnitPeriod.valid_to)
        .add_columns(UnitPeriod.households, UnitPeriod.counted_on)
        .where(UnitPeriod.unit_id.in_(unit_ids))
        .order_by(UnitPeriod.unit_id, UnitPeriod.valid_from)
    )
    found: dict[int, list[Any]] = {each: [] for each in unit_ids}
    for row in db.session.execute(query):
        found[row.unit_id].append(row)
    return found
