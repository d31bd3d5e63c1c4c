"""Some units about to be changed, together with everything of theirs that counts.

One unit by hand and thousands of an import go the same way: what they counted is noted first,
then the changes are made, and at the end the counters get the difference in a few statements.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from campaigns import clock, history, hold, titles, units
from campaigns.database import db
from campaigns.enrolment import participation
from campaigns.enrolment.records import LEFT, EnrolmentState
from campaigns.errors import Refused, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction
from campaigns.register import exemptions
from campaigns.tally import Ledger
from campaigns.units import HOUSEHOLD_KINDS, Unit, UnitPeriod

_ONE = timedelta(days=1)


class Changing:
    """Made before the changes, ``write`` after them; in between nothing is in the database yet.

    The units come with their places. Every change has a day of effect: history stays with the
    past, and what is open follows at once, so the day lies never ahead.
    """

    def __init__(self, found: Sequence[Unit], *, by: int | None) -> None:
        hold.require_free()
        self._units, self._by = list(found), by
        ids = [each.id for each in found]
        self.periods = units.periods(ids)
        self._titles = titles.of_units(ids)
        self._exemptions = exemptions.of_units(ids)
        self._running = participation.running_of(ids)
        self._happened: list[Happened] = []
        self._ledger = Ledger()
        self._note(-1)

    def write(self) -> None:
        """Stores the changes with their history, and the difference in the counters."""
        db.session.flush()
        self._note(1)
        self._ledger.write()
        history.record_all(self._happened, by=self._by)

    def _note(self, sign: int) -> None:
        for each in self._units:
            self._ledger.unit(each.kind, self.periods[each.id], sign)
        titles.note(self._ledger, self._titles, self.periods, sign)
        exemptions.note(self._ledger, self._exemptions, self.periods, sign)

    def tell(self, verb: str, unit: Unit, **detail: Any) -> None:
        """Puts an event into the unit's history; days are kept in ISO 8601."""
        plain = {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in detail.items()
        }
        self._happened.append(Happened(verb, "unit", unit.id, unit.id, plain))

    def rename(self, unit: Unit, **named: str) -> None:
        """Gives a unit another name, in one language or both."""
        before = {name: getattr(unit, name) for name in named}
        for name, value in named.items():
            setattr(unit, name, value)
        self.tell("unit_renamed", unit, before=before, after=named)

    def close(self, unit: Unit, day: date, reason: str, *, successor: Unit | None = None) -> None:
        """Takes a unit out of the register: ``day`` is the first without it.

        Its titles end, and it leaves the campaigns that are open.
        """
        if not reason:
            raise Refused(fault("close_reason_missing", "reason"))
        self._require_day(unit, day)
        self._end_periods(unit, day)
        unit.successor_id = successor.id if successor else None
        for title in self._titles:
            if title.unit_id == unit.id and title.valid_from < day <= title.last_day:
                title.ended_on = day - _ONE
        for enrolment in self._running[unit.id]:
            if enrolment.state not in LEFT:
                state, version = EnrolmentState.WITHDRAWN, enrolment.row_version
                participation.leave(enrolment, version, state, reason, by=self._by)
        code = successor.code if successor else None
        self.tell("unit_closed", unit, day=day, reason=reason, successor=code)

    def _end_periods(self, unit: Unit, day: date) -> None:
        """Ends the last period; one that began on this very day never was."""
        last = self.periods[unit.id][-1]
        unit.valid_to = day - _ONE
        if last.valid_from < day:
            last.valid_to = day - _ONE
            return
        db.session.delete(self.periods[unit.id].pop())
        before = self.periods[unit.id][-1]
        unit.jurisdiction_id, unit.households = before.jurisdiction_id, before.households

    def move(self, unit: Unit, place: Jurisdiction, day: date) -> None:
        """Moves a unit to another place, from ``day`` on."""
        if place.town_id is None:
            raise Refused(fault("unit_above_town", "place"))
        if place.id == unit.jurisdiction_id:
            raise Refused(fault("unit_there_already", "place"))
        self._require_day(unit, day)
        if not place.is_valid(day):
            raise Refused(fault("place_not_there", "place"))
        before, last = unit.place.code, self._period_from(unit, day)
        last.jurisdiction_id, last.town_id = place.id, place.town_id
        unit.jurisdiction_id, unit.place = place.id, place
        for enrolment in self._running[unit.id]:
            participation.move(enrolment, place)
        self.tell("unit_moved", unit, day=day, before=before, after=place.code)

    def count_households(self, unit: Unit, number: int, day: date) -> None:
        """Sets the number of households that a village or community answers for.

        The number holds from ``day`` until the next count, so that figures of last year can be
        entered after those of this year.
        """
        if unit.kind not in HOUSEHOLD_KINDS:
            raise Refused(fault("no_households_here", "households"))
        if number < 0:
            raise Refused(fault("number_negative", "households"))
        self._require_alive(unit, day)
        later, before = unit.households_on, self._households(unit, day)
        if number != before:
            following = later if later is not None and later > day else None
            if following is not None:
                self._period_from(unit, following)
            self._period_from(unit, day)
            for each in self.periods[unit.id]:
                if each.valid_from >= day and each.households != before:
                    break
                if each.valid_from >= day and (following is None or each.valid_from < following):
                    each.households = number
            unit.households = self.periods[unit.id][-1].households
        if later is None or later < day:
            unit.households_on = day
        self.tell("households_counted", unit, day=day, before=before, after=number)

    def _households(self, unit: Unit, day: date) -> int | None:
        return units.on(self.periods[unit.id], day).households

    def begin_earlier(self, unit: Unit, day: date) -> None:
        """Corrects the first day of a unit that was in the register before it was entered."""
        if day >= unit.valid_from:
            raise Refused(fault("first_day_is_kept", "valid_from", since=unit.valid_from))
        before, unit.valid_from = unit.valid_from, day
        self.periods[unit.id][0].valid_from = day
        self.tell("unit_begins_earlier", unit, day=day, before=before)

    def _period_from(self, unit: Unit, day: date) -> UnitPeriod:
        """The period that begins on a day within the unit's life: made where there is none."""
        found = self.periods[unit.id]
        period = units.on(found, day)
        if period.valid_from == day:
            return period
        made = UnitPeriod(
            unit_id=unit.id,
            valid_from=day,
            valid_to=period.valid_to,
            jurisdiction_id=period.jurisdiction_id,
            town_id=period.town_id,
            households=period.households,
        )
        period.valid_to = day - _ONE
        db.session.add(made)
        found.insert(found.index(period) + 1, made)
        return made

    def _require_alive(self, unit: Unit, day: date) -> None:
        """A change takes effect within the unit's life, and not ahead."""
        if day > clock.today():
            raise Refused(fault("day_ahead", "day"))
        if unit.valid_to is not None and unit.valid_to < day:
            raise Refused(fault("unit_closed", "day", until=unit.valid_to))
        if day < unit.valid_from:
            raise Refused(fault("day_before_unit", "day", since=unit.valid_from))

    def _require_day(self, unit: Unit, day: date) -> None:
        """Closing and moving come after the last change, and never on the unit's first day."""
        self._require_alive(unit, day)
        last = self.periods[unit.id][-1].valid_from
        if day < last or day <= unit.valid_from:
            raise Refused(fault("day_before_last_change", "day", since=last))
