"""Who waits for whom: no state is a dead end, and every lateness is that of who has to act."""

import itertools
from datetime import date, timedelta

import pytest

from campaigns import campaign as campaigns
from campaigns import clock, coverage, incidents, jurisdictions, settings, waiting, workdays
from campaigns.campaign import CampaignState, Step
from campaigns.enrolment import participation, records, transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState, ItemState
from campaigns.people import Department
from campaigns.waiting import Need, Queue, Wait, Whom
from tests.cast import TIANGONG, Cast
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
    statements,
)
from tests.test_incidents import appeal, confirm, decide, recorded

TODAY = date(2026, 9, 16)


def waits(found: Enrolment, *, seen_by_unit: bool = False) -> tuple[Wait, ...]:
    """What one enrolment waits for."""
    return waiting.of([found], seen_by_unit=seen_by_unit)[found.id]


def only(found: Enrolment) -> Wait:
    """The one thing that an enrolment waits for."""
    (wait,) = waits(found)
    return wait


def test_every_state_waits_for_something(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, "1.3")
    states = itertools.product(CampaignState, EnrolmentState, ItemState, (True, False))
    for campaign_state, state, item_state, seen_by_unit in states:
        village.campaign.state, village.state, item.state = campaign_state, state, item_state
        found = waits(village, seen_by_unit=seen_by_unit)
        assert found, (campaign_state, state, item_state)
        for each in found:
            assert each.number > 0
            # What nobody has to do any more has no day; that of a title is the title's.
            over = each.need in {
                Need.LEFT,
                Need.CLOSED,
                Need.NO_APPROVAL,
                Need.HELD,
                Need.SUSPENDED,
                Need.OBJECTION,
            }
            assert over or each.due_on is not None, each


def test_the_unit_sends_what_has_begun_by_the_nearest_day(cast: Cast) -> None:
    wait = only(enrolment(cast))
    assert (wait.need, wait.whom, wait.due_on) == (Need.SEND, Whom.UNIT, date(2026, 3, 31))
    assert wait.late_by == (TODAY - date(2026, 3, 31)).days


def test_a_returned_item_comes_first_with_the_day_to_mend_it(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, "1.3"))
    seen = waits(village)
    assert (seen[0].need, seen[0].number) == (Need.MEND, 1)
    assert seen[0].due_on == TODAY + timedelta(days=settings.MEND_DAYS)
    # The unit sees it with the town until the decision cannot be undone any more.
    assert [each.need for each in waits(village, seen_by_unit=True)] == [Need.SEND, Need.REVIEW]
    time.pass_by(minutes=5)
    assert waits(village, seen_by_unit=True)[0].need is Need.MEND


