"""Working days by the Chinese calendar: public holidays and the make-up days that pay for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import chinese_calendar
import sqlalchemy as sa
from chinese_calendar.constants import holidays
from chinese_calendar.constants import workdays as worked
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import history
from campaigns.database import Base, db
from campaigns.errors import NotFound, Refused, fault

#: The last year whose holidays the State Council had announced when the library was made.
DATA_YEAR = max(holidays).year
_SATURDAY = 5


class CalendarDay(Base):
    """A correction of the calendar: a day that is, or is not, a working day after all."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    note: Mapped[str]


def corrections() -> dict[date, bool]:
    """The corrected days: whether each is a working day."""
    rows = db.session.execute(sa.select(CalendarDay.day, CalendarDay.working))
    return {row.day: row.working for row in rows}


def is_working(day: date, corrected: Mapping[date, bool]) -> bool:
    """Whether a day is a working day; past the announced years weekends alone are free."""
    if day in corrected:
        return corrected[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A day that is not what its weekday says: free in the week, or worked at a weekend.

    ``reason`` is the holiday it belongs to, by its English name, or the note of whoever
    corrected it.
    """

    day: date
    working: bool
    reason: str
    corrected: bool


def exceptions(year: int) -> Sequence[Exceptional]:
    """The exceptional days of a year in their order, as far as they are known."""
    corrected = {each.day: each for each in corrections_of(year)}
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    known = {day: each.working for day, each in corrected.items()}
    return [
        Exceptional(
            day,
            is_working(day, known),
            corrected[day].note if day in corrected else _holiday(day),
            day in corrected,
        )
        for day in days
        if day in corrected or is_working(day, {}) != (day.weekday() < _SATURDAY)
    ]


def _holiday(day: date) -> str:
    """The name of a free day's holiday, or of the one that a worked weekend pays for."""
    return str(holidays.get(day) or worked.get(day) or "")


def corrections_of(year: int) -> Sequence[CalendarDay]:
    """The corrections of a year, in their order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = sa.select(CalendarDay).where(CalendarDay.day >= first, CalendarDay.day <= last)
    return db.session.scalars(query.order_by(CalendarDay.day)).all()


def correct(day: date, note: str, *, working: bool, by: int | None) -> None:
    """Corrects a day; one that was corrected before is corrected anew."""
    if not note:
        raise Refused(fault("note_missing", "note"))
    found = db.session.get(CalendarDay, day)
    if found is None:
        db.session.add(CalendarDay(day=day, working=working, note=note))
    else:
        found.working, found.note = working, note
    db.session.flush()
    _tell("calendar_corrected", day, by, working=working, note=note)


def remove(day: date, *, by: int | None) -> None:
    """Takes a correction back; raises NotFound where there is none."""
    found = db.session.get(CalendarDay, day)
    if found is None:
        raise NotFound(day)
    db.session.delete(found)
    db.session.flush()
    _tell("calendar_restored", day, by)


def _tell(verb: str, day: date, by: int | None, **detail: Any) -> None:
    history.record(verb, "calendar", None, by=by, day=day.isoformat(), **detail)


def after(day: date, number: int) -> date:
    """The day on which ``number`` working days after a day are over."""
    corrected = corrections()
    while number > 0:
        day += timedelta(days=1)
        number -= is_working(day, corrected)
    return day
