"""What people are told of: once, when they may know it, and until they have read it."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, history, notices, people, register
from campaigns.campaign import Campaign, extension
from campaigns.database import db
from campaigns.enrolment import participation, transitions
from campaigns.enrolment.records import EnrolmentState
from campaigns.errors import NotFound
from campaigns.jurisdictions import Jurisdiction
from campaigns.notices import Notice, source
from campaigns.notices.records import Mark
from campaigns.pages import notices as words
from campaigns.people import Actor, Role
from campaigns.review import assignments
from campaigns.units import Kind, Unit
from tests.cast import TIANGONG, Cast
from tests.conftest import Time
from tests.doing import (
    EVERYWHERE,
    approve,
    begun,
    enrolment,
    finish,
    give_back,
    handed_over,
    name,
    send,
    statements,
)


def actor(cast: Cast, username: str = "liaison") -> Actor:
    """Somebody of the cast as she signs in."""
    found = people.actor(cast.people[username])
    assert found
    return found


def told(cast: Cast, username: str = "liaison") -> list[tuple[str, int]]:
    """What somebody has not read, as verb and number, the latest first."""
    found = [each for each in notices.listed(actor(cast, username)) if not each.is_read]
    assert notices.unread(actor(cast, username)) == len(found)
    return [(each.verb, each.number) for each in found]


@pytest.fixture(autouse=True)
def later(time: Time) -> None:
    """Everybody of the cast has been there for a minute: her campaigns opened before she came."""
    time.pass_by(minutes=1)


def test_a_decision_is_told_of_when_it_cannot_be_undone_any_more(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, "1.3"))
    assert told(cast) == []
    time.pass_by(minutes=4, seconds=59)
    assert told(cast) == []
    time.pass_by(seconds=1)
    assert told(cast) == [("returned", 1)]
    assert told(cast, "neighbour") == []
    assert told(cast, "reviewer") == []
    (notice,) = notices.listed(actor(cast))[:1]
    assert (notice.item_key, notice.detail["preset"]) == ("1.3", "unclear")
    assert notice.enrolment is not None
    assert notice.enrolment.id == village.id


def test_a_decision_that_was_undone_is_never_told_of(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    first, second = send(cast, village, "1.3"), send(cast, village, "2.2")
    give_back(cast, village, first)
    give_back(cast, village, second)
    time.pass_by(minutes=2)
    history.record("undone", "item", first.id, by=None, unit_id=village.unit_id)
    time.pass_by(minutes=30)
    assert [each.item_key for each in unread(cast)] == ["2.2"]


def test_approvals_of_a_day_are_one_notice(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    for key in ("1.3", "2.2", "1.1"):
        approve(cast, village, send(cast, village, key))
    time.pass_by(minutes=5)
    assert told(cast) == [("approved", 3)]
    (notice,) = unread(cast)
    notices.mark_read(actor(cast), notice)
    assert told(cast) == []
    time.pass_by(minutes=5)
    approve(cast, village, send(cast, village, "1.2"))
    time.pass_by(minutes=5)
    assert told(cast) == [("approved", 1)]
    assert [each.number for each in notices.listed(actor(cast))][:2] == [1, 3]


def test_the_steps_to_a_title_are_told_of_once(cast: Cast, time: Time) -> None:
    time.pass_by(days=90)
    village = enrolment(cast)
    finish(cast, village)
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    name(cast, village)
    assert {verb for verb, _ in told(cast)} == {"town_passed", "named"}
    assert [verb for verb, _ in told(cast)].count("named") == 1


def test_an_exemption_is_told_of_with_its_reason(cast: Cast) -> None:
    village = enrolment(cast)
    participation.leave(village, village.row_version, EnrolmentState.EXEMPT, "停用", by=None)
    (notice,) = unread(cast)
    assert (notice.verb, notice.detail["reason"]) == ("exempt", "停用")


def campaign_over_schools(cast: Cast) -> Campaign:
    """A campaign over every school, opened now."""
    found = begun(cast, "safe-market")
    found.version_id = campaigns.find(cast.campaigns["safe-school"], EVERYWHERE).version_id
    found.opens_on, found.due_on = clock.today(), date(2027, 6, 30)
    found.review_due_on = found.due_on
    db.session.flush()
    participation.open_campaign(found, by=None)
    return found


def test_a_campaign_that_opens_is_one_row_however_many_it_tells(cast: Cast) -> None:
    before = db.session.scalar(sa.select(sa.func.count(history.Event.id))) or 0
    opened = campaign_over_schools(cast)
    after = db.session.scalar(sa.select(sa.func.count(history.Event.id))) or 0
    assert after - before <= 4
    assert told(cast, "school_liaison") == [("opened", 1)]
    assert told(cast, "liaison") == []
    notice = notices.listed(actor(cast, "school_liaison"))[0]
    assert notice.campaign is opened


def test_newcomers_are_told_and_who_takes_part_already_is_not(cast: Cast, time: Time) -> None:
    opened = campaign_over_schools(cast)
    time.pass_by(hours=1)
    place = db.session.get_one(Jurisdiction, cast.places[TIANGONG])
    made = Unit(
        code="NEW", name_zh="新校", name_en="New school", kind=Kind.SCHOOL,
        valid_from=date(2026, 9, 1),
    )  # fmt: skip
    register.enter([(made, place)])
    person = people.add("newcomer", made.name, "a long enough password")
    people.grant(person, Role.LIAISON, unit=made, valid_from=date(2026, 9, 1))
    cast.people["newcomer"] = person.id
    time.pass_by(hours=1)
    participation.enrol_newcomers(opened, by=cast.people["office"])
    assert told(cast, "newcomer") == [("enrolled", 1)]
    assert told(cast, "school_liaison") == [("opened", 1)]
    extension.extend(
        opened, opened.row_version, date(2027, 7, 31), date(2027, 7, 31), "暴雨", by=None
    )
    assert told(cast, "newcomer") == [("extended", 1), ("enrolled", 1)]
    assert told(cast, "school_liaison") == [("extended", 1), ("opened", 1)]
    del cast.people["newcomer"]


def test_a_title_is_told_of_90_30_and_7_days_before_its_end(cast: Cast, time: Time) -> None:
    time.pass_by(days=90)
    village = enrolment(cast)
    finish(cast, village)
    transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    title = name(cast, village)
    notices.mark_all_read(actor(cast), clock.now())
    seen: list[tuple[int, int]] = []
    for days in (91, 90, 31, 30, 8, 7, 1):
        first = datetime.combine(title.last_day - timedelta(days=days), datetime.min.time())
        time.now = first.replace(hour=10, tzinfo=clock.ZONE)
        seen.append((days, len(told(cast))))
    assert seen == [(91, 0), (90, 1), (31, 1), (30, 2), (8, 2), (7, 3), (1, 3)]
    assert {each.day for each in unread(cast)} == {title.last_day}
    time.pass_by(days=2)
    assert told(cast) == []


def test_reviewers_are_told_when_another_item_waits_too_long(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    send(cast, village, "4.2")
    time.pass_by(days=10)
    send(cast, village, "2.2")
    assert told(cast, "reviewer") == []
    time.pass_by(days=1)
    for username in ("reviewer", "second_reviewer", "police"):
        assert told(cast, username) == [("overdue", 1)]
    assert told(cast, "far_reviewer") == told(cast, "leader") == []
    notices.mark_read(actor(cast, "reviewer"), notices.listed(actor(cast, "reviewer"))[0])
    assert told(cast, "reviewer") == []
    time.pass_by(days=10)
    assert told(cast, "reviewer") == [("overdue", 1)]
    village.campaign.state = campaigns.CampaignState.CLOSED
    db.session.flush()
    assert told(cast, "reviewer") == []


def test_all_that_was_shown_is_read_and_nothing_else(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, "1.3"))
    time.pass_by(minutes=5)
    shown = notices.listed(actor(cast))[0].at
    give_back(cast, village, send(cast, village, "2.2"))
    time.pass_by(minutes=5)
    notices.mark_all_read(actor(cast), shown)
    assert [each.item_key for each in unread(cast)] == ["2.2"]
    notices.mark_all_read(actor(cast), clock.now())
    assert unread(cast) == []
    assert notices.unread(actor(cast, "neighbour")) == 0
    time.pass_by(hours=1)
    notices.mark_all_read(actor(cast), clock.now())
    marks = db.session.scalars(sa.select(Mark)).all()
    assert [each.key for each in marks] == [""]


def unread(cast: Cast) -> list[Notice]:
    return [each for each in notices.listed(actor(cast)) if not each.is_read]


def test_reading_all_leaves_what_was_on_its_way(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    before = clock.now()
    participation.leave(village, village.row_version, EnrolmentState.EXEMPT, "停用", by=None)
    time.pass_by(seconds=3)
    notices.mark_all_read(actor(cast), clock.now())
    assert unread(cast) == []
    # Written three seconds ago by somebody whose change others see only now.
    history.record("exemption_lifted", "enrolment", village.id, by=None, unit_id=village.unit_id)
    db.session.execute(
        sa.update(Mark).where(Mark.key == "").values(read_until=before - timedelta(seconds=7))
    )
    assert [each.verb for each in unread(cast)] == ["exemption_lifted"]


def test_what_is_older_than_the_inbox_is_gone(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, "1.3"))
    time.pass_by(days=91)
    assert notices.listed(actor(cast)) == []


def test_nobody_reads_or_marks_what_is_not_hers(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, "1.3"))
    time.pass_by(minutes=5)
    key = notices.listed(actor(cast))[0].key
    for username in ("neighbour", "reviewer", "leader", "admin"):
        with pytest.raises(NotFound):
            notices.find(actor(cast, username), key)
    assert notices.find(actor(cast), key).item_key == "1.3"


def test_both_reviewers_are_told_when_a_queue_changes_hands(cast: Cast, time: Time) -> None:
    number = handed_over(cast)
    assert told(cast, "reviewer") == [("queue_given", 1)]
    assert told(cast, "second_reviewer") == [("queue_taken", 1)]
    assert told(cast, "far_reviewer") == told(cast) == []
    (notice,) = notices.listed(actor(cast, "second_reviewer"))
    assert notice.queue is not None
    assert (notice.queue.giver.en, notice.queue.taker.en) == ("reviewer", "second_reviewer")
    assert notice.queue.first_day == notice.queue.last_day == clock.today()
    notices.mark_read(actor(cast, "second_reviewer"), notice)
    time.pass_by(minutes=1)
    assignments.take_back(number, 1, by=cast.people["reviewer"])
    assert told(cast, "second_reviewer") == [("queue_returned", 1)]
    assert told(cast, "reviewer") == [("queue_given", 1)]


def test_counting_is_one_statement_and_for_leaders_none(cast: Cast) -> None:
    for username, number in (("liaison", 1), ("reviewer", 1), ("leader", 0), ("auditor", 0)):
        person = actor(cast, username)
        with statements() as sent:
            notices.unread(person)
        assert len(sent) == number, username


def test_whatever_is_told_of_has_its_words() -> None:
    verbs = {
        *source.OF_UNIT,
        *source.OF_CAMPAIGN,
        *source.OF_QUEUE,
        source.EXPIRING,
        source.OVERDUE,
    }
    assert words._WHAT.keys() == words._NOW.keys() == verbs


def test_every_step_of_an_enrolment_is_told_of() -> None:
    assert {*EnrolmentState} - {"applied"} <= {*source.OF_UNIT}
