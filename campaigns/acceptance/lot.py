"""Draws units by lot so that anybody can repeat it: ``python lot.py FILE.json`` needs only Python.

How it cannot be steered: first the list of candidates is closed and its hash published, together
with the share to be drawn and a public draw that is still to come (such as issue 2026110 of the
welfare lottery). When that draw has been held, its digits are the seed. So nobody, the city office
included, knows the seed while the list can change, nobody can choose it afterwards, and there is no
secret that somebody would have to keep. Only digits count, so that no way of writing them differs.

The draw: in each town the candidates are put in the order of SHA-256(seed + ":" + unit code), and
the first ones are taken. How many: the share of all candidates, rounded up, at least one for each
town; beyond that one, towns get their share of the rest by the largest remainder, the smaller town
code first where remainders are the same.
"""

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: A seed of fewer digits could be tried out one by one beforehand.
FEWEST_DIGITS = 6
#: No published result is longer.
MOST_CHARACTERS = 200
#: A candidate: the code of its town and its own.
Candidate = tuple[str, str]


def digits(typed: str) -> str:
    """The digits of a published text, which are the seed."""
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(each for each in plain if each in "0123456789")


def hash_of(candidates: Iterable[Candidate]) -> str:
    """The hash of a closed list: SHA-256 over its lines ``town,unit`` in order."""
    lines = "".join(f"{town},{unit}\n" for town, unit in sorted(candidates))
    return hashlib.sha256(lines.encode()).hexdigest()


def place_of(seed: str, code: str) -> str:
    """Where a code stands in the draw: the smallest come first."""
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def ordered(seed: str, codes: Iterable[str]) -> list[str]:
    """Codes in the order of the draw."""
    return sorted(codes, key=lambda code: (place_of(seed, code), code))


def shares(sizes: Mapping[str, int], share: int) -> dict[str, int]:
    """How many each town gives when ``share`` percent (1 to 100) are drawn, by town code.

    At least one for each town that has candidates, and never more than it has.
    """
    towns = sorted(town for town, size in sizes.items() if size > 0)
    everybody = sum(sizes[town] for town in towns)
    total = max(-(-everybody * share // 100), len(towns))
    rest, places = total - len(towns), everybody - len(towns)
    if not rest:
        return dict.fromkeys(towns, 1)
    given = {town: 1 + rest * (sizes[town] - 1) // places for town in towns}
    remainders = sorted(towns, key=lambda town: (-(rest * (sizes[town] - 1) % places), town))
    for town in remainders[: total - sum(given.values())]:
        given[town] += 1
    return given


def draw(candidates: Iterable[Candidate], seed: str, share: int) -> list[Candidate]:
    """The candidates that are drawn, town by town in the order of the draw."""
    by_town: dict[str, list[str]] = {}
    for town, unit in candidates:
        by_town.setdefault(town, []).append(unit)
    taken = shares({town: len(units) for town, units in by_town.items()}, share)
    return [
        (town, unit)
        for town in sorted(taken)
        for unit in ordered(seed, by_town[town])[: taken[town]]
    ]


def differences(told: Mapping[str, Any]) -> list[str]:
    """What of a published lot is not what repeating it gives; nothing when all is right."""
    found: list[str] = []
    candidates = _pairs(told["candidates"])
    if hash_of(candidates) != told["candidates_sha256"]:
        found.append("the candidates are not those of the published hash")
    if told["seed"] is None:
        return found
    if digits(told["seed"]) != told["seed"]:
        found.append("the seed holds more than digits")
    again, drawn = set(draw(candidates, told["seed"], int(told["share"]))), _pairs(told["drawn"])
    found += [
        f"{unit} of {town} should be drawn and is not" for town, unit in sorted(again - drawn)
    ]
    found += [
        f"{unit} of {town} is drawn and should not be" for town, unit in sorted(drawn - again)
    ]
    return found


def _pairs(rows: Sequence[Mapping[str, str]]) -> set[Candidate]:
    return {(row["town"], row["unit"]) for row in rows}


def verdict(told: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The lines that say how repeating a published lot ended, and whether all is right."""
    wrong = differences(told)
    size, drawn = len(told["candidates"]), len(told["drawn"])
    seed = told["seed"]
    state = "not drawn yet" if seed is None else f"{drawn} drawn with seed {seed}"
    ending = "the same again" if not wrong else f"{len(wrong)} differences"
    return [*wrong, f"{size} candidates, {state}: {ending}"], not wrong


if __name__ == "__main__":
    lines, right = verdict(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    print("\n".join(lines))
    raise SystemExit(0 if right else 1)
