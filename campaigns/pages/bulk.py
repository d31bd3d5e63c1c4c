"""Bulk approval: what would be approved, named and counted; the approval; what it left."""

import re
from collections.abc import Sequence

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.enrolment.checklist import Line
from campaigns.errors import NotFound, Refused, Stale
from campaigns.pages import access, answers, hints, sentences
from campaigns.permissions import Permission
from campaigns.review import bulk as bulk_approval
from campaigns.review import undoing

blueprint = Blueprint("bulk", __name__)

_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_SEEN = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@blueprint.get("/review/bulk")
@access.permits(Permission.DECIDE)
def look() -> ResponseReturnValue:
    """All waiting items of a criterion, to be looked over; or what a batch did and left."""
    if batch := request.args.get("batch"):
        return _done(batch)
    criterion = request.args.get("criterion", "")
    if not _ID.fullmatch(criterion):
        raise NotFound(criterion[:20])
    actor = access.actor()
    return _show(
        *bulk_approval.candidates(
            permissions.desks(actor), by=actor.id, criterion_id=int(criterion)
        )
    )


def again() -> ResponseReturnValue:
    """What still waits of the chosen items, with why it was not done."""
    try:
        return _show(*_chosen())
    except Refused:
        return _show([], 0)


@blueprint.post("/review/bulk")
@access.permits(Permission.DECIDE)
@answers.form_of(again)
def bulk() -> ResponseReturnValue:
    """Shows what was ticked; approves it once that is confirmed."""
    if not request.form.get("confirm"):
        return _show(*_chosen())
    actor = access.actor()
    seen = {int(id): int(at) for id, at in _versions()}
    # What was not shown with its version was not looked at.
    chosen = {id: seen.get(id, 0) for id in _ids()}
    made = bulk_approval.approve(
        chosen, permissions.desks(actor), access.scope(Permission.SEE_UNITS), by=actor.id
    )
    return answers.go(url_for("bulk.look", batch=made.id))


def _ids() -> list[int]:
    typed = request.form.getlist("item")
    if not all(_ID.fullmatch(each) for each in typed):
        raise Stale
    return [int(each) for each in dict.fromkeys(typed)]


def _versions() -> list[tuple[str, str]]:
    found = (_SEEN.fullmatch(each) for each in request.form.getlist("seen"))
    return [(each[1], each[2]) for each in found if each]


def _chosen() -> tuple[Sequence[Line], int]:
    actor = access.actor()
    return bulk_approval.candidates(permissions.desks(actor), by=actor.id, item_ids=_ids())


def _show(lines: Sequence[Line], total: int) -> ResponseReturnValue:
    compares = permissions.holds(access.actor(), Permission.COMPARE)
    return answers.show(
        "bulk/look.html",
        lines=lines,
        total=total,
        most=bulk_approval.MOST,
        units=len({each.enrolment.unit_id for each in lines}),
        comparisons=hints.comparisons(lines) if compares else {},
    )


def _done(typed: str) -> ResponseReturnValue:
    if not _ID.fullmatch(typed):
        raise NotFound(typed[:20])
    actor = access.actor()
    batch, left = bulk_approval.find(int(typed), by=actor.id)
    latest = undoing.latest(actor.id)
    return answers.show(
        "bulk/done.html",
        batch=batch,
        left=[(each, sentences.of_code(each.code)) for each in left],
        undo=latest if latest and latest.batch_id == batch.id else None,
    )
