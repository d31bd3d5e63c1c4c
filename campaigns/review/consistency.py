"""How evenly reviewers decide: returns and time on the same criterion, one beside the others.

A mirror, not a measure of people: nothing is sorted by a figure, the number of decisions stands
beside each share, and few decisions say little (``FEW``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import clock, standards
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment.records import Item
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Grant, Person, Role
from campaigns.review import Decision, disputes, undoing
from campaigns.review.disputes import Counts
from campaigns.standards import Criterion, Version
from campaigns.text import Bilingual

#: With fewer decisions a share is shown greyed.
FEW = 10


@dataclass(slots=True)
class Tally:
    """Decisions of somebody, or of all the others, on one criterion."""

    decided: int = 0
    returned: int = 0
    hours: Counter[int] = field(default_factory=Counter)

    @property
    def is_few(self) -> bool:
        """Whether there are too few to say anything."""
        return self.decided < FEW

    @property
    def median_hours(self) -> float | None:
        """The median of the full hours that submissions had waited; none where nothing is known."""
        ordered = sorted(self.hours.elements())
        if not ordered:
            return None
        middle = len(ordered) // 2
        return (ordered[middle] + ordered[-middle - 1]) / 2

    def add(self, approved: bool, hours: int | None, number: int) -> None:
        """Counts decisions that are alike."""
        self.decided += number
        self.returned += 0 if approved else number
        if hours is not None:
            self.hours[hours] += number


@dataclass(frozen=True, slots=True)
class Days:
    """A period, both days included."""

    first: date
    last: date

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """From its beginning to before its end."""
        after = self.last + timedelta(days=1)
        return (
            datetime.combine(self.first, time.min, clock.ZONE),
            datetime.combine(after, time.min, clock.ZONE),
        )


def versions(scope: Scope) -> Sequence[Version]:
    """The versions that campaigns reaching into the scope run or ran on, newest campaigns first."""
    query = (
        sa.select(Campaign)
        .join(Campaign.place)
        .options(contains_eager(Campaign.place))
        .where(Campaign.state.in_([CampaignState.OPEN, CampaignState.CLOSED]))
        .order_by(Campaign.opens_on.desc(), Campaign.id)
    )
    reaching = [
        each
        for each in db.session.scalars(query)
        if any(each.reaches(low) for low, _ in scope.intervals)
    ]
    return [standards.version(id) for id in dict.fromkeys(each.version_id for each in reaching)]


@dataclass(frozen=True, slots=True)
class Own:
    """A criterion with a person's decisions and those of all the others."""

    criterion: Criterion
    own: Tally
    others: Tally


def own(version: Version, days: Days, person_id: int) -> list[Own]:
    """A reviewer's decisions on each criterion beside those of all the others; one statement."""
    mine = sa.case((Decision.decided_by == person_id, 1), else_=0).label("mine")
    found = {each.id: Own(each, Tally(), Tally()) for each in version.criteria}
    for row in db.session.execute(_alike(days, list(found), mine)):
        line = found[row.criterion_id]
        (line.own if row.mine else line.others).add(row.approved, row.waited_hours, row.number)
    return [each for each in found.values() if each.own.decided]


def latest(days: Days, person_id: int) -> int | None:
    """The version that a person last decided on in these days; one statement."""
    first, last = days.instants
    query = (
        sa.select(Criterion.version_id)
        .join(Item, Item.criterion_id == Criterion.id)
        .join(Decision, Decision.item_id == Item.id)
        .where(
            Decision.decided_by == person_id,
            Decision.decided_at >= first,
            Decision.decided_at < last,
        )
        .order_by(Decision.decided_at.desc())
        .limit(1)
    )
    return db.session.scalar(query)


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody's decisions on one criterion, by her post."""

    name: Bilingual
    tally: Tally
    disputes: Counts


def disputed(version: Version, days: Days, person_id: int) -> Counts:
    """How often a person's returns in these days were disputed; one statement."""
    criteria = [each.id for each in version.criteria]
    found = disputes.counted([person_id], *_in(days, criteria))
    return found.get(person_id, Counts(0, 0, 0))


def posts(criterion: Criterion, days: Days, scope: Scope) -> list[Post]:
    """Everybody's decisions on a criterion within the scope, in code order; three statements."""
    who = Decision.decided_by.label("who")
    towns = sa.select(Jurisdiction.id).where(
        Jurisdiction.id == Jurisdiction.town_id, scope.clause(Jurisdiction.path)
    )
    tallies: dict[int, Tally] = {}
    query = _alike(days, [criterion.id], who).where(Item.town_id.in_(towns))
    for row in db.session.execute(query):
        tallies.setdefault(row.who, Tally()).add(row.approved, row.waited_hours, row.number)
    held = (
        sa.select(
            Person.id,
            Person.name_zh,
            Person.name_en,
        )
        .outerjoin(
            Grant,
            sa.and_(
                Grant.person_id == Person.id,
                Grant.role.in_([Role.REVIEWER, Role.CONFIRMER, Role.OFFICE]),
            ),
        )
        .outerjoin(Jurisdiction, Jurisdiction.id == Grant.jurisdiction_id)
        .where(Person.id.in_(list(tallies)))
        .order_by(sa.func.coalesce(Jurisdiction.code, ""), Person.username, Grant.id)
    )
    counts = disputes.counted(list(tallies), *_in(days, [criterion.id]))
    found: dict[int, Post] = {}
    for post in db.session.execute(held):
        name = Bilingual(post.name_zh, post.name_en)
        told = counts.get(post.id, Counts(0, 0, 0))
        found.setdefault(post.id, Post(name, tallies[post.id], told))
    return list(found.values())


def _alike(
    days: Days, criteria: Sequence[int], whose: sa.Label[int]
) -> sa.Select[int, int, bool, int | None, int]:
    """Decisions of a period that are alike, with their number: found by the index of their days,
    and no more lines than hours that somebody let things wait."""
    alike = Item.criterion_id, whose, Decision.approved, Decision.waited_hours
    return (
        sa.select(*alike, sa.func.count().label("number"))
        .join(Item, Item.id == Decision.item_id)
        .where(*_in(days, criteria), undoing.stands())
        .group_by(Item.criterion_id, sa.text(whose.name), Decision.approved, Decision.waited_hours)
    )


def _in(days: Days, criteria: Sequence[int]) -> list[sa.ColumnElement[bool]]:
    begin, end = days.instants
    return [
        Decision.decided_at >= begin,
        Decision.decided_at < end,
        Item.criterion_id.in_(criteria),
    ]
