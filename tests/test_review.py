"""Review: who may decide what, the rows that a decision leaves, and the queue."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import history, jurisdictions, people, permissions, review
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, Refused, Stale
from campaigns.history import Event
from campaigns.jurisdictions import Scope, interval
from campaigns.people import Actor, Department
from campaigns.review import Decision, Verdict, Waiting
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, events, give_back, picture, send, slot

KEY = "1.3"


def town(code: str) -> Scope:
    """A reviewer's scope."""
    return Scope((interval(jurisdictions.find(code, EVERYWHERE).path),))


def sent(cast: Cast, unit: str = "village", key: str = KEY) -> tuple[Enrolment, Item]:
    found = enrolment(cast, unit)
    by = {"village": "liaison", "neighbour": "neighbour", "far village": "far_liaison"}[unit]
    return found, send(cast, found, key, by=by)


def test_a_decision_is_a_row_with_its_event(cast: Cast, time: Time) -> None:
    village, item = sent(cast)
    verdict = Verdict(False, "unclear", "第二张看不清", date(2026, 9, 20))
    review.decide(village, item, verdict, item.row_version, by=cast.people["reviewer"])
    row = db.session.scalars(sa.select(Decision).where(Decision.item_id == item.id)).one()
    assert (row.approved, row.preset, row.reason, row.due_on) == (
        False,
        "unclear",
        "第二张看不清",
        date(2026, 9, 20),
    )
    assert (row.decided_by, row.decided_at) == (cast.people["reviewer"], time.now)
    event = history.of_item(item.id, seen_by_unit=False)[0]
    assert (event.verb, event.person_id, event.unit_id) == (
        "returned",
        cast.people["reviewer"],
        village.unit_id,
    )
    assert event.visible_at == time.now + timedelta(minutes=5)
    assert (item.state, item.reason, item.due_on) == (
        ItemState.RETURNED,
        "unclear\n第二张看不清",
        date(2026, 9, 20),
    )


def test_an_approval_keeps_no_reason_and_no_date(cast: Cast) -> None:
    village, item = sent(cast)
    verdict = Verdict(True, "unclear", "", date(2026, 9, 20))
    review.decide(village, item, verdict, item.row_version, by=cast.people["reviewer"])
    row = db.session.scalars(sa.select(Decision).where(Decision.item_id == item.id)).one()
    assert (row.approved, row.preset, row.due_on) == (True, None, None)
    assert (item.reason, item.due_on) == (None, None)


def test_each_round_adds_a_decision_and_overwrites_none(cast: Cast, time: Time) -> None:
    village, item = sent(cast)
    give_back(cast, village, item)
    time.pass_by(minutes=6)
    approve(cast, village, send(cast, village, KEY), by="second_reviewer")
    rows = db.session.scalars(
        sa.select(Decision).where(Decision.item_id == item.id).order_by(Decision.id)
    ).all()
    assert [row.approved for row in rows] == [False, True]
    assert events("item", item.id) == ["submitted", "returned", "submitted", "approved"]


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict(False), "reason_missing"),
        (Verdict(False, "nonsense"), "preset_unknown"),
        (Verdict(False, "nonsense", "words"), "preset_unknown"),
        (Verdict(False, "unclear", "", date(2026, 9, 15)), "due_in_the_past"),
    ],
)
def test_a_return_says_why_and_leaves_time(cast: Cast, verdict: Verdict, code: str) -> None:
    village, item = sent(cast)
    with pytest.raises(Refused, match=code):
        review.decide(village, item, verdict, item.row_version, by=cast.people["reviewer"])
    assert item.state is ItemState.SUBMITTED
    assert _decisions(item) == 0


def _decisions(item: Item) -> int | None:
    query = sa.select(sa.func.count(Decision.id)).where(Decision.item_id == item.id)
    return db.session.scalar(query)


def test_a_return_may_be_due_today_and_is_due_in_eight_days_unless_said(cast: Cast) -> None:
    village, item = sent(cast)
    verdict = Verdict(False, None, "words", date(2026, 9, 16))
    review.decide(village, item, verdict, item.row_version, by=cast.people["reviewer"])
    assert item.due_on == date(2026, 9, 16)
    other, second = sent(cast, "neighbour")
    give_back(cast, other, second)
    assert second.due_on == date(2026, 9, 24)


def test_nobody_decides_what_he_sent_or_uploaded(cast: Cast) -> None:
    village = enrolment(cast)
    own = send(cast, village, KEY, by="reviewer")
    piece = picture(village.unit_id, cast.people["reviewer"])
    uploaded = send(cast, village, "2.3", Answer(evidence=(piece.id,)))
    for item in (own, uploaded):
        for verdict in (Verdict(True), Verdict(False, "unclear")):
            with pytest.raises(NotAllowed, match="own_upload"):
                review.decide(village, item, verdict, item.row_version, by=cast.people["reviewer"])
        assert item.state is ItemState.SUBMITTED
        approve(cast, village, item, by="second_reviewer")


