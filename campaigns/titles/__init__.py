"""Titles: what a unit, or a number of its households, holds when named."""

import base64
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, hold, settings, tally, units
from campaigns.campaign.spans import last_day as last_day
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, Stale, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Scope as Scope
from campaigns.standards import Version
from campaigns.titles.expiring import expiring as expiring
from campaigns.titles.expiring import page_of_expiring as page_of_expiring
from campaigns.titles.expiring import reminder as reminder
from campaigns.titles.expiring import renewals as renewals
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
from campaigns.titles.records import find as find
from campaigns.titles.records import listed as listed
from campaigns.titles.records import note as note
from campaigns.titles.records import of_serial as of_serial
from campaigns.titles.records import of_units as of_units
from campaigns.titles.records import page as page
from campaigns.titles.records import recounted as recounted
from campaigns.titles.records import standing as standing
from campaigns.titles.records import suspended_on as suspended_on
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
    return _name([(candidate, version)], document_number, by=by)[0]


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
    free, left = [], []
    for each in candidates(chosen(versions, scope, lock=True)):
        version = versions[each.enrolment.id]
        if each.hindrance or each.enrolment.row_version != version:
            left.append(each.enrolment.id)
        else:
            free.append((each, version))
    return Outcome(len(_name(free, document_number, by=by)), left)


def _name(
    found: Sequence[tuple[Candidate, int]], document_number: str, *, by: int | None
) -> list[Title]:
    """Names candidates that nothing stands in the way of, each with its version."""
    today, made = clock.today(), []
    for each, version in found:
        enrolment = each.enrolment
        serial = new_serial(today.year, enrolment.id)
        transitions.mark_named(enrolment, version, by=by, serial=serial)
        title = _title(
            enrolment.unit,
            enrolment.campaign.version,
            place_id=enrolment.place_id,
            town_id=enrolment.town_id,
            number=each.number,
            serial=serial,
            document_number=document_number,
            valid_from=today,
            enrolment_id=enrolment.id,
            by=by,
        )
        made.append(title)
    _supersede({(each.unit_id, each.standard_id) for each in made}, today, by=by)
    _keep(made, by=by)
    return made


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
    made = _title(
        unit,
        version,
        place_id=place_id,
        town_id=town_id,
        number=number,
        serial=serial,
        document_number=document_number,
        valid_from=valid_from,
        enrolment_id=enrolment_id,
        by=by,
    )
    _keep([made], by=by)
    return made


def _title(
    unit: Unit, version: Version, *, valid_from: date, by: int | None, **facts: Any
) -> Title:
    return Title(
        standard_id=version.standard_id,
        version_id=version.id,
        unit_id=unit.id,
        valid_from=valid_from,
        valid_to=last_day(valid_from, version.validity_years),
        named_at=clock.now(),
        named_by=by,
        suspensions=[],
        **facts,
    )


def _keep(made: Sequence[Title], *, by: int | None) -> None:
    """Writes titles with their counters and history."""
    db.session.add_all(made)
    db.session.flush()
    ledger = tally.Ledger()
    note(ledger, made, units.periods([each.unit_id for each in made]))
    ledger.write()
    history.record_all(
        [
            Happened(
                "named" if each.enrolment_id is not None else "title_entered",
                *("title", each.id, each.unit_id, {"serial": each.serial}),
            )
            for each in made
        ],
        by=by,
    )


def _supersede(named: Collection[tuple[int, int]], day: date, *, by: int | None) -> None:
    """Ends what the units, each with its standard, still hold of it the day before."""
    unit_ids, standard_ids = ({each[part] for each in named} for part in (0, 1))
    query = sa.select(Title).where(
        Title.unit_id.in_(unit_ids), Title.standard_id.in_(standard_ids), Title.valid_to >= day
    )
    held = [
        each
        for each in db.session.scalars(query)
        if (each.unit_id, each.standard_id) in named and each.last_day >= day
    ]
    if not held:
        return
    with recounted(held):
        for title in held:
            title.ended_on = day - timedelta(days=1)
    history.record_all(
        [Happened("superseded", "title", each.id, each.unit_id, {}) for each in held], by=by
    )
