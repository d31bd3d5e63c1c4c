"""Kinds of incident: added and changed by the city office; one in use keeps its code."""

import pytest

from campaigns import history, incidents
from campaigns.errors import NotFound, Refused, Stale
from campaigns.incidents import kinds, records
from campaigns.incidents.kinds import Written
from campaigns.incidents.records import IncidentKind
from campaigns.incidents.touching import touched
from campaigns.people import Department
from campaigns.text import Bilingual
from tests.cast import Cast
from tests.conftest import Site
from tests.test_incidents import hold, recorded
from tests.visiting import Visitor, form

VILLAGE = "drug-free-village/4.2"
FLOOD = Written(
    "flood",
    Bilingual("内涝", "Flood"),
    Department.EMERGENCY,
    frozenset({VILLAGE, "safe-school/4.3"}),
)


def added(cast: Cast, written: Written = FLOOD) -> IncidentKind:
    return kinds.add(written, by=cast.people["office"])


def kind_of(code: str) -> IncidentKind:
    return next(each for each in kinds.listed() if each.code == code)


def test_a_kind_is_added_with_what_it_speaks_against(cast: Cast) -> None:
    made = added(cast)
    assert kinds.find(made.id) is made
    assert kinds.against(made) == FLOOD.against
    assert records.vetoes(made.id) == {"drug-free-village": {"4.2"}, "safe-school": {"4.3"}}
    assert not kinds.is_used(made)
    (told,) = history.of_subject("incident_kind", made.id, "incident_kind_added")
    assert told.detail["against"] == sorted(FLOOD.against)
    with pytest.raises(NotFound):
        kinds.find(10**6)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code": ""}, "kind_code"),
        ({"code": "Road Fire"}, "kind_code"),
        ({"code": "fire"}, "kind_code_taken"),
        ({"name": Bilingual("内涝", "")}, "kind_name_missing"),
        ({"name": Bilingual("", "Flood")}, "kind_name_missing"),
        ({"against": frozenset()}, "kind_against_nothing"),
        ({"against": frozenset({"drug-free-village/1.1"})}, "kind_against_unknown"),
        ({"against": frozenset({"no-such/4.2"})}, "kind_against_unknown"),
    ],
)
def test_what_a_kind_needs(cast: Cast, change: dict[str, object], why: str) -> None:
    before = len(kinds.listed())
    with pytest.raises(Refused, match=rf"^{why}$"):
        added(cast, FLOOD._replace(**change))
    assert len(kinds.listed()) == before


def test_a_kind_that_nobody_used_changes_altogether(cast: Cast) -> None:
    made, by = added(cast), cast.people["office"]
    other = Written(
        "storm", Bilingual("大风", "Storm"), Department.FIRE, frozenset({"safe-school/4.3"})
    )
    old = made.row_version
    kinds.change(made, old, other, by=by)
    assert (made.code, made.name, made.department) == ("storm", other.name, Department.FIRE)
    assert records.vetoes(made.id) == {"safe-school": {"4.3"}}
    with pytest.raises(Stale):
        kinds.change(made, old, FLOOD, by=by)
    assert len(history.of_subject("incident_kind", made.id, "incident_kind_changed")) == 1


def test_only_ticking_something_else_is_news_to_an_older_page_as_well(cast: Cast) -> None:
    made, by = added(cast), cast.people["office"]
    old = made.row_version
    kinds.change(made, old, FLOOD._replace(against=frozenset({VILLAGE})), by=by)
    with pytest.raises(Stale):
        kinds.change(made, old, FLOOD, by=by)


def test_a_kind_in_use_keeps_its_code_and_touches_what_it_speaks_against_now(cast: Cast) -> None:
    hold(cast)
    incident, by = recorded(cast), cast.people["office"]
    kind = kinds.find(incident.kind_id)
    assert touched(incident).titles
    same = Written(kind.code, kind.name, kind.department, frozenset({"safe-school/4.3"}))
    with pytest.raises(Refused, match="kind_in_use"):
        kinds.change(kind, kind.row_version, same._replace(code="another"), by=by)
    kinds.change(kind, kind.row_version, same, by=by)
    assert not touched(incident).titles


def test_what_it_spoke_against_before_may_stay_when_the_standard_has_changed(cast: Cast) -> None:
    made, by = added(cast), cast.people["office"]
    made.vetoes.append(records.IncidentVeto(standard_slug="gone", criterion_code="1"))
    kept = FLOOD._replace(against=FLOOD.against | {"gone/1"})
    kinds.change(made, made.row_version, kept, by=by)
    assert "gone/1" in kinds.against(made)


def test_a_department_records_under_a_new_kind(cast: Cast) -> None:
    made = added(cast)
    incident = recorded(cast)
    again = incidents.record(
        made, incident.place, None, incident.happened_on, 1, "2", by=cast.people["police"]
    )
    assert again.kind is made
    assert kinds.is_used(made)


def test_only_the_city_office_keeps_the_kinds(site: Site) -> None:
    for username in ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "admin"):
        visitor = Visitor(site, username)
        for url in ("/incidents/kinds", "/incidents/kinds/new", "/incidents/kinds/1"):
            assert visitor.get(url).status_code == 403, f"{username} {url}"
        for url in ("/incidents/kinds", "/incidents/kinds/1"):
            sent = {"csrf_token": visitor.token(), "version": "1", "code": "flood"}
            assert visitor.client.post(url, data=sent).status_code == 403, f"{username} {url}"
        assert "/incidents/kinds" not in visitor.get("/incidents").text


def test_the_office_adds_and_changes_a_kind_on_its_pages(site: Site) -> None:
    office = Visitor(site, "office")
    assert "/incidents/kinds" in office.get("/incidents").text
    new = form(office.get("/incidents/kinds/new"), "/incidents/kinds")
    told = {"name_zh": "内涝", "name_en": "Flood", "code": "flood", "department": "emergency"}
    wrong = office.send(new, **told | {"code": "Flood!"}, against=[VILLAGE])
    assert wrong.status_code == 422
    assert 'value="内涝"' in wrong.text
    assert f'value="{VILLAGE}" checked' in wrong.text
    made = office.send(new, **told, against=[VILLAGE], follow=True)
    assert 'data-kind="flood"' in made.text
    with site.app.app_context():
        number = kind_of("flood").id
    page = office.get(f"/incidents/kinds/{number}")
    sheet = form(page, f"/incidents/kinds/{number}")
    assert office.send(sheet, name_en="High water").status_code == 303
    assert office.send(sheet, name_en="Higher water").status_code == 409
    assert "High water" in office.get(f"/incidents/kinds/{number}").text
    assert office.get("/incidents/kinds/999").status_code == 404
