"""Acceptance rounds: the team, the closed list, the lot, the checks, the end."""

from datetime import timedelta
from functools import partial

from campaigns import campaign as campaigns
from campaigns.acceptance import checks, records, rounds
from campaigns.acceptance.records import Candidate, Outcome, Round, Spot, Verdict
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment import records as enrolments
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.units import Unit
from tests import team
from tests.doing import EVERYWHERE, enrolment, finish, newcomers, pass_town
from tests.team import STANDARD
from tests.transitions import (
    CITY,
    STAYS,
    TEAM,
    TODAY,
    Act,
    Form,
    Sent,
    State,
    Subject,
    World,
    id_of,
    in_each,
    last,
    of_last,
    to,
    version_of_last,
)


def _ground(world: World) -> None:
    """Three villages of two towns wait for the city, a fourth one still for its town."""
    campaign = campaigns.lock(world.cast.campaigns[STANDARD])
    campaign.steps = [Step.TOWN.value, Step.CITY.value]
    db.session.flush()
    with world.earlier(days=10):
        for each in team.VILLAGES:
            pass_town(world.cast, enrolment(world.cast, each))
        (late,) = newcomers(world.cast, 1)
        finish(world.cast, late)


def _round() -> Round:
    return records.find(id_of(last(Round)), EVERYWHERE)


def _begun(world: World) -> None:
    with world.earlier(days=5):
        team.begun(world.cast)


def _announced(world: World, days: float = 0) -> None:
    _begun(world)
    with world.earlier(days=days):
        found = _round()
        rounds.announce(found, found.row_version, team.terms(), by=world.cast.people["office"])


def _due(world: World) -> None:
    _announced(world, days=1)


def _drawn(world: World) -> None:
    _due(world)
    found = _round()
    rounds.draw(found, found.row_version, team.SEED, by=world.cast.people["office"])


def _check(number: int = 0) -> Candidate:
    return records.candidate(records.chosen(_round().id)[number].id, EVERYWHERE)


def _found(world: World, failing: int = 0) -> None:
    """Both members have said the same of every item of the first unit, and of the second."""
    _drawn(world)
    for number in range(len(records.chosen(_round().id))):
        team.report_all(_check(number), failing)


def _differing(world: World) -> None:
    """They do not agree on the first item."""
    _drawn(world)
    first = checks.seen(_check(), 0)[0]
    team.report(_check(), first, "acceptor", Verdict.HOLDS)
    team.report(_check(), checks.seen(_check(), 0)[0], "second_acceptor", Verdict.FAILS)


def _concluded(world: World) -> None:
    _found(world)
    for number in range(len(records.chosen(_round().id))):
        team.conclude(_check(number), Outcome.ACCEPTED)


def _ended(world: World) -> None:
    """A unit that the town passed only afterwards waits for the next one."""
    _concluded(world)
    found = _round()
    rounds.end(found, found.row_version, by=world.cast.people["office"])
    late = enrolments.find(id_of(last(Enrolment)), EVERYWHERE)
    transitions.examine(late, late.row_version, by=world.cast.people["reviewer"])


def _archived(world: World) -> None:
    """The campaign was archived while its units were checked."""
    _found(world)
    by = world.cast.people["office"]
    for move in (campaigns.close, campaigns.archive):
        campaign = campaigns.lock(world.cast.campaigns[STANDARD])
        move(campaign, campaign.row_version, by=by)


def _called_off(world: World) -> None:
    _begun(world)
    found = _round()
    rounds.call_off(found, found.row_version, "Flood.", by=world.cast.people["office"])


STATES = {
    "none": State(lambda _world: team.acceptors()),
    "being prepared": State(_begun),
    "announced": State(_announced),
    "on the day of the draw": State(_due),
    "drawn": State(_drawn),
    "findings differ": State(_differing),
    "everything holds": State(_found),
    "something fails": State(lambda world: _found(world, 1)),
    "checks concluded": State(_concluded),
    "ended": State(_ended),
    "everything holds, campaign archived": State(_archived),
    "called off": State(_called_off),
}


def _stands(_world: World) -> str:
    found = last(Round)
    return "none" if found is None else found.state.value


_path = of_last(Round)


_version = partial(version_of_last, Round)


def _person(**sent: str) -> Form:
    return lambda world: {**_version(**sent)(world), "person": team.who("acceptor")}


def _terms(world: World) -> Sent:
    day = (TODAY + timedelta(days=1)).isoformat()
    terms = {"share": "50", "others": "2", "source": team.SOURCE, "draws_on": day}
    return {**_version()(world), **terms}


