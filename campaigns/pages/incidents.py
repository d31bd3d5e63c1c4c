"""The veto ledger: what departments record, the city confirms, and units appeal against."""

from datetime import timedelta

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, incidents, jurisdictions, permissions, standards, units
from campaigns.enrolment import vetoes
from campaigns.errors import NotAllowed, NotFound, Refused, Stale, fault
from campaigns.incidents import records, touching
from campaigns.incidents.records import Incident, IncidentKind, IncidentState
from campaigns.jurisdictions import Jurisdiction
from campaigns.pages import access, answers, outcomes, paging, typed, words
from campaigns.permissions import Permission
from campaigns.settings import PAGE_ROWS, SUSPENSION_DAYS
from campaigns.standards import Standard
from campaigns.units import Unit

blueprint = Blueprint("incidents", __name__)

_HERE = f"/incidents/<int(max={2**63 - 1}):id>"
_MOST = 10_000


@blueprint.get("/incidents")
@access.permits(Permission.SEE_UNITS)
def listed() -> ResponseReturnValue:
    """The ledger within the scope, and the form for those who record."""
    page = paging.asked() if request.method == "GET" else paging.Paging(1)
    found = records.page(access.scope(Permission.SEE_UNITS), offset=page.offset, limit=page.limit)
    kinds = _kinds()
    return answers.show(
        "incidents/incidents.html",
        incidents=found[:PAGE_ROWS],
        page=page,
        more=len(found) > PAGE_ROWS,
        kinds=kinds,
        keeps_kinds=permissions.holds(access.actor(), Permission.JUDGE_INCIDENTS),
        place=request.args.get("place", "")[:20],
        day=clock.today(),
        state_word=outcomes.of_incident,
        department_word=words.of_department,
    )


@blueprint.post("/incidents")
@access.permits(Permission.RECORD_INCIDENTS)
@answers.form_of(listed)
def record() -> ResponseReturnValue:
    """Enters an incident; somebody else in the city office confirms it."""
    kind = next((each for each in _kinds() if each.code == request.form.get("kind")), None)
    found = [] if kind else [fault("incident_kind", "kind")]
    where = typed.noted(found, _where)
    day = typed.noted(found, typed.day, "day", years=typed.NEAR)
    number = typed.noted(found, typed.between, "number", 1, _MOST)
    notice = typed.noted(found, typed.words, "notice_number", 60)
    if found or kind is None or where is None or day is None or number is None or notice is None:
        raise Refused(*found)
    place, unit = where
    if not permissions.may_decide(access.actor(), place.path, kind.department):
        raise NotAllowed
    made = incidents.record(kind, place, unit, day, number, notice, by=access.actor().id)
    return answers.go(url_for("incidents.show", id=made.id), said="incident_recorded")


def _kinds() -> list[IncidentKind]:
    """The kinds that the person may record: her departments', for the city office all."""
    actor = access.actor()
    departments = {each.department for each in actor.held if each.department}
    every = permissions.holds(actor, Permission.JUDGE_INCIDENTS)
    return [each for each in records.kinds() if every or each.department in departments]


def _where() -> tuple[Jurisdiction, Unit | None]:
    """The place that was typed, or the unit with its place."""
    code, scope = request.form.get("place", "").strip()[:40], access.scope()
    try:
        return jurisdictions.find(code, scope), None
    except NotFound:
        unit = units.with_code(code, scope)
    if unit is None:
        raise Refused(fault("incident_place", "place"))
    return unit.place, unit


