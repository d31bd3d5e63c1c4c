"""Some units about to be changed, together with everything of theirs that counts.

One unit by hand and thousands of an import go the same way: what they counted is noted first,
then the changes are made, and at the end the counters get the difference in a few statements.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, hold, titles, units
from campaigns.database import db
from campaigns.enrolment import participation
from campaigns.enrolment.records import LEFT, EnrolmentState
from campaigns.errors import Refused, Stale, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction
from campaigns.register import exemptions
from campaigns.tally import Ledger
from campaigns.units import HOUSEHOLD_KINDS, Unit

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
        self._require_present()
        self.lives = units.lives(ids)
        self._before = {unit_id: list(spans) for unit_id, spans in self.lives.items()}
        self._titles = titles.of_units(ids)
        self._exemptions = exemptions.of_units(ids)
        self._running = participation.running_of(ids)
        self._happened: list[Happened] = []
        self._ledger = Ledger()
        self._note(-1)

    def _require_present(self) -> None:
        """Locks the units, and raises Stale when one was changed since it was loaded."""
        query = (
            sa.select(Unit.id, Unit.row_version)
            .where(Unit.id.in_([each.id for each in self._units]))
            .order_by(Unit.id)
            .with_for_update()
        )
        stored = {row.id: row.row_version for row in db.session.execute(query)}
        if any(stored.get(each.id) != each.row_version for each in self._units):
            raise Stale

    def write(self) -> None:
        """Stores the changes with their history, and the difference in the counters."""
        for each in self._units:
            each.row_version += 1
        db.session.flush()
        units.store_lives(self._before, self.lives)
        for each in self._units:
            before, after = set(self._before[each.id]), set(self.lives[each.id])
            self._ledger.unit(each.kind, before - after, -1)
            self._ledger.unit(each.kind, after - before, 1)
        self._note(1)
        self._ledger.write()
        history.record_all(self._happened, by=self._by)

    def _note(self, sign: int) -> None:
        titles.note(self._ledger, self._titles, self.lives, sign)
        exemptions.note(self._ledger, self._exemptions, self.lives, sign)

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
        spans = self.lives[unit.id]
        unit.valid_to = day - _ONE
        if spans[-1].valid_from == day:
            spans.pop()
        spans[-1] = spans[-1]._replace(valid_to=day - _ONE)
        last = spans[-1]
        unit.jurisdiction_id, unit.households = last.jurisdiction_id, last.households
        unit.households_on = last.counted_on

    def move(self, unit: Unit, place: Jurisdiction, day: date) -> None:
        """Moves a unit to another place, from ``day`` on."""
        if place.town_id is None:
            raise Refused(fault("unit_above_town", "place"))
        if place.id == unit.jurisdiction_id:
            raise Refused(fault("unit_there_already", "place"))
        self._require_day(unit, day)
        if not place.is_valid(day):
            raise Refused(fault("place_not_there", "place"))
        spans, last = self.lives[unit.id], self._part(unit, day)
        spans[last] = spans[last]._replace(jurisdiction_id=place.id, town_id=place.town_id)
        before, unit.jurisdiction_id, unit.place = unit.place.code, place.id, place
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
        spans = self.lives[unit.id]
        found = units.on(spans, day)
        before, known = found.households, found.counted_on
        # The number of a period may stand before its own count: up to that day it gives way.
        until = known if known is not None and known > day else date.max
        if unit.valid_from < until <= (unit.valid_to or clock.today()):
            self._part(unit, until)
        for place in range(self._part(unit, day), len(spans)):
            if spans[place].counted_on != known or spans[place].valid_from >= until:
                break
            spans[place] = spans[place]._replace(households=number, counted_on=day)
        unit.households, unit.households_on = spans[-1].households, spans[-1].counted_on
        self.tell("households_counted", unit, day=day, before=before, after=number)

    def households(self, unit: Unit, day: date) -> int:
        """What a unit answers for on a day of its life, 0 where nobody has counted."""
        self._require_alive(unit, day)
        return units.on(self.lives[unit.id], day).households or 0

    def begin_earlier(self, unit: Unit, day: date) -> None:
        """Corrects the first day of a unit that was in the register before it was entered."""
        if day >= unit.valid_from:
            raise Refused(fault("first_day_is_kept", "valid_from", since=unit.valid_from))
        before, unit.valid_from, spans = unit.valid_from, day, self.lives[unit.id]
        spans[0] = spans[0]._replace(valid_from=day)
        self.tell("unit_begins_earlier", unit, day=day, before=before)

    def _part(self, unit: Unit, day: date) -> int:
        """Where in the unit's life the period stands that begins on a day: parted if need be."""
        spans = self.lives[unit.id]
        span = units.on(spans, day)
        place = spans.index(span)
        if span.valid_from < day:
            spans[place : place + 1] = [
                span._replace(valid_to=day - _ONE),
                span._replace(valid_from=day),
            ]
            place += 1
        return place

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
        last = self.lives[unit.id][-1].valid_from
        if day < last or day <= unit.valid_from:
            raise Refused(fault("day_before_last_change", "day", since=last))
