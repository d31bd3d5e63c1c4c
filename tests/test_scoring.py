"""Scores: what a checklist is worth, from its items alone."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.campaign import Slot
from campaigns.enrolment.records import Item, ItemState
from campaigns.enrolment.scoring import households, score
from campaigns.standards import Cadence, Criterion, EvidenceKind, Operator

OPEN, SUBMITTED, APPROVED, RETURNED = ItemState


def slot(key: str, points: Fraction | int, *, veto: bool = False) -> Slot:
    """An item to be: a number that should be at least five."""
    criterion = Criterion(
        code=key,
        evidence=EvidenceKind.NUMBER,
        cadence=Cadence.YEARLY,
        operator=Operator.AT_LEAST,
        threshold=5,
        threshold_yearly=False,
        none_is_full=False,
        veto=veto,
    )
    span = (date(2026, 1, 1), date(2026, 12, 31))
    return Slot(key, criterion, None, *span, 1, Fraction(points))


def item(state: ItemState, value: int = 5, *, not_applicable: bool = False) -> Item:
    return Item(
        state=state,
        value=None if not_applicable else value,
        none=False,
        not_applicable=not_applicable,
    )


@st.composite
def checklists(draw: st.DrawFn) -> tuple[list[Slot], dict[str, Item]]:
    """Items worth a hundred points together, some touched."""
    weights = draw(st.lists(st.integers(0, 20), min_size=1, max_size=20).filter(any))
    whole = sum(weights)
    made = [
        slot(str(place), Fraction(100 * weight, whole), veto=draw(st.booleans()))
        for place, weight in enumerate(weights)
    ]
    touched = {
        each.key: item(
            draw(st.sampled_from(ItemState)),
            draw(st.integers(0, 9)),
            not_applicable=draw(st.booleans()),
        )
        for each in made
        if draw(st.booleans())
    }
    return made, touched


@given(checklists())
def test_every_point_is_earned_waiting_lost_or_left(
    checklist: tuple[list[Slot], dict[str, Item]],
) -> None:
    slots, items = checklist
    found = score(slots, items)
    assert found.earned + found.waiting + found.lost + found.left == found.base
    assert min(found.earned, found.waiting, found.lost, found.left) >= 0
    states = {each.key: items[each.key].state if each.key in items else OPEN for each in slots}
    points = {each.key: each.points for each in slots}
    assert found.waiting == sum(points[k] for k, state in states.items() if state is SUBMITTED)
    assert found.left == sum(points[k] for k, state in states.items() if state in {OPEN, RETURNED})
    assert found.decided == sum(state is APPROVED for state in states.values())
    assert found.complete == all(state is APPROVED for state in states.values())
    assert 0 <= found.mark <= 100


def test_what_does_not_apply_leaves_the_hundred_once_it_is_approved() -> None:
    slots = [slot("a", 60), slot("b", 40)]
    items = {"a": item(APPROVED), "b": item(SUBMITTED, not_applicable=True)}
    found = score(slots, items)
    assert (found.base, found.earned, found.waiting, found.mark) == (100, 60, 40, 60)
    items["b"] = item(APPROVED, not_applicable=True)
    found = score(slots, items)
    assert (found.base, found.earned, found.mark, found.complete) == (60, 60, 100, True)


def test_when_nothing_applies_the_mark_is_nought() -> None:
    found = score([slot("a", 100)], {"a": item(APPROVED, not_applicable=True)})
    assert (found.base, found.mark) == (0, 0)


def test_a_missed_target_is_approved_and_earns_nothing() -> None:
    found = score([slot("a", 100)], {"a": item(APPROVED, 4)})
    assert (found.earned, found.lost, found.decided, found.vetoes) == (0, 100, 1, ())


@pytest.mark.parametrize(
    ("state", "value", "vetoes"),
    [
        (APPROVED, 4, ("a",)),
        (APPROVED, 5, ()),
        (SUBMITTED, 4, ()),
        (RETURNED, 4, ()),
    ],
)
def test_a_veto_counts_when_it_is_found_true_and_not_met(
    state: ItemState, value: int, vetoes: tuple[str, ...]
) -> None:
    assert score([slot("a", 0, veto=True)], {"a": item(state, value)}).vetoes == vetoes


def test_a_viewer_who_may_not_see_a_decision_yet_sees_the_points_waiting() -> None:
    slots, items = [slot("a", 100)], {"a": item(APPROVED)}
    found = score(slots, items, {"a": SUBMITTED})
    assert (found.earned, found.waiting, found.complete) == (0, 100, False)


def test_a_household_title_names_those_that_do_everything() -> None:
    slots = [slot(key, 20) for key in "abcde"]
    items = {
        "a": Item(state=APPROVED, numerator=90, denominator=100),
        "b": Item(state=APPROVED, numerator=70, denominator=100),
        "c": Item(state=SUBMITTED, numerator=10, denominator=100),
        "d": Item(state=APPROVED, not_applicable=True),
    }
    assert households(slots, items) == 70
    assert households(slots, {}) == 0
