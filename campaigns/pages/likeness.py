"""Likeness: a picture beside those that look like it. Each look is kept in the history."""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import jurisdictions, permissions, units
from campaigns.enrolment import records
from campaigns.evidence import likeness
from campaigns.evidence import records as evidence_records
from campaigns.evidence.intake import PHOTO_TYPE
from campaigns.evidence.records import THUMBNAIL, Evidence
from campaigns.pages import access, answers, proving
from campaigns.permissions import Permission

blueprint = Blueprint("likeness", __name__)

_HERE = f"/evidence/<int(max={2**63 - 1}):id>/alike"


def _piece(id: int) -> Evidence:
    """The picture, for somebody who may compare it: 404 when she cannot see it, else 403."""
    piece = evidence_records.find(id, access.scope(Permission.SEE_UNITS))
    place = units.find(piece.unit_id, access.scope(Permission.SEE_UNITS)).place
    permissions.require(access.actor(), Permission.COMPARE, place.path, piece.unit_id)
    return piece


@blueprint.get(_HERE)
@access.permits(Permission.COMPARE)
def alike(id: int) -> ResponseReturnValue:
    """What looks like a picture, side by side with it: of other units the small picture, the place
    and the day, and nothing else."""
    piece = _piece(id)
    found = likeness.everywhere(proving.store(), [piece]).get(piece.id, [])
    actor = access.actor()
    if found:
        likeness.note_look(piece, found, by=actor.id, address=access.address())
    return answers.show(
        "likeness/alike.html",
        piece=piece,
        unit=units.find(piece.unit_id, access.scope(Permission.SEE_UNITS)),
        alike=found,
        towns=jurisdictions.names([each.place.town_id for each in found]),
        own={
            each.evidence.id
            for each in found
            if permissions.may(actor, Permission.SEE_UNITS, each.place.path, each.evidence.unit_id)
        },
        apart=likeness.told_apart([piece.id, *(each.evidence.id for each in found)]),
        items=[
            (each, campaigns.slot(each.enrolment.campaign, each.key))
            for each in records.proved_by(piece.id)
        ],
    )


@blueprint.get(f"{_HERE}/<int(max={2**63 - 1}):other>/thumb")
@access.permits(Permission.COMPARE)
def thumb(id: int, other: int) -> Response:
    """The small picture of the other, for somebody who has opened the comparison."""
    found = likeness.compared(_piece(id), other, by=access.actor().id)
    response = proving.stored(found.stored_sha256, THUMBNAIL, PHOTO_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
