"""Boards: their counters always say what counting the base rows gives."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import coverage, jurisdictions, register, standards, titles
from campaigns.campaign import Campaign
from campaigns.coverage import NOTHING, Board, Figure
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.records import ANSWERABLE, Enrolment, EnrolmentState, ItemState
from campaigns.errors import Refused
from campaigns.units import Kind, Unit
from tests.cast import NOW, QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import (
    EVERYWHERE,
    approve,
    enrolment,
    finish,
    give_back,
    name,
    pass_town,
    send,
    slot,
    statements,
)
from tests.naive import World

CITY = "511381"
TODAY = date(2026, 9, 16)


def board(code: str, on: date = TODAY, campaign: Campaign | None = None) -> Board:
    above, children = jurisdictions.around(code, EVERYWHERE)
    running = coverage.running(campaigns.listed(EVERYWHERE), above[-1])
    return coverage.board(above[-1], on, running, campaign, children)


def check(code: str, on: date, campaign: Campaign | None = None) -> None:
    """A board and each of its rows against the naive count."""
    world, found = World.read(), board(code, on, campaign)
    chosen = list(found.chosen)
    for row in (found.total, *found.children):
        for version in (*found.named, *found.counted):
            share = row.by_standard.get(version.standard_id, NOTHING)
            assert share == world.coverage(row.place, version, on), (row.place.code, on)
            assert share.numerator <= share.denominator
        assert row.participation == world.participation(row.place, chosen)
        assert row.progress == world.progress(row.place, chosen)
        assert row.stages == world.stages(row.place, chosen)
        assert sum(row.stages.values()) == row.participation.numerator
        for figure in (row.participation, row.progress, row.pass_rate):
            assert 0 <= figure.numerator <= figure.denominator
    codes = [row.place.code for row in found.children]
    assert codes == sorted(codes)


MOVES = st.tuples(
    st.sampled_from(
        (
            *("send", "send", "approve", "approve", "return", "take back", "pass", "fail"),
            *("name", "earlier title", "new unit", "days"),
        )
    ),
    st.integers(0, 99),
    st.integers(0, 900),
)


@given(moves=st.lists(MOVES, max_size=25), days=st.integers(-900, 900))
@example([("name", 0, 0), ("days", 0, 59), ("name", 0, 0)] * 2, 400)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_boards_say_what_counting_gives(
    cast: Cast, time: Time, moves: list[tuple[str, int, int]], days: int
) -> None:
    db.session.rollback()
    time.now = NOW
    for move in moves:
        with suppress(Refused):
            play(cast, time, *move)
    today = time.now.date()
    for on in {today, today + timedelta(days=days)}:
        for code in ("51", CITY, TIANGONG, QIAOLOU, board(TIANGONG).children[0].place.code):
            check(code, on)
        check(CITY, on, enrolment(cast).campaign)
    wrong = [*recount.check(), *titles.check(), *register.check()]
    assert wrong == []
    db.session.rollback()


def play(cast: Cast, time: Time, move: str, which: int, number: int) -> None:
    """One thing that happens, to one of the enrolments."""
    if move == "days":
        time.pass_by(days=number % 60)
        return
    ids = sorted(cast.enrolments.values())
    found = records.find(ids[which % len(ids)], EVERYWHERE)
    slots = campaigns.slots(found.campaign)
    waiting = [each for each in records.items([found.id]) if each.state is ItemState.SUBMITTED]
    if move == "send":
        send(cast, found, slots[number % len(slots)].key)
    elif move == "approve" and waiting:
        approve(cast, found, waiting[0])
    elif move == "return" and waiting:
        give_back(cast, found, waiting[0])
    elif move == "take back" and waiting:
        transitions.take_back(found, waiting[0], waiting[0].row_version, by=cast.people["liaison"])
    elif move in {"pass", "fail", "name"} and found.state in ANSWERABLE:
        move_on(cast, found, move)
    elif move == "earlier title":
        earlier_title(cast, found, time.now.date() - timedelta(days=number))
    elif move == "new unit":
        new_unit(which, number)


def move_on(cast: Cast, found: Enrolment, move: str) -> None:
    """The town's verdict without its whole checklist: that way is told in test_titles."""
    if not found.started:
        ratio = next(each for each in campaigns.slots(found.campaign) if each.is_open(TODAY))
        send(cast, found, ratio.key)
    after = EnrolmentState.NOT_PASSED if move == "fail" else EnrolmentState.TOWN_PASSED
    transitions.move_on(found, after, by=None)
    if move == "name":
        name(cast, found)


def earlier_title(cast: Cast, found: Enrolment, day: date) -> None:
    version = found.campaign.version
    ends = day + timedelta(days=366 * version.validity_years)
    held = [each for each in titles.of_units([found.unit_id]) if each.last_day >= day]
    if any(each.standard_id == version.standard_id and each.valid_from <= ends for each in held):
        return
    titles.grant(
        found.unit,
        version,
        place_id=found.place_id,
        town_id=found.town_id,
        number=1,
        serial=titles.new_serial(day.year, found.id),
        document_number="旧文",
        valid_from=day,
        enrolment_id=None,
        by=cast.people["office"],
    )


def new_unit(which: int, number: int) -> None:
    places = [row.place for code in (TIANGONG, QIAOLOU) for row in board(code).children]
    day = date(2025, 1, 1) + timedelta(days=number)
    unit = Unit(
        code=f"N{titles.new_serial(1, number)}",
        name_zh="新单位",
        name_en="New unit",
        kind=list(Kind)[number % 3],
        households=number if number % 3 < 2 else None,
        valid_from=day,
        valid_to=day + timedelta(days=number) if number % 2 else None,
    )
    register.enter([(unit, places[which % len(places)])])


