"""Setting up a campaign in steps: what and where, approval and dates, burden. A draft can be
left and taken up again, changed, and thrown away, until it opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns import campaign as campaigns
from campaigns import clock, history, jurisdictions
from campaigns.campaign import Approval, Campaign, Step, burden
from campaigns.database import db
from campaigns.errors import Fault, NotFound, Refused, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.standards import Version
from campaigns.text import Bilingual


@dataclass(frozen=True, slots=True)
class Terms:
    """By whose leave a campaign runs, when, and how it accepts. Without an approval it is an
    internal work list; ``notice_days`` are working days, none when there is no public notice."""

    approval: Approval | None
    opens_on: date
    due_on: date
    review_due_on: date
    steps: Sequence[Step]
    notice_days: int | None


def find(campaign_id: int, scope: Scope) -> Campaign:
    """The draft, where the person may run campaigns; raises NotFound for anything else."""
    found = campaigns.find(campaign_id, scope, drafts=scope)
    if found.state is not campaigns.CampaignState.DRAFT:
        raise NotFound(campaign_id)
    return found


def begin(
    version: Version, places: Sequence[Jurisdiction], name: Bilingual, *, by: int
) -> Campaign:
    """The first step: a draft over this year, for one place or some towns. Approval and dates are
    still to be said."""
    place, towns = _area(places)
    year = clock.today().year
    made = campaigns.draft(
        version,
        place,
        name,
        opens_on=date(year, 1, 1),
        due_on=date(year, 12, 31),
        steps=[Step.TOWN],
        approval=None,
        by=by,
        towns=towns,
    )
    # It opens only when somebody has chosen between an approval and a mere work list.
    made.review_due_on = None
    db.session.flush()
    return made


def choose(
    campaign: Campaign,
    row_version: int,
    version: Version,
    places: Sequence[Jurisdiction],
    name: Bilingual,
    *,
    by: int,
) -> None:
    """Changes version, area or names of a draft; a reason for another burden is let go."""
    _require(campaign, row_version)
    before = (campaign.version_id, campaign.areas)
    campaign.version_id = version.id
    campaign.place, towns = _area(places)
    campaign.towns = [each.path for each in towns]
    if (campaign.version_id, campaign.areas) != before:
        campaign.burden_reason = None
    campaign.name_zh, campaign.name_en = name.zh, name.en
    areas = list(campaign.area_codes)
    _changed(campaign, by, version=version.id, areas=areas, zh=name.zh, en=name.en)


def _area(places: Sequence[Jurisdiction]) -> tuple[Jurisdiction, Sequence[Jurisdiction]]:
    """The place that a campaign is over, and the towns in it when it is not for all of it. What
    lies in another place that was chosen is chosen with it."""
    outer = [
        each
        for each in places
        if not any(each.path != other.path and each.path.startswith(other.path) for other in places)
    ]
    if len(outer) == 1:
        return outer[0], ()
    return jurisdictions.common(outer), outer


def agree(campaign: Campaign, row_version: int, terms: Terms, *, by: int) -> None:
    """Says by whose leave a draft will run, when, and how it accepts."""
    _require(campaign, row_version)
    if found := list(_faults(terms, clock.today())):
        raise Refused(*found)
    number, body, until = terms.approval or (None, None, None)
    campaign.approval_number, campaign.approval_body = number, body
    campaign.approval_until = until
    campaign.opens_on, campaign.due_on = terms.opens_on, terms.due_on
    campaign.review_due_on = terms.review_due_on
    campaign.steps = [step.value for step in terms.steps]
    campaign.notice_days = terms.notice_days if Step.NOTICE in terms.steps else None
    _changed(
        campaign,
        by,
        approval=[number, body, until.isoformat()] if until else None,
        opens_on=terms.opens_on.isoformat(),
        due_on=terms.due_on.isoformat(),
        review_due_on=terms.review_due_on.isoformat(),
        steps=campaign.steps,
        notice_days=campaign.notice_days,
    )


def _faults(terms: Terms, on: date) -> Sequence[Fault]:
    found: list[Fault] = []
    if terms.due_on < terms.opens_on:
        found.append(fault("due_before_opening", "due_on"))
    elif terms.due_on < on:
        found.append(fault("due_is_over", "due_on"))
    if terms.review_due_on < terms.due_on:
        found.append(fault("review_before_due", "review_due_on"))
    if terms.approval and terms.approval[2] < max(terms.opens_on, on):
        found.append(fault("approval_ends_early", "approval_until"))
    if Step.NOTICE in terms.steps and not terms.notice_days:
        found.append(fault("notice_days_missing", "notice_days"))
    return found


def explain(campaign: Campaign, row_version: int, reason: str, *, by: int) -> None:
    """Says why a draft may ask for more than the cap; refuses to go on without, above it."""
    _require(campaign, row_version)
    over = burden.over(campaign)
    if over and not reason:
        raise Refused(fault("burden_reason_missing", "reason", over=over))
    campaign.burden_reason = reason if over else None
    _changed(campaign, by, burden_reason=campaign.burden_reason)


def discard(campaign: Campaign, row_version: int, *, by: int) -> None:
    """Throws a draft away; that there was one stays in the history."""
    _require(campaign, row_version)
    history.record("discarded", "campaign", campaign.id, by=by, name=campaign.name_zh)
    db.session.delete(campaign)
    db.session.flush()


def require_ready(campaign: Campaign, on: date) -> None:
    """Refuses to open a draft whose set-up is not finished, or does not hold on the day."""
    if campaign.review_due_on is None:
        raise Refused(fault("terms_missing"))
    approval = None
    if campaign.approval_number and campaign.approval_body and campaign.approval_until:
        approval = (campaign.approval_number, campaign.approval_body, campaign.approval_until)
    found = _faults(
        Terms(
            approval,
            campaign.opens_on,
            campaign.due_on,
            campaign.review_due_on,
            campaign.acceptance,
            campaign.notice_days,
        ),
        on,
    )
    if found:
        raise Refused(*(fault(each.code) for each in found))
    if not campaign.burden_reason and (over := burden.over(campaign)):
        raise Refused(fault("burden_over", over=over))


def _require(campaign: Campaign, row_version: int) -> None:
    campaigns.require_draft(campaign)
    campaigns.require_version(campaign, row_version)


def _changed(campaign: Campaign, by: int, **detail: Any) -> None:
    db.session.flush()
    history.record("draft_changed", "campaign", campaign.id, by=by, **detail)
