"""What the demonstration wants each checklist to look like: decided first, written afterwards."""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from campaigns import clock
from campaigns.campaign import Slot
from campaigns.enrolment.records import Enrolment, EnrolmentState, ItemState
from campaigns.standards import EvidenceKind, Operator
from campaigns.units import HOUSEHOLD_KINDS, Unit

#: Scenes that fit what a criterion asks for, by a word of its wording.
_SCENES = (
    ("drill evacuation exit fire", "exit"),
    ("camera", "camera"),
    ("alarm", "alarm"),
    ("gate wall school-guard signs", "gate"),
    ("field planting", "field"),
    ("talk meeting event lessons", "meeting"),
    ("display board plate telephone", "board"),
    ("room office desk", "room"),
    ("lamp patrol", "patrol"),
)


#: How many checklists nobody has begun, and how many open items have pictures that were not sent.
_NOT_BEGUN = 0.04
_BEGUN = 0.04
_NOT_FOR = "本单位没有这类场所（虚构）"


@dataclass(frozen=True)
class Shown:
    """Items of a visitor's own unit that she should find untouched, returned, or ready to send."""

    untouched: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    drafted: frozenset[str] = frozenset()


@dataclass
class PlannedItem:
    """One item to be written: its answer, its state and when what happened; before it the first
    try, where that came back. One that is open has pictures, and was not sent yet."""

    slot: Slot
    state: ItemState
    #: When it was sent; of one that is open, when its pictures came.
    submitted_at: datetime
    decided_at: datetime | None
    answer: dict[str, Any]
    preset: str | None = None
    pieces: int = 0
    minutes: int | None = None
    first_try: "PlannedItem | None" = None


@dataclass
class Plan:
    """One enrolment to be written."""

    enrolment: Enrolment
    unit: Unit
    state: EnrolmentState
    items: list[PlannedItem] = field(default_factory=list)

    @property
    def folder(self) -> tuple[int, int]:
        """Whose pictures these are: the unit, and the year for which it took them."""
        return self.unit.id, self.enrolment.campaign.opens_on.year

    @property
    def started(self) -> bool:
        """Whether anything was sent."""
        return any(each.state is not ItemState.OPEN for each in self.items)

    @property
    def last_decided_at(self) -> datetime:
        """When the last of its items was decided."""
        return max(each.decided_at for each in self.items if each.decided_at)


def scene_for(text: str) -> str:
    """The scene that fits a criterion's English wording; a paper when none does."""
    plain = text.lower()
    for words, scene in _SCENES:
        if any(word in plain for word in words.split()):
            return scene
    return "paper"


