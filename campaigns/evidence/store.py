"""The stored files: named by what they hold, kept before anything says that they exist."""

import hashlib
import os
import re
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from campaigns.errors import CampaignError, NotFound

SUFFIXES = frozenset({".jpg", ".thumb.jpg", ".pdf", ".docx", ".xlsx", ".pptx"})
#: How much of a file is in memory at a time.
CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")
_PLACE = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})(\.[a-z.]+)")


class NotStored(NotFound):
    """There is no such file."""


class StoreAway(CampaignError):
    """The store does not answer, or refuses us: nothing can be read or kept now."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: its size in bytes, and the bytes in chunks, to be read once."""

    size: int
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in a store, and since when."""

    name: str
    suffix: str
    size: int
    at: datetime

    @property
    def derived(self) -> bool:
        """Whether it was made from the file that its name is the hash of."""
        return self.suffix == ".thumb.jpg"

    @property
    def place(self) -> str:
        """Where it lies within its store."""
        return place(self.name, self.suffix)


class Store(ABC):
    """Files ``ab/cd/<sha256><suffix>``, written once and never changed; only stores touch them.

    Every method raises ValueError for what is not a name of ours, and StoreAway.
    """

    def put(self, content: bytes, suffix: str) -> str:
        """Stores bytes for good and gives their SHA-256; storing the same twice is harmless."""
        name = hashlib.sha256(content).hexdigest()
        self.put_beside(name, content, suffix)
        return name

    @abstractmethod
    def put_beside(self, name: str, content: bytes, suffix: str) -> None:
        """Stores something derived from a stored file, under its name; what is there stays."""

    @abstractmethod
    def open(self, name: str, suffix: str) -> Content:
        """A file to be read in chunks; raises NotStored."""

    def chunks(self, name: str, suffix: str) -> Iterator[bytes]:
        """What a file holds, never the whole of it in memory; raises NotStored, at once."""
        return self.open(name, suffix).chunks

    def read(self, name: str, suffix: str) -> bytes:
        """The whole of a small file; raises NotStored."""
        return b"".join(self.chunks(name, suffix))

    def digest(self, name: str, suffix: str) -> str:
        """The SHA-256 of what a file holds now; raises NotStored."""
        made = hashlib.sha256()
        for chunk in self.chunks(name, suffix):
            made.update(chunk)
        return made.hexdigest()

    @abstractmethod
    def size(self, name: str, suffix: str) -> int | None:
        """The size of a file in bytes; none when it is not there."""

    @abstractmethod
    def remove(self, name: str, suffixes: Iterable[str] = SUFFIXES) -> None:
        """Removes a file and what was derived from it, or only those that end so; harmless when
        there is nothing."""

    @abstractmethod
    def listed(self) -> Iterator[Stored]:
        """All stored files, in no order."""

    def names(self) -> Iterator[str]:
        """The names of all stored files, those of what was derived left out."""
        return (each.name for each in self.listed() if not each.derived)

    @abstractmethod
    def sweep(self, older_than: timedelta) -> int:
        """Removes what interrupted writes left behind; gives how many."""


@dataclass(frozen=True)
class Folder(Store):
    """A store in a folder of this machine."""

    root: Path

    def put_beside(self, name: str, content: bytes, suffix: str) -> None:
        target = self.path(name, suffix)
        if target.exists():
            return
        folders = [self.root, target.parent.parent, target.parent]
        fresh = [folder.parent for folder in folders[1:] if not folder.exists()]
        for folder in folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.root, prefix="part-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        for folder in (target.parent, *reversed(fresh)):
            _sync(folder)

    def open(self, name: str, suffix: str) -> Content:
        try:
            stream = self.path(name, suffix).open("rb")
        except FileNotFoundError:
            raise NotStored(name) from None
        return Content(os.fstat(stream.fileno()).st_size, _chunks(stream))

    def size(self, name: str, suffix: str) -> int | None:
        try:
            return self.path(name, suffix).stat().st_size
        except FileNotFoundError:
            return None

    def remove(self, name: str, suffixes: Iterable[str] = SUFFIXES) -> None:
        for suffix in suffixes:
            self.path(name, suffix).unlink(missing_ok=True)

    def listed(self) -> Iterator[Stored]:
        for file in self.root.glob("??/??/*.*"):
            with suppress(FileNotFoundError):  # removed since
                found = file.stat()
                at = datetime.fromtimestamp(found.st_mtime, UTC)
                relative = file.relative_to(self.root).as_posix()
                if stored := stored_at(relative, found.st_size, at):
                    yield stored

    def sweep(self, older_than: timedelta) -> int:
        limit, count = time.time() - older_than.total_seconds(), 0
        for file in self.root.glob("part-*"):
            if file.stat().st_mtime < limit:
                file.unlink(missing_ok=True)
                count += 1
        return count

    def path(self, name: str, suffix: str) -> Path:
        """Where a file lies; raises ValueError for anything that is not a name of ours."""
        return self.root / place(name, suffix)


def open_store(address: str) -> Store:
    """The store at an address: the path of a folder, or ``s3://bucket/prefix``, with
    ``?endpoint=http://host:port`` where the service is not the cloud's own.

    Nothing is asked of it yet. Raises ValueError for any other address.
    """
    if "://" not in address:
        return Folder(Path(address).resolve())
    # Loaded only where files lie in a bucket: one old PC has no use for it.
    from campaigns.evidence.bucket import bucket_at

    return bucket_at(address)


def place(name: str, suffix: str) -> str:
    """Where a file lies within a store; raises ValueError for what is not a name of ours."""
    if not _NAME.fullmatch(name) or suffix not in SUFFIXES:
        raise ValueError("not the name of a stored file")
    return f"{name[:2]}/{name[2:4]}/{name}{suffix}"


def stored_at(found: str, size: int, at: datetime) -> Stored | None:
    """The file at a place within a store; none when it is not one of ours."""
    parts = _PLACE.fullmatch(found)
    if parts is None or parts[4] not in SUFFIXES:
        return None
    return Stored(parts[3], parts[4], size, at)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders, and keeps its renames by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
