"""The counters. Each change is written in the same transaction as what it counts.

Two rows change each time, always in this order: the place that the unit sits in, then its town.
Boards at or above a town add up town rows, a town's page its villages'. Titles and register are
dated changes: what is valid on a day is the sum up to that day, so titles run out and past days
can be asked for without any job having run.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import database
from campaigns.database import Base, db
from campaigns.units import Kind, Span, UnitPeriod


class Progress(Base):
    """How far a campaign is at a place. The names are those of the states that they count;
    ``started`` enrolments have sent at least one item."""

    __tablename__ = "progress"

    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(
        sa.ForeignKey("jurisdiction.id"), primary_key=True, index=True
    )
    enrolled: Mapped[int] = mapped_column(default=0)
    started: Mapped[int] = mapped_column(default=0)
    items: Mapped[int] = mapped_column(default=0)
    submitted: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    town_passed: Mapped[int] = mapped_column(default=0)
    city_passed: Mapped[int] = mapped_column(default=0)
    publicised: Mapped[int] = mapped_column(default=0)
    named: Mapped[int] = mapped_column(default=0)
    conditional: Mapped[int] = mapped_column(default=0)
    not_passed: Mapped[int] = mapped_column(default=0)
    withdrawn: Mapped[int] = mapped_column(default=0)
    exempt: Mapped[int] = mapped_column(default=0, server_default="0")


#: The columns that count.
COUNTERS = tuple(column.name for column in Progress.__table__.columns if not column.primary_key)


class TitleChange(Base):
    """Titles of a standard that begin (+) or end (-) at a place on a day: units for standards
    that name units, households for those that count them."""

    __tablename__ = "title_change"

    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(
        sa.ForeignKey("jurisdiction.id"), primary_key=True, index=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]
    #: Exemptions from the standard that begin or end: units, or households as above.
    exempt: Mapped[int] = mapped_column(default=0, server_default="0")


class RegisterChange(Base):
    """Units of a kind, and their households, that enter or leave the register on a day."""

    __tablename__ = "register_change"

    kind: Mapped[Kind] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(
        sa.ForeignKey("jurisdiction.id"), primary_key=True, index=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    units: Mapped[int]
    households: Mapped[int]


def places(place_id: int, town_id: int | None) -> tuple[int, ...]:
    """The places whose rows a change touches: once only when the unit sits in the town itself."""
    return (place_id,) if town_id is None or town_id == place_id else (place_id, town_id)


def progress(campaign_id: int, place_id: int, town_id: int | None, **changes: int) -> None:
    """Adds to the counters of a campaign at a place and its town."""
    values = {name: getattr(Progress, name) + number for name, number in changes.items() if number}
    if not values:
        return
    for each in places(place_id, town_id):
        db.session.execute(
            sa.update(Progress)
            .where(Progress.campaign_id == campaign_id, Progress.place_id == each)
            .values(values)
            .execution_options(synchronize_session=False)
        )


def progress_all(
    numbers: Mapping[tuple[int, int, int | None], int], before: str, after: str
) -> None:
    """Moves many items from one counter to another, in one statement.

    ``numbers`` tells how many by campaign, place and town. As everywhere places come first, then
    towns, so that nobody waits for each other.
    """
    towns = {town_id for _, _, town_id in numbers}
    totals: Counter[tuple[int, int]] = Counter()
    for (campaign_id, place_id, town_id), number in numbers.items():
        for each in places(place_id, town_id):
            totals[campaign_id, each] += number
    table = db.metadata.tables[Progress.__tablename__]
    db.session.execute(
        sa.update(table)
        .where(
            table.c.campaign_id == sa.bindparam("of_campaign"),
            table.c.place_id == sa.bindparam("at_place"),
        )
        .values(
            {
                before: table.c[before] - sa.bindparam("moved"),
                after: table.c[after] + sa.bindparam("moved"),
            }
        ),
        [
            {"of_campaign": key[0], "at_place": key[1], "moved": totals[key]}
            for key in sorted(totals, key=lambda each: (each[1] in towns, each))
        ],
    )


class Ledger:
    """Dated changes of titles and register, added up and then written at once.

    What is noted follows the unit: it counts where the unit sits, on the days of each of its
    periods. ``sign`` is 1 for what begins to count and -1 for what was counted and no longer is.
    """

    def __init__(self) -> None:
        self._titles: dict[tuple[int, int, date], list[int]] = {}
        self._register: dict[tuple[Kind, int, date], list[int]] = {}

    def unit(self, kind: Kind, periods: Iterable[UnitPeriod | Span], sign: int = 1) -> None:
        """Notes a unit of the register, with its households."""
        for period in periods:
            households = period.households or 0
            for place_id, day, change in _days(period, period.valid_from, period.valid_to):
                total = self._register.setdefault((kind, place_id, day), [0, 0])
                total[0] += sign * change
                total[1] += sign * change * households

    def title(
        self,
        standard_id: int,
        periods: Iterable[UnitPeriod | Span],
        first: date,
        last: date,
        number: int,
        sign: int = 1,
    ) -> None:
        """Notes a title valid from the first to the last day (inclusive)."""
        for period in periods:
            for place_id, day, change in _days(period, first, last):
                self._of_title(standard_id, place_id, day)[0] += sign * change * number

    def exemption(
        self,
        standard_id: int,
        periods: Iterable[UnitPeriod | Span],
        first: date,
        last: date | None,
        *,
        households: bool,
        sign: int = 1,
    ) -> None:
        """Notes an exemption of a unit, or of the ``households`` that it answers for."""
        for period in periods:
            number = (period.households or 0) if households else 1
            for place_id, day, change in _days(period, first, last):
                self._of_title(standard_id, place_id, day)[1] += sign * change * number

    def _of_title(self, standard_id: int, place_id: int, day: date) -> list[int]:
        return self._titles.setdefault((standard_id, place_id, day), [0, 0])

    @property
    def titles(self) -> dict[tuple[int, int, date], list[int]]:
        """Titles and exemptions by standard, place and day."""
        return self._titles

    @property
    def register(self) -> dict[tuple[Kind, int, date], list[int]]:
        """Units and households by kind, place and day."""
        return self._register

    def write(self) -> None:
        """Adds everything noted to the counters, always in the same order."""
        _add(
            TitleChange,
            ("standard_id", "place_id", "day"),
            ("number", "exempt"),
            sorted(self._titles.items()),
        )
        _add(
            RegisterChange,
            ("kind", "place_id", "day"),
            ("units", "households"),
            sorted(self._register.items()),
        )


def _days(
    period: UnitPeriod | Span, first: date, last: date | None
) -> Iterator[tuple[int, date, int]]:
    """Where and when something that counts from ``first`` to ``last`` begins and ends within a
    period of its unit."""
    first = max(first, period.valid_from)
    ends = [day for day in (last, period.valid_to) if day is not None]
    if ends and min(ends) < first:
        return
    for place_id in places(period.jurisdiction_id, period.town_id):
        yield place_id, first, 1
        if ends:
            yield place_id, min(ends) + timedelta(days=1), -1


def _add(
    table: type[Base],
    keys: tuple[str, ...],
    counters: tuple[str, ...],
    noted: Sequence[tuple[tuple[Any, ...], list[int]]],
) -> None:
    rows = [
        dict(zip((*keys, *counters), (*key, *numbers), strict=True))
        for key, numbers in noted
        if any(numbers)
    ]
    if not rows:
        return
    statement = database.insert(table)
    columns = table.__table__.c
    statement = statement.on_conflict_do_update(
        index_elements=list(keys),
        set_={name: columns[name] + statement.excluded[name] for name in counters},
    )
    db.session.execute(statement, rows)


def fill_progress(
    campaign_id: int, entering: Mapping[tuple[int, int | None], int], items: int
) -> None:
    """Makes the counters of units that enter a campaign, or adds them to those that are there.

    ``entering`` tells how many enter by place and town; each enrolment has ``items``.
    """
    numbers: Counter[int] = Counter()
    for (place_id, town_id), number in entering.items():
        for each in places(place_id, town_id):
            numbers[each] += number
    towns = {town_id for _, town_id in entering}
    rows = [
        {
            **dict.fromkeys(COUNTERS, 0),
            "campaign_id": campaign_id,
            "place_id": each,
            "enrolled": numbers[each],
            "items": numbers[each] * items,
        }
        # As everywhere: places first, then towns, so that nobody waits for each other.
        for each in sorted(numbers, key=lambda each: (each in towns, each))
    ]
    if not rows:
        return
    statement = database.insert(Progress)
    statement = statement.on_conflict_do_update(
        index_elements=["campaign_id", "place_id"],
        set_={
            "enrolled": Progress.enrolled + statement.excluded.enrolled,
            "items": Progress.items + statement.excluded["items"],
        },
    )
    db.session.execute(statement, rows)


def begin_progress(campaign_id: int, place_id: int, town_id: int | None) -> None:
    """Makes the counters of a campaign at a place and its town where there are none yet."""
    rows = [{"campaign_id": campaign_id, "place_id": each} for each in places(place_id, town_id)]
    empty = [row | dict.fromkeys(COUNTERS, 0) for row in rows]
    statement = database.insert(Progress).on_conflict_do_nothing()
    db.session.execute(statement, empty)


def differences(
    table: str,
    stored: dict[tuple[str, ...], dict[str, int]],
    counted: dict[tuple[str, ...], dict[str, int]],
) -> Iterator[str]:
    """Names each counter whose stored value is not what counting the base rows gives."""
    for key in sorted(stored.keys() | counted.keys()):
        before, after = stored.get(key, {}), counted.get(key, {})
        for name in sorted(before.keys() | after.keys()):
            if before.get(name, 0) != after.get(name, 0):
                where = " ".join(key)
                yield (
                    f"{table} {where} {name}: stored {before.get(name, 0)}, "
                    f"counted {after.get(name, 0)}"
                )
