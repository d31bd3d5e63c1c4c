"""What a checklist is worth so far: computed from its items, never stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from campaigns.campaign import Slot
from campaigns.enrolment.answers import met
from campaigns.enrolment.records import Item, ItemState

FULL = 100


@dataclass(frozen=True, slots=True)
class Score:
    """Points of a checklist.

    ``earned``, ``waiting``, ``lost`` and ``left`` add up to ``base``: a hundred less the points of
    items that do not apply. ``lost`` are points of approved items that do not meet their target.
    ``vetoes`` are the keys of veto items found not met.
    """

    earned: Fraction
    waiting: Fraction
    lost: Fraction
    base: Fraction
    decided: int
    items: int
    vetoes: tuple[str, ...]

    @property
    def left(self) -> Fraction:
        """Points that the unit can still send."""
        return self.base - self.earned - self.waiting - self.lost

    @property
    def mark(self) -> Fraction:
        """The points earned, out of a hundred, when what does not apply is left out."""
        return FULL * self.earned / self.base if self.base else Fraction(0)

    @property
    def complete(self) -> bool:
        """Whether every item has been approved."""
        return self.decided == self.items


def score(
    slots: Iterable[Slot],
    items: Mapping[str, Item],
    states: Mapping[str, ItemState] | None = None,
) -> Score:
    """The score of a checklist; ``states`` overrides what the viewer is to see of each item."""
    earned = waiting = lost = Fraction(0)
    base = Fraction(FULL)
    decided = count = 0
    vetoes: list[str] = []
    for slot in slots:
        count += 1
        item = items.get(slot.key)
        if item is None:
            continue
        state = item.state if states is None else states[slot.key]
        if state is ItemState.SUBMITTED:
            waiting += slot.points
        if state is not ItemState.APPROVED:
            continue
        decided += 1
        verdict = met(slot, item)
        if verdict is None:
            base -= slot.points
        elif verdict:
            earned += slot.points
        else:
            lost += slot.points
            if slot.criterion.veto:
                vetoes.append(slot.key)
    return Score(earned, waiting, lost, base, decided, count, tuple(vetoes))


def households(slots: Iterable[Slot], items: Mapping[str, Item]) -> int:
    """How many households a title of a household standard names: those that do everything that
    was counted, so the smallest of the counts."""
    counts = [
        item.numerator
        for slot in slots
        if (item := items.get(slot.key)) is not None
        and item.state is ItemState.APPROVED
        and item.numerator is not None
    ]
    return min(counts, default=0)
