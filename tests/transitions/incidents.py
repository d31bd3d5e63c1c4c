"""The veto ledger: incidents recorded, confirmed, appealed against and lifted."""

from datetime import timedelta
from functools import partial

from campaigns import incidents, units
from campaigns.incidents import records
from campaigns.incidents.records import Incident
from campaigns.incidents.touching import touched
from tests import team
from tests.doing import EVERYWHERE
from tests.test_incidents import hold, kind
from tests.transitions import (
    CITY,
    PROVERS,
    TODAY,
    Act,
    Cell,
    Sent,
    State,
    Subject,
    World,
    in_each,
    last,
    of_last,
    to,
    version_of_last,
)

KIND, UNTIL = "drug_site", TODAY + timedelta(days=60)


def _incident(_world: World) -> Incident:
    found = last(Incident)
    assert found
    return records.find(found.id, EVERYWHERE)


def recorded(world: World, by: str = "police", days: float = 1) -> None:
    """Somebody has entered what happened where the village lies."""
    place = units.find(world.cast.units["village"], EVERYWHERE).place
    with world.earlier(days=days):
        day = world.time.now.date()
        incidents.record(
            *(kind(KIND), place, None, day, 1, "阆公通〔2026〕7号"), by=world.cast.people[by]
        )


def confirmed(world: World, by: str = "police") -> None:
    """Another one of the city office has confirmed it."""
    recorded(world, by)
    found = _incident(world)
    judge = _other_office(world)
    incidents.confirm(found, found.row_version, touched(found).names, UNTIL, by=judge)


def _other_office(_world: World) -> int:
    return team.who("second_office")


def _appealed(world: World, by: str = "police") -> None:
    confirmed(world, by)
    found, unit = _incident(world), world.cast.units["village"]
    liaison = world.cast.people["liaison"]
    incidents.appeal(found, found.row_version, unit, "It was elsewhere.", by=liaison)


def _refused(world: World) -> None:
    _appealed(world)
    found, unit = _incident(world), world.cast.units["village"]
    incidents.decide(
        found, found.row_version, unit, (), "It was not.", by=world.cast.people["office"]
    )


def _lifted(world: World) -> None:
    confirmed(world)
    found = _incident(world)
    held = list(incidents.held_today(found))
    incidents.lift(found, found.row_version, held, "So.", by=world.cast.people["office"])


def _dropped(world: World) -> None:
    recorded(world)
    found = _incident(world)
    incidents.drop(found, found.row_version, "An error.", by=world.cast.people["office"])


def _over(world: World) -> None:
    """Confirmed long ago, and its days are over."""
    recorded(world, days=40)
    with world.earlier(days=30):
        found = _incident(world)
        until = world.time.now.date() + timedelta(days=10)
        seen = touched(found).names
        incidents.confirm(found, found.row_version, seen, until, by=world.cast.people["office"])


STATES = {
    "nothing": State(lambda _world: None),
    "recorded": State(recorded),
    "recorded by the office": State(lambda world: recorded(world, "office")),
    "confirmed": State(confirmed),
    "appealed against": State(_appealed),
    "recorded by the office, appealed against": State(lambda world: _appealed(world, "office")),
    "appeal refused": State(_refused),
    "lifted": State(_lifted),
    "dropped": State(_dropped),
    "over": State(_over),
}


def _stands(_world: World) -> str:
    found = last(Incident)
    return "nothing" if found is None else found.state.value


_path = of_last(Incident)


_version = partial(version_of_last, Incident)


def _recording(world: World) -> Sent:
    place = units.find(world.cast.units["village"], EVERYWHERE).place
    day = (TODAY - timedelta(days=1)).isoformat()
    return {"kind": KIND, "place": place.code, "day": day, "number": "1", "notice_number": "7"}


def _confirming(world: World) -> Sent:
    there = touched(_incident(world)).names if last(Incident) else ()
    return {**_version(until=UNTIL.isoformat())(world), "touched": sorted(there)}


def _unit(world: World) -> Sent:
    return {"unit": str(world.cast.units["village"])}


def _held(world: World) -> Sent:
    held = list(incidents.held_today(_incident(world))) if last(Incident) else []
    return {"lifted": held or ["suspension-1"]}


_RECORDED = {
    "recorded": to("dropped", "police", *CITY),
    "recorded by the office": to("dropped", *CITY),
}
_APPEALED = "appealed against"
_OWN_APPEALED = "recorded by the office, appealed against"


def _decided(after: str) -> dict[str, Cell]:
    return {_APPEALED: to(after, *CITY), _OWN_APPEALED: to(after, "second_office")}


ACTS = (
    Act(
        "record",
        "incidents.record",
        _recording,
        in_each(STATES, "recorded", "police", *CITY),
        ("incident_recorded",),
        stale=None,
    ),
    Act(
        "confirm",
        "incidents.confirm",
        _confirming,
        {
            "recorded": to("confirmed", *CITY),
            "recorded by the office": to("confirmed", "second_office"),
        },
        ("suspended", "veto_placed", "incident_confirmed"),
        _path,
    ),
    Act(
        "drop", "incidents.drop", _version(why="An error."), _RECORDED, ("incident_dropped",), _path
    ),
    Act(
        "appeal",
        "incidents.appeal",
        lambda world: {**_version(reason="It was elsewhere.")(world), **_unit(world)},
        {"confirmed": to("appealed", *PROVERS)},
        ("incident_appealed",),
        _path,
    ),
    Act(
        "refuse an appeal",
        "incidents.decide",
        lambda world: {**_version(why="It was not.")(world), **_unit(world)},
        _decided("confirmed"),
        ("appeal_refused",),
        _path,
    ),
    Act(
        "grant an appeal",
        "incidents.decide",
        lambda world: {**_version(why="So it was.")(world), **_unit(world), **_held(world)},
        _decided("lifted"),
        ("suspension_lifted", "veto_lifted", "appeal_upheld"),
        _path,
    ),
    Act(
        "lift",
        "incidents.lift",
        lambda world: {**_version(why="So.")(world), **_held(world)},
        {
            **in_each(("confirmed", "appeal refused"), "lifted", *CITY),
            # The unit is still owed an answer.
            **in_each((_APPEALED, _OWN_APPEALED), "appealed", *CITY),
        },
        ("suspension_lifted", "veto_lifted", "incident_lifted"),
        _path,
    ),
)

INCIDENT = Subject("incident", lambda world: hold(world.cast), STATES, _stands, ACTS)
