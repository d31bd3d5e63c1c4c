"""Objections to those on public notice, as the city office answers them."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import jurisdictions, permissions
from campaigns.enrolment import objections
from campaigns.enrolment.objections import Result
from campaigns.pages import access, answers, typed, words
from campaigns.permissions import Permission
from campaigns.settings import PAGE_ROWS

blueprint = Blueprint("objections", __name__)


@blueprint.get("/objections")
@access.permits(Permission.NAME)
def listed(id: int | None = None) -> ResponseReturnValue:
    """The objections that wait for an answer, the oldest first, and the latest answers; ``id`` is
    the one whose answer was refused."""
    scope = access.scope(Permission.NAME)
    waiting = objections.of_scope(scope, is_open=True, limit=PAGE_ROWS)
    answered = objections.of_scope(scope, is_open=False, limit=PAGE_ROWS)
    found = [*waiting, *answered]
    return answers.show(
        "objections/objections.html",
        waiting=waiting,
        answered=answered,
        refused=id,
        contacts=objections.contacts(waiting),
        towns=jurisdictions.names([each.enrolment.town_id for each in found]),
        results=words.objection_results(),
        result_of={each.id: words.of_objection_result(each.result) for each in found},
        limit=objections.LONGEST,
    )


@blueprint.post(f"/objections/<int(max={2**63 - 1}):id>/answer")
@access.permits(Permission.NAME)
@answers.form_of(listed)
def answer(id: int) -> ResponseReturnValue:
    """Answers an objection; where it was right, the unit goes back."""
    found = objections.find(id, access.scope(Permission.SEE_UNITS))
    unit = found.enrolment.unit
    permissions.require(access.actor(), Permission.NAME, unit.place.path, unit.id)
    chosen = typed.chosen("result", list(Result))
    objections.answer(
        found,
        typed.version(),
        Result(chosen[0]) if len(chosen) == 1 else None,
        request.form.get("answer", ""),
        by=access.actor().id,
    )
    return answers.go(url_for("objections.listed"), said="objection_answered")
