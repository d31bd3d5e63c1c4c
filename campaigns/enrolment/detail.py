"""One item looked at closely: with its other periods, and all that was ever put beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns.database import Large, db
from campaigns.enrolment import checklist
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import Attachment, Enrolment, Item
from campaigns.evidence.records import Evidence


@dataclass(frozen=True, slots=True)
class Detail:
    """An item, what was touched of its criterion in other periods, and its evidence in order."""

    line: Line
    others: Sequence[Line]
    evidence: Sequence[Evidence]

    @property
    def proof(self) -> list[Evidence]:
        """The evidence that is still there."""
        return [each for each in self.evidence if each.removed_at is None]

    @property
    def removed(self) -> list[Evidence]:
        """The evidence that was removed for good."""
        return [each for each in self.evidence if each.removed_at is not None]


_ITEMS = sa.select(Item).where(
    Item.enrolment_id == sa.bindparam("enrolment", type_=Large),
    Item.criterion_id == sa.bindparam("criterion"),
)


def of_item(enrolment: Enrolment, key: str, *, seen_by_unit: bool) -> Detail:
    """The item of this key, in two statements; raises NotFound for one that there is not."""
    slots = campaigns.slots(enrolment.campaign)
    wanted = campaigns.slot(enrolment.campaign, key).criterion
    given = {"enrolment": enrolment.id, "criterion": wanted.id}
    rows = {each.key: each for each in db.session.scalars(_ITEMS, given)}
    evidence = evidence_of([each.id for each in rows.values()])
    proof: dict[int, tuple[checklist.Proof, ...]] = {}
    for item_id, piece in evidence:
        if piece.removed_at is None:
            proof[item_id] = (*proof.get(item_id, ()), checklist.proof(piece))
    lines = {
        slot.key: checklist.line(
            enrolment, slot, rows.get(slot.key), proof, seen_by_unit=seen_by_unit
        )
        for slot in slots
        if slot.criterion is wanted
    }
    line = lines.pop(key)
    return Detail(
        line,
        [each for each in lines.values() if each.item],
        [piece for item_id, piece in evidence if line.item and line.item.id == item_id],
    )


_EVIDENCE: sa.Select[*tuple[Any, ...]] = (
    sa.select(Attachment.item_id, Evidence)
    .join(Evidence, Evidence.id == Attachment.evidence_id)
    .where(Attachment.item_id.in_(sa.bindparam("items", expanding=True)))
    .order_by(Attachment.item_id, Attachment.position)
)


def evidence_of(item_ids: Sequence[int]) -> list[tuple[int, Evidence]]:
    """The evidence of these items with the item of each, in order, tombstones among it."""
    return [(row[0], row[1]) for row in db.session.execute(_EVIDENCE, {"items": list(item_ids)})]
