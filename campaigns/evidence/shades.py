"""The shades of a picture, by which likeness is judged: 64 × 64 greys, whatever its shape.

Two looks: the difference hash finds what may be alike among a million in milliseconds, the second
look lays two pictures on each other and says how much of them is the same.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

EDGE = 64
#: Rows and columns of cells whose neighbours are compared, and samples along a cell's edge.
_ROWS, _COLUMNS, _SAMPLES = 8, 9, 4
#: A picture with fewer neighbours that differ by a level says nothing: a wall, a night, a blank.
_LEVEL, _TELLING = 1.0, 64
#: Width to height of most photos, in which a turn looks the same both ways.
_ASPECT = 4 / 3
#: Laid on the other, a picture may be moved, turned and stretched by this share of its edge ...
_REACH = 0.1
#: ... and must still cover so much of it, and be lit between so many times weaker and stronger.
_COVER, _LIGHT = 0.7, (0.4, 2.5)
#: Shades that differ by no more are the same: a fifth of the picture's contrast, in these bounds.
_ALLOWED = (2.0, 7.0)
#: Above it a sensor, or whoever brightened the picture, has lost what there was; this must be left.
_WHITE, _LEFT = 246.0, 0.3
#: Stronger detail counts no more than this, or a small stamp would outweigh the rest.
_STRONG = 15.0
_ROUNDS, _STEP, _STILL = 12, 0.05, 2e-4


#: How one picture lies on another: where in it each point of the other is found. Coordinates begin
#: in the middle, an edge is 1 long: ``x' = a·x + b·y + c``, ``y' = d·x + e·y + f``.
Frame = tuple[float, ...]


def _framed(turn: float = 0, scale: float = 1, across: float = 0, down: float = 0) -> Frame:
    cosine = scale * math.cos(math.radians(turn))
    sine = scale * math.sin(math.radians(turn))
    return (cosine, -sine / _ASPECT, across, sine * _ASPECT, cosine, down)


_SAME = _framed()
_CUT = 0.95
_CORNERS = [(x, y) for x in (-0.025, 0.025) for y in (-0.025, 0.025)]
#: In what ways a picture may lie on the one that it was made from, or that was made from it:
#: as it is, turned either way, cut by 5 % at a corner or all around, or the other one cut so.
FRAMES: tuple[Frame, ...] = (
    _SAME,
    _framed(turn=-2),
    _framed(turn=2),
    _framed(scale=1 / _CUT),
    _framed(scale=_CUT),
    *(_framed(0, 1 / _CUT, x / _CUT, y / _CUT) for x, y in _CORNERS),
    *(_framed(0, _CUT, x, y) for x, y in _CORNERS),
)


def _points(rows: int, columns: int) -> tuple[Floats, Floats]:
    """The middles of so many cells, row by row."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return ((x + 0.5) / columns - 0.5).ravel(), ((y + 0.5) / rows - 0.5).ravel()


_WIDE = _points(_ROWS * _SAMPLES, _COLUMNS * _SAMPLES)
_TALL = _points(_COLUMNS * _SAMPLES, _ROWS * _SAMPLES)
_ALL = _points(EDGE, EDGE)


def read(shades: bytes) -> Floats:
    """The shades as numbers; raises ValueError unless there are 64 × 64."""
    return np.frombuffer(shades, np.uint8).reshape(EDGE, EDGE).astype(np.float32)


def difference_hash(picture: Floats) -> bytes | None:
    """The 128 bits of a picture: is each cell lighter than the one before it, across and down?

    None for a picture that is nearly flat, whose bits would be chance.
    """
    found = differences(picture)
    if np.count_nonzero(abs(found) >= _LEVEL) < _TELLING:
        return None
    return np.packbits(found > 0).tobytes()


def probes(picture: Floats) -> list[bytes]:
    """The hashes that the picture would have in each of ``FRAMES``."""
    return [np.packbits(differences(picture, each) > 0).tobytes() for each in FRAMES]


def differences(picture: Floats, frame: Frame = _SAME) -> Floats:
    """By how much each of 128 cells is lighter than the one before it; linear in the shades."""
    across = _cells(picture, frame, _WIDE, _ROWS, _COLUMNS)
    down = _cells(picture, frame, _TALL, _COLUMNS, _ROWS)
    return np.concatenate([np.diff(across, axis=1).ravel(), np.diff(down, axis=0).ravel()])


