"""Two versions side by side: what is new, changed, gone and unchanged.

Unchanged is what has the same fingerprint, wherever it now stands and whatever it is worth: the
proof of last time still fits. The rest is paired by its wording, then by its code, so that a
criterion that was reworded and moved is still shown beside what it was.
"""

import enum
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaigns.standards import WRITTEN, Criterion, rules

#: From here on two wordings are taken for one criterion reworded: shared of all pairs of letters.
_ALIKE = 0.4


class Change(enum.StrEnum):
    """What became of a criterion."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    SAME = "unchanged"


@dataclass(frozen=True, slots=True)
class Pair:
    """A criterion in the earlier and in the later version; one of them may be absent."""

    before: Criterion | None
    after: Criterion | None

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.before is None:
            return Change.NEW
        if self.after is None:
            return Change.GONE
        same = self.before.fingerprint == self.after.fingerprint
        return Change.SAME if same else Change.CHANGED

    @property
    def differences(self) -> tuple[str, ...]:
        """The names of what differs, also code, points and guidance; none for new and gone."""
        if self.before is None or self.after is None:
            return ()
        return tuple(
            name for name in WRITTEN if getattr(self.before, name) != getattr(self.after, name)
        )

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands: in the later version, or where it stood before it went."""
        found = self.after or self.before
        return rules.place(found.code) if found else (0, 0)


def pairs(before: Sequence[Criterion], after: Sequence[Criterion]) -> list[Pair]:
    """Every criterion of both once, in the order of the later one, gone ones where they stood."""
    old, new = list(before), list(after)
    found: list[Pair] = []

    def match(same: Callable[[Criterion, Criterion], bool]) -> None:
        for later in list(new):
            earlier = next((each for each in old if same(each, later)), None)
            if earlier is not None:
                old.remove(earlier)
                new.remove(later)
                found.append(Pair(earlier, later))

    prints = {id(each): each.fingerprint for each in (*old, *new)}
    match(lambda a, b: a.code == b.code and prints[id(a)] == prints[id(b)])
    match(lambda a, b: prints[id(a)] == prints[id(b)])
    letters = {id(each): _letters(each) for each in (*old, *new)}
    alike = sorted(
        (
            (_share(letters[id(a)], letters[id(b)]), a.code == b.code, a, b)
            for a in old
            for b in new
        ),
        key=lambda each: each[:2],
        reverse=True,
    )
    for share, _, earlier, later in alike:
        if share >= _ALIKE and earlier in old and later in new:
            old.remove(earlier)
            new.remove(later)
            found.append(Pair(earlier, later))
    match(lambda a, b: a.code == b.code)
    found += [Pair(each, None) for each in old] + [Pair(None, each) for each in new]
    return sorted(found, key=lambda each: (each.place, each.after is None))


def counts(before: Sequence[Criterion], after: Sequence[Criterion]) -> dict[Change, int]:
    """How many criteria are new, changed, gone and unchanged."""
    found = Counter(pair.change for pair in pairs(before, after))
    return {each: found[each] for each in Change}


def _letters(criterion: Criterion) -> frozenset[str]:
    wording = criterion.text_zh
    return frozenset(wording[at : at + 2] for at in range(max(1, len(wording) - 1)))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
