"""Evidence: sending pictures for an item, looking at them, taking them away again."""

import secrets
import tempfile
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import StringField

from campaigns import campaign as campaigns
from campaigns import database, jurisdictions, people, permissions, settings, text, units
from campaigns.campaign import Slot
from campaigns.enrolment import checklist, erasing, fitting, proof, records, transitions
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import NotAllowed, NotFound, Refused, fault
from campaigns.evidence import likeness
from campaigns.evidence import records as evidence_records
from campaigns.evidence.intake import PHOTO_TYPE, Taken
from campaigns.evidence.records import THUMBNAIL, Evidence, Purpose
from campaigns.pages import (
    access,
    answers,
    drawing,
    hints,
    pictures,
    proving,
    speech,
    tombstones,
    words,
)
from campaigns.pages.drawing import Marked
from campaigns.permissions import Permission
from campaigns.review import earlier

blueprint = Blueprint("evidence", __name__)

_HERE = f"/evidence/<int(max={2**63 - 1}):id>"
_OTHER = f"{_HERE}/alike/<int(max={2**63 - 1}):other>"
_CHUNK = 256 * 1024


class ProofForm(FlaskForm):
    """For which item a picture is sent, or from which it is taken away."""

    enrolment = StringField()
    key = StringField()
    client_key = StringField()


def _target(form: ProofForm) -> tuple[Enrolment, Slot]:
    return proving.target(form.enrolment.data or "", form.key.data or "")


def _item_again(**_arguments: Any) -> ResponseReturnValue:
    """The page that the form was on; for scripts only its list of pictures, with the fault."""
    found, slot = _target(ProofForm())
    if answers.htmx:
        return _pieces(found, slot)
    return answers.page_of("enrolment.item", id=found.id, key=slot.key)


def _pieces(found: Enrolment, slot: Slot) -> Response:
    line = checklist.one(found, slot, seen_by_unit=True)
    return answers.show(
        "enrolment/_evidence.html",
        line=line,
        sending=True,
        reuses=hints.reuses(line),
        elsewhere=fitting.elsewhere(line),
        sees_capture=True,
        is_unit=True,
        htmx_alone=True,
    )


@blueprint.post("/evidence")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def upload() -> ResponseReturnValue:
    """Takes pictures for an item: all of a request, or none.

    Begins by reading only: the pictures are looked at before the write lock is taken.
    """
    form = ProofForm()
    found, slot = _target(form)
    transitions.require_answerable(found, slot)
    documents = proof.takes_documents(slot)
    sent = [each for each in request.files.getlist("file") if each.filename]
    keys = _keys(form.client_key.data, len(sent))
    answers.roll_back()
    with tempfile.TemporaryDirectory(prefix="upload-", dir=_instance()) as folder:
        taken = [_look_at(each, Path(folder) / str(n), documents) for n, each in enumerate(sent)]
    database.start_writing()
    found, slot = _target(form)
    proof.keep(
        proving.store(), found, slot, dict(zip(keys, taken, strict=True)), by=access.actor().id
    )
    if answers.htmx:
        return _pieces(found, slot)
    return answers.go(_page_of(found, slot), said="uploaded")


def _instance() -> Path:
    return Path(current_app.config["CAMPAIGNS"].instance)


def _page_of(found: Enrolment, slot: Slot) -> str:
    return url_for("enrolment.item", id=found.id, key=slot.key)


def _keys(typed: str | None, number: int) -> list[str]:
    """One key for each file: what is sent twice is stored once."""
    if number == 0:
        raise Refused(fault("file_missing", "file"))
    if number > settings.PHOTOS_PER_ITEM:
        raise Refused(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))
    first = typed or secrets.token_urlsafe(16)
    if not proving.CLIENT_KEY.fullmatch(first):
        raise Refused(fault("form_expired", "file"))
    return [first if n == 1 else f"{first}-{n}" for n in range(1, number + 1)]


def _look_at(sent: FileStorage, file: Path, documents: bool) -> Taken:
    sent.save(file, buffer_size=_CHUNK)
    try:
        return proving.look_at(file, sent.filename or "", documents=documents)
    finally:
        file.unlink(missing_ok=True)


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def remove(id: int) -> ResponseReturnValue:
    """Takes a picture away from an item that was not sent, or came back."""
    found, slot, item, piece = _beside(id)
    transitions.detach(found, item, piece, by=access.actor().id)
    return answers.go(_page_of(found, slot), said="removed")


def _beside(id: int) -> tuple[Enrolment, Slot, Item, Evidence]:
    """The item that the form names and a picture beside it, while both may still be changed."""
    found, slot = _target(ProofForm())
    piece = evidence_records.find(id, access.scope(Permission.PROVE))
    transitions.require_answerable(found, slot)
    item = records.item(found, slot.key)
    if item is None or piece.id not in {each.id for each in records.attached(item.id)}:
        raise NotFound(id)
    return found, slot, item, piece


@blueprint.post(f"{_OTHER}/use")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def use(id: int, other: int) -> ResponseReturnValue:
    """Uses an earlier picture of the unit instead of the one that looks like it."""
    found, slot, item, piece = _beside(id)
    earlier = _alike(piece, other)
    transitions.detach(found, item, piece, by=access.actor().id)
    transitions.attach(found, slot, earlier)
    return answers.go(_page_of(found, slot), said="reused")


