"""Example pictures: how the proof of a criterion may look."""

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import permissions
from campaigns.errors import Refused, fault
from campaigns.evidence.intake import PHOTO_TYPE, Taken
from campaigns.evidence.records import PHOTO, THUMBNAIL
from campaigns.pages import access, answers, proving
from campaigns.pages.standards import criteria, forms
from campaigns.permissions import Permission
from campaigns.standards import drafts
from campaigns.standards import examples as stored_examples

blueprint = Blueprint("examples", __name__)

_HERE = "/standards/<slug>/draft/criteria/<code>/example"


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
    return _keep(slug, code, *proving.sent_pictures([sent]))


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(criteria.edit)
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Takes the picture away."""
    return _keep(slug, code, None)


def _keep(slug: str, code: str, picture: Taken | None) -> ResponseReturnValue:
    by = access.actor().id
    store, version = proving.store(), forms.version()
    drafts.illustrate(drafts.find(slug), code, picture, store, version, by=by)
    return answers.go(url_for("standards.criteria.edit", slug=slug, code=code), said="draft_saved")


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
    return proving.stored(name, suffix, PHOTO_TYPE)
