"""The measurement of likeness (``tests/bench/likeness.py``) in small, in every run of the tests."""

import pytest

from tests.bench.likeness import Crowd, Size, faults, measure
from tests.bench.scenes import EDITS


@pytest.mark.slow
def test_edited_pictures_are_found_and_others_are_not_taken_for_them() -> None:
    found = measure(Size(scenes=40, shots=2, fresh=40, crowd=20_000, parents=36), processes=1)
    assert found.recall.keys() == EDITS.keys()
    assert faults(found) == []


def test_the_crowd_is_the_same_each_time_and_no_two_of_it_are() -> None:
    parents = [bytes((n * x * y) % 256 for y in range(64) for x in range(64)) for n in (3, 7)]
    one, other = Crowd(parents), Crowd(parents)
    assert one.hashes(5) == other.hashes(5)
    assert one.seen(5123) == other.seen(5123)
    assert one.seen(5123) != one.seen(5124)
    assert len({*one.hashes(5)}) > 900
