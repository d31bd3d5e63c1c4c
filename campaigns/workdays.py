"""Working days by the Chinese calendar: public holidays and the make-up days that pay for them."""

from collections.abc import Mapping
from datetime import date, timedelta

import chinese_calendar
import sqlalchemy as sa
from chinese_calendar.constants import holidays
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base, db

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


def after(day: date, number: int) -> date:
    """The day on which ``number`` working days after a day are over."""
    corrected = corrections()
    while number > 0:
        day += timedelta(days=1)
        number -= is_working(day, corrected)
    return day
