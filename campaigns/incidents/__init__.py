"""The veto ledger: what happened at a place voids what it touches, and can be appealed against.

Recorded by the department that knows of it, confirmed by somebody else in the city office,
appealed against by the unit or its town, lifted title by title. Every state names who acts next.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm.attributes import flag_modified

from campaigns import clock, history, settings, workdays
from campaigns.database import db
from campaigns.enrolment import vetoes
from campaigns.enrolment.vetoes import Veto
from campaigns.errors import NotAllowed, Refused, Stale, fault
from campaigns.incidents import records
from campaigns.incidents.records import Appeal, Incident, IncidentKind, IncidentState
from campaigns.incidents.touching import touched
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction
from campaigns.people import Role
from campaigns.titles import Suspension, suspending
from campaigns.units import Unit

_HOLDING = frozenset({IncidentState.CONFIRMED, IncidentState.APPEALED})


@dataclass(frozen=True, slots=True)
class Step:
    """Who must act next on an incident, and by when."""

    role: Role
    by: date


def record(
    kind: IncidentKind,
    place: Jurisdiction,
    unit: Unit | None,
    happened_on: date,
    number: int,
    notice_number: str,
    *,
    by: int,
) -> Incident:
    """Enters an incident in the ledger; nothing follows from it until the city confirms it."""
    found = []
    if place.level not in TOWN_LEVELS | VILLAGE_LEVELS:
        found.append(fault("incident_place", "place"))
    if happened_on > clock.today():
        found.append(fault("day_ahead", "day"))
    if not notice_number:
        found.append(fault("notice_number_missing", "notice_number"))
    if found:
        raise Refused(*found)
    made = Incident(
        kind_id=kind.id,
        kind=kind,
        place_id=place.id,
        place=place,
        unit_id=unit.id if unit else None,
        unit=unit,
        happened_on=happened_on,
        number=number,
        notice_number=notice_number,
        state=IncidentState.RECORDED,
        recorded_at=clock.now(),
        recorded_by=by,
    )
    db.session.add(made)
    db.session.flush()
    _tell("incident_recorded", made, by=by, kind=kind.code, number=number)
    return made


def confirm(
    incident: Incident, version: int, seen: Collection[str], until: date, *, by: int
) -> None:
    """Suspends what the incident touches, from today until a day.

    ``seen`` is what the person was shown: raises Stale when something else is touched by now.
    Raises NotAllowed for an incident that she recorded herself.
    """
    _require(incident, version, {IncidentState.RECORDED})
    _require_other(incident, by)
    today = clock.today()
    longest = today + timedelta(days=settings.LONGEST_SUSPENSION_DAYS)
    if not today <= until <= longest:
        raise Refused(fault("suspended_until", "until", latest=longest))
    concerned = touched(incident)
    if concerned.names != set(seen):
        raise Stale
    _decide(incident, IncidentState.CONFIRMED, by=by)
    incident.valid_to = until
    suspending.suspend(
        *(concerned.titles, incident.notice_number), until=until, incident_id=incident.id, by=by
    )
    vetoes.place(concerned.enrolments, until, incident_id=incident.id, by=by)
    number = len(concerned.names)
    _tell("incident_confirmed", incident, by=by, concerned=number, until=until.isoformat())


def drop(incident: Incident, version: int, why: str, *, by: int) -> None:
    """Lets an incident fall before anything followed from it; whoever recorded it may do so too."""
    _require(incident, version, {IncidentState.RECORDED})
    _require_why(why)
    _decide(incident, IncidentState.DROPPED, by=by)
    incident.decided_why = why
    _tell("incident_dropped", incident, by=by, reason=why)


def appeal(incident: Incident, version: int, unit_id: int, reason: str, *, by: int) -> Appeal:
    """A unit's word against an incident, once; it holds until the city office has decided."""
    _require(incident, version, _HOLDING)
    if not reason:
        raise Refused(fault("appeal_reason_missing", "reason"))
    if unit_id not in units_held(incident):
        raise Refused(fault("appeal_nothing_held"))
    if any(each.unit_id == unit_id for each in records.appeals(incident.id)):
        raise Refused(fault("appeal_twice"))
    made = Appeal(
        incident_id=incident.id,
        unit_id=unit_id,
        reason=reason,
        appealed_at=clock.now(),
        appealed_by=by,
    )
    db.session.add(made)
    _move(incident, IncidentState.APPEALED)
    history.record(
        "incident_appealed", "incident", incident.id, by=by, unit_id=unit_id, reason=reason
    )
    return made


def decide(
    incident: Incident, version: int, unit_id: int, lifted: Collection[str], why: str, *, by: int
) -> None:
    """The city's decision on a unit's appeal: what is named in ``lifted`` counts again.

    Nothing named: the appeal fails. Raises NotAllowed for an incident that she recorded herself.
    """
    _require(incident, version, {IncidentState.APPEALED})
    _require_other(incident, by)
    _require_why(why)
    made = next(
        (
            each
            for each in records.appeals(incident.id)
            if each.unit_id == unit_id and each.decided_at is None
        ),
        None,
    )
    if made is None:
        raise Stale
    made.upheld = _lift(incident, lifted, why, unit_id=unit_id, by=by) > 0
    made.decided_at, made.decided_by, made.decided_why = clock.now(), by, why
    _settle(incident)
    verb = "appeal_upheld" if made.upheld else "appeal_refused"
    history.record(verb, "incident", incident.id, by=by, unit_id=unit_id, reason=why)


