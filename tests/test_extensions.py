"""More time for one item: who asks, who decides, what it does to coverage, and one deadline."""

from datetime import date, timedelta

import pytest

from campaigns import campaign as campaigns
from campaigns import people
from campaigns.campaign import extension
from campaigns.database import db
from campaigns.enrolment import checklist, extensions, participation, records, recount
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.enrolment.records import Enrolment, EnrolmentState, ItemState
from campaigns.errors import NotAllowed, Refused, Stale
from campaigns.exchange import lists
from campaigns.exchange.api import reading
from campaigns.people import Person, Role
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, give_back, send, slot, version_of

TODAY, END = date(2026, 9, 16), date(2026, 12, 31)
#: An item of the third quarter, due on 30 September, and one of the whole year.
QUARTER, YEARLY = "2.1@2026Q3", "1.3"


def quarterly(found: Enrolment) -> str:
    """The first item of the quarter under way."""
    return next(
        each.key
        for each in campaigns.slots(found.campaign)
        if each.period == "2026Q3" and each.due_on == date(2026, 9, 30)
    )


def ask(
    cast: Cast, found: Enrolment, key: str, day: date, by: str = "liaison", reason: str = "等灯具"
) -> ExtensionRequest:
    version = version_of(found, key)
    made = extensions.ask(found, slot(found, key), version, day, reason, by=cast.people[by])
    return extensions.find(made.id, EVERYWHERE)


def line(found: Enrolment, key: str, *, seen_by_unit: bool = True) -> checklist.Line:
    return checklist.one(found, slot(found, key), seen_by_unit=seen_by_unit)


def grant(
    cast: Cast, asked: ExtensionRequest, day: date, by: str = "reviewer", *, city: bool = False
) -> None:
    extensions.grant(
        asked, asked.row_version, day, "同意", by=cast.people[by], city=city or by == "office"
    )


def test_asking_makes_the_row_and_changes_no_day_yet(cast: Cast) -> None:
    village = enrolment(cast)
    key = quarterly(village)
    assert records.item(village, key) is None
    asked = ask(cast, village, key, date(2026, 10, 10))
    item = records.item(village, key)
    assert item is not None
    assert (asked.item_id, asked.is_waiting, item.state) == (item.id, True, ItemState.OPEN)
    assert line(village, key).due_on == date(2026, 9, 30)
    assert events("item", item.id) == ["more_time_asked"]
    assert list(recount.check()) == []


@pytest.mark.parametrize(
    ("day", "reason", "code"),
    [
        (date(2026, 9, 30), "why", "more_time_earlier"),
        (date(2027, 9, 18), "why", "more_time_earlier"),
        (date(2026, 10, 10), "", "more_time_reason"),
    ],
)
def test_a_wish_is_later_than_now_and_says_why(
    cast: Cast, day: date, reason: str, code: str
) -> None:
    village = enrolment(cast)
    with pytest.raises(Refused, match=code):
        ask(cast, village, quarterly(village), day, reason=reason)


def test_of_one_item_one_request_waits_at_a_time(cast: Cast) -> None:
    village = enrolment(cast)
    key = quarterly(village)
    first = ask(cast, village, key, date(2026, 10, 10))
    with pytest.raises(Refused, match="more_time_waits"):
        ask(cast, village, key, date(2026, 10, 11))
    extensions.refuse(first, first.row_version, "来得及", by=cast.people["reviewer"])
    assert line(village, key).due_on == date(2026, 9, 30)
    second = ask(cast, village, key, date(2026, 10, 11))
    grant(cast, second, date(2026, 10, 11))
    item = records.item(village, key)
    assert item is not None
    assert events("item", item.id) == [
        *("more_time_asked", "more_time_refused", "more_time_asked", "more_time_given"),
    ]


