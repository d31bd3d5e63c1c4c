"""Marks: circles and arrows that a reviewer draws on a picture. The picture stays as it is."""

import enum
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from campaigns.errors import Refused, fault

#: More than this is no hint any more.
MOST = 20
_WHOLE = 1000
#: A circle's half width is at least this, and an arrow that long.
_LEAST = 10
_LONGEST_TEXT = 4000
_FIELDS = frozenset({"piece", "kind", "x", "y", "dx", "dy"})


class MarkKind(enum.StrEnum):
    """What was drawn."""

    CIRCLE = "circle"
    ARROW = "arrow"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on the picture ``piece``, in thousandths of its width and height, upright.

    A circle lies around ``x, y``; ``dx, dy`` are half its width and height. An arrow points at
    ``x, y``; its other end lies ``dx, dy`` away.
    """

    piece: int
    kind: MarkKind
    x: int
    y: int
    dx: int
    dy: int

    @property
    def zone(self) -> int:
        """The part of the picture that is meant: 1 (top left) to 9 (bottom right), by rows."""
        column, row = (min(3 * each // _WHOLE, 2) for each in (self.x, self.y))
        return 3 * row + column + 1

    def as_json(self) -> dict[str, Any]:
        """The mark as it is stored."""
        return asdict(self)


def in_zone(piece: int, zone: int) -> Mark:
    """A circle around one of the nine parts of a picture, for whoever does not draw."""
    row, column = divmod(zone - 1, 3)
    third = _WHOLE // 6
    return Mark(piece, MarkKind.CIRCLE, (2 * column + 1) * third, (2 * row + 1) * third, 150, 150)


def read(typed: str) -> tuple[Mark, ...]:
    """The marks that a form carries as JSON; none for an empty field.

    Refuses whatever is not a list of at most ``MOST`` marks within their pictures.
    """
    if not typed.strip():
        return ()
    try:
        if len(typed) > _LONGEST_TEXT:
            raise ValueError(len(typed))
        found = json.loads(typed)
        if not isinstance(found, list) or len(found) > MOST:
            raise ValueError("no list of marks")
        return tuple(_mark(each) for each in found)
    except (ValueError, RecursionError):
        raise Refused(fault("marks_invalid", "marks", most=MOST)) from None


def stored(marks: Sequence[dict[str, Any]]) -> list[Mark]:
    """The marks of a stored decision."""
    return [Mark(**{**each, "kind": MarkKind(each["kind"])}) for each in marks]


def _mark(given: Any) -> Mark:
    if not isinstance(given, dict) or given.keys() != _FIELDS:
        raise ValueError("no mark")
    numbers = {name: given[name] for name in _FIELDS - {"kind"}}
    if any(type(each) is not int for each in numbers.values()):
        raise ValueError("no whole number")
    mark = Mark(kind=MarkKind(given["kind"]), **numbers)
    if not (0 < mark.piece < 2**63 and _inside(mark.x, mark.y) and _fits(mark)):
        raise ValueError("outside the picture")
    return mark


def _fits(mark: Mark) -> bool:
    if mark.kind is MarkKind.CIRCLE:
        return all(_LEAST <= each <= _WHOLE for each in (mark.dx, mark.dy))
    long = max(abs(mark.dx), abs(mark.dy)) >= _LEAST
    return long and _inside(mark.x + mark.dx, mark.y + mark.dy)


def _inside(x: int, y: int) -> bool:
    return 0 <= x <= _WHOLE and 0 <= y <= _WHOLE