def _adding(world: World) -> Sent:
    """Somebody who was not drawn."""
    found = last(Candidate, Candidate.chosen.is_(None))
    code = found.unit_code if found else db.session.get_one(Unit, world.cast.units["village"]).code
    return {**_version(why="A notice.")(world), "code": code}


def _chosen() -> Candidate | None:
    found = last(Round)
    chosen = records.chosen(found.id) if found else []
    return chosen[0] if chosen else None


def _of_check(_world: World) -> Sent:
    return {"id": id_of(_chosen())}


def _spot() -> Spot | None:
    """The first item that is checked."""
    found = _chosen()
    return checks.seen(found, 0)[0].spot if found else None


def _finding(**sent: str) -> Form:
    return lambda world: {
        **{"spot": id_of(_spot()), "version": world.version(_spot()), "verdict": "holds"},
        **sent,
    }


def _concluding(**sent: str) -> Form:
    return lambda world: {"version": world.version(_chosen()), **sent}


def _waiting(_world: World) -> Enrolment | None:
    """A unit that the town has passed and the city not yet."""
    return last(Enrolment, Enrolment.state == EnrolmentState.TOWN_PASSED)


_CHECKED = ("drawn", "findings differ", "everything holds", "something fails")

ACTS = (
    Act(
        "begin a round",
        "acceptance.begin",
        lambda world: {"campaign": world.cast.campaigns[STANDARD]},
        in_each(("none", "ended", "called off"), "prepared", *CITY),
        ("round_begun",),
        stale=None,
    ),
    Act(
        "put on the team",
        "acceptance.join",
        _person(body_zh="民政局", body_en="Civil affairs"),
        {"being prepared": to(STAYS, *CITY)},
        ("member_joined",),
        _path,
    ),
    Act(
        "take off the team",
        "acceptance.leave",
        _person(),
        {"being prepared": to(STAYS, *CITY)},
        ("member_left",),
        _path,
    ),
    Act(
        "announce",
        "acceptance.announce",
        _terms,
        {"being prepared": to("announced", *CITY)},
        ("round_announced",),
        _path,
    ),
    Act(
        "draw",
        "acceptance.draw",
        _version(seed=team.SEED),
        {"on the day of the draw": to("drawn", *CITY)},
        # One of each town.
        ("lot_drawn", "drawn", "drawn"),
        _path,
    ),
    Act(
        "call off",
        "acceptance.call_off",
        _version(reason="Flood."),
        in_each(("being prepared", "announced"), "called_off", *CITY),
        ("round_called_off",),
        _path,
    ),
    Act(
        "add by name",
        "acceptance.add",
        _adding,
        in_each((*_CHECKED, "checks concluded"), STAYS, *CITY),
        ("added_by_name",),
        _path,
    ),
    Act(
        "report",
        "spotcheck.report",
        _finding(),
        {"drawn": to(STAYS, *TEAM)},
        ("checked",),
        _of_check,
    ),
    Act(
        "settle",
        "spotcheck.settle",
        _finding(reason="We went there."),
        {"findings differ": to(STAYS, "third_acceptor", *CITY)},
        ("check_settled",),
        _of_check,
    ),
    Act(
        "accept what was checked",
        "spotcheck.conclude",
        _concluding(outcome="accepted"),
        {"everything holds": to(STAYS, *TEAM, *CITY)},
        ("city_passed",),
        _of_check,
    ),
    Act(
        "accept it on condition",
        "spotcheck.conclude",
        _concluding(
            outcome="conditional",
            reason="One of ten.",
            mend_by=(TODAY + timedelta(days=9)).isoformat(),
        ),
        {"something fails": to(STAYS, *TEAM, *CITY)},
        ("reopened", "conditional"),
        _of_check,
    ),
    Act(
        "return it",
        "spotcheck.conclude",
        _concluding(outcome="returned", reason="One of ten."),
        {"something fails": to(STAYS, *TEAM, *CITY)},
        ("reopened", "not_passed"),
        _of_check,
    ),
    Act(
        "end",
        "acceptance.end",
        _version(),
        {"checks concluded": to("ended", *CITY)},
        # Whoever was not drawn is accepted with it.
        ("city_passed", "round_ended"),
        _path,
    ),
    Act(
        "accept outside the round",
        "enrolment.advance",
        lambda world: {"version": world.version(_waiting(world))},
        in_each(("none", "being prepared", "called off"), STAYS, *TEAM, *CITY),
        ("city_passed",),
        lambda world: {"id": id_of(_waiting(world))},
    ),
)

ROUND = Subject("acceptance round", _ground, STATES, _stands, ACTS)
