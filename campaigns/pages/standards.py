"""Standards: what each kind of creation asks for."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from campaigns import standards
from campaigns.pages import access, answers, words
from campaigns.permissions import Permission

blueprint = Blueprint("standards", __name__)


@blueprint.get("/standards")
@access.permits(Permission.SIGNED_IN)
def listed() -> ResponseReturnValue:
    """Every standard in force."""
    return answers.show(
        "standards/standards.html",
        versions=[
            (each, sorted(words.of_kind(k) for k in standards.taking_part(each.standard)))
            for each in standards.current()
        ],
    )


@blueprint.get("/standards/<slug>")
@access.permits(Permission.SIGNED_IN)
def show(slug: str) -> ResponseReturnValue:
    """One standard in its newest version, criterion by criterion."""
    versions = standards.versions_of(slug)
    return answers.show("standards/standard.html", version=versions[0], versions=versions)
