"""Changes of one unit by hand, each on its day of effect: enter, rename, close, move, recount,
merge, split off. The rules are those of ``changing``, which imports keep as well.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import clock, history, register, units
from campaigns.database import db
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import VILLAGE_LEVELS, Jurisdiction
from campaigns.register.changing import Changing
from campaigns.units import HOUSEHOLD_KINDS, Unit


def load(ids: Sequence[int]) -> dict[int, Unit]:
    """Units with their places, by id."""
    query = (
        sa.select(Unit).join(Unit.place).options(contains_eager(Unit.place)).where(Unit.id.in_(ids))
    )
    return {each.id: each for each in db.session.scalars(query)}


def enter(unit: Unit, place: Jurisdiction, *, by: int | None) -> None:
    """Enters a new unit, from its ``valid_from`` on."""
    if unit.valid_from > clock.today():
        raise Refused(fault("day_ahead", "valid_from"))
    if unit.households is not None and unit.kind not in HOUSEHOLD_KINDS:
        raise Refused(fault("no_households_here", "households"))
    if db.session.scalar(sa.select(Unit.id).where(Unit.code == unit.code)) is not None:
        raise Refused(fault("code_taken", "code", value=unit.code))
    register.enter([(unit, place)])
    day = unit.valid_from.isoformat()
    history.record("unit_entered", "unit", unit.id, by=by, unit_id=unit.id, day=day)


def rename(unit: Unit, *, by: int | None, **named: str) -> None:
    """Gives a unit another name, in one language or both."""
    changing = Changing([unit], by=by)
    changing.rename(unit, **named)
    changing.write()


def close(
    unit: Unit, day: date, reason: str, *, by: int | None, successor: Unit | None = None
) -> None:
    """Takes a unit out of the register: ``day`` is the first without it."""
    changing = Changing([unit], by=by)
    changing.close(unit, day, reason, successor=successor)
    changing.write()


def move(unit: Unit, place: Jurisdiction, day: date, *, by: int | None) -> None:
    """Moves a unit to another place, from ``day`` on."""
    changing = Changing([unit], by=by)
    changing.move(unit, place, day)
    changing.write()


def count_households(unit: Unit, number: int, day: date, *, by: int | None) -> None:
    """Sets the number of households that a village answers for, from ``day`` to the next count."""
    changing = Changing([unit], by=by)
    changing.count_households(unit, number, day)
    changing.write()


def merge(
    unit: Unit,
    into: Unit,
    day: date,
    *,
    households: int | None,
    with_place: bool,
    by: int | None,
) -> None:
    """Merges a unit into another of its kind, from ``day`` on.

    ``households`` is what the other one then answers for; none adds the two numbers. With its
    place, a village takes along every other unit that sits in it, and the place itself ends.
    """
    if unit.id == into.id or _like(unit) != _like(into):
        raise Refused(fault("merge_other_kind", "into"))
    place = unit.place
    along = _others(unit, into, with_place=with_place)
    changing = Changing([unit, into, *along], by=by)
    numbers = [changing.households(each, day) for each in (unit, into)]
    changing.close(unit, day, f"→ {into.code}", successor=into)
    if unit.kind in HOUSEHOLD_KINDS and any(numbers):
        together = sum(numbers) if households is None else households
        changing.count_households(into, together, day)
    changing.tell("unit_merged_in", into, day=day, merged=unit.code)
    for each in along:
        changing.move(each, into.place, day)
    changing.write()
    if with_place:
        _end_place(place, into.place, day, by=by)


def _like(unit: Unit) -> frozenset[object]:
    """The kinds that a unit may merge with: villages and communities with each other."""
    return frozenset(HOUSEHOLD_KINDS if unit.kind in HOUSEHOLD_KINDS else {unit.kind})


def _others(unit: Unit, into: Unit, *, with_place: bool) -> list[Unit]:
    """The units that move along when the place of a village ends with it."""
    if not with_place:
        return []
    place = unit.place
    if not may_take_place(unit) or place.id == into.jurisdiction_id:
        raise Refused(fault("place_cannot_end", "with_place"))
    return list(load([each.id for each in units.at(place.id) if each.id != unit.id]).values())


def may_take_place(unit: Unit) -> bool:
    """Whether the place of a unit can end with it: it is the village of that village."""
    return unit.kind in HOUSEHOLD_KINDS and unit.place.level in VILLAGE_LEVELS


def _end_place(place: Jurisdiction, successor: Jurisdiction, day: date, *, by: int | None) -> None:
    place.valid_to, place.successor_id = day - timedelta(days=1), successor.id
    db.session.flush()
    history.record(
        "jurisdiction_ended",
        "jurisdiction",
        place.id,
        by=by,
        day=day.isoformat(),
        successor=successor.code,
    )


def split_off(unit: Unit, made: Unit, place: Jurisdiction, day: date, *, by: int | None) -> None:
    """Enters a new unit that was a part of another until ``day``; its households leave it."""
    made.valid_from, made.kind = day, unit.kind
    changing = Changing([unit], by=by)
    if made.households:
        whole = changing.households(unit, day)
        if made.households > whole:
            raise Refused(fault("more_than_all", "households", households=whole))
        changing.count_households(unit, whole - made.households, day)
    made.households_on = day if made.households is not None else None
    changing.tell("unit_split", unit, day=day, made=made.code)
    changing.write()
    enter(made, place, by=by)


def candidates(unit: Unit) -> Sequence[Unit]:
    """The units that another could be merged into: of its kind, in its town, in code order."""
    kinds: Iterable[object] = _like(unit)
    today = clock.today()
    query = (
        sa.select(Unit)
        .join(Unit.place)
        .options(contains_eager(Unit.place))
        .where(
            Jurisdiction.town_id == unit.place.town_id,
            Unit.kind.in_(kinds),
            Unit.id != unit.id,
            Unit.valid_from <= today,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= today),
        )
        .order_by(Unit.code)
    )
    return db.session.scalars(query).all()
