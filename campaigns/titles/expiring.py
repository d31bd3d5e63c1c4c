"""Titles about to run out: whom to remind, and in which campaign to certify anew."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from campaigns import clock, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment.records import LEFT, Enrolment
from campaigns.jurisdictions import Scope
from campaigns.titles.records import WHOLE, Title, listed
from campaigns.units import Unit


def _query(scope: Scope, day: date) -> sa.Select[Title]:
    """The query for the titles within the scope whose last day is near on a day, the nearest
    first: none that was replaced, withdrawn, or whose unit has left the register."""
    newer = aliased(Title)
    return (
        listed(scope)
        .options(*WHOLE)
        .where(
            Title.valid_from <= day,
            Title.valid_to >= day,
            Title.valid_to <= day + timedelta(days=max(settings.REMINDERS)),
            Title.ended_on.is_(None),
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= day),
            ~sa.exists().where(
                newer.unit_id == Title.unit_id,
                newer.standard_id == Title.standard_id,
                newer.valid_to > Title.valid_to,
            ),
        )
        .order_by(None)
        .order_by(Title.valid_to, Title.id)
    )


def expiring(scope: Scope, day: date) -> Sequence[Title]:
    """The titles within the scope whose last day is near on a day, the nearest first, with their
    units, places and standards."""
    return db.session.scalars(_query(scope, day)).all()


def page_of_expiring(scope: Scope, *, offset: int, limit: int) -> Sequence[Title]:
    """A page of those of today."""
    return db.session.scalars(_query(scope, clock.today()).offset(offset).limit(limit)).all()


def reminder(title: Title, day: date) -> int | None:
    """Which reminder is due on a day, in days before the last one: 90, then 30, then 7; none while
    it is far off, or past."""
    left = (title.last_day - day).days
    return min((each for each in settings.REMINDERS if 0 <= left <= each), default=None)


def renewals(held: Sequence[Title]) -> dict[int, Enrolment]:
    """By title, where its unit can be certified anew: its enrolment in an open campaign of the
    same standard; what is still true there carries over."""
    if not held:
        return {}
    found = db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.campaign)
        .options(contains_eager(Enrolment.campaign))
        .where(
            Enrolment.unit_id.in_([each.unit_id for each in held]),
            Enrolment.state.not_in(LEFT),
            Campaign.state == CampaignState.OPEN,
        )
        .order_by(Campaign.opens_on, Campaign.id)
    )
    where = {(each.unit_id, each.campaign.version.standard_id): each for each in found}
    made = {each.id: where.get((each.unit_id, each.standard_id)) for each in held}
    # The campaign that gave the title cannot give it again.
    return {
        title.id: enrolment
        for title in held
        if (enrolment := made[title.id]) is not None and enrolment.id != title.enrolment_id
    }
