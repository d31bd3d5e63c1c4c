"""More time for a campaign: nothing is asked anew, the counters stay, exemptions follow."""

from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import register
from campaigns.campaign import Campaign, extension
from campaigns.database import db
from campaigns.enrolment import checklist, recount
from campaigns.errors import Refused, Stale
from campaigns.register import exemptions
from campaigns.register.exemptions import Exemption
from campaigns.register.extension import give_more_time
from campaigns.tally import Progress
from tests.cast import YEAR, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, events, finish, send

LATER, REVIEWED = date(2027, 2, 10), date(2027, 3, 1)


def school(cast: Cast) -> Campaign:
    return campaigns.find(cast.campaigns["safe-school"], EVERYWHERE)


def more(cast: Cast, campaign: Campaign, due: date = LATER, review: date = REVIEWED) -> None:
    by = cast.people["office"]
    give_more_time(campaign, campaign.row_version, due, review, "暴雨停工两周", by=by)


def test_more_time_moves_the_last_day_and_asks_for_nothing_new(cast: Cast) -> None:
    campaign = school(cast)
    before = {each.key: each for each in campaigns.slots(campaign)}
    counters = _counters(campaign)
    more(cast, campaign)
    after = {each.key: each for each in campaigns.slots(campaign)}
    assert before.keys() == after.keys()
    for key, slot in after.items():
        assert (slot.points, slot.pieces, slot.opens_on) == (
            before[key].points,
            before[key].pieces,
            before[key].opens_on,
        )
        # The last period and what is asked once get longer; earlier ones stay as they were.
        last = before[key].due_on == YEAR[1]
        assert slot.due_on == (LATER if last else before[key].due_on)
    assert after["3.1@2026-11"].due_on == date(2026, 11, 30)
    assert after["3.1@2026-12"].due_on == LATER
    assert _counters(campaign) == counters
    assert list(recount.check()) == []


def _counters(campaign: Campaign) -> set[tuple[int, int]]:
    rows = sa.select(Progress.place_id, Progress.items).where(Progress.campaign_id == campaign.id)
    return {(row.place_id, row.items) for row in db.session.execute(rows)}


def test_points_that_are_decided_stay_what_they_are(cast: Cast, time: Time) -> None:
    time.pass_by(days=80)
    village = enrolment(cast)
    approve(cast, village, send(cast, village, "2.1@2026Q3"))
    before = checklist.score(checklist.lines([village], seen_by_unit=False)[village.id])
    more(cast, village.campaign)
    after = checklist.score(checklist.lines([village], seen_by_unit=False)[village.id])
    assert after == before
    assert after.earned > 0
    finish(cast, village)
    assert list(recount.check()) == []


def test_a_second_extension_still_counts_from_the_first_due_date(cast: Cast) -> None:
    campaign = school(cast)
    keys = [each.key for each in campaigns.slots(campaign)]
    more(cast, campaign)
    more(cast, campaign, date(2027, 6, 30), date(2027, 7, 1))
    assert campaign.first_due_on == YEAR[1]
    assert [each.key for each in campaigns.slots(campaign)] == keys
    assert events("campaign", campaign.id)[-2:] == ["extended", "extended"]
    newest, first = extension.of_campaign(campaign)
    assert (newest.due_on, first.due_on, first.reason) == (
        date(2027, 6, 30),
        LATER,
        "暴雨停工两周",
    )


def test_reviewers_alone_can_get_more_time(cast: Cast) -> None:
    campaign = school(cast)
    more(cast, campaign, campaign.due_on, REVIEWED)
    assert (campaign.due_on, campaign.first_due_on) == (YEAR[1], None)
    assert campaign.review_due_on == REVIEWED


def test_exemptions_last_as_long_as_the_campaign(cast: Cast) -> None:
    found = enrolment(cast, "school", "safe-school")
    exemptions.grant(found, found.row_version, "停办", by=cast.people["office"])
    more(cast, found.campaign)
    assert db.session.scalars(sa.select(Exemption.valid_to)).all() == [LATER]
    assert [*recount.check(), *register.check()] == []


@pytest.mark.parametrize(
    ("due", "review", "reason", "fault"),
    [
        (YEAR[1], YEAR[1], "暴雨", "extension_same"),
        (date(2026, 12, 30), YEAR[1], "暴雨", "extension_earlier"),
        (LATER, date(2026, 12, 30), "暴雨", "extension_earlier"),
        (LATER, YEAR[1], "暴雨", "review_before_due"),
        (LATER, REVIEWED, "", "extension_reason_missing"),
    ],
)
def test_what_is_no_extension_is_refused(
    cast: Cast, due: date, review: date, reason: str, fault: str
) -> None:
    campaign = school(cast)
    with pytest.raises(Refused, match=fault):
        give_more_time(campaign, campaign.row_version, due, review, reason, by=None)
    assert campaign.due_on == YEAR[1]


def test_only_an_open_campaign_of_the_present_page_gets_more_time(cast: Cast) -> None:
    campaign = school(cast)
    with pytest.raises(Stale):
        give_more_time(campaign, campaign.row_version + 1, LATER, REVIEWED, "暴雨", by=None)
    campaigns.close(campaign, campaign.row_version, by=cast.people["office"])
    with pytest.raises(Refused, match="extension_not_open"):
        more(cast, campaign)
