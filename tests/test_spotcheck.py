"""Spot-checks: two members, neither knowing of the other, and how a check ends."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from campaigns import clock, history
from campaigns.acceptance import checks, records
from campaigns.acceptance.records import Candidate, Finding, Outcome, Verdict
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import EnrolmentState, ItemState
from campaigns.errors import NotAllowed, Refused, Stale
from campaigns.review import Decision
from tests import team
from tests.cast import NOW, Cast
from tests.conftest import Time
from tests.doing import events

HOLDS, FAILS = Verdict.HOLDS, Verdict.FAILS


@pytest.fixture
def candidate(cast: Cast, time: Time) -> Candidate:
    """A village that was drawn."""
    team.waiting(cast, time, "village")
    return records.chosen(team.drawn(cast, time).id)[0]


def first(candidate: Candidate, username: str = "office") -> checks.Seen:
    """The first item as somebody sees it."""
    return checks.seen(candidate, team.who(username))[0]


def test_the_second_sees_nothing_of_the_first_before_she_reported(candidate: Candidate) -> None:
    team.report(candidate, first(candidate), "acceptor", FAILS)
    for username in ("second_acceptor", "third_acceptor", "office", "leader", "auditor"):
        assert first(candidate, username).findings == (), username
        assert first(candidate, username).reported == 1
    (own,) = first(candidate, "acceptor").findings
    assert own.verdict is FAILS
    told = history.of_unit(candidate.enrolment.unit_id, seen_by_unit=False, limit=None)
    about = [each for each in told if each.subject == "spot"]
    assert [(each.verb, sorted(each.detail)) for each in about] == [("checked", ["key"])]
    team.report(candidate, first(candidate), "second_acceptor")
    for username in ("acceptor", "second_acceptor", "office", "auditor"):
        verdicts = [each.verdict for each in first(candidate, username).findings]
        assert verdicts == [FAILS, HOLDS], username
    assert events("spot", first(candidate).spot.id) == ["checked", "checked", "check_compared"]


def test_nothing_of_a_first_finding_is_in_the_agreement(candidate: Candidate) -> None:
    found = candidate.round_id
    team.report(candidate, first(candidate), "acceptor", FAILS)
    assert checks.agreements(found).overall.number == 0
    assert checks.agreements(found).by_person == []
    team.report(candidate, first(candidate), "second_acceptor")
    told = checks.agreements(found)
    assert (told.overall.number, told.overall.same) == (1, 0)
    posts = {team.who("acceptor"), team.who("second_acceptor")}
    assert {each for each, _ in told.by_person} == posts


def test_the_second_is_of_another_body(candidate: Candidate) -> None:
    team.report(candidate, first(candidate), "acceptor")
    with pytest.raises(NotAllowed, match="same_body"):
        team.report(candidate, first(candidate), "third_acceptor")
    team.report(candidate, first(candidate), "second_acceptor")
    assert first(candidate).spot.verdict is HOLDS
    with pytest.raises(Stale):
        team.report(candidate, first(candidate), "third_acceptor")


def test_nobody_reports_twice(candidate: Candidate) -> None:
    team.report(candidate, first(candidate), "acceptor")
    with pytest.raises(Stale):
        team.report(candidate, first(candidate), "acceptor", FAILS)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 1


@pytest.mark.parametrize("username", ["office", "reviewer", "liaison", "auditor"])
def test_only_the_team_reports(candidate: Candidate, username: str) -> None:
    with pytest.raises(NotAllowed, match="not_of_the_team"):
        team.report(candidate, first(candidate), username)


def test_who_had_a_part_in_the_item_does_not_check_it(candidate: Candidate) -> None:
    seen = first(candidate)
    row = {"item_id": seen.item.id, "approved": True, "preset": None, "reason": "", "due_on": None}
    row |= {"decided_by": team.who("acceptor"), "decided_at": NOW}
    db.session.execute(sa.insert(Decision).values(row))
    seen.item.submitted_by = team.who("second_acceptor")
    db.session.flush()
    for username in ("acceptor", "second_acceptor"):
        with pytest.raises(NotAllowed, match="own_upload"):
            team.report(candidate, seen, username)


def test_what_does_not_hold_is_said(candidate: Candidate) -> None:
    spot, by = first(candidate).spot, team.who("acceptor")
    with pytest.raises(Refused, match="finding_missing"):
        checks.report(candidate, spot.id, FAILS, "", spot.row_version, by=by)
    checks.report(candidate, spot.id, HOLDS, "", spot.row_version, by=by)


def settle(candidate: Candidate, username: str, reason: str = "现场再看过（虚构）") -> None:
    spot, by = first(candidate).spot, team.who(username)
    checks.settle(candidate, spot.id, FAILS, reason, spot.row_version, by=by)


def test_a_difference_is_settled_by_a_third_with_a_reason(candidate: Candidate) -> None:
    with pytest.raises(Refused, match="findings_missing"):
        settle(candidate, "office")
    team.report(candidate, first(candidate), "acceptor")
    team.report(candidate, first(candidate), "second_acceptor", FAILS)
    assert first(candidate).differs
    for username in ("acceptor", "second_acceptor"):
        with pytest.raises(NotAllowed, match="settled_by_others"):
            settle(candidate, username)
    with pytest.raises(Refused, match="why_missing"):
        settle(candidate, "third_acceptor", "")
    settle(candidate, "third_acceptor")
    assert first(candidate).spot.verdict is FAILS
    with pytest.raises(Stale):
        settle(candidate, "office")
    assert events("spot", first(candidate).spot.id)[-1] == "check_settled"


def test_a_check_ends_when_every_item_has_its_verdict(candidate: Candidate) -> None:
    team.report(candidate, first(candidate), "acceptor")
    with pytest.raises(Refused, match="items_unsettled"):
        team.conclude(candidate, Outcome.ACCEPTED)


def test_all_hold_so_the_unit_is_accepted_and_nothing_else(candidate: Candidate) -> None:
    team.report_all(candidate)
    for outcome in (Outcome.CONDITIONAL, Outcome.RETURNED):
        with pytest.raises(Refused, match="nothing_fails"):
            team.conclude(candidate, outcome)
    team.conclude(candidate, Outcome.ACCEPTED)
    assert candidate.enrolment.state is EnrolmentState.CITY_PASSED
    assert (candidate.outcome, candidate.settled_by) == (Outcome.ACCEPTED, team.who("acceptor"))
    with pytest.raises(Refused, match="check_concluded"):
        team.conclude(candidate, Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.CONDITIONAL, EnrolmentState.CONDITIONAL),
        (Outcome.RETURNED, EnrolmentState.NOT_PASSED),
    ],
)
def test_what_fails_is_open_again_with_what_was_found(
    candidate: Candidate, outcome: Outcome, state: EnrolmentState
) -> None:
    team.report_all(candidate, failing=2)
    with pytest.raises(Refused, match="items_fail"):
        team.conclude(candidate, Outcome.ACCEPTED)
    day = clock.today() + timedelta(days=20)
    team.conclude(candidate, outcome, day)
    enrolment = candidate.enrolment
    assert enrolment.state is state
    assert enrolment.mend_by == (day if outcome is Outcome.CONDITIONAL else None)
    failing = [each for each in checks.seen(candidate, 0) if each.spot.verdict is FAILS]
    assert len(failing) == 2
    for each in failing:
        assert each.item.state is ItemState.RETURNED
        assert "路灯不亮" in (each.item.reason or "")
        assert events("item", each.item.id)[-1] == "reopened"
    assert enrolment.returned == 2
    assert list(recount.check()) == []


def test_a_condition_has_its_last_day(candidate: Candidate) -> None:
    team.report_all(candidate, failing=1)
    today = clock.today()
    for day in (None, today, today + timedelta(days=367)):
        with pytest.raises(Refused, match="mend_by_missing"):
            team.conclude(candidate, Outcome.CONDITIONAL, day)
