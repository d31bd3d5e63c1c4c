"""Objections to those on public notice, as the city office answers them."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns import jurisdictions, permissions
from campaigns.enrolment import objections
from campaigns.enrolment.objections import Objection, Result
from campaigns.pages import access, answers, typed
from campaigns.permissions import Permission
from campaigns.settings import PAGE_ROWS

blueprint = Blueprint("objections", __name__)

_ONE = f"/objections/<int(max={2**63 - 1}):id>"
_RESULTS: dict[Result, LazyString] = {
    Result.DISMISSED: _l("Not right: the unit stays on the list"),
    Result.AGAIN: _l("Right in part: the unit is put on public notice once more"),
    Result.NOT_PASSED: _l("Right: the unit has not passed"),
}


@blueprint.app_template_filter("objection_result")
def of_result(result: Result | None) -> str:
    """What came of an objection."""
    return str(_RESULTS[result]) if result else ""


@blueprint.get("/objections")
@access.permits(Permission.NAME)
def listed() -> ResponseReturnValue:
    """The objections that wait for an answer, the oldest first, and the latest answers."""
    scope = access.scope()
    waiting = objections.of_scope(scope, is_open=True, limit=PAGE_ROWS)
    answered = objections.of_scope(scope, is_open=False, limit=PAGE_ROWS)
    towns = [each.enrolment.town_id for each in (*waiting, *answered)]
    return answers.show(
        "objections/objections.html",
        waiting=waiting,
        answered=answered,
        towns=jurisdictions.names(towns),
    )


@blueprint.get(_ONE)
@access.permits(Permission.NAME)
def show(id: int) -> ResponseReturnValue:
    """One objection, and the form to answer it."""
    found = _load(id)
    return answers.show(
        "objections/objection.html",
        objection=found,
        contact=objections.contacts([found]).get(found.id),
        town=jurisdictions.names([found.enrolment.town_id]).get(found.enrolment.town_id or 0),
        results=[(each.value, of_result(each)) for each in Result],
        limit=objections.LONGEST,
    )


@blueprint.post(f"{_ONE}/answer")
@access.permits(Permission.NAME)
@answers.form_of(show)
def answer(id: int) -> ResponseReturnValue:
    """Answers an objection; where it was right, the unit goes back."""
    found, chosen = _load(id), typed.chosen("result", list(Result))
    objections.answer(
        found,
        typed.version(),
        Result(chosen[0]) if len(chosen) == 1 else None,
        request.form.get("answer", ""),
        by=access.actor().id,
    )
    return answers.go(url_for("objections.listed"), said="objection_answered")


def _load(id: int) -> Objection:
    """The objection, for whoever names there; 404 when she cannot see the unit, else 403."""
    found = objections.find(id, access.scope(Permission.SEE_UNITS))
    unit = found.enrolment.unit
    permissions.require(access.actor(), Permission.NAME, unit.place.path, unit.id)
    return found
