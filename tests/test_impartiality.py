"""Fairness: nobody decides his own, and what nobody of the town may decide goes to the city."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaigns import people, permissions, review
from campaigns.database import db
from campaigns.enrolment import impartiality
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotAllowed
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Department, Grant, Person, Role
from campaigns.review import Verdict
from campaigns.units import Unit
from tests.cast import QIAOLOU, Cast
from tests.conftest import Time
from tests.doing import approve, enrolment, picture, send

KEY, OTHER, POLICE = "1.3", "2.3", "4.2"
TODAY = date(2026, 9, 16)


def queue(cast: Cast, username: str) -> list[int]:
    """The items on somebody's desk, in its order."""
    actor = people.actor(cast.people[username])
    assert actor is not None
    rows, total = review.queue(permissions.desks(actor), by=actor.id)
    assert total == len(rows)
    return [each.item_id for each in rows]


def is_for_city(item: Item) -> bool:
    """Whether it is; and what is told quickly for the whole queue must not leave it out."""
    found = impartiality.at_city([item.id]) == {item.id}
    query = sa.select(Item.id).join(Enrolment, Enrolment.id == Item.enrolment_id)
    perhaps = db.session.scalar(query.where(Item.id == item.id, impartiality.perhaps_for_city()))
    assert not found or perhaps == item.id
    return found


def granted(
    cast: Cast, username: str, role: Role, *, town: str = "", unit: str = "", **days: date
) -> Grant:
    return people.grant(
        db.session.get_one(Person, cast.people[username]),
        role,
        place=db.session.get_one(Jurisdiction, cast.places[town]) if town else None,
        unit=db.session.get_one(Unit, cast.units[unit]) if unit else None,
        **{"valid_from": TODAY} | days,  # type: ignore[arg-type]
    )


def refuse(cast: Cast, found: Enrolment, item: Item, by: str) -> None:
    for verdict in (Verdict(True), Verdict(False, "unclear")):
        with pytest.raises(NotAllowed, match="own_upload"):
            review.decide(found, item, verdict, item.row_version, by=cast.people[by])
    assert item.state is ItemState.SUBMITTED


def test_a_reviewer_who_is_liaison_of_the_unit_decides_nothing_of_it(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, KEY)
    assert queue(cast, "reviewer") == [item.id]
    granted(cast, "reviewer", Role.LIAISON, unit="village")
    assert queue(cast, "reviewer") == []
    refuse(cast, village, item, "reviewer")
    assert queue(cast, "second_reviewer") == [item.id]
    assert not is_for_city(item)


def test_who_was_liaison_when_it_was_sent_stays_too_near(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    before = granted(
        cast, "reviewer", Role.LIAISON, unit="village", valid_from=date(2026, 1, 1), valid_to=TODAY
    )
    item = send(cast, village, KEY)
    time.pass_by(days=3)
    refuse(cast, village, item, "reviewer")
    assert queue(cast, "reviewer") == []
    before.valid_to = TODAY - timedelta(days=1)
    db.session.flush()
    assert queue(cast, "reviewer") == [item.id]


def test_liaison_of_another_unit_is_no_obstacle(cast: Cast) -> None:
    village = enrolment(cast)
    granted(cast, "reviewer", Role.LIAISON, unit="neighbour")
    item = send(cast, village, KEY)
    assert queue(cast, "reviewer") == [item.id]
    approve(cast, village, item)


@pytest.mark.parametrize("part", ["sent", "uploaded", "liaison"])
def test_with_one_reviewer_what_she_has_a_part_in_goes_to_the_city(cast: Cast, part: str) -> None:
    far = enrolment(cast, "far village")
    if part == "sent":
        item = send(cast, far, KEY, by="far_reviewer")
    elif part == "uploaded":
        piece = picture(far.unit_id, cast.people["far_reviewer"])
        item = send(cast, far, OTHER, Answer(evidence=(piece.id,)), by="far_liaison")
    else:
        granted(cast, "far_reviewer", Role.LIAISON, unit="far village")
        item = send(cast, far, KEY, by="far_liaison")
    assert is_for_city(item)
    assert queue(cast, "far_reviewer") == []
    refuse(cast, far, item, "far_reviewer")
    assert queue(cast, "office") == [item.id]
    approve(cast, far, item, by="office")
    assert not is_for_city(item)


def test_with_two_reviewers_the_other_one_decides(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, KEY, by="reviewer")
    assert not is_for_city(item)
    assert (queue(cast, "reviewer"), queue(cast, "second_reviewer")) == ([], [item.id])
    piece = picture(village.unit_id, cast.people["second_reviewer"])
    both = send(cast, village, OTHER, Answer(evidence=(piece.id,)), by="reviewer")
    assert is_for_city(both)
    assert queue(cast, "second_reviewer") == [item.id]


def test_it_moves_on_the_day_the_second_reviewer_begins_and_ends(cast: Cast, time: Time) -> None:
    far = enrolment(cast, "far village")
    item = send(cast, far, KEY, by="far_reviewer")
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)
    granted(cast, "reviewer", Role.REVIEWER, town=QIAOLOU, valid_from=first, valid_to=last)
    seen = []
    for _ in range(6):
        seen.append((is_for_city(item), item.id in queue(cast, "reviewer")))
        time.pass_by(days=1)
    away, here = (True, False), (False, True)
    assert seen == [away, away, here, here, here, away]


