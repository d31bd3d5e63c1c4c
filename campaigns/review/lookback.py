"""The yearly look back: what each criterion cost and found, so that the city can delete some.

Adds up whole campaigns, never towns, units or people.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from campaigns import standards
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment import answers
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.review import Decision, presets, undoing
from campaigns.standards import Criterion, EvidenceKind, Version

#: With fewer answers a median could tell of single liaisons.
FEWEST_ANSWERS = 5
#: Reasons shown for a criterion.
_COMMONEST = 3


@dataclass(slots=True)
class Row:
    """One criterion in a year. ``presets`` counts the chosen reasons of its returns (fixed ones by
    name, those kept for the criterion by their words), ``missed``
    its approved items below the target, ``minutes`` how many liaisons said how long it took."""

    criterion: Criterion
    decided: int = 0
    returned: int = 0
    missed: int = 0
    presets: Counter[str] = field(default_factory=Counter)
    minutes: Counter[int] = field(default_factory=Counter)

    @property
    def never_failed(self) -> bool:
        """Whether it was decided and never returned, and no approved answer missed its target."""
        return self.decided > 0 and self.returned == 0 and self.missed == 0

    @property
    def pieces(self) -> int:
        """The pictures and documents that a unit is asked for in a year."""
        asks = self.criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}
        return self.criterion.pieces if asks else 0

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The commonest chosen reasons, each with its number, equal ones by name."""
        ordered = sorted(self.presets.items(), key=lambda each: (-each[1], each[0]))
        return ordered[:_COMMONEST]

    @property
    def own_words(self) -> int:
        """Returns whose reason was written, not chosen; what was written is not shown."""
        return self.returned - self.presets.total()

    @property
    def answers(self) -> int:
        """How many said how long it took."""
        return self.minutes.total()

    @property
    def median(self) -> float | None:
        """The median of the minutes; None where too few answered to show one."""
        if self.answers < FEWEST_ANSWERS:
            return None
        ordered = sorted(self.minutes.elements())
        middle = len(ordered) // 2
        return (ordered[middle] + ordered[-middle - 1]) / 2


@dataclass(frozen=True, slots=True)
class LookBack:
    """A standard in a year; ``years`` are those that can be looked back at, the latest first."""

    year: int
    years: Sequence[int]
    campaigns: Sequence[Campaign]
    tables: Sequence[tuple[Version, Sequence[Row]]]

    @property
    def rows(self) -> list[Row]:
        """The criteria of every version used."""
        return [row for _, rows in self.tables for row in rows]

    @property
    def never_failed(self) -> list[Row]:
        """The criteria that nobody ever failed."""
        return [row for row in self.rows if row.never_failed]


def look_back(slug: str, scope: Scope, year: int | None) -> LookBack:
    """A standard's campaigns that opened in a year, by criterion, as far as the scope reaches.

    Without a year, the latest that had one. Raises NotFound for a standard that is not published.
    Three statements beside those of the standard, each bounded to the campaigns of the year.
    """
    ids = [each.id for each in standards.versions_of(slug)]
    every = _campaigns(ids, scope)
    years = sorted({each.opens_on.year for each in every}, reverse=True)
    chosen = year if year is not None else next(iter(years), None)
    found = [each for each in every if each.opens_on.year == chosen]
    rows = {
        criterion.id: Row(criterion)
        for each in found
        for criterion in standards.version(each.version_id).criteria
    }
    if found:
        here = _enrolments([each.id for each in found], scope)
        _count_items(rows, here)
        _count_decisions(rows, here)
    versions = [standards.version(each) for each in sorted({each.version_id for each in found})]
    tables = [(each, [rows[criterion.id] for criterion in each.criteria]) for each in versions]
    return LookBack(chosen or 0, years, found, tables)


def _campaigns(version_ids: Sequence[int], scope: Scope) -> Sequence[Campaign]:
    """The campaigns on these versions that were ever open and reach into the scope."""
    reach = [
        sa.or_(
            sa.and_(Jurisdiction.path >= low, Jurisdiction.path < high),
            sa.literal(low).startswith(Jurisdiction.path),
        )
        for low, high in scope.intervals
    ]
    query = (
        sa.select(Campaign)
        .join(Campaign.place)
        .where(
            Campaign.version_id.in_(version_ids),
            Campaign.state != CampaignState.DRAFT,
            sa.or_(sa.false(), *reach),
        )
        .order_by(Campaign.opens_on, Campaign.id)
    )
    return db.session.scalars(query).all()


def _enrolments(campaign_ids: Sequence[int], scope: Scope) -> sa.Select[Any]:
    places = sa.select(Jurisdiction.id).where(scope.clause(Jurisdiction.path))
    return sa.select(Enrolment.id).where(
        Enrolment.campaign_id.in_(campaign_ids), Enrolment.place_id.in_(places)
    )


def _count_items(rows: Mapping[int, Row], here: sa.Select[Any]) -> None:
    """Adds targets missed, and minutes: at most one line for each criterion and minute."""
    missed = sa.and_(Item.state == ItemState.APPROVED, answers.missed())
    query = (
        sa.select(
            Item.criterion_id,
            Item.minutes,
            sa.func.count().label("items"),
            sa.func.count().filter(missed).label("missed"),
        )
        .join(Criterion, Criterion.id == Item.criterion_id)
        .where(Item.enrolment_id.in_(here), sa.or_(Item.minutes.is_not(None), missed))
        .group_by(Item.criterion_id, Item.minutes)
    )
    for line in db.session.execute(query):
        row = rows[line.criterion_id]
        row.missed += line.missed
        if line.minutes is not None:
            row.minutes[line.minutes] += line.items


def _count_decisions(rows: Mapping[int, Row], here: sa.Select[Any]) -> None:
    """Adds verdicts and the reasons that were chosen for returns."""
    query = (
        sa.select(
            Item.criterion_id, Decision.approved, Decision.preset, sa.func.count().label("number")
        )
        .join(Decision, Decision.item_id == Item.id)
        .where(Item.enrolment_id.in_(here), undoing.stands())
        .group_by(Item.criterion_id, Decision.approved, Decision.preset)
    )
    lines = db.session.execute(query).all()
    kept = presets.named({line.preset for line in lines if line.preset})
    for line in lines:
        row = rows[line.criterion_id]
        row.decided += line.number
        if not line.approved:
            row.returned += line.number
            if line.preset:
                row.presets[kept.get(line.preset, line.preset)] += line.number
