"""Verification: what anybody may see without signing in, and the card that leads there."""

import base64
import hmac
import re

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, seals, standards, titles, units
from campaigns.documents import qr
from campaigns.errors import NotFound
from campaigns.jurisdictions import EVERYWHERE
from campaigns.pages import access, answers, limits, words
from campaigns.permissions import Permission
from campaigns.settings import Settings

blueprint = Blueprint("verify", __name__)

#: Of an address that nobody can guess (ASVS asks for 112 bits).
_SECRET_BYTES = 15
#: No serial is longer.
_LONGEST = 60


@blueprint.get(f"/units/<int(max={2**31 - 1}):id>/card")
@access.permits(Permission.SEE_UNITS)
def card(id: int) -> ResponseReturnValue:
    """A card to be printed and hung up: it leads to the unit's public list of titles."""
    found = units.find(id, access.scope())
    address = _settings().address + url_for("verify.unit", code=_code(found.id))
    return answers.show(
        "verify/card.html",
        unit=found,
        place=units.addresses([found])[found.id],
        address=address,
        # The scheme is what every phone adds by itself.
        shown=address.partition("://")[2],
        code=qr.drawn(address),
    )


@blueprint.get("/verify")
@access.public
def typed() -> ResponseReturnValue:
    """The form for a serial that is typed by hand; with one, the same answer as its address."""
    serial = "".join(_typed().split())
    if serial:
        return title(serial)
    limits.look_of(access.address())
    return answers.show("verify/typed.html", serial="")


def _typed() -> str:
    return request.args.get("serial", "")[:_LONGEST]


@blueprint.get("/verify/<serial>")
@access.public
def title(serial: str) -> ResponseReturnValue:
    """Whether a title is valid today, for everybody who has its serial before them."""
    limits.look_of(access.address())
    found = titles.of_serial(serial.strip().lower())
    if found is None:
        return answers.show("verify/unknown.html", 404, serial=_typed())
    today = clock.today()
    return answers.show(
        "verify/title.html",
        title=found,
        place=units.addresses([found.unit])[found.unit_id],
        version=standards.version(found.version_id).number,
        standing=titles.standing(found, today),
        day=today,
    )


@blueprint.get("/verify/units/<code>")
@access.public
def unit(code: str) -> ResponseReturnValue:
    """The titles of a unit that are valid today, for everybody who has its card before them."""
    limits.look_of(access.address())
    found = units.find(_unit_id(code), EVERYWHERE)
    today = clock.today()
    valid = [each for each in titles.of_units([found.id]) if each.is_valid(today)]
    return answers.show(
        "verify/unit.html",
        unit=found,
        place=units.addresses([found])[found.id],
        kind_word=words.of_kind(found.kind),
        titles=[(each, standards.version(each.version_id).number) for each in valid],
        day=today,
    )


@blueprint.get(f"/verify/seals/<int(max={2**31 - 1}):number>")
@access.public
def seal(number: int) -> ResponseReturnValue:
    """A seal of the history, to be compared with the one that a folder names."""
    limits.look_of(access.address())
    found = seals.find(number)
    return answers.show(
        "verify/seal.html", seal=found, groups=re.findall(".{8}", found.hash), newest=seals.newest()
    )


def _settings() -> Settings:
    chosen: Settings = current_app.config["CAMPAIGNS"]
    return chosen


def _code(unit_id: int) -> str:
    """A unit in an address that lasts and cannot be guessed: signed with the secret key."""
    digest = hmac.digest(
        _settings().secret_key.encode(), f"card of unit {unit_id}".encode(), "sha256"
    )
    return f"{unit_id}-{base64.b32encode(digest[:_SECRET_BYTES]).decode().lower()}"


def _unit_id(code: str) -> int:
    """The unit that a code stands for; raises NotFound for every code that is not ours."""
    number = code.partition("-")[0]
    if re.fullmatch(r"[1-9][0-9]{0,9}", number, re.ASCII) is None:
        raise NotFound(code)
    if not hmac.compare_digest(_code(int(number)).encode(), code.encode()):
        raise NotFound(code)
    return int(number)
