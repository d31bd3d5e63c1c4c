"""Who takes part in a campaign: entering when it opens or later, leaving, coming back, moving.

Each changes the counters in the transaction at hand; no items are written for anybody.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, history, hold, tally
from campaigns.campaign import RUNNING, Campaign, CampaignState, setup
from campaigns.database import db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.records import (
    ANSWERABLE,
    LEFT,
    Enrolment,
    EnrolmentState,
    Item,
)
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.units import Unit

_COLUMNS = (
    *("campaign_id", "unit_id", "place_id", "town_id", "state", "started"),
    *("submitted", "approved", "returned", "enrolled_at", "row_version"),
)
#: Units that are enrolled in one transaction: SQLite lets nobody else write meanwhile, so it has
#: to be over in well under three seconds.
SLICE = 20_000


def opening(
    campaign: Campaign,
    row_version: int,
    *,
    by: int | None,
    size: int = SLICE,
    on: date | None = None,
) -> Iterator[int]:
    """Opens a draft and enrols every unit of its kinds in its area, ``size`` at a time.

    After each part it gives how many were enrolled in it, and the transaction may be committed;
    ``database.in_parts`` does that. Until the last part nobody sees anything of it; if it is
    broken off, the campaign stays ``opening``, and opening it again goes on from there. What is
    set up has to hold ``on`` the day of opening, today unless an earlier one is told.
    """
    campaign_id = campaign.id
    campaign = campaigns.lock(campaign_id)
    campaigns.require_version(campaign, row_version)
    if campaign.state is not CampaignState.OPENING:
        campaigns.require_draft(campaign)
        setup.require_ready(campaign, on or clock.today())
        campaigns.mark_opening(campaign, by=by)
        yield 0
    yield from _entering(campaign_id, size)
    campaign = campaigns.lock(campaign_id)
    campaigns.mark_open(campaign, by=by, enrolled=enrolled(campaign))


def open_campaign(campaign: Campaign, *, by: int | None, on: date | None = None) -> int:
    """Opens a draft in the transaction at hand; gives how many units it enrolled."""
    return sum(opening(campaign, campaign.row_version, by=by, on=on))


def newcomers_entering(campaign: Campaign, *, by: int | None, size: int = SLICE) -> Iterator[int]:
    """Enrols the units that entered the register since the campaign opened, in parts like
    ``opening``. Refuses when there is none."""
    campaign_id = campaign.id
    campaigns.require_open(campaign)
    number = 0
    for part in _entering(campaign_id, size):
        number += part
        yield part
    if number == 0:
        raise Refused(fault("no_newcomers"))
    history.record("enrolled", "campaign", campaign_id, by=by, enrolled=number)


def enrol_newcomers(campaign: Campaign, *, by: int) -> int:
    """Enrols the newcomers in the transaction at hand; gives how many."""
    return sum(newcomers_entering(campaign, by=by))


def newcomers(campaign: Campaign) -> int:
    """How many units could take part and do not."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(_missing(campaign).subquery()))
        or 0
    )


def enrolled(campaign: Campaign) -> int:
    """How many units are enrolled, those that left among them."""
    query = sa.select(sa.func.count(Enrolment.id)).where(Enrolment.campaign_id == campaign.id)
    return db.session.scalar(query) or 0


def _missing(campaign: Campaign) -> sa.Select[Any]:
    """The units that could take part and are not enrolled."""
    return (
        campaigns.eligible(campaign)
        .add_columns(Jurisdiction.id, Jurisdiction.town_id)
        .where(
            ~sa.exists().where(Enrolment.campaign_id == campaign.id, Enrolment.unit_id == Unit.id)
        )
    )


def _entering(campaign_id: int, size: int) -> Iterator[int]:
    """Enrols whoever is missing, with the counters, stretch by stretch of the register; gives how
    many whenever ``size`` are reached, and at the end."""
    after, number = 0, 0
    while (last := _stretch(after, size)) is not None:
        # Whoever comes second waits here, and finds that there is nobody left to enrol.
        campaign = campaigns.lock(campaign_id)
        hold.require_free()
        entered = _enrol(campaign, after, last)
        tally.fill_progress(campaign_id, entered, len(campaigns.slots(campaign)))
        after, number = last, number + entered.total()
        if number >= size:
            yield number
            number = 0
    yield number


def _stretch(after: int, size: int) -> int | None:
    """The last of the next ``size`` units of the register; none at its end."""
    ids = sa.select(Unit.id).where(Unit.id > after).order_by(Unit.id).limit(size).subquery()
    last: int | None = db.session.scalar(sa.select(sa.func.max(ids.c.id)))
    return last


