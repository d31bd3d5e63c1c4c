"""The proof of the counters: recounts from the base rows."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import jurisdictions, tally
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment.records import LEFT, Enrolment, EnrolmentState, Item, ItemState
from campaigns.tally import COUNTERS, Progress

_ITEM_COUNTERS = ("submitted", "approved", "returned")


def check() -> Iterator[str]:
    """Names each counter of items or enrolments that is not what counting gives."""
    yield from _enrolments()
    yield from _progress()


def _enrolments() -> Iterator[str]:
    counted = [
        sa.func.count(Item.id).filter(Item.state == ItemState(name)).label(name)
        for name in _ITEM_COUNTERS
    ]
    query = (
        sa.select(Enrolment.id, *(getattr(Enrolment, n).label(f"s_{n}") for n in _ITEM_COUNTERS))
        .add_columns(*counted)
        .outerjoin(Item, Item.enrolment_id == Enrolment.id)
        .group_by(Enrolment.id)
        .having(
            sa.or_(
                *(
                    getattr(Enrolment, n) != column.element
                    for n, column in zip(_ITEM_COUNTERS, counted, strict=True)
                )
            )
        )
    )
    for row in db.session.execute(query).mappings():
        yield from tally.differences(
            "enrolment",
            {(str(row["id"]),): {name: row[f"s_{name}"] for name in _ITEM_COUNTERS}},
            {(str(row["id"]),): {name: row[name] for name in _ITEM_COUNTERS}},
        )


def _progress() -> Iterator[str]:
    codes = jurisdictions.codes()
    items = {
        each.id: len(campaigns.slots(each)) for each in db.session.scalars(sa.select(Campaign))
    }

    def key(campaign_id: int, place_id: int) -> tuple[str, ...]:
        return (f"campaign={campaign_id}", f"place={codes[place_id]}")

    stored = {
        key(row.campaign_id, row.place_id): {name: getattr(row, name) for name in COUNTERS}
        for row in db.session.scalars(sa.select(Progress))
    }
    counted: dict[tuple[str, ...], dict[str, int]] = {}
    for row in db.session.execute(_by_state()):
        numbers = {
            "enrolled": row.number,
            "items": row.number * items[row.campaign_id],
            "started": row.started,
            "submitted": row.submitted,
            "approved": row.approved,
            "returned": row.returned,
        }
        if row.state in LEFT:
            numbers = {}
        if row.state is not EnrolmentState.APPLIED:
            numbers[row.state.value] = row.number
        for place in tally.places(row.place_id, row.town_id):
            total = counted.setdefault(key(row.campaign_id, place), {})
            for name, number in numbers.items():
                total[name] = total.get(name, 0) + number
    yield from tally.differences("progress", stored, counted)


def _by_state() -> sa.Select[Any]:
    """Enrolments by campaign, place and state, with their items counted from the items."""
    per_enrolment = (
        sa.select(
            Item.enrolment_id,
            *(
                sa.func.count().filter(Item.state == ItemState(name)).label(name)
                for name in _ITEM_COUNTERS
            ),
        )
        .group_by(Item.enrolment_id)
        .subquery()
    )
    return (
        sa.select(
            Enrolment.campaign_id,
            Enrolment.place_id,
            Enrolment.town_id,
            Enrolment.state,
            sa.func.count().label("number"),
            sa.func.count().filter(Enrolment.started.is_(True)).label("started"),
            *(
                sa.func.coalesce(sa.func.sum(per_enrolment.c[name]), 0).label(name)
                for name in _ITEM_COUNTERS
            ),
        )
        .outerjoin(per_enrolment, per_enrolment.c.enrolment_id == Enrolment.id)
        .group_by(Enrolment.campaign_id, Enrolment.place_id, Enrolment.town_id, Enrolment.state)
    )
