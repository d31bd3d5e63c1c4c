"""A folder as a ZIP: packed while it is sent, so that no picture waits in memory or on disk."""

import hashlib
import json
import logging
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from zipstream import ZipStream

from campaigns import seals
from campaigns.evidence.intake import ending_of
from campaigns.evidence.store import NotStored, Store, StoreAway
from campaigns.exchange.ledger import Folder
from campaigns.exchange.ledger.facts import as_json, lose
from campaigns.seals import Seal, Sealed

_README = Path(__file__).with_name("README.txt")
_CHUNK = 1 << 16
_MISSING = "missing"
_HISTORY, _PROOFS, _SEALS = "history.jsonl", "proofs.jsonl", "seals.jsonl"
_log = logging.getLogger(__name__)


def lost(folder: Folder, store: Store) -> dict[int, str]:
    """The proofs whose files are not in the store, by id, and why."""
    found = {
        each.evidence.id: _MISSING
        for each in folder.kept
        if store.size(each.evidence.stored_sha256, each.evidence.suffix) is None
    }
    for evidence_id in found:
        _log.error("evidence %s: its file is missing", evidence_id)
    return found


def lay_history(folder: Folder, room: Path) -> Seal | None:
    """Writes the sealed history into ``room``, line by line, so that the database is asked no more
    while the ZIP is sent; gives the newest seal."""
    first = 0
    with (room / _HISTORY).open("wb") as lines, (room / _PROOFS).open("wb") as proofs:
        for each in seals.history_of(folder.unit.id, seen_by_unit=folder.viewer.as_unit):
            first = first or each.seal
            lines.write(each.line + b"\n")
            proofs.write(_proof(each) + b"\n")
    newest = None
    with (room / _SEALS).open("wb") as file:
        for newest in seals.chain(first or 1):
            file.write(seals.as_line(newest) + b"\n")
    return newest


def _proof(sealed: Sealed) -> bytes:
    proof = {"seal": sealed.seal, "index": sealed.index, "path": sealed.path}
    return json.dumps(proof, separators=(",", ":")).encode()


def stream(facts: dict[str, Any], store: Store, room: Path) -> Iterator[bytes]:
    """The ZIP piece by piece: what was laid in ``room``, the files that the ``facts`` name, and the
    facts themselves.

    The database is not asked. A file that has gone since is told among the missing ones.
    """
    packing = _Packing()
    yield from packing.add("README.txt", [_README.read_bytes()])
    yield from packing.add("ledger.pdf", read(room / "ledger.pdf"))
    kept = []
    for piece in facts["evidence"]:
        chunks = _opened(piece, store)
        if chunks is None:
            facts["missing"].append(lose(piece, _MISSING))
            continue
        kept.append(piece)
        yield from packing.add(piece["file"], chunks)
        if packing.hashes[piece["file"]] != piece["sha256"]:
            _log.error("evidence %s: the file is not what was stored", piece["id"])
    yield from packing.add("folder.json", [as_json(facts | {"evidence": kept})], small=True)
    for name in (_HISTORY, _PROOFS, _SEALS):
        yield from packing.add(name, read(room / name), small=True)
    yield from packing.add(seals.SCRIPT.name, [seals.SCRIPT.read_bytes()])
    yield from packing.end()


def _opened(piece: dict[str, Any], store: Store) -> Iterator[bytes] | None:
    try:
        return store.chunks(piece["sha256"], ending_of(piece["media_type"]))
    except (NotStored, StoreAway, OSError):
        _log.exception("evidence %s: its file cannot be read", piece["id"])
        return None


def read(file: Path) -> Iterator[bytes]:
    """A file in chunks."""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


class _Packing:
    """A ZIP under way, with the hash of each file that went into it."""

    def __init__(self) -> None:
        self._zip = ZipStream()
        self.hashes: dict[str, str] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, small: bool = False) -> Iterator[bytes]:
        """One more file, made ``small`` where that is worth it: pictures are small already."""
        kind = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED
        self._zip.add(self._hashed(name, chunks), name, compress_type=kind)
        yield from self._zip.all_files()

    def _hashed(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        try:
            for chunk in chunks:
                digest.update(chunk)
                yield chunk
        except (StoreAway, OSError):
            # What was sent cannot be taken back: it does not verify, and the rest still comes.
            _log.exception("%s: broke off", name)
        self.hashes[name] = digest.hexdigest()

    def end(self) -> Iterator[bytes]:
        """The list of hashes, and the end of the ZIP."""
        lines = [f"{digest}  {name}\n" for name, digest in self.hashes.items()]
        yield from self.add("hashes.txt", ["".join(lines).encode()])
        yield from self._zip.finalize()
