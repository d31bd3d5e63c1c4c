"""A draft: begun, left, taken up again, changed, thrown away, and opened when it is ready."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from campaigns import jurisdictions, standards, titles, workdays
from campaigns.campaign import Campaign, CampaignState, Step, setup
from campaigns.campaign.setup import Terms
from campaigns.database import db
from campaigns.enrolment import participation, transitions
from campaigns.errors import NotFound, Refused, Stale
from campaigns.text import Bilingual
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, begun, enrolment, events, name, pass_town

NAME = Bilingual("示范活动", "A campaign")
TERMS = Terms(
    approval=("阆委办〔2026〕0号", "Demonstration body", date(2027, 6, 30)),
    opens_on=date(2026, 10, 1),
    due_on=date(2026, 12, 31),
    review_due_on=date(2027, 1, 31),
    steps=[Step.TOWN, Step.NOTICE],
    notice_days=7,
)


def agreed(cast: Cast, made: Campaign, **changed: Any) -> Campaign:
    terms = replace(TERMS, **changed)
    setup.agree(made, made.row_version, terms, by=cast.people["office"])
    return made


def opened(cast: Cast, made: Campaign) -> int:
    return participation.open_campaign(made, by=cast.people["office"])


def test_a_draft_goes_through_its_steps_and_opens(cast: Cast) -> None:
    made = agreed(cast, begun(cast))
    setup.explain(made, made.row_version, "", by=cast.people["office"])
    opened(cast, made)
    assert made.state is CampaignState.OPEN
    assert (made.acceptance, made.notice_days) == ((Step.TOWN, Step.NOTICE), 7)
    assert (made.approval_until, made.can_name) == (date(2027, 6, 30), True)
    assert events("campaign", made.id) == [
        "drafted",
        "draft_changed",
        "draft_changed",
        "opening",
        "opened",
    ]


def test_nobody_opens_by_oversight_what_can_never_name(cast: Cast) -> None:
    made = begun(cast)
    with pytest.raises(Refused, match="terms_missing"):
        opened(cast, made)
    agreed(cast, made, approval=None)
    opened(cast, made)
    assert not made.can_name


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"opens_on": date(2027, 1, 1)}, "due_before_opening"),
        (
            {"opens_on": date(2026, 1, 1), "due_on": date(2026, 9, 15)},
            "due_is_over",
        ),
        ({"review_due_on": date(2026, 12, 30)}, "review_before_due"),
        ({"approval": ("1", "B", date(2026, 9, 30))}, "approval_ends_early"),
        ({"notice_days": None}, "notice_days_missing"),
    ],
)
def test_terms_that_do_not_make_sense_are_refused(
    cast: Cast, changed: dict[str, Any], fault: str
) -> None:
    made = begun(cast)
    with pytest.raises(Refused, match=fault):
        agreed(cast, made, **changed)
    assert made.review_due_on is None


def test_dates_that_did_make_sense_are_looked_at_again_on_opening(cast: Cast, time: Time) -> None:
    made = agreed(cast, begun(cast))
    time.pass_by(days=110)
    with pytest.raises(Refused, match="due_is_over"):
        opened(cast, made)


def test_working_days_are_kept_only_where_there_is_a_notice(cast: Cast) -> None:
    made = agreed(cast, begun(cast), steps=[Step.TOWN])
    assert made.notice_days is None


def test_above_the_cap_it_opens_only_with_a_reason(cast: Cast) -> None:
    by = cast.people["office"]
    made = begun(cast, "peace-village")
    agreed(cast, made, due_on=date(2027, 9, 30), review_due_on=date(2027, 9, 30))
    with pytest.raises(Refused, match="burden_over"):
        opened(cast, made)
    with pytest.raises(Refused, match="burden_reason_missing"):
        setup.explain(made, made.row_version, "", by=by)
    setup.explain(made, made.row_version, "省里要求今年补齐", by=by)
    opened(cast, made)
    assert made.burden_reason == "省里要求今年补齐"


def test_a_reason_is_let_go_with_the_burden_that_it_was_for(cast: Cast) -> None:
    by = cast.people["office"]
    made = begun(cast, "peace-village")
    setup.explain(made, made.row_version, "省里要求", by=by)
    other = standards.versions_of("safe-market")[0]
    setup.choose(made, made.row_version, other, made.place, NAME, by=by)
    assert made.burden_reason is None
    setup.explain(made, made.row_version, "not needed", by=by)
    assert made.burden_reason is None


def test_version_area_and_names_can_be_changed(cast: Cast) -> None:
    made, by = begun(cast), cast.people["office"]
    version, place = (
        standards.versions_of("safe-school")[0],
        jurisdictions.find(TIANGONG, EVERYWHERE),
    )
    setup.choose(made, made.row_version, version, place, Bilingual("新", "New"), by=by)
    db.session.expire_all()
    found = setup.find(made.id, EVERYWHERE)
    assert (found.version_id, found.place.code, found.name) == (version.id, TIANGONG, ("新", "New"))


def test_a_draft_is_thrown_away_and_remembered(cast: Cast) -> None:
    made, by = begun(cast), cast.people["office"]
    number = made.id
    setup.discard(made, made.row_version, by=by)
    assert db.session.get(Campaign, number) is None
    assert events("campaign", number) == ["drafted", "discarded"]


@pytest.mark.parametrize("state", [CampaignState.OPENING, CampaignState.OPEN])
def test_what_is_opening_or_open_is_set_up_no_more(cast: Cast, state: CampaignState) -> None:
    made, by = agreed(cast, begun(cast)), cast.people["office"]
    made.state = state
    db.session.flush()
    version, here = made.row_version, made.version
    for change in (
        lambda: setup.choose(made, version, here, made.place, NAME, by=by),
        lambda: setup.agree(made, version, TERMS, by=by),
        lambda: setup.explain(made, version, "x", by=by),
        lambda: setup.discard(made, version, by=by),
    ):
        with pytest.raises(Refused, match="campaign_not_draft"):
            change()
    with pytest.raises(NotFound):
        setup.find(made.id, EVERYWHERE)


def test_a_draft_is_changed_from_the_present_page_by_who_runs_campaigns_there(cast: Cast) -> None:
    made, by = begun(cast), cast.people["office"]
    with pytest.raises(Stale):
        setup.agree(made, made.row_version + 1, TERMS, by=by)
    with pytest.raises(Stale):
        setup.discard(made, made.row_version - 1, by=by)
    path = jurisdictions.find(QIAOLOU, EVERYWHERE).path
    with pytest.raises(NotFound):
        setup.find(made.id, jurisdictions.Scope((jurisdictions.interval(path),)))


def test_nobody_is_named_before_the_public_notice_is_over(cast: Cast, time: Time) -> None:
    time.pass_by(days=80)
    village = enrolment(cast)
    village.campaign.steps, village.campaign.notice_days = ["town", "notice"], 5
    pass_town(cast, village)
    transitions.advance(village, village.row_version, by=cast.people["office"])
    # Saturday 5 December 2026 is no working day: five of them are over on Friday the 11th.
    assert village.notice_until == date(2026, 12, 11)
    assert village.notice_until == workdays.after(date(2026, 12, 5), 5)
    time.pass_by(days=6)
    assert titles.ready(EVERYWHERE, limit=10) == []
    with pytest.raises(Refused, match="notice_running"):
        name(cast, village)
    time.pass_by(days=1)
    assert titles.ready(EVERYWHERE, limit=10) == [village]
    name(cast, village)


def test_after_the_approval_nobody_waits_to_be_named(cast: Cast, time: Time) -> None:
    time.pass_by(days=80)
    village = enrolment(cast)
    pass_town(cast, village)
    assert titles.ready(EVERYWHERE, limit=10) == [village]
    time.pass_by(days=40)
    assert village.campaign.approval_is_over
    assert titles.ready(EVERYWHERE, limit=10) == []
    with pytest.raises(Refused, match="approval_over"):
        name(cast, village)


def test_there_is_no_fee_in_any_table() -> None:
    names = {
        f"{table.name}.{column.name}"
        for table in db.metadata.sorted_tables
        for column in table.columns
    }
    assert {each for each in names if "fee" in each.split(".")[1].split("_")} == set()
    assert not {each for each in names if any(w in each for w in ("price", "payment", "charge"))}
