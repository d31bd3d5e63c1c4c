"""Imports: a file is chosen, shown as a difference, and applied or left alone."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from wtforms import FileField

from campaigns import hold
from campaigns.documents import writing
from campaigns.documents.tables import Column
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Level
from campaigns.pages import access, answers, languages, paging, sentences, words
from campaigns.permissions import Permission
from campaigns.register import imports, staging
from campaigns.register.staging import ACTIONS, FAULTY, ImportRow, ImportRun
from campaigns.settings import PAGE_ROWS, TABLE_BYTES
from campaigns.text import Bilingual
from campaigns.units import Kind

View = TypeVar("View", bound=Callable[..., Any])
blueprint = Blueprint("imports", __name__)

_RUN = f"/imports/<int(max={2**31 - 1}):id>"
#: Faults stand on one page, as far as anybody would read.
_FAULTS = 500
_LATEST = 5
_WARNINGS = "warnings"
_HEADINGS: dict[str, LazyString] = {
    "jurisdictions": _l("Import jurisdictions"),
    "units": _l("Import units"),
    "titles": _l("Import titles already held"),
}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _of_each_table(ending: str, method: str) -> Callable[[View], View]:
    """Routes a view under the noun of each table that can be imported."""

    def declare(view: View) -> View:
        for table in imports.TABLES:
            blueprint.add_url_rule(
                f"/{table}/import{ending}",
                view_func=view,
                methods=[method],
                defaults={"table": table},
            )
        return view

    return declare


class TableForm(FlaskForm):
    """The file that is sent."""

    file = FileField()


@dataclass(frozen=True, slots=True)
class Line:
    """A row of an import as its page shows it: what it is about, what changes, what is wrong."""

    row: int
    action: str
    word: str
    label: str
    changes: list[tuple[str, str, str]]
    values: list[tuple[str, str]]
    faults: list[tuple[str, str]]
    warnings: list[tuple[str, str]]


@_of_each_table("", "GET")
@access.permits(Permission.KEEP_REGISTER)
def start(table: str) -> ResponseReturnValue:
    """Where a file is chosen; what the table wants, and the latest imports of the person."""
    return answers.show(
        "imports/start.html",
        table=table,
        heading=_HEADINGS[table],
        tables=[(name, str(word)) for name, word in _HEADINGS.items()],
        columns=[(each.zh, each.en, each.required) for each in imports.TABLES[table].COLUMNS],
        latest=staging.latest(table, access.actor().id, limit=_LATEST),
        held=hold.holder() is not None,
        megabytes=TABLE_BYTES // 2**20,
    )


@_of_each_table("/template", "GET")
@access.permits(Permission.KEEP_REGISTER)
def template(table: str) -> Response:
    """An Excel file with the names of the columns and lines that show how to fill it in."""
    found = imports.TABLES[table]
    names = [_heading(each) + ("*" if each.required else "") for each in found.COLUMNS]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.xlsx"
        writing.xlsx(file, table, names, found.EXAMPLES)
        content = file.read_bytes()
    response = Response(content, mimetype=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{table}.xlsx"'
    return response


def _heading(column: Column) -> str:
    return languages.local(Bilingual(column.zh, column.en))


@_of_each_table("", "POST")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(start)
def send(table: str) -> ResponseReturnValue:
    """Reads and checks the file; nothing of the register changes."""
    file = TableForm().file.data
    if not file or not file.filename:
        raise Refused(fault("table_missing", "file"))
    by, scope = access.actor().id, access.scope()
    run_id = imports.check(table, file.read(), file.filename, scope, by=by)
    return answers.go(url_for("imports.show", id=run_id))


@blueprint.get(_RUN)
@access.permits(Permission.KEEP_REGISTER)
def show(id: int) -> ResponseReturnValue:
    """What a file would change, row by row; or, when it has faults, each of them."""
    run = staging.find(id, access.actor().id)
    numbers = {name: run.counts.get(name, 0) for name in (*ACTIONS, _WARNINGS)}
    chosen = _chosen(numbers)
    page = paging.asked() if request.method == "GET" else paging.Paging(1)
    rows, more = _rows(id, chosen, page)
    columns = imports.TABLES[run.table].COLUMNS
    return answers.show(
        "imports/run.html",
        run=run,
        heading=_HEADINGS[run.table],
        numbers=numbers,
        chosen=chosen,
        filters=[(name, _word(name)) for name in numbers if numbers[name]],
        lines=[_line(each, columns) for each in rows],
        page=page,
        more=more,
        left=_left(run),
    )


def _chosen(numbers: dict[str, int]) -> str:
    """Which rows are shown: those asked for, else the faults, else the first that there are."""
    wish = request.args.get("show")
    if wish is not None:
        if wish not in numbers:
            raise NotFound(wish)
        return wish
    order = (FAULTY, *(name for name in ACTIONS if name != FAULTY))
    return next((name for name in order if numbers[name]), ACTIONS[0])


def _rows(id: int, chosen: str, page: paging.Paging) -> tuple[list[ImportRow], bool]:
    """The rows of a page, and whether more follow."""
    size = _FAULTS if chosen in {FAULTY, _WARNINGS} else PAGE_ROWS
    offset, limit = (page.number - 1) * size, size + 1
    if chosen == _WARNINGS:
        found = list(staging.noted(id, offset=offset, limit=limit))
    else:
        found = list(staging.page(id, chosen, offset=offset, limit=limit))
    return found[:size], len(found) > size


def _word(name: str) -> str:
    return str(_l("Warnings")) if name == _WARNINGS else words.of_action(name)


def _left(run: ImportRun) -> int:
    return staging.left(run.id, run.done) if run.state == staging.APPLYING else 0


#: What an empty cell gives.
_NOTHING = (None, "")


def _line(row: ImportRow, columns: Any) -> Line:
    headings = {each.name: _heading(each) for each in columns}
    noted = [(each["warns"], staging.fault_of(each, row.row)) for each in row.faults]
    spoken = [
        (warns, (found.column or "", sentences.of_fault(found.fault))) for warns, found in noted
    ]
    known = [name for name in headings if name in row.values]
    return Line(
        row.row,
        row.action,
        words.of_action(row.action),
        row.label,
        [
            (headings[name], _shown(name, row.before[name]), _shown(name, row.values[name]))
            for name in known
            if name in row.before and row.before[name] != row.values[name]
        ],
        []
        if row.before
        else [
            (headings[name], _shown(name, row.values[name]))
            for name in known
            if name not in {"code", "name_zh"} and row.values[name] not in _NOTHING
        ],
        [each for warns, each in spoken if not warns],
        [each for warns, each in spoken if warns],
    )


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if name == "kind":
        return words.of_kind(Kind(value))
    return words.of_level(Level(value)) if name == "level" else str(value)


@blueprint.post(f"{_RUN}/apply")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(show)
def apply(id: int) -> ResponseReturnValue:
    """Applies the import, or goes on with it where it was interrupted."""
    run = staging.find(id, access.actor().id)
    if run.sent_sha256 != request.form.get("sent_sha256"):
        raise Stale  # another file took the place of the one that the page showed
    imports.apply(run.id, access.scope(), by=access.actor().id)
    return answers.go(url_for("imports.show", id=id), said="imported")


@blueprint.post("/imports/resume")
@access.permits(Permission.KEEP_REGISTER)
def resume() -> ResponseReturnValue:
    """Goes on with whatever import was interrupted, so that the register is free again."""
    imports.resume(access.scope(), by=access.actor().id)
    return answers.go(url_for("units.register"), said="imported")