def test_a_disabled_account_decides_nothing(cast: Cast, time: Time) -> None:
    item = send(cast, enrolment(cast, "far village"), KEY, by="far_liaison")
    assert not is_for_city(item)
    db.session.get_one(Person, cast.people["far_reviewer"]).disabled_at = time.now
    db.session.flush()
    assert is_for_city(item)


def test_a_reviewer_of_the_village_alone_and_one_above_the_towns_count(cast: Cast) -> None:
    far = enrolment(cast, "far village")
    item = send(cast, far, KEY, by="far_reviewer")
    village = next(code for code, id in cast.places.items() if id == far.place_id)
    for place in (village, "511381"):
        made = granted(cast, "reviewer", Role.REVIEWER, town=place)
        assert not is_for_city(item)
        assert item.id in queue(cast, "reviewer")
        db.session.delete(made)
        db.session.flush()
        assert is_for_city(item)


def test_a_departments_item_goes_to_the_city_when_it_has_nobody_left(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, POLICE)
    assert item.department is Department.POLICE
    assert not is_for_city(item)
    assert queue(cast, "police") == [item.id]
    assert queue(cast, "office") == []
    granted(cast, "police", Role.LIAISON, unit="village")
    assert is_for_city(item)
    assert (queue(cast, "police"), queue(cast, "office")) == ([], [item.id])
    refuse(cast, village, item, "police")


def test_the_city_office_finds_on_top_what_nobody_else_may_decide(cast: Cast, time: Time) -> None:
    of_town = send(cast, enrolment(cast), KEY)
    time.pass_by(hours=1)
    of_city = send(cast, enrolment(cast, "far village"), KEY, by="far_reviewer")
    assert queue(cast, "office") == [of_city.id, of_town.id]


def test_the_queue_of_the_city_office_goes_on_from_part_to_part(cast: Cast, time: Time) -> None:
    """What is the city's alone stands first, sent before or after; each part goes by age."""
    village, far = enrolment(cast), enrolment(cast, "far village")
    of_town, of_city = [], []
    for key in (KEY, "3.2", "4.1"):
        of_town.append(send(cast, village, key).id)
        time.pass_by(hours=1)
        of_city.append(send(cast, far, key, by="far_reviewer").id)
        time.pass_by(hours=1)
    whole = of_city + of_town
    office = people.actor(cast.people["office"])
    assert office is not None
    desks = permissions.desks(office)

    def part(**where: int) -> list[int]:
        found = review.queue(desks, by=office.id, **where)[0]
        assert all(each.at_city is (each.item_id in of_city) for each in found)
        return [each.item_id for each in found]

    for limit in (1, 2, 4, 9):
        assert part(limit=limit) == whole[:limit]
        for place, item in enumerate(whole):
            assert part(after=item, limit=limit) == whole[place + 1 :][:limit]
            assert part(before=item, limit=limit) == whole[:place][-limit:]
        # Behind or before what never waited, everything is found.
        assert part(after=10**9, limit=limit) == whole[:limit]
        assert part(before=10**9, limit=limit) == whole[-limit:]


def test_the_city_office_decides_nothing_of_its_own_either(cast: Cast) -> None:
    village = enrolment(cast)
    granted(cast, "office", Role.LIAISON, unit="village")
    item = send(cast, village, KEY)
    refuse(cast, village, item, "office")
    assert queue(cast, "office") == []


EVERY_ROLE = ("liaison", "reviewer", "far_reviewer", "police", "office", "acceptor", "leader")


@pytest.mark.parametrize("username", EVERY_ROLE)
@pytest.mark.parametrize("sender", ["far_liaison", "far_reviewer"])
def test_who_finds_it_on_her_desk(cast: Cast, username: str, sender: str) -> None:
    item = send(cast, enrolment(cast, "far village"), KEY, by=sender)
    expected = {"far_liaison": {"far_reviewer", "office"}, "far_reviewer": {"office"}}[sender]
    assert (item.id in queue(cast, username)) is (username in expected)


def test_a_decision_keeps_how_long_it_took(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    item = send(cast, village, KEY)
    time.pass_by(hours=30, minutes=59)
    approve(cast, village, item)
    waited = db.session.scalar(
        sa.select(review.Decision.waited_hours).where(review.Decision.item_id == item.id)
    )
    assert waited == 30
