"""How far two members say the same of the same items: percent, and Cohen's kappa with its n."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Agreement:
    """``same`` of ``number`` items were judged alike.

    ``kappa`` is Cohen's (1960): (p_o - p_e) / (1 - p_e), from -1 to 1. There is none over nothing,
    and none where both said one and the same thing of every item: then chance agrees as well.
    """

    number: int
    same: int
    kappa: Fraction | None


def of(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """The agreement of pairs of verdicts: what the first member said and what the second did."""
    number, same = len(pairs), sum(one == other for one, other in pairs)
    firsts, seconds = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    # p_e times the square of the number, so that everything stays whole.
    by_chance = sum(count * seconds[verdict] for verdict, count in firsts.items())
    if by_chance == number**2:
        return Agreement(number, same, None)
    return Agreement(number, same, Fraction(same * number - by_chance, number**2 - by_chance))
