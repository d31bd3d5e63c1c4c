"""``flask likeness``: makes pictures findable that were stored before likeness was known."""

import click
from flask.cli import with_appcontext

from campaigns.commands import stores
from campaigns.database import db
from campaigns.evidence import likeness as alike

_AT_ONCE = 200


@click.command()
@with_appcontext
def likeness() -> None:
    """Hashes stored pictures that have no difference hash yet; may be interrupted and run again."""
    last, count = 0, 0
    with stores.opened() as store:
        while ids := alike.hash_earlier(store, last, _AT_ONCE):
            db.session.commit()
            last, count = ids[-1], count + len(ids)
    click.echo(f"pictures looked at: {count}")
