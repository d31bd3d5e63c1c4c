"""``flask import``: what a file would change in a table; with ``--apply`` it does."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from campaigns import database
from campaigns.database import db
from campaigns.documents import tables
from campaigns.documents.tables import RowFault
from campaigns.errors import CampaignError, Refused, Stale, fault
from campaigns.jurisdictions import EVERYWHERE
from campaigns.pages import sentences
from campaigns.register import imports, staging
from campaigns.register.imports import accounts
from campaigns.register.staging import ACTIONS, CHANGES, FAULTY, ImportRun, Staged
from campaigns.standards import comparison
from campaigns.standards import imports as standard_sheets

#: Lines of each kind that are shown; faults are shown to the last.
SHOWN = 20


def _register(table: str, content: bytes, filename: str, applies: bool) -> None:
    """A table of the register: staged, shown, applied in slices."""
    if (left := imports.resume(EVERYWHERE, by=None)) is not None:
        click.echo(f"import {left} had been interrupted and is applied now")
    run_id = imports.check(table, content, filename, EVERYWHERE, by=None)
    run = db.session.get_one(ImportRun, run_id)
    counts, clean = dict(run.counts), run.is_clean
    rows = {action: staging.page(run_id, action, limit=SHOWN) for action in CHANGES}
    wrong = [
        (staging.fault_of(each, row.row), each["warns"])
        for row in staging.noted(run_id, limit=tables.ROWS)
        for each in row.faults
    ]
    _tell(
        counts,
        {action: [row.label for row in found] for action, found in rows.items()},
        [found for found, warns in wrong if not warns],
        [found for found, warns in wrong if warns],
    )
    db.session.rollback()
    if _goes_on(clean, applies):
        imports.apply(run_id, EVERYWHERE, by=None)
        click.echo("applied")


def _people(_table: str, content: bytes, filename: str, applies: bool) -> None:
    """Accounts and grants: their initial passwords are printed once, here."""
    rows = list(accounts.check(tables.read(content, filename, accounts.COLUMNS)))
    counts = {action: sum(row.action == action for row in rows) for action in ACTIONS}
    _tell(
        counts,
        {action: _labels(rows, action) for action in CHANGES},
        [each for row in rows for each in row.faults],
        [each for row in rows for each in row.warnings],
    )
    changing = [row for row in rows if row.action in CHANGES]
    if not _goes_on(not counts[FAULTY], applies):
        return
    initial = accounts.passwords(changing)
    with database.committed():
        issued = accounts.apply(changing, initial, by=None)
    click.echo("applied")
    for each in issued:
        click.echo(f"{each.username:<30} {each.password}")
    if issued:
        click.echo("shown once; each has to be changed at the first sign-in, within 72 hours")


def _standards(_table: str, content: bytes, filename: str, applies: bool) -> None:
    """Standards become drafts, all or none; the city office publishes them."""
    sheet = standard_sheets.check(content, filename)
    if not sheet.is_clean:
        for each, sentence in zip(sheet.faults, _spoken(sheet.faults), strict=True):
            click.echo(f"{'fault':<10} row {each.row}, {each.column or '-'}: {sentence}")
    for proposed in sheet.standards:
        before = proposed.last.criteria if proposed.last else ()
        found = comparison.counts(before, proposed.criteria)
        told = ", ".join(f"{number} {change.value}" for change, number in found.items())
        click.echo(f"{'draft':<10} {proposed.frame.slug}: {told}")
    if _goes_on(sheet.is_clean, applies):
        with database.committed():
            standard_sheets.make(standard_sheets.check(content, filename), by=None)
        click.echo("applied")


#: What can be imported, and how.
IMPORTS: dict[str, Callable[[str, bytes, str, bool], None]] = {
    **dict.fromkeys(imports.TABLES, _register),
    "people": _people,
    "standards": _standards,
}


@click.command("import")
@click.argument("table", type=click.Choice(sorted(IMPORTS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--apply", "applies", is_flag=True, help="Apply it; without this it is only shown.")
@with_appcontext
def import_(table: str, file: Path, applies: bool) -> None:
    """Shows what an .xlsx or .csv FILE would add, change and end in a table, and its faults."""
    try:
        IMPORTS[table](table, file.read_bytes(), file.name, applies)
    except CampaignError as raised:
        faults = raised.faults if isinstance(raised, Refused) else (fault("stale"),)
        if not isinstance(raised, Refused | Stale):
            raise
        raise click.ClickException(
            " ".join(_spoken([RowFault(0, None, f) for f in faults]))
        ) from None


def _labels(rows: Iterable[Staged], action: str) -> list[str]:
    return [row.label for row in rows if row.action == action][:SHOWN]


def _tell(
    counts: dict[str, int],
    labels: dict[str, Sequence[str]],
    faults: Sequence[RowFault],
    warnings: Sequence[RowFault],
) -> None:
    """The difference in short, and every fault by row and column."""
    for action, found in labels.items():
        for label in found:
            click.echo(f"{action:<10} {label}")
        if counts[action] > len(found):
            click.echo(f"{action:<10} ... and {counts[action] - len(found)} more")
    for kind, noted in (("warning", warnings), ("fault", faults)):
        for each, sentence in zip(noted, _spoken(noted), strict=True):
            where = f"row {each.row}" + (f", {each.column}" if each.column else "")
            click.echo(f"{kind:<10} {where}: {sentence}")
    click.echo(", ".join(f"{counts[action]} {action}" for action in ACTIONS))


def _goes_on(clean: bool, applies: bool) -> bool:
    if not clean:
        raise click.ClickException("nothing was changed: mend the faults and import the file again")
    if not applies:
        click.echo("nothing was changed: --apply applies it")
    return applies


def _spoken(faults: Sequence[RowFault]) -> list[str]:
    """The sentences of faults, in the language of the terminal."""
    language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    with current_app.test_request_context(headers={"Accept-Language": language}):
        return [sentences.of_fault(each.fault) for each in faults]
