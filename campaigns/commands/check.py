"""``flask check``: proves the counters, the stored files, the sealed history and the schema."""

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext

from campaigns import register, seals, settings, titles
from campaigns.database import db, reading
from campaigns.enrolment import recount
from campaigns.evidence import records
from campaigns.evidence.store import Store
from campaigns.standards import examples


@click.command()
@with_appcontext
def check() -> None:
    """Recounts everything that is counted; says which counter or file is wrong."""
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    with reading():
        found = [
            *recount.check(),
            *titles.check(),
            *register.check(),
            *records.check(Store(chosen.evidence)),
            *examples.check(Store(chosen.evidence)),
            *seals.check(),
            *_schema(),
        ]
    for line in found:
        click.echo(line)
    click.echo("0 differences" if not found else f"{len(found)} differences")
    if found:
        raise SystemExit(1)


def _schema() -> list[str]:
    head = ScriptDirectory(str(settings.ROOT / "migrations")).get_current_head()
    present = MigrationContext.configure(db.session.connection()).get_current_revision()
    return [] if present == head else [f"schema: at {present}, the code expects {head}"]
