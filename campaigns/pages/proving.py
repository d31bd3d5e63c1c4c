"""What the plain form and the resumable protocol share on their way to the same place."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flask import Response, after_this_request, current_app, request
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from campaigns import campaign as campaigns
from campaigns import database, permissions
from campaigns.campaign import Slot
from campaigns.database import db
from campaigns.enrolment import erasing, records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound
from campaigns.evidence import intake
from campaigns.evidence.intake import Taken
from campaigns.evidence.records import THUMBNAIL
from campaigns.evidence.store import NotStored, Store, StoreAway, open_store
from campaigns.pages import access
from campaigns.permissions import Permission

#: A picture that was removed is gone with the next look at it: the browser asks each time, and is
#: not sent again what it has. Small ones come by the dozen, and are asked for after some minutes.
WHOLE, SMALL = "private, no-cache", "private, max-age=300"
#: A key that a sender makes for a file: what is sent twice is stored once.
CLIENT_KEY = re.compile(r"[!-~]{1,100}")
_CHUNK = 256 * 1024


def store() -> Store:
    """Where this installation keeps its evidence."""
    return open_store(current_app.config["CAMPAIGNS"].evidence)


def stored(name: str, suffix: str, media_type: str) -> Response:
    """A stored file, streamed; the store is not asked where the viewer's browser has it still."""
    response = alone(Response(mimetype=media_type), SMALL if suffix == THUMBNAIL else WHOLE)
    tag = f"{name}{suffix}"
    response.set_etag(tag)
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        return response
    try:
        content = store().open(name, suffix)
    except NotStored:
        current_app.logger.error("stored file %s%s is missing", name, suffix)
        raise
    response.response, response.content_length = content.chunks, content.size
    return response


def alone(response: Response, kept: str) -> Response:
    """What is shown by itself may do nothing, and is kept by the viewer's browser only."""
    response.headers["Cache-Control"] = kept
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def target(enrolment: str, key: str) -> tuple[Enrolment, Slot]:
    """The item that a sender names, for somebody who may prove it; else NotFound or NotAllowed."""
    if not re.fullmatch(r"[0-9]{1,18}", enrolment):
        raise NotFound(enrolment[:20])
    found = records.find(int(enrolment), access.scope(Permission.SEE_UNITS))
    slot = campaigns.slot(found.campaign, key)
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.PROVE, place, found.unit_id)
    return found, slot


def sent_pictures(sent: Sequence[FileStorage]) -> list[Taken]:
    """What is kept of pictures sent with a form that are no proof of a unit.

    Ends the reading transaction first: nobody waits for the database while they are looked at. The
    one that follows writes.
    """
    db.session.rollback()
    folder = Path(current_app.config["CAMPAIGNS"].instance)
    taken = []
    with tempfile.TemporaryDirectory(prefix="upload-", dir=folder) as place:
        for each in sent:
            file = Path(place) / "sent"
            each.save(file, buffer_size=_CHUNK)
            taken.append(look_at(file, each.filename or "", documents=False))
    database.start_writing()
    return taken


def sweep_afterwards(name: str) -> None:
    """The bytes of what was removed for good go as soon as that is committed.

    Not a word to the person when it fails: the nightly sweep takes what is left.
    """

    def swept(response: Response) -> Response:
        try:
            erasing.sweep(store(), name)
        except (OSError, StoreAway, OperationalError) as raised:
            current_app.logger.error("sweeping %s: %s", name, raised)
        return response

    after_this_request(swept)


def look_at(file: Path, filename: str, *, documents: bool) -> Taken:
    """What is kept of a sent file; refuses the rest."""
    scanner = current_app.config["CAMPAIGNS"].clamd
    return intake.look_at(file, filename, documents=documents, scanner=scanner)
