"""How well the same picture is found among many, and how often another is taken for it.

Photos of scenes (``scenes``) are stored among a crowd, and sent again as they come back in life:
encoded anew, smaller, lighter, darker, cut, turned, stamped. The crowd is made of pictures of
other scenes: each is a part of one, at most nine tenths of its edges, often turned over, under
another light, and joined with a part of a second one. So it lies as close together as pictures of
like scenes do, which random bits would not. What is asked of the crowd again, is made again.

A hint is false when it names anything but the picture that was edited. Among what is sent are
pictures of scenes that nobody has stored, and further photos of scenes that are: other pictures,
taken a step aside, of other people, in other light.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from campaigns.evidence import decoding, likeness, shades
from campaigns.evidence.index import Index
from tests.bench.scenes import EDITS, Array, scene, shot

#: The scenes of the crowd and of what is sent for the first time have numbers of their own.
_CROWD, _FRESH = 100_000, 200_000
_BATCH = 1000
_EDGE = shades.EDGE


@dataclass(frozen=True)
class Size:
    """How much is measured: photos of scenes, what is sent fresh, and the crowd."""

    scenes: int = 50
    shots: int = 40
    fresh: int = 1000
    crowd: int = 1_000_000
    parents: int = 2400


@dataclass(frozen=True)
class Found:
    """What came of it: recall by edit, false hints per thousand sent, milliseconds of a search."""

    recall: dict[str, float]
    false_per_1000: float
    false_per_1000_edited: float
    search_ms: tuple[float, float]
    whole_ms: tuple[float, float]


#: The least that must be found of each edit; cutting and turning may lose more.
LEAST = {**dict.fromkeys(EDITS, 0.99), "crop": 0.9, "turn": 0.9}
#: The most hints that may be false of a thousand pictures sent, and the milliseconds of a search.
FALSE, MILLISECONDS = 1.0, 20.0


def faults(found: Found) -> list[str]:
    """Which limits are not kept."""
    wrong = [edit for edit, share in found.recall.items() if share < LEAST[edit]]
    wrong += ["false hints"] if found.false_per_1000 > FALSE else []
    wrong += ["false hints on edits"] if found.false_per_1000_edited > FALSE else []
    return wrong + (["search"] if found.search_ms[0] > MILLISECONDS else [])


@dataclass(frozen=True)
class Sent:
    """A picture as intake sees it, and as the second look does, from the stored thumbnail."""

    hash: bytes | None
    seen: bytes


def _take(picture: Image.Image, quality: int, folder: Path) -> Sent:
    file = folder / "sent.jpg"
    picture.save(file, "JPEG", quality=quality)
    _facts, (_content, small, greys) = decoding.decode(str(file))
    _facts, (seen,) = decoding.only_shades(BytesIO(small))
    return Sent(shades.difference_hash(shades.read(greys)), seen)


@dataclass(frozen=True)
class _Order:
    """Some shots of one scene, with or without what becomes of them."""

    seed: int
    shots: range
    edited: bool

    def __call__(self) -> list[list[Sent]]:
        made, place = [], scene(self.seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for number in self.shots:
                chance = np.random.default_rng([self.seed, 3, number])
                picture = shot(place, number)
                edits = EDITS.values() if self.edited else ()
                row = [_take(picture, 88, folder)]
                row += [
                    _take(edit(picture, chance), int(chance.integers(50, 85)), folder)
                    for edit in edits
                ]
                made.append(row)
        return made


def _made(orders: Sequence[_Order], processes: int) -> list[list[Sent]]:
    if processes == 1:
        return [row for order in orders for row in order()]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return [row for rows in pool.map(_Order.__call__, orders, chunksize=2) for row in rows]


class Crowd:
    """Any number of pictures made of some, each again the same."""

    def __init__(self, parents: Sequence[bytes]) -> None:
        self.parents = np.stack([shades.read(each) for each in parents]).astype(np.float32)
        basis = np.eye(_EDGE * _EDGE, dtype=np.float32).reshape(-1, _EDGE, _EDGE)
        self._weights = np.stack([shades.differences(each) for each in basis]).astype(np.float32)

    def hashes(self, number: int) -> list[bytes]:
        """The hashes of a batch."""
        flat = self.batch(number).reshape(_BATCH, -1)
        bits = np.packbits(flat @ self._weights > 0, axis=1)
        return [each.tobytes() for each in bits]

    @lru_cache(maxsize=8)  # noqa: B019 - one crowd lives as long as the measurement
    def batch(self, number: int) -> Array:
        """The shades of a batch."""
        chance = np.random.default_rng([number, 4])
        one, other = (self._parts(chance) for _ in range(2))
        angle = chance.uniform(0, 2 * np.pi, (_BATCH, 1, 1))
        y, x = np.mgrid[-1 : 1 : _EDGE * 1j, -1 : 1 : _EDGE * 1j]
        along = (np.cos(angle) * x + np.sin(angle) * y).astype(np.float32)
        # The second shows beyond a line; of some nothing, of others nearly half.
        line = chance.uniform(0.1, 1.5, (_BATCH, 1, 1)).astype(np.float32)
        mask = 1 / (1 + np.exp(-12 * (along - line)))
        light = 1 + chance.uniform(-0.3, 0.3, (_BATCH, 1, 1)).astype(np.float32) * along
        made: Array = ((one * (1 - mask) + other * mask) * light).clip(0, 255).round()
        return made

    def _parts(self, chance: np.random.Generator) -> Array:
        chosen = self.parents[chance.integers(0, len(self.parents), _BATCH)]
        down, across = _window(chance), _window(chance)
        made: Array = down @ chosen @ across.T
        turned = chance.random(_BATCH) < 0.5
        made[turned] = made[turned, :, ::-1]
        return made

    def seen(self, number: int) -> bytes:
        """The shades of one of the crowd."""
        picture = self.batch(number // _BATCH)[number % _BATCH]
        return picture.astype(np.uint8).tobytes()


def _window(chance: np.random.Generator) -> Array:
    """A matrix that stretches a part of an edge, 55 to 90 % of it, over the whole."""
    share = chance.uniform(0.55, 0.9)
    at = (chance.uniform(0, 1 - share) + share * (np.arange(_EDGE) + 0.5) / _EDGE) * _EDGE - 0.5
    whole = np.clip(at.astype(int), 0, _EDGE - 2)
    made = np.zeros((_EDGE, _EDGE), np.float32)
    rows = np.arange(_EDGE)
    made[rows, whole], made[rows, whole + 1] = 1 - (at - whole), at - whole
    return made


def _fresh(size: Size) -> list[_Order]:
    """Half of them are further shots of stored scenes, half of scenes that nobody has stored."""
    further = -(-size.fresh // 2 // size.scenes)
    again = [
        _Order(seed, range(size.shots, size.shots + further), edited=False)
        for seed in range(size.scenes)
    ]
    new = size.fresh - further * size.scenes
    return again + [
        _Order(_FRESH + n, range(4 * n, min(4 * n + 4, new)), edited=False)
        for n in range(-(-new // 4))
    ]


def measure(size: Size, processes: int = 2) -> Found:
    """Stores, sends again, and counts."""
    own = _made([_Order(n, range(size.shots), True) for n in range(size.scenes)], processes)
    fresh = [row[0] for row in _made(_fresh(size), processes)]
    others = [_Order(_CROWD + n, range(6), False) for n in range(size.parents // 6)]
    crowd = Crowd([row[0].seen for row in _made(others, processes)])
    index = Index()
    for number in range(size.crowd // _BATCH):
        first = _CROWD + number * _BATCH
        index.extend(range(first, first + _BATCH), crowd.hashes(number))
    kept = [(n, row[0]) for n, row in enumerate(own, start=1)]
    hashed = [(n, each.hash) for n, each in kept if each.hash]
    index.extend([n for n, _ in hashed], [each for _, each in hashed])
    seen = {n: each.seen for n, each in kept}

    def shades_of(ids: Sequence[int]) -> dict[int, bytes]:
        return {n: seen[n] if n in seen else crowd.seen(n - _CROWD) for n in ids}

    whole: list[float] = []

    def hints(sent: Sent) -> set[int]:
        began = time.perf_counter()
        found = likeness.look(index, sent.seen, shades_of) if sent.hash else {}
        whole.append((time.perf_counter() - began) * 1000)
        return {*found}

    recall, wrong = dict.fromkeys(EDITS, 0), 0
    for number, row in enumerate(own, start=1):
        for edit, sent in zip(EDITS, row[1:], strict=True):
            found = hints(sent)
            recall[edit] += number in found
            wrong += bool(found - {number})
    false = sum(bool(hints(each)) for each in fresh)
    return Found(
        recall={edit: number / len(own) for edit, number in recall.items()},
        false_per_1000=1000 * false / len(fresh),
        false_per_1000_edited=1000 * wrong / (len(own) * len(EDITS)),
        search_ms=_spread(list(_searches(index, fresh[:200]))),
        whole_ms=_spread(whole),
    )


def _searches(index: Index, sent: Sequence[Sent]) -> Iterator[float]:
    for each in sent:
        picture = shades.read(each.seen)
        began = time.perf_counter()
        index.near(shades.probes(picture), likeness.BITS, likeness.LOOKS)
        yield (time.perf_counter() - began) * 1000


def _spread(took: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th of a hundred."""
    return round(statistics.median(took), 2), round(statistics.quantiles(took, n=20)[18], 2)