def test_the_second_of_two_decisions_is_stale(cast: Cast) -> None:
    village, item = sent(cast)
    version = item.row_version
    review.decide(village, item, Verdict(True), version, by=cast.people["reviewer"])
    with pytest.raises(Stale):
        review.decide(
            village, item, Verdict(False, "unclear"), version, by=cast.people["second_reviewer"]
        )
    assert item.state is ItemState.APPROVED
    assert _decisions(item) == 1
    told = sa.select(sa.func.count(Event.id)).where(
        Event.subject == "item", Event.subject_id == item.id
    )
    assert db.session.scalar(told) == 2


def queue(
    cast: Cast, scope: Scope, department: Department | None = None, by: str = "reviewer"
) -> list[Waiting]:
    rows, total = review.queue([(scope, department)], by=cast.people[by])
    assert total == len(rows)
    return list(rows)


def test_the_queue_holds_what_the_town_decides_the_oldest_first(cast: Cast, time: Time) -> None:
    _, first = sent(cast, "neighbour")
    time.pass_by(hours=1)
    _, second = sent(cast)
    time.pass_by(hours=1)
    sent(cast, "far village")
    sent(cast, key="4.2")  # confirmed by the police
    found = queue(cast, town(TIANGONG))
    assert [each.item_id for each in found] == [first.id, second.id]
    assert len(queue(cast, town(QIAOLOU))) == 1
    assert len(queue(cast, EVERYWHERE)) == 3
    assert queue(cast, Scope()) == []


def test_the_queue_gives_so_many_and_says_how_many_there_are(cast: Cast) -> None:
    sent(cast)
    sent(cast, "neighbour")
    rows, total = review.queue([(town(TIANGONG), None)], by=cast.people["reviewer"], limit=1)
    assert (len(rows), total) == (1, 2)


def test_a_department_has_its_own_queue(cast: Cast) -> None:
    _, item = sent(cast, key="4.2")
    found = queue(cast, EVERYWHERE, Department.POLICE, by="police")
    assert [each.item_id for each in found] == [item.id]
    assert queue(cast, EVERYWHERE, Department.FIRE, by="police") == []
    assert queue(cast, town(QIAOLOU), Department.POLICE, by="police") == []
    assert review.queue([], by=cast.people["police"]) == ([], 0)


def test_who_reviews_a_town_and_confirms_elsewhere_has_both_in_one_queue(cast: Cast) -> None:
    _, of_town = sent(cast)
    _, of_police = sent(cast, "far village", key="4.2")
    sent(cast, "far village")
    sent(cast, key="4.2")
    desks = [(town(TIANGONG), None), (town(QIAOLOU), Department.POLICE)]
    rows, total = review.queue(desks, by=cast.people["police"])
    assert [each.item_id for each in rows] == [of_town.id, of_police.id]
    assert total == 2


def test_own_items_are_not_in_ones_queue(cast: Cast) -> None:
    village = enrolment(cast)
    own = send(cast, village, KEY, by="reviewer")
    piece = picture(village.unit_id, cast.people["reviewer"])
    uploaded = send(cast, village, "2.3", Answer(evidence=(piece.id,)))
    assert queue(cast, town(TIANGONG)) == []
    others = queue(cast, town(TIANGONG), by="second_reviewer")
    assert {each.item_id for each in others} == {own.id, uploaded.id}


def test_what_was_decided_taken_back_or_closed_leaves_the_queue(cast: Cast) -> None:
    village, first = sent(cast)
    _, second = sent(cast, key="4.1")
    other, third = sent(cast, "neighbour")
    assert len(queue(cast, town(TIANGONG))) == 3
    approve(cast, village, first)
    transitions.take_back(village, second, second.row_version, by=cast.people["liaison"])
    assert [each.item_id for each in queue(cast, town(TIANGONG))] == [third.id]
    campaigns.close(other.campaign, other.campaign.row_version, by=cast.people["office"])
    assert queue(cast, town(TIANGONG)) == []


def test_whoever_decides_has_until_the_end_of_the_tenth_day(cast: Cast, time: Time) -> None:
    sent(cast)
    (line,) = queue(cast, town(TIANGONG))
    time.pass_by(days=10, hours=13)
    assert (line.days(time.now), line.overdue(time.now)) == (10, False)
    time.pass_by(hours=1)
    assert (line.days(time.now), line.overdue(time.now)) == (10, True)


def actor(cast: Cast, username: str) -> Actor:
    found = people.actor(cast.people[username])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("username", "town_item", "police_item"),
    [
        ("reviewer", True, False),
        ("second_reviewer", True, False),
        ("far_reviewer", False, False),
        ("police", False, True),
        ("office", True, True),
        ("liaison", False, False),
        ("acceptor", False, False),
        ("inspector", False, False),
        ("signer", False, False),
        ("leader", False, False),
        ("auditor", False, False),
        ("admin", False, False),
    ],
)
def test_who_may_decide_an_item(
    cast: Cast, username: str, town_item: bool, police_item: bool
) -> None:
    village = enrolment(cast)
    path = village.unit.place.path
    person = actor(cast, username)
    assert permissions.may_decide(person, path, None) is town_item
    department = slot(village, "4.2").criterion.department
    assert department is Department.POLICE
    assert permissions.may_decide(person, path, department) is police_item
    assert permissions.may_decide(person, path, Department.FIRE) is (username == "office")
