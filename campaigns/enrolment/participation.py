"""Who takes part in a campaign: entering when it opens or later, leaving, coming back, moving.

Each changes the counters in the transaction at hand; no items are written for anybody.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, history, hold, standards, tally
from campaigns.campaign import Campaign, CampaignState
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
from campaigns.jurisdictions import Jurisdiction, interval
from campaigns.units import Unit

_COLUMNS = (
    *("campaign_id", "unit_id", "place_id", "town_id", "state", "started"),
    *("submitted", "approved", "returned", "enrolled_at", "row_version"),
)


def open_campaign(campaign: Campaign, *, by: int | None) -> int:
    """Opens a draft and enrols every unit of its kinds in its area; gives how many.

    One statement enrols them all, one makes the counters; no items are written.
    """
    campaigns.require_draft(campaign)
    hold.require_free()
    enrolled = _enrol(campaign)
    campaigns.mark_open(campaign, by=by, enrolled=enrolled)
    return enrolled


def enrol_newcomers(campaign: Campaign, *, by: int) -> int:
    """Enrols the units that entered the register since the campaign opened; gives how many."""
    campaigns.require_open(campaign)
    hold.require_free()
    enrolled = _enrol(campaign)
    if enrolled == 0:
        raise Refused(fault("no_newcomers"))
    history.record("enrolled", "campaign", campaign.id, by=by, enrolled=enrolled)
    return enrolled


def newcomers(campaign: Campaign) -> int:
    """How many units could take part and do not."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(_missing(campaign))) or 0


def _missing(campaign: Campaign) -> sa.Subquery:
    """The units of a campaign's kinds in its area, in the register today, not enrolled."""
    low, high = interval(campaign.place.path)
    today = clock.today()
    return (
        sa.select(
            Unit.id.label("unit_id"),
            Jurisdiction.id.label("place_id"),
            Jurisdiction.town_id.label("town_id"),
        )
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(
            Unit.kind.in_(standards.taking_part(campaign.version.standard)),
            Jurisdiction.path >= low,
            Jurisdiction.path < high,
            Unit.valid_from <= today,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= today),
            ~sa.exists().where(Enrolment.campaign_id == campaign.id, Enrolment.unit_id == Unit.id),
        )
        .subquery()
    )


def _enrol(campaign: Campaign) -> int:
    last = db.session.scalar(
        sa.select(sa.func.max(Enrolment.id)).where(Enrolment.campaign_id == campaign.id)
    )
    columns, missing = Enrolment.__table__.c, _missing(campaign)
    chosen = sa.select(
        sa.literal(campaign.id),
        missing.c.unit_id,
        missing.c.place_id,
        missing.c.town_id,
        sa.literal(EnrolmentState.APPLIED, columns.state.type),
        sa.false(),
        *(sa.literal(0) for _ in range(3)),
        sa.literal(clock.now(), columns.enrolled_at.type),
        sa.literal(1),
    )
    result = db.session.execute(
        sa.insert(Enrolment).from_select(list(_COLUMNS), chosen),
        execution_options={"preserve_rowcount": True},
    )
    _count(campaign, last or 0)
    return int(result.rowcount)  # type: ignore[attr-defined]


def _count(campaign: Campaign, after: int) -> None:
    """Adds the enrolments after this one to the counters of their places and towns."""
    here = sa.and_(Enrolment.campaign_id == campaign.id, Enrolment.id > after)
    at_place = (
        sa.select(Enrolment.place_id.label("place_id"), sa.func.count().label("enrolled"))
        .where(here)
        .group_by(Enrolment.place_id)
    )
    in_town = (
        sa.select(Enrolment.town_id.label("place_id"), sa.func.count().label("enrolled"))
        .where(here, Enrolment.town_id.is_not(None), Enrolment.town_id != Enrolment.place_id)
        .group_by(Enrolment.town_id)
    )
    # A town's row counts its villages' units and those that sit in the town itself.
    both = sa.union_all(at_place, in_town).subquery()
    per_place = (
        sa.select(both.c.place_id, sa.func.sum(both.c.enrolled).label("enrolled"))
        .group_by(both.c.place_id)
        .subquery()
    )
    tally.fill_progress(campaign.id, per_place, len(campaigns.slots(campaign)))


def leave(
    enrolment: Enrolment, version: int, state: EnrolmentState, reason: str, *, by: int | None
) -> None:
    """Takes a unit out of a campaign: exempt, or withdrawn because it is no more.

    What it proved is kept. Refuses a closed campaign, and exempting one that passed its check.
    """
    campaigns.require_open(enrolment.campaign)
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
    campaigns.require_open(enrolment.campaign)
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
    """The enrolments of these units in campaigns that are open, with their campaigns, by unit."""
    found: dict[int, list[Enrolment]] = {each: [] for each in unit_ids}
    for enrolment in records.of_units(unit_ids, CampaignState.OPEN):
        found[enrolment.unit_id].append(enrolment)
    return found
