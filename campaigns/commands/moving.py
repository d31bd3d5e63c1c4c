"""``flask move-evidence``: stored files go to another store; may be interrupted and run again."""

import time
from collections.abc import Iterator

import click
from flask.cli import with_appcontext

from campaigns.commands import stores
from campaigns.evidence import moving
from campaigns.evidence.moving import Step

#: Seconds between two lines of progress.
_EVERY = 5.0


@click.command("move-evidence")
@click.argument("source")
@click.argument("target")
@click.option("--remove", is_flag=True, help="Afterwards compare all, and empty the source.")
@with_appcontext
def move_evidence(source: str, target: str, remove: bool) -> None:
    """Copies the files of the store SOURCE to the store TARGET, both as CAMPAIGNS_STORE names them.

    What is there already is left out, so that it can be run again, and while the server runs: move,
    change the setting, restart the server, move once more for what came in meanwhile.
    """
    with stores.opened(source) as here, stores.opened(target) as there:
        if here == there or moving.are_one(here, there):
            raise click.ClickException("the two addresses are of one store")
        _through("copied", moving.copy(here, there))
        if remove:
            _through("compared", moving.verify(here, there))
            _through("removed", moving.remove(here, there))


def _through(word: str, steps: Iterator[Step]) -> None:
    """Goes through all files and says how far it is; ends the command when any is wrong."""
    done = left = size = wrong = 0
    told = time.monotonic()
    for step in steps:
        done, left = done + step.done, left + (not step.done and not step.wrong)
        size += step.file.size if step.done else 0
        if step.wrong:
            wrong += 1
            click.echo(f"{step.file.place} {step.wrong}")
        if time.monotonic() - told > _EVERY:
            told = time.monotonic()
            click.echo(f"{word} {done} files, {size >> 20} MB ...")
    there = f", {left} were there already" if left else ""
    click.echo(f"{word} {done} files, {size >> 20} MB{there}")
    if wrong:
        raise click.ClickException(
            f"{wrong} files are wrong, nothing is removed: flask check says what to do"
        )
