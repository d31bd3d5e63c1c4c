"""The one clock: instants are UTC, days are those of China."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in China."""
    return day(now())


def day(instant: datetime) -> date:
    """The day in China on which an aware instant falls."""
    return instant.astimezone(ZONE).date()
