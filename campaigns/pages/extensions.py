"""More time for one item: the unit asks, its town or the city office gives or refuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import jurisdictions, people, permissions, settings
from campaigns.enrolment import checklist, extensions, records
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Fault, NotAllowed, Refused, fault
from campaigns.pages import access, answers, typed
from campaigns.people import Role
from campaigns.permissions import Permission

blueprint = Blueprint("extensions", __name__)

_ITEM = f"/enrolments/<int(max={2**63 - 1}):id>/items/<key>/extension"
_ONE = f"/extensions/<int(max={2**31 - 1}):id>"
#: What waits at once; the rest follows when some of it is decided.
_WAITING = 10 * settings.PAGE_ROWS


@dataclass(frozen=True, slots=True)
class Row:
    """One request in a list, and whether the city office decides it."""

    request: ExtensionRequest
    at_city: bool


def _load(id: int, key: str) -> tuple[Enrolment, Line]:
    """An item of somebody who may send it; 404 when she cannot see it, else 403."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.PROVE, place, found.unit_id)
    as_unit = permissions.sees_as_unit(access.actor(), place, found.unit_id)
    return found, checklist.one(found, campaigns.slot(found.campaign, key), seen_by_unit=as_unit)


@blueprint.get(_ITEM)
@access.permits(Permission.PROVE)
def wish(id: int, key: str) -> ResponseReturnValue:
    """The form that asks for more time for an item."""
    found, line = _load(id, key)
    return answers.show(
        "extensions/wish.html",
        enrolment=found,
        line=line,
        waiting=extensions.latest(line.item.id, waiting=True) if line.item else None,
        limit=extensions.town_limit(line.slot, line.item, found.campaign),
    )


@blueprint.post(_ITEM)
@access.permits(Permission.PROVE)
@answers.form_of(wish)
def ask(id: int, key: str) -> ResponseReturnValue:
    """Asks for more time."""
    enrolment, line = _load(id, key)
    version = typed.version()
    found: list[Fault] = []
    day = typed.noted(found, typed.day, "wished_on", years=typed.NEAR)
    reason = typed.noted(found, typed.words, "reason")
    if found or day is None or reason is None:
        raise Refused(*found)
    extensions.ask(enrolment, line.slot, version, day, reason, by=access.actor().id)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="more_time_asked")


@blueprint.get("/extensions")
@access.permits(Permission.SEE_UNITS)
def listed() -> ResponseReturnValue:
    """What waits for the person's decision, and the requests of the units that she sees."""
    actor = access.actor()
    deciding = permissions.scope(actor, Permission.GIVE_TIME)
    waiting = _rows(extensions.waiting(deciding, by=actor.id, limit=_WAITING))
    office = actor.scope(frozenset({Role.OFFICE}))
    mine = [each for each in waiting if _is_mine(each, office)]
    latest = _rows(extensions.of_scope(access.scope(), limit=settings.PAGE_ROWS))
    to_decide = {each.request.id for each in mine}
    enrolments = [each.request.enrolment for each in (*waiting, *latest)]
    return answers.show(
        "extensions/extensions.html",
        decides=permissions.holds(actor, Permission.GIVE_TIME),
        mine=mine,
        latest=[each for each in latest if each.request.id not in to_decide],
        towns=jurisdictions.names([each.town_id for each in enrolments]),
    )


def _rows(found: Sequence[ExtensionRequest]) -> list[Row]:
    at_city = extensions.for_city([each for each in found if each.is_waiting])
    return [Row(each, each.id in at_city) for each in found]


def _is_mine(row: Row, office: jurisdictions.Scope) -> bool:
    """The city office finds here what is the city's; a town what is not."""
    return row.at_city is office.covers(row.request.enrolment.unit.place.path)


@blueprint.get(_ONE)
@access.permits(Permission.SEE_UNITS)
def show(id: int) -> ResponseReturnValue:
    """One request; whoever decides sees first what it does to coverage."""
    found = extensions.find(id, access.scope())
    enrolment, slot = found.enrolment, found.slot
    at_city = found.is_waiting and found.id in extensions.for_city([found])
    decides = _decides(found, at_city)
    return answers.show(
        "extensions/extension.html",
        asked=found,
        enrolment=enrolment,
        slot=slot,
        town=jurisdictions.names([enrolment.town_id]).get(enrolment.town_id or 0),
        at_city=at_city,
        decides=decides,
        withdraws=found.can_be_decided and extensions.is_too_near(found, access.actor().id),
        effect=extensions.effect(found, found.wished_on) if decides else {},
        names=people.names([found.asked_by, found.decided_by]),
        town_days=settings.EXTENSION_TOWN_DAYS,
    )


def _decides(found: ExtensionRequest, at_city: bool) -> bool:
    """Whether a request is the person's to decide now."""
    actor, place = access.actor(), found.enrolment.unit.place.path
    if not found.can_be_decided or extensions.is_too_near(found, actor.id):
        return False
    return _is_office(place) or (
        not at_city and permissions.may(actor, Permission.GIVE_TIME, place)
    )


def _is_office(place: str) -> bool:
    return access.actor().scope(frozenset({Role.OFFICE})).covers(place)


@blueprint.post(f"{_ONE}/decision")
@access.permits(Permission.GIVE_TIME)
@answers.form_of(show)
def decision(id: int) -> ResponseReturnValue:
    """Gives more time, or refuses it with a reason."""
    found = extensions.find(id, access.scope(Permission.SEE_UNITS))
    place = found.enrolment.unit.place.path
    permissions.require(access.actor(), Permission.GIVE_TIME, place)
    city, by, version = _is_office(place), access.actor().id, typed.version()
    if found.is_waiting and not city and found.id in extensions.for_city([found]):
        raise NotAllowed("more_time_with_city")
    answer = typed.words("answer")
    if request.form.get("verdict") == "refuse":
        extensions.refuse(found, version, answer, by=by)
    elif request.form.get("verdict") == "grant":
        day = typed.day("day", years=typed.NEAR)
        extensions.grant(found, version, day, answer, by=by, city=city)
    else:
        raise Refused(fault("more_time_verdict"))
    return answers.go(
        url_for("extensions.listed"),
        said="more_time_given" if found.granted_to else "more_time_refused",
    )


@blueprint.post(f"{_ONE}/withdraw")
@access.permits(Permission.PROVE)
@answers.form_of(show)
def withdraw(id: int) -> ResponseReturnValue:
    """Takes a request back before it is decided."""
    found = extensions.find(id, access.scope(Permission.SEE_UNITS))
    place = found.enrolment.unit.place.path
    permissions.require(access.actor(), Permission.PROVE, place, found.enrolment.unit_id)
    extensions.withdraw(found, typed.version(), by=access.actor().id)
    url = url_for("enrolment.item", id=found.enrolment.id, key=found.item.key)
    return answers.go(url, said="more_time_withdrawn")
