"""``flask demo``: fills an empty database with the demonstration."""

import click
from flask.cli import with_appcontext


@click.command()
@with_appcontext
def demo() -> None:
    """Fills an empty database with the demonstration and prints its accounts."""
