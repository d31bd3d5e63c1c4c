"""Orphans: stored files that nothing refers to. An upload that failed, or a removal, left them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from campaigns.evidence import records
from campaigns.evidence.store import Store, Stored
from campaigns.standards import examples

_AT_ONCE = 500


def orphans(store: Store, before: datetime) -> Iterator[Stored]:
    """Every file, stored before then, that is neither of evidence nor an example of a criterion.

    A file is stored before what refers to it: give a time that leaves out what is on its way.
    """
    files = store.listed()
    while batch := list(islice(files, _AT_ONCE)):
        names = list({each.name for each in batch})
        referred = records.referred(names) | examples.referred(names)
        yield from (each for each in batch if each.name not in referred and each.at < before)


def check(store: Store, before: datetime) -> Iterator[str]:
    """Names every orphan, and says what to do about it."""
    for each in orphans(store, before):
        yield f"orphan {each.place}: it belongs to nothing: delete it"
