"""Same picture? Evidence that looks like other evidence: a hint for people, never a verdict.

Exact copies are known by the hashes of their bytes. The rest is found in two steps (``shades``):
an index of all difference hashes, then a second look at the thumbnails of what it points to.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history, settings
from campaigns.database import Base, db
from campaigns.errors import NotFound
from campaigns.evidence import pictures, shades
from campaigns.evidence.index import Index
from campaigns.evidence.intake import ProofKind
from campaigns.evidence.pictures import NotTaken
from campaigns.evidence.records import THUMBNAIL, Evidence, is_living_proof
from campaigns.evidence.store import NotStored, Store, StoreAway
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction
from campaigns.units import Unit

#: Hashes of alike pictures differ by at most so many of 128 bits, ...
BITS = 20
#: ... so many of the nearest get a second look, and so much must then be the same.
LOOKS, SAME = 24, 0.88
#: Nobody is shown more of them beside one picture.
SHOWN = 8
#: Rows read at once, and how many results and gaps between ids are kept in memory.
_ROWS, _KEPT = 20_000, 4096

#: Percent by id of the evidence that is alike.
Percents = dict[int, int]


class Distinction(Base):
    """Somebody who proves for the unit said: these are two pictures, alike as they look."""

    __tablename__ = "distinction"

    evidence_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("evidence.id"), primary_key=True)
    said_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    said_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Alike:
    """Evidence that looks like another, and the place of its unit; so many percent are the same,
    100 of a copy."""

    evidence: Evidence
    place: Jurisdiction
    percent: int


def in_unit(store: Store, pieces: Sequence[Evidence]) -> dict[int, list[Alike]]:
    """For each piece what its own unit had sent before and looks like it, the most alike first.

    Pairs that somebody told apart are left out, and so are documents. Nothing of any other unit is
    read.
    """
    pieces = _photos(pieces)
    if not pieces:
        return {}
    rows = db.session.execute(
        sa.select(Evidence.id, Evidence.unit_id, Evidence.difference_hash)
        .where(
            Evidence.unit_id.in_({each.unit_id for each in pieces}),
            Evidence.id < max(each.id for each in pieces),
            Evidence.removed_at.is_(None),
        )
        .order_by(Evidence.id)
    ).all()
    found = _copies(pieces, Evidence.unit_id.in_({each.unit_id for each in pieces}))
    with suppress(StoreAway):  # a hint is left out, the page is not
        for piece in pieces:
            hashed = {
                row.id: row.difference_hash
                for row in rows
                if row.difference_hash and row.id < piece.id and row.unit_id == piece.unit_id
            }
            if hashed:
                index = Index()
                index.extend(list(hashed), list(hashed.values()))
                found[piece.id] |= _looked_at(store, piece, index)
    apart = told_apart([each.id for each in pieces])
    return _loaded(
        {
            piece: {
                other: percent
                for other, percent in percents.items()
                if other < piece and (piece, other) not in apart
            }
            for piece, percents in found.items()
        }
    )


def everywhere(store: Store, pieces: Sequence[Evidence]) -> dict[int, list[Alike]]:
    """For each piece what looks like it among everything that this installation holds, whoever
    sent it and whenever, the most alike first: only for those who may compare it. Documents are
    left out."""
    pieces = _photos(pieces)
    if not pieces:
        return {}
    known = _known()
    known.catch_up()
    found = _copies(pieces)
    with suppress(StoreAway):
        for piece in pieces:
            found[piece.id] |= known.alike(store, piece)
    return _loaded(found)


def _photos(pieces: Sequence[Evidence]) -> list[Evidence]:
    return [each for each in pieces if not each.is_document]


def _copies(pieces: Sequence[Evidence], *conditions: sa.ColumnElement[bool]) -> dict[int, Percents]:
    """Evidence made of the same bytes, as they were sent or as they are stored."""
    rows = db.session.execute(
        sa.select(Evidence.id, Evidence.sent_sha256, Evidence.stored_sha256).where(
            sa.or_(
                Evidence.sent_sha256.in_({each.sent_sha256 for each in pieces}),
                Evidence.stored_sha256.in_({each.stored_sha256 for each in pieces}),
            ),
            *conditions,
        )
    ).all()
    return {
        piece.id: {
            row.id: 100
            for row in rows
            if row.id != piece.id
            and (row.sent_sha256 == piece.sent_sha256 or row.stored_sha256 == piece.stored_sha256)
        }
        for piece in pieces
    }


def look(
    index: Index,
    own: bytes,
    shades_of: Callable[[Sequence[int]], Mapping[int, bytes]],
    *,
    but: int | None = None,
    since: int = 0,
) -> Percents:
    """What an index points to and a second look confirms, for a picture with these shades.

    ``shades_of`` gives the shades of other pictures by their ids; ``but`` is the picture itself,
    ``since`` leaves out what was in the index when its size was that.
    """
    picture = shades.read(own)
    near = dict(index.near(shades.probes(picture), BITS, LOOKS + 1, since))
    near.pop(but or 0, None)
    found: Percents = {}
    for other, seen in shades_of(list(near)).items() if near else ():
        same = shades.alike(picture, shades.read(seen), shades.FRAMES[near[other]])
        if same >= SAME:
            found[other] = int(100 * same)
    return found


def _looked_at(store: Store, piece: Evidence, index: Index, since: int = 0) -> Percents:
    """What looks like a stored picture; nothing where it is flat or its thumbnail is gone."""

    def shades_of(ids: Sequence[int]) -> dict[int, bytes]:
        columns = sa.select(Evidence.id, Evidence.stored_sha256)
        rows = db.session.execute(columns.where(Evidence.id.in_(ids)))
        seen = ((row.id, _shades(store, row.stored_sha256)) for row in rows)
        return {other: each for other, each in seen if each is not None}

    own = _shades(store, piece.stored_sha256) if piece.difference_hash else None
    return look(index, own, shades_of, but=piece.id, since=since) if own else {}


def _shades(store: Store, name: str) -> bytes | None:
    """The shades of a stored picture; none when its thumbnail is gone."""
    try:
        return _read_shades(store, name)
    except (NotStored, NotTaken):
        return None


@lru_cache(maxsize=_KEPT // 4)
def _read_shades(store: Store, name: str) -> bytes:
    return pictures.shades(store.read(name, THUMBNAIL))


def forget() -> None:
    """Lets go of what this process keeps of looking at thumbnails."""
    _read_shades.cache_clear()


def forget_all() -> None:
    """Lets go of everything that this process knows of pictures, as a restart does."""
    forget()
    _of_engine.clear()


def _loaded(found: Mapping[int, Percents]) -> dict[int, list[Alike]]:
    """The proof that was found, the most alike first, what was removed since left out."""
    ids = {other for percents in found.values() for other in percents}
    query = (
        sa.select(Evidence, Jurisdiction)
        .join(Unit, Unit.id == Evidence.unit_id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Evidence.id.in_(ids), is_living_proof())
    )
    rows = {row[0].id: row for row in db.session.execute(query)} if ids else {}
    return {
        piece: [
            Alike(*rows[other], percent)
            for other, percent in sorted(percents.items(), key=lambda each: (-each[1], each[0]))
            if other in rows
        ][:SHOWN]
        for piece, percents in found.items()
    }


class _Known:
    """What this process knows: the hashes of all evidence, and what was found lately.

    Only what is committed is read, in a transaction apart, and each time what is newer. An id can
    be committed after a higher one: gaps are asked for again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index()
        self._newest = 0
        self._gaps: list[int] = []
        self._found: OrderedDict[int, tuple[int, Percents]] = OrderedDict()

    def catch_up(self) -> None:
        """Reads what was added since the last time."""
        fresh = sa.or_(Evidence.id > self._newest, Evidence.id.in_(self._gaps))
        columns = (Evidence.id, Evidence.difference_hash, Evidence.removed_at)
        query = sa.select(*columns).where(fresh).order_by(Evidence.id)
        with self._lock, database.short(write=False) as connection:
            rows = connection.execution_options(yield_per=_ROWS).execute(query)
            for part in rows.partitions():
                self._take({row.id for row in part})
                kept = [row for row in part if row.difference_hash and not row.removed_at]
                hashes = [row.difference_hash for row in kept]
                self._index.extend([row.id for row in kept], hashes)

    def _take(self, ids: set[int]) -> None:
        newest = max(*ids, self._newest)
        lately = range(max(self._newest, newest - _KEPT) + 1, newest)
        self._gaps = [each for each in (*self._gaps, *lately) if each not in ids][-_KEPT:]
        self._newest = newest

    def alike(self, store: Store, piece: Evidence) -> Percents:
        """What looks like the piece; what was looked at before is not looked at again."""
        since, found = self._found.get(piece.id, (0, {}))
        size = self._index.size
        if since < size:
            found = found | _looked_at(store, piece, self._index, since)
            with self._lock:
                self._found[piece.id] = size, found
                self._found.move_to_end(piece.id)
                if len(self._found) > _KEPT:
                    self._found.popitem(last=False)
        return found


