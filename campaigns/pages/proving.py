"""What the plain form and the resumable protocol share on their way to the same place."""

import re
from pathlib import Path

from flask import Response, current_app, request

from campaigns import campaign as campaigns
from campaigns import permissions
from campaigns.campaign import Slot
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound
from campaigns.evidence import intake
from campaigns.evidence.intake import Taken
from campaigns.evidence.store import NotStored, Store, open_store
from campaigns.pages import access
from campaigns.permissions import Permission

#: A key that a sender makes for a file: what is sent twice is stored once.
CLIENT_KEY = re.compile(r"[!-~]{1,100}")


def store() -> Store:
    """Where this installation keeps its evidence."""
    return open_store(current_app.config["CAMPAIGNS"].evidence)


def stored(name: str, suffix: str, media_type: str) -> Response:
    """A stored file, streamed; the store is not asked where the viewer's browser has it still."""
    response = alone(Response(mimetype=media_type))
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


def alone(response: Response) -> Response:
    """What is shown by itself may do nothing, and is kept by the viewer's browser only."""
    response.headers["Cache-Control"] = "private, max-age=3600"
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


def look_at(file: Path, filename: str, *, documents: bool) -> Taken:
    """What is kept of a sent file; refuses the rest."""
    scanner = current_app.config["CAMPAIGNS"].clamd
    return intake.look_at(file, filename, documents=documents, scanner=scanner)
