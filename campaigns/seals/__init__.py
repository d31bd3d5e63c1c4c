"""Seals: the history in blocks, each closed by a hash, so that nobody can change it unseen.

A seal holds the root of a Merkle tree over its events (RFC 9162: leaves and inner nodes are
hashed apart) and the hash of the seal before. Whoever knows the newest hash can prove that an
event is in the history, and that nothing before it was changed, with ``verify.py`` alone.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound
from campaigns.history import Event

#: What inspectors verify a folder with, on any machine that has Python.
SCRIPT = Path(__file__).with_name("verify.py")
#: The hash before the first seal.
BEGINNING = "0" * 64
#: Events under one seal. A proof reads and hashes all of them.
_EVENTS = 1024
#: Seals made in one transaction: well under a second.
_SEALS = 8
#: Seals read at a time.
_CHAIN = 500


class Seal(Base):
    """The seal of ``count`` events, from ``first_event`` to ``last_event``."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_event: Mapped[int] = mapped_column(Large)
    last_event: Mapped[int] = mapped_column(Large, unique=True)
    count: Mapped[int]
    sealed_at: Mapped[datetime]
    #: Of the Merkle tree over the lines of its events, in hex as all hashes here.
    root: Mapped[str]
    #: The hash of the seal before.
    previous: Mapped[str]
    #: Of the line of everything above.
    hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class Sealed:
    """An event as it was sealed: its line, and what leads from there to the root of its seal."""

    line: bytes
    seal: int
    #: The place of the event among those of its seal, from 0.
    index: int
    #: The hashes beside the way up, from the leaf to the root.
    path: tuple[str, ...]


def seal() -> int:
    """Seals every committed event that is not sealed yet; gives how many they were.

    In short transactions of its own, apart from the caller's, who must not be writing.
    """
    until, sealed = _horizon(), 0
    while made := _seal_some(until):
        sealed += made
        if made < _SEALS * _EVENTS:
            break
        time.sleep(database.PAUSE)
    return sealed


def newest() -> Seal | None:
    """The last seal made, if any."""
    return db.session.scalar(sa.select(Seal).order_by(Seal.number.desc()).limit(1))


def find(number: int) -> Seal:
    """The seal of this number; raises NotFound."""
    found = db.session.get(Seal, number)
    if found is None:
        raise NotFound(number)
    return found


def chain(first: int) -> Iterator[Seal]:
    """The seals from a number on to the newest, also those made since the caller began to read."""
    while True:
        with database.short(write=False) as connection:
            query = sa.select(_SEAL).where(Seal.number >= first).order_by(Seal.number)
            rows = connection.execute(query.limit(_CHAIN)).all()
        yield from map(_as_seal, rows)
        if len(rows) < _CHAIN:
            return
        first += _CHAIN


def as_line(seal: Seal) -> bytes:
    """The line of a seal, its own hash included, as folders carry it."""
    return _line(_facts(seal) | {"hash": seal.hash})


def history_of(unit_id: int, *, seen_by_unit: bool) -> Iterator[Sealed]:
    """The sealed events of a unit, oldest first, also those sealed since the caller began to read;
    the unit's view leaves out what it cannot see yet.

    Reads each seal that holds any of them once, in a short transaction.
    """
    mine = [Event.unit_id == unit_id]
    if seen_by_unit:
        mine.append(history.visible_to_unit())
    after = 0
    while True:
        with database.short(write=False) as connection:
            following = sa.select(sa.func.min(Event.id)).where(*mine, Event.id > after)
            row = connection.execute(
                sa.select(_SEAL)
                .where(Seal.last_event >= following.scalar_subquery())
                .order_by(Seal.last_event)
                .limit(1)
            ).first()
            if row is None:
                return
            found = _as_seal(row)
            within = Event.id.between(found.first_event, found.last_event)
            wanted = {*connection.scalars(sa.select(Event.id).where(*mine, within))}
            events = connection.execute(_events(within)).all()
        lines = [_event_line(each) for each in events]
        levels = _levels([_leaf(each) for each in lines])
        for index, each in enumerate(events):
            if each.id in wanted:
                yield Sealed(lines[index], found.number, index, _path(levels, index))
        after = found.last_event


