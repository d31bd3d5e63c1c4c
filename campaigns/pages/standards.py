"""Standards: what each kind of creation asks for, and what a year of it cost and found."""

import re

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from campaigns import permissions, standards
from campaigns.pages import access, answers, words
from campaigns.permissions import Permission
from campaigns.review import lookback

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
    return answers.show(
        "standards/standard.html",
        version=versions[0],
        versions=versions,
        may_look_back=permissions.holds(access.actor(), Permission.LOOK_BACK),
    )


@blueprint.get("/standards/<slug>/look-back")
@access.permits(Permission.LOOK_BACK)
def look_back(slug: str) -> ResponseReturnValue:
    """A year of a standard, criterion by criterion."""
    typed = request.args.get("year", "")
    year = int(typed) if re.fullmatch(r"20[0-9]{2}", typed) else None
    return answers.show(
        "standards/look_back.html",
        standard=standards.versions_of(slug)[0].standard,
        back=lookback.look_back(slug, access.scope(), year),
        fewest=lookback.FEWEST_ANSWERS,
    )
