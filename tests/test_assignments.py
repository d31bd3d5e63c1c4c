"""Hand-overs, help from another town, and what waits too long with whom."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import history, jurisdictions, people, permissions, review
from campaigns.database import db
from campaigns.errors import NotFound, Refused, Stale
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Department, Grant, Person, Role
from campaigns.review import assignments
from campaigns.review.assignments import Handover, Late
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, send

TODAY = date(2026, 9, 16)
SOON, LATER = TODAY + timedelta(days=1), TODAY + timedelta(days=5)


def queue(cast: Cast, username: str) -> list[int]:
    actor = people.actor(cast.people[username])
    assert actor is not None
    return [each.item_id for each in review.queue(permissions.desks(actor), by=actor.id)[0]]


def give(
    cast: Cast,
    first: date = TODAY,
    last: date = LATER,
    *,
    by: str = "reviewer",
    to: str = "second_reviewer",
    campaign: int | None = None,
    town: str = TIANGONG,
) -> Handover:
    return assignments.hand_over(
        cast.places[town], campaign, cast.people[to], first, last, by=cast.people[by]
    )


def test_what_is_handed_over_leaves_one_desk_and_stays_on_the_other(cast: Cast) -> None:
    item = send(cast, enrolment(cast), "1.3")
    give(cast)
    assert (queue(cast, "reviewer"), queue(cast, "second_reviewer")) == ([], [item.id])
    for username in ("reviewer", "second_reviewer"):
        (shown,) = assignments.of_person(cast.people[username])
        assert (shown.giver.en, shown.taker.en) == ("reviewer", "second_reviewer")
        assert shown.campaign is None


def test_what_the_other_one_may_not_decide_stays(cast: Cast) -> None:
    village = enrolment(cast)
    own = send(cast, village, "1.3", by="second_reviewer")
    give(cast)
    assert queue(cast, "reviewer") == [own.id]
    approve(cast, village, own)


def test_it_lasts_from_its_first_day_to_its_last(cast: Cast, time: Time) -> None:
    item = send(cast, enrolment(cast), "1.3")
    give(cast, SOON, SOON + timedelta(days=1))
    seen = []
    for _ in range(4):
        seen.append(item.id in queue(cast, "reviewer"))
        time.pass_by(days=1)
    assert seen == [True, False, False, True]


def test_one_campaign_can_be_handed_over_alone(cast: Cast) -> None:
    village = send(cast, enrolment(cast), "1.3")
    found = enrolment(cast, "school", "safe-school")
    key = next(
        each.key
        for each in campaigns.slots(found.campaign)
        if each.criterion.department is None and each.is_open(TODAY)
    )
    school = send(cast, found, key, by="school_liaison")
    give(cast, campaign=cast.campaigns["drug-free-village"])
    assert queue(cast, "reviewer") == [school.id]
    assert set(queue(cast, "second_reviewer")) == {village.id, school.id}


def test_when_the_other_one_reviews_no_more_it_comes_back(cast: Cast, time: Time) -> None:
    item = send(cast, enrolment(cast), "1.3")
    give(cast)
    query = sa.select(Grant).where(Grant.person_id == cast.people["second_reviewer"])
    db.session.scalars(query).one().valid_to = TODAY
    db.session.flush()
    assert queue(cast, "reviewer") == []
    time.pass_by(days=1)
    assert queue(cast, "reviewer") == [item.id]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first": TODAY - timedelta(days=1)}, "handover_in_the_past"),
        ({"first": LATER, "last": SOON}, "handover_days"),
        ({"last": TODAY + timedelta(days=93)}, "handover_days"),
        ({"to": "far_reviewer"}, "handover_to_whom"),
        ({"to": "reviewer"}, "handover_to_whom"),
        ({"to": "liaison"}, "handover_to_whom"),
        ({"town": QIAOLOU}, "handover_not_yours"),
        ({"by": "office"}, "handover_not_yours"),
    ],
)
def test_what_cannot_be_handed_over(cast: Cast, change: dict[str, object], code: str) -> None:
    with pytest.raises(Refused, match=code):
        give(cast, **change)  # type: ignore[arg-type]
    assert assignments.of_scope(EVERYWHERE) == []


def test_nobody_hands_on_what_she_was_handed(cast: Cast) -> None:
    give(cast)
    for by, to in (("second_reviewer", "reviewer"), ("reviewer", "second_reviewer")):
        with pytest.raises(Refused, match="handover_crossing"):
            give(cast, SOON, SOON, by=by, to=to)
    give(
        cast,
        LATER + timedelta(days=1),
        LATER + timedelta(days=2),
        by="second_reviewer",
        to="reviewer",
    )


@pytest.mark.parametrize("days", [0, 2])
def test_it_can_be_taken_back_by_who_gave_it(cast: Cast, time: Time, days: int) -> None:
    item = send(cast, enrolment(cast), "1.3")
    made = give(cast)
    id, version = made.id, made.row_version
    time.pass_by(days=days)
    for username in ("second_reviewer", "office"):
        with pytest.raises(NotFound):
            assignments.take_back(id, version, by=cast.people[username])
    with pytest.raises(Stale):
        assignments.take_back(id, version + 1, by=cast.people["reviewer"])
    assert queue(cast, "reviewer") == []
    assignments.take_back(id, version, by=cast.people["reviewer"])
    assert queue(cast, "reviewer") == [item.id]
    with pytest.raises((NotFound, Stale)):
        assignments.take_back(id, version + 1, by=cast.people["reviewer"])
    verbs = db.session.scalars(
        sa.select(Event.verb).where(Event.subject == "handover").order_by(Event.id)
    ).all()
    assert verbs == ["handed_over", "handover_ended"]


def town(code: str) -> Jurisdiction:
    return jurisdictions.find(code, EVERYWHERE)


def test_a_reviewer_of_another_town_helps_out(cast: Cast, time: Time) -> None:
    item = send(cast, enrolment(cast, "far village"), "1.3", by="far_reviewer")
    helper, office = cast.people["reviewer"], cast.people["office"]
    assignments.lend(helper, town(QIAOLOU), SOON, LATER, EVERYWHERE, by=office)
    assert item.id not in queue(cast, "reviewer")
    time.pass_by(days=1)
    assert queue(cast, "reviewer") == [item.id]
    assert history.of_subject("jurisdiction", cast.places[QIAOLOU], "reviewer_lent")
    time.pass_by(days=5)
    assert item.id not in queue(cast, "reviewer")


def test_who_cannot_be_sent_to_help(cast: Cast) -> None:
    office = cast.people["office"]
    for username in ("far_reviewer", "liaison", "office"):
        with pytest.raises(Refused, match="lend_whom"):
            assignments.lend(
                cast.people[username], town(QIAOLOU), TODAY, LATER, EVERYWHERE, by=office
            )
    with pytest.raises(Refused, match="handover_days"):
        assignments.lend(
            cast.people["reviewer"], town(QIAOLOU), LATER, TODAY, EVERYWHERE, by=office
        )


def test_what_waits_too_long_is_counted_with_whoever_decides(cast: Cast, time: Time) -> None:
    village, far = enrolment(cast), enrolment(cast, "far village")
    done = send(cast, village, "4.1")
    send(cast, village, "1.3")
    send(cast, enrolment(cast, "neighbour"), "1.3", by="neighbour")
    send(cast, village, "4.2")
    send(cast, far, "1.3", by="far_reviewer")
    time.pass_by(days=10)
    send(cast, village, "2.3")
    assert assignments.late(town(TIANGONG)) == []
    time.pass_by(days=1)
    approve(cast, village, done)
    of_town, police, city = (
        Late(None, False, 2),
        Late(Department.POLICE, False, 1),
        Late(None, True, 1),
    )
    assert assignments.late(town(TIANGONG)) == [of_town, police]
    assert assignments.late(town(QIAOLOU)) == [city]
    assert assignments.late(town("511381")) == [of_town, police, city]
    village_place = db.session.get_one(Jurisdiction, village.place_id)
    assert assignments.late(village_place) == [Late(None, False, 1), police]


def test_who_reviews_a_town_is_listed_in_code_order(cast: Cast) -> None:
    people.grant(
        db.session.get_one(Person, cast.people["office"]),
        Role.REVIEWER,
        place=town(QIAOLOU),
        valid_from=SOON,
    )
    found = [each.name.en for each in assignments.reviewers(EVERYWHERE)]
    assert found == ["reviewer", "second_reviewer", "far_reviewer"]
