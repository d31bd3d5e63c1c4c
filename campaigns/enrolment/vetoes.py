"""Vetoes: recorded incidents that keep an enrolment from passing and from being named."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history
from campaigns.database import Base, Large, db
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, fault


class Veto(Base):
    """A veto criterion of an enrolment that an incident speaks against, from day to day.

    The item keeps its state and proof; ``code`` names its criterion.
    """

    __tablename__ = "veto"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    incident_id: Mapped[int] = mapped_column(sa.ForeignKey("incident.id"), index=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    code: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    lifted_why: Mapped[str | None]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= day <= self.valid_to


def standing(enrolment_id: int) -> Sequence[Veto]:
    """The vetoes in force today against an enrolment, the one that lasts longest first."""
    today = clock.today()
    query = (
        sa.select(Veto)
        .where(Veto.enrolment_id == enrolment_id, Veto.valid_from <= today, Veto.valid_to >= today)
        .order_by(Veto.valid_to.desc(), Veto.id)
    )
    return db.session.scalars(query).all()


def require_none(enrolment_id: int) -> None:
    """Refuses while a recorded incident stands against an enrolment: every step to its title asks
    here."""
    if found := standing(enrolment_id):
        raise Refused(fault("incident_stands", until=found[0].valid_to))


def of_incident(incident_id: int) -> Sequence[Veto]:
    """The vetoes of an incident with their enrolments, units and campaigns."""
    query = (
        sa.select(Veto)
        .join(Veto.enrolment)
        .join(Enrolment.unit)
        .join(Enrolment.campaign)
        .options(
            contains_eager(Veto.enrolment).contains_eager(Enrolment.unit),
            contains_eager(Veto.enrolment).contains_eager(Enrolment.campaign),
        )
        .where(Veto.incident_id == incident_id)
        .order_by(Veto.id)
    )
    return db.session.scalars(query).all()


def place(
    concerned: Sequence[tuple[Enrolment, str]], until: date, *, incident_id: int, by: int
) -> None:
    """Places a veto on each of these enrolments and their criteria, from today."""
    for enrolment, code in concerned:
        db.session.add(
            Veto(
                incident_id=incident_id,
                enrolment_id=enrolment.id,
                code=code,
                valid_from=clock.today(),
                valid_to=until,
            )
        )
        unit_id = enrolment.unit_id
        history.record("veto_placed", "enrolment", enrolment.id, by=by, unit_id=unit_id, key=code)
    db.session.flush()


def lift(found: Sequence[Veto], why: str, *, by: int) -> None:
    """Lifts these vetoes from today; one lifted on the day it was placed never took effect."""
    for each in found:
        each.valid_to = min(each.valid_to, clock.today() - timedelta(days=1))
        each.lifted_at, each.lifted_by, each.lifted_why = clock.now(), by, why
        history.record(
            "veto_lifted",
            "enrolment",
            each.enrolment_id,
            by=by,
            unit_id=each.enrolment.unit_id,
            key=each.code,
            reason=why,
        )
    db.session.flush()