def _load(permission: Permission, id: int) -> Incident:
    """The incident, for whoever holds the permission there; 404 when she cannot see it."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    permissions.require(access.actor(), permission, found.place.path)
    return found


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def show(id: int) -> ResponseReturnValue:
    """One incident: what it touches or holds back, what was said against it, and what is next."""
    found = records.find(id, access.scope())
    actor, appeals = access.actor(), records.appeals(id)
    judges = permissions.may(actor, Permission.JUDGE_INCIDENTS, found.place.path)
    held = incidents.held_today(found)
    return answers.show(
        "incidents/incident.html",
        incident=found,
        state_word=outcomes.of_incident(found.state),
        department=words.of_department(found.kind.department),
        touched=touching.touched(found) if found.state is IncidentState.RECORDED else None,
        suspensions=records.suspensions(id),
        vetoes=vetoes.of_incident(id),
        standards=_standards(found),
        held=held,
        appeals=appeals,
        next_step=incidents.next_step(found, appeals, holds=bool(held)),
        role_word=words.of_role,
        own=found.recorded_by == actor.id,
        judges=judges,
        may_drop=judges or found.recorded_by == actor.id,
        is_over=found.is_over(clock.today()),
        answers_for=_answers_for(found, {each.unit_id for each in appeals}),
        until=clock.today() + timedelta(days=SUSPENSION_DAYS),
    )


def _standards(incident: Incident) -> list[Standard]:
    """The standards that a kind of incident speaks against."""
    speaks = records.vetoes(incident.kind_id)
    return [each.standard for each in standards.current() if each.standard.slug in speaks]


def _answers_for(incident: Incident, appealed: set[int]) -> list[Unit]:
    """The units for which the person may still appeal."""
    scope = access.scope(Permission.ANSWER)
    if incident.is_over(clock.today()):
        return []
    wanted = incidents.units_held(incident) - appealed
    return [each for each in units.of_ids(sorted(wanted)) if scope.covers(each.place.path, each.id)]


@blueprint.post(f"{_HERE}/confirm")
@access.permits(Permission.JUDGE_INCIDENTS)
@answers.form_of(show)
def confirm(id: int) -> ResponseReturnValue:
    """Suspends what was shown."""
    found = _load(Permission.JUDGE_INCIDENTS, id)
    until = typed.day("until", years=typed.NEAR)
    seen = request.form.getlist("touched")
    incidents.confirm(found, typed.version(), seen, until, by=access.actor().id)
    return answers.go(url_for("incidents.show", id=id), said="incident_confirmed")


@blueprint.post(f"{_HERE}/drop")
@access.permits(Permission.RECORD_INCIDENTS)
@answers.form_of(show)
def drop(id: int) -> ResponseReturnValue:
    """Lets it fall: the city office, or whoever recorded it."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    if found.recorded_by != access.actor().id:
        permissions.require(access.actor(), Permission.JUDGE_INCIDENTS, found.place.path)
    incidents.drop(found, typed.version(), typed.words("why", 200), by=access.actor().id)
    return answers.go(url_for("incidents.show", id=id), said="incident_dropped")


@blueprint.post(f"{_HERE}/appeal")
@access.permits(Permission.ANSWER)
@answers.form_of(show)
def appeal(id: int) -> ResponseReturnValue:
    """A unit's word against it, by its liaison or its town."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    unit = units.find(_unit_id(), access.scope())
    version, reason = typed.version(), typed.words("reason", 500)
    incidents.appeal(found, version, unit.id, reason, by=access.actor().id)
    return answers.go(url_for("incidents.show", id=id), said="incident_appealed")


@blueprint.post(f"{_HERE}/decide")
@access.permits(Permission.JUDGE_INCIDENTS)
@answers.form_of(show)
def decide(id: int) -> ResponseReturnValue:
    """The city's decision on an appeal."""
    found = _load(Permission.JUDGE_INCIDENTS, id)
    lifted, why = request.form.getlist("lifted"), typed.words("why", 500)
    by = access.actor().id
    incidents.decide(found, typed.version(), _unit_id(), lifted, why, by=by)
    return answers.go(url_for("incidents.show", id=id), said="appeal_decided")


@blueprint.post(f"{_HERE}/lift")
@access.permits(Permission.JUDGE_INCIDENTS)
@answers.form_of(show)
def lift(id: int) -> ResponseReturnValue:
    """Lifts what was chosen, without an appeal."""
    found = _load(Permission.JUDGE_INCIDENTS, id)
    lifted, why = request.form.getlist("lifted"), typed.words("why", 500)
    incidents.lift(found, typed.version(), lifted, why, by=access.actor().id)
    return answers.go(url_for("incidents.show", id=id), said="incident_lifted")


def _unit_id() -> int:
    """The unit that a form names; whatever is none of ours is stale."""
    sent = request.form.get("unit", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise Stale
    return int(sent)
