"""Exemptions: the city office says why a unit is left out of a campaign, and takes it back."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions, text
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment
from campaigns.pages import access, answers, typed, words
from campaigns.permissions import Permission
from campaigns.register import exemptions

blueprint = Blueprint("exemptions", __name__)

_HERE = f"/enrolments/<int(max={2**63 - 1}):id>/exemption"


def _load(id: int) -> Enrolment:
    """The enrolment, for whoever keeps the register there; 404 when she cannot see it, else 403."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.KEEP_REGISTER, place, found.unit_id)
    return found


@blueprint.get(_HERE)
@access.permits(Permission.KEEP_REGISTER)
def show(id: int) -> ResponseReturnValue:
    """The form that exempts a unit, or takes its exemption back."""
    found = _load(id)
    return answers.show(
        "exemptions/exemption.html",
        enrolment=found,
        state_word=words.of_enrolment_state(found.state),
    )


@blueprint.post(_HERE)
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(show)
def grant(id: int) -> ResponseReturnValue:
    """Exempts the unit from the campaign."""
    reason = text.free(request.form.get("reason", ""), "reason", 200)
    exemptions.grant(_load(id), typed.version(), reason, by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said="exempted")


@blueprint.post(f"{_HERE}/lift")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(show)
def lift(id: int) -> ResponseReturnValue:
    """Takes the exemption back."""
    exemptions.lift(_load(id), typed.version(), by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said="exemption_lifted")