class Planner:
    """Draws plans; the same chance gives the same plans on the same day."""

    def __init__(self, chance: random.Random, first_town: int) -> None:
        self.chance = chance
        self.now = clock.now()
        self.today = clock.today()
        # Visitors look at the first town first: it has some of everything.
        self._pace: dict[int, float] = {first_town: 0.7}

    def pace(self, town_id: int) -> float:
        """How far a town is, from 0 to 1: towns differ."""
        return self._pace.setdefault(town_id, self.chance.uniform(0.25, 0.97))

    def plan(
        self,
        enrolment: Enrolment,
        unit: Unit,
        slots: tuple[Slot, ...],
        *,
        finish: EnrolmentState | None,
        shown: Shown | None = None,
    ) -> Plan:
        """A checklist. ``finish`` says that everything was approved and how it ended; otherwise
        it is under way, with the items of ``shown`` kept so, or sometimes not begun."""
        plan = Plan(enrolment, unit, finish or EnrolmentState.APPLIED)
        kept = shown or Shown()
        if finish is None and shown is None and self.chance.random() < _NOT_BEGUN:
            return plan
        pace = self.pace(enrolment.town_id or 0) * self.chance.uniform(0.6, 1.15)
        lost = _LOST.get(finish, frozenset()) if finish else frozenset()
        for slot in slots:
            if finish is not None:
                plan.items.append(self._approved(slot, unit, met=slot.criterion.code not in lost))
            elif slot.key in kept.returned:
                plan.items.append(self._returned(slot, unit))
            elif slot.key in kept.drafted:
                plan.items.append(self._drafted(slot, slot.pieces))
            elif slot.is_open(self.today) and slot.key not in kept.untouched:
                item = self._under_way(slot, unit, pace)
                plan.items += [item] if item else []
        return plan

    def _under_way(self, slot: Slot, unit: Unit, pace: float) -> PlannedItem | None:
        past = slot.due_on < self.today
        if not past and slot.pieces > 1 and self.chance.random() < _BEGUN:
            return self._drafted(slot, self.chance.randint(1, slot.pieces))
        drawn = self.chance.random()
        if drawn > (min(1.0, pace + 0.35) if past else pace):
            return None
        kind = self.chance.random()
        if kind < 0.06 and slot.due_on >= self.today and _can_fail(slot):
            return self._returned(slot, unit)
        if kind < 0.3 and slot.due_on >= self.today - timedelta(days=20):
            return self._submitted(slot, unit)
        # An honest answer below its target, now and then; never a veto on a real place.
        met = slot.criterion.veto or self.chance.random() > 0.05
        return self._approved(slot, unit, met=met)

    def _drafted(self, slot: Slot, pieces: int) -> PlannedItem:
        uploaded = self.now - timedelta(hours=self.chance.uniform(1, 5 * 24))
        return PlannedItem(slot, ItemState.OPEN, uploaded, None, self._nothing(), pieces=pieces)

    def _submitted(self, slot: Slot, unit: Unit) -> PlannedItem:
        sent = self.now - timedelta(hours=self.chance.uniform(1, 13 * 24))
        return self._item(slot, unit, ItemState.SUBMITTED, sent, None, met=True)

    def _returned(self, slot: Slot, unit: Unit) -> PlannedItem:
        decided = self.now - timedelta(hours=self.chance.uniform(2, 6 * 24))
        sent = decided - timedelta(days=self.chance.uniform(1, 8))
        item = self._item(slot, unit, ItemState.RETURNED, sent, decided, met=True)
        item.preset = self._preset(item)
        return item

    def _preset(self, item: PlannedItem) -> str:
        return self.chance.choice(
            ("unclear", "period", "subject", "privacy") if item.pieces else ("figures",)
        )

    def _approved(self, slot: Slot, unit: Unit, *, met: bool) -> PlannedItem:
        first = _noon(slot.opens_on)
        last = min(_noon(slot.due_on), self.now - timedelta(days=9))
        sent = first + (max(last, first) - first) * self.chance.uniform(0.05, 1)
        sent = min(sent, self.now - timedelta(hours=self.chance.uniform(10, 60)))
        decided = sent + timedelta(hours=self.chance.uniform(1, 8 * 24))
        decided = min(decided, self.now - timedelta(hours=1))
        item = self._item(slot, unit, ItemState.APPROVED, sent, decided, met=met)
        if _can_fail(slot) and self.chance.random() < 0.06:
            item.first_try = replace(
                item,
                state=ItemState.RETURNED,
                submitted_at=sent - timedelta(days=2),
                decided_at=sent - timedelta(days=1),
                preset=self._preset(item),
            )
        return item

    def _item(
        self,
        slot: Slot,
        unit: Unit,
        state: ItemState,
        sent: datetime,
        decided: datetime | None,
        *,
        met: bool,
    ) -> PlannedItem:
        answer = self._answer(slot, unit, met=met)
        photo = slot.criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}
        plain = answer["none"] or answer["not_applicable"]
        pieces = slot.pieces if photo and not plain else 0
        return PlannedItem(
            slot, state, sent, decided, answer, pieces=pieces, minutes=self._minutes(pieces)
        )

    def _minutes(self, pieces: int) -> int | None:
        """What a liaison says who is asked; most say nothing."""
        if self.chance.random() > 0.3:
            return None
        return max(1, round(self.chance.gauss(4 + 7 * pieces, 2 + pieces)))

    @staticmethod
    def _nothing() -> dict[str, Any]:
        return {
            "value": None,
            "numerator": None,
            "denominator": None,
            "none": False,
            "not_applicable": False,
            "declared": False,
            "note": "",
        }

    def _answer(self, slot: Slot, unit: Unit, *, met: bool) -> dict[str, Any]:
        answer = self._nothing()
        criterion = slot.criterion
        if slot.period and criterion.none_is_full and met and self.chance.random() < 0.25:
            answer["none"] = True
        elif self._is_not_for(slot, unit) and met:
            answer |= {"not_applicable": True, "note": _NOT_FOR}
        elif criterion.evidence is EvidenceKind.NUMBER:
            answer["value"] = self._number(slot, met=met)
        elif criterion.evidence is EvidenceKind.RATIO:
            answer["numerator"], answer["denominator"] = self._ratio(slot, unit, met=met)
        elif criterion.evidence is EvidenceKind.DECLARATION:
            answer["declared"] = True
        return answer

    def _is_not_for(self, slot: Slot, unit: Unit) -> bool:
        """Now and then a criterion does not apply: only to units that are invented, and so that
        the missed targets of ``_LOST`` still end a checklist as wanted."""
        if unit.kind in HOUSEHOLD_KINDS or slot.criterion.veto or slot.period:
            return False
        return slot.criterion.code not in _ALL_LOST and self.chance.random() < 0.02

    def _number(self, slot: Slot, *, met: bool) -> int:
        threshold = slot.threshold()
        if threshold is None:
            return self.chance.randint(1, 20)
        enough = -(-threshold.numerator // threshold.denominator)
        if slot.criterion.operator is Operator.AT_LEAST:
            return enough + self.chance.randint(0, 6) if met else max(0, enough - 1)
        return enough if met else enough + 1

    def _ratio(self, slot: Slot, unit: Unit, *, met: bool) -> tuple[int, int]:
        of_households = slot.criterion.denominator_en in {"all households", "resident households"}
        whole = (unit.households or 100) if of_households else self.chance.randint(20, 80)
        threshold = slot.threshold()
        needed = (
            -(-threshold.numerator * whole // (100 * threshold.denominator)) if threshold else 0
        )
        if not met:
            return max(0, needed - self.chance.randint(1, 3)), whole
        least = needed if threshold else whole * 6 // 10
        return self.chance.randint(min(least, whole), whole), whole


#: Criteria of the safe hospital whose targets are missed, so that the score ends as wanted; none
#: is a veto. 18 points short is a pass on condition, 32 is not passed yet.
_LOST: dict[EnrolmentState, frozenset[str]] = {
    EnrolmentState.CONDITIONAL: frozenset({"3.2", "4.2"}),
    EnrolmentState.NOT_PASSED: frozenset({"2.1", "3.2", "4.2"}),
}
_ALL_LOST = frozenset[str]().union(*_LOST.values())


def _can_fail(slot: Slot) -> bool:
    """Papers are always in order: such criteria are what a look back finds."""
    return slot.criterion.evidence is not EvidenceKind.DOCUMENT


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(4), tzinfo=UTC)
