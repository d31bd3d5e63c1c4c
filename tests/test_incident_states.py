"""Every act on an incident in every state: allowed ones work, all others change nothing."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from campaigns import incidents
from campaigns.database import db
from campaigns.errors import CampaignError, Stale
from campaigns.incidents.records import Incident, IncidentState
from campaigns.incidents.touching import touched
from tests.cast import Cast
from tests.test_incidents import UNTIL, agrees, appeal, confirm, decide, hold, recorded

Act = Callable[[Cast, Incident], None]


def _drop(cast: Cast, incident: Incident) -> None:
    incidents.drop(incident, incident.row_version, "An error.", by=cast.people["office"])


def _lift(cast: Cast, incident: Incident) -> None:
    held = list(incidents.held_today(incident)) or ["suspension-1"]
    incidents.lift(incident, incident.row_version, held, "So.", by=cast.people["office"])


def _refuse(cast: Cast, incident: Incident) -> None:
    decide(cast, incident)


ACTS: dict[str, Act] = {
    "confirm": confirm,
    "drop": _drop,
    "appeal": appeal,
    "decide": _refuse,
    "lift": _lift,
}
#: How each state is reached.
WAYS: dict[IncidentState, tuple[str, ...]] = {
    IncidentState.RECORDED: (),
    IncidentState.CONFIRMED: ("confirm",),
    IncidentState.APPEALED: ("confirm", "appeal"),
    IncidentState.LIFTED: ("confirm", "lift"),
    IncidentState.DROPPED: ("drop",),
}
ALLOWED = {
    ("confirm", IncidentState.RECORDED),
    ("drop", IncidentState.RECORDED),
    ("appeal", IncidentState.CONFIRMED),
    ("decide", IncidentState.APPEALED),
    ("lift", IncidentState.CONFIRMED),
    ("lift", IncidentState.APPEALED),
}


def everything() -> list[object]:
    """The rows that an act on an incident may change."""
    tables = ("incident", "appeal", "suspension", "veto", "title", "title_change")
    return [
        tuple(row)
        for name in tables
        for row in db.session.execute(sa.select(db.metadata.tables[name]))
    ]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", WAYS)
def test_each_act_works_in_its_states_and_changes_nothing_in_the_others(
    cast: Cast, act: str, state: IncidentState
) -> None:
    hold(cast)
    incident = recorded(cast)
    for each in WAYS[state]:
        ACTS[each](cast, incident)
    assert incident.state is state
    before, version = everything(), incident.row_version
    if (act, state) in ALLOWED:
        ACTS[act](cast, incident)
        assert everything() != before
        assert incident.row_version > version
        assert agrees()
        return
    with pytest.raises(CampaignError):
        ACTS[act](cast, incident)
    assert everything() == before


@pytest.mark.parametrize("act", ["confirm", "drop", "appeal", "decide", "lift"])
def test_an_old_page_changes_nothing(cast: Cast, act: str) -> None:
    hold(cast)
    incident = recorded(cast)
    if act not in ("confirm", "drop"):
        confirm(cast, incident)
    if act == "decide":
        appeal(cast, incident)
    before, old = everything(), incident.row_version - 1
    calls: dict[str, Callable[[], object]] = {
        "confirm": lambda: incidents.confirm(
            *(incident, old, touched(incident).names, UNTIL), by=cast.people["office"]
        ),
        "drop": lambda: incidents.drop(incident, old, "So.", by=cast.people["office"]),
        "appeal": lambda: incidents.appeal(
            *(incident, old, cast.units["village"], "So."), by=cast.people["liaison"]
        ),
        "decide": lambda: incidents.decide(
            *(incident, old, cast.units["village"], (), "So."), by=cast.people["office"]
        ),
        "lift": lambda: incidents.lift(
            *(incident, old, list(incidents.held_today(incident)), "So."),
            by=cast.people["office"],
        ),
    }
    with pytest.raises(Stale):
        calls[act]()
    assert everything() == before
