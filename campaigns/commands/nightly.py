"""``flask nightly``: what runs by the clock. Nothing is lost when it did not run, or ran twice."""

from datetime import timedelta

import click
from flask import current_app
from flask.cli import with_appcontext

from campaigns import seals, settings
from campaigns.commands import digest, stores
from campaigns.enrolment import erasing
from campaigns.errors import CampaignError
from campaigns.evidence.uploads import Uploads
from campaigns.jurisdictions import EVERYWHERE
from campaigns.register import imports

#: A write of a file to the store takes seconds; what is older was interrupted.
_INTERRUPTED = timedelta(hours=1)


@click.command()
@with_appcontext
def nightly() -> None:
    """Seals the history, sweeps what uploads left behind, writes to who wants it, and ends an
    import that was interrupted; says how much."""
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    click.echo(f"sealed: {seals.seal()} events")
    parts = Uploads(chosen.uploads).sweep()
    with stores.opened() as store:
        writes = store.sweep(older_than=_INTERRUPTED)
        erased = erasing.sweep(store)
    click.echo(f"swept: {parts} uploads that waited too long, {writes} interrupted writes")
    click.echo(f"swept: {erased} files of proof that was removed")
    digest.send_all()
    try:
        run_id = imports.resume(EVERYWHERE, by=None)
    except CampaignError as raised:
        raise click.ClickException(f"an interrupted import cannot be ended: {raised}") from None
    if run_id is not None:
        click.echo(f"applied: import {run_id}, which had been interrupted")