@blueprint.post(f"{_OTHER}/different")
@access.permits(Permission.PROVE)
@answers.form_of(_item_again)
def different(id: int, other: int) -> ResponseReturnValue:
    """Says that two pictures of the unit are not the same, alike as they look."""
    found, slot, _item, piece = _beside(id)
    likeness.tell_apart(piece, _alike(piece, other).id, by=access.actor().id)
    return answers.go(_page_of(found, slot), said="told_apart")


def _alike(piece: Evidence, other: int) -> Evidence:
    """Another picture of the same unit."""
    found = evidence_records.of_unit(piece.unit_id, [other])
    if not found or other == piece.id or found[0].kind is not piece.kind:
        raise NotFound(other)
    return found[0]


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def evidence(id: int) -> ResponseReturnValue:
    """One picture: large, with where and when it was sent, by which post, and what it proves; of
    one that was removed, the tombstone."""
    piece = pictures.find(id, removed=True)
    unit = units.find(piece.unit_id, access.scope())
    actor, place = access.actor(), unit.place
    unit_view = permissions.sees_as_unit(actor, place.path, unit.id)
    is_proof = piece.purpose is Purpose.PROOF and piece.removed_at is None
    return answers.show(
        "evidence/evidence.html",
        piece=piece,
        unit=unit,
        town=jurisdictions.names([place.town_id]).get(place.town_id or 0),
        sees_capture=permissions.sees_capture(actor, place.path, unit.id),
        uploader=people.names([piece.uploader_id]).get(piece.uploader_id),
        kept=fitting.of_piece(piece, seen_by_unit=unit_view) if is_proof else None,
        items=_proved(piece) if piece.removed_at else (),
        subject=pictures.subject(piece),
        is_unit=unit_view,
        proves=permissions.may(actor, Permission.PROVE, place.path, unit.id),
        erases=permissions.may_erase(actor, piece, place.path),
        marked=_marked(piece, unit_view),
        tombstone=tombstones.of_piece(piece) if piece.removed_at else None,
    )


def _marked(piece: Evidence, unit_view: bool) -> Marked | None:
    """What is marked on a picture that was returned."""
    if piece.removed_at or piece.is_document or piece.purpose is not Purpose.PROOF:
        return None
    return drawing.marked(earlier.marks_on(piece.id, seen_by_unit=unit_view), [piece])


def _proved(piece: Evidence) -> list[tuple[Item, Slot]]:
    return [
        (each, campaigns.slot(each.enrolment.campaign, each.key))
        for each in records.proved_by(piece.id)
    ]


class ErasureForm(FlaskForm):
    """Why a picture or document is removed for good."""

    why = StringField()
    note = StringField()


def _to_erase(id: int) -> Evidence:
    """The evidence, removed or not, for whoever may remove it; 404 when she cannot see it."""
    piece = pictures.find(id, removed=True)
    place = units.find(piece.unit_id, access.scope(Permission.SEE_UNITS)).place
    if not permissions.may_erase(access.actor(), piece, place.path):
        raise NotAllowed
    return piece


@blueprint.get(f"{_HERE}/erase")
@access.permits(Permission.ERASE)
def erasure(id: int) -> ResponseReturnValue:
    """Asks why it is to be removed for good, and says what it proves and what will follow."""
    piece = _to_erase(id)
    if piece.removed_at is not None:
        return answers.go(url_for("evidence.evidence", id=id))
    pieces = erasing.copies(piece)
    proved = {item.id: (item, slot) for each in pieces for item, slot in _proved(each)}
    return answers.show(
        "evidence/erase.html",
        piece=piece,
        unit=units.find(piece.unit_id, access.scope()),
        items=list(proved.values()),
        subject=pictures.subject(piece),
        copies=len(pieces),
        reasons=[(each.value, words.of_erasure(each)) for each in Why],
    )


@blueprint.post(f"{_HERE}/erase")
@access.permits(Permission.ERASE)
@answers.form_of(erasure)
def erase(id: int) -> ResponseReturnValue:
    """Removes it for good; its bytes go as soon as that is committed."""
    piece, form = _to_erase(id), ErasureForm()
    if piece.removed_at is None:
        note = text.free(form.note.data or "", "note", 200)
        if form.why.data not in set(Why):
            raise Refused(fault("why_missing", "why"))
        erasing.erase(piece, Why(form.why.data), note, by=access.actor().id)
        proving.sweep_afterwards(piece.stored_sha256)
    return answers.go(url_for("evidence.evidence", id=id), said="erased")


@blueprint.get(f"{_HERE}/thumb")
@access.permits(Permission.SEE_UNITS)
def thumb(id: int) -> ResponseReturnValue:
    """The small picture; of a document a sign that says what it is."""
    piece = pictures.find(id)
    if not piece.is_document:
        return proving.stored(piece.stored_sha256, THUMBNAIL, PHOTO_TYPE)
    sign = render_template("evidence/document.svg", name=piece.suffix.lstrip(".").upper())
    return proving.alone(Response(sign, mimetype="image/svg+xml"), proving.SMALL)


@blueprint.get(f"{_HERE}/file")
@access.permits(Permission.SEE_UNITS)
def file(id: int) -> ResponseReturnValue:
    """The picture itself; a document to be saved, never opened as a part of our site."""
    piece = pictures.find(id)
    response = proving.stored(piece.stored_sha256, piece.suffix, piece.media_type)
    named = speech.disposition(_label(piece), attachment=piece.is_document)
    response.headers["Content-Disposition"] = named
    return response


def _label(piece: Evidence) -> str:
    proved = records.proved_by(piece.id)
    return speech.label(piece, proved[0].key if proved else "")