def test_a_place_without_units_of_a_kind_has_no_case() -> None:
    assert Figure.together([]) == NOTHING == (0, 0)
    assert Figure.together([Figure(1, 2), Figure(0, 1), NOTHING]) == (1, 3)


def test_one_approved_item_moves_village_town_and_city_by_one(cast: Cast) -> None:
    village = enrolment(cast)
    code = village.unit.place.code
    before = {each: board(each).total.progress for each in (code, TIANGONG, CITY, QIAOLOU)}
    approve(cast, village, send(cast, village, "1.3"))
    for each, figure in before.items():
        moved = 0 if each == QIAOLOU else 1
        assert board(each).total.progress == (figure.numerator + moved, figure.denominator)


def test_one_named_unit_moves_coverage_by_one_until_its_title_runs_out(
    cast: Cast, time: Time
) -> None:
    time.pass_by(days=90)
    today = time.now.date()
    village = enrolment(cast)
    version = village.campaign.version
    before = board(CITY, today).total.by_standard[version.standard_id]
    assert before.numerator == 0
    pass_town(cast, village)
    title = name(cast, village)
    for on, valid in (
        (today - timedelta(days=1), 0),
        (today, 1),
        (title.valid_to, 1),
        (title.valid_to + timedelta(days=1), 0),
    ):
        found = board(CITY, on)
        assert found.total.by_standard[version.standard_id] == (valid, before.denominator)
        assert found.total.coverage(found.headline).numerator == valid
    time.pass_by(days=400)
    assert board(CITY, time.now.date()).total.by_standard[version.standard_id].numerator == 0
    check(TIANGONG, today)


def test_a_household_title_covers_its_households_and_stays_out_of_the_units_figure(
    cast: Cast, time: Time
) -> None:
    time.pass_by(days=90)
    today = time.now.date()
    village = enrolment(cast, standard="tech-household")
    pass_town(cast, village)
    name(cast, village)
    found = board(TIANGONG, today)
    standard_id = village.campaign.version.standard_id
    assert found.total.by_standard[standard_id] == (10, 100 * len(found.children))
    assert found.total.coverage(found.headline).numerator == 0
    alone = board(TIANGONG, today, village.campaign)
    assert alone.total.coverage(alone.headline).numerator == 10


def test_the_total_over_all_standards_counts_every_unit_under_each_standard_due(
    cast: Cast,
) -> None:
    world, found = World.read(), board(CITY)
    due = [world.coverage(found.place, version, TODAY)[1] for version in found.named]
    assert cast
    assert found.total.coverage(found.headline) == (0, sum(due))
    assert len(found.named) + len(found.counted) == len(standards.current())


def test_before_the_register_began_there_is_no_case(cast: Cast) -> None:
    assert cast
    found = board(CITY, date(2020, 1, 1))
    assert found.total.coverage(found.headline) == NOTHING


def many(number: int) -> Sequence[Unit]:
    return [
        Unit(
            code=f"M{serial}",
            name_zh="学校",
            name_en="School",
            kind=Kind.SCHOOL,
            valid_from=date(2024, 1, 1),
        )
        for serial in range(number)
    ]


@pytest.mark.parametrize("code", ["51", CITY, TIANGONG])
def test_a_board_costs_few_statements_however_many_units_there_are(cast: Cast, code: str) -> None:
    village = enrolment(cast)
    place = village.unit.place
    running = campaigns.listed(EVERYWHERE)
    above, children = jurisdictions.around(code, EVERYWHERE)

    def cost() -> int:
        with statements() as sent:
            coverage.board(above[-1], TODAY, running, None, children)
        return len(sent)

    cost()  # The first reads the published versions, which are then kept.
    before = cost()
    register.enter([(unit, place) for unit in many(300)])
    assert cost() == before <= 4
    with statements() as sent:
        jurisdictions.around(code, EVERYWHERE)
    assert len(sent) == 1


def test_units_of_a_place_are_listed_in_code_order_with_what_they_hold(
    cast: Cast, time: Time
) -> None:
    time.pass_by(days=90)
    today = time.now.date()
    village = enrolment(cast)
    pass_town(cast, village)
    title = name(cast, village)
    running = board(CITY).chosen
    rows = coverage.units_at(village.unit.place, today, running)
    assert [row.unit.code for row in rows] == sorted(row.unit.code for row in rows)
    found = {row.unit.id: row for row in rows}
    assert found[village.unit_id].titles == [title]
    assert village in found[village.unit_id].enrolments
    assert found[cast.units["school"]].titles == []
    yesterday = coverage.units_at(village.unit.place, today - timedelta(days=1), running)
    assert all(row.titles == [] for row in yesterday)
    assert titles.due(village.unit, [title], today)[0] == 1


def test_a_closed_campaign_leaves_the_running_ones(cast: Cast) -> None:
    village = enrolment(cast)
    assert village.campaign in board(TIANGONG).chosen
    campaigns.close(village.campaign, village.campaign.row_version, by=cast.people["office"])
    assert village.campaign not in board(TIANGONG).chosen
    assert board(TIANGONG, TODAY, village.campaign).chosen == [village.campaign]
    check(TIANGONG, TODAY, village.campaign)


def test_the_pass_rate_is_of_those_examined(cast: Cast, time: Time) -> None:
    time.pass_by(days=90)
    first, second = enrolment(cast), enrolment(cast, "neighbour")
    assert board(CITY).total.pass_rate == NOTHING
    pass_town(cast, first)
    finish(cast, second)
    assert slot(second, "4.2").criterion.veto
    transitions.move_on(second, EnrolmentState.NOT_PASSED, by=None)
    assert board(CITY).total.pass_rate == (1, 2)
