"""The stage of the desk: which picture of an item stands large, how turned, with what marks."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from campaigns.evidence.records import Evidence
from campaigns.pages import drawing
from campaigns.pages.drawing import Drawn

_TURNS = ("0", "90", "180", "270")


@dataclass(frozen=True, slots=True)
class Stage:
    """The piece that is shown, its place among the others, and every mark of the last review."""

    proof: Sequence[Evidence]
    place: int
    turn: int
    large: bool
    marks: Sequence[Drawn]

    @property
    def piece(self) -> Evidence:
        """What stands large."""
        return self.proof[self.place]

    @property
    def before(self) -> Evidence | None:
        """The piece before it."""
        return self.proof[self.place - 1] if self.place else None

    @property
    def following(self) -> Evidence | None:
        """The piece after it."""
        return next(iter(self.proof[self.place + 1 :]), None)

    @property
    def turned(self) -> int:
        """How it stands after one more turn."""
        return (self.turn + 90) % 360

    @property
    def height(self) -> float:
        """The height of its drawing, upright."""
        return drawing.height(self.piece)

    @property
    def drawn(self) -> list[Drawn]:
        """The marks on what stands large."""
        return [each for each in self.marks if each.piece == self.piece.id]


def asked(proof: Sequence[Evidence], marks: Sequence[Drawn]) -> Stage | None:
    """The stage as the address asks for it: the first piece, upright, unless it says otherwise."""
    if not proof:
        return None
    wish = request.values.get("piece", "")
    place = next((n for n, each in enumerate(proof) if str(each.id) == wish), 0)
    turn = request.args.get("turn", "0")
    turned = int(turn) if turn in _TURNS else 0
    return Stage(proof, place, turned, request.args.get("zoom") == "1", marks)
