"""More time for a campaign, and what follows its dates."""

from datetime import date

from campaigns.campaign import Campaign, extension
from campaigns.register import exemptions


def give_more_time(
    campaign: Campaign,
    version: int,
    due_on: date,
    review_due_on: date,
    reason: str,
    *,
    by: int | None,
) -> None:
    """Gives a campaign more time; its exemptions last as long as it does."""
    extension.extend(campaign, version, due_on, review_due_on, reason, by=by)
    exemptions.prolong(campaign)
