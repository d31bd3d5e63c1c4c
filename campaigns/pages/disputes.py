"""Disputes: a unit says that a return is wrong, somebody else looks again."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import NotAllowed, NotFound, Refused, fault
from campaigns.pages import access, answers, typed
from campaigns.permissions import Permission
from campaigns.review import disputes

blueprint = Blueprint("disputes", __name__)

_ITEM = f"/enrolments/<int(max={2**63 - 1}):id>/items/<key>"


def _found(id: int, key: str) -> tuple[Enrolment, Item]:
    enrolment = records.find(id, access.scope(Permission.SEE_UNITS))
    item = records.item(enrolment, key)
    if item is None:
        raise NotFound(key)
    return enrolment, item


def _item_again(id: int, key: str) -> ResponseReturnValue:
    return answers.page_of("enrolment.item", id=id, key=key)


def _desk_again(**_item: object) -> ResponseReturnValue:
    """The desk; the form's address says which item was open there."""
    return answers.page_of("review.desk")


@blueprint.post(f"{_ITEM}/dispute")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def dispute(id: int, key: str) -> ResponseReturnValue:
    """The unit disputes a return."""
    enrolment, item = _found(id, key)
    disputes.dispute(enrolment, item, typed.words("dispute"), typed.version(), by=access.actor().id)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="disputed")


@blueprint.post(f"{_ITEM}/dispute/settle")
@access.permits(Permission.DECIDE)
@answers.form_of(_desk_again)
def settle(id: int, key: str) -> ResponseReturnValue:
    """The return stands, or falls and the item is approved."""
    enrolment, item = _found(id, key)
    actor = access.actor()
    if not permissions.may_decide(actor, enrolment.unit.place.path, item.department):
        raise NotAllowed
    settled = request.form.get("settled")
    answer = typed.words("answer")
    if settled not in {"upheld", "overturned"}:
        raise Refused(fault("dispute_verdict_missing"))
    upheld = settled == "upheld"
    disputes.settle(
        enrolment, item, upheld=upheld, answer=answer, version=typed.version(), by=actor.id
    )
    return answers.go(url_for("review.desk"), said=f"dispute_{settled}")
