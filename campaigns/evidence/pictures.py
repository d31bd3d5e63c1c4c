"""Opening what was sent: asks the limited process (``decoding``) and survives its death."""

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

Reason = Literal[
    "type",
    "broken",
    "pixels",
    "slow",
    "members",
    "unpacked",
    "entities",
    "macros",
    "encrypted",
    "active",
]
Request = dict[str, str | int]
Answer = tuple[dict[str, Any], list[bytes]]

#: Seconds that one file may take.
PATIENCE = 20.0
ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"})
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Picture:
    """What intake makes of one sent photo: JPEG, upright, without metadata.

    The long edge is at most 1920 px, the thumbnail's 320 px. ``captured_at`` is the time that the
    photo itself names, naive when it names no offset; none when absent or absurd. ``shades`` are
    its greys, by which likeness is judged.
    """

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    captured_at: datetime | None
    shades: bytes


class NotTaken(Exception):
    """The file cannot be taken; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def allowed_name(filename: str) -> bool:
    """Whether the name ends like a kind of picture that is taken in."""
    return Path(filename.lower()).suffix in ENDINGS


class Decoder:
    """One limited process, started when first needed; one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def decode(self, path: Path) -> Picture:
        """The picture in a file; raises NotTaken. The process is renewed if it dies."""
        facts, (content, thumbnail, shades) = self._ask({"path": str(path)})
        taken = facts["captured_at"]
        return Picture(
            content,
            thumbnail,
            facts["width"],
            facts["height"],
            datetime.fromisoformat(taken) if taken else None,
            shades,
        )

    def shades(self, thumbnail: bytes) -> bytes:
        """The shades of a stored thumbnail; raises NotTaken."""
        _facts, (shades,) = self._ask({"thumbnail": len(thumbnail)}, thumbnail)
        return shades

    def clean(self, path: Path, ending: str) -> bytes:
        """What is kept of a document whose name ends so; raises NotTaken."""
        _facts, (content,) = self._ask({"path": str(path), "document": ending})
        return content

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        return self._process.pid if self._process else None

    def _running(self) -> subprocess.Popen[bytes]:
        # A forked server must not talk to its parent's child.
        if self._process is None or self._owner != os.getpid():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "campaigns.evidence.decoding"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
            )
            self._owner = os.getpid()
        return self._process

    def _ask(self, request: Request, content: bytes = b"") -> Answer:
        with self._lock:
            try:
                return self._ask_once(self._running(), request, content)
            except (EOFError, OSError, ValueError):
                # It died: over this file, or long ago. A fresh one tells which.
                self._end()
            try:
                return self._ask_once(self._running(), request, content)
            except (EOFError, OSError, ValueError):
                self._end()
                raise NotTaken("broken") from None

    def _ask_once(
        self, process: subprocess.Popen[bytes], request: Request, content: bytes
    ) -> Answer:
        if process.stdin is None or process.stdout is None:
            raise OSError("the process has no pipes")
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(PATIENCE, give_up)
        timer.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n" + content)
            process.stdin.flush()
            return _answer(process.stdout)
        except (EOFError, OSError, ValueError):
            if late.is_set():
                self._end()
                raise NotTaken("slow") from None
            raise
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _answer(stream: IO[bytes]) -> Answer:
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    facts = json.loads(line)
    if "refused" in facts:
        raise NotTaken(facts["refused"])
    return facts, [_exactly(stream, size) for size in facts["sizes"]]


def _exactly(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise EOFError
    return found


_decoder = Decoder()
#: Looks at stored thumbnails, so that pages do not wait until an upload is decoded.
_reader = Decoder()
atexit.register(_decoder.close)
atexit.register(_reader.close)


def intake(path: Path) -> Picture:
    """Decodes a sent photo in the separate process; raises NotTaken."""
    return _decoder.decode(path)


def intake_document(path: Path, ending: str) -> bytes:
    """What is kept of a sent document, by its name's ending; raises NotTaken."""
    return _decoder.clean(path, ending)


def shades(thumbnail: bytes) -> bytes:
    """The shades of a stored thumbnail, read in a separate process; raises NotTaken."""
    return _reader.shades(thumbnail)
