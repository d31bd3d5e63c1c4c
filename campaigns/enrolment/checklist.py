"""A checklist as its viewer sees it: every item with its proof, what is missing, what is ready."""

import enum
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.campaign import CampaignState, Slot
from campaigns.database import db
from campaigns.enrolment import answers, records, scoring, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import ANSWERABLE, LEFT, Attachment, Enrolment, Item, ItemState
from campaigns.enrolment.scoring import Score
from campaigns.errors import Refused, fault
from campaigns.evidence.intake import ProofKind
from campaigns.evidence.records import CaptureSource, Evidence, is_living_proof
from campaigns.standards import EvidenceKind, Operator

#: What is read of evidence for a ``Proof``.
_PROOF: tuple[InstrumentedAttribute[Any], ...] = (
    Evidence.id,
    Evidence.sent_at,
    Evidence.captured_at,
    Evidence.capture_source,
    Evidence.kind,
    Evidence.by_town,
)


class Standing(enum.StrEnum):
    """Where an item stands, finer than its state; the values name the signs of the interface."""

    NOT_YET = "not_yet"
    NOT_STARTED = "open"
    PARTLY = "partly"
    READY = "draft"
    RETURNED = "returned"
    WITH_TOWN = "submitted"
    WITH_DEPARTMENT = "department"
    PASSED = "approved"
    BELOW_TARGET = "not_met"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of proof, of an item or in its unit's store."""

    id: int
    sent_at: datetime
    captured_at: datetime | None
    capture_source: CaptureSource | None
    is_document: bool
    by_town: bool

    @property
    def day(self) -> date:
        """The day that it is evidence of: when it was taken, else when it was sent."""
        return clock.day(self.captured_at or self.sent_at)


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a checklist. ``state`` is what the viewer sees of it, ``ready`` the answer that
    could be sent as it is."""

    enrolment: Enrolment
    slot: Slot
    item: Item | None
    state: ItemState
    proof: tuple[Proof, ...]
    ready: Answer | None
    to_do: bool

    @property
    def version(self) -> int:
        """The version that a form carries; the row is made with 1 on first touch."""
        return self.item.row_version if self.item else 1

    @property
    def pieces(self) -> int:
        """How many pieces of proof are there."""
        return len(self.proof)

    @property
    def by_town(self) -> bool:
        """Whether the town sent it for the unit, or uploaded proof of it."""
        sent = self.item is not None and self.item.by_town
        return sent or any(each.by_town for each in self.proof)

    @property
    def missing(self) -> int:
        """How many pieces are still needed; none where pictures are not what is asked."""
        wanted = self.slot.pieces if self.wants_pieces else 0
        return max(0, wanted - len(self.proof))

    @property
    def wants_pieces(self) -> bool:
        """Whether pictures are what proves the item."""
        return self.slot.criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}

    @property
    def can_be_none(self) -> bool:
        """Whether "none this period" can be said."""
        return answers.may_be_none(self.slot)

    @property
    def due_on(self) -> date:
        """The day by which the item must be (re)sent, as far as the viewer may know."""
        return records.deadline(self.slot, self.item, returned=self.is_returned)

    @property
    def answer_is_late(self) -> bool:
        """Whether whoever decides has had the item for too long: never the unit's fault."""
        return self.is_waiting and self.item is not None and records.answer_is_late(self.item)

    @property
    def is_returned(self) -> bool:
        """Whether the viewer sees the item as returned."""
        return self.state is ItemState.RETURNED

    @property
    def is_waiting(self) -> bool:
        """Whether the item waits for the town or a department."""
        return self.state is ItemState.SUBMITTED

    @property
    def is_passed(self) -> bool:
        """Whether the item was approved, its target met or not."""
        return self.state is ItemState.APPROVED

    @property
    def is_counted(self) -> bool:
        """Whether a number or a ratio was given."""
        return self.item is not None and (
            self.item.value is not None or self.item.numerator is not None
        )

    @property
    def met(self) -> bool | None:
        """Whether what was given meets the target; None without an answer to hold against it."""
        if self.item is None or not (self.is_counted or self.item.none):
            return None
        return answers.met(self.slot, self.item)

    @property
    def short_by(self) -> int | None:
        """How many more would meet the target of a ratio."""
        return answers.short_by(self.slot, self.item) if self.item else None

    @property
    def percent(self) -> str:
        """The ratio in percent, cut (never rounded up) after one decimal."""
        if self.item is None or self.item.numerator is None or not self.item.denominator:
            return ""
        tenths = 1000 * self.item.numerator // self.item.denominator
        return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"

    @property
    def target(self) -> str:
        """What is asked, such as ``≥ 90``; empty without a threshold."""
        return target(self.slot)

    @property
    def standing(self) -> Standing:
        """The word for where the item stands."""
        if self.state is ItemState.SUBMITTED:
            department = self.slot.criterion.department
            return Standing.WITH_DEPARTMENT if department else Standing.WITH_TOWN
        if self.state is ItemState.APPROVED:
            if self.item is not None and self.item.not_applicable:
                return Standing.NOT_APPLICABLE
            return Standing.BELOW_TARGET if self.met is False else Standing.PASSED
        if self.state is ItemState.RETURNED:
            return Standing.RETURNED
        if not self.slot.is_open(clock.today()):
            return Standing.NOT_YET
        if self.ready is not None:
            return Standing.READY
        return Standing.PARTLY if self.proof or self.is_counted else Standing.NOT_STARTED

    @property
    def sign(self) -> str:
        """What one square of the checklist shows: passed is passed, target met or not."""
        return ItemState.APPROVED.value if self.is_passed else self.standing.value


