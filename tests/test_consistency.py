"""How evenly items are decided: the same criterion, one beside the others, never a ranking."""

from datetime import date

from campaigns.jurisdictions import NOWHERE
from campaigns.review import consistency
from campaigns.review.consistency import Days, Tally
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, give_back, send, statements

DAYS = Days(date(2026, 9, 1), date(2026, 9, 30))
KEY = "1.3"


def decide(
    cast: Cast, time: Time, unit: str, sender: str, by: str, hours: int, *, back: bool
) -> None:
    found = enrolment(cast, unit)
    item = send(cast, found, KEY, by=sender)
    time.pass_by(hours=hours)
    (give_back if back else approve)(cast, found, item, by=by)


def decided(cast: Cast, time: Time) -> None:
    decide(cast, time, "village", "liaison", "reviewer", 2, back=True)
    time.pass_by(hours=1)
    decide(cast, time, "village", "liaison", "reviewer", 5, back=False)
    decide(cast, time, "neighbour", "neighbour", "second_reviewer", 30, back=False)
    decide(cast, time, "far village", "far_liaison", "far_reviewer", 40, back=True)


def figures(tally: Tally) -> tuple[int, int, float | None]:
    return tally.decided, tally.returned, tally.median_hours


def test_a_reviewer_sees_her_own_beside_all_the_others(cast: Cast, time: Time) -> None:
    decided(cast, time)
    version = enrolment(cast).campaign.version
    (line,) = consistency.own(version, DAYS, cast.people["reviewer"])
    assert line.criterion.code == KEY
    assert figures(line.own) == (2, 1, 3.5)
    assert figures(line.others) == (2, 1, 35)
    assert line.own.is_few
    assert consistency.own(version, DAYS, cast.people["office"]) == []


def test_the_city_office_sees_every_post_in_code_order(cast: Cast, time: Time) -> None:
    decided(cast, time)
    village = enrolment(cast)
    criterion = next(each for each in village.campaign.version.criteria if each.code == KEY)
    found = consistency.posts(criterion, DAYS, EVERYWHERE)
    assert [(each.name.en, figures(each.tally)) for each in found] == [
        ("reviewer", (2, 1, 3.5)),
        ("second_reviewer", (1, 0, 30)),
        ("far_reviewer", (1, 1, 40)),
    ]
    assert consistency.posts(criterion, DAYS, NOWHERE) == []


def test_only_what_was_decided_in_the_period_counts(cast: Cast, time: Time) -> None:
    decided(cast, time)
    version = enrolment(cast).campaign.version
    before = Days(date(2026, 9, 1), date(2026, 9, 15))
    assert consistency.own(version, before, cast.people["reviewer"]) == []
    first = Days(date(2026, 9, 16), date(2026, 9, 16))
    (line,) = consistency.own(version, first, cast.people["reviewer"])
    assert (line.own.decided, line.others.decided) == (2, 0)


def test_ten_decisions_are_no_longer_few_and_a_median_needs_hours() -> None:
    tally = Tally()
    tally.add(True, None, 9)
    assert (tally.is_few, tally.median_hours) == (True, None)
    tally.add(False, 7, 1)
    assert (tally.is_few, tally.median_hours, tally.returned) == (False, 7, 1)


def test_it_takes_few_statements(cast: Cast, time: Time) -> None:
    decided(cast, time)
    version = enrolment(cast).campaign.version
    with statements() as asked:
        consistency.own(version, DAYS, cast.people["reviewer"])
    assert len(asked) == 1
    with statements() as asked:
        consistency.posts(version.criteria[0], DAYS, EVERYWHERE)
    assert len(asked) == 3


def test_the_versions_to_choose_from_are_those_of_campaigns_that_reach_there(cast: Cast) -> None:
    found = consistency.versions(EVERYWHERE)
    assert {each.standard.slug for each in found} == set(cast.campaigns)
    assert consistency.versions(NOWHERE) == []
