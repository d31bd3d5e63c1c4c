"""Resumable uploads: tus 1.0 at ``/uploads`` for the page and for programs.

Core, creation, creation-with-upload, checksum, expiration and termination. A sender makes an upload
with ``Upload-Metadata: enrolment, key, client_key, filename, filetype, captured_at``, sends chunks,
and is done when the offset is the length: then the proof is stored, and ``Content-Location`` names
it. The last byte counts only then. The session's cookie with ``X-CSRFToken`` lets in, or
``Authorization: Bearer`` with a token that may upload. Refusals carry ``{"code", "sentence"}``.

===  ===============================================================================================
201  made; its ``Location`` may say by HEAD that all is there, for a client key that is stored
204  arrived; ``Upload-Offset`` says how far
400  a header cannot be read; code ``form_expired``: the CSRF token is old, take that of a new page
401  nobody is signed in, or no longer, or the token does not upload: keep the file, sign in, and go
     on with the same upload
403  the item is visible, but not the person's to prove
404  no such upload of this person, or no such item for her
409  the offset is not where the upload stands: ask by HEAD and go on from there
410  the upload waited too long: make it anew
412  another version of tus
413  the file, the chunk or the unit's proof is larger than may be; final
415  a chunk that is not ``application/offset+octet-stream``
422  refused for good, and nothing is left of it: the sentence says why, and what to do
423  another request is writing to it: try again
429  the person has sent her share for today, or left too many unfinished: later
460  the chunk is not what its checksum says: send it again
503  busy, or the virus scanner is away: later, the bytes stay
507  the disk is full: later, the bytes stay
===  ===============================================================================================
"""

import base64
import binascii
import re
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import BinaryIO

from flask import Blueprint, Response, after_this_request, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import (
    BadRequest,
    PreconditionFailed,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)
from werkzeug.http import http_date

from campaigns import database, settings
from campaigns.campaign import Slot
from campaigns.enrolment import proof, transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotAllowed, NotFound, Refused, TooMuch, fault
from campaigns.evidence import records as evidence_records
from campaigns.evidence.records import Evidence
from campaigns.evidence.uploads import (
    Busy,
    Checksum,
    Expired,
    Mismatch,
    Part,
    Uploads,
    append,
    held,
)
from campaigns.pages import access, answers, proving
from campaigns.permissions import Permission

blueprint = Blueprint("uploads", __name__)

_VERSION = "1.0.0"
_CHUNK_TYPE = "application/offset+octet-stream"
_METADATA_BYTES = 4096
_ONE = "/uploads/<id>"


@blueprint.before_request
def _same_version() -> None:
    if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != _VERSION:
        raise PreconditionFailed


@blueprint.after_request
def _tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = _VERSION
    if response.status_code in {204, 412}:
        response.headers["Tus-Version"] = _VERSION
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@blueprint.errorhandler(Expired)
def _expired(_raised: Expired) -> Response:
    return answers.told(410, "upload_expired")


@blueprint.errorhandler(Busy)
def _busy(_raised: Busy) -> Response:
    return answers.told(423, "upload_busy")


@blueprint.errorhandler(Mismatch)
def _damaged(_raised: Mismatch) -> Response:
    return answers.told(460, "chunk_damaged")


@blueprint.route("/uploads", methods=["OPTIONS"], provide_automatic_options=False)
@blueprint.route(_ONE, methods=["OPTIONS"], provide_automatic_options=False)
@access.public
def capabilities(id: str | None = None) -> ResponseReturnValue:  # noqa: ARG001 - alike for all
    """What of the protocol is spoken here."""
    return _answer(
        204,
        {
            "Tus-Max-Size": str(settings.PHOTO_BYTES),
            "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
            "Tus-Checksum-Algorithm": "sha256,sha1",
        },
    )


@blueprint.post("/uploads")
@access.permits(Permission.PROVE)
def create() -> ResponseReturnValue:
    """Begins an upload: rights, room and quotas are asked here, before a byte of it."""
    length, metadata = _number("Upload-Length"), request.headers.get("Upload-Metadata", "")
    sent, checksum = _metadata(metadata), _checksum()
    person = access.actor().id
    client_key = sent.get("client_key", "")
    if client_key and not proving.CLIENT_KEY.fullmatch(client_key):
        raise Refused(fault("form_expired", "file"))
    found, slot = _target(sent)
    known = _stored(person, client_key)
    if known is None:
        if length == 0:
            raise Refused(fault("picture_broken", "file"))
        files = {sent.get("filename", ""): length}
        waiting = [each.length for each in _uploads().open_of(person)]
        proof.require_welcome(found, slot, files, by=person, waiting=waiting)
    else:
        _use_again(found, slot, known, length)
    _uploads().sweep_now_and_then()
    part = _uploads().create(person, length, client_key, metadata, known=known is not None)
    answer = {"Location": url_for("uploads.state", id=part.id)}
    if known is not None:
        part.drop_bytes()
        return _standing(201, part, known, answer)
    if request.content_type == _CHUNK_TYPE:
        try:
            return _take(201, part, 0, checksum, answer)
        except Exception:
            part.remove()  # nobody was told where it is
            raise
    return _standing(201, part, None, answer)


@blueprint.route(_ONE, methods=["HEAD"], provide_automatic_options=False)
@access.permits(Permission.PROVE)
def state(id: str) -> ResponseReturnValue:
    """How far an upload has come."""
    part = _uploads().find(access.actor().id, id)
    answer = {"Upload-Length": str(part.length)}
    if part.metadata:
        answer["Upload-Metadata"] = part.metadata
    return _standing(200, part, _stored(access.actor().id, part.client_key), answer)


