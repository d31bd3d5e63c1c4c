"""How marks on a picture are drawn and told: by the server, so that no script is needed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.evidence.records import Evidence
from campaigns.review.marks import Mark, MarkKind

#: The width of every drawing; strokes and numbers are made for it.
WIDTH = 800
#: The number stands in a circle of this radius, within the picture.
_BADGE = 26
#: The two strokes of an arrow's head, and how far they open.
_HEAD, _OPEN = 46.0, math.radians(28)

#: The nine parts of a picture, by rows.
ZONES: tuple[LazyString, ...] = (
    *(_l("top left"), _l("top"), _l("top right")),
    *(_l("left"), _l("middle"), _l("right")),
    *(_l("bottom left"), _l("bottom"), _l("bottom right")),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One mark with its number, the number of its picture, and where it lies, in words and in the
    drawing: an ellipse, or the path of an arrow."""

    number: int
    piece: int
    picture: int
    where: str
    x: float
    y: float
    rx: float
    ry: float
    path: str
    badge: tuple[float, float]


def height(piece: Evidence) -> float:
    """The height of a picture's drawing."""
    return round(WIDTH * piece.height / max(piece.width, 1), 1)


def drawn(marks: Sequence[Mark], proof: Sequence[Evidence]) -> list[Drawn]:
    """The marks as drawn on those of their pictures that are still there."""
    pictures = {each.id: (number, each) for number, each in enumerate(proof, start=1)}
    return [
        _drawn(number, mark, *pictures[mark.piece])
        for number, mark in enumerate(marks, start=1)
        if mark.piece in pictures
    ]


def _drawn(number: int, mark: Mark, picture: int, piece: Evidence) -> Drawn:
    tall = height(piece)
    x, y = mark.x * WIDTH / 1000, mark.y * tall / 1000
    dx, dy = mark.dx * WIDTH / 1000, mark.dy * tall / 1000
    circle = mark.kind is MarkKind.CIRCLE
    at = (x - dx, y - dy) if circle else (x + dx, y + dy)
    return Drawn(
        number,
        mark.piece,
        picture,
        str(ZONES[mark.zone - 1]),
        round(x, 1),
        round(y, 1),
        round(dx, 1) if circle else 0,
        round(dy, 1) if circle else 0,
        "" if circle else _arrow(x, y, dx, dy),
        (_within(at[0], WIDTH), _within(at[1], tall)),
    )


def _within(value: float, whole: float) -> float:
    return round(min(max(value, _BADGE), whole - _BADGE), 1)


def _arrow(x: float, y: float, dx: float, dy: float) -> str:
    """From the far end to the tip, and the two strokes of the head."""
    angle = math.atan2(dy, dx)
    ends = [
        (x + _HEAD * math.cos(angle + turn), y + _HEAD * math.sin(angle + turn))
        for turn in (_OPEN, -_OPEN)
    ]
    strokes = " ".join(f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" for to_x, to_y in ends)
    return f"M{x + dx:.1f} {y + dy:.1f}L{x:.1f} {y:.1f} {strokes}"


@dataclass(frozen=True, slots=True)
class Marked:
    """What a decision marked on the pictures of an item, and these pictures."""

    marks: Sequence[Drawn]
    pictures: Sequence[tuple[Evidence, float, Sequence[Drawn]]]


def marked(marks: Sequence[Mark], proof: Sequence[Evidence]) -> Marked | None:
    """The marks with the pictures that bear them; None where no marked picture is left."""
    found = drawn(marks, proof)
    on = {each.id: [mark for mark in found if mark.piece == each.id] for each in proof}
    pictures = [(each, height(each), on[each.id]) for each in proof if on[each.id]]
    return Marked(found, pictures) if found else None
