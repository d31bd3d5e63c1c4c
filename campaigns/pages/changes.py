"""Changes of one unit by hand: a small form for each, with the day of effect."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, jurisdictions, permissions, text, units
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.pages import access, answers, languages, typed, words
from campaigns.permissions import Permission
from campaigns.register import changes
from campaigns.text import Bilingual
from campaigns.units import HOUSEHOLD_KINDS, Kind, Unit

blueprint = Blueprint("changes", __name__)

_HERE = f"/units/<int(max={2**31 - 1}):id>"
#: More places than this are no list to choose from: their code is typed.
_CHOICES = 1_000
_MOST_HOUSEHOLDS = 1_000_000


def _load(id: int) -> Unit:
    """The unit, for whoever keeps the register there; 404 when she cannot see it, else 403."""
    found = units.find(id, access.scope(Permission.SEE_UNITS))
    permissions.require(access.actor(), Permission.KEEP_REGISTER, found.place.path, found.id)
    return found


def _present(id: int) -> Unit:
    """The same, as the form showed it."""
    found = _load(id)
    if found.row_version != typed.version():
        raise Stale
    return found


def _show(form: str, unit: Unit, **context: Any) -> ResponseReturnValue:
    return answers.show(
        f"changes/{form}.html",
        unit=unit,
        day=clock.today(),
        kind_word=words.of_kind(unit.kind),
        counts=unit.kind in HOUSEHOLD_KINDS,
        **context,
    )


def _done(unit_id: int, said: str) -> ResponseReturnValue:
    return answers.go(url_for("units.show", id=unit_id), said=said)


def _by() -> int:
    return access.actor().id


def _name() -> Bilingual:
    name = Bilingual(
        text.free(request.form.get("name_zh", ""), "name_zh", 60),
        text.free(request.form.get("name_en", ""), "name_en", 100),
    )
    if not (name.zh and name.en):
        raise Refused(fault("unit_name_missing", "name_zh" if not name.zh else "name_en"))
    return name


def _code() -> str:
    code = request.form.get("code", "").strip()
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,40}", code):
        raise Refused(fault("code_missing", "code"))
    return code


def _choices() -> list[tuple[Bilingual, list[Jurisdiction]]]:
    """The places that a unit can sit in, town by town; empty when there are too many to choose."""
    found = jurisdictions.for_units(access.scope(Permission.KEEP_REGISTER), _CHOICES + 1)
    if len(found) > _CHOICES:
        return []
    towns = {each.id: each.name for each in found if each.id == each.town_id}
    towns |= jurisdictions.names([each.town_id for each in found if each.town_id not in towns])
    return [(towns[town or 0], list(each)) for town, each in groupby(found, lambda p: p.town_id)]


def _place() -> Jurisdiction:
    try:
        code = request.form.get("place", "").strip()[:20]
        return jurisdictions.find(code, access.scope(Permission.KEEP_REGISTER))
    except NotFound:
        raise Refused(fault("choice_missing", "place")) from None


@blueprint.get("/units/new")
@access.permits(Permission.KEEP_REGISTER)
def new() -> ResponseReturnValue:
    """The form that enters a unit, in a place where one was named."""
    return answers.show(
        "changes/new.html",
        places=_choices(),
        place=request.values.get("place", ""),
        kinds=[(each.value, words.of_kind(each)) for each in Kind],
        day=clock.today(),
    )


@blueprint.post("/units/new")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(new)
def enter() -> ResponseReturnValue:
    """Enters a unit; it counts from its first day on."""
    kind = request.form.get("kind", "")
    if kind not in set(Kind):
        raise Refused(fault("choice_missing", "kind"))
    name, first = _name(), typed.day("valid_from")
    households = typed.number("households", most=_MOST_HOUSEHOLDS)
    made = Unit(
        code=_code(),
        name_zh=name.zh,
        name_en=name.en,
        kind=Kind(kind),
        households=households,
        households_on=first if households is not None else None,
        valid_from=first,
    )
    changes.enter(made, _place(), by=_by())
    return _done(made.id, "unit_entered")


@blueprint.get(f"{_HERE}/rename")
@access.permits(Permission.KEEP_REGISTER)
def renaming(id: int) -> ResponseReturnValue:
    """The form for another name."""
    return _show("rename", _load(id))


@blueprint.post(f"{_HERE}/rename")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(renaming)
def rename(id: int) -> ResponseReturnValue:
    """Gives the unit another name."""
    unit, name = _present(id), _name()
    changes.rename(unit, by=_by(), name_zh=name.zh, name_en=name.en)
    return _done(id, "unit_renamed")


@blueprint.get(f"{_HERE}/close")
@access.permits(Permission.KEEP_REGISTER)
def closing(id: int) -> ResponseReturnValue:
    """The form for a unit that is no more."""
    return _show("close", _load(id))


@blueprint.post(f"{_HERE}/close")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(closing)
def close(id: int) -> ResponseReturnValue:
    """Takes the unit out of the register."""
    unit, reason = _present(id), text.free(request.form.get("reason", ""), "reason", 200)
    changes.close(unit, typed.day("day"), reason, by=_by())
    return _done(id, "unit_closed")


@blueprint.get(f"{_HERE}/move")
@access.permits(Permission.KEEP_REGISTER)
def moving(id: int) -> ResponseReturnValue:
    """The form for another place."""
    return _show("move", _load(id), places=_choices(), place=request.form.get("place", ""))


@blueprint.post(f"{_HERE}/move")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(moving)
def move(id: int) -> ResponseReturnValue:
    """Moves the unit to another place."""
    unit = _present(id)
    changes.move(unit, _place(), typed.day("day"), by=_by())
    return _done(id, "unit_moved")


@blueprint.get(f"{_HERE}/households")
@access.permits(Permission.KEEP_REGISTER)
def counting(id: int) -> ResponseReturnValue:
    """The form for a new count of households."""
    return _show("households", _load(id))


@blueprint.post(f"{_HERE}/households")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(counting)
def count(id: int) -> ResponseReturnValue:
    """Enters the number of households from a day on."""
    unit, number = _present(id), typed.number("households", most=_MOST_HOUSEHOLDS)
    if number is None:
        raise Refused(fault("number_missing", "households"))
    changes.count_households(unit, number, typed.day("day"), by=_by())
    return _done(id, "households_counted")


@blueprint.get(f"{_HERE}/merge")
@access.permits(Permission.KEEP_REGISTER)
def merging(id: int) -> ResponseReturnValue:
    """The form that merges the unit into another."""
    unit = _load(id)
    return _show(
        "merge",
        unit,
        candidates=[
            (each.id, f"{languages.local(each.name)} · {each.code}") for each in _candidates(unit)
        ],
        along=len(units.at(unit.jurisdiction_id)) - 1 if changes.may_take_place(unit) else None,
    )


def _candidates(unit: Unit) -> Sequence[Unit]:
    scope = access.scope(Permission.KEEP_REGISTER)
    return [each for each in changes.candidates(unit) if scope.covers(each.place.path, each.id)]


@blueprint.post(f"{_HERE}/merge")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(merging)
def merge(id: int) -> ResponseReturnValue:
    """Merges the unit into another; what is left to see is that one."""
    unit, chosen = _present(id), request.form.get("into", "")
    into = next((each for each in _candidates(unit) if str(each.id) == chosen), None)
    if into is None:
        raise Refused(fault("choice_missing", "into"))
    changes.merge(
        unit,
        into,
        typed.day("day"),
        households=typed.number("households", most=_MOST_HOUSEHOLDS),
        with_place=typed.ticked("with_place"),
        by=_by(),
    )
    return _done(into.id, "unit_merged")


@blueprint.get(f"{_HERE}/split")
@access.permits(Permission.KEEP_REGISTER)
def splitting(id: int) -> ResponseReturnValue:
    """The form for a part that becomes a unit of its own."""
    unit = _load(id)
    place = request.form.get("place", unit.place.code)
    return _show("split", unit, places=_choices(), place=place)


@blueprint.post(f"{_HERE}/split")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(splitting)
def split(id: int) -> ResponseReturnValue:
    """Enters the new unit and takes its households from the old one."""
    unit, name = _present(id), _name()
    households = typed.number("households", most=_MOST_HOUSEHOLDS)
    made = Unit(code=_code(), name_zh=name.zh, name_en=name.en, households=households)
    changes.split_off(unit, made, _place(), typed.day("day"), by=_by())
    return _done(made.id, "unit_split")
