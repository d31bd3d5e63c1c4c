"""``flask nightly``: what runs by the clock. Nothing is lost when it did not run, or ran twice."""

from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from campaigns import settings
from campaigns.evidence.store import Store
from campaigns.evidence.uploads import Uploads

#: A write of a file to the store takes seconds; what is older was interrupted.
_INTERRUPTED = timedelta(hours=1)


@click.command()
@with_appcontext
def nightly() -> None:
    """Sweeps what uploads left behind; says how much."""
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    parts = Uploads(chosen.uploads).sweep()
    writes = Store(chosen.evidence).sweep(older_than=_INTERRUPTED)
    click.echo(f"swept: {parts} uploads that waited too long, {writes} interrupted writes")
