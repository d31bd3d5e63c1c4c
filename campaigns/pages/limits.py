"""Fair shares: what one person or program may ask for at once. Counted in each server process."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from campaigns.errors import TooMuch, fault

#: Files that a person may have made at the same time.
FILES = 2
#: Calls that a program may make in one go, and how many more it may make each second.
CALLS, CALLS_PER_SECOND = 120, 10

_lock = Lock()
_under_way: Counter[int] = Counter()
_calls: dict[int, tuple[float, float]] = {}


@contextmanager
def file_of(person_id: int) -> Iterator[None]:
    """Holds one of a person's places while a file is made; raises TooMuch when none is left."""
    with _lock:
        if _under_way[person_id] >= FILES:
            raise TooMuch(fault("files_under_way"), again_in=10)
        _under_way[person_id] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[person_id] -= 1
            if not _under_way[person_id]:
                del _under_way[person_id]


def call_of(token_id: int) -> None:
    """Takes one call of a token's share, which fills up again steadily; raises TooMuch when it
    is used up."""
    now = time.monotonic()
    with _lock:
        left, since = _calls.get(token_id, (float(CALLS), now))
        left = min(CALLS, left + (now - since) * CALLS_PER_SECOND)
        _calls[token_id] = (max(0.0, left - 1), now)
    if left < 1:
        raise TooMuch(fault("calls_used_up"), again_in=1)


def forget() -> None:
    """Forgets every call (in tests the tokens of different databases have the same numbers)."""
    with _lock:
        _calls.clear()
