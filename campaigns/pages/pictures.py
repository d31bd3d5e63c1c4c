"""Pictures beside proof: who may know of one, and how they come with a form."""

from collections.abc import Callable
from typing import NamedTuple

from flask import request, url_for
from flask_babel import gettext as _

from campaigns import permissions, settings, units
from campaigns.acceptance import pictures
from campaigns.enrolment import records as enrolments
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence import records
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Evidence, Purpose
from campaigns.pages import access, proving
from campaigns.permissions import Permission
from campaigns.review import site_notes
from campaigns.titles import rechecks


def find(id: int, *, removed: bool = False) -> Evidence:
    """A stored file that the person may know of: proof of a unit that she sees, or a picture of
    what she may read. Raises NotFound, also for what was removed unless that is asked for."""
    piece = records.stored(id, access.scope(Permission.SEE_UNITS))
    if (piece.removed_at is not None and not removed) or not _KNOWN[piece.purpose](piece):
        raise NotFound(id)
    return piece


def _always(_piece: Evidence) -> bool:
    return True


def _of_note(piece: Evidence) -> bool:
    as_unit = permissions.sees_as_unit(access.actor(), _path(piece), piece.unit_id)
    return site_notes.is_known(piece.about_id or 0, seen_by_unit=as_unit)


def _of_finding(piece: Evidence) -> bool:
    actor = access.actor()
    sees = permissions.may(actor, Permission.SEE_ROUNDS, _path(piece), piece.unit_id)
    return (sees and pictures.is_known(piece, actor.id)) or pictures.is_told(piece)


def _of_letter(_piece: Evidence) -> bool:
    """A scan is shown by its letter alone."""
    return False


def _path(piece: Evidence) -> str:
    return units.find(piece.unit_id, access.scope(Permission.SEE_UNITS)).place.path


_KNOWN: dict[Purpose, Callable[[Evidence], bool]] = {
    Purpose.PROOF: _always,
    Purpose.SITE_NOTE: _of_note,
    Purpose.FINDING: _of_finding,
    Purpose.RECHECK: _always,
    Purpose.LETTER: _of_letter,
}


class Subject(NamedTuple):
    """What a picture that is no proof belongs to, in words, and where that stands."""

    word: str
    url: str


def subject(piece: Evidence) -> Subject | None:
    """What a picture belongs to that is no proof; none of proof."""
    about = piece.about_id or 0
    if piece.purpose is Purpose.SITE_NOTE:
        return _beside_item(_("Seen on the spot"), site_notes.item_of(about))
    if piece.purpose is Purpose.FINDING:
        return _beside_item(_("Found in the city's spot-check"), pictures.item_of(about))
    if piece.purpose is Purpose.RECHECK:
        title_id = rechecks.title_of(about)
        return Subject(_("Found in a re-check"), url_for("standing.show", id=title_id))
    return None


def _beside_item(word: str, item_id: int) -> Subject:
    place = enrolments.key_of(item_id)
    if place is None:
        raise NotFound(item_id)
    enrolment_id, key = place
    return Subject(f"{word} · {key}", url_for("enrolment.item", id=enrolment_id, key=key))


def sent() -> Sent:
    """The pictures that came with a form and are no proof of a unit.

    For routes that begin by reading only: what follows writes, and loads anew.
    """
    files = [each for each in request.files.getlist("file") if each.filename]
    if len(files) > settings.PHOTOS_PER_ITEM:
        raise Refused(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))
    return Sent(proving.store(), proving.sent_pictures(files))
