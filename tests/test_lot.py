"""The lot: some of each town, in proportion, and the same again for everybody."""

import json
import subprocess
import sys
import time as wall
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from campaigns.acceptance import lot
from campaigns.commands.lot import lot as command

CODES = st.text("0123456789", min_size=3, max_size=4)
SIZES = st.dictionaries(CODES, st.integers(1, 60), min_size=1, max_size=12)
SHARES = st.integers(1, 100)


def everybody(sizes: dict[str, int]) -> list[lot.Candidate]:
    return [(town, f"U{town}-{n}") for town, size in sizes.items() for n in range(size)]


@given(SIZES, SHARES)
def test_each_town_gives_at_least_one_and_never_more_than_it_has(
    sizes: dict[str, int], share: int
) -> None:
    given_ = lot.shares(sizes, share)
    assert given_.keys() == sizes.keys()
    assert all(1 <= given_[town] <= sizes[town] for town in sizes)
    whole = sum(sizes.values())
    assert sum(given_.values()) == max(-(-whole * share // 100), len(sizes))


@given(SIZES, SHARES)
def test_a_larger_town_never_gives_fewer(sizes: dict[str, int], share: int) -> None:
    given_ = lot.shares(sizes, share)
    for one in sizes:
        for other in sizes:
            if sizes[one] > sizes[other]:
                assert given_[one] >= given_[other]


@given(SIZES, SHARES)
def test_beyond_the_first_no_town_is_a_whole_unit_off_its_proportion(
    sizes: dict[str, int], share: int
) -> None:
    given_, whole = lot.shares(sizes, share), sum(sizes.values())
    rest, places = sum(given_.values()) - len(sizes), whole - len(sizes)
    for town, size in sizes.items():
        exact = rest * (size - 1) / places if places else 0
        assert abs(given_[town] - 1 - exact) < 1


def test_the_largest_remainders_win_and_then_the_smaller_code() -> None:
    # One each; of the two left 11 units go by 5:5:1, so 0.91, 0.91 and 0.18.
    assert lot.shares({"b": 6, "a": 6, "c": 2}, 35) == {"a": 2, "b": 2, "c": 1}
    # One is left for two towns that are alike.
    assert lot.shares({"b": 3, "a": 3}, 50) == {"a": 2, "b": 1}


@given(SIZES, SHARES, st.text("0123456789", min_size=6, max_size=20), st.randoms())
def test_the_order_of_the_list_does_not_matter(
    sizes: dict[str, int], share: int, seed: str, chance: Any
) -> None:
    candidates = everybody(sizes)
    mixed = list(candidates)
    chance.shuffle(mixed)
    drawn = lot.draw(candidates, seed, share)
    assert drawn == lot.draw(mixed, seed, share)
    assert lot.hash_of(candidates) == lot.hash_of(mixed)
    assert Counter(town for town, _ in drawn) == lot.shares(sizes, share)
    for town, unit in drawn:
        before = [u for t, u in candidates if t == town and (town, u) not in drawn]
        mine = lot.place_of(seed, unit)
        assert all(mine < lot.place_of(seed, other) for other in before)


def test_another_seed_draws_others_and_everybody_has_the_same_chance() -> None:
    candidates, times = everybody({"1": 20, "2": 20}), Counter[lot.Candidate]()
    for number in range(2_000):
        times.update(lot.draw(candidates, f"{number:06d}", 20))
    # 0.2 of 2,000 is 400, with a deviation of 18: six of them are a wide margin.
    assert all(292 < times[each] < 508 for each in candidates), times


def test_only_digits_count_however_they_are_written() -> None:
    assert lot.digits(" 03 07，１２+05 号") == "03071205"
    assert lot.digits("上证指数 3,871.25") == "387125"


def published(**changed: Any) -> dict[str, Any]:
    candidates = everybody({"1": 8, "2": 3})
    drawn = lot.draw(candidates, "1234567", 30)

    def rows(pairs: list[lot.Candidate]) -> list[dict[str, str]]:
        return [{"town": town, "unit": unit} for town, unit in pairs]

    return {
        "share": 30,
        "seed": "1234567",
        "candidates_sha256": lot.hash_of(candidates),
        "candidates": rows(candidates),
        "drawn": rows(drawn),
        **changed,
    }


def forged() -> dict[str, dict[str, Any]]:
    whole = published()
    unlucky = [each for each in whole["candidates"] if each not in whole["drawn"]]
    return {
        "candidates": published(candidates=whole["candidates"][1:]),
        "drawn": published(drawn=[*whole["drawn"][1:], unlucky[0]]),
        "seed": published(seed="7654321"),
        "share": published(share=80),
        "written otherwise": published(seed="123 4567"),
    }


def test_what_was_forged_is_found() -> None:
    assert lot.differences(published()) == []
    assert lot.differences(published(seed=None, drawn=[])) == []
    for what, told in forged().items():
        assert lot.differences(told), what


def test_anybody_repeats_it_by_command_or_with_python_alone(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    right.write_text(json.dumps(published()), encoding="utf-8")
    wrong.write_text(json.dumps(forged()["drawn"]), encoding="utf-8")
    script = [sys.executable, "-I", "-S", lot.__file__]
    for file, code in ((right, 0), (wrong, 1)):
        by_command = CliRunner().invoke(command, [str(file)])
        alone = subprocess.run([*script, str(file)], capture_output=True, text=True, check=False)
        assert (by_command.exit_code, alone.returncode) == (code, code), alone.stderr
        assert by_command.output == alone.stdout
        assert ("the same again" in alone.stdout) is (code == 0)


@pytest.mark.parametrize("content", ["", "[]", "{}", "1", '{"candidates": 1}'])
def test_a_file_that_is_no_lot_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "lot.json"
    file.write_text(content)
    found = CliRunner().invoke(command, [str(file)])
    assert found.exit_code == 1
    assert "is no published lot" in found.output


def test_two_thousand_are_drawn_in_well_under_a_second() -> None:
    candidates = everybody({f"{town:03d}": 50 for town in range(40)})
    began = wall.perf_counter()
    assert len(lot.draw(candidates, "1234567", 10)) == 200
    assert wall.perf_counter() - began < 0.5
