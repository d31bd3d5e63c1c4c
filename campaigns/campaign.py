"""Campaigns: one run of one version over a scope, and the items that it asks for."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history, standards
from campaigns.database import Base, Json, db
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.standards import Cadence, Criterion, Version
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit


class CampaignState(enum.StrEnum):
    """A campaign's life."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Step(enum.StrEnum):
    """The acceptance steps between a complete checklist and a title, in this order."""

    TOWN = "town"
    CITY = "city"
    NOTICE = "notice"


class Campaign(Base):
    """One run of a version. Without an approval it is a work list that can never name."""

    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"))
    jurisdiction_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    state: Mapped[CampaignState]
    opens_on: Mapped[date]
    due_on: Mapped[date]
    #: The last day for reviews; none for campaigns set up before there was one.
    review_due_on: Mapped[date | None]
    #: Working days that the list is on public notice, when notice is one of the steps.
    notice_days: Mapped[int | None]
    steps: Mapped[list[str]] = mapped_column(Json)
    approval_number: Mapped[str | None]
    approval_body: Mapped[str | None]
    approval_until: Mapped[date | None]
    #: Why it may ask for more than the cap; everybody can read it.
    burden_reason: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    place: Mapped[Jurisdiction] = relationship(lazy="raise")

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)

    @property
    def version(self) -> Version:
        """The published version that the campaign runs on."""
        return standards.version(self.version_id)

    @property
    def can_name(self) -> bool:
        """Whether a body that may approve creation campaigns has approved this one."""
        return bool(self.approval_number)

    @property
    def acceptance(self) -> tuple[Step, ...]:
        """The campaign's acceptance steps, in order."""
        return tuple(step for step in Step if step.value in self.steps)


@dataclass(frozen=True, slots=True)
class Slot:
    """One item that an enrolment has to prove: a criterion in a period.

    ``points`` are this period's share of the criterion's; ``pieces`` the proof wanted now.
    """

    key: str
    criterion: Criterion
    period: str | None
    opens_on: date
    due_on: date
    pieces: int
    points: Fraction

    def is_open(self, today: date) -> bool:
        """Whether the period has begun."""
        return self.opens_on <= today

    def threshold(self) -> Fraction | None:
        """What an answer of this period is held against."""
        criterion = self.criterion
        if criterion.threshold is None:
            return None
        share = criterion.cadence.per_year if criterion.threshold_yearly else 1
        return Fraction(criterion.threshold, share)


def slots(campaign: Campaign) -> tuple[Slot, ...]:
    """Every item of an enrolment, in checklist order: it follows from version and dates alone."""
    made: list[Slot] = []
    for criterion in campaign.version.criteria:
        spans = periods(criterion.cadence, campaign.opens_on, campaign.due_on)
        pieces = math.ceil(criterion.pieces / criterion.cadence.per_year)
        made.extend(
            Slot(
                key=f"{criterion.code}@{name}" if name else criterion.code,
                criterion=criterion,
                period=name,
                opens_on=first,
                due_on=last,
                pieces=pieces,
                points=Fraction(criterion.points, len(spans)),
            )
            for name, first, last in spans
        )
    return tuple(made)


