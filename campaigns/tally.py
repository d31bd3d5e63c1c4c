"""The counters. Each change is written in the same transaction as what it counts.

Two rows change each time, always in this order: the place that the unit sits in, then its town.
Boards at or above a town add up town rows, a town's page its villages'. Titles and register are
dated changes: what is valid on a day is the sum up to that day, so titles run out and past days
can be asked for without any job having run.
"""

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import database
from campaigns.database import Base, db
from campaigns.units import Kind


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


def titles(standard_id: int, place_id: int, town_id: int | None, day: date, number: int) -> None:
    """Adds to the titles that begin, or with a negative number end, on a day."""
    for each in places(place_id, town_id):
        statement = database.insert(TitleChange).values(
            standard_id=standard_id, place_id=each, day=day, number=number
        )
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["standard_id", "place_id", "day"],
                set_={"number": TitleChange.number + statement.excluded.number},
            )
        )


def register(
    kind: Kind, place_id: int, town_id: int | None, day: date, units: int, households: int
) -> None:
    """Adds to the units and households that enter, or with negative numbers leave, on a day."""
    for each in places(place_id, town_id):
        statement = database.insert(RegisterChange).values(
            kind=kind, place_id=each, day=day, units=units, households=households
        )
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "place_id", "day"],
                set_={
                    "units": RegisterChange.units + statement.excluded.units,
                    "households": RegisterChange.households + statement.excluded.households,
                },
            )
        )


def fill_progress(campaign_id: int, per_place: sa.Subquery, items: int) -> None:
    """Makes the counters of a newly opened campaign.

    ``per_place`` has the columns ``place_id`` and ``enrolled``; each enrolment has ``items``.
    """
    db.session.execute(
        sa.insert(Progress).from_select(
            ["campaign_id", "place_id", *COUNTERS],
            sa.select(
                sa.literal(campaign_id),
                per_place.c.place_id,
                *(
                    per_place.c.enrolled
                    if name == "enrolled"
                    else per_place.c.enrolled * items
                    if name == "items"
                    else sa.literal(0)
                    for name in COUNTERS
                ),
            ),
        )
    )


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