_of_engine: WeakKeyDictionary[Engine, _Known] = WeakKeyDictionary()


def _known() -> _Known:
    return _of_engine.setdefault(db.engine, _Known())


def tell_apart(piece: Evidence, other_id: int, *, by: int) -> None:
    """Somebody who proves for the unit says that it is another picture; said twice is harmless."""
    statement = database.insert(Distinction).values(
        evidence_id=piece.id, other_id=other_id, said_by=by, said_at=clock.now()
    )
    db.session.execute(statement.on_conflict_do_nothing())
    history.record("told_apart", "evidence", piece.id, by=by, unit_id=piece.unit_id, other=other_id)


def told_apart(ids: Iterable[int]) -> set[tuple[int, int]]:
    """The pairs, with one of these as the later picture, that somebody told apart."""
    query = sa.select(Distinction.evidence_id, Distinction.other_id)
    rows = db.session.execute(query.where(Distinction.evidence_id.in_(list(ids))))
    return {(row.evidence_id, row.other_id) for row in rows}


def note_look(piece: Evidence, alike: Sequence[Alike], *, by: int, address: str) -> None:
    """Keeps in the history that somebody compares a picture with others, whoever sent these."""
    others = [each.evidence.id for each in alike]
    history.remark("compared", "evidence", piece.id, by=by, address=address, others=others)