def periods(
    cadence: Cadence, opens_on: date, due_on: date
) -> tuple[tuple[str | None, date, date], ...]:
    """The periods of a cadence between two days: name, first day, last day (both inclusive).

    Once and yearly give one nameless period; quarters are named ``2026Q3``, months ``2026-09``.
    """
    if cadence.per_year == 1:
        return ((None, opens_on, due_on),)
    months = 12 // cadence.per_year
    found: list[tuple[str | None, date, date]] = []
    first = date(opens_on.year, (opens_on.month - 1) // months * months + 1, 1)
    while first <= due_on:
        after = _months_later(first, months)
        name = f"{first.year}Q{(first.month + 2) // 3}" if months == 3 else f"{first:%Y-%m}"
        found.append((name, max(first, opens_on), min(after - timedelta(days=1), due_on)))
        first = after
    return tuple(found)


def _months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def slot(campaign: Campaign, key: str) -> Slot:
    """The item of this key; raises NotFound for a key that the campaign does not have."""
    for each in slots(campaign):
        if each.key == key:
            return each
    raise NotFound(key)


def find(campaign_id: int, scope: Scope) -> Campaign:
    """The campaign whose area lies within the scope or holds it, or that a unit of the scope
    takes part in; raises NotFound."""
    query = (
        sa.select(Campaign)
        .join(Campaign.place)
        .options(contains_eager(Campaign.place))
        .where(Campaign.id == campaign_id)
    )
    found = db.session.scalar(query)
    if found is None or not _touches(found, scope, _of(scope.units)):
        raise NotFound(campaign_id)
    return found


def _touches(found: Campaign, scope: Scope, units: Sequence[tuple[str, Kind]]) -> bool:
    path = found.place.path
    if scope.covers(path) or any(low.startswith(path) for low, _ in scope.intervals):
        return True
    kinds = standards.taking_part(found.version.standard)
    takes_part = any(place.startswith(path) and kind in kinds for place, kind in units)
    return takes_part and found.state is not CampaignState.DRAFT


def _of(unit_ids: frozenset[int]) -> Sequence[tuple[str, Kind]]:
    """Where single units of a scope sit, and of which kind they are."""
    if not unit_ids:
        return ()
    query = sa.select(Jurisdiction.path, Unit.kind).join(Unit.place).where(Unit.id.in_(unit_ids))
    return [(row.path, row.kind) for row in db.session.execute(query)]


def listed(scope: Scope) -> Sequence[Campaign]:
    """The campaigns that reach into the scope, the newest first, drafts of its area among them."""
    query = (
        sa.select(Campaign)
        .join(Campaign.place)
        .options(contains_eager(Campaign.place))
        .order_by(Campaign.opens_on.desc(), Campaign.id)
    )
    units = _of(scope.units)
    return [each for each in db.session.scalars(query) if _touches(each, scope, units)]


def draft(
    version: Version,
    place: Jurisdiction,
    name: Bilingual,
    *,
    opens_on: date,
    due_on: date,
    steps: Sequence[Step],
    approval: tuple[str, str, date] | None,
    by: int | None,
) -> Campaign:
    """Sets up a campaign. ``approval`` is document number, approving body and last day."""
    if due_on < opens_on:
        raise Refused(fault("due_before_opening", "due_on"))
    number, body, until = approval or (None, None, None)
    made = Campaign(
        version_id=version.id,
        place=place,
        name_zh=name.zh,
        name_en=name.en,
        state=CampaignState.DRAFT,
        opens_on=opens_on,
        due_on=due_on,
        steps=[step.value for step in steps],
        approval_number=number,
        approval_body=body,
        approval_until=until,
    )
    db.session.add(made)
    db.session.flush()
    history.record("drafted", "campaign", made.id, by=by)
    return made


def require_draft(campaign: Campaign) -> None:
    """Refuses what only a draft takes."""
    if campaign.state is not CampaignState.DRAFT:
        raise Refused(fault("campaign_not_draft"))


def mark_open(campaign: Campaign, *, by: int | None, enrolled: int) -> None:
    """Draft becomes open; ``participation.open_campaign`` enrols and calls this."""
    require_draft(campaign)
    campaign.state = CampaignState.OPEN
    db.session.flush()
    history.record("opened", "campaign", campaign.id, by=by, enrolled=enrolled)


def close(campaign: Campaign, version: int, *, by: int) -> None:
    """Open becomes closed: nothing can be sent or decided any more; naming stays possible."""
    if campaign.row_version != version:
        raise Stale
    if campaign.state is not CampaignState.OPEN:
        raise Refused(fault("campaign_not_open"))
    campaign.state = CampaignState.CLOSED
    db.session.flush()
    history.record("closed", "campaign", campaign.id, by=by)


def require_open(campaign: Campaign) -> None:
    """Refuses what only an open campaign takes."""
    if campaign.state is not CampaignState.OPEN or campaign.opens_on > clock.today():
        raise Refused(fault("campaign_closed", campaign=campaign.name))
