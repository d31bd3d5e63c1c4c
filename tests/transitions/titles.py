"""Titles after naming: re-checked, suspended, to be withdrawn, answered for, withdrawn."""

from datetime import date, timedelta

from campaigns import titles
from campaigns.titles import Title, rechecks, suspending, withdrawing
from campaigns.titles.rechecks import Finding, Recheck, Visit
from campaigns.titles.withdrawing import Withdrawal
from tests.doing import EVERYWHERE
from tests.test_incidents import hold
from tests.transitions import (
    CITY,
    PROVERS,
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
)


def _title() -> Title:
    return titles.find(id_of(last(Title)), EVERYWHERE)


def _suspended(world: World) -> None:
    by = world.cast.people["office"]
    until = TODAY + timedelta(days=30)
    suspending.suspend([_title()], "A notice.", until=until, incident_id=None, by=by)


def _superseded(_world: World) -> None:
    """It ended before its time."""
    with titles.recounted([_title()]):
        _title().ended_on = date(2026, 11, 1)


def _rechecked(world: World) -> None:
    visit = Visit(TODAY, Finding.FAILED, "It was not there.")
    rechecks.enter(_title(), visit, by=world.cast.people["inspector"])


def _closed(world: World) -> None:
    _rechecked(world)
    found = rechecks.find(id_of(last(Recheck)), EVERYWHERE)
    rechecks.close(found, found.row_version, "Mended.", by=world.cast.people["inspector"])


def _announced(world: World, days: float = 1) -> Withdrawal:
    by = world.cast.people["office"]
    with world.earlier(days=days):
        made = withdrawing.announce(_title(), "It fell down.", "3", by=by)
    return withdrawing.find(made.id, EVERYWHERE)


def _answered(world: World) -> None:
    found = _announced(world)
    withdrawing.answer(found, found.row_version, "It stands.", by=world.cast.people["liaison"])


def _silent(world: World) -> None:
    """Nobody answered while there was time."""
    _announced(world, days=40)


def _withdrawn(world: World) -> None:
    _answered(world)
    found = withdrawing.find(id_of(last(Withdrawal)), EVERYWHERE)
    withdrawing.confirm(found, found.row_version, "It fell.", by=world.cast.people["office"])


def _let_stand(world: World) -> None:
    found = _announced(world)
    withdrawing.drop(found, found.row_version, "It stands.", by=world.cast.people["office"])


STATES = {
    "held": State(lambda _world: None),
    "suspended": State(_suspended),
    "ended": State(_superseded),
    "re-checked": State(_rechecked),
    "re-check closed": State(_closed),
    "to be withdrawn": State(_announced),
    "answered for": State(_answered),
    "not answered for": State(_silent),
    "withdrawn": State(_withdrawn),
    "let stand": State(_let_stand),
}
_OVER = {"ended", "withdrawn"}
_OPEN = ("to be withdrawn", "answered for", "not answered for")


def _stands(_world: World) -> str:
    """How far its withdrawal is, and what it is worth today where there is none."""
    found = last(Withdrawal)
    if found is not None:
        return found.state.value
    return titles.standing(_title(), TODAY).value


_path = of_last(Title)


def _of_recheck(world: World) -> Sent:
    return {**_path(world), "number": id_of(last(Recheck))}


def _of_withdrawal(world: World) -> Sent:
    return {**_path(world), "number": id_of(last(Withdrawal))}


def _withdrawal(**sent: str) -> Form:
    return lambda world: {"version": world.version(last(Withdrawal)), **sent}


_VISIT = {
    **{"finding": "to_mend", "checked_on": TODAY.isoformat(), "note": "The board is gone."},
    "mend_by": (TODAY + timedelta(days=9)).isoformat(),
}

ACTS = (
    Act(
        "re-check",
        "standing.recheck",
        lambda _world: _VISIT,
        in_each(set(STATES) - _OVER, STAYS, *TEAM, *CITY, "inspector"),
        ("rechecked",),
        _path,
        stale=None,
    ),
    Act(
        "close a re-check",
        "standing.close",
        lambda world: {"version": world.version(last(Recheck)), "why": "Mended."},
        {"re-checked": to(STAYS, *TEAM, *CITY, "inspector")},
        ("recheck_closed",),
        _of_recheck,
    ),
    Act(
        "announce its withdrawal",
        "standing.announce",
        lambda _world: {"reason": "It fell down.", "document_number": "3"},
        in_each(set(STATES) - _OVER - set(_OPEN), "announced", *CITY),
        ("withdrawal_announced",),
        _path,
        stale=None,
    ),
    Act(
        "answer",
        "standing.answer",
        _withdrawal(answer="It stands."),
        {"to be withdrawn": to("answered", *PROVERS)},
        ("withdrawal_answered",),
        _of_withdrawal,
    ),
    Act(
        "withdraw",
        "standing.confirm",
        _withdrawal(why="It fell."),
        in_each(("answered for", "not answered for"), "confirmed", *CITY),
        ("title_withdrawn",),
        _of_withdrawal,
    ),
    Act(
        "let it stand",
        "standing.drop",
        _withdrawal(why="It stands."),
        in_each(_OPEN, "dropped", *CITY),
        ("withdrawal_dropped",),
        _of_withdrawal,
    ),
)

TITLE = Subject("title", lambda world: hold(world.cast), STATES, _stands, ACTS)
