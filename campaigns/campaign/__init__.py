"""Campaigns: one run of one version over a scope, and the items that it asks for."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history, jurisdictions, standards
from campaigns.campaign.spans import periods as periods
from campaigns.database import Base, Json, db
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import NOWHERE, Jurisdiction, Scope, interval
from campaigns.standards import Criterion, Version
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit


class CampaignState(enum.StrEnum):
    """A campaign's life. While it is ``opening`` its units are being enrolled."""

    DRAFT = "draft"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


#: Of these only those who run campaigns may know: nothing is asked of anybody yet.
HIDDEN = frozenset({CampaignState.DRAFT, CampaignState.OPENING})
#: In these a unit takes part, so whatever happens to it is felt.
RUNNING = frozenset({CampaignState.OPENING, CampaignState.OPEN})


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
    #: The due date that it opened with, once units were given more time.
    first_due_on: Mapped[date | None]
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
    #: The paths of the towns that it is for; none when it is for the whole of its place.
    towns: Mapped[list[str]] = mapped_column(Json, default=list, server_default="[]")
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    #: The smallest place that holds everything that it is for.
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
    def areas(self) -> tuple[str, ...]:
        """The paths of what it is for: some towns, or one place."""
        return tuple(self.towns) or (self.place.path,)

    @property
    def area_codes(self) -> tuple[str, ...]:
        """The codes of what it is for."""
        return tuple(jurisdictions.code_of(each) for each in self.areas)

    def reaches(self, path: str) -> bool:
        """Whether what it is for and the place at a path have anything in common."""
        return any(path.startswith(each) or each.startswith(path) for each in self.areas)

    @property
    def is_archived(self) -> bool:
        """Whether it is only read by now."""
        return self.state is CampaignState.ARCHIVED

    @property
    def can_name(self) -> bool:
        """Whether a body that may approve creation campaigns has approved this one."""
        return bool(self.approval_number)

    @property
    def approval_is_over(self) -> bool:
        """Whether the last day of its approval has passed, so that nobody is named any more."""
        return self.approval_until is not None and self.approval_until < clock.today()

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
    """Every item of an enrolment, in checklist order: it follows from version and dates alone.

    More time never asks for more: the periods stay those of the due date that the campaign opened
    with, so that keys, points and counters keep what they are, and the last period gets longer.
    """
    made: list[Slot] = []
    planned = campaign.first_due_on or campaign.due_on
    for criterion in campaign.version.criteria:
        spans = periods(criterion.cadence, campaign.opens_on, planned)
        pieces = math.ceil(criterion.pieces / criterion.cadence.per_year)
        made.extend(
            Slot(
                key=f"{criterion.code}@{name}" if name else criterion.code,
                criterion=criterion,
                period=name,
                opens_on=first,
                due_on=campaign.due_on if last == planned else last,
                pieces=pieces,
                points=Fraction(criterion.points, len(spans)),
            )
            for name, first, last in spans
        )
    return tuple(made)


def slot(campaign: Campaign, key: str) -> Slot:
    """The item of this key; raises NotFound for a key that the campaign does not have."""
    for each in slots(campaign):
        if each.key == key:
            return each
    raise NotFound(key)


def find(campaign_id: int, scope: Scope, *, drafts: Scope = NOWHERE) -> Campaign:
    """The campaign whose area lies within the scope or holds it, or that a unit of the scope
    takes part in; raises NotFound.

    One that is not open yet is found only where the person may run campaigns: ``drafts``.
    """
    found = db.session.scalar(_campaigns().where(Campaign.id == campaign_id))
    if found is None or not _touches(found, scope, drafts, _of(scope.units)):
        raise NotFound(campaign_id)
    return found


def _campaigns() -> sa.Select[Campaign]:
    return sa.select(Campaign).join(Campaign.place).options(contains_eager(Campaign.place))


_LISTED = _campaigns().order_by(
    Campaign.state == CampaignState.ARCHIVED, Campaign.opens_on.desc(), Campaign.id
)


def _touches(
    found: Campaign, scope: Scope, drafts: Scope, units: Sequence[tuple[str, Kind]]
) -> bool:
    if found.state in HIDDEN:
        return drafts.covers(found.place.path)
    if any(found.reaches(low) for low, _ in scope.intervals):
        return True
    kinds = standards.taking_part(found.version.standard)
    return any(kind in kinds and found.reaches(place) for place, kind in units)


def _of(unit_ids: frozenset[int]) -> Sequence[tuple[str, Kind]]:
    """Where single units of a scope sit, and of which kind they are."""
    if not unit_ids:
        return ()
    query = sa.select(Jurisdiction.path, Unit.kind).join(Unit.place).where(Unit.id.in_(unit_ids))
    return [(row.path, row.kind) for row in db.session.execute(query)]


def listed(scope: Scope, *, drafts: Scope = NOWHERE) -> Sequence[Campaign]:
    """The campaigns that reach into the scope, the newest first, archived ones last; those that
    are not open yet only where the person may run campaigns: ``drafts``."""
    units = _of(scope.units)
    return [each for each in db.session.scalars(_LISTED) if _touches(each, scope, drafts, units)]


