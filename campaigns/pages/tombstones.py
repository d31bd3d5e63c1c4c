"""Tombstones: what pages show in the place of proof that was removed for good."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns import clock, people
from campaigns.enrolment import erasing
from campaigns.enrolment.erasing import Erasure
from campaigns.evidence.records import Evidence
from campaigns.pages import languages, words
from campaigns.text import Bilingual


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Which proof was removed, when, by which post and why."""

    piece: Evidence
    day: str
    who: str
    why: str
    note: str


def of_item(item_id: int | None) -> list[Tombstone]:
    """The tombstones beside an item, in order."""
    return _made(erasing.of_item(item_id)) if item_id is not None else []


def of_pieces(removed: Sequence[Evidence]) -> list[Tombstone]:
    """The tombstones of these; without any of them no statement."""
    erasures = erasing.of_pieces([each.id for each in removed])
    return _made([(each, erasures[each.id]) for each in removed])


def of_piece(piece: Evidence) -> Tombstone:
    """The tombstone of one piece."""
    return _made([(piece, erasing.of_piece(piece))])[0]


def _made(found: Sequence[tuple[Evidence, Erasure]]) -> list[Tombstone]:
    names = people.names([erasure.erased_by for _, erasure in found])
    return [
        Tombstone(
            piece=piece,
            day=languages.day(clock.day(piece.removed_at or piece.sent_at)),
            who=languages.local(names.get(erasure.erased_by, Bilingual("", ""))),
            why=words.of_erasure(erasure.why),
            note=erasure.note,
        )
        for piece, erasure in found
    ]
