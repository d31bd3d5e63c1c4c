"""Example pictures: how the proof of a criterion may look."""

import tempfile
from pathlib import Path

from flask import Blueprint, Response, current_app, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from campaigns import database, permissions, settings
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence import pictures
from campaigns.evidence.pictures import NotAPicture
from campaigns.evidence.records import PHOTO, THUMBNAIL
from campaigns.evidence.store import Store
from campaigns.pages import access, answers
from campaigns.pages.standards import criteria, forms
from campaigns.permissions import Permission
from campaigns.standards import drafts
from campaigns.standards import examples as stored_examples

blueprint = Blueprint("examples", __name__)

_HERE = "/standards/<slug>/draft/criteria/<code>/example"
_CHUNK = 256 * 1024


def _store() -> Store:
    return Store(current_app.config["CAMPAIGNS"].evidence)


@blueprint.post(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(criteria.edit)
def upload(slug: str, code: str) -> ResponseReturnValue:
    """Takes the picture that shows how a criterion is proven.

    Begins by reading only: the picture is looked at before the write lock is taken.
    """
    drafts.criterion(drafts.find(slug), code)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(fault("file_missing", "file"))
    answers.roll_back()
    picture = _look_at(sent)
    database.start_writing()
    return _keep(slug, code, picture)


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(criteria.edit)
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Takes the picture away."""
    return _keep(slug, code, None)


def _keep(slug: str, code: str, picture: tuple[bytes, bytes] | None) -> ResponseReturnValue:
    by = access.actor().id
    drafts.illustrate(drafts.find(slug), code, picture, _store(), forms.version(), by=by)
    return answers.go(url_for("standards.criteria.edit", slug=slug, code=code), said="draft_saved")


def _look_at(sent: FileStorage) -> tuple[bytes, bytes]:
    """The picture and its thumbnail as the limited process makes them."""
    if not pictures.allowed_name(sent.filename or ""):
        raise Refused(fault("picture_type", "file"))
    folder = Path(current_app.config["CAMPAIGNS"].instance)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=folder) as place:
        file = Path(place) / "sent"
        sent.save(file, buffer_size=_CHUNK)
        if file.stat().st_size > settings.PHOTO_BYTES:
            raise Refused(fault("file_too_large", "file", limit=settings.PHOTO_BYTES // 2**20))
        try:
            found = pictures.intake(file)
        except NotAPicture as refused:
            raise Refused(fault(f"picture_{refused.reason}", "file")) from refused
    return found.content, found.thumbnail


@blueprint.get("/standards/<slug>/examples/<name>")
@access.permits(Permission.SIGNED_IN)
def picture(slug: str, name: str) -> ResponseReturnValue:
    """An example picture."""
    return _picture(slug, name, PHOTO)


@blueprint.get("/standards/<slug>/examples/<name>/thumb")
@access.permits(Permission.SIGNED_IN)
def thumb(slug: str, name: str) -> ResponseReturnValue:
    """The small one."""
    return _picture(slug, name, THUMBNAIL)


def _picture(slug: str, name: str, suffix: str) -> Response:
    edits = permissions.holds(access.actor(), Permission.EDIT_STANDARDS)
    stored_examples.require(slug, name, drafts=edits)
    path = _store().path(name, suffix)
    if not path.exists():
        current_app.logger.error("example %s: %s is missing", name, suffix)
        raise NotFound(name)
    response = send_file(
        path, mimetype="image/jpeg", etag=f"{name}{suffix}", conditional=True, max_age=3600
    )
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
