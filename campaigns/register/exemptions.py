"""Exemptions: a unit that a campaign does not ask anything of, with a reason for all to read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, hold, titles, units
from campaigns.campaign import Campaign
from campaigns.database import Base, Large, db
from campaigns.enrolment import participation
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import Refused, fault
from campaigns.standards import Registration, Standard
from campaigns.tally import Ledger
from campaigns.units import Span, UnitPeriod


class Exemption(Base):
    """One exemption of a unit from a campaign.

    From ``valid_from`` to ``valid_to``, the campaign's due date, coverage by its standard leaves
    the unit out above and below the line. An exemption that was lifted ends before its time, or,
    lifted on the day it was granted, before it begins.
    """

    __tablename__ = "exemption"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Large, sa.ForeignKey("enrolment.id"), index=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    reason: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    granted_at: Mapped[datetime]

    standard: Mapped[Standard] = relationship(lazy="raise")

    def is_valid(self, day: date) -> bool:
        """Whether coverage leaves the unit out on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def grant(enrolment: Enrolment, version: int, reason: str, *, by: int | None) -> Exemption:
    """Exempts a unit from a campaign; what it proved before is kept and counts no longer.

    While a title of the standard is valid the unit counts as named, so the exemption is felt in
    coverage from the day after. Refuses without a reason, and once the checklist has passed.
    """
    if not reason:
        raise Refused(fault("exemption_reason_missing", "reason"))
    hold.require_free()
    participation.leave(enrolment, version, EnrolmentState.EXEMPT, reason, by=by)
    standard = enrolment.campaign.version.standard
    made = Exemption(
        enrolment_id=enrolment.id,
        unit_id=enrolment.unit_id,
        standard_id=standard.id,
        reason=reason,
        valid_from=_first_day(enrolment.unit_id, standard.id),
        valid_to=enrolment.campaign.due_on,
        granted_by=by,
        granted_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    _count([each for each in of_enrolment(enrolment.id) if each.id == made.id], 1)
    return made


def _first_day(unit_id: int, standard_id: int) -> date:
    held = [each.last_day for each in titles.of_units([unit_id]) if each.standard_id == standard_id]
    return max([clock.today(), *(day + timedelta(days=1) for day in held)])


def lift(enrolment: Enrolment, version: int, *, by: int | None) -> None:
    """Takes an exemption back: the unit takes part again, with what it had proved."""
    hold.require_free()
    participation.come_back(enrolment, version, by=by)
    found = of_enrolment(enrolment.id)
    _count(found, -1)
    for each in found:
        each.valid_to = min(each.valid_to or date.max, clock.today() - timedelta(days=1))
    _count(found, 1)


def prolong(campaign: Campaign) -> None:
    """Follows a campaign whose due date was moved."""
    hold.require_free()
    query = (
        _exemptions()
        .join(Enrolment, Enrolment.id == Exemption.enrolment_id)
        .where(Enrolment.campaign_id == campaign.id, Enrolment.state == EnrolmentState.EXEMPT)
    )
    found = db.session.scalars(query).all()
    _count(found, -1)
    for each in found:
        each.valid_to = campaign.due_on
    _count(found, 1)


def _count(found: Sequence[Exemption], sign: int) -> None:
    ledger = Ledger()
    note(ledger, found, units.periods([each.unit_id for each in found]), sign)
    db.session.flush()
    ledger.write()


def note(
    ledger: Ledger,
    found: Iterable[Exemption],
    periods: Mapping[int, Sequence[UnitPeriod | Span]],
    sign: int = 1,
) -> None:
    """Notes exemptions where their units sit, period by period."""
    for each in found:
        ledger.exemption(
            each.standard_id,
            periods[each.unit_id],
            each.valid_from,
            each.valid_to,
            households=each.standard.registration is Registration.AGGREGATE,
            sign=sign,
        )


def of_enrolment(enrolment_id: int) -> Sequence[Exemption]:
    """The exemptions of an enrolment, in their order."""
    query = _exemptions().where(Exemption.enrolment_id == enrolment_id).order_by(Exemption.id)
    return db.session.scalars(query).all()


def of_units(unit_ids: Sequence[int]) -> Sequence[Exemption]:
    """The exemptions of these units."""
    return db.session.scalars(_exemptions().where(Exemption.unit_id.in_(unit_ids))).all()


def every() -> Sequence[Exemption]:
    """All exemptions."""
    return db.session.scalars(_exemptions()).all()


def _exemptions() -> sa.Select[Exemption]:
    return sa.select(Exemption).join(Exemption.standard).options(contains_eager(Exemption.standard))
