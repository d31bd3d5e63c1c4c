"""The register: how units enter it, and the proof of its counters."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from campaigns import jurisdictions, tally
from campaigns.register import exemptions, staging
from campaigns.database import db
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.tally import RegisterChange
from campaigns.units import Unit, UnitPeriod


def enter(units: Sequence[tuple[Unit, Jurisdiction]]) -> None:
    """Adds units, each in a place at or below a town, with their counters.

    A unit above the towns would be on no town's board, so it is refused.
    """
    changes: dict[tuple[str, int, date], list[int]] = {}
    for unit, place in units:
        if place.town_id is None:
            raise Refused(fault("unit_above_town"))
        unit.jurisdiction_id = place.id
        db.session.add(unit)
        for day, sign in _days(unit):
            for each in tally.places(place.id, place.town_id):
                total = changes.setdefault((unit.kind.value, each, day), [0, 0])
                total[0] += sign
                total[1] += sign * (unit.households or 0)
    db.session.flush()
    db.session.add_all(
        UnitPeriod(
            unit_id=unit.id,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            jurisdiction_id=place.id,
            town_id=place.town_id,
            households=unit.households,
        )
        for unit, place in units
    )
    db.session.flush()
    kinds = {unit.kind.value: unit.kind for unit, _ in units}
    for (kind, place_id, day), (number, households) in sorted(changes.items()):
        tally.register(kinds[kind], place_id, None, day, number, households)


def _days(unit: Unit | UnitPeriod) -> Iterator[tuple[date, int]]:
    yield unit.valid_from, 1
    if unit.valid_to is not None:
        yield unit.valid_to + timedelta(days=1), -1


def check() -> Iterator[str]:
    """Names each counter of the register that is not what counting the units gives."""
    rows = db.session.execute(
        sa.select(Unit.kind, UnitPeriod).join(Unit, Unit.id == UnitPeriod.unit_id)
    )
    codes = jurisdictions.codes()

    def key(kind: str, place_id: int, day: date) -> tuple[str, ...]:
        return (f"kind={kind}", f"place={codes[place_id]}", f"day={day}")

    stored = {
        key(row.kind, row.place_id, row.day): {"units": row.units, "households": row.households}
        for row in db.session.scalars(sa.select(RegisterChange))
    }
    counted: dict[tuple[str, ...], dict[str, int]] = {}
    for kind, period in rows:
        for day, sign in _days(period):
            for place in tally.places(period.jurisdiction_id, period.town_id):
                total = counted.setdefault(key(kind, place, day), {"units": 0, "households": 0})
                total["units"] += sign
                total["households"] += sign * (period.households or 0)
    yield from tally.differences("register_change", stored, counted)
