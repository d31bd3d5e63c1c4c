"""Titles: what a unit, or a number of its households, holds when named."""

import base64
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from campaigns import campaign as campaigns
from campaigns import clock, history, hold, tally, units
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign.spans import last_day as last_day
from campaigns.database import db
from campaigns.enrolment import records as enrolments
from campaigns.enrolment import scoring, transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.jurisdictions import Scope as Scope
from campaigns.standards import Registration, Version
from campaigns.titles.expiring import expiring as expiring
from campaigns.titles.expiring import page_of_expiring as page_of_expiring
from campaigns.titles.expiring import reminder as reminder
from campaigns.titles.expiring import renewals as renewals
from campaigns.titles.records import WHOLE as WHOLE
from campaigns.titles.records import Standing as Standing
from campaigns.titles.records import Suspension as Suspension
from campaigns.titles.records import Title as Title
from campaigns.titles.records import check as check
from campaigns.titles.records import due as due
from campaigns.titles.records import end as end
from campaigns.titles.records import find as find
from campaigns.titles.records import listed as listed
from campaigns.titles.records import note as note
from campaigns.titles.records import of_units as of_units
from campaigns.titles.records import page as page
from campaigns.titles.records import standing as standing
from campaigns.titles.records import suspended_on as suspended_on
from campaigns.units import Unit

#: Bits that nobody can guess in a serial (ASVS asks for 112).
_SECRET_BYTES = 15


def name(enrolment: Enrolment, version: int, document_number: str, *, by: int | None) -> Title:
    """Names the unit of an enrolment that passed every step; the title begins today.

    A title of the same standard that is still valid ends the day before, so that no unit counts
    twice. Refuses a campaign without approval (work list only), or past its approval.
    """
    hold.require_free()
    campaign = enrolment.campaign
    today = clock.today()
    if campaign.state not in {CampaignState.OPEN, CampaignState.CLOSED}:
        raise Refused(fault("campaign_closed", campaign=campaign.name))
    if not campaign.can_name:
        raise Refused(fault("no_approval"))
    if campaign.approval_is_over:
        raise Refused(fault("approval_over", until=campaign.approval_until))
    if not document_number:
        raise Refused(fault("document_number_missing", "document_number"))
    number = _number(enrolment)
    serial = new_serial(today.year, enrolment.id)
    transitions.mark_named(enrolment, version, by=by, serial=serial)
    _supersede(enrolment.unit_id, campaign.version.standard_id, today, by=by)
    return grant(
        enrolment.unit,
        campaign.version,
        place_id=enrolment.place_id,
        town_id=enrolment.town_id,
        number=number,
        serial=serial,
        document_number=document_number,
        valid_from=today,
        enrolment_id=enrolment.id,
        by=by,
    )


def _number(enrolment: Enrolment) -> int:
    version = enrolment.campaign.version
    if version.standard.registration is Registration.UNIT:
        return 1
    items = {each.key: each for each in enrolments.items([enrolment.id])}
    counted = scoring.households(campaigns.slots(enrolment.campaign), items)
    number = min(counted, enrolment.unit.households or 0)
    if number == 0:
        raise Refused(fault("no_households"))
    return number


def new_serial(year: int, number: int) -> str:
    """A serial: year, running number and a part that cannot be guessed."""
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()
    return f"{year}-{number:06d}-{secret}"


def grant(
    unit: Unit,
    version: Version,
    *,
    place_id: int,
    town_id: int | None,
    number: int,
    serial: str,
    document_number: str,
    valid_from: date,
    enrolment_id: int | None,
    by: int | None,
) -> Title:
    """Writes a title with its counters and history; ``name`` is the way to it for a campaign,
    titles of earlier years come without an enrolment."""
    made = Title(
        serial=serial,
        standard_id=version.standard_id,
        version_id=version.id,
        unit_id=unit.id,
        enrolment_id=enrolment_id,
        place_id=place_id,
        town_id=town_id,
        number=number,
        document_number=document_number,
        valid_from=valid_from,
        valid_to=last_day(valid_from, version.validity_years),
        named_at=clock.now(),
        named_by=by,
        suspensions=[],
    )
    db.session.add(made)
    db.session.flush()
    ledger = tally.Ledger()
    note(ledger, [made], units.periods([unit.id]))
    ledger.write()
    verb = "named" if enrolment_id is not None else "title_entered"
    history.record(verb, "title", made.id, by=by, unit_id=unit.id, serial=serial)
    return made


def _supersede(unit_id: int, standard_id: int, day: date, *, by: int | None) -> None:
    held = db.session.scalars(
        sa.select(Title).where(
            Title.unit_id == unit_id, Title.standard_id == standard_id, Title.valid_to >= day
        )
    ).all()
    for title in held:
        if title.last_day < day:
            continue
        end(title, day - timedelta(days=1))
        history.record("superseded", "title", title.id, by=by, unit_id=unit_id)


def ready(scope: Scope, *, limit: int) -> Sequence[Enrolment]:
    """The enrolments within the scope that only wait to be named, oldest first."""
    naming = sa.select(Campaign).where(
        Campaign.approval_number.is_not(None),
        sa.or_(Campaign.approval_until.is_(None), Campaign.approval_until >= clock.today()),
        Campaign.state.in_([CampaignState.OPEN, CampaignState.CLOSED]),
    )
    passed = [
        sa.and_(Enrolment.campaign_id == each.id, Enrolment.state == transitions.last_state(each))
        for each in db.session.scalars(naming)
    ]
    query = (
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .join(Enrolment.campaign)
        .options(
            contains_eager(Enrolment.unit).contains_eager(Unit.place),
            contains_eager(Enrolment.campaign),
        )
        .where(
            sa.or_(sa.false(), *passed),
            sa.or_(Enrolment.notice_until.is_(None), Enrolment.notice_until < clock.today()),
            scope.clause(Jurisdiction.path, Unit.id),
        )
        .order_by(Enrolment.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()