def _cells(
    picture: Floats, frame: Frame, points: tuple[Floats, Floats], rows: int, columns: int
) -> Floats:
    (sampled,) = _sampled(*_moved(frame, *points), picture)
    cells: Floats = sampled.reshape(rows, _SAMPLES, columns, _SAMPLES).mean(axis=(1, 3))
    return cells


def _moved(frame: Frame, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a, b, c, d, e, f = frame
    return a * x + b * y + c, d * x + e * y + f


def _sampled(x: Floats, y: Floats, *layers: Floats) -> list[Floats]:
    """What the layers show at these points; beyond the edge as at the edge."""
    column = np.clip((x + 0.5) * EDGE - 0.5, 0, EDGE - 1.001)
    row = np.clip((y + 0.5) * EDGE - 0.5, 0, EDGE - 1.001)
    left, top = column.astype(np.intp), row.astype(np.intp)
    right, below = column - left, row - top
    at = top * EDGE + left
    made = []
    for layer in layers:
        flat = layer.ravel()
        upper = flat[at] * (1 - right) + flat[at + 1] * right
        lower = flat[at + EDGE] * (1 - right) + flat[at + EDGE + 1] * right
        made.append(upper * (1 - below) + lower * below)
    return made


def alike(new: Floats, old: Floats, start: Frame) -> float:
    """How much of two pictures is the same, from 0 to 1, when laid on each other as well as
    possible, beginning at ``start``; light and contrast do not matter, detail counts more than
    plain areas. 0 when they do not fit within a tenth of their edge.
    """
    laid = _laid(new, old, start)
    if laid is None:
        return 0.0
    shown, seen = laid
    wanted = old.ravel()
    detail = (_detail(wanted) + _detail(shown)) / 2
    # Half a cell of misplacement, and what compression changes, is no difference.
    allowed = np.clip(wanted.std() / 5, *_ALLOWED) + detail / 2
    weight = seen * (2 + detail.clip(0, _STRONG))
    return float((weight * (abs(shown - wanted) < allowed)).sum() / weight.sum())


def _detail(shown: Floats) -> Floats:
    down, across = _slopes(shown)
    return np.hypot(across, down)


def _slopes(shown: Floats) -> tuple[Floats, Floats]:
    """How the shades rise from row to row and from column to column."""
    down, across = np.gradient(shown.reshape(EDGE, EDGE), axis=(0, 1))
    return down.ravel(), across.ravel()


def _laid(new: Floats, old: Floats, start: Frame) -> tuple[Floats, NDArray[np.bool_]] | None:
    """The new picture as the old one would show it, and where both can be compared.

    Gauss-Newton on six numbers for the place and two for the light, after Lucas and Kanade; what
    does not fit, such as a stamp, weighs little.
    """
    x, y = _ALL
    down, across = _slopes(new)
    wanted, inner = old.ravel(), 0.5 - 1 / EDGE
    place, light = np.array(start), np.array([1.0, 0.0])
    for _ in range(_ROUNDS):
        at = _moved(tuple(place), x, y)
        inside = (abs(at[0]) < inner) & (abs(at[1]) < inner)
        shown, right, below = _sampled(*at, new, across, down)
        seen = inside & (shown < _WHITE) & (wanted < _WHITE)
        if inside.mean() < _COVER or seen.mean() < _LEFT:
            return None
        rest = wanted - (light[0] * shown + light[1])
        scatter = 5 + 5 * np.median(abs(rest[seen]))
        weight = seen / (1 + (rest / scatter) ** 2)
        right, below = right * (light[0] * EDGE), below * (light[0] * EDGE)
        ways = [
            right * x,
            right * y,
            right,
            below * x,
            below * y,
            below,
            shown,
            np.ones_like(shown),
        ]
        step = _solved(np.stack(ways), weight, rest)
        place, light = place + step[:6].clip(-_STEP, _STEP), light + step[6:]
        if abs(step[:6]).max() < _STILL:
            break
    if abs(place - np.array(_SAME)).max() > _REACH or not _LIGHT[0] < light[0] < _LIGHT[1]:
        return None
    return light[0] * shown + light[1], seen


def _solved(ways: Floats, weight: Floats, rest: Floats) -> Floats:
    """The step that leaves least of the rest; held back where the picture says nothing of it."""
    weighed = ways * weight
    held = np.diag([10.0] * 6 + [1e-3] * 2)
    return np.linalg.solve((weighed @ ways.T).astype(np.float64) + held, weighed @ rest)
