"""More time for a whole campaign: later dates with a reason, and where both are read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from campaigns import history
from campaigns.campaign import Campaign, CampaignState, require_version
from campaigns.database import db
from campaigns.errors import Fault, Refused, fault

_VERB = "extended"


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: when it was given, why, and the dates from then on."""

    at: datetime
    reason: str
    due_on: date
    review_due_on: date


def extend(
    campaign: Campaign,
    version: int,
    due_on: date,
    review_due_on: date,
    reason: str,
    *,
    by: int | None,
) -> None:
    """Gives everybody more time, with a reason for all to read: later dates, never earlier ones.

    ``register.extension.give_more_time`` calls this and lets what hangs on the dates follow.
    """
    require_version(campaign, version)
    if campaign.state is not CampaignState.OPEN:
        raise Refused(fault("extension_not_open"))
    if found := _faults(campaign, due_on, review_due_on, reason):
        raise Refused(*found)
    if due_on > campaign.due_on:
        campaign.first_due_on = campaign.first_due_on or campaign.due_on
    campaign.due_on, campaign.review_due_on = due_on, review_due_on
    db.session.flush()
    history.record(
        _VERB,
        "campaign",
        campaign.id,
        by=by,
        reason=reason,
        due_on=due_on.isoformat(),
        review_due_on=review_due_on.isoformat(),
    )


def _faults(campaign: Campaign, due_on: date, review_due_on: date, reason: str) -> list[Fault]:
    review_until = campaign.review_due_on or campaign.due_on
    found: list[Fault] = []
    if due_on < campaign.due_on:
        found.append(fault("extension_earlier", "due_on", day=campaign.due_on))
    if review_due_on < review_until:
        found.append(fault("extension_earlier", "review_due_on", day=review_until))
    elif review_due_on < due_on:
        found.append(fault("review_before_due", "review_due_on"))
    if (due_on, review_due_on) == (campaign.due_on, review_until):
        found.append(fault("extension_same", "due_on"))
    if not reason:
        found.append(fault("extension_reason_missing", "reason"))
    return found


def of_campaign(campaign: Campaign) -> Sequence[Extension]:
    """The extensions of a campaign, the newest first."""
    return [
        Extension(
            each.at,
            each.detail["reason"],
            date.fromisoformat(each.detail["due_on"]),
            date.fromisoformat(each.detail["review_due_on"]),
        )
        for each in history.of_subject("campaign", campaign.id, _VERB)
    ]
