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
#: Public pages that one address may look at in one go (a village may share one), and each second.
LOOKS, LOOKS_PER_SECOND = 60, 2
#: ... and all addresses together, so that many hands do not slow down those who work here.
ALL_LOOKS, ALL_LOOKS_PER_SECOND = 1_200, 40
#: Objections from one address in one go, and from all, and how many more each second.
OBJECTIONS, OBJECTIONS_PER_SECOND = 5, 1 / 600
ALL_OBJECTIONS, ALL_OBJECTIONS_PER_SECOND = 100, 1 / 60
#: Shares that are remembered: the oldest are forgotten first.
_REMEMBERED = 10_000

_lock = Lock()
_under_way: Counter[int] = Counter()
#: What is left of a share, and since when.
_shares: dict[int | str, tuple[float, float]] = {}


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
    if not _take(token_id, CALLS, CALLS_PER_SECOND):
        raise TooMuch(fault("calls_used_up"), again_in=1)


def look_of(address: str) -> None:
    """Takes one look at a public page of an address's share and of everybody's; raises TooMuch
    when one is used up."""
    if not _take(address, LOOKS, LOOKS_PER_SECOND) or not _take(
        "looks", ALL_LOOKS, ALL_LOOKS_PER_SECOND
    ):
        raise TooMuch(fault("looks_used_up"), again_in=1)


def objection_of(address: str) -> None:
    """Takes one objection of an address's share and of everybody's; raises TooMuch when one is
    used up."""
    if not _take(f"objections {address}", OBJECTIONS, OBJECTIONS_PER_SECOND) or not _take(
        "objections", ALL_OBJECTIONS, ALL_OBJECTIONS_PER_SECOND
    ):
        raise TooMuch(fault("objections_used_up"), again_in=600)


def _take(whose: int | str, most: int, per_second: float) -> bool:
    """Takes one of a share that fills up again steadily; False when nothing is left of it."""
    now = time.monotonic()
    with _lock:
        left, since = _shares.pop(whose, (float(most), now))
        left = min(most, left + (now - since) * per_second)
        _shares[whose] = (max(0.0, left - 1), now)
        if len(_shares) > _REMEMBERED:
            del _shares[next(iter(_shares))]
    return left >= 1


def forget() -> None:
    """Forgets every share (in tests the tokens of different databases have the same numbers)."""
    with _lock:
        _shares.clear()
