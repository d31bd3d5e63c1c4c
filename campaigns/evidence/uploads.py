"""What has arrived so far of each upload: parts on disk, in a folder for each person.

A part is two files: ``<id>.json`` says what it will be and when it came, ``<id>`` holds its bytes.
Its offset is the size of the bytes, except that the last byte counts only when the proof is stored:
whoever loses the last answer, or meets a server that died before it stored, sends one byte again.
"""

import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from campaigns import clock, settings
from campaigns.errors import CampaignError, NotFound

_ID = re.compile(r"[0-9a-f]{32}")
_CHUNK = 65536
_SWEPT = ".swept"


class Expired(CampaignError):
    """The part waited too long for the rest; it has to be sent anew."""


class Busy(CampaignError):
    """Another request is writing to the part."""


class Mismatch(CampaignError):
    """The bytes are not those that their checksum was made of."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the sender says of the bytes of one request."""

    algorithm: Literal["sha256", "sha1"]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """An upload on its way. ``metadata`` is the header that it was created with; ``known`` says
    that its proof was stored before it was created, by an upload whose answer was lost."""

    id: str
    file: Path
    length: int
    client_key: str
    metadata: str
    known: bool

    @property
    def expires_at(self) -> datetime:
        """Until when the rest may come; each chunk that arrives moves it on."""
        touched = datetime.fromtimestamp(_facts(self.file).stat().st_mtime, UTC)
        return touched + settings.PART_LIFE

    @property
    def offset(self) -> int:
        """How many bytes count as arrived, as long as the proof is not stored."""
        return min(self.file.stat().st_size, self.length - 1) if self.file.exists() else 0

    @property
    def is_whole(self) -> bool:
        """Whether every byte has arrived."""
        return self.file.exists() and self.file.stat().st_size == self.length

    def touch(self) -> None:
        """Something arrived: the part lives on."""
        now = clock.now().timestamp()
        os.utime(_facts(self.file), (now, now))

    def drop_bytes(self) -> None:
        """Lets the bytes go, when the proof is stored; the part still answers until it expires."""
        self.file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes the part and all that arrived of it."""
        _facts(self.file).unlink(missing_ok=True)
        with suppress(PermissionError):  # Windows keeps open files; the sweep finds it later
            self.file.unlink(missing_ok=True)


class Uploads:
    """The parts below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def create(
        self, person_id: int, length: int, client_key: str, metadata: str, *, known: bool
    ) -> Part:
        """Begins an upload of ``length`` bytes; without a ``client_key`` its own id is the key."""
        part_id = secrets.token_hex(16)
        folder = self.root / str(person_id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Part(part_id, folder / part_id, length, client_key or part_id, metadata, known)
        os.close(os.open(part.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        facts = {
            "length": length,
            "client_key": part.client_key,
            "metadata": metadata,
            "known": known,
        }
        draft = part.file.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as stream:
            json.dump(facts, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(_facts(part.file))
        part.touch()
        return part

    def find(self, person_id: int, part_id: str) -> Part:
        """The person's own part; raises NotFound, or Expired while it is not swept yet."""
        if not _ID.fullmatch(part_id):
            raise NotFound(part_id[:40])
        part = _read(self.root / str(person_id) / part_id)
        if part is None:
            raise NotFound(part_id)
        if part.expires_at <= clock.now():
            raise Expired
        return part

    def open_of(self, person_id: int) -> list[Part]:
        """The person's parts whose bytes are still awaited."""
        folder = self.root / str(person_id)
        found = [_read(file.with_suffix("")) for file in folder.glob("*.json")]
        return [each for each in found if each is not None and each.file.exists()]

    def sweep(self) -> int:
        """Removes what waited too long, and folders that are empty; gives how many parts went."""
        limit = (clock.now() - settings.PART_LIFE).timestamp()
        count = 0
        for folder in self.root.glob("[0-9]*"):
            for file in folder.iterdir():
                with suppress(FileNotFoundError):
                    if file.suffix == ".json" and file.stat().st_mtime <= limit:
                        file.with_suffix("").unlink(missing_ok=True)
                        file.unlink()
                        count += 1
                    elif not _facts(file).exists() and file.stat().st_mtime <= limit:
                        file.unlink()
            with suppress(OSError):
                folder.rmdir()
        return count

    def sweep_now_and_then(self) -> None:
        """Sweeps unless that was done within the hour, where no clock calls ``flask nightly``."""
        mark, now = self.root / _SWEPT, clock.now().timestamp()
        with suppress(FileNotFoundError):
            if 0 <= now - mark.stat().st_mtime < settings.SWEEP_EVERY.total_seconds():
                return
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.touch()
        os.utime(mark, (now, now))
        self.sweep()


def _facts(file: Path) -> Path:
    return file.with_suffix(".json")


def _read(file: Path) -> Part | None:
    try:
        facts: dict[str, Any] = json.loads(_facts(file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Part(file.name, file, **facts)


@contextmanager
def held(part: Part) -> Iterator[BinaryIO]:
    """The part's bytes, for this request alone; raises Busy, or NotFound when it just went."""
    try:
        stream = part.file.open("r+b")
    except FileNotFoundError:
        raise NotFound(part.id) from None
    with stream:
        if not _lock(stream.fileno()):
            raise Busy
        try:
            if not part.file.exists() or os.fstat(stream.fileno()).st_ino != _inode(part.file):
                raise NotFound(part.id)
            yield stream
        finally:
            _unlock(stream.fileno())


def append(
    part: Part, into: BinaryIO, offset: int, source: IO[bytes], checksum: Checksum | None
) -> int:
    """Adds what ``source`` gives at ``offset``, up to the part's length; gives the size then.

    Each piece is handed to the system at once and all of it synced at the end, so that neither a
    cut line nor a killed server costs more than the piece it met. What is whole now is not synced
    here: it is answered when it is stored, which syncs. Raises Mismatch, and keeps nothing of
    this, when it is not what the checksum says.
    """
    part.touch()  # so that no sweep takes it while it is written to
    into.truncate(offset)
    into.seek(offset)
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    size = offset
    try:
        while size < part.length and (chunk := source.read(min(_CHUNK, part.length - size))):
            into.write(chunk)
            into.flush()
            size += len(chunk)
            if digest is not None:
                digest.update(chunk)
        if checksum is not None and digest is not None and digest.digest() != checksum.digest:
            into.truncate(offset)
            size = offset
            raise Mismatch
    finally:
        if size < part.length:
            os.fsync(into.fileno())
        part.touch()
    return size


def _inode(file: Path) -> int:
    with suppress(FileNotFoundError):
        return file.stat().st_ino
    return -1


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        # One byte far behind the end: such locks are of ranges, and bind readers too.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
