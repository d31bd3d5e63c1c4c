"""Titles: what a unit, or a number of its households, holds when named."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from campaigns import clock, history, hold, settings, tally, units
from campaigns.campaign.spans import last_day as last_day
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, Stale, fault
from campaigns.jurisdictions import Scope as Scope
from campaigns.standards import Version
from campaigns.titles.ready import Candidate as Candidate
from campaigns.titles.ready import candidates as candidates
from campaigns.titles.ready import chosen as chosen
from campaigns.titles.ready import counted as counted
from campaigns.titles.ready import ready as ready
from campaigns.titles.records import WHOLE as WHOLE
from campaigns.titles.records import Standing as Standing
from campaigns.titles.records import Suspension as Suspension
from campaigns.titles.records import Title as Title
from campaigns.titles.records import check as check
from campaigns.titles.records import due as due
from campaigns.titles.records import end as end
from campaigns.titles.records import listed as listed
from campaigns.titles.records import note as note
from campaigns.titles.records import of_serial as of_serial
from campaigns.titles.records import of_units as of_units
from campaigns.titles.records import page as page
from campaigns.titles.records import standing as standing
from campaigns.units import Unit

#: Bits that nobody can guess in a serial (ASVS asks for 112).
_SECRET_BYTES = 15


def name(enrolment: Enrolment, version: int, document_number: str, *, by: int | None) -> Title:
    """Names the unit of an enrolment that passed every step; the title begins today.

    A title of the same standard that is still valid ends the day before, so that no unit counts
    twice. Refuses a campaign without approval (work list only), or past its approval, and while
    an objection waits for its answer.
    """
    hold.require_free()
    if not document_number:
        raise Refused(fault("document_number_missing", "document_number"))
    # The row is taken first: an objection that comes now waits, and finds it named.
    row = sa.select(Enrolment.row_version).where(Enrolment.id == enrolment.id).with_for_update()
    if db.session.scalar(row) != version:
        raise Stale
    candidate = candidates([enrolment])[0]
    if candidate.hindrance:
        raise Refused(candidate.hindrance)
    return _name(candidate, version, document_number, by=by)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What naming many at once came to: how many are named, and the ids of those that are not,
    because something about them changed meanwhile."""

    named: int
    left: list[int]


def name_all(
    versions: Mapping[int, int], document_number: str, scope: Scope, *, by: int | None
) -> Outcome:
    """Names the units of these enrolments by one document, in the transaction at hand.

    ``versions`` are those of the page, by enrolment. Whoever changed since, or may not be named
    after all, is left out and told; raises NotFound when one lies outside the scope.
    """
    hold.require_free()
    found = []
    if not versions:
        found.append(fault("nobody_chosen", "enrolment"))
    if len(versions) > settings.NAMED_AT_ONCE:
        found.append(fault("too_many_to_name", "enrolment", limit=settings.NAMED_AT_ONCE))
    if not document_number:
        found.append(fault("document_number_missing", "document_number"))
    if found:
        raise Refused(*found)
    left = []
    for each in candidates(chosen(versions, scope, lock=True)):
        version = versions[each.enrolment.id]
        if each.hindrance or each.enrolment.row_version != version:
            left.append(each.enrolment.id)
        else:
            _name(each, version, document_number, by=by)
    return Outcome(len(versions) - len(left), left)


def _name(candidate: Candidate, version: int, document_number: str, *, by: int | None) -> Title:
    enrolment, today = candidate.enrolment, clock.today()
    held = enrolment.campaign.version
    serial = new_serial(today.year, enrolment.id)
    transitions.mark_named(enrolment, version, by=by, serial=serial)
    _supersede(enrolment.unit_id, held.standard_id, today, by=by)
    return grant(
        enrolment.unit,
        held,
        place_id=enrolment.place_id,
        town_id=enrolment.town_id,
        number=candidate.number,
        serial=serial,
        document_number=document_number,
        valid_from=today,
        enrolment_id=enrolment.id,
        by=by,
    )


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
