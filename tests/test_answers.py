"""Answers: what may be sent, and whether it meets the criterion. No database is needed."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import Slot
from campaigns.enrolment.answers import GREATEST, Answer, faults, met, short_by
from campaigns.enrolment.records import Item
from campaigns.standards import Cadence, Criterion, EvidenceKind, Operator, Registration

PHOTO, DOCUMENT, NUMBER, RATIO, DECLARATION = EvidenceKind


def wanted(kind: EvidenceKind, *, pieces: int = 1, period: str | None = None, **more: Any) -> Slot:
    """An item to be, of a criterion of our own."""
    stated = {"veto": False, "none_is_full": False, "threshold_yearly": False, "threshold": None}
    criterion = Criterion(
        code="1.1",
        points=10,
        evidence=kind,
        cadence=more.pop("cadence", Cadence.YEARLY),
        operator=more.pop("operator", Operator.AT_LEAST),
        **(stated | more),
    )
    return Slot(
        "1.1", criterion, period, date(2026, 1, 1), date(2026, 12, 31), pieces, Fraction(10)
    )


def wrong(
    slot: Slot, answer: Answer, *, pieces: int = 0, households: int | None = None
) -> list[tuple[str, str | None]]:
    """The faults of an answer."""
    registration = Registration.UNIT if households is None else Registration.AGGREGATE
    found = faults(slot, registration, answer, pieces=pieces, households=households)
    return [(each.code, each.field) for each in found]


@pytest.mark.parametrize("kind", [PHOTO, DOCUMENT])
def test_pictures_and_documents_need_their_number_of_pieces(kind: EvidenceKind) -> None:
    slot = wanted(kind, pieces=2)
    assert wrong(slot, Answer(), pieces=2) == []
    assert wrong(slot, Answer(), pieces=3) == []
    found = list(faults(slot, Registration.UNIT, Answer(), pieces=1, households=None))
    assert [(each.code, each.field) for each in found] == [("pieces_missing", "file")]
    assert dict(found[0].values) == {"have": 1, "want": 2}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "number_missing"),
        (-1, "number_negative"),
        (GREATEST + 1, "number_too_large"),
        (0, None),
        (GREATEST, None),
    ],
)
def test_a_number_is_whole_and_not_absurd(value: int | None, code: str | None) -> None:
    assert wrong(wanted(NUMBER), Answer(value=value)) == ([(code, "value")] if code else [])


@pytest.mark.parametrize(
    ("numerator", "denominator", "found"),
    [
        (49, 50, []),
        (0, 1, []),
        (50, 50, []),
        (0, 0, [("denominator_zero_once", "denominator")]),
        (51, 50, [("numerator_over_denominator", "numerator")]),
        (-1, 50, [("number_negative", "numerator")]),
        (1, -50, [("number_negative", "denominator")]),
        (None, 50, [("number_missing", "numerator")]),
        (1, None, [("number_missing", "denominator")]),
        (1, GREATEST + 1, [("number_too_large", "denominator")]),
        (None, None, [("number_missing", "numerator"), ("number_missing", "denominator")]),
    ],
)
def test_a_ratio_is_so_many_of_so_many(
    numerator: int | None, denominator: int | None, found: list[tuple[str, str]]
) -> None:
    answer = Answer(numerator=numerator, denominator=denominator)
    assert wrong(wanted(RATIO), answer) == found


def test_a_count_of_households_is_at_most_what_the_register_holds() -> None:
    assert wrong(wanted(RATIO), Answer(numerator=90, denominator=100), households=100) == []
    answer = Answer(numerator=90, denominator=101)
    assert wrong(wanted(RATIO), answer, households=100) == [("over_households", "denominator")]


def test_a_declaration_has_to_be_declared() -> None:
    assert wrong(wanted(DECLARATION), Answer(declared=True)) == []
    assert wrong(wanted(DECLARATION), Answer()) == [("declaration_missing", "declared")]


@pytest.mark.parametrize("kind", EvidenceKind)
def test_none_this_period_can_be_said_of_what_is_asked_by_period(kind: EvidenceKind) -> None:
    assert wrong(wanted(kind, period="2026Q3"), Answer(none=True)) == []
    assert wrong(wanted(kind), Answer(none=True)) == [("none_not_possible", "none")]


@pytest.mark.parametrize("kind", EvidenceKind)
def test_not_applicable_needs_a_reason_and_is_never_said_of_a_veto(kind: EvidenceKind) -> None:
    assert wrong(wanted(kind), Answer(not_applicable=True, note="没有食堂")) == []
    assert wrong(wanted(kind), Answer(not_applicable=True)) == [("not_applicable_reason", "note")]
    assert wrong(wanted(kind, veto=True), Answer(not_applicable=True, note="x")) == [
        ("veto_always_applies", "not_applicable")
    ]


def test_none_and_not_applicable_cannot_both_be_said() -> None:
    answer = Answer(none=True, not_applicable=True, note="x")
    slot = wanted(PHOTO, period="2026Q3")
    assert wrong(slot, answer) == [("none_or_not_applicable", "none")]


def ratio(numerator: int, denominator: int) -> Item:
    return Item(numerator=numerator, denominator=denominator, none=False, not_applicable=False)


def number(value: int) -> Item:
    return Item(value=value, none=False, not_applicable=False)


@pytest.mark.parametrize(
    ("percent", "numerator", "denominator", "verdict"),
    [
        (98, 49, 50, True),
        (98, 48, 50, False),
        (90, 27, 30, True),
        (90, 26, 30, False),
        (100, 100, 100, True),
        (100, 99_999_998, 99_999_999, False),
        (70, 7, 10, True),
        (70, 699_999_999, 999_999_999, False),
        (29, 29, 100, True),
    ],
)
def test_a_ratio_meets_its_threshold_exactly(
    percent: int, numerator: int, denominator: int, verdict: bool
) -> None:
    assert met(wanted(RATIO, threshold=percent), ratio(numerator, denominator)) is verdict


@pytest.mark.parametrize(
    ("operator", "value", "verdict"),
    [
        (Operator.AT_LEAST, 4, False),
        (Operator.AT_LEAST, 5, True),
        (Operator.AT_LEAST, 6, True),
        (Operator.AT_MOST, 4, True),
        (Operator.AT_MOST, 5, True),
        (Operator.AT_MOST, 6, False),
        (Operator.EQUAL, 4, False),
        (Operator.EQUAL, 5, True),
        (Operator.EQUAL, 6, False),
    ],
)
def test_the_threshold_itself_counts(operator: Operator, value: int, verdict: bool) -> None:
    assert met(wanted(NUMBER, threshold=5, operator=operator), number(value)) is verdict


def test_a_years_threshold_is_shared_by_its_months() -> None:
    slot = wanted(
        NUMBER, threshold=9, threshold_yearly=True, cadence=Cadence.MONTHLY, period="2026-09"
    )
    assert slot.threshold() == Fraction(3, 4)
    assert met(slot, number(1)) is True
    assert met(slot, number(0)) is False
    each = wanted(NUMBER, threshold=9, cadence=Cadence.MONTHLY, period="2026-09")
    assert each.threshold() == 9


def test_without_a_threshold_a_true_answer_is_enough() -> None:
    assert met(wanted(RATIO), ratio(0, 10)) is True
    assert met(wanted(PHOTO), Item(none=False, not_applicable=False)) is True


@pytest.mark.parametrize("full", [True, False])
def test_none_is_full_only_where_nothing_happening_is_good(full: bool) -> None:
    slot = wanted(NUMBER, threshold=5, none_is_full=full, period="2026Q3")
    assert met(slot, Item(none=True, not_applicable=False)) is full


def test_what_does_not_apply_is_neither_met_nor_missed() -> None:
    assert met(wanted(RATIO, threshold=90), Item(none=False, not_applicable=True)) is None


@given(st.integers(0, 100), st.integers(1, 400), st.data())
def test_short_by_is_the_smallest_number_more_that_would_meet(
    percent: int, denominator: int, data: st.DataObject
) -> None:
    numerator = data.draw(st.integers(0, denominator))
    slot = wanted(RATIO, threshold=percent)
    by_trying = next(
        more
        for more in range(denominator + 1)
        if met(slot, ratio(min(numerator + more, denominator), denominator))
    )
    assert (short_by(slot, ratio(numerator, denominator)) or 0) == by_trying


@pytest.mark.parametrize(
    ("slot", "item"),
    [
        (wanted(RATIO), ratio(1, 2)),
        (wanted(RATIO, threshold=50), ratio(1, 2)),
        (wanted(RATIO, threshold=10, operator=Operator.AT_MOST), ratio(1, 2)),
        (wanted(NUMBER, threshold=10), number(1)),
        (wanted(RATIO, threshold=90), Item(none=True, not_applicable=False)),
        (wanted(RATIO, threshold=90), Item(none=False, not_applicable=True)),
    ],
)
def test_nothing_is_short_where_no_more_would_help(slot: Slot, item: Item) -> None:
    assert short_by(slot, item) is None
