"""The veto ledger over HTTP: who records, confirms, appeals and decides, and what each is shown."""

from tests.conftest import Site
from tests.test_incidents import hold
from tests.visiting import Visitor, form, forms, meanwhile


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
