"""Standards as Excel in the browser: the template, the check with its faults, the import."""

import io
import re
from typing import Any

import openpyxl
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns.database import db
from campaigns.standards import Standard, Version
from campaigns.standards.imports import KeptSheet
from tests.conftest import Site
from tests.drafting import SLUG
from tests.test_standard_sheets import bomb, changed, macros, xlsx
from tests.visiting import Visitor, form, forms

IMPORT = "/standards/import"


def send(visitor: Visitor, content: bytes, name: str = "standard.xlsx") -> TestResponse:
    found = form(visitor.get(IMPORT), IMPORT)
    data = dict(found.fields) | {"file": (io.BytesIO(content), name)}
    return visitor.client.post(IMPORT, data=data)


def confirm(visitor: Visitor, **changes: Any) -> TestResponse:
    return visitor.send(form(visitor.get(IMPORT), "/apply"), **changes)


def stored(site: Site) -> tuple[int, ...]:
    """How many standards, versions and kept files there are."""
    with site.app.app_context():
        tables = (Standard, Version, KeptSheet)
        return tuple(
            db.session.scalar(sa.select(sa.func.count()).select_from(each)) or 0 for each in tables
        )


def test_the_template_is_filled_in_checked_and_imported(site: Site) -> None:
    office = Visitor(site, "office")
    before = stored(site)
    answer = office.get("/standards/template.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).active["A1"].value == "Standard"  # type: ignore[index]
    assert send(office, answer.data).location == IMPORT
    assert stored(site) == (*before[:2], 1)
    page = office.get(IMPORT)
    assert "A new standard" in page.text
    answer = confirm(office)
    assert answer.location.startswith("/standards/example-village/draft")
    assert stored(site) == (before[0] + 1, before[1] + 1, 0)
    page = office.get("/standards/example-village/draft")
    assert 'data-figure="points" data-numerator="100"' in page.text
    assert "Nothing is missing." in page.text


def test_the_template_speaks_the_language_of_the_reader(site: Site) -> None:
    office = Visitor(site, "office")
    office.client.set_cookie("language", "zh")
    answer = office.get("/standards/template.xlsx")
    assert answer.headers["Content-Disposition"].isascii()
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(answer.data)).active["A1"].value == "标准代号"  # type: ignore[index]
    send(office, answer.data)
    assert confirm(office).status_code == 303


def test_every_fault_is_on_one_page_and_nothing_is_kept(site: Site) -> None:
    office = Visitor(site, "office")
    before = stored(site)
    cells = {"points_1": "x", "evidence_2": "录音", "text_en_4": None, "numerator_zh_3": None}
    answer = send(office, xlsx(changed(**cells)))
    assert answer.status_code == 422
    told = re.findall(r'<td class="n">(\d+)</td><td>([^<]+)</td>', answer.text)
    assert told == [("2", "分值"), ("3", "佐证"), ("4", "分子"), ("5", "评分项英文")]
    assert "录音" in answer.text
    assert "4 faults, nothing was imported." in answer.text
    assert [each for each in forms(answer) if each.action.endswith("/apply")] == []
    assert stored(site) == before
    # Another file can be chosen at once.
    assert form(answer, IMPORT)


def test_a_bad_file_is_refused_in_a_sentence(site: Site) -> None:
    office = Visitor(site, "office")
    before = stored(site)
    for content, name, told in (
        (macros(), "a.xlsx", "macros"),
        (bomb(), "a.xlsx", "unpacks"),
        (b"", "", "No file was chosen"),
        (b"\xd0\xcf\x11\xe0", "a.xls", ".xlsx"),
        (b"a,b\n1,2\n", "a.csv", "These columns are missing"),
    ):
        answer = send(office, content, name)
        assert answer.status_code == 422
        assert told in answer.text, name
    assert send(office, b"x" * 700_000).status_code == 413
    assert stored(site) == before
    assert list(site.folder.glob("sheet-*")) == []


def test_what_would_change_is_shown_before_a_draft_is_replaced(site: Site) -> None:
    office = Visitor(site, "office")
    office.send(form(office.get(f"/standards/{SLUG}"), "/draft"))
    taken = office.get(f"/standards/{SLUG}/draft.xlsx").data
    book = openpyxl.load_workbook(io.BytesIO(taken))
    sheet = book.active
    assert sheet is not None
    heading = [cell.value for cell in sheet[1]].index("Criterion in Chinese") + 1
    sheet.cell(3, heading).value = "完全不同的要求"
    stream = io.BytesIO()
    book.save(stream)
    send(office, stream.getvalue())
    page = office.get(IMPORT)
    assert "It takes the place of the draft" in page.text
    assert 'changed <b class="n">1</b>' in page.text
    office.send(form(page, "/apply"))
    office.client.set_cookie("language", "zh")
    assert "完全不同的要求" in office.get(f"/standards/{SLUG}/draft").text


def test_an_import_that_would_do_something_else_by_now_is_stale(site: Site) -> None:
    office = Visitor(site, "office")
    send(office, xlsx(changed()))
    seen = form(office.get(IMPORT), "/apply")
    send(office, xlsx(changed(points_1=31, points_2=19)))
    answer = office.send(seen)
    assert answer.status_code == 409
    assert confirm(office).status_code == 303
    # The file went with it.
    assert office.send(seen).status_code == 404


def test_a_file_can_be_forgotten_and_is_its_persons_own(site: Site) -> None:
    office = Visitor(site, "office")
    before = stored(site)
    send(office, xlsx(changed()))
    office.send(form(office.get(IMPORT), "/drop"))
    assert stored(site) == before
    assert Visitor(site, "auditor").get(IMPORT).status_code == 403
    assert Visitor(site, "auditor").get("/standards/template.xlsx").status_code == 403
    assert office.get("/standards/safe-school/draft.xlsx").status_code == 404
