"""``flask lot``: repeats a published lot from its file; needs no database."""

import json
from pathlib import Path

import click

from campaigns.acceptance import lot as lots


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def lot(file: Path) -> None:
    """Draws the lot of FILE.json again and says whether it comes out the same."""
    try:
        lines, right = lots.verdict(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as raised:
        raise click.ClickException(f"{file} is no published lot") from raised
    for line in lines:
        click.echo(line)
    if not right:
        raise SystemExit(1)
