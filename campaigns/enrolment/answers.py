"""What may be sent for an item, and whether it meets the criterion."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa

from campaigns.campaign import Slot
from campaigns.enrolment.records import Item
from campaigns.errors import Fault, fault
from campaigns.standards import Cadence, Criterion, EvidenceKind, Operator, Registration

#: Larger counts are slips of the finger, and outgrow the database's integers.
GREATEST = 999_999_999
#: Nobody is at one item for longer than ten hours.
MOST_MINUTES = 600


@dataclass(frozen=True, slots=True)
class Answer:
    """What a liaison sends for an item; ``evidence`` are ids of the unit's own evidence.

    ``minutes`` is how long it took, if she chose to say; ``carried_from`` the id of last time's
    item when she found its proof still true.
    """

    evidence: tuple[int, ...] = ()
    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    none: bool = False
    not_applicable: bool = False
    declared: bool = False
    note: str = ""
    minutes: int | None = None
    carried_from: int | None = None


def may_be_none(slot: Slot) -> bool:
    """Whether "none this period" can be said: of whatever is asked by quarter or month."""
    return slot.period is not None


def faults(
    slot: Slot, registration: Registration, answer: Answer, *, pieces: int, households: int | None
) -> Iterator[Fault]:
    """What is wrong with an answer; nothing when it may be sent.

    ``pieces`` is the evidence of the unit that the answer names; ``households`` the unit's number
    in the register, which a count of households cannot exceed.
    """
    criterion = slot.criterion
    if answer.minutes is not None and not 1 <= answer.minutes <= MOST_MINUTES:
        yield fault("minutes_out_of_range", "minutes", most=MOST_MINUTES)
    if answer.none and answer.not_applicable:
        yield fault("none_or_not_applicable", "none")
    elif answer.not_applicable:
        if criterion.veto:
            yield fault("veto_always_applies", "not_applicable")
        if not answer.note:
            yield fault("not_applicable_reason", "note")
    elif answer.none:
        if not may_be_none(slot):
            yield fault("none_not_possible", "none")
    elif criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}:
        if pieces < slot.pieces:
            yield fault("pieces_missing", "file", have=pieces, want=slot.pieces)
    elif criterion.evidence is EvidenceKind.NUMBER:
        yield from _count(answer.value, "value")
    elif criterion.evidence is EvidenceKind.DECLARATION:
        if not answer.declared:
            yield fault("declaration_missing", "declared")
    else:
        whole = households if registration is Registration.AGGREGATE else None
        yield from _ratio(slot, answer, whole)


def _count(number: int | None, field: str) -> Iterator[Fault]:
    if number is None:
        yield fault("number_missing", field)
    elif number < 0:
        yield fault("number_negative", field)
    elif number > GREATEST:
        yield fault("number_too_large", field, greatest=GREATEST)


def _ratio(slot: Slot, answer: Answer, households: int | None) -> Iterator[Fault]:
    found = [*_count(answer.numerator, "numerator"), *_count(answer.denominator, "denominator")]
    yield from found
    if found or answer.numerator is None or answer.denominator is None:
        return
    if answer.denominator == 0:
        yield fault(_nothing_to_share(slot), "denominator")
    elif answer.numerator > answer.denominator:
        yield fault("numerator_over_denominator", "numerator")
    elif households is not None and answer.denominator > households:
        yield fault("over_households", "denominator", households=households)


def _nothing_to_share(slot: Slot) -> str:
    """The way out that an item offers when there is nothing to take a share of."""
    if may_be_none(slot):
        return "denominator_zero"
    return "denominator_zero_veto" if slot.criterion.veto else "denominator_zero_once"


def met(slot: Slot, item: Item) -> bool | None:
    """Whether the answer meets the criterion; None when it does not apply.

    Without a threshold a true answer is enough. Ratios are compared as whole numbers, so that
    98 % of 50 is 49 exactly.
    """
    if item.not_applicable:
        return None
    if item.none:
        return slot.criterion.none_is_full
    threshold = slot.threshold()
    if threshold is None:
        return True
    if item.numerator is not None and item.denominator:
        return _holds(Fraction(100 * item.numerator, item.denominator), slot)
    if item.value is not None:
        return _holds(Fraction(item.value), slot)
    return True


def _holds(value: Fraction, slot: Slot) -> bool:
    threshold = slot.threshold()
    if threshold is None or slot.criterion.operator is Operator.AT_LEAST:
        return threshold is None or value >= threshold
    if slot.criterion.operator is Operator.AT_MOST:
        return value <= threshold
    return value == threshold


def missed() -> sa.ColumnElement[bool]:
    """The same as "``met`` is False", as a condition on items joined with their criteria."""
    share = sa.case(
        (sa.not_(Criterion.threshold_yearly), 1),
        *((Criterion.cadence == each, each.per_year) for each in Cadence),
        else_=1,
    )
    # Wide enough for the largest count, times a hundred, times twelve months.
    numerator = sa.cast(Item.numerator, sa.BigInteger)
    given = sa.func.coalesce(100 * numerator, Item.value) * share
    threshold = sa.cast(Criterion.threshold, sa.BigInteger)
    wanted = threshold * sa.func.coalesce(Item.denominator, 1)
    beyond = sa.case(
        (Criterion.operator == Operator.AT_MOST, given > wanted),
        (Criterion.operator == Operator.EQUAL, given != wanted),
        else_=given < wanted,
    )
    return sa.case(
        (Item.not_applicable, sa.false()),
        (Item.none, sa.not_(Criterion.none_is_full)),
        else_=sa.func.coalesce(beyond, sa.false()),
    )


def short_by(slot: Slot, item: Item) -> int | None:
    """How many more of the same denominator would meet an "at least" ratio; None if not so."""
    threshold = slot.threshold()
    if (
        threshold is None
        or slot.criterion.operator is not Operator.AT_LEAST
        or item.numerator is None
        or not item.denominator
        or met(slot, item)
    ):
        return None
    needed = -(-threshold.numerator * item.denominator // (100 * threshold.denominator))
    return needed - item.numerator
