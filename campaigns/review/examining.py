"""The town's check: which complete checklists wait for it."""

import functools
from collections.abc import Sequence

import sqlalchemy as sa

from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db, fixed
from campaigns.enrolment.records import Enrolment, EnrolmentState, enrolments
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.tally import Progress
from campaigns.units import Unit


def complete(scope: Scope, *, limit: int) -> Sequence[Enrolment]:
    """The enrolments in open campaigns whose items are all approved and whom nobody has examined
    yet: they wait for the town's check. How many items each has follows from its place's counter.
    """
    query = waiting(scope).order_by(Unit.code, Campaign.id).limit(limit)
    return db.session.scalars(query).all()


@functools.lru_cache(256)
def waiting(scope: Scope) -> sa.Select[Enrolment]:
    """The query for them."""
    return (
        enrolments()
        .join(
            Progress,
            sa.and_(
                Progress.campaign_id == Enrolment.campaign_id,
                Progress.place_id == Enrolment.place_id,
            ),
        )
        .where(
            scope.clause(Jurisdiction.path, Unit.id),
            Campaign.state == fixed(CampaignState.OPEN),
            Enrolment.state == fixed(EnrolmentState.APPLIED),
            Enrolment.approved > 0,
            Enrolment.approved * Progress.enrolled == Progress.items,
        )
    )
