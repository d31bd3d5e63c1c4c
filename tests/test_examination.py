"""The town's check of a complete checklist: passed, passed on condition, or not."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaigns import settings
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import Refused, Stale
from campaigns.tally import Progress
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import enrolment, events, finish


def whole(cast: Cast, time: Time, **instead: Answer) -> Enrolment:
    """A complete checklist, in December."""
    time.now += timedelta(days=90)
    village = enrolment(cast)
    finish(cast, village, **instead)
    return village


def test_the_towns_check_needs_every_item_decided(cast: Cast, time: Time) -> None:
    village = whole(cast, time)
    other = enrolment(cast, "neighbour")
    with pytest.raises(Refused, match="items_undecided"):
        transitions.examine(other, other.row_version, by=cast.people["reviewer"])
    with pytest.raises(Stale):
        transitions.examine(village, village.row_version - 1, by=cast.people["reviewer"])
    assert examine(cast, village) is EnrolmentState.TOWN_PASSED
    assert events("enrolment", village.id) == ["town_passed"]
    assert list(recount.check()) == []
    with pytest.raises(Refused, match="enrolment_not_ready"):
        examine(cast, village)


def examine(cast: Cast, village: Enrolment) -> EnrolmentState:
    return transitions.examine(village, village.row_version, by=cast.people["reviewer"])


@pytest.mark.parametrize(
    ("answer_1_3", "answer_3_2", "verdict"),
    [
        # 1.3 is worth 6 points, 3.2 ten; the pass mark is 85.
        (0, 10, EnrolmentState.TOWN_PASSED),
        (6, 9, EnrolmentState.TOWN_PASSED),
        (0, 9, EnrolmentState.CONDITIONAL),
    ],
)
def test_targets_missed_cost_their_points_and_five_below_the_mark_pass_on_condition(
    cast: Cast, time: Time, answer_1_3: int, answer_3_2: int, verdict: EnrolmentState
) -> None:
    village = whole(
        cast,
        time,
        k1_3=Answer(value=answer_1_3),
        k3_2=Answer(numerator=answer_3_2, denominator=10),
    )
    assert examine(cast, village) is verdict
    mend_by = date(2026, 12, 15) + timedelta(days=settings.CONDITIONAL_DAYS)
    assert village.mend_by == (mend_by if verdict is EnrolmentState.CONDITIONAL else None)
    assert at_state(village, verdict) == 1
    assert list(recount.check()) == []


def at_state(village: Enrolment, state: EnrolmentState) -> int | None:
    return db.session.scalar(
        sa.select(getattr(Progress, state.value)).where(
            Progress.campaign_id == village.campaign_id, Progress.place_id == village.town_id
        )
    )


@pytest.mark.parametrize(
    "instead",
    [
        {"k4_2": Answer(value=1)},
        {"k4_1": Answer(numerator=89, denominator=100)},
    ],
)
def test_a_veto_never_passes_whatever_the_score(
    cast: Cast, time: Time, instead: dict[str, Answer]
) -> None:
    village = whole(cast, time, **instead)
    assert examine(cast, village) is EnrolmentState.NOT_PASSED
    assert at_state(village, EnrolmentState.NOT_PASSED) == 1


@pytest.mark.parametrize(
    ("quarters", "verdict"),
    [(("Q1",), EnrolmentState.CONDITIONAL), (("Q1", "Q2"), EnrolmentState.NOT_PASSED)],
)
def test_more_than_five_points_below_the_mark_do_not_pass(
    cast: Cast, time: Time, quarters: tuple[str, ...], verdict: EnrolmentState
) -> None:
    # 84 points without the first two; every quarter without education costs three and a half.
    lost = {f"k2_1@2026{quarter}": Answer(none=True) for quarter in quarters}
    village = whole(
        cast, time, k1_3=Answer(value=4), k3_2=Answer(numerator=0, denominator=10), **lost
    )
    assert examine(cast, village) is verdict
