"""Undoing: a decision, or a batch as one, taken back within its five minutes."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.errors import NotAllowed
from campaigns.pages import access, answers, typed
from campaigns.permissions import Permission
from campaigns.review import undoing

blueprint = Blueprint("undoing", __name__)


def desk() -> ResponseReturnValue:
    """The desk, with why it could not be undone."""
    return answers.page_of("review.desk")


@blueprint.post("/review/undo")
@access.permits(Permission.DECIDE)
@answers.form_of(desk)
def undo() -> ResponseReturnValue:
    """Undoes the named decision or batch."""
    actor = access.actor()
    found = undoing.find(
        access.scope(Permission.SEE_UNITS),
        decision_id=typed.number("decision", most=2**63 - 1),
        batch_id=typed.number("batch", most=2**63 - 1),
    )
    if not permissions.may_undo(actor, found.decided_by, found.paths):
        raise NotAllowed
    undone = undoing.undo(found, by=actor.id)
    said = "undone" if undone == found.number else "undone_partly"
    return answers.go(url_for("review.desk"), said=said)