def check() -> Iterator[str]:
    """Names every seal that is not what its events, or the seal before, make it."""
    number, last, previous = 0, 0, BEGINNING
    query = sa.select(_SEAL).order_by(Seal.number).execution_options(yield_per=_CHAIN)
    for each in map(_as_seal, db.session.execute(query)):
        number += 1
        told = f"seal {each.number} (events {each.first_event}-{each.last_event})"
        if each.number != number or each.previous != previous:
            yield f"{told}: the seal before it is missing or another one"
        if each.hash != _hash(each):
            yield f"{told}: it was changed"
        events = db.session.execute(
            _events(sa.and_(Event.id > last, Event.id <= each.last_event))
        ).all()
        if len(events) != each.count:
            yield f"{told}: {each.count} events were sealed, {len(events)} are there"
        elif events[0].id != each.first_event or _root(events) != each.root:
            yield f"{told}: an event was changed"
        number, last, previous = each.number, each.last_event, each.hash


_SEAL = Seal.__table__
#: Everything of an event.
_COLUMNS = [*Event.__table__.columns]


def _horizon() -> int:
    """The greatest id of an event below which nothing can be committed any more."""
    with database.short(write=True) as connection:
        if connection.dialect.name == "postgresql":
            # Ids are given out before they are committed: the lock waits for all who have one.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")
            connection.exec_driver_sql("LOCK TABLE event IN SHARE MODE")
        return connection.scalar(sa.select(sa.func.max(Event.id))) or 0


def _seal_some(until: int) -> int:
    """Makes the next seals in one transaction; gives how many events they hold."""
    sealed = 0
    with database.short(write=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL lock_timeout = '3s'")
            connection.exec_driver_sql("LOCK TABLE seal IN SHARE ROW EXCLUSIVE MODE")
        before = connection.execute(sa.select(_SEAL).order_by(Seal.number.desc()).limit(1)).first()
        last = _as_seal(before) if before else None
        for _ in range(_SEALS):
            last = _seal_next(connection, last, until)
            if last is None:
                break
            sealed += last.count
    return sealed


def _seal_next(connection: Connection, before: Seal | None, until: int) -> Seal | None:
    """Seals what follows the seal ``before``, if there is anything."""
    after = before.last_event if before else 0
    events = connection.execute(
        _events(sa.and_(Event.id > after, Event.id <= until)).limit(_EVENTS)
    ).all()
    if not events:
        return None
    made = Seal(
        number=before.number + 1 if before else 1,
        first_event=events[0].id,
        last_event=events[-1].id,
        count=len(events),
        sealed_at=clock.now(),
        root=_root(events),
        previous=before.hash if before else BEGINNING,
    )
    made.hash = _hash(made)
    connection.execute(sa.insert(Seal).values(**_values(made)))
    return made


def _events(condition: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(*_COLUMNS).where(condition).order_by(Event.id)


def _values(seal: Seal) -> dict[str, Any]:
    return {column.key: getattr(seal, column.key) for column in _SEAL.columns}


def _as_seal(row: Row[Any]) -> Seal:
    """A seal apart from any session."""
    return Seal(**row._mapping)


def _facts(seal: Seal) -> dict[str, Any]:
    facts = _values(seal)
    del facts["hash"]
    return facts


def _hash(seal: Seal) -> str:
    return hashlib.sha256(_line(_facts(seal))).hexdigest()


def _event_line(event: Row[Any]) -> bytes:
    """The line of an event. That of a unit's leaves the house in its folder, so it never says
    from which address something was done; a person is a number in it."""
    facts = dict(event._mapping)
    if event.unit_id is not None:
        del facts["address"]
    return _line(facts)


def _line(facts: dict[str, Any]) -> bytes:
    """Facts as the one line of JSON that is the same whichever database they were read from."""
    text = json.dumps(
        _plain(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    # Half of a surrogate pair has no bytes in UTF-8; escaped it is still JSON.
    return text.encode("utf-8", "backslashreplace")


def _plain(value: Any) -> Any:
    """A value in the one form that JSON of both databases gives back."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    # PostgreSQL keeps numbers, not how they were written: 1e3 comes back as 1000.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _leaf(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """A Merkle tree from its leaves up to the root; what has no neighbour goes up as it is."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        above = [
            hashlib.sha256(b"\x01" + below[at] + below[at + 1]).digest()
            for at in range(0, len(below) - 1, 2)
        ]
        levels.append(above + below[len(above) * 2 :])
    return levels


def _root(events: Sequence[Row[Any]]) -> str:
    return _levels([_leaf(_event_line(each)) for each in events])[-1][0].hex()


def _path(levels: list[list[bytes]], index: int) -> tuple[str, ...]:
    """The hashes beside the way from a leaf to the root."""
    beside = []
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            beside.append(level[index ^ 1].hex())
        index //= 2
    return tuple(beside)
