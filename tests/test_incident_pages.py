"""The veto ledger over HTTP: who records, confirms, appeals and decides, and what each is shown."""

import pytest

from campaigns.database import db
from campaigns.incidents.records import Incident, IncidentState
from tests.conftest import Site
from tests.test_incident_states import ACTS, WAYS
from tests.test_incidents import hold, recorded
from tests.visiting import Visitor, form, forms, meanwhile

PEOPLE = (
    *("liaison", "neighbour", "reviewer", "far_reviewer", "police", "acceptor", "office"),
    *("signer", "inspector", "town_leader", "leader", "auditor", "admin"),
)
WORKERS: dict[str, dict[str, set[IncidentState]]] = {
    "confirm": {"office": {IncidentState.RECORDED}},
    "drop": {"office": {IncidentState.RECORDED}, "police": {IncidentState.RECORDED}},
    "appeal": {"liaison": {IncidentState.CONFIRMED}, "reviewer": {IncidentState.CONFIRMED}},
    "decide": {"office": {IncidentState.APPEALED}},
    "lift": {"office": {IncidentState.CONFIRMED, IncidentState.APPEALED}},
}


def prepared(site: Site, state: IncidentState) -> int:
    """An incident in this state, with a title that it touches; gives its id."""
    with meanwhile(site):
        hold(site.cast)
        incident = recorded(site.cast)
        for each in WAYS[state]:
            ACTS[each](site.cast, incident)
        return incident.id


def told(site: Site, incident_id: int) -> tuple[IncidentState, int]:
    with site.app.app_context():
        found = db.session.get_one(Incident, incident_id)
        return found.state, found.row_version


def plausible(site: Site, version: int, act: str) -> dict[str, object]:
    """A form that the office, the police or the unit might send for an act."""
    sent: dict[str, object] = {"version": version, "why": "So.", "reason": "So."}
    sent |= {"until": "2026-12-01", "unit": site.cast.units["village"]}
    if act == "confirm":
        number = site.cast.enrolment("village", "drug-free-village")
        sent["touched"] = ["title-1", f"enrolment-{number}"]
    if act == "lift":
        sent["lifted"] = ["suspension-1", "veto-1"]
    return sent


@pytest.mark.parametrize("state", IncidentState)
def test_each_act_is_for_its_role_in_its_state_and_changes_nothing_otherwise(
    site: Site, state: IncidentState
) -> None:
    number = prepared(site, state)
    before = told(site, number)
    for username in PEOPLE:
        visitor = Visitor(site, username)
        token = visitor.token()
        for act, workers in WORKERS.items():
            if state in workers.get(username, set()):
                continue
            sent = plausible(site, before[1], act) | {"csrf_token": token}
            answer = visitor.client.post(f"/incidents/{number}/{act}", data=sent)
            assert answer.status_code in {403, 404, 409, 422}, (username, act, answer.status_code)
            assert told(site, number) == before, (username, act)


@pytest.mark.parametrize(
    ("act", "username", "state"),
    [
        (act, username, state)
        for act, workers in WORKERS.items()
        for username, states in workers.items()
        for state in sorted(states)
    ],
)
def test_each_act_works_for_its_role_in_its_state(
    site: Site, act: str, username: str, state: IncidentState
) -> None:
    number = prepared(site, state)
    visitor = Visitor(site, username)
    before = told(site, number)
    sent = plausible(site, before[1], act) | {"csrf_token": visitor.token()}
    assert visitor.client.post(f"/incidents/{number}/{act}", data=sent).status_code == 303
    assert told(site, number)[1] > before[1]
    assert Visitor(site, "office").get(f"/incidents/{number}").status_code == 200


def test_from_the_record_to_the_appeal_each_finds_the_next_form_on_the_page(site: Site) -> None:
    with meanwhile(site):
        hold(site.cast)
    police, office = Visitor(site, "police"), Visitor(site, "office")
    unit = Visitor(site, "liaison")
    code = office.get(f"/units/{site.cast.units['village']}").text
    place = code.partition('data-code="')[2].partition('"')[0]
    page = police.get(f"/incidents?place={place}")
    told_of = {"kind": "drug_site", "day": "2026-09-15", "notice_number": "7号"}
    wrong = police.send(form(page, "/incidents"), **(told_of | {"place": "999"}))
    assert wrong.status_code == 422
    assert "7号" in wrong.text
    made = police.send(form(page, "/incidents"), **told_of)
    assert made.status_code == 303
    where = made.location.partition("?")[0]
    assert unit.get(where).status_code == 404
    assert "Title ·" in office.get(where).text
    assert office.send(form(office.get(where), "/confirm"), until="2026-12-01").status_code == 303
    held = unit.get(f"/units/{site.cast.units['village']}")
    assert "suspended, not counted" in held.text
    enrolled = unit.get(f"/enrolments/{site.cast.enrolment('village', 'drug-free-village')}")
    assert "Incident recorded" in enrolled.text
    empty = unit.send(form(unit.get(where), "/appeal"), reason="")
    assert empty.status_code == 422
    assert unit.send(form(unit.get(where), "/appeal"), reason="Elsewhere.").status_code == 303
    assert not [each for each in forms(unit.get(where)) if each.action.endswith("/appeal")]
    decision = form(office.get(where), "/decide")
    lifted = ["suspension-1", "veto-1"]
    assert office.send(decision, lifted=lifted, why="It was elsewhere.").status_code == 303
    assert office.send(decision, lifted=lifted, why="Again.").status_code == 409
    assert "suspended, not counted" not in unit.get(f"/units/{site.cast.units['village']}").text
    assert "Lifted" in office.get("/incidents").text


def test_a_department_records_only_what_is_its_own(site: Site) -> None:
    police = Visitor(site, "police")
    page = police.get("/incidents")
    assert "Work-safety" not in page.text
    told_of = {"place": "511381128", "kind": "work_accident", "day": "2026-09-15"}
    answer = police.send(form(page, "/incidents"), **told_of, notice_number="7号")
    assert answer.status_code == 422


def test_a_resident_s_number_is_refused_in_the_ledger(site: Site) -> None:
    police = Visitor(site, "police")
    told_of = {"place": "511381128", "kind": "drug_site", "day": "2026-09-15"}
    page = police.get("/incidents")
    answer = police.send(form(page, "/incidents"), **told_of, notice_number="11010519491231002X")
    assert answer.status_code == 422