def compared(piece: Evidence, other_id: int, *, by: int) -> Evidence:
    """The other picture, for somebody whose look at the two is in the history; else NotFound."""
    looks = db.session.scalars(
        sa.select(Event.detail)
        .where(
            Event.subject == "evidence",
            Event.subject_id == piece.id,
            Event.verb == "compared",
            Event.person_id == by,
            Event.at > clock.now() - settings.SESSION_LIFE,
        )
        .order_by(Event.id.desc())
        .limit(SHOWN)
    )
    other = db.session.get(Evidence, other_id)
    if other is None or other.removed_at or not any(other_id in each["others"] for each in looks):
        raise NotFound(other_id)
    return other


def hash_earlier(store: Store, after: int, limit: int) -> list[int]:
    """Gives pictures stored before likeness was known their difference hash, so many from an id
    on; gives the ids looked at, none when there are no more. Servers see it when they start."""
    query = sa.select(Evidence).where(
        Evidence.id > after,
        Evidence.difference_hash.is_(None),
        is_living_proof(),
        Evidence.kind == ProofKind.PHOTO,
    )
    pieces = db.session.scalars(query.order_by(Evidence.id).limit(limit)).all()
    for piece in pieces:
        if (own := _shades(store, piece.stored_sha256)) is not None:
            piece.difference_hash = shades.difference_hash(shades.read(own))
    db.session.flush()
    return [each.id for each in pieces]