def test_the_new_day_shows_everywhere(cast: Cast) -> None:
    village = enrolment(cast)
    key, day = quarterly(village), date(2026, 10, 15)
    grant(cast, ask(cast, village, key, day), day)
    for seen_by_unit in (True, False):
        lines = checklist.lines([village], seen_by_unit=seen_by_unit)[village.id]
        shown = next(each for each in lines if each.slot.key == key)
        assert shown.due_on == day
        exported = dict(zip([each.slot.key for each in lines], lines, strict=True))[key]
        due = next(each for each in lists.CHECKLIST if each.name == "due_on")
        assert due.value(exported) == day
    (record,) = reading.enrolments([village], [True])
    assert next(each.due_on for each in record.items if each.key == key) == day
    assert checklist.last_day(checklist.lines([village], seen_by_unit=True)[village.id]) == END


def test_of_several_days_the_later_counts(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    item = send(cast, village, YEARLY)
    give_back(cast, village, item)
    time.pass_by(minutes=6)
    assert line(village, YEARLY).due_on == date(2026, 9, 24)
    grant(cast, ask(cast, village, YEARLY, date(2026, 10, 5)), date(2026, 10, 5))
    assert line(village, YEARLY).due_on == date(2026, 10, 5)
    send(cast, village, YEARLY)
    # Sent again it is not to be mended any more: the campaign's day is the later one.
    assert line(village, YEARLY).due_on == END


def test_more_time_for_the_whole_campaign_combines_with_that_of_one_item(cast: Cast) -> None:
    village, later = enrolment(cast), date(2027, 1, 20)
    asked = ask(cast, village, YEARLY, later)
    grant(cast, asked, later, by="office")
    campaign = village.campaign
    for due_on, expected in ((date(2027, 1, 10), later), (date(2027, 1, 31), date(2027, 1, 31))):
        extension.extend(campaign, campaign.row_version, due_on, due_on, "why", by=None)
        assert line(village, YEARLY).due_on == expected
        lines = checklist.lines([village], seen_by_unit=True)[village.id]
        assert checklist.last_day(lines) == expected


def test_the_town_gives_fifteen_days_and_nothing_beyond_the_campaign(cast: Cast) -> None:
    village = enrolment(cast)
    key = quarterly(village)
    limit = date(2026, 10, 15)
    asked = ask(cast, village, key, limit)
    assert asked.town_limit == limit
    assert extensions.for_city([asked]) == frozenset()
    with pytest.raises(Refused, match="more_time_city"):
        grant(cast, asked, limit + timedelta(days=1))
    grant(cast, asked, limit)
    more = ask(cast, village, key, limit + timedelta(days=1))
    assert (more.town_limit, extensions.for_city([more])) == (limit, {more.id})
    grant(cast, more, date(2026, 11, 30), by="office")
    yearly = ask(cast, village, YEARLY, END + timedelta(days=1))
    assert extensions.for_city([yearly]) == {yearly.id}


def test_what_the_only_reviewer_asked_for_goes_to_the_city(cast: Cast) -> None:
    far, village = enrolment(cast, "far village"), enrolment(cast)
    day = date(2026, 10, 10)
    alone = ask(cast, far, quarterly(far), day, by="far_reviewer")
    of_two = ask(cast, village, quarterly(village), day, by="reviewer")
    assert extensions.for_city([alone, of_two]) == {alone.id}
    for asked, by in ((alone, "far_reviewer"), (of_two, "reviewer")):
        assert asked not in extensions.waiting(EVERYWHERE, by=cast.people[by], limit=9)
        with pytest.raises(NotAllowed, match="own_request"):
            grant(cast, asked, day, by=by)
    grant(cast, of_two, day, by="second_reviewer")
    grant(cast, alone, day, by="office")


def test_a_reviewer_who_is_liaison_of_the_unit_gives_it_nothing(cast: Cast) -> None:
    village = enrolment(cast)
    asked = ask(cast, village, quarterly(village), date(2026, 10, 10))
    person = db.session.get_one(Person, cast.people["reviewer"])
    people.grant(person, Role.LIAISON, unit=village.unit, valid_from=TODAY)
    with pytest.raises(NotAllowed):
        grant(cast, asked, date(2026, 10, 10))
    with pytest.raises(NotAllowed):
        extensions.refuse(asked, asked.row_version, "no", by=cast.people["reviewer"])


def test_what_it_does_to_coverage_is_known_before(cast: Cast) -> None:
    village = enrolment(cast)
    within = ask(cast, village, quarterly(village), date(2026, 10, 10))
    found = extensions.effect(within, within.wished_on)
    assert {name: each.then - each.now for name, each in found.items()} == {"town": 0, "city": 0}
    beyond = ask(cast, village, YEARLY, date(2027, 1, 20))
    found = extensions.effect(beyond, beyond.wished_on)
    town, city = found["town"], found["city"]
    assert (town.now, town.then, city.now, city.then) == (0, 1, 0, 1)
    assert town.enrolled < city.enrolled
    assert town.in_time == (town.enrolled, town.enrolled - 1)
    grant(cast, beyond, beyond.wished_on, by="office")
    # It waits for this unit already: one more item of it changes nothing.
    other = ask(cast, village, "2.3", date(2027, 1, 20))
    found = extensions.effect(other, other.wished_on)
    assert (found["town"].now, found["town"].then) == (1, 1)


def test_a_stale_form_and_a_second_decision_change_nothing(cast: Cast) -> None:
    village = enrolment(cast)
    key, day = quarterly(village), date(2026, 10, 10)
    asked = ask(cast, village, key, day)
    with pytest.raises(Stale):
        extensions.grant(asked, 99, day, "", by=cast.people["reviewer"], city=False)
    version = asked.row_version
    grant(cast, asked, day)
    with pytest.raises(Stale):
        extensions.refuse(asked, version, "no", by=cast.people["second_reviewer"])
    with pytest.raises(Stale):
        extensions.ask(village, slot(village, key), 99, day, "why", by=cast.people["liaison"])


def test_what_is_late_can_still_be_sent_until_the_campaign_closes(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    key = quarterly(village)
    time.pass_by(days=30)
    assert line(village, key).to_do
    item = send(cast, village, key)
    assert item.state is ItemState.SUBMITTED


@pytest.mark.parametrize("ending", ["sent", "closed", "exempt"])
def test_what_cannot_be_decided_any_more_waits_for_nobody(cast: Cast, ending: str) -> None:
    village, office = enrolment(cast), cast.people["office"]
    asked = ask(cast, village, YEARLY, date(2027, 2, 1))
    assert list(extensions.waiting(EVERYWHERE, by=office, limit=9)) == [asked]
    if ending == "sent":
        send(cast, village, YEARLY)
    elif ending == "closed":
        campaigns.close(village.campaign, village.campaign.row_version, by=office)
    else:
        participation.leave(village, village.row_version, EnrolmentState.EXEMPT, "why", by=None)
    assert list(extensions.waiting(EVERYWHERE, by=office, limit=9)) == []


def test_a_unit_takes_its_request_back_and_may_ask_again(cast: Cast) -> None:
    village = enrolment(cast)
    key = quarterly(village)
    asked = ask(cast, village, key, date(2026, 10, 10))
    old, by = asked.row_version, cast.people["liaison"]
    for username in ("reviewer", "office", "neighbour"):
        with pytest.raises(NotAllowed):
            extensions.withdraw(asked, old, by=cast.people[username])
    extensions.withdraw(asked, old, by=by)
    assert (asked.withdrawn, asked.is_waiting, asked.is_refused) == (True, False, False)
    assert line(village, key).due_on == date(2026, 9, 30)
    assert events("item", asked.item_id) == ["more_time_asked", "more_time_withdrawn"]
    with pytest.raises(Stale):
        extensions.withdraw(asked, asked.row_version, by=by)
    with pytest.raises(Stale):
        grant(cast, asked, date(2026, 10, 5))
    again = ask(cast, village, key, date(2026, 10, 5))
    assert extensions.latest(again.item_id, waiting=True) is again


def test_what_is_decided_is_not_taken_back(cast: Cast) -> None:
    village = enrolment(cast)
    asked = ask(cast, village, quarterly(village), date(2026, 10, 10))
    old = asked.row_version
    grant(cast, asked, date(2026, 10, 5))
    for version in (old, asked.row_version):
        with pytest.raises(Stale):
            extensions.withdraw(asked, version, by=cast.people["liaison"])
    assert (asked.withdrawn, asked.granted_to) == (False, date(2026, 10, 5))
