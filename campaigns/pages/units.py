"""The register: the units of the scope, and one of them."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, permissions, titles, units
from campaigns.enrolment import records
from campaigns.exchange import ledger
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Scope
from campaigns.pages import access, answers, asked, paging, timelines, waiting, words
from campaigns.permissions import Permission
from campaigns.register import exemptions
from campaigns.settings import PAGE_ROWS
from campaigns.text import Bilingual
from campaigns.units import HOUSEHOLD_KINDS, Kind

blueprint = Blueprint("units", __name__)


@blueprint.get("/units")
@access.permits(Permission.SEE_UNITS)
def register() -> ResponseReturnValue:
    """The units of the scope in code order, of one place or one kind when asked."""
    page, scope = paging.asked(), access.scope()
    wish = asked.units(scope)
    found = units.page(
        scope, within=wish.within, kind=wish.kind, offset=page.offset, limit=page.limit
    )
    return answers.show(
        "units/register.html",
        units=found[:PAGE_ROWS],
        page=page,
        more=len(found) > PAGE_ROWS,
        towns=jurisdictions.names([each.place.town_id for each in found]),
        areas=_areas(scope),
        kinds=[(each.value, words.of_kind(each)) for each in Kind],
        kind=wish.kind or "",
        place=wish.place,
        keeps=permissions.holds(access.actor(), Permission.KEEP_REGISTER),
        boards=permissions.holds(access.actor(), Permission.SEE_COVERAGE),
        kind_word=words.of_kind,
    )


def _areas(scope: Scope) -> list[tuple[str, Bilingual]]:
    """The towns that the list can be narrowed to; none where the person looks after one only."""
    top = jurisdictions.top(scope)
    if top is None or top.level in TOWN_LEVELS | VILLAGE_LEVELS:
        return []
    return [(each.code, each.name) for each in jurisdictions.within(top, TOWN_LEVELS)]


@blueprint.get(f"/units/<int(max={2**31 - 1}):id>")
@access.permits(Permission.SEE_UNITS)
def show(id: int) -> ResponseReturnValue:
    """One unit: what it holds, where it takes part, what happened to it."""
    unit = units.find(id, access.scope())
    held, today = titles.of_units([unit.id]), clock.today()
    exempt = {each.standard_id for each in exemptions.of_units([unit.id]) if each.is_valid(today)}
    enrolments = records.of_unit(unit.id)
    extent = ledger.extent(unit.id)
    unit_view = permissions.sees_as_unit(access.actor(), unit.place.path, unit.id)
    return answers.show(
        "units/unit.html",
        unit=unit,
        town=jurisdictions.names([unit.place.town_id]).get(unit.place.town_id or 0),
        kind_word=words.of_kind(unit.kind),
        titles=held,
        day=today,
        standing_of=titles.standing,
        reminder_of=titles.reminder,
        renewals=titles.renewals([each for each in held if titles.reminder(each, today)]),
        enrolments=[(each, len(campaigns.slots(each.campaign))) for each in enrolments],
        left=records.LEFT,
        waits=waiting.of(enrolments, seen_by_unit=unit_view),
        due=titles.due(unit, held, today, exempt),
        state_word=words.of_enrolment_state,
        keeps=permissions.may(access.actor(), Permission.KEEP_REGISTER, unit.place.path, unit.id),
        records=permissions.may(access.actor(), Permission.RECORD_INCIDENTS, unit.place.path),
        counts=unit.kind in HOUSEHOLD_KINDS,
        successor=units.successor(unit),
        extent=extent,
        megabytes=max(1, round(extent.size / 2**20)),
        steps=timelines.of_unit(unit.id, seen_by_unit=unit_view),
    )