def lift(incident: Incident, version: int, lifted: Collection[str], why: str, *, by: int) -> None:
    """The city office lifts some or all of what an incident holds back, without an appeal."""
    _require(incident, version, _HOLDING)
    _require_why(why)
    if not _lift(incident, lifted, why, by=by):
        raise Refused(fault("lift_nothing_chosen", "lifted"))
    _settle(incident)
    _tell("incident_lifted", incident, by=by, reason=why)


def held_today(incident: Incident) -> dict[str, Suspension | Veto]:
    """What an incident holds back today, by the name under which it is lifted."""
    return {name: each for name, (_, each) in _held(incident).items() if records.is_today(each)}


def units_held(incident: Incident) -> frozenset[int]:
    """The units that an incident holds something back of today: they may appeal."""
    return frozenset(
        unit_id for unit_id, each in _held(incident).values() if records.is_today(each)
    )


def next_step(incident: Incident, appeals: Sequence[Appeal], *, holds: bool) -> Step | None:
    """Who must act next and by when; none when nothing is left to do, as where it ``holds``
    nothing back today."""
    if incident.is_over(clock.today()):
        return None
    if incident.state is IncidentState.RECORDED:
        since = clock.day(incident.recorded_at)
        return Step(Role.OFFICE, workdays.after(since, settings.INCIDENT_DAYS))
    open_since = [each.appealed_at for each in appeals if each.decided_at is None]
    if open_since:
        return Step(Role.OFFICE, _decided_by(min(open_since)))
    if not holds or incident.valid_to is None:
        return None
    return Step(Role.LIAISON, incident.valid_to)


def _decided_by(appealed_at: datetime) -> date:
    """By when the city office decides on an appeal."""
    return workdays.after(clock.day(appealed_at), settings.APPEAL_DAYS)


def decided_by(title_ids: Sequence[int]) -> dict[int, date]:
    """Of these suspended titles, those whose unit's appeal is open, with the day by which the city
    office decides on it."""
    return {id: _decided_by(since) for id, since in records.appealed(title_ids).items()}


def _held(incident: Incident) -> dict[str, tuple[int, Suspension | Veto]]:
    """Everything that an incident held back, with its unit, by name."""
    found: dict[str, tuple[int, Suspension | Veto]] = {
        f"suspension-{each.id}": (title.unit_id, each)
        for each, title in records.suspensions(incident.id)
    }
    for each in vetoes.of_incident(incident.id):
        found[f"veto-{each.id}"] = (each.enrolment.unit_id, each)
    return found


def _lift(
    incident: Incident, names: Collection[str], why: str, *, by: int, unit_id: int | None = None
) -> int:
    """Lifts what is named, of one unit or of all; gives how many. Raises Stale for a name that
    is none of them, or no longer."""
    known = {
        name: each
        for name, (whose, each) in _held(incident).items()
        if records.is_today(each) and unit_id in (None, whose)
    }
    if not known.keys() >= set(names):
        raise Stale
    chosen = [known[name] for name in sorted(set(names))]
    suspended = [each for each in chosen if isinstance(each, Suspension)]
    if suspended:
        suspending.lift(suspended, why, by=by)
    vetoes.lift([each for each in chosen if isinstance(each, Veto)], why, by=by)
    return len(chosen)


def _settle(incident: Incident) -> None:
    """The state that follows from what is still held back and still to be decided."""
    db.session.flush()
    if any(each.decided_at is None for each in records.appeals(incident.id)):
        _move(incident, IncidentState.APPEALED)
    elif held_today(incident):
        _move(incident, IncidentState.CONFIRMED)
    else:
        _move(incident, IncidentState.LIFTED)


def _decide(incident: Incident, state: IncidentState, *, by: int) -> None:
    incident.decided_at, incident.decided_by = clock.now(), by
    _move(incident, state)


def _move(incident: Incident, state: IncidentState) -> None:
    incident.state = state
    # Whatever was done to it makes an older page stale, even where the state stays.
    flag_modified(incident, "state")
    db.session.flush()


def _require(incident: Incident, version: int, states: Collection[IncidentState]) -> None:
    if incident.row_version != version:
        raise Stale
    if incident.state not in states or incident.is_over(clock.today()):
        raise Refused(fault("incident_elsewhere"))


def _require_other(incident: Incident, by: int) -> None:
    if incident.recorded_by == by:
        raise NotAllowed("own_incident")


def _require_why(why: str) -> None:
    if not why:
        raise Refused(fault("decision_reason_missing", "why"))


def _tell(verb: str, incident: Incident, *, by: int, **detail: Any) -> None:
    history.record(verb, "incident", incident.id, by=by, unit_id=incident.unit_id, **detail)