def area_names(found: Sequence[Campaign]) -> dict[int, list[Bilingual]]:
    """The names of what each campaign is for, by its id; one statement, none for whole places."""
    towns = jurisdictions.at_paths(sorted({path for each in found for path in each.towns}))
    names = {each.path: each.name for each in towns}
    return {
        each.id: [names[path] for path in each.towns] if each.towns else [each.place.name]
        for each in found
    }


def running() -> Sequence[Campaign]:
    """Every campaign that units take part in now, oldest first, with its place."""
    query = _campaigns().where(Campaign.state.in_(RUNNING)).order_by(Campaign.id)
    return db.session.scalars(query).all()


def eligible(campaign: Campaign) -> sa.Select[int]:
    """The units of a campaign's kinds in its area, in the register today."""
    path, today = Jurisdiction.path, clock.today()
    inside = [sa.and_(path >= low, path < high) for low, high in map(interval, campaign.areas)]
    # Appending nothing keeps SQLite from going by the kind, which most units may share: the
    # places of the area, and in each the units of a slice, are found by their indexes.
    kind = sa.type_coerce(Unit.kind, sa.String) + ""
    kinds = standards.taking_part(campaign.version.standard)
    return (
        sa.select(Unit.id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(
            kind.in_([each.value for each in kinds]),
            sa.or_(*inside),
            Unit.valid_from <= today,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= today),
        )
    )


def lock(campaign_id: int) -> Campaign:
    """The campaign as it stands, kept from other changes until the transaction ends; raises
    NotFound for a draft that was thrown away."""
    query = _campaigns().where(Campaign.id == campaign_id).with_for_update(of=Campaign)
    found = db.session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound(campaign_id)
    return found


#: Document number, approving body and last day of an approval.
Approval = tuple[str, str, date]


def draft(
    version: Version,
    place: Jurisdiction,
    name: Bilingual,
    *,
    opens_on: date,
    due_on: date,
    steps: Sequence[Step],
    approval: Approval | None,
    by: int | None,
    review_due_on: date | None = None,
    notice_days: int | None = None,
    towns: Sequence[Jurisdiction] = (),
) -> Campaign:
    """Sets up a campaign over a place, or some ``towns`` in it; nothing is asked of anybody until
    it opens."""
    if due_on < opens_on:
        raise Refused(fault("due_before_opening", "due_on"))
    number, body, until = approval or (None, None, None)
    made = Campaign(
        version_id=version.id,
        place=place,
        towns=[each.path for each in towns],
        name_zh=name.zh,
        name_en=name.en,
        state=CampaignState.DRAFT,
        opens_on=opens_on,
        due_on=due_on,
        review_due_on=review_due_on or due_on,
        notice_days=notice_days,
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


def require_version(campaign: Campaign, version: int) -> None:
    """Raises Stale when the campaign changed since the page was opened."""
    if campaign.row_version != version:
        raise Stale


def mark_opening(campaign: Campaign, *, by: int | None) -> None:
    """Draft becomes opening; ``participation.opening`` enrols and calls this."""
    require_draft(campaign)
    _become(campaign, CampaignState.OPENING, by=by)


def mark_open(campaign: Campaign, *, by: int | None, enrolled: int) -> None:
    """Opening becomes open, for everybody to see, when the last unit is enrolled."""
    if campaign.state is not CampaignState.OPENING:
        raise Refused(fault("campaign_not_draft"))
    _become(campaign, CampaignState.OPEN, by=by, verb="opened", enrolled=enrolled)


def close(campaign: Campaign, version: int, *, by: int) -> None:
    """Open becomes closed: nothing can be sent or decided any more; naming stays possible."""
    require_version(campaign, version)
    if campaign.state is not CampaignState.OPEN:
        raise Refused(fault("campaign_not_open"))
    _become(campaign, CampaignState.CLOSED, by=by)


def archive(campaign: Campaign, version: int, *, by: int) -> None:
    """Closed becomes archived: it is read from then on, and nobody is named in it any more."""
    require_version(campaign, version)
    if campaign.state is not CampaignState.CLOSED:
        raise Refused(fault("campaign_not_closed"))
    _become(campaign, CampaignState.ARCHIVED, by=by)


def _become(
    campaign: Campaign,
    state: CampaignState,
    *,
    by: int | None,
    verb: str | None = None,
    **detail: Any,
) -> None:
    campaign.state = state
    db.session.flush()
    history.record(verb or state.value, "campaign", campaign.id, by=by, **detail)


def require_open(campaign: Campaign) -> None:
    """Refuses what only an open campaign takes."""
    if campaign.state is not CampaignState.OPEN or campaign.opens_on > clock.today():
        raise Refused(fault("campaign_closed", campaign=campaign.name))


def require_not_archived(campaign: Campaign) -> None:
    """Refuses whatever changes an archived campaign: it is only read."""
    if campaign.is_archived:
        raise Refused(fault("campaign_archived", campaign=campaign.name))


def require_running(campaign: Campaign) -> None:
    """Refuses a change of who takes part once the campaign is closed."""
    if campaign.state not in RUNNING:
        raise Refused(fault("campaign_closed", campaign=campaign.name))
