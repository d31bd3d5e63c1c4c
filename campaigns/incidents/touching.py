"""What an incident touches: worked out on read, and shown before the city confirms it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import clock, standards
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment.records import LEFT, Enrolment, EnrolmentState
from campaigns.incidents import records
from campaigns.incidents.records import Incident
from campaigns.standards import Standard, Version
from campaigns.titles import Title
from campaigns.units import Unit, UnitPeriod

_NO_LONGER = LEFT | {EnrolmentState.NAMED}


@dataclass(frozen=True, slots=True)
class Touched:
    """The titles that an incident suspends, and the enrolments under way that it holds back, each
    with its veto criterion."""

    titles: Sequence[Title]
    enrolments: Sequence[tuple[Enrolment, str]]

    @property
    def names(self) -> frozenset[str]:
        """What is touched, by name: a form shows it and sends it back, so that nobody confirms
        more than she saw."""
        held = {f"title-{each.id}" for each in self.titles}
        return frozenset(held | {f"enrolment-{each.id}" for each, _ in self.enrolments})


def touched(incident: Incident) -> Touched:
    """Titles valid on the day of the incident and not over yet, and enrolments in campaigns that
    had begun by then, of the unit that answers for it, or of the units that sat in the place.

    Only those whose version has a veto criterion of this kind; units of places below are not
    touched by what happened in the town, for nobody knows that it was theirs.
    """
    units = _units(incident)
    if not units:
        return Touched((), ())
    speaks = records.vetoes(incident.kind_id)
    return Touched(_titles(incident, units, speaks), _enrolments(incident, units, speaks))


def _units(incident: Incident) -> Sequence[int]:
    if incident.unit_id is not None:
        return [incident.unit_id]
    day = incident.happened_on
    query = sa.select(UnitPeriod.unit_id).where(
        UnitPeriod.jurisdiction_id == incident.place_id,
        UnitPeriod.valid_from <= day,
        sa.or_(UnitPeriod.valid_to.is_(None), UnitPeriod.valid_to >= day),
    )
    return db.session.scalars(query).all()


def _criterion(incident: Incident, version: Version, speaks: dict[str, set[str]]) -> str | None:
    """The version's veto criterion that this kind speaks to; where its code is a new one, the
    one that the same department confirms."""
    codes = speaks.get(version.standard.slug)
    if codes is None:
        return None
    vetoes = [each for each in version.criteria if each.veto]
    known = [each for each in vetoes if each.code in codes]
    known = known or [each for each in vetoes if each.department is incident.kind.department]
    return known[0].code if known else None


def _titles(
    incident: Incident, units: Sequence[int], speaks: dict[str, set[str]]
) -> Sequence[Title]:
    query = (
        sa.select(Title)
        .join(Title.standard)
        .join(Title.unit)
        .options(contains_eager(Title.standard), contains_eager(Title.unit))
        .where(
            Title.unit_id.in_(units),
            Standard.slug.in_(speaks),
            Title.valid_from <= incident.happened_on,
        )
        .order_by(Unit.code, Title.id)
    )
    still = max(clock.today(), incident.happened_on)
    return [
        each
        for each in db.session.scalars(query)
        if still <= each.last_day
        and _criterion(incident, standards.version(each.version_id), speaks) is not None
    ]


def _enrolments(
    incident: Incident, units: Sequence[int], speaks: dict[str, set[str]]
) -> Sequence[tuple[Enrolment, str]]:
    query = (
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Enrolment.campaign)
        .options(contains_eager(Enrolment.unit), contains_eager(Enrolment.campaign))
        .where(
            Enrolment.unit_id.in_(units),
            Enrolment.state.not_in(_NO_LONGER),
            Campaign.state.in_([CampaignState.OPEN, CampaignState.CLOSED]),
            Campaign.opens_on <= incident.happened_on,
        )
        .order_by(Unit.code, Enrolment.id)
    )
    found = [
        (each, _criterion(incident, each.campaign.version, speaks))
        for each in db.session.scalars(query)
    ]
    return [(enrolment, code) for enrolment, code in found if code is not None]
