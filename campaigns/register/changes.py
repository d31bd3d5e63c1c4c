"""Changes of the register that have a day of effect: close, move, recount, merge, split off.

History stays with the past: whatever counted before the day goes on counting for days before it.
From the day on, register, titles and exemptions count where the unit is, and campaigns that are
open follow at once; so the day lies never ahead.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import clock, history, register, titles, units
from campaigns.database import db
from campaigns.enrolment import participation
from campaigns.enrolment.records import LEFT, EnrolmentState
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import VILLAGE_LEVELS, Jurisdiction
from campaigns.register import exemptions
from campaigns.tally import Ledger
from campaigns.units import HOUSEHOLD_KINDS, Unit, UnitPeriod

_ONE = timedelta(days=1)


def load(ids: Sequence[int]) -> dict[int, Unit]:
    """Units with their places, by id."""
    query = (
        sa.select(Unit).join(Unit.place).options(contains_eager(Unit.place)).where(Unit.id.in_(ids))
    )
    return {each.id: each for each in db.session.scalars(query)}


def rename(unit: Unit, *, by: int | None, **named: str) -> None:
    """Gives a unit another name, in one language or both."""
    before = {name: getattr(unit, name) for name in named}
    for name, value in named.items():
        setattr(unit, name, value)
    db.session.flush()
    history.record("unit_renamed", "unit", unit.id, by=by, unit_id=unit.id, before=before)


def close(
    unit: Unit, day: date, reason: str, *, by: int | None, successor: Unit | None = None
) -> None:
    """Takes a unit out of the register: ``day`` is the first without it.

    Its titles end, and it leaves the campaigns that are open.
    """
    if not reason:
        raise Refused(fault("reason_missing", "reason"))
    _require_day(unit, day)
    ledger = _before([unit])
    _end_periods(unit, day)
    unit.successor_id = successor.id if successor else None
    for title in titles.of_units([unit.id]):
        if title.valid_from < day <= title.last_day:
            title.ended_on = day - _ONE
    _after(ledger, [unit])
    for enrolment in participation.running_of(unit.id):
        if enrolment.state not in LEFT:
            state, version = EnrolmentState.WITHDRAWN, enrolment.row_version
            participation.leave(enrolment, version, state, reason, by=by)
    code = successor.code if successor else None
    _tell("unit_closed", unit, day, by, reason=reason, successor=code)


def _end_periods(unit: Unit, day: date) -> None:
    """Ends the last period; one that began on this very day never was."""
    *earlier, last = units.periods([unit.id])[unit.id]
    unit.valid_to = day - _ONE
    if last.valid_from < day:
        last.valid_to = day - _ONE
        return
    db.session.delete(last)
    unit.jurisdiction_id = earlier[-1].jurisdiction_id
    unit.households = earlier[-1].households


def move(unit: Unit, place: Jurisdiction, day: date, *, by: int | None) -> None:
    """Moves a unit to another place, from ``day`` on."""
    if place.town_id is None:
        raise Refused(fault("unit_above_town", "place"))
    if place.id == unit.jurisdiction_id:
        raise Refused(fault("unit_there_already", "place"))
    _require_day(unit, day)
    before = unit.place.code
    ledger = _before([unit])
    _begin_period(unit, day, place, unit.households)
    _after(ledger, [unit])
    for enrolment in participation.running_of(unit.id):
        participation.move(enrolment, place)
    _tell("unit_moved", unit, day, by, before=before, after=place.code)


def count_households(unit: Unit, number: int, day: date, *, by: int | None) -> None:
    """Sets the number of households that a village or community answers for, from ``day`` on."""
    if unit.kind not in HOUSEHOLD_KINDS:
        raise Refused(fault("no_households_here", "households"))
    if number < 0:
        raise Refused(fault("number_negative", "households"))
    _require_day(unit, day)
    before = unit.households
    ledger = _before([unit])
    _begin_period(unit, day, unit.place, number)
    unit.households_on = day
    _after(ledger, [unit])
    _tell("households_counted", unit, day, by, before=before, after=number)


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
    if unit.id == into.id or (unit.kind in HOUSEHOLD_KINDS) != (into.kind in HOUSEHOLD_KINDS):
        raise Refused(fault("merge_other_kind", "into"))
    if unit.kind not in HOUSEHOLD_KINDS and unit.kind is not into.kind:
        raise Refused(fault("merge_other_kind", "into"))
    _require_day(into, day)
    place = unit.place
    close(unit, day, f"→ {into.code}", by=by, successor=into)
    if unit.kind in HOUSEHOLD_KINDS and (unit.households or into.households):
        together = (unit.households or 0) + (into.households or 0)
        count_households(into, together if households is None else households, day, by=by)
    _tell("unit_merged_in", into, day, by, merged=unit.code)
    if with_place:
        _end_place(place, into, day, by=by)


def _end_place(place: Jurisdiction, into: Unit, day: date, *, by: int | None) -> None:
    """Ends a village's place: whatever else sits in it moves along."""
    if place.level not in VILLAGE_LEVELS or place.id == into.jurisdiction_id:
        raise Refused(fault("place_cannot_end", "with_place"))
    for other in units.at(place.id):
        other.place = place
        move(other, into.place, day, by=by)
    place.valid_to = day - _ONE
    db.session.flush()
    history.record(
        "jurisdiction_ended",
        "jurisdiction",
        place.id,
        by=by,
        day=day.isoformat(),
        successor=into.place.code,
    )


