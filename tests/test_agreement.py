"""Agreement: percent and Cohen's kappa, against a naive computation and textbook values."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.acceptance import agreement

VERDICTS = st.sampled_from(("holds", "fails", "unclear"))
PAIRS = st.lists(st.tuples(VERDICTS, VERDICTS), max_size=40)


def naive(pairs: list[tuple[str, str]]) -> Fraction | None:
    """As Cohen wrote it down: observed and expected shares, verdict by verdict."""
    if not pairs:
        return None
    number = len(pairs)
    observed = Fraction(sum(1 for one, other in pairs if one == other), number)
    expected = Fraction(0)
    for verdict in {each for pair in pairs for each in pair}:
        first = Fraction(sum(1 for one, _ in pairs if one == verdict), number)
        second = Fraction(sum(1 for _, other in pairs if other == verdict), number)
        expected += first * second
    return None if expected == 1 else (observed - expected) / (1 - expected)


@given(PAIRS)
def test_it_is_what_a_naive_computation_gives(pairs: list[tuple[str, str]]) -> None:
    found = agreement.of(pairs)
    assert found.kappa == naive(pairs)
    assert (found.number, found.same) == (len(pairs), sum(a == b for a, b in pairs))


@given(PAIRS)
def test_it_does_not_matter_who_was_first(pairs: list[tuple[str, str]]) -> None:
    assert agreement.of(pairs) == agreement.of([(other, one) for one, other in pairs])


@given(PAIRS)
def test_it_lies_between_minus_one_and_one_and_is_one_only_when_all_agree(
    pairs: list[tuple[str, str]],
) -> None:
    found = agreement.of(pairs)
    if found.kappa is not None:
        assert -1 <= found.kappa <= 1
        assert (found.kappa == 1) is (found.same == found.number)


def table(*counts: tuple[str, str, int]) -> list[tuple[str, str]]:
    return [(one, other) for one, other, number in counts for _ in range(number)]


@pytest.mark.parametrize(
    ("pairs", "kappa"),
    [
        # The grants of the usual introduction: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no.
        (table(("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)), Fraction(2, 5)),
        # The same percentage, other margins: 45, 15, 25, 15 and 25, 35, 5, 35 of a hundred.
        (
            table(("y", "y", 45), ("y", "n", 15), ("n", "y", 25), ("n", "n", 15)),
            Fraction(3, 23),
        ),
        (
            table(("y", "y", 25), ("y", "n", 35), ("n", "y", 5), ("n", "n", 35)),
            Fraction(7, 27),
        ),
        # Chance alone, and the opposite of each other.
        (list(product("yn", "yn")), Fraction(0)),
        (table(("y", "n", 5), ("n", "y", 5)), Fraction(-1)),
    ],
)
def test_textbook_values(pairs: list[tuple[str, str]], kappa: Fraction) -> None:
    assert agreement.of(pairs).kappa == kappa


def test_where_it_means_nothing_there_is_none() -> None:
    assert agreement.of([]) == agreement.Agreement(0, 0, None)
    assert agreement.of([("holds", "holds")] * 7) == agreement.Agreement(7, 7, None)
