"""Jurisdictions: the tree, opened step by step, with its codes and days."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from campaigns import jurisdictions, permissions
from campaigns.errors import NotFound
from campaigns.pages import access, answers, words
from campaigns.permissions import Permission

blueprint = Blueprint("jurisdictions", __name__)


@blueprint.get("/jurisdictions")
@access.permits(Permission.SEE_COVERAGE)
def top() -> ResponseReturnValue:
    """The highest place that the person looks after, opened."""
    found = jurisdictions.top(access.scope())
    if found is None:
        raise NotFound
    return show(found.code)


@blueprint.get("/jurisdictions/<code>")
@access.permits(Permission.SEE_COVERAGE)
def show(code: str) -> ResponseReturnValue:
    """One place and what lies directly in it; as a branch of the tree where that was asked for."""
    if not (code.isascii() and code.isalnum() and len(code) <= 20):
        raise NotFound(code)
    above, children = jurisdictions.around(code, access.scope())
    place = above[-1]
    return answers.show(
        "jurisdictions/_branch.html" if "branch" in request.args else "jurisdictions/place.html",
        place=place,
        above=above,
        children=children,
        level_word=words.of_level,
        with_children=jurisdictions.with_children([each.id for each in children]),
        successors=jurisdictions.named([place.successor_id, *(c.successor_id for c in children)]),
        keeps=permissions.may(access.actor(), Permission.KEEP_REGISTER, place.path),
        sees_units=permissions.may(access.actor(), Permission.SEE_UNITS, place.path),
    )