def split_off(unit: Unit, made: Unit, place: Jurisdiction, day: date, *, by: int | None) -> None:
    """Enters a new unit that was a part of another until ``day``; its households leave it."""
    _require_day(unit, day)
    made.valid_from, made.kind = day, unit.kind
    if made.households:
        left = (unit.households or 0) - made.households
        if left < 0:
            raise Refused(fault("more_than_all", "households", households=unit.households or 0))
        count_households(unit, left, day, by=by)
        made.households_on = day
    register.enter([(made, place)])
    _tell("unit_entered", made, day, by, out_of=unit.code)
    _tell("unit_split", unit, day, by, made=made.code)


def _tell(verb: str, unit: Unit, day: date, by: int | None, **detail: Any) -> None:
    history.record(verb, "unit", unit.id, by=by, unit_id=unit.id, day=day.isoformat(), **detail)


def _require_day(unit: Unit, day: date) -> None:
    """A change takes effect within the unit's life, not before its last change, not ahead."""
    last = units.periods([unit.id])[unit.id][-1]
    if day > clock.today():
        raise Refused(fault("day_ahead", "day"))
    if unit.valid_to is not None and unit.valid_to < day:
        raise Refused(fault("unit_closed", "day", until=unit.valid_to))
    if day < last.valid_from or day <= unit.valid_from:
        raise Refused(fault("day_before_last_change", "day", since=last.valid_from))


def _begin_period(unit: Unit, day: date, place: Jurisdiction, households: int | None) -> None:
    """A new period from ``day`` on; one that began on the same day is corrected."""
    last = units.periods([unit.id])[unit.id][-1]
    if last.valid_from == day:
        last.jurisdiction_id, last.households = place.id, households
        last.town_id = place.town_id or place.id
    else:
        db.session.add(
            UnitPeriod(
                unit_id=unit.id,
                valid_from=day,
                valid_to=last.valid_to,
                jurisdiction_id=place.id,
                town_id=place.town_id,
                households=households,
            )
        )
        last.valid_to = day - _ONE
    unit.jurisdiction_id, unit.place, unit.households = place.id, place, households
    db.session.flush()


def _before(changed: Sequence[Unit]) -> Ledger:
    """Notes what these units count, to be taken away."""
    ledger = Ledger()
    _note(ledger, changed, -1)
    return ledger


def _after(ledger: Ledger, changed: Sequence[Unit]) -> None:
    """Notes what they count now, and writes the difference."""
    db.session.flush()
    _note(ledger, changed, 1)
    ledger.write()


def _note(ledger: Ledger, changed: Sequence[Unit], sign: int) -> None:
    ids = [each.id for each in changed]
    periods = units.periods(ids)
    for each in changed:
        ledger.unit(each.kind, periods[each.id], sign)
    titles.note(ledger, titles.of_units(ids), periods, sign)
    exemptions.note(ledger, exemptions.of_units(ids), periods, sign)


def candidates(unit: Unit) -> Sequence[Unit]:
    """The units that another could be merged into: of its kind, in its town, in code order."""
    kinds: Iterable[object] = HOUSEHOLD_KINDS if unit.kind in HOUSEHOLD_KINDS else {unit.kind}
    today = clock.today()
    query = (
        sa.select(Unit)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
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