def target(slot: Slot) -> str:
    """What a slot asks for, such as ``≥ 90``; empty without a threshold. Counts are whole, so a
    year's nine drills ask a month for at least one."""
    threshold = slot.threshold()
    if threshold is None:
        return ""
    if slot.criterion.operator is Operator.AT_MOST:
        return f"≤ {math.floor(threshold)}"
    if slot.criterion.operator is Operator.EQUAL:
        return f"= {_plain(threshold)}"
    counted = slot.criterion.evidence is EvidenceKind.NUMBER
    return f"≥ {math.ceil(threshold) if counted else _plain(threshold)}"


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):g}"


def rows(checklist: Iterable[Line]) -> list[Item]:
    """The rows behind a checklist, of what was touched."""
    return [each.item for each in checklist if each.item is not None]


def is_decidable(enrolment: Enrolment) -> bool:
    """Whether what was sent can still be decided or taken back."""
    return enrolment.campaign.state is CampaignState.OPEN and enrolment.state not in LEFT


def is_answerable(enrolment: Enrolment) -> bool:
    """Whether anything can be sent in this enrolment today."""
    campaign = enrolment.campaign
    return (
        campaign.state is CampaignState.OPEN
        and campaign.opens_on <= clock.today()
        and enrolment.state in ANSWERABLE
    )


def lines(enrolments: Sequence[Enrolment], *, seen_by_unit: bool) -> dict[int, tuple[Line, ...]]:
    """The checklists of these enrolments by their ids, in two statements for all of them."""
    found: dict[int, dict[str, Item]] = defaultdict(dict)
    rows = records.items([each.id for each in enrolments])
    for item in rows:
        found[item.enrolment_id][item.key] = item
    proof = proofs([item.id for item in rows])
    return {
        each.id: tuple(
            line(each, slot, found[each.id].get(slot.key), proof, seen_by_unit=seen_by_unit)
            for slot in campaigns.slots(each.campaign)
        )
        for each in enrolments
    }


def one(enrolment: Enrolment, slot: Slot, *, seen_by_unit: bool) -> Line:
    """One item of a checklist."""
    item = records.item(enrolment, slot.key)
    proof = proofs([item.id] if item else [])
    return line(enrolment, slot, item, proof, seen_by_unit=seen_by_unit)


