"""Standards as Excel: the template, a version to work on, and the way back in."""

import tempfile
from io import BytesIO
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from campaigns import database
from campaigns.documents import writing
from campaigns.documents.tables import RowFault
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.pages import access, answers, languages, sentences
from campaigns.permissions import Permission
from campaigns.standards import comparison, drafts, imports, sheets
from campaigns.standards.comparison import Change
from campaigns.standards.imports import Proposed, Sheet
from campaigns.text import Bilingual

blueprint = Blueprint("sheets", __name__)

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/standards/template.xlsx")
@access.permits(Permission.EDIT_STANDARDS)
def template() -> ResponseReturnValue:
    """An Excel file with the right headings and a small example."""
    rows = sheets.examples(chinese=_chinese())
    return _file(rows, _("Template of a standard"))


@blueprint.get("/standards/<slug>/draft.xlsx")
@access.permits(Permission.EDIT_STANDARDS)
def draft(slug: str) -> ResponseReturnValue:
    """The draft as an Excel file that can be imported again."""
    found = drafts.find(slug)
    return _file(sheets.rows(found, chinese=_chinese()), slug)


def _chinese() -> bool:
    return languages.language() == "zh"


def _file(rows: sheets.Rows, name: str) -> Response:
    headings = [languages.local(Bilingual(each.zh, each.en)) for each in sheets.COLUMNS]
    folder = Path(current_app.config["CAMPAIGNS"].instance)
    with tempfile.TemporaryDirectory(prefix="sheet-", dir=folder) as place:
        file = Path(place) / "standard.xlsx"
        writing.xlsx(file, name, headings, rows)
        content = BytesIO(file.read_bytes())
    return send_file(
        content, mimetype=_SHEET, as_attachment=True, download_name=f"{name}.xlsx", etag=False
    )


@blueprint.get("/standards/import")
@access.permits(Permission.EDIT_STANDARDS)
def page() -> ResponseReturnValue:
    """The form for a file; below it, what the file that was checked last would make."""
    kept = imports.kept(access.actor().id)
    return _page(*kept) if kept else _page(None, "")


def _page(sheet: Sheet | None, token: str, status: int = 200) -> ResponseReturnValue:
    return answers.show(
        "standards/import.html",
        status,
        columns=[(each, languages.local(Bilingual(each.zh, each.en))) for each in sheets.COLUMNS],
        faults=[_told(each) for each in sheet.faults] if sheet else [],
        proposed=[(each, _counts(each)) for each in sheet.standards]
        if sheet and sheet.is_clean
        else [],
        token=token,
    )


def _told(found: RowFault) -> tuple[int, str, str]:
    """A fault as the page shows it: row, heading, sentence."""
    named = {each.name: Bilingual(each.zh, each.en) for each in sheets.COLUMNS}
    heading = found.column or ""
    if heading in named:
        heading = languages.local(named[heading])
    return found.row, heading, sentences.of_fault(found.fault)


def _counts(found: Proposed) -> dict[Change, int] | None:
    """What would become of the criteria of the version in force, if there is one."""
    return comparison.counts(found.last.criteria, found.criteria) if found.last else None


@blueprint.post("/standards/import")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(page)
def check() -> ResponseReturnValue:
    """Checks a file and shows every fault of it; a good one is kept until it is imported."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(fault("table_missing", "file"))
    content, name = sent.read(), sent.filename
    sheet = imports.check(content, name)
    if not sheet.is_clean:
        return _page(sheet, "", 422)
    database.start_writing()
    imports.keep(content, name, by=access.actor().id)
    return answers.go(url_for("standards.sheets.page"))


@blueprint.post("/standards/import/apply")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(page)
def apply() -> ResponseReturnValue:
    """Makes the drafts that the page showed; raises Stale when they would be other ones now."""
    person = access.actor().id
    kept = imports.kept(person)
    if kept is None:
        raise NotFound
    sheet, token = kept
    if request.form.get("version") != token or not sheet.is_clean:
        raise Stale
    made = imports.make(sheet, by=person)
    imports.drop(person)
    if len(made) > 1:
        return answers.go(url_for("standards.listed"), said="draft_imported")
    slug = made[0].standard.slug
    return answers.go(url_for("standards.drafts.editor", slug=slug), said="draft_imported")


@blueprint.post("/standards/import/drop")
@access.permits(Permission.EDIT_STANDARDS)
def drop() -> ResponseReturnValue:
    """Forgets the file that was checked."""
    imports.drop(access.actor().id)
    return answers.go(url_for("standards.sheets.page"), said="file_forgotten")
