"""The tables of the veto ledger, and how they are loaded.

An incident is a kind, a place, a day, a count and the number of a notice: never a person.
"""

import enum
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock
from campaigns.database import Base, Large, UTCDateTime, db
from campaigns.enrolment.records import Enrolment
from campaigns.enrolment.vetoes import Veto
from campaigns.errors import NotFound
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Department
from campaigns.text import Bilingual
from campaigns.titles import Suspension, Title
from campaigns.units import Unit


class IncidentState(enum.StrEnum):
    """How far an incident is; what it touches is held back while confirmed or appealed."""

    RECORDED = "recorded"
    CONFIRMED = "confirmed"
    APPEALED = "appealed"
    LIFTED = "lifted"
    DROPPED = "dropped"


class IncidentKind(Base):
    """A kind of incident, the department that knows of it, and the veto criteria it speaks to."""

    __tablename__ = "incident_kind"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    department: Mapped[Department]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    vetoes: Mapped[list["IncidentVeto"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="IncidentVeto.criterion_code"
    )

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)


class IncidentVeto(Base):
    """A standard that a kind of incident speaks against, by the code of its veto criterion."""

    __tablename__ = "incident_veto"

    kind_id: Mapped[int] = mapped_column(sa.ForeignKey("incident_kind.id"), primary_key=True)
    #: Standards and codes stay the same from version to version, their rows do not.
    standard_slug: Mapped[str] = mapped_column(primary_key=True)
    criterion_code: Mapped[str] = mapped_column(primary_key=True)

    @property
    def name(self) -> str:
        """How forms and the history name the criterion."""
        return veto_name(self.standard_slug, self.criterion_code)


def veto_name(slug: str, code: str) -> str:
    """How forms and the history name a veto criterion of a standard."""
    return f"{slug}/{code}"


class Incident(Base):
    """One entry of the ledger. ``unit_id`` only when a single unit answers for it."""

    __tablename__ = "incident"
    __table_args__ = (sa.CheckConstraint("number > 0", name="number_positive"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    kind_id: Mapped[int] = mapped_column(sa.ForeignKey("incident_kind.id"))
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"))
    happened_on: Mapped[date]
    number: Mapped[int]
    notice_number: Mapped[str]
    state: Mapped[IncidentState] = mapped_column(default=IncidentState.RECORDED)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    #: Why it was dropped.
    decided_why: Mapped[str | None]
    #: The last day of what it suspends, when the city confirmed it.
    valid_to: Mapped[date | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    kind: Mapped[IncidentKind] = relationship(lazy="raise")
    place: Mapped[Jurisdiction] = relationship(lazy="raise")
    unit: Mapped[Unit | None] = relationship(lazy="raise")

    def is_over(self, day: date) -> bool:
        """Whether it holds nothing back any more: dropped, lifted, or its days have passed."""
        if self.state in {IncidentState.DROPPED, IncidentState.LIFTED}:
            return True
        return self.valid_to is not None and self.valid_to < day


class Appeal(Base):
    """One unit's word against an incident, by itself or by its town, with the city's decision."""

    __tablename__ = "appeal"
    __table_args__ = (sa.UniqueConstraint("incident_id", "unit_id"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    incident_id: Mapped[int] = mapped_column(sa.ForeignKey("incident.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    reason: Mapped[str]
    appealed_at: Mapped[datetime]
    appealed_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    upheld: Mapped[bool | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_why: Mapped[str | None]

    unit: Mapped[Unit] = relationship(lazy="raise")


def kinds() -> Sequence[IncidentKind]:
    """Every kind of incident, in its order."""
    return db.session.scalars(sa.select(IncidentKind).order_by(IncidentKind.id)).all()


def vetoes(kind_id: int) -> dict[str, set[str]]:
    """The codes of the veto criteria that a kind of incident speaks to, by standard."""
    found: dict[str, set[str]] = {}
    for each in db.session.scalars(sa.select(IncidentVeto).where(IncidentVeto.kind_id == kind_id)):
        found.setdefault(each.standard_slug, set()).add(each.criterion_code)
    return found


def _visible(scope: Scope) -> sa.ColumnElement[bool]:
    """Incidents at the scope's places, and those that hold back something of its units."""
    held = (
        sa.select(Suspension.incident_id)
        .join(Title, Title.id == Suspension.title_id)
        .where(Title.unit_id.in_(scope.units), Suspension.incident_id.is_not(None))
    )
    kept = (
        sa.select(Veto.incident_id)
        .join(Enrolment, Enrolment.id == Veto.enrolment_id)
        .where(Enrolment.unit_id.in_(scope.units))
    )
    parts = [scope.clause(Jurisdiction.path)]
    if scope.units:
        parts += [Incident.id.in_(held), Incident.id.in_(kept)]
    return sa.or_(*parts)


def _whole(scope: Scope) -> sa.Select[Incident]:
    return (
        sa.select(Incident)
        .join(Incident.kind)
        .join(Incident.place)
        .outerjoin(Incident.unit)
        .options(
            contains_eager(Incident.kind),
            contains_eager(Incident.place),
            contains_eager(Incident.unit),
        )
        .where(_visible(scope))
    )


def page(scope: Scope, *, offset: int, limit: int) -> Sequence[Incident]:
    """The incidents within the scope, those that wait for a decision first, then the latest."""
    waiting = sa.case(
        (Incident.state.in_([IncidentState.RECORDED, IncidentState.APPEALED]), 0), else_=1
    )
    query = _whole(scope).order_by(waiting, Incident.id.desc())
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def find(incident_id: int, scope: Scope) -> Incident:
    """The incident with its kind, place and unit, within the scope; raises NotFound."""
    found = db.session.scalar(_whole(scope).where(Incident.id == incident_id))
    if found is None:
        raise NotFound(incident_id)
    return found


def appealed(title_ids: Sequence[int]) -> dict[int, datetime]:
    """Since when the oldest open appeal of its unit against what suspends a title today waits, by
    title; the others are left out."""
    if not title_ids:
        return {}
    today = clock.today()
    query = (
        sa.select(Title.id, sa.func.min(Appeal.appealed_at, type_=UTCDateTime()))
        .join(Suspension, Suspension.title_id == Title.id)
        .join(
            Appeal,
            sa.and_(Appeal.incident_id == Suspension.incident_id, Appeal.unit_id == Title.unit_id),
        )
        .where(
            Title.id.in_(title_ids),
            Appeal.decided_at.is_(None),
            Suspension.valid_from <= today,
            sa.or_(Suspension.valid_to.is_(None), Suspension.valid_to >= today),
        )
        .group_by(Title.id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def appeals(incident_id: int) -> Sequence[Appeal]:
    """The appeals against an incident with their units, in their order."""
    query = (
        sa.select(Appeal)
        .join(Appeal.unit)
        .options(contains_eager(Appeal.unit))
        .where(Appeal.incident_id == incident_id)
        .order_by(Appeal.id)
    )
    return db.session.scalars(query).all()


def suspensions(incident_id: int) -> Sequence[tuple[Suspension, Title]]:
    """What titles an incident suspends or suspended, with their units and standards."""
    query = (
        sa.select(Suspension, Title)
        .join(Title, Title.id == Suspension.title_id)
        .join(Title.standard)
        .join(Title.unit)
        .options(contains_eager(Title.standard), contains_eager(Title.unit))
        .where(Suspension.incident_id == incident_id)
        .order_by(Suspension.id)
    )
    return [(each[0], each[1]) for each in db.session.execute(query)]


def is_today(held: Suspension | Veto) -> bool:
    """Whether something that an incident holds back is held back today."""
    return held.covers(clock.today())
