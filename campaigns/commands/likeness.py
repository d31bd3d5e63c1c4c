"""``flask likeness``: makes pictures findable that were stored before likeness was known."""

import click
from flask import current_app
from flask.cli import with_appcontext

from campaigns import settings
from campaigns.database import db
from campaigns.evidence import likeness as alike
from campaigns.evidence.store import Store

_AT_ONCE = 200


@click.command()
@with_appcontext
def likeness() -> None:
    """Hashes stored pictures that have no difference hash yet; may be interrupted and run again."""
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    last, count = 0, 0
    while ids := alike.hash_earlier(Store(chosen.evidence), last, _AT_ONCE):
        db.session.commit()
        last, count = ids[-1], count + len(ids)
    click.echo(f"pictures looked at: {count}")
