"""``flask demo``: fills an empty database with the demonstration."""

import json
import os
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from campaigns import demonstration, settings
from campaigns.commands import stores
from campaigns.database import db
from campaigns.demonstration import filling
from campaigns.people import Person
from campaigns.units import Unit


@click.command()
@with_appcontext
def demo() -> None:
    """Fills an empty database with the demonstration and prints its accounts.

    A demonstration that is there already is left as it is; anything else is refused.
    """
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    file = chosen.instance / "demo.json"
    upgrade()
    if demonstration.is_marked():
        if not file.exists():
            raise click.ClickException(f"{file} is missing; remove {chosen.instance} to start anew")
        return show(json.loads(file.read_text(encoding="utf-8")), file)
    if _in_use():
        raise click.ClickException(
            "this database is not a demonstration and holds data; nothing was changed"
        )
    click.echo("drawing pictures and filling in a year of work: about half a minute")
    with stores.opened() as store:
        made = filling.fill(store)
    facts = {"accounts": [each.facts() for each in made.accounts], "ids": made.ids}
    _write(file, facts)
    db.session.commit()
    return show(facts, file)


def _in_use() -> bool:
    return any(
        db.session.scalar(sa.select(table.id).limit(1)) is not None for table in (Person, Unit)
    )


def _write(file: Path, facts: dict[str, Any]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(facts, stream, ensure_ascii=False, indent=1)


def show(facts: dict[str, Any], file: Path) -> None:
    """Prints the accounts as a table."""
    click.echo(f"{'role':<10} {'user name':<24} {'password':<14} scope")
    for each in facts["accounts"]:
        click.echo(
            f"{each['role']:<10} {each['username']:<24} {each['password']:<14} {each['scope']}"
        )
    click.echo(f"also in {file}")
