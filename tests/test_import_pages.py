"""The office imports a file on its pages: the difference first, then applied, or every fault."""

import io
import re

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse

from campaigns import hold, settings
from campaigns.database import db
from campaigns.register import imports, staging
from campaigns.register.staging import ImportRun
from campaigns.units import Unit
from tests import sheets
from tests.cast import TIANGONG
from tests.conftest import Site
from tests.test_imports import PLACES, UNITS, many, slices_of_forty, villages
from tests.visiting import Visitor, form, forms


def send(
    visitor: Visitor, content: bytes, name: str = "a.csv", table: str = "units"
) -> TestResponse:
    """Chooses a file on the page of a table and has it checked."""
    page = visitor.get(f"/{table}/import")
    fields = dict(form(page, f"/{table}/import").fields)
    sent = fields | {"file": (io.BytesIO(content), name)}
    return visitor.client.post(
        f"/{table}/import", data=sent, content_type="multipart/form-data", follow_redirects=True
    )


def new_schools(site: Site, number: int = 2) -> sheets.Rows:
    place = villages(site)[0]
    return [UNITS, *([f"N{n}", f"新校{n}", "", "学校", place, *[""] * 4] for n in range(number))]


def is_there(site: Site, code: str) -> bool:
    with site.app.app_context():
        return db.session.scalar(sa.select(Unit.id).where(Unit.code == code)) is not None


def test_a_file_is_shown_as_a_difference_and_then_applied(site: Site) -> None:
    office = Visitor(site, "office")
    place = villages(site)[0]
    rows = [*new_schools(site), ["S1", "改名小学", "", "学校", place, *[""] * 4]]
    page = send(office, sheets.xlsx(rows), "a.xlsx")
    assert "This would change" in page.text
    assert "Added 2" in page.text
    assert "Changed 1" in page.text
    assert not is_there(site, "N0")
    changed = office.get(f"{page.request.path}?show=changed")
    assert "示范第1小学 → <b>改名小学</b>" in changed.text
    page = office.send(form(page, "/apply"), follow=True)
    assert "The import is applied." in page.text
    assert is_there(site, "N0")
    assert not [each for each in forms(page) if each.action.endswith("/apply")]
    again = send(office, sheets.xlsx(rows), "a.xlsx")
    assert "Nothing to change" in again.text


def test_a_bad_file_gives_one_page_with_every_fault(site: Site) -> None:
    office = Visitor(site, "office")
    rows = [UNITS, *(["", "校", "", "大学", TIANGONG, "x", "", "", ""] for _ in range(120))]
    page = send(office, sheets.csv(rows))
    assert "The file has faults" in page.text
    assert page.text.count("类别: ") == 120
    assert page.text.count("户数: ") == 120
    assert not [each for each in forms(page) if each.action.endswith("/apply")]
    answer = office.client.post(f"{page.request.path}/apply", data={"csrf_token": office.token()})
    assert answer.status_code == 409


@pytest.mark.parametrize("code", sorted(sheets.harmful([UNITS])))
def test_a_harmful_file_is_refused_in_a_plain_sentence(site: Site, code: str) -> None:
    name, content = sheets.harmful([UNITS, *new_schools(site)[1:]])[code]
    answer = send(Visitor(site, "office"), content, name)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text
    with site.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportRun)) == 0


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaigns.pages import application

    monkeypatch.setitem(application.LARGEST, "imports.send", 10_000)
    assert send(Visitor(site, "office"), b"x" * 20_000).status_code == 413
    assert settings.TABLE_BYTES > settings.FORM_BYTES


def test_no_file_is_a_fault_beside_the_field(site: Site) -> None:
    office = Visitor(site, "office")
    answer = office.send(form(office.get("/units/import"), "/units/import"))
    assert answer.status_code == 422
    assert "No file was chosen." in answer.text


def test_a_page_of_one_file_never_applies_another(site: Site) -> None:
    office = Visitor(site, "office")
    first = send(office, sheets.csv(new_schools(site)))
    send(office, sheets.csv([UNITS, ["Z1", "别校", "", "学校", villages(site)[0], *[""] * 4]]))
    assert office.send(form(first, "/apply")).status_code in {404, 409}
    assert not is_there(site, "Z1")


def test_nobody_else_sees_an_import(site: Site) -> None:
    run = send(Visitor(site, "office"), sheets.csv(new_schools(site))).request.path
    for username in ("reviewer", "leader", "admin"):
        assert Visitor(site, username).get(run).status_code == 403
        assert Visitor(site, username).get("/units/import").status_code == 403


@pytest.mark.parametrize("table", sorted(imports.TABLES))
def test_the_template_can_be_sent_back(site: Site, table: str) -> None:
    office = Visitor(site, "office")
    for language, heading in (("en", "ode"), ("zh", "代码")):
        office.client.set_cookie("language", language)
        answer = office.get(f"/{table}/import/template")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
        assert heading in str(rows.to_python()[0][0])
        office.client.set_cookie("language", "en")
        page = send(office, answer.data, "template.xlsx", table)
        assert page.status_code == 200
        assert re.search(r"faults|change", page.text)


def test_places_and_titles_are_imported_the_same_way(site: Site) -> None:
    office = Visitor(site, "office")
    town = [PLACES, ["511381999", "511381", "镇", "新镇", "", "2026-01-01", ""]]
    page = send(office, sheets.csv(town), table="jurisdictions")
    office.send(form(page, "/apply"), follow=True)
    assert "新镇" in office.get("/jurisdictions").text
    from tests.test_imports import TITLES

    code = f"U{villages(site)[0]}"
    titles = [TITLES, [code, "drug-free-village", "旧文", "2026-01-01", "", ""]]
    page = send(office, sheets.csv(titles), table="titles")
    assert "旧文" in page.text
    office.send(form(page, "/apply"), follow=True)
    assert "旧文" in office.get("/titles").text


def test_an_interrupted_import_goes_on_at_the_press_of_a_button(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Visitor(site, "office")
    slices_of_forty(monkeypatch)
    page = send(office, sheets.csv([UNITS, *many(site, 100)]))
    run = int(page.request.path.rpartition("/")[2])
    with site.app.app_context():
        imports._begin(run)
        imports._slice(run, 40, None)
    page = office.get(page.request.path)
    assert "Interrupted" in page.text
    waits = office.get(f"/units/{site.cast.units['school']}/close")
    answer = office.send(form(waits, "/close"), reason="x", day="2026-09-01")
    assert answer.status_code == 422
    assert "An import is being applied" in answer.text
    assert "Go on with it" in office.get("/units/import").text
    page = office.send(form(office.get("/units/import"), "/resume"), follow=True)
    assert "The import is applied." in page.text
    with site.app.app_context():
        assert db.session.get_one(ImportRun, run).state == staging.APPLIED
        assert hold.holder() is None
