"""The folder of a unit for inspections: what it was asked, what it answered, with what proof, and
what was decided. Gathered here as its viewer may see it; the modules beside put it on paper and
into a ZIP."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from campaigns import clock, people, titles
from campaigns.database import db
from campaigns.enrolment import checklist, detail, erasing, records
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.erasing import Erasure
from campaigns.enrolment.records import Attachment, Enrolment, Item
from campaigns.enrolment.scoring import Score
from campaigns.errors import NotFound
from campaigns.evidence.records import Evidence
from campaigns.review import Decision, earlier
from campaigns.text import Bilingual
from campaigns.titles import Title
from campaigns.units import Unit

#: What a stored proof is called outside: made of the item that it proves first, number and day.
Label = Callable[[Evidence, str], str]


class Viewer(NamedTuple):
    """For whom a folder is made: her post, and what of it she may see."""

    id: int
    post: Bilingual
    as_unit: bool
    sees_capture: bool


class Proved(NamedTuple):
    """An item that a proof proves."""

    enrolment_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One proof: ``file`` is its name in the folder. A removed one is a tombstone."""

    evidence: Evidence
    file: str
    items: tuple[Proved, ...]
    erasure: Erasure | None

    @property
    def is_removed(self) -> bool:
        """Whether only the tombstone is left."""
        return self.evidence.removed_at is not None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item with every decision on it that the viewer may see, oldest first, and its proof."""

    line: Line
    decisions: tuple[Decision, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One campaign of the unit."""

    enrolment: Enrolment
    entries: tuple[Entry, ...]
    score: Score


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything of a unit's folder but the files. ``names`` are the posts of people by id."""

    unit: Unit
    town: Bilingual | None
    made_at: datetime
    viewer: Viewer
    chapters: tuple[Chapter, ...]
    titles: Sequence[Title]
    pieces: tuple[Piece, ...]
    names: Mapping[int, Bilingual]

    @property
    def kept(self) -> Iterator[Piece]:
        """The proof that was not removed."""
        return (each for each in self.pieces if not each.is_removed)


class Extent(NamedTuple):
    """How much a folder holds."""

    pieces: int
    size: int


def extent(unit_id: int) -> Extent:
    """How many files of proof the folder of a unit holds, and their size in bytes."""
    attached = (
        sa.select(Attachment.evidence_id)
        .join(Item, Item.id == Attachment.item_id)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .where(Enrolment.unit_id == unit_id)
    )
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Evidence.size), 0)).where(
        Evidence.unit_id == unit_id, Evidence.removed_at.is_(None), Evidence.id.in_(attached)
    )
    return Extent(*db.session.execute(query).one())


def gather(
    unit: Unit,
    town: Bilingual | None,
    viewer: Viewer,
    label: Label,
    *,
    campaign_id: int | None = None,
) -> Folder:
    """The folder of a unit, or the part of one campaign; raises NotFound when the unit takes no
    part in it. The number of statements does not grow with what is in it."""
    enrolments = [
        each
        for each in records.of_unit(unit.id)
        if campaign_id is None or each.campaign_id == campaign_id
    ]
    if campaign_id is not None and not enrolments:
        raise NotFound(campaign_id)
    lines = checklist.lines(enrolments, seen_by_unit=viewer.as_unit)
    items = {
        each.item.id: Proved(each.enrolment.id, each.slot.key)
        for own in lines.values()
        for each in own
        if each.item is not None
    }
    decisions = earlier.decisions_of(list(items), seen_by_unit=viewer.as_unit)
    pieces, of_item = _pieces(items, label)
    held = titles.of_units([unit.id])
    if campaign_id is not None:
        held = [each for each in held if each.enrolment_id in lines]
    return Folder(
        unit=unit,
        town=town,
        made_at=clock.now(),
        viewer=viewer,
        chapters=tuple(
            Chapter(
                each,
                tuple(
                    Entry(
                        line,
                        tuple(decisions.get(line.item.id, ())) if line.item else (),
                        tuple(of_item[line.item.id]) if line.item else (),
                    )
                    for line in lines[each.id]
                ),
                checklist.score(lines[each.id]),
            )
            for each in enrolments
        ),
        titles=held,
        pieces=pieces,
        names=people.names(
            [
                *(each.evidence.uploader_id for each in pieces),
                *(each.erasure.erased_by for each in pieces if each.erasure),
                *(each.decided_by for own in decisions.values() for each in own),
            ]
        ),
    )


def _pieces(
    items: Mapping[int, Proved], label: Label
) -> tuple[tuple[Piece, ...], dict[int, list[Piece]]]:
    """The proof of these items, each once and in their order, and what each item has."""
    place = {item_id: number for number, item_id in enumerate(items)}
    attached = sorted(detail.evidence_of(list(items)), key=lambda row: place[row[0]])
    proves: dict[int, list[Proved]] = defaultdict(list)
    for item_id, evidence in attached:
        proves[evidence.id].append(items[item_id])
    erasures = erasing.of_pieces([each.id for _, each in attached if each.removed_at])
    made: dict[int, Piece] = {}
    of_item: dict[int, list[Piece]] = defaultdict(list)
    for item_id, evidence in attached:
        if evidence.id not in made:
            proved = tuple(proves[evidence.id])
            file = f"evidence/{label(evidence, proved[0].key)}"
            made[evidence.id] = Piece(evidence, file, proved, erasures.get(evidence.id))
        of_item[item_id].append(made[evidence.id])
    return tuple(made.values()), of_item
