"""``flask check``: proves the counters, the stored files, the sealed history and the schema."""

from datetime import UTC, datetime, timedelta
from itertools import chain

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import with_appcontext

from campaigns import register, seals, settings, titles
from campaigns.commands import stores
from campaigns.database import db, reading
from campaigns.enrolment import recount
from campaigns.evidence import records
from campaigns.standards import examples, orphans

#: A file is stored before the row that refers to it; an hour is ample for that.
_ON_ITS_WAY = timedelta(hours=1)


@click.command()
@with_appcontext
def check() -> None:
    """Recounts everything that is counted; says which counter or file is wrong."""
    count = 0
    # By the clock of the machine, as the store has it; what is younger may be on its way.
    before = datetime.now(UTC) - _ON_ITS_WAY
    with reading(), stores.opened() as store:
        for line in chain(
            recount.check(),
            titles.check(),
            register.check(),
            records.check(store),
            examples.check(store),
            orphans.check(store, before),
            seals.check(),
            _schema(),
        ):
            click.echo(line)
            count += 1
    click.echo(f"{count} differences")
    if count:
        raise SystemExit(1)


def _schema() -> list[str]:
    head = ScriptDirectory(str(settings.ROOT / "migrations")).get_current_head()
    present = MigrationContext.configure(db.session.connection()).get_current_revision()
    return [] if present == head else [f"schema: at {present}, the code expects {head}"]
