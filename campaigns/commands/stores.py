"""The store of pictures and documents, as commands use it."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app

from campaigns.evidence.store import Store, StoreAway, open_store


@contextmanager
def opened(address: str | None = None) -> Iterator[Store]:
    """The store at an address, or this installation's own; when it does not answer, the command
    ends with one plain line."""
    try:
        store = open_store(address or current_app.config["CAMPAIGNS"].evidence)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from None
    try:
        yield store
    except StoreAway as wrong:
        raise click.ClickException(f"the store does not answer: {wrong}") from None
