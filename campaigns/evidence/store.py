"""The stored files: named by what they hold, on disk before anything says that they exist."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

SUFFIXES = frozenset({".jpg", ".thumb.jpg", ".pdf", ".docx", ".xlsx", ".pptx"})
_NAME = re.compile(r"[0-9a-f]{64}")


class Store:
    """A folder of files ``ab/cd/<sha256><suffix>``; the only class that touches them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes, suffix: str) -> str:
        """Stores bytes, synced, and gives their SHA-256; storing the same twice is harmless."""
        name = hashlib.sha256(content).hexdigest()
        self.put_beside(name, content, suffix)
        return name

    def put_beside(self, name: str, content: bytes, suffix: str) -> None:
        """Stores something derived from a stored file, under its name."""
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

    def path(self, name: str, suffix: str) -> Path:
        """Where a file lies; raises ValueError for anything that is not a name of ours."""
        if not _NAME.fullmatch(name) or suffix not in SUFFIXES:
            raise ValueError("not the name of a stored file")
        return self.root / name[:2] / name[2:4] / f"{name}{suffix}"

    def remove(self, name: str) -> None:
        """Removes a file and what was derived from it."""
        for suffix in SUFFIXES:
            self.path(name, suffix).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """The names of all stored files."""
        for file in self.root.glob("??/??/*.*"):
            if not file.name.endswith(".thumb.jpg"):
                yield file.name.partition(".")[0]

    def sweep(self, older_than: timedelta) -> int:
        """Removes what interrupted writes left behind; gives how many."""
        limit, count = time.time() - older_than.total_seconds(), 0
        for file in self.root.glob("part-*"):
            if file.stat().st_mtime < limit:
                file.unlink(missing_ok=True)
                count += 1
        return count


def _sync(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders, and keeps its renames by itself
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
