"""The burden: what a campaign adds to what its units are asked anyway, counted before it opens.

All numbers are those of one unit in one year. A piece is a photo or a form; a form is one answer
in figures or words. What two campaigns ask in the same words and by the same rule is proven once,
so it is counted once. Minutes are estimates from these counts: nobody's time is measured.
"""

import enum
import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import settings, standards
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.jurisdictions import Jurisdiction, interval
from campaigns.standards import Criterion, EvidenceKind
from campaigns.units import Kind, Unit

#: Wordings look alike from this share of common pairs of characters on: in the catalogue, cameras
#: on line with cameras on line (0.67), and two quarterly talks that could be one (0.4).
ALIKE = Fraction(2, 5)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one criterion asks of a unit in a year."""

    criterion: Criterion
    photos: int
    forms: int

    @property
    def pieces(self) -> int:
        """Photos and forms."""
        return self.photos + self.forms


def asks(campaign: Campaign) -> tuple[Ask, ...]:
    """What each criterion of a campaign asks in a year: its periods, at most a year's."""
    made: list[Ask] = []
    due_on = campaign.first_due_on or campaign.due_on
    for criterion in campaign.version.criteria:
        spans = campaigns.periods(criterion.cadence, campaign.opens_on, due_on)
        number = min(len(spans), criterion.cadence.per_year)
        if criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}:
            each = math.ceil(criterion.pieces / criterion.cadence.per_year)
            made.append(Ask(criterion, number * each, 0))
        else:
            made.append(Ask(criterion, 0, number))
    return tuple(made)


class Likeness(enum.StrEnum):
    """How one criterion repeats another: in the same words and by the same rule, or nearly so."""

    SAME = "same"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Overlap:
    """A criterion that some units are asked already, in the same words or in similar ones."""

    ask: Ask
    campaign: Campaign
    other: Ask
    likeness: Likeness

    @property
    def reusable(self) -> int:
        """Pieces that need not be made again: none where the wording only looks alike."""
        return min(self.ask.pieces, self.other.pieces) if self.likeness is Likeness.SAME else 0


@dataclass(frozen=True, slots=True)
class Group:
    """Units that bear the same: of one kind, and in the same running campaigns."""

    kind: Kind
    units: int
    running: tuple[Campaign, ...]
    existing: int
    added: int

    @property
    def total(self) -> int:
        """Pieces of a unit in a year when the campaign has opened."""
        return self.existing + self.added


