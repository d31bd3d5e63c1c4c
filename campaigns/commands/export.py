"""``flask export``: any list as a file, for the administrator, over everything."""

from collections.abc import Callable
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import with_appcontext
from flask_babel import force_locale

from campaigns import campaign as campaigns
from campaigns import clock, coverage, demonstration, jurisdictions, standards, units
from campaigns.database import db, reading
from campaigns.enrolment import checklist, records
from campaigns.errors import CampaignError
from campaigns.exchange import boards, lists, tables
from campaigns.exchange.profiles import ExportProfile
from campaigns.exchange.tables import Chosen, Table
from campaigns.jurisdictions import EVERYWHERE
from campaigns.pages import languages, speech
from campaigns.people import Department

#: Nobody: no item was sent by this person, so none is left out of the queue.
_NOBODY = 0


def _tree(_of: str) -> Table:
    return lists.of_jurisdictions(EVERYWHERE)


def _units(_of: str) -> Table:
    return lists.of_units(EVERYWHERE)


def _titles(_of: str) -> Table:
    return lists.of_titles(EVERYWHERE)


def _campaigns(_of: str) -> Table:
    return lists.of_campaigns(EVERYWHERE, EVERYWHERE, jurisdictions.top(EVERYWHERE))


def _queue(_of: str) -> Table:
    desks = [(EVERYWHERE, department) for department in (None, *Department)]
    return lists.of_queue(desks, by=_NOBODY)


def _enrolments(of: str) -> Table:
    return lists.of_enrolments(campaigns.find(int(of), EVERYWHERE), EVERYWHERE)


def _criteria(of: str) -> Table:
    return lists.of_criteria(standards.versions_of(of)[0])


def _checklist(of: str) -> Table:
    found = records.find(int(of), EVERYWHERE)
    return lists.of_checklist(found, checklist.lines([found], seen_by_unit=False)[found.id])


def _history(of: str) -> Table:
    return lists.of_history(units.find(int(of), EVERYWHERE), seen_by_unit=False)


def _board(of: str) -> Table:
    lineage, children = jurisdictions.around(of, EVERYWHERE)
    running = coverage.running(campaigns.listed(EVERYWHERE), lineage[-1])
    made = coverage.board(lineage[-1], clock.today(), running, children=children)
    return boards.of_board(made)


#: The lists of everything, and those of one thing, which ``--of`` names.
WHOLE: dict[str, Callable[[str], Table]] = {
    "units": _units,
    "titles": _titles,
    "campaigns": _campaigns,
    "jurisdictions": _tree,
    "queue": _queue,
}
OF_ONE: dict[str, Callable[[str], Table]] = {
    "enrolments": _enrolments,
    "criteria": _criteria,
    "checklist": _checklist,
    "history": _history,
    "board": _board,
}


@click.command()
@click.argument("table", type=click.Choice([*WHOLE, *OF_ONE]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--of", default="", help="Of which campaign, enrolment or unit (id), standard, place")
@click.option("--language", type=click.Choice(languages.LANGUAGES), default="zh", show_default=True)
@click.option("--profile", help="Columns and headings as this profile has them")
@with_appcontext
def export(table: str, file: Path, of: str, language: str, profile: str | None) -> None:
    """Writes a list to FILE, which ends with .xlsx or .csv."""
    if file.suffix.removeprefix(".") not in tables.ENDINGS:
        raise click.ClickException(f"{file} must end with .{' or .'.join(tables.ENDINGS)}")
    if table in OF_ONE and not of:
        raise click.ClickException(f"{table}: say of which with --of")
    with reading(), force_locale(languages.LOCALES[language]):
        spoken = speech.speech(language, demonstration=demonstration.is_marked())
        try:
            made = (WHOLE | OF_ONE)[table](of)
            rows = tables.write(made, file, spoken, _chosen(table, profile))
        except (CampaignError, ValueError) as raised:
            raise click.ClickException(f"{table} {of}: {type(raised).__name__} {raised}") from None
    click.echo(f"{rows} rows in {file}")


def _chosen(table: str, name: str | None) -> Chosen | None:
    if name is None:
        return None
    query = sa.select(ExportProfile).where(ExportProfile.name == name, ExportProfile.table == table)
    found = db.session.scalar(query)
    if found is None:
        raise click.ClickException(f"{table} has no profile {name!r}")
    return found.chosen