def line(
    enrolment: Enrolment,
    slot: Slot,
    item: Item | None,
    proof: Mapping[int, tuple[Proof, ...]],
    *,
    seen_by_unit: bool,
) -> Line:
    """An item with its proof, as the unit or everybody else sees it."""
    state = ItemState.OPEN
    if item is not None:
        state = item.state_for_unit(clock.now()) if seen_by_unit else item.state
    own = proof.get(item.id, ()) if item else ()
    to_do = (
        state in {ItemState.OPEN, ItemState.RETURNED}
        and (item is None or records.is_visible(item))
        and slot.is_open(clock.today())
        and is_answerable(enrolment)
    )
    ready = _ready(enrolment, slot, item, own) if to_do and item is not None else None
    return Line(enrolment, slot, item, state, own, ready, to_do)


def _ready(enrolment: Enrolment, slot: Slot, item: Item, proof: tuple[Proof, ...]) -> Answer | None:
    """What could be sent as it is; of a returned item only when new proof has come since."""
    decided = item.decided_at
    if item.state is ItemState.RETURNED and not any(
        decided is not None and each.sent_at > decided for each in proof
    ):
        return None
    answer = Answer(
        evidence=tuple(each.id for each in proof),
        value=item.value,
        numerator=item.numerator,
        denominator=item.denominator,
        none=item.none,
        not_applicable=item.not_applicable,
        declared=item.declared,
        note=item.note,
        carried_from=item.carried_from_id,
    )
    wrong = answers.faults(
        slot,
        enrolment.campaign.version.standard.registration,
        answer,
        pieces=len(proof),
        households=enrolment.unit.households,
    )
    return answer if next(wrong, None) is None else None


def proofs(item_ids: Sequence[int]) -> dict[int, tuple[Proof, ...]]:
    """The proof of these items, in order; removed pieces are left out."""
    if not item_ids:
        return {}
    query = (
        sa.select(Attachment.item_id, *_PROOF)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Attachment.item_id.in_(item_ids), Evidence.removed_at.is_(None))
        .order_by(Attachment.item_id, Attachment.position)
    )
    found: dict[int, tuple[Proof, ...]] = defaultdict(tuple)
    for row in db.session.execute(query):
        found[row.item_id] += (proof(row),)
    return found


def store(unit_id: int) -> list[Proof]:
    """All proof that was sent for a unit, newest first; removed pieces are left out."""
    query = (
        sa.select(*_PROOF)
        .where(Evidence.unit_id == unit_id, is_living_proof())
        .order_by(Evidence.id.desc())
    )
    return [proof(row) for row in db.session.execute(query)]


def proof(row: Evidence | sa.Row[Any]) -> Proof:
    """A piece of evidence, or a row of its columns, as proof."""
    taken = row.captured_at, row.capture_source
    return Proof(row.id, row.sent_at, *taken, row.kind is ProofKind.DOCUMENT, row.by_town)


def last_day(checklist: Sequence[Line]) -> date:
    """The last day on which something of a checklist is due: the campaign's, or the latest that one
    of its items was given."""
    given = (records.last_day(each.slot, each.item) for each in checklist)
    return max(checklist[0].enrolment.campaign.due_on, *given)


def score(checklist: Sequence[Line]) -> Score:
    """What a checklist is worth so far, by the states that its viewer sees."""
    return scoring.score(
        [each.slot for each in checklist],
        {each.slot.key: each.item for each in checklist if each.item is not None},
        {each.slot.key: each.state for each in checklist},
    )


def send_ready(enrolment: Enrolment, *, by: int) -> int:
    """Sends every item that is ready, all or none; gives how many. Refuses when there is none."""
    checklist = lines([enrolment], seen_by_unit=True)[enrolment.id]
    ready = [(each, each.ready) for each in checklist if each.ready is not None]
    if not ready:
        raise Refused(fault("nothing_ready"))
    for each, answer in ready:
        transitions.submit(enrolment, each.slot, answer, each.version, by=by)
    return len(ready)