def _enrol(campaign: Campaign, after: int, last: int) -> Counter[tuple[int, int | None]]:
    """Enrols the missing units of a stretch; gives how many, by place and town."""
    missing = _missing(campaign).where(Unit.id > after, Unit.id <= last)
    columns = Enrolment.__table__.c
    chosen = missing.with_only_columns(
        sa.literal(campaign.id),
        Unit.id,
        Jurisdiction.id,
        Jurisdiction.town_id,
        sa.literal(EnrolmentState.APPLIED, columns.state.type),
        sa.false(),
        *(sa.literal(0) for _ in range(3)),
        sa.literal(clock.now(), columns.enrolled_at.type),
        sa.literal(1),
    )
    rows = db.session.execute(
        sa.insert(Enrolment)
        .from_select(list(_COLUMNS), chosen)
        .returning(Enrolment.place_id, Enrolment.town_id)
    )
    return Counter((row.place_id, row.town_id) for row in rows)


def leave(
    enrolment: Enrolment, version: int, state: EnrolmentState, reason: str, *, by: int | None
) -> None:
    """Takes a unit out of a campaign: exempt, or withdrawn because it is no more.

    What it proved is kept. Refuses a closed campaign, and exempting one that passed its check.
    """
    campaigns.require_running(enrolment.campaign)
    may_leave = ANSWERABLE if state is EnrolmentState.EXEMPT else frozenset(EnrolmentState) - LEFT
    transitions.require(enrolment, version, may_leave)
    changes = _share(enrolment, -1) | {state.value: 1}
    tally.progress(*_where(enrolment), **changes)
    enrolment.state, enrolment.reason = state, reason
    db.session.flush()
    history.record(
        state.value, "enrolment", enrolment.id, by=by, unit_id=enrolment.unit_id, reason=reason
    )


def come_back(enrolment: Enrolment, version: int, *, by: int | None) -> None:
    """Takes an exempt unit in again, with what it had proved."""
    campaigns.require_running(enrolment.campaign)
    transitions.require(enrolment, version, frozenset({EnrolmentState.EXEMPT}))
    enrolment.state, enrolment.reason = EnrolmentState.APPLIED, None
    changes = _share(enrolment, 1) | {EnrolmentState.EXEMPT.value: -1}
    tally.progress(*_where(enrolment), **changes)
    db.session.flush()
    history.record("exemption_lifted", "enrolment", enrolment.id, by=by, unit_id=enrolment.unit_id)


def move(enrolment: Enrolment, place: Jurisdiction) -> None:
    """Follows a unit to another place: its counters, and its items in the other town's queue."""
    share = {enrolment.state.value: 1} if enrolment.state in LEFT else _share(enrolment, 1)
    tally.progress(*_where(enrolment), **{name: -number for name, number in share.items()})
    enrolment.place_id, enrolment.town_id = place.id, place.town_id
    tally.begin_progress(*_where(enrolment))
    tally.progress(*_where(enrolment), **share)
    db.session.execute(
        sa.update(Item)
        .where(Item.enrolment_id == enrolment.id)
        .values(town_id=place.town_id)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()


def _where(enrolment: Enrolment) -> tuple[int, int, int | None]:
    return enrolment.campaign_id, enrolment.place_id, enrolment.town_id


def _share(enrolment: Enrolment, sign: int) -> dict[str, int]:
    """What an enrolment that takes part adds to the counters, or with -1 takes from them."""
    share: dict[str, Any] = {
        "enrolled": 1,
        "items": len(campaigns.slots(enrolment.campaign)),
        "started": int(enrolment.started),
        "submitted": enrolment.submitted,
        "approved": enrolment.approved,
        "returned": enrolment.returned,
    }
    if enrolment.state is not EnrolmentState.APPLIED:
        share[enrolment.state.value] = 1
    return {name: sign * number for name, number in share.items()}


def running_of(unit_ids: Sequence[int]) -> dict[int, list[Enrolment]]:
    """The enrolments of these units in campaigns that are open, or about to, with their
    campaigns, by unit."""
    found: dict[int, list[Enrolment]] = {each: [] for each in unit_ids}
    query = records.enrolments(RUNNING).where(Enrolment.unit_id.in_(unit_ids))
    for enrolment in db.session.scalars(query.order_by(Enrolment.id)):
        found[enrolment.unit_id].append(enrolment)
    return found
