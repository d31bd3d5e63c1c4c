"""An index of difference hashes in memory: 24 bytes each, a million searched in milliseconds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: So many hashes at once: what is counted of them fits the processor's cache.
_SLICE = 1 << 17
_FIRST_ROOM = 1024


class Index:
    """Hashes of 128 bits by id. Only grows; one thread may extend it while others search."""

    def __init__(self) -> None:
        self._ids: NDArray[np.int64] = np.empty(_FIRST_ROOM, np.int64)
        #: The first halves in one row, the second in the other.
        self._halves: NDArray[np.uint64] = np.empty((2, _FIRST_ROOM), np.uint64)
        self.size = 0

    def extend(self, ids: Sequence[int], hashes: Sequence[bytes]) -> None:
        """Adds hashes of 16 bytes each."""
        size = self.size + len(ids)
        if size > len(self._ids):
            room = max(size, 2 * len(self._ids))
            # New arrays, not resized ones: a search may be reading the old.
            grown, halves = np.empty(room, np.int64), np.empty((2, room), np.uint64)
            grown[: self.size] = self._ids[: self.size]
            halves[:, : self.size] = self._halves[:, : self.size]
            self._ids, self._halves = grown, halves
        self._ids[self.size : size] = ids
        self._halves[:, self.size : size] = _halves(hashes)
        self.size = size

    def near(
        self, probes: Sequence[bytes], bits: int, limit: int, since: int = 0
    ) -> list[tuple[int, int]]:
        """The ids whose hash differs from some probe by at most so many bits, and the number of
        the probe that it is nearest to; the nearest first, at most ``limit``. ``since`` leaves out
        what was there when the size was that.
        """
        size, ids, halves = self.size, self._ids, self._halves
        best: dict[int, tuple[int, int]] = {}
        mixed, ones = np.empty(_SLICE, np.uint64), np.empty(_SLICE, np.uint8)
        for low in range(since, size, _SLICE):
            high = min(low + _SLICE, size)
            first, second = halves[0, low:high], halves[1, low:high]
            for number, (one, other) in enumerate(_halves(probes).T):
                there = slice(0, high - low)
                np.bitwise_xor(first, one, out=mixed[there])
                np.bitwise_count(mixed[there], out=ones[there])
                # Few pass by their first half; only of those the second is looked at.
                passed = np.flatnonzero(ones[there] <= bits)
                apart = ones[passed] + np.bitwise_count(second[passed] ^ other)
                for place in np.flatnonzero(apart <= bits):
                    found, distance = int(ids[low + passed[place]]), int(apart[place])
                    best[found] = min(best.get(found, (distance, number)), (distance, number))
        ranked = sorted(best, key=lambda found: (best[found][0], found))
        return [(found, best[found][1]) for found in ranked[:limit]]


def _halves(hashes: Sequence[bytes]) -> NDArray[np.uint64]:
    pairs = np.frombuffer(b"".join(hashes), ">u8").astype(np.uint64)
    return pairs.reshape(-1, 2).T