@dataclass(frozen=True, slots=True)
class Burden:
    """What a campaign asks, by criterion and by group of units, and where it repeats others."""

    asks: tuple[Ask, ...]
    groups: tuple[Group, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def photos(self) -> int:
        """Photos of one unit in a year."""
        return sum(each.photos for each in self.asks)

    @property
    def forms(self) -> int:
        """Forms of one unit in a year."""
        return sum(each.forms for each in self.asks)

    @property
    def pieces(self) -> int:
        """Photos and forms."""
        return self.photos + self.forms

    @property
    def most(self) -> Group:
        """The units that bear the most: the cap is held against them."""
        return max(self.groups, key=lambda each: each.total)

    @property
    def reusable(self) -> int:
        """Pieces that those units have to make anyway for a running campaign."""
        return self.pieces - self.most.added

    @property
    def over(self) -> int:
        """Pieces above the cap; 0 when it is kept."""
        return max(0, self.most.total - settings.BURDEN_PIECES)

    @property
    def units(self) -> int:
        """How many units it asks."""
        return sum(each.units for each in self.groups)

    @property
    def pieces_in_all(self) -> int:
        """What all units together add in a year."""
        return sum(each.units * each.added for each in self.groups)

    @property
    def minutes(self) -> int:
        """Estimated minutes that one unit adds in a year, of those that bear the most."""
        return self.most.added * settings.UNIT_MINUTES

    @property
    def minutes_in_all(self) -> int:
        """Estimated minutes of all units together."""
        return self.pieces_in_all * settings.UNIT_MINUTES

    @property
    def review_minutes(self) -> int:
        """Estimated minutes of all reviewers together."""
        return self.pieces_in_all * settings.REVIEWER_MINUTES


def of_campaign(campaign: Campaign) -> Burden:
    """What a campaign would add, held against those that run in the same calendar years."""
    own, others = asks(campaign), _others(campaign)
    return Burden(own, tuple(_groups(campaign, own, others)), tuple(_overlaps(own, others)))


def over(campaign: Campaign) -> int:
    """Pieces above the cap, as ``of_campaign`` has them. Units are counted only where a unit in
    all of the running campaigns would be above it: that takes a second for a million of them."""
    own, others = asks(campaign), _others(campaign)
    if load([own, *others.values()]) <= settings.BURDEN_PIECES:
        return 0
    return of_campaign(campaign).over


def _others(campaign: Campaign) -> dict[Campaign, tuple[Ask, ...]]:
    return {
        each: asks(each)
        for each in campaigns.running()
        if each.id != campaign.id and _share_units(campaign, each) and _share_years(campaign, each)
    }


def _share_units(one: Campaign, other: Campaign) -> bool:
    kinds = standards.taking_part(one.version.standard)
    return bool(kinds & standards.taking_part(other.version.standard)) and any(
        one.reaches(area) for area in other.areas
    )


def _share_years(one: Campaign, other: Campaign) -> bool:
    return one.opens_on.year <= other.due_on.year and other.opens_on.year <= one.due_on.year


def _groups(
    campaign: Campaign, own: Sequence[Ask], others: Mapping[Campaign, Sequence[Ask]]
) -> Iterable[Group]:
    areas = {area for each in (campaign, *others) for area in each.areas}
    inside = sorted(area for area in areas if area.startswith(campaign.areas))
    counted = _units(campaign, inside)
    if not counted:
        first = min(standards.taking_part(campaign.version.standard))
        counted = {(first, campaign.place.path): 0}
    for (kind, area), units in counted.items():
        running = tuple(
            each
            for each in others
            if area.startswith(each.areas) and kind in standards.taking_part(each.version.standard)
        )
        existing = load(others[each] for each in running)
        total = load([own, *(others[each] for each in running)])
        yield Group(kind, units, running, existing, total - existing)


def load(asked: Iterable[Sequence[Ask]]) -> int:
    """The pieces that several campaigns ask of one unit in a year: what they ask in the same
    words and by the same rule is made once, as often as the one that asks most."""
    most: Counter[str] = Counter()
    for each in asked:
        alone: Counter[str] = Counter()
        for ask in each:
            alone[ask.criterion.fingerprint] += ask.pieces
        most |= alone
    return most.total()


def _units(campaign: Campaign, areas: Sequence[str]) -> dict[tuple[Kind, str], int]:
    """The units that would take part, counted by kind and by the smallest of the areas that
    holds them."""
    path = Jurisdiction.path
    # A path sorts before those below it, so the smallest area comes first from behind.
    smallest = sa.case(
        *(
            (sa.and_(path >= low, path < high), number)
            for number, (low, high) in reversed(list(enumerate(map(interval, areas))))
        )
    )
    query = (
        campaigns.eligible(campaign)
        .with_only_columns(Unit.kind, smallest.label("area"), sa.func.count())
        .group_by(Unit.kind, sa.text("area"))
        .order_by(Unit.kind, sa.text("area"))
    )
    return {(kind, areas[area]): number for kind, area, number in db.session.execute(query)}


def _overlaps(own: Sequence[Ask], others: Mapping[Campaign, Sequence[Ask]]) -> Iterable[Overlap]:
    for ask in own:
        for campaign, asked in others.items():
            best = max(asked, key=lambda each: _closeness(ask.criterion, each.criterion))
            if (found := repeats(ask.criterion, best.criterion)) is not None:
                yield Overlap(ask, campaign, best, found)


def _closeness(one: Criterion, other: Criterion) -> tuple[bool, Fraction]:
    return one.fingerprint == other.fingerprint, likeness(one, other)


@lru_cache(maxsize=2**15)
def repeats(one: Criterion, other: Criterion) -> Likeness | None:
    """How one criterion repeats another, if at all. Kept in memory: published ones never change."""
    if one.fingerprint == other.fingerprint:
        return Likeness.SAME
    return Likeness.ALIKE if likeness(one, other) >= ALIKE else None


def likeness(one: Criterion, other: Criterion) -> Fraction:
    """How alike two wordings are, from 0 to 1: twice the pairs of neighbouring characters that
    both have, over the pairs of either (Dice's coefficient), letters and figures only."""
    here, there = _pairs(one.text_zh), _pairs(other.text_zh)
    together = len(here) + len(there)
    return Fraction(2 * len(here & there), together) if together else Fraction(0)


def _pairs(wording: str) -> frozenset[str]:
    plain = "".join(
        each for each in unicodedata.normalize("NFKC", wording).lower() if each.isalnum()
    )
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))
