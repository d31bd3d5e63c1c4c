"""Acceptance rounds: who is on the list, what the lot takes, and how a round ends."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.acceptance import lot, records, rounds
from campaigns.acceptance.records import Candidate, Chosen, Outcome, RoundState, Spot
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.records import EnrolmentState, Item
from campaigns.errors import Refused, Stale
from campaigns.history import Event
from campaigns.text import Bilingual
from tests import team
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import enrolment, events, pass_town


def keys(candidate: Candidate) -> set[str]:
    """The items of a unit that are checked."""
    query = sa.select(Item.key).join(Spot, Spot.item_id == Item.id)
    return set(db.session.scalars(query.where(Spot.candidate_id == candidate.id)))


def test_a_campaign_without_city_acceptance_has_no_round(cast: Cast) -> None:
    campaign = campaigns.lock(cast.campaigns["safe-hospital"])
    with pytest.raises(Refused, match="no_city_step"):
        rounds.begin(campaign, by=cast.people["office"])


def test_one_round_at_a_time(cast: Cast, time: Time) -> None:
    team.waiting(cast, time, "village")
    found = team.begun(cast)
    with pytest.raises(Refused, match="round_unfinished"):
        rounds.begin(found.campaign, by=cast.people["office"])


def test_a_team_of_one_body_cannot_begin(cast: Cast, time: Time) -> None:
    team.waiting(cast, time, "village")
    found, office = team.begun(cast), cast.people["office"]
    rounds.leave(found, found.row_version, team.who("second_acceptor"), by=office)
    with pytest.raises(Refused, match="one_body"):
        rounds.announce(found, found.row_version, team.terms(), by=office)
    third, body = team.who("third_acceptor"), Bilingual("司法局", "Justice bureau")
    rounds.join(found, found.row_version, third, body, by=office)
    assert rounds.announce(found, found.row_version, team.terms(), by=office) == 1


def test_only_acceptors_of_the_whole_place_join(cast: Cast, time: Time) -> None:
    team.waiting(cast, time, "village")
    found, office = team.begun(cast), cast.people["office"]
    for username in ("reviewer", "office", "liaison"):
        with pytest.raises(Refused, match="not_acceptor"):
            rounds.join(found, found.row_version, cast.people[username], team.POLICE, by=office)
    acceptor, half = cast.people["acceptor"], Bilingual("公安局", "")
    with pytest.raises(Refused, match="body_missing"):
        rounds.join(found, found.row_version, acceptor, half, by=office)
    with pytest.raises(Stale):
        rounds.join(found, found.row_version - 1, acceptor, team.POLICE, by=office)


def test_the_list_is_closed_before_anybody_can_know_the_seed(cast: Cast, time: Time) -> None:
    team.waiting(cast, time)
    found, office = team.begun(cast), cast.people["office"]
    today = clock.today()
    for day in (today, today - timedelta(days=1), today + timedelta(days=61)):
        terms = rounds.Terms(50, 2, team.SOURCE, day)
        with pytest.raises(Refused, match="draw_not_ahead"):
            rounds.announce(found, found.row_version, terms, by=office)
    rounds.announce(found, found.row_version, team.terms(), by=office)
    listed = [(each.town_code, each.unit_code) for each in records.candidates(found.id)]
    assert len(listed) == 3
    assert found.candidates_sha256 == lot.hash_of(listed)
    told = db.session.scalar(sa.select(Event.detail).where(Event.verb == "round_announced"))
    assert told is not None
    assert told["candidates_sha256"] == found.candidates_sha256
    with pytest.raises(Refused, match="draw_to_come"):
        rounds.draw(found, found.row_version, team.SEED, by=office)
    time.pass_by(days=1)
    with pytest.raises(Refused, match="seed_too_short"):
        rounds.draw(found, found.row_version, "1-2-3-4-5", by=office)


def test_who_comes_after_the_list_is_closed_waits_for_the_next_round(
    cast: Cast, time: Time
) -> None:
    team.waiting(cast, time, "village", "neighbour")
    found = team.announced(cast)
    late = enrolment(cast, "far village")
    pass_town(cast, late)
    time.pass_by(days=1)
    rounds.draw(found, found.row_version, team.SEED, by=cast.people["office"])
    assert late.id not in {each.enrolment_id for each in records.candidates(found.id)}
    with pytest.raises(Refused, match="round_running"):
        rounds.advance(late, late.row_version, by=cast.people["office"])
    finish(cast, found)
    assert late.state is EnrolmentState.TOWN_PASSED
    with pytest.raises(Refused, match="round_needed"):
        rounds.advance(late, late.row_version, by=cast.people["office"])


def test_the_lot_takes_some_of_each_town_and_can_be_repeated(cast: Cast, time: Time) -> None:
    team.waiting(cast, time)
    found = team.drawn(cast, time)
    chosen = records.chosen(found.id)
    assert [each.town_code for each in chosen] == ["511381128", "511381212"]
    assert [each.chosen for each in chosen] == [Chosen.BY_LOT] * 2
    lines = ["3 candidates, 2 drawn with seed 03071218223105: the same again"]
    assert lot.verdict(rounds.published(found)) == (lines, True)
    for each in chosen:
        assert {"4.1", "4.2"} < keys(each), "every veto"
        assert len(keys(each)) == 4
        assert events("candidate", each.id) == ["drawn"]


def test_a_unit_is_added_by_name_with_its_reason(cast: Cast, time: Time) -> None:
    team.waiting(cast, time)
    found, office = team.drawn(cast, time), cast.people["office"]
    left = next(each for each in records.candidates(found.id) if each.chosen is None)
    wanted = next(
        each
        for each in (enrolment(cast, name) for name in team.VILLAGES)
        if each.id == left.enrolment_id
    )
    with pytest.raises(Refused, match="why_missing"):
        rounds.add_by_name(found, found.row_version, wanted, "", by=office)
    rounds.add_by_name(found, found.row_version, wanted, "6月集市有一起警情（虚构）", by=office)
    assert (left.chosen, left.listed, len(keys(left))) == (Chosen.BY_NAME, True, 4)
    told = rounds.published(found)
    assert told["not_by_lot"] == [{"town": left.town_code, "unit": left.unit_code}]
    assert lot.verdict(told)[1], "who was added changes nothing of the lot"
    with pytest.raises(Refused, match="already_chosen"):
        rounds.add_by_name(found, found.row_version, wanted, "again", by=office)


def test_a_round_is_called_off_only_before_its_lot_can_be_known(cast: Cast, time: Time) -> None:
    (village,) = team.waiting(cast, time, "village")
    found, office = team.announced(cast), cast.people["office"]
    with pytest.raises(Refused, match="why_missing"):
        rounds.call_off(found, found.row_version, "", by=office)
    time.pass_by(days=1)
    with pytest.raises(Refused, match="too_late_to_call_off"):
        rounds.call_off(found, found.row_version, "别的原因", by=office)
    time.pass_by(days=-1)
    rounds.call_off(found, found.row_version, "开奖取消", by=office)
    assert found.state is RoundState.CALLED_OFF
    assert rounds.advance(village, village.row_version, by=office) is EnrolmentState.CITY_PASSED


def test_without_a_round_a_unit_is_accepted_by_itself(cast: Cast, time: Time) -> None:
    (village,) = team.waiting(cast, time, "village")
    acceptor = cast.people["acceptor"]
    assert rounds.advance(village, village.row_version, by=acceptor) is EnrolmentState.CITY_PASSED


def finish(cast: Cast, found: records.Round) -> int:
    """Every check ends well, and the round with them."""
    for each in records.chosen(found.id):
        team.report_all(each)
        team.conclude(each, Outcome.ACCEPTED)
    return rounds.end(found, found.row_version, by=cast.people["office"])


def test_the_end_accepts_who_was_not_drawn_and_every_counter_agrees(cast: Cast, time: Time) -> None:
    villages = team.waiting(cast, time)
    found = team.drawn(cast, time)
    assert rounds.ending(found).pending == 2
    with pytest.raises(Refused, match="checks_open"):
        rounds.end(found, found.row_version, by=cast.people["office"])
    assert rounds.ending(found).unchecked == 1
    assert finish(cast, found) == 1
    assert found.state is RoundState.ENDED
    assert {each.state for each in villages} == {EnrolmentState.CITY_PASSED}
    assert [events("enrolment", each.id)[-1] for each in villages] == ["city_passed"] * 3
    assert list(recount.check()) == []


def test_who_was_passed_on_condition_and_mended_needs_no_second_round(
    cast: Cast, time: Time
) -> None:
    team.waiting(cast, time, "village", "far village")
    found, office = team.drawn(cast, time), cast.people["office"]
    first, second = records.chosen(found.id)
    for each, outcome in ((first, Outcome.CONDITIONAL), (second, Outcome.RETURNED)):
        team.report_all(each, failing=1)
        team.conclude(each, outcome, clock.today() + timedelta(days=20))
    rounds.end(found, found.row_version, by=office)
    for each in (first, second):
        pass_town(cast, each.enrolment)
    rounds.advance(first.enrolment, first.enrolment.row_version, by=office)
    assert first.enrolment.state is EnrolmentState.CITY_PASSED
    with pytest.raises(Refused, match="round_needed"):
        rounds.advance(second.enrolment, second.enrolment.row_version, by=office)
    again = rounds.begin(found.campaign, by=office)
    assert rounds.waiting(again.campaign_id) == 1
    assert list(recount.check()) == []


def test_a_unit_that_left_holds_no_round_up(cast: Cast, time: Time) -> None:
    team.waiting(cast, time, "village", "far village")
    found, office = team.drawn(cast, time), cast.people["office"]
    gone = records.chosen(found.id)[0]
    transitions.move_on(gone.enrolment, EnrolmentState.WITHDRAWN, by=office)
    db.session.refresh(gone.enrolment, ["state"])
    assert rounds.ending(found).pending == 1
    with pytest.raises(Refused, match="enrolment_left"):
        team.conclude(gone, Outcome.ACCEPTED)