def test_sent_items_wait_for_the_town_and_for_their_departments(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    send(cast, village, "4.2")
    time.pass_by(days=14)
    send(cast, village, "4.1")
    others = [each for each in waits(village) if each.whom is not Whom.UNIT]
    assert {each.need for each in others} == {Need.REVIEW, Need.CONFIRM}
    due_on = TODAY + timedelta(days=settings.REVIEW_DAYS)
    for each in others:
        assert (each.due_on, each.late_by) == (due_on, 4)
    assert {each.department for each in others} == {None, Department.POLICE}


def test_a_complete_checklist_waits_for_the_next_period_then_for_the_town(
    cast: Cast, time: Time
) -> None:
    village = enrolment(cast)
    for each in campaigns.slots(village.campaign):
        if each.is_open(TODAY):
            approve(cast, village, send(cast, village, each.key))
    assert only(village) == Wait(Need.PERIOD, 1, date(2026, 10, 1))
    time.pass_by(days=90)
    finish(cast, village)
    assert only(village) == Wait(Need.EXAMINE, due_on=date(2026, 12, 31))
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    assert only(village) == Wait(Need.NAME, due_on=date(2026, 12, 31))
    title = name(cast, village)
    assert only(village) == Wait(Need.HELD, due_on=title.last_day)
    time.pass_by(days=2000)
    assert only(village) == Wait(Need.LAPSED, due_on=title.last_day)


def test_the_city_accepts_publicises_and_names(cast: Cast, time: Time) -> None:
    time.pass_by(days=90)
    village, acceptor = enrolment(cast), cast.people["acceptor"]
    village.campaign.steps = [each.value for each in Step]
    village.campaign.notice_days = 5
    pass_town(cast, village)
    assert (only(village).need, only(village).whom) == (Need.ACCEPT, Whom.TEAM)
    transitions.advance(village, village.row_version, by=acceptor)
    assert only(village).need is Need.PUBLICISE
    transitions.advance(village, village.row_version, by=acceptor)
    until = workdays.after(clock.today(), 5)
    assert only(village) == Wait(Need.NOTICE, due_on=until)
    assert only(village).whom is Whom.NOBODY
    time.pass_by(days=(until - clock.today()).days + 1)
    assert (only(village).need, only(village).whom) == (Need.NAME, Whom.OFFICE)
    village.campaign.approval_until = TODAY
    assert only(village).need is Need.APPROVAL_OVER
    village.campaign.approval_number = None
    assert only(village).need is Need.NO_APPROVAL


def test_whoever_left_or_came_too_late_waits_for_nothing(cast: Cast) -> None:
    village, other = enrolment(cast), enrolment(cast, "neighbour")
    participation.leave(village, village.row_version, EnrolmentState.EXEMPT, "停用", by=None)
    assert only(village) == Wait(Need.LEFT)
    other.campaign.state = CampaignState.CLOSED
    assert only(other) == Wait(Need.CLOSED)


@pytest.mark.usefixtures("cast")
def test_many_enrolments_are_two_statements() -> None:
    found = records.of_scope(EVERYWHERE, limit=400)
    assert len(found) > 25
    found[0].state = EnrolmentState.NAMED
    waiting.of(found, seen_by_unit=False)  # what is published is read once per process
    with statements() as sent:
        told = waiting.of(found, seen_by_unit=False)
    assert len(sent) == 2, sent
    assert told.keys() == {each.id for each in found}
    assert all(told.values())


def queues(cast: Cast, code: str, *slugs: str) -> dict[tuple[Need, Department | None], Queue]:
    """Who has how much to do at a place, over campaigns."""
    place = jurisdictions.find(code, EVERYWHERE)
    chosen = [campaigns.find(cast.campaigns[slug], EVERYWHERE) for slug in slugs]
    counts = coverage.board(place, clock.today(), chosen).total.counts
    with statements() as sent:
        found = waiting.at(place, chosen, counts)
    assert len(sent) == 1
    return {(each.need, each.department): each for each in found}


def test_a_place_knows_how_much_waits_for_whom_and_since_when(cast: Cast, time: Time) -> None:
    village, other = enrolment(cast), enrolment(cast, "neighbour")
    far = enrolment(cast, "far village")
    send(cast, village, "1.3")
    send(cast, village, "4.2")
    send(cast, far, "1.3", by="far_liaison")
    time.pass_by(days=11)
    send(cast, other, "1.3", by="neighbour")
    item = send(cast, other, "2.2", by="neighbour")
    give_back(cast, other, item)
    town = queues(cast, TIANGONG, "drug-free-village", "safe-school")
    asked = town[Need.REVIEW, None]
    assert (asked.number, asked.days) == (2, 11)
    police = town[Need.CONFIRM, Department.POLICE]
    assert (police.number, police.days) == (1, 11)
    assert town[Need.MEND, None].number == 1
    items = sum(
        len(campaigns.slots(each.campaign))
        for each in records.of_scope(EVERYWHERE, limit=1000)
        if each.campaign_id in {cast.campaigns["drug-free-village"], cast.campaigns["safe-school"]}
        and each.town_id == village.town_id
    )
    assert town[Need.SEND, None].number == items - 4
    assert queues(cast, "511381", "drug-free-village")[Need.REVIEW, None].number == 3
    assert (Need.REVIEW, None) not in queues(cast, TIANGONG, "safe-school")


def test_a_place_knows_its_complete_checklists_and_those_that_passed(
    cast: Cast, time: Time
) -> None:
    time.pass_by(days=90)
    village, other = enrolment(cast), enrolment(cast, "neighbour")
    finish(cast, village)
    assert queues(cast, TIANGONG, "drug-free-village")[Need.EXAMINE, None].number == 1
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    pass_town(cast, other)
    town = queues(cast, TIANGONG, "drug-free-village")
    assert (Need.EXAMINE, None) not in town
    assert town[Need.ACCEPT, None].number == 2


def test_without_a_campaign_nobody_waits(cast: Cast) -> None:
    place = jurisdictions.find(TIANGONG, EVERYWHERE)
    assert waiting.at(place, [], {}) == []
    assert cast


def test_a_suspended_title_waits_for_its_last_day_or_for_the_office_to_decide_on_an_appeal(
    cast: Cast, time: Time
) -> None:
    time.pass_by(days=80)
    village = enrolment(cast)
    pass_town(cast, village)
    title = name(cast, village)
    incident = recorded(cast, day=clock.today())
    assert only(village).need is Need.HELD
    until = clock.today() + timedelta(days=60)
    confirm(cast, incident, until)
    wait = only(village)
    assert (wait.need, wait.whom, wait.due_on) == (Need.SUSPENDED, Whom.NOBODY, until)
    appeal(cast, incident)
    wait = only(village)
    due_on = workdays.after(clock.today(), settings.APPEAL_DAYS)
    assert (wait.need, wait.whom, wait.due_on) == (Need.APPEAL, Whom.OFFICE, due_on)
    time.pass_by(days=30)
    assert only(village).late_by == (clock.today() - due_on).days > 0
    decide(cast, incident, *incidents.held_today(incident))
    assert (only(village).need, only(village).due_on) == (Need.HELD, title.last_day)
