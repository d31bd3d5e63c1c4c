"""The register changes on a day: the past stays, the counters follow, everything adds up."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import coverage, register, standards, tally, titles, units
from campaigns.campaign import Campaign
from campaigns.coverage import Figure
from campaigns.database import db
from campaigns.enrolment import participation, recount, transitions
from campaigns.enrolment.records import EnrolmentState
from campaigns.errors import Refused, Stale
from campaigns.jurisdictions import Jurisdiction, find
from campaigns.register import changes, exemptions
from campaigns.tally import Progress
from campaigns.units import Kind, Unit
from tests.cast import NOW, QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, finish, send

TODAY = NOW.date()
DAY = timedelta(days=1)
LAST_MONTH = TODAY - timedelta(days=30)


def unit(cast: Cast, name: str = "village") -> Unit:
    return units.find(cast.units[name], EVERYWHERE)


def differences() -> list[str]:
    """What ``flask check`` would say of the counters."""
    return [*recount.check(), *titles.check(), *register.check()]


def figure(place: str, standard: str, on: date = TODAY) -> Figure:
    """The coverage of a standard at a place on a day."""
    version = next(v for v in standards.current() if v.standard.slug == standard)
    board = coverage.board(find(place, EVERYWHERE), on, [])
    return board.total.coverage([version])


def counters(found: Campaign, place: str) -> Progress:
    place_id = find(place, EVERYWHERE).id
    return db.session.get_one(Progress, (found.id, place_id), populate_existing=True)


def title(cast: Cast, name: str = "village", number: int = 1, slug: str = "drug-free-village"):  # type: ignore[no-untyped-def]
    version = next(v for v in standards.current() if v.standard.slug == slug)
    holder = unit(cast, name)
    return titles.grant(
        holder,
        version,
        place_id=holder.jurisdiction_id,
        town_id=holder.place.town_id,
        number=number,
        serial=f"{name}-{slug}",
        document_number="旧文",
        valid_from=date(2026, 1, 1),
        enrolment_id=None,
        by=None,
    )


def test_a_closed_unit_leaves_the_count_on_its_day_and_stays_in_the_past(cast: Cast) -> None:
    title(cast)
    before = figure(TIANGONG, "drug-free-village")
    changes.close(unit(cast), LAST_MONTH, "拆迁", by=None)
    assert figure(TIANGONG, "drug-free-village", LAST_MONTH - DAY) == before
    assert figure(TIANGONG, "drug-free-village", LAST_MONTH) == Figure(
        before.numerator - 1, before.denominator - 1
    )
    assert differences() == []
    assert "unit_closed" in events("unit", cast.units["village"])


def test_a_closed_unit_leaves_the_open_campaigns_and_keeps_what_it_proved(cast: Cast) -> None:
    village = enrolment(cast)
    campaign = village.campaign
    send(cast, village, "1.3")
    was = counters(campaign, TIANGONG)
    numbers = (was.enrolled, was.items, was.submitted, was.started)
    items = was.items // was.enrolled
    changes.close(unit(cast), TODAY, "拆迁", by=None)
    now = counters(campaign, TIANGONG)
    assert (now.enrolled, now.items, now.submitted, now.started) == (
        numbers[0] - 1,
        numbers[1] - items,
        numbers[2] - 1,
        numbers[3] - 1,
    )
    assert now.withdrawn == 1
    assert enrolment(cast).state is EnrolmentState.WITHDRAWN
    assert enrolment(cast).submitted == 1
    assert differences() == []
    with pytest.raises(Refused, match="enrolment_left"):
        send(cast, enrolment(cast), "3.2")


def test_a_moved_unit_counts_for_the_new_town_from_the_day_on(cast: Cast) -> None:
    title(cast, "school", slug="safe-school")
    send(cast, enrolment(cast, "school", "safe-school"), "2.1", by="school_liaison")
    here, there = figure(TIANGONG, "safe-school"), figure(QIAOLOU, "safe-school")
    changes.move(unit(cast, "school"), unit(cast, "far village").place, LAST_MONTH, by=None)
    assert figure(TIANGONG, "safe-school", LAST_MONTH - DAY) == here
    assert figure(QIAOLOU, "safe-school", LAST_MONTH - DAY) == there
    assert figure(TIANGONG, "safe-school") == Figure(here.numerator - 1, here.denominator - 1)
    assert figure(QIAOLOU, "safe-school") == Figure(there.numerator + 1, there.denominator + 1)
    moved = enrolment(cast, "school", "safe-school")
    assert moved.town_id == find(QIAOLOU, EVERYWHERE).id
    assert counters(moved.campaign, QIAOLOU).submitted == 1
    assert counters(moved.campaign, TIANGONG).submitted == 0
    assert differences() == []


def test_households_are_counted_by_the_day(cast: Cast) -> None:
    before = figure(TIANGONG, "tech-household")
    changes.count_households(unit(cast), 130, LAST_MONTH, by=None)
    assert figure(TIANGONG, "tech-household", LAST_MONTH - DAY) == before
    assert figure(TIANGONG, "tech-household").denominator == before.denominator + 30
    changes.count_households(unit(cast), 140, LAST_MONTH, by=None)
    assert figure(TIANGONG, "tech-household").denominator == before.denominator + 40
    assert unit(cast).households_on == LAST_MONTH
    assert differences() == []


def test_two_villages_become_one_with_everything_in_them(cast: Cast) -> None:
    title(cast, "village", 60, "tech-household")
    title(cast, "neighbour", 50, "tech-household")
    before = figure(TIANGONG, "tech-household")
    old, new = unit(cast, "village"), unit(cast, "neighbour")
    place = old.place
    changes.merge(old, new, LAST_MONTH, households=None, with_place=True, by=None)
    after = figure(TIANGONG, "tech-household")
    assert before == Figure(110, after.denominator)
    assert after.numerator == 50
    assert figure(TIANGONG, "tech-household", LAST_MONTH - DAY) == before
    assert unit(cast, "neighbour").households == 200
    assert unit(cast, "village").successor_id == new.id
    assert db.session.get_one(Jurisdiction, place.id).valid_to == LAST_MONTH - DAY
    assert unit(cast, "school").jurisdiction_id == new.jurisdiction_id
    assert unit(cast, "hospital").jurisdiction_id == new.jurisdiction_id
    assert differences() == []


def test_a_part_of_a_village_becomes_a_unit_of_its_own(cast: Cast) -> None:
    before = figure(TIANGONG, "tech-household")
    old = unit(cast)
    made = Unit(code="NEW1", name_zh="新村", name_en="New village", households=30)
    changes.split_off(old, made, old.place, LAST_MONTH, by=None)
    assert figure(TIANGONG, "tech-household") == before
    assert (unit(cast).households, made.households) == (70, 30)
    assert made.kind is Kind.VILLAGE or made.kind is Kind.COMMUNITY
    assert differences() == []


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY + DAY, "day_ahead"),
        (date(2023, 6, 30), "day_before_last_change"),
        (date(2020, 1, 1), "day_before_unit"),
    ],
)
def test_a_change_takes_effect_within_the_unit_s_life(cast: Cast, day: date, code: str) -> None:
    with pytest.raises(Refused, match=code):
        changes.close(unit(cast), day, "拆迁", by=None)
    with pytest.raises(Refused, match=code):
        changes.move(unit(cast), unit(cast, "far village").place, day, by=None)
    if code != "day_before_last_change":
        with pytest.raises(Refused, match=code):
            changes.count_households(unit(cast), 5, day, by=None)


def test_nothing_happens_to_a_closed_unit_afterwards(cast: Cast) -> None:
    changes.close(unit(cast), LAST_MONTH, "拆迁", by=None)
    with pytest.raises(Refused, match="unit_closed"):
        changes.move(unit(cast), unit(cast, "far village").place, TODAY, by=None)
    assert differences() == []


def test_unlike_units_are_not_merged(cast: Cast) -> None:
    for other in ("school", "village"):
        with pytest.raises(Refused, match="merge_other_kind"):
            changes.merge(
                unit(cast), unit(cast, other), TODAY, households=None, with_place=False, by=None
            )


# Exemptions.


def test_an_exempt_unit_is_left_out_above_and_below_the_line(cast: Cast) -> None:
    school = enrolment(cast, "school", "safe-school")
    send(cast, school, "2.1", by="school_liaison")
    before = figure(TIANGONG, "safe-school")
    progress = counters(school.campaign, TIANGONG)
    numbers = (progress.enrolled, progress.items)
    school = enrolment(cast, "school", "safe-school")
    exemptions.grant(school, school.row_version, "停办整修一年", by=cast.people["office"])
    assert figure(TIANGONG, "safe-school") == Figure(before.numerator, before.denominator - 1)
    now = counters(school.campaign, TIANGONG)
    assert (now.exempt, now.enrolled, now.submitted) == (1, numbers[0] - 1, 0)
    assert now.items < numbers[1]
    assert differences() == []
    school = enrolment(cast, "school", "safe-school")
    assert school.reason == "停办整修一年"
    exemptions.lift(school, school.row_version, by=None)
    assert figure(TIANGONG, "safe-school") == before
    assert counters(school.campaign, TIANGONG).submitted == 1
    assert differences() == []


def test_households_of_an_exempt_village_are_left_out(cast: Cast) -> None:
    village = enrolment(cast, "village", "tech-household")
    before = figure(TIANGONG, "tech-household")
    exemptions.grant(village, village.row_version, "整村搬迁", by=None)
    assert figure(TIANGONG, "tech-household").denominator == before.denominator - 100
    changes.count_households(unit(cast), 130, TODAY, by=None)
    assert figure(TIANGONG, "tech-household").denominator == before.denominator - 100
    assert differences() == []


def test_a_valid_title_counts_until_its_last_day_although_the_unit_is_exempt(cast: Cast) -> None:
    held = title(cast, "school", slug="safe-school")
    school, before = enrolment(cast, "school", "safe-school"), figure(TIANGONG, "safe-school")
    exemptions.grant(school, school.row_version, "停办", by=None)
    assert figure(TIANGONG, "safe-school") == before
    assert held.is_valid(TODAY)
    assert differences() == []


def test_an_exemption_needs_a_reason_an_open_campaign_and_the_present_page(cast: Cast) -> None:
    school = enrolment(cast, "school", "safe-school")
    with pytest.raises(Refused, match="exemption_reason_missing"):
        exemptions.grant(school, school.row_version, "", by=None)
    with pytest.raises(Stale):
        exemptions.grant(school, school.row_version + 1, "停办", by=None)


def test_who_passed_the_check_is_not_exempted_any_more(cast: Cast, time: Time) -> None:
    time.pass_by(days=20)
    finish(cast, enrolment(cast))
    village = enrolment(cast)
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    with pytest.raises(Refused, match="enrolment_not_ready"):
        exemptions.grant(village, village.row_version, "停办", by=None)


def test_newcomers_of_the_register_can_be_taken_in(cast: Cast) -> None:
    campaign = campaigns.find(cast.campaigns["safe-school"], EVERYWHERE)
    assert participation.newcomers(campaign) == 0
    place = unit(cast, "school").place
    made = Unit(code="S99", name_zh="新校", name_en="New", kind=Kind.SCHOOL, valid_from=LAST_MONTH)
    register.enter([(made, place)])
    assert participation.newcomers(campaign) == 1
    assert participation.enrol_newcomers(campaign, by=cast.people["office"]) == 1
    assert counters(campaign, TIANGONG).enrolled == 3
    assert differences() == []
    with pytest.raises(Refused, match="no_newcomers"):
        participation.enrol_newcomers(campaign, by=cast.people["office"])


# Whatever is done in whatever order, the counters are what counting gives.

names = st.sampled_from(["village", "neighbour", "far village", "school", "hospital"])
days = st.integers(0, 120).map(lambda back: TODAY - timedelta(days=back))
deeds = st.lists(
    st.tuples(
        st.sampled_from(["close", "move", "households", "merge", "title", "exempt", "lift"]),
        names,
        names,
        days,
        st.integers(0, 300),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=deeds)
def test_the_counters_agree_after_any_changes(
    cast: Cast, deeds: list[tuple[str, str, str, date, int]]
) -> None:
    point = db.session.begin_nested()
    for number, (deed, name, other, day, count) in enumerate(deeds):
        inner = db.session.begin_nested()
        try:
            _do(cast, deed, name, other, day, count, number)
        except (Refused, Stale):
            inner.rollback()
            db.session.expire_all()
        else:
            inner.commit()
    assert differences() == []
    point.rollback()
    db.session.expire_all()


def _do(cast: Cast, deed: str, name: str, other: str, day: date, count: int, number: int) -> None:
    slug = {"school": "safe-school", "hospital": "safe-hospital"}.get(name, "tech-household")
    target = unit(cast, name)
    if deed == "close":
        changes.close(target, day, "拆", by=None)
    elif deed == "move":
        changes.move(target, unit(cast, other).place, day, by=None)
    elif deed == "households":
        changes.count_households(target, count, day, by=None)
    elif deed == "merge":
        changes.merge(
            target, unit(cast, other), day, households=None, with_place=bool(count % 2), by=None
        )
    elif deed == "title":
        version = next(v for v in standards.current() if v.standard.slug == slug)
        titles.grant(
            target,
            version,
            place_id=target.jurisdiction_id,
            town_id=target.place.town_id,
            number=count + 1,
            serial=f"t{number}",
            document_number="x",
            valid_from=day,
            enrolment_id=None,
            by=None,
        )
    else:
        found = enrolment(cast, name, slug)
        if deed == "exempt":
            exemptions.grant(found, found.row_version, "停", by=None)
        else:
            exemptions.lift(found, found.row_version, by=None)


def test_a_place_without_counters_gets_some_when_a_unit_moves_there(cast: Cast) -> None:
    village = enrolment(cast)
    empty = find("511381", EVERYWHERE)
    tally.begin_progress(village.campaign_id, empty.id, None)
    tally.begin_progress(village.campaign_id, empty.id, None)
    assert differences() == []
