"""Objections: who can be objected to and when, what an answer does, and that naming waits."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from campaigns import titles
from campaigns.database import db
from campaigns.enrolment import objections, recount, transitions
from campaigns.enrolment.objections import Contact, Objection, Result
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import NotFound, Refused, Stale
from campaigns.history import Event
from campaigns.jurisdictions import Scope
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, name

WORDS = "村口的灯已经坏了两个月"
STEPS = (["town", "city", "notice"], ["town", "notice"], ["notice"])


def publicised(cast: Cast, time: Time, steps: list[str] | None = None, days: int = 5) -> Enrolment:
    """An enrolment on public notice since today."""
    time.now += timedelta(days=90)
    village = enrolment(cast)
    village.campaign.steps, village.campaign.notice_days = steps or STEPS[0], days
    transitions.move_on(village, EnrolmentState.TOWN_PASSED, by=None)
    while village.state is not EnrolmentState.PUBLICISED:
        transitions.advance(village, village.row_version, by=cast.people["acceptor"])
    return village


def raised(village: Enrolment, words: str = WORDS, contact: str = "") -> Objection:
    return objections.raise_(village.campaign_id, village.id, words, contact)


def answered(cast: Cast, found: Objection, result: Result | None, words: str = "已查实") -> None:
    whole = objections.find(found.id, EVERYWHERE)
    objections.answer(whole, whole.row_version, result, words, by=cast.people["office"])


def agrees() -> bool:
    return [*titles.check(), *recount.check()] == []


def test_an_objection_is_kept_with_its_event_and_nobody_is_named_until_it_is_answered(
    cast: Cast, time: Time
) -> None:
    village = publicised(cast, time)
    found = raised(village)
    assert (found.text, found.raised_at, found.result) == (WORDS, time.now, None)
    assert events("objection", found.id) == ["objected"]
    event = db.session.scalars(sa.select(Event).where(Event.verb == "objected")).one()
    assert (event.unit_id, event.person_id, event.detail) == (village.unit_id, None, {})
    time.pass_by(days=10)
    with pytest.raises(Refused, match="objection_open"):
        name(cast, village)
    assert titles.ready(EVERYWHERE, limit=5) == []
    answered(cast, found, Result.DISMISSED)
    assert events("objection", found.id) == ["objected", "objection_dismissed"]
    assert village.state is EnrolmentState.PUBLICISED
    assert [each.id for each in titles.ready(EVERYWHERE, limit=5)] == [village.id]
    name(cast, village)
    assert agrees()


@pytest.mark.parametrize("steps", STEPS, ids="-".join)
@pytest.mark.parametrize("result", [Result.AGAIN, Result.NOT_PASSED])
def test_where_it_was_right_the_unit_goes_back(
    cast: Cast, time: Time, steps: list[str], result: Result
) -> None:
    village = publicised(cast, time, steps)
    before = village.row_version
    answered(cast, raised(village), result)
    back = EnrolmentState.CITY_PASSED if "city" in steps else EnrolmentState.TOWN_PASSED
    assert village.state is (back if result is Result.AGAIN else EnrolmentState.NOT_PASSED)
    assert village.notice_until is None
    assert village.row_version > before
    assert events("enrolment", village.id)[-1] == "taken_off_notice"
    assert agrees()
    if result is Result.AGAIN:
        after = transitions.advance(village, village.row_version, by=cast.people["acceptor"])
        assert after is EnrolmentState.PUBLICISED
        assert village.notice_until is not None


def test_a_second_objection_that_was_right_too_moves_nothing_more(cast: Cast, time: Time) -> None:
    village = publicised(cast, time)
    first, second = raised(village), raised(village, "另一件事")
    answered(cast, first, Result.NOT_PASSED)
    version = village.row_version
    answered(cast, second, Result.AGAIN)
    assert (village.state, village.row_version) == (EnrolmentState.NOT_PASSED, version)
    assert objections.counted([village.id]) == {village.id: 2}
    assert objections.with_open([village.id]) == set()


def test_one_objects_on_every_day_of_the_notice_and_on_none_after(cast: Cast, time: Time) -> None:
    village = publicised(cast, time)
    assert village.notice_until == date(2026, 12, 22)
    time.pass_by(days=7)
    raised(village)
    time.pass_by(days=1)
    with pytest.raises(Refused, match="objection_too_late"):
        raised(village)


def test_the_unit_has_to_be_of_the_campaign(cast: Cast, time: Time) -> None:
    village = publicised(cast, time)
    other = cast.campaigns["safe-school"]
    with pytest.raises(Refused, match="objection_too_late"):
        objections.raise_(other, village.id, WORDS)


@pytest.mark.parametrize(
    ("words", "contact", "why"),
    [
        ("", "", "objection_missing"),
        (" \n", "", "objection_missing"),
        ("字" * 2001, "", "text_too_long"),
        ("他是 11010519491231002X", "", "identity_number"),
        (WORDS, "11010519491231002X", "identity_number"),
        (WORDS, "字" * 101, "text_too_long"),
        ("打 13800138000 问我", "", "objection_phone"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    cast: Cast, time: Time, words: str, contact: str, why: str
) -> None:
    village = publicised(cast, time)
    with pytest.raises(Refused, match=why):
        raised(village, words, contact)


def test_the_contact_is_kept_apart_and_gone_with_the_answer(cast: Cast, time: Time) -> None:
    village = publicised(cast, time)
    found, other = raised(village, contact="13800138000"), raised(village, contact="a@b.cn")
    assert objections.contacts([found]) == {found.id: "13800138000"}
    answered(cast, found, Result.DISMISSED)
    assert list(db.session.scalars(sa.select(Contact.contact))) == ["a@b.cn"]
    told = [str(each.detail) for each in db.session.scalars(sa.select(Event))]
    assert not [each for each in told if "13800138000" in each]
    assert objections.contacts([other]) == {other.id: "a@b.cn"}


def test_an_answer_needs_a_result_and_words_and_is_given_once(cast: Cast, time: Time) -> None:
    found = raised(publicised(cast, time))
    with pytest.raises(Refused, match="result_missing, answer_missing"):
        answered(cast, found, None, " ")
    whole = objections.find(found.id, EVERYWHERE)
    with pytest.raises(Stale):
        objections.answer(whole, 7, Result.DISMISSED, "不属实", by=cast.people["office"])
    answered(cast, found, Result.DISMISSED)
    for result in Result:
        with pytest.raises(Stale):
            answered(cast, found, result)


def test_objections_are_found_within_the_scope(cast: Cast, time: Time) -> None:
    found = raised(publicised(cast, time))
    nowhere = Scope(units=frozenset({cast.units["neighbour"]}))
    assert objections.find(found.id, EVERYWHERE).text == WORDS
    with pytest.raises(NotFound):
        objections.find(found.id, nowhere)
    assert (objections.waiting(EVERYWHERE), objections.waiting(nowhere)) == (1, 0)
    assert [each.id for each in objections.of_scope(EVERYWHERE, is_open=True, limit=5)] == [
        found.id
    ]
    assert list(objections.of_scope(nowhere, is_open=True, limit=5)) == []
    assert list(objections.of_scope(EVERYWHERE, is_open=False, limit=5)) == []


def test_the_public_list_holds_who_is_on_notice_and_for_a_while_who_was_named(
    cast: Cast, time: Time
) -> None:
    village = publicised(cast, time)

    def seen() -> list[int]:
        return [each.id for each in objections.listed(village.campaign_id, offset=0, limit=9)]

    assert objections.campaign_on_notice(village.campaign_id) is village.campaign
    assert seen() == [village.id]
    time.pass_by(days=8)
    assert seen() == [village.id]
    name(cast, village)
    assert seen() == [village.id]
    time.pass_by(days=29)
    assert seen() == [village.id]
    time.pass_by(days=1)
    assert seen() == []


@pytest.mark.parametrize("state", [*EnrolmentState])
def test_nobody_else_is_on_the_list(cast: Cast, time: Time, state: EnrolmentState) -> None:
    village = publicised(cast, time)
    village.state = state
    db.session.flush()
    found = objections.listed(village.campaign_id, offset=0, limit=9)
    assert bool(found) is (state in {EnrolmentState.PUBLICISED, EnrolmentState.NAMED})


def test_a_campaign_without_a_notice_has_no_list(cast: Cast, time: Time) -> None:
    village = publicised(cast, time)
    for campaign_id in (cast.campaigns["safe-school"], 2**31 - 1):
        with pytest.raises(NotFound):
            objections.campaign_on_notice(campaign_id)
    village.campaign.state = "opening"  # type: ignore[assignment]
    db.session.flush()
    with pytest.raises(NotFound):
        objections.campaign_on_notice(village.campaign_id)
