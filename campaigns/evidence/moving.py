"""Moving stored files from one store to another, in steps that can be interrupted and repeated."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns.evidence.store import NotStored, Store, Stored


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one file: done now, nothing to do, or why it could not be done."""

    file: Stored
    done: bool
    wrong: str = ""


def are_one(source: Store, target: Store) -> bool:
    """Whether two stores are the same, whatever their addresses say: what is put into the one is
    found in the other."""
    name = source.put(secrets.token_bytes(32), ".pdf")
    try:
        return target.size(name, ".pdf") is not None
    finally:
        source.remove(name)


def copy(source: Store, target: Store) -> Iterator[Step]:
    """Copies what the target does not have yet, each file whole or not at all.

    A file that is no longer what its name says is left where it is.
    """
    for each in source.listed():
        if target.size(each.name, each.suffix) == each.size:
            yield Step(each, done=False)
            continue
        try:
            content = source.read(each.name, each.suffix)
        except NotStored:  # removed since it was listed
            continue
        if not each.derived and hashlib.sha256(content).hexdigest() != each.name:
            yield Step(each, done=False, wrong="is not what was stored")
            continue
        target.put_beside(each.name, content, each.suffix)
        yield Step(each, done=True)


def verify(source: Store, target: Store) -> Iterator[Step]:
    """Reads every file of the source again, and the target's, and compares them."""
    for each in source.listed():
        try:
            here = source.digest(each.name, each.suffix)
        except NotStored:
            continue
        try:
            there = target.digest(each.name, each.suffix)
        except NotStored:
            yield Step(each, done=False, wrong="did not arrive")
            continue
        same = here == there and (each.derived or here == each.name)
        yield Step(each, same, "" if same else "is not the same there")


def remove(source: Store, target: Store) -> Iterator[Step]:
    """Removes from the source, all of which was verified before, what the target has too.

    What came in meanwhile stays.
    """
    for each in source.listed():
        if target.size(each.name, each.suffix) == each.size:
            source.remove(each.name, [each.suffix])
            yield Step(each, done=True)
