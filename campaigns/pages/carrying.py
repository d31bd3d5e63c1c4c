"""Carrying forward: last time's proof is found still true, one item at a time or several."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.enrolment import carrying, checklist, records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, Stale, fault
from campaigns.pages import access, answers
from campaigns.permissions import Permission

blueprint = Blueprint("carrying", __name__)

_HERE = f"/enrolments/<int(max={2**63 - 1}):id>"


def _load(id: int) -> Enrolment:
    """The enrolment, for somebody who may prove; 404 when she cannot see it, else 403."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.PROVE, place, found.unit_id)
    return found


def _item_again(**arguments: Any) -> ResponseReturnValue:
    """The page of the item, which the form was on or could have been on."""
    page = current_app.ensure_sync(current_app.view_functions["enrolment.item"])
    answer: ResponseReturnValue = page(**arguments)
    return answer


@blueprint.post(f"{_HERE}/items/<key>/still-true")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def one(id: int, key: str) -> ResponseReturnValue:
    """Sends an item with last time's proof."""
    found = _load(id)
    versions = _versions([f"{key}={request.form.get('version', '')}"])
    carrying.confirm(found, versions, by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said="confirmed")


@blueprint.get(f"{_HERE}/still-true")
@access.permits(Permission.PROVE)
def several(id: int) -> ResponseReturnValue:
    """Everything that can be found still true, to be ticked."""
    found = _load(id)
    lines = checklist.lines([found], seen_by_unit=True)[id]
    return answers.show(
        "carrying/still_true.html",
        enrolment=found,
        offers=list(carrying.last_time(found, lines).offers.values()),
        ticked={each.partition("=")[0] for each in request.form.getlist("item")},
    )


@blueprint.post(f"{_HERE}/still-true")
@access.permits(Permission.PROVE)
@answers.form_of(several)
def confirm(id: int) -> ResponseReturnValue:
    """Sends the ticked items with last time's proof, all or none."""
    found = _load(id)
    versions = _versions(request.form.getlist("item"))
    if not versions:
        raise Refused(fault("nothing_ticked", "item"))
    carrying.confirm(found, versions, by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said="confirmed")


def _versions(typed: Sequence[str]) -> dict[str, int]:
    """Keys with the version that the form was made from, sent as ``2.1@2026Q3=1``; whatever is
    none of ours is stale."""
    pairs = [each.rpartition("=") for each in typed]
    if not all(re.fullmatch(r"[0-9]{1,18}", version) for _key, _, version in pairs):
        raise Stale
    return {key: int(version) for key, _, version in pairs}
