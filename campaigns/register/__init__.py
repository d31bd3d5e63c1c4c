"""The register: how units enter it and change in it, and the proof of its counters."""

from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa

from campaigns import hold, jurisdictions, units
from campaigns.database import db
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.register import exemptions
from campaigns.standards import Standard
from campaigns.tally import Ledger, RegisterChange, TitleChange, differences
from campaigns.units import Unit, UnitPeriod


def enter(entries: Sequence[tuple[Unit, Jurisdiction]]) -> None:
    """Adds units, each in a place at or below a town, with their counters.

    A unit above the towns would be on no town's board, so it is refused.
    """
    hold.require_free()
    ledger = Ledger()
    for unit, place in entries:
        if place.town_id is None:
            raise Refused(fault("unit_above_town", "place"))
        if place.ended_by(unit.valid_from):
            raise Refused(fault("place_not_there", "place"))
        unit.jurisdiction_id = place.id
        db.session.add(unit)
    db.session.flush()
    for unit, place in entries:
        period = UnitPeriod(
            unit_id=unit.id,
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            jurisdiction_id=place.id,
            town_id=place.town_id,
            households=unit.households,
            counted_on=unit.households_on,
        )
        db.session.add(period)
        ledger.unit(unit.kind, [period])
    db.session.flush()
    ledger.write()


def check() -> Iterator[str]:
    """Names each counter of the register, or of exemptions, that is not what counting gives, and
    each unit that is not what its latest period says."""
    codes, periods = jurisdictions.codes(), units.all_periods()
    ledger = Ledger()
    for unit in db.session.scalars(sa.select(Unit)):
        found = periods.get(unit.id, [])
        ledger.unit(unit.kind, found)
        yield from _unlike_its_periods(unit, found)
    yield from differences(
        "register_change",
        {
            (f"kind={row.kind}", f"place={codes[row.place_id]}", f"day={row.day}"): {
                "units": row.units,
                "households": row.households,
            }
            for row in db.session.scalars(sa.select(RegisterChange))
        },
        {
            (f"kind={kind}", f"place={codes[place]}", f"day={day}"): {
                "units": numbers[0],
                "households": numbers[1],
            }
            for (kind, place, day), numbers in ledger.register.items()
        },
    )
    yield from _exemptions(codes, periods)


def _unlike_its_periods(unit: Unit, periods: Sequence[UnitPeriod]) -> Iterator[str]:
    if not periods:
        yield f"unit {unit.code}: has no period"
        return
    last = periods[-1]
    for name, stored, counted in (
        ("place", unit.jurisdiction_id, last.jurisdiction_id),
        ("households", unit.households, last.households),
        ("households_on", unit.households_on, last.counted_on),
        ("valid_from", unit.valid_from, periods[0].valid_from),
        ("valid_to", unit.valid_to, last.valid_to),
    ):
        if stored != counted:
            yield f"unit {unit.code} {name}: stored {stored}, its periods say {counted}"


def _exemptions(codes: dict[int, str], periods: dict[int, list[UnitPeriod]]) -> Iterator[str]:
    slugs = {row.id: row.slug for row in db.session.execute(sa.select(Standard.id, Standard.slug))}

    def key(standard_id: int, place_id: int, day: date) -> tuple[str, ...]:
        return (f"standard={slugs[standard_id]}", f"place={codes[place_id]}", f"day={day}")

    ledger = Ledger()
    exemptions.note(ledger, exemptions.every(), periods)
    yield from differences(
        "title_change",
        {
            key(row.standard_id, row.place_id, row.day): {"exempt": row.exempt}
            for row in db.session.scalars(sa.select(TitleChange))
        },
        {key(*where): {"exempt": numbers[1]} for where, numbers in ledger.titles.items()},
    )