@blueprint.patch(_ONE)
@access.permits(Permission.PROVE)
def send(id: str) -> ResponseReturnValue:
    """Takes the next chunk; with the last one the proof is stored."""
    if request.content_type != _CHUNK_TYPE:
        raise UnsupportedMediaType
    offset, checksum = _number("Upload-Offset"), _checksum()
    part = _uploads().find(access.actor().id, id)
    done = _stored(access.actor().id, part.client_key)
    if done is not None and part.known and offset == 0:
        # The sender of a proof that is stored cannot know yet that there is nothing to send.
        return _standing(204, part, done)
    if offset != (part.offset if done is None else part.length):
        return _conflict()
    if done is not None:
        return _standing(204, part, done)
    return _take(204, part, offset, checksum)


@blueprint.delete(_ONE)
@access.permits(Permission.PROVE)
def end(id: str) -> ResponseReturnValue:
    """Gives an upload up; what is stored already stays."""
    part = _uploads().find(access.actor().id, id)
    if part.file.exists():
        with held(part):
            part.remove()
    else:
        part.remove()
    return _answer(204)


@blueprint.post(_ONE)
@access.permits(Permission.PROVE)
def instead(id: str) -> ResponseReturnValue:
    """PATCH or DELETE for whoever is behind a proxy that lets neither pass."""
    method = request.headers.get("X-HTTP-Method-Override", "")
    if method == "PATCH":
        return send(id)
    if method == "DELETE":
        return end(id)
    raise NotFound(id)


def _take(
    status: int,
    part: Part,
    offset: int,
    checksum: Checksum | None,
    answer: dict[str, str] | None = None,
) -> Response:
    if (request.content_length or 0) > part.length - offset:
        raise RequestEntityTooLarge
    # Nothing of the database is held while bytes come in as slowly as they like.
    answers.roll_back()
    stream = _hold(part)
    if offset != part.offset:
        return _conflict()
    size = append(part, stream, offset, request.stream, checksum)
    piece = _finish(part) if size == part.length else None
    return _standing(status, part, piece, answer)


def _hold(part: Part) -> BinaryIO:
    """The part's bytes for this request, let go when its transaction is over."""
    holding = ExitStack()
    stream = holding.enter_context(held(part))

    @after_this_request
    def let_go(response: Response) -> Response:
        holding.close()
        if response.status_code < 400 and part.is_whole:
            part.drop_bytes()
        return response

    return stream


def _finish(part: Part) -> Evidence:
    """Stores a part whose bytes are all there; what is refused leaves nothing."""
    person, sent = access.actor().id, _metadata(part.metadata)
    try:
        found, slot = _target(sent)
        transitions.require_answerable(found, slot)
        documents = proof.takes_documents(slot)
        answers.roll_back()
        taken = proving.look_at(part.file, sent.get("filename", ""), documents=documents)
        database.start_writing()
        found, slot = _target(sent)
        [piece] = proof.keep(
            proving.store(),
            found,
            slot,
            {part.client_key: taken},
            by=person,
            device_time=_time(sent.get("captured_at", "")),
        )
    except (Refused, NotFound, NotAllowed) as refused:
        if not (isinstance(refused, TooMuch) and refused.again_in):
            part.remove()
        raise
    return piece


def _use_again(found: Enrolment, slot: Slot, piece: Evidence, length: int) -> None:
    """A proof that is stored under the sender's key already: put beside the item if it is not."""
    if piece.sent_size != length or piece.unit_id != found.unit_id:
        raise Refused(fault("key_used", "file"))
    if piece.removed_at is not None or proof.is_attached(found, slot, piece):
        return
    database.start_writing()
    found, slot = _target(_metadata(request.headers.get("Upload-Metadata", "")))
    transitions.attach(found, slot, piece)


def _standing(
    status: int, part: Part, piece: Evidence | None, answer: dict[str, str] | None = None
) -> Response:
    headers = {
        "Upload-Offset": str(part.length if piece else part.offset),
        "Upload-Expires": http_date(part.expires_at),
        **(answer or {}),
    }
    if piece is not None and piece.removed_at is None:
        headers["Content-Location"] = url_for("evidence.evidence", id=piece.id)
    return _answer(status, headers)


def _answer(status: int, headers: dict[str, str] | None = None) -> Response:
    response = Response(status=status, headers=headers)
    del response.headers["Content-Type"]
    return response


def _conflict() -> Response:
    return answers.told(409, "wrong_offset")


def _uploads() -> Uploads:
    return Uploads(current_app.config["CAMPAIGNS"].uploads)


def _target(sent: dict[str, str]) -> tuple[Enrolment, Slot]:
    return proving.target(sent.get("enrolment", ""), sent.get("key", ""))


def _stored(person_id: int, client_key: str) -> Evidence | None:
    return evidence_records.by_keys(person_id, [client_key]).get(client_key)


def _number(header: str) -> int:
    typed = request.headers.get(header, "")
    if not re.fullmatch(r"[0-9]{1,15}", typed):
        raise BadRequest
    return int(typed)


def _metadata(header: str) -> dict[str, str]:
    """The pairs of an ``Upload-Metadata`` header; raises BadRequest unless it is well made."""
    if len(header) > _METADATA_BYTES:
        raise BadRequest
    sent: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in header.split(","))):
        name, _space, value = pair.partition(" ")
        try:
            sent[name] = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as wrong:
            raise BadRequest from wrong
    return sent


def _checksum() -> Checksum | None:
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _space, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except binascii.Error as wrong:
        raise BadRequest from wrong
    if algorithm == "sha256":
        return Checksum("sha256", digest)
    if algorithm == "sha1":
        return Checksum("sha1", digest)
    raise BadRequest


def _time(typed: str) -> datetime | None:
    """When the sender says that it was taken: ISO 8601; whatever cannot be read is left out."""
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(typed.strip())
    return None
