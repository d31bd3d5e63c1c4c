"""Every transition of a round and its checks x every state: what is allowed works, all else is
refused and changes nothing."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from campaigns.acceptance import checks, records, rounds
from campaigns.acceptance.records import Candidate, Outcome, Round, RoundState, Verdict
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.errors import CampaignError, Stale
from tests import team
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import enrolment

#: Where a round can stand. ``due`` is announced on the day of its draw, ``found`` is drawn with
#: every finding in, ``concluded`` has no check left.
STATES = ("prepared", "announced", "due", "drawn", "found", "concluded", "ended", "called_off")


def brought_to(cast: Cast, time: Time, state: str) -> Round:
    """A round of two villages of two towns, at a state."""
    team.waiting(cast, time, "village", "far village")
    office = cast.people["office"]
    if state in {"prepared", "called_off"}:
        found = team.begun(cast)
        if state == "called_off":
            rounds.call_off(found, found.row_version, "不办了", by=office)
        return found
    if state in {"announced", "due"}:
        found = team.announced(cast)
        if state == "due":
            time.pass_by(days=1)
        return found
    found = team.drawn(cast, time)
    if state != "drawn":
        for each in records.chosen(found.id):
            team.report_all(each)
            if state != "found":
                team.conclude(each, Outcome.ACCEPTED)
    if state == "ended":
        rounds.end(found, found.row_version, by=office)
    return found


def join(found: Round, by: int) -> None:
    rounds.join(found, found.row_version, team.who("acceptor"), team.JUSTICE, by=by)


def leave(found: Round, by: int) -> None:
    rounds.leave(found, found.row_version, team.who("acceptor"), by=by)


def announce(found: Round, by: int) -> None:
    rounds.announce(found, found.row_version, team.terms(), by=by)


def draw(found: Round, by: int) -> None:
    rounds.draw(found, found.row_version, team.SEED, by=by)


def call_off(found: Round, by: int) -> None:
    rounds.call_off(found, found.row_version, "不办了", by=by)


def end(found: Round, by: int) -> None:
    rounds.end(found, found.row_version, by=by)


def chosen(found: Round) -> Candidate:
    """The unit that is checked; before the lot whoever is on the list stands for it."""
    whole = records.chosen(found.id)
    if whole:
        return whole[0]
    raise NoCheckYet


class NoCheckYet(CampaignError):
    """There is nothing that could be said anything of."""


def report(found: Round, by: int) -> None:
    candidate = chosen(found)
    seen = checks.seen(candidate, by)[0]
    person, version = team.who("acceptor"), seen.spot.row_version
    checks.report(candidate, seen.spot.id, Verdict.HOLDS, "", version, by=person)


def conclude(found: Round, by: int) -> None:
    candidate = chosen(found)
    checks.conclude(candidate, candidate.row_version, Outcome.ACCEPTED, "", None, by=by)


def settle(found: Round, by: int) -> None:
    candidate = chosen(found)
    spot = checks.seen(candidate, by)[0].spot
    checks.settle(candidate, spot.id, Verdict.HOLDS, "因为", spot.row_version, by=by)


#: Where each transition is allowed; everywhere else it is refused.
ALLOWED: dict[Callable[[Round, int], None], set[str]] = {
    join: {"prepared"},
    leave: {"prepared"},
    announce: {"prepared"},
    draw: {"due"},
    call_off: {"prepared", "announced"},
    report: {"drawn"},
    settle: set(),  # nothing differs here: see test_spotcheck
    conclude: {"found"},
    end: {"concluded"},
}


def written() -> list[str]:
    """All that a transition could change."""
    db.session.flush()
    return [
        f"{table.name}{[tuple(row) for row in db.session.execute(sa.select(table))]}"
        for table in db.metadata.sorted_tables
        if table.name
        in {
            *("acceptance_round", "acceptance_member", "candidate", "spot", "finding"),
            *("enrolment", "item", "progress", "event"),
        }
    ]


@pytest.mark.parametrize("state", STATES)
def test_every_transition_in_every_state(cast: Cast, time: Time, state: str) -> None:
    found = brought_to(cast, time, state)
    round_id, office = found.id, cast.people["office"]
    for transition, allowed in ALLOWED.items():
        before = written()
        saved = db.session.begin_nested()
        told = f"{transition.__name__} of a round that is {state}"
        if state in allowed:
            transition(found, office)
            assert written() != before, told
            assert list(recount.check()) == [], told
        else:
            with pytest.raises(CampaignError):
                transition(found, office)
            assert written() == before, told
        saved.rollback()
        db.session.expunge_all()
        found = records.find(round_id, team.EVERYWHERE)


@pytest.mark.parametrize("state", STATES)
def test_outside_a_round_a_unit_is_accepted_only_where_none_runs(
    cast: Cast, time: Time, state: str
) -> None:
    found = brought_to(cast, time, state)
    late = enrolment(cast, "neighbour")
    team.pass_town(cast, late)
    office = cast.people["office"]
    if state in {"prepared", "called_off"}:
        rounds.advance(late, late.row_version, by=office)
        return
    with pytest.raises(CampaignError):
        rounds.advance(late, late.row_version, by=office)
    assert found.state in {RoundState.ANNOUNCED, RoundState.DRAWN, RoundState.ENDED}


def test_what_was_opened_before_somebody_else_changed_it_is_stale(cast: Cast, time: Time) -> None:
    found, office = brought_to(cast, time, "prepared"), cast.people["office"]
    old = found.row_version
    join(found, office)
    for stale in (
        lambda: rounds.announce(found, old, team.terms(), by=office),
        lambda: rounds.call_off(found, old, "不办了", by=office),
        lambda: rounds.leave(found, old, team.who("acceptor"), by=office),
    ):
        with pytest.raises(Stale):
            stale()
