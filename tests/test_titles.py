"""Titles: what naming needs, how long a title counts, and renewal."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import history, titles
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import Refused, Stale
from campaigns.tally import TitleChange
from campaigns.titles import Title
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, finish, name, pass_town


def december(time: Time) -> None:
    """Every period has begun."""
    time.now += timedelta(days=90)


def passed(cast: Cast, time: Time, standard: str = "drug-free-village") -> Enrolment:
    """An enrolment that only waits to be named."""
    december(time)
    village = enrolment(cast, standard=standard)
    pass_town(cast, village)
    return village


def valid_at(title: Title, place_id: int | None, day: date) -> int:
    """Titles that the counters say are valid at a place on a day."""
    query = sa.select(sa.func.coalesce(sa.func.sum(TitleChange.number), 0)).where(
        TitleChange.standard_id == title.standard_id,
        TitleChange.place_id == place_id,
        TitleChange.day <= day,
    )
    return int(db.session.scalar(query) or 0)


def agrees() -> bool:
    return [*titles.check(), *recount.check()] == []


def test_a_unit_that_passed_is_named_from_today_for_the_years_of_its_version(
    cast: Cast, time: Time
) -> None:
    village = passed(cast, time)
    title = name(cast, village)
    assert village.state is EnrolmentState.NAMED
    assert (title.valid_from, title.valid_to) == (date(2026, 12, 15), date(2027, 12, 14))
    assert (title.number, title.unit_id, title.enrolment_id) == (1, village.unit_id, village.id)
    assert title.serial.startswith(f"2026-{village.id:06d}-")
    assert events("title", title.id) == ["named"]
    assert events("enrolment", village.id) == ["town_passed", "named"]
    for place in (village.place_id, village.town_id):
        assert valid_at(title, place, date(2026, 12, 14)) == 0
        assert valid_at(title, place, date(2026, 12, 15)) == 1
        assert valid_at(title, place, date(2027, 12, 14)) == 1
        assert valid_at(title, place, date(2027, 12, 15)) == 0
    assert agrees()


def test_a_serial_cannot_be_guessed() -> None:
    serials = {titles.new_serial(2026, 7) for _ in range(100)}
    assert len(serials) == 100
    assert all(len(each.rpartition("-")[2]) == 24 for each in serials)


def test_naming_needs_the_towns_check(cast: Cast, time: Time) -> None:
    december(time)
    village = enrolment(cast)
    with pytest.raises(Refused, match="enrolment_not_ready"):
        name(cast, village)
    finish(cast, village, k1_3=Answer(value=0), k3_2=Answer(numerator=0, denominator=10))
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    assert village.state is EnrolmentState.CONDITIONAL
    with pytest.raises(Refused, match="enrolment_not_ready"):
        name(cast, village)
    assert _count() == 0


def _count() -> int | None:
    return db.session.scalar(sa.select(sa.func.count(Title.id)))


@pytest.mark.parametrize(
    "steps",
    [["town", "city"], ["town", "notice"], ["town", "city", "notice"], ["notice", "city"]],
)
def test_naming_needs_every_step_of_the_campaign(cast: Cast, time: Time, steps: list[str]) -> None:
    village = passed(cast, time)
    village.campaign.steps = steps
    ways = {
        "city": EnrolmentState.CITY_PASSED,
        "notice": EnrolmentState.PUBLICISED,
    }
    expected = [ways[each] for each in ("city", "notice") if each in steps]
    for state in expected:
        with pytest.raises(Refused, match="steps_missing"):
            name(cast, village)
        assert transitions.next_state(village) is state
        assert (
            transitions.advance(village, village.row_version, by=cast.people["acceptor"]) is state
        )
    with pytest.raises(Refused, match="no_step_left"):
        transitions.advance(village, village.row_version, by=cast.people["acceptor"])
    name(cast, village)
    assert events("enrolment", village.id) == [
        "town_passed",
        *(state.value for state in expected),
        "named",
    ]
    assert agrees()


def test_naming_twice_or_from_an_old_page_is_refused(cast: Cast, time: Time) -> None:
    village = passed(cast, time)
    with pytest.raises(Stale):
        titles.name(village, village.row_version - 1, "1号", by=cast.people["office"])
    name(cast, village)
    with pytest.raises(Refused, match="enrolment_not_ready"):
        name(cast, village)
    assert _count() == 1


def test_naming_needs_an_approval_that_is_not_over_and_a_document(cast: Cast, time: Time) -> None:
    village = passed(cast, time)
    campaign = village.campaign
    with pytest.raises(Refused, match="document_number_missing"):
        name(cast, village, "")
    campaign.approval_until = date(2026, 12, 14)
    with pytest.raises(Refused, match="approval_over"):
        name(cast, village)
    campaign.approval_until = date(2026, 12, 15)
    campaign.approval_number = None
    with pytest.raises(Refused, match="no_approval"):
        name(cast, village)
    assert village.state is EnrolmentState.TOWN_PASSED
    campaign.approval_number = "1号"
    name(cast, village)


def test_a_closed_campaign_can_still_name(cast: Cast, time: Time) -> None:
    village = passed(cast, time)
    campaigns.close(village.campaign, village.campaign.row_version, by=cast.people["office"])
    assert name(cast, village).is_valid(date(2026, 12, 15))


@pytest.mark.parametrize(("households", "named"), [(100, 9), (7, 7)])
def test_a_household_title_names_the_smallest_count_and_never_more_than_there_are(
    cast: Cast, time: Time, households: int, named: int
) -> None:
    december(time)
    village = enrolment(cast, standard="tech-household")
    finish(cast, village, k1_2=Answer(numerator=9, denominator=10))
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    village.unit.households = households
    title = name(cast, village)
    assert title.number == named
    assert valid_at(title, village.town_id, date(2026, 12, 15)) == named
    assert list(titles.check()) == []


def test_no_households_no_title(cast: Cast, time: Time) -> None:
    december(time)
    village = enrolment(cast, standard="tech-household")
    pass_town(cast, village, k1_2=Answer(numerator=0, denominator=10))
    with pytest.raises(Refused, match="no_households"):
        name(cast, village)
    assert village.state is EnrolmentState.TOWN_PASSED


def held(village: Enrolment, valid_from: date) -> Title:
    """A title of an earlier year."""
    return titles.grant(
        village.unit,
        village.campaign.version,
        place_id=village.place_id,
        town_id=village.town_id,
        number=1,
        serial=titles.new_serial(valid_from.year, village.id),
        document_number="旧文",
        valid_from=valid_from,
        enrolment_id=None,
        by=None,
    )


@pytest.mark.parametrize(
    "earlier", [date(2026, 3, 1), date(2025, 12, 16), date(2026, 12, 15), date(2025, 12, 15)]
)
def test_renewal_ends_the_old_title_the_day_before_and_nobody_counts_twice(
    cast: Cast, time: Time, earlier: date
) -> None:
    december(time)
    village = enrolment(cast)
    old = held(village, earlier)
    pass_town(cast, village)
    new = name(cast, village)
    assert new.valid_from == date(2026, 12, 15)
    over = old.valid_to < new.valid_from
    assert old.ended_on == (None if over else date(2026, 12, 14))
    assert events("title", old.id) == (
        ["title_entered"] if over else ["title_entered", "superseded"]
    )
    day = earlier - timedelta(days=1)
    while day <= new.valid_to + timedelta(days=1):
        right = int(old.is_valid(day)) + int(new.is_valid(day))
        assert right <= 1
        assert valid_at(new, village.place_id, day) == right
        assert valid_at(new, village.town_id, day) == right
        day += timedelta(days=13)
    assert agrees()


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        # The last day is the day before the anniversary; 29 February has none in other years.
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2024, 3, 1), date(2025, 2, 28)),
        (date(2023, 3, 1), date(2024, 2, 29)),
        (date(2024, 2, 28), date(2025, 2, 27)),
        (date(2026, 1, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), date(2027, 12, 30)),
    ],
)
def test_a_title_of_a_year_ends_the_day_before_its_anniversary(
    cast: Cast, begins: date, ends: date
) -> None:
    title = held(enrolment(cast), begins)
    assert title.valid_to == ends
    assert title.is_valid(begins)
    assert title.is_valid(ends)
    assert not title.is_valid(begins - timedelta(days=1))
    assert not title.is_valid(ends + timedelta(days=1))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 5))
def test_the_day_years_later_is_never_missing(day: date, years: int) -> None:
    after = titles.last_day(day, years) + timedelta(days=1)
    assert after.year == day.year + years
    assert 365 * years <= (after - day).days <= 365 * years + 2


def test_titles_are_listed_by_scope_and_unit(cast: Cast, time: Time) -> None:
    village = passed(cast, time)
    assert [each.id for each in titles.ready(EVERYWHERE, limit=5)] == [village.id]
    title = name(cast, village)
    assert titles.ready(EVERYWHERE, limit=5) == []
    assert list(titles.of_units([village.unit_id, cast.units["neighbour"]])) == [title]
    assert list(titles.page(EVERYWHERE, offset=0, limit=5)) == [title]
    assert list(titles.page(_only(cast.units["neighbour"]), offset=0, limit=5)) == []
    assert list(titles.page(_only(village.unit_id), offset=0, limit=5)) == [title]
    verbs = [each.verb for each in history.of_unit(village.unit_id, seen_by_unit=True)]
    assert verbs[:2] == ["named", "named"]


def _only(unit_id: int) -> titles.Scope:
    return titles.Scope(units=frozenset({unit_id}))
