"""Notes from the spot: written on an item, and removed for good."""

from datetime import date

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import Fault, NotAllowed, NotFound, Refused, fault
from campaigns.pages import access, answers, pictures, proving, typed
from campaigns.permissions import Permission
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen

blueprint = Blueprint("site_notes", __name__)

_HERE = f"/enrolments/<int(max={2**63 - 1}):id>/items/<key>/site-notes"


def _found(id: int, key: str) -> tuple[Enrolment, Item]:
    """The item, for somebody who may note there; 404 when she cannot see it, else 403."""
    enrolment = records.find(id, access.scope(Permission.SEE_UNITS))
    item = records.item(enrolment, key)
    if item is None:
        raise NotFound(key)
    place = enrolment.unit.place.path
    permissions.require(access.actor(), Permission.OBSERVE, place, enrolment.unit_id)
    return enrolment, item


def _item_again(id: int, key: str, **_note: int) -> ResponseReturnValue:
    return answers.page_of("enrolment.item", id=id, key=key)


@blueprint.post(_HERE)
@access.permits(Permission.OBSERVE)
@answers.form_of(_item_again)
def note(id: int, key: str) -> ResponseReturnValue:
    """Records what somebody saw who was there.

    Begins by reading only: pictures are looked at before the write lock is taken.
    """
    _found(id, key)
    visited_on, seen, words = _typed()
    photos = pictures.sent()
    enrolment, item = _found(id, key)
    by = access.actor().id
    site_notes.note(enrolment, item, visited_on, seen, words, by=by, photos=photos)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="site_noted")


def _typed() -> tuple[date, Seen, str]:
    """The day of the visit, how it compares, and what was seen."""
    wrong: list[Fault] = []
    visited_on = typed.noted(wrong, typed.day, "visited_on", years=typed.NEAR)
    words = typed.noted(wrong, typed.words, "seen_text")
    seen = request.form.get("seen", "")
    if seen not in set(Seen):
        wrong.append(fault("seen_missing", "seen"))
    if wrong or visited_on is None:
        raise Refused(*wrong)
    return visited_on, Seen(seen), words or ""


@blueprint.post(f"{_HERE}/<int(max={2**63 - 1}):number>/remove")
@access.permits(Permission.OBSERVE)
@answers.form_of(_item_again)
def remove(id: int, key: str, number: int) -> ResponseReturnValue:
    """Removes a note's words and pictures for good: whoever wrote it may, and the city office."""
    enrolment, item = _found(id, key)
    found = site_notes.find(item, number)
    actor = access.actor()
    if not permissions.may_undo(actor, found.noted_by, [enrolment.unit.place.path]):
        raise NotAllowed
    for each in site_notes.remove(enrolment, item, found, typed.words("why", 200), by=actor.id):
        proving.sweep_afterwards(each.stored_sha256)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="site_note_removed")
