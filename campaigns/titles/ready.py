"""Who may be named: the enrolments that passed every step, and what stands in the others' way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment import objections, records, scoring, transitions
from campaigns.enrolment.objections import Objection
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item
from campaigns.errors import Fault, NotFound, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.standards import Registration
from campaigns.units import Unit

#: A campaign that is over can still name.
_NAMING = frozenset({CampaignState.OPEN, CampaignState.CLOSED})


@dataclass(frozen=True, slots=True)
class Candidate:
    """An enrolment that is to be named: 1 for its unit, or the households of a village that the
    title will name; and what stands in its way, if anything does."""

    enrolment: Enrolment
    number: int
    hindrance: Fault | None


def candidates(enrolments: Sequence[Enrolment]) -> list[Candidate]:
    """What naming these would come to now, in their order."""
    objected = objections.with_open([each.id for each in enrolments])
    numbers = _numbers(enrolments)
    return [
        Candidate(each, numbers[each.id], _hindrance(each, objected, numbers[each.id]))
        for each in enrolments
    ]


def _hindrance(enrolment: Enrolment, objected: Collection[int], number: int) -> Fault | None:
    campaign = enrolment.campaign
    if campaign.state not in _NAMING:
        return fault("campaign_closed", campaign=campaign.name)
    if not campaign.can_name:
        return fault("no_approval")
    if campaign.approval_is_over:
        return fault("approval_over", until=campaign.approval_until)
    following = transitions.next_state(enrolment)
    if following is not EnrolmentState.NAMED:
        return fault("steps_missing" if following else "enrolment_not_ready")
    if transitions.is_on_notice(enrolment):
        return fault("notice_running", until=enrolment.notice_until)
    if enrolment.id in objected:
        return fault("objection_open")
    return fault("no_households") if number == 0 else None


def _numbers(enrolments: Sequence[Enrolment]) -> dict[int, int]:
    """What a title of each would name: never more households than the village has."""
    counting = [each for each in enrolments if _names_households(each)]
    items: dict[int, dict[str, Item]] = {each.id: {} for each in counting}
    for item in records.items(list(items)) if items else ():
        items[item.enrolment_id][item.key] = item
    return dict.fromkeys((each.id for each in enrolments), 1) | {
        each.id: min(
            scoring.households(campaigns.slots(each.campaign), items[each.id]),
            each.unit.households or 0,
        )
        for each in counting
    }


def _names_households(enrolment: Enrolment) -> bool:
    return enrolment.campaign.version.standard.registration is Registration.AGGREGATE


def chosen(ids: Collection[int], scope: Scope, *, lock: bool = False) -> Sequence[Enrolment]:
    """These enrolments, in the order of places, or of ids where they are locked until the
    transaction ends; raises NotFound when one of them lies outside the scope."""
    query = records.enrolments().where(
        Enrolment.id.in_(ids), scope.clause(Jurisdiction.path, Unit.id)
    )
    if lock:
        # Always in the same order, so that two who name at once do not wait for each other.
        query = query.order_by(Enrolment.id).with_for_update(of=Enrolment)
    found = db.session.scalars(
        query.order_by(Jurisdiction.path, Unit.code), execution_options={"populate_existing": lock}
    ).all()
    if len(found) < len(set(ids)):
        raise NotFound
    return found


def ready(scope: Scope, *, limit: int, campaign_id: int | None = None) -> Sequence[Enrolment]:
    """The enrolments within the scope that only wait to be named, oldest first."""
    query = records.enrolments().where(_waits(scope))
    if campaign_id is not None:
        query = query.where(Enrolment.campaign_id == campaign_id)
    return db.session.scalars(query.order_by(Enrolment.id).limit(limit)).all()


def counted(scope: Scope) -> Sequence[tuple[Campaign, int]]:
    """The campaigns of which somebody only waits to be named, and how many each."""
    query = records.enrolments().where(_waits(scope))
    counts = query.with_only_columns(Enrolment.campaign_id, sa.func.count()).group_by(
        Enrolment.campaign_id
    )
    numbers = {row[0]: row[1] for row in db.session.execute(counts)}
    found = db.session.scalars(sa.select(Campaign).where(Campaign.id.in_(numbers)))
    return [(each, numbers[each.id]) for each in sorted(found, key=lambda each: each.id)]


def _waits(scope: Scope) -> sa.ColumnElement[Any]:
    """Every step is passed, its notice is over, and nobody waits for an answer."""
    naming = sa.select(Campaign).where(
        Campaign.approval_number.is_not(None),
        sa.or_(Campaign.approval_until.is_(None), Campaign.approval_until >= clock.today()),
        Campaign.state.in_(_NAMING),
    )
    passed = [
        sa.and_(Enrolment.campaign_id == each.id, Enrolment.state == transitions.last_state(each))
        for each in db.session.scalars(naming)
    ]
    return sa.and_(
        sa.or_(sa.false(), *passed),
        sa.or_(Enrolment.notice_until.is_(None), Enrolment.notice_until < clock.today()),
        ~sa.exists().where(Objection.enrolment_id == Enrolment.id, Objection.result.is_(None)),
        scope.clause(Jurisdiction.path, Unit.id),
    )
