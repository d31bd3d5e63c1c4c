"""Spans of days: the periods in which a criterion is answered, the years that a title is valid."""

from datetime import date, timedelta

from campaigns.standards import Cadence


def periods(
    cadence: Cadence, opens_on: date, due_on: date
) -> tuple[tuple[str | None, date, date], ...]:
    """The periods of a cadence between two days: name, first day, last day (both inclusive).

    Once and yearly give one nameless period; quarters are named ``2026Q3``, months ``2026-09``.
    """
    if cadence.per_year == 1:
        return ((None, opens_on, due_on),)
    months = 12 // cadence.per_year
    found: list[tuple[str | None, date, date]] = []
    first = date(opens_on.year, (opens_on.month - 1) // months * months + 1, 1)
    while first <= due_on:
        after = _months_later(first, months)
        name = f"{first.year}Q{(first.month + 2) // 3}" if months == 3 else f"{first:%Y-%m}"
        found.append((name, max(first, opens_on), min(after - timedelta(days=1), due_on)))
        first = after
    return tuple(found)


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def last_day(first: date, years: int) -> date:
    """The last day of a title that is valid for so many years from its first."""
    try:
        after = first.replace(year=first.year + years)
    except ValueError:  # 29 February
        after = date(first.year + years, 3, 1)
    return after - timedelta(days=1)
