"""Standards: what each kind of creation asks for, version beside version, and what a year found."""

import enum
import re
from contextlib import suppress

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from campaigns import permissions, standards
from campaigns.errors import NotFound
from campaigns.pages import access, answers, languages, words
from campaigns.pages.standards import criteria, drafts, examples, sections, sheets
from campaigns.permissions import Permission
from campaigns.review import lookback
from campaigns.standards import Version, comparison
from campaigns.standards import drafts as stored_drafts
from campaigns.standards.comparison import Pair
from campaigns.standards.sheets import COLUMNS, WORDS
from campaigns.text import Bilingual

blueprint = Blueprint("standards", __name__)
for part in (drafts, sections, criteria, examples, sheets):
    blueprint.register_blueprint(part.blueprint)
blueprint.add_app_template_filter(words.of_change, "change")

_FRAME = ("pass_mark", "excellent_mark", "validity_years")


@blueprint.get("/standards")
@access.permits(Permission.SIGNED_IN)
def listed() -> ResponseReturnValue:
    """Every standard in force, and to the office those that are being written."""
    edits = _edits()
    return answers.show(
        "standards/standards.html",
        versions=[(each, _kinds(each)) for each in standards.current()],
        drafts=[(each, _kinds(each)) for each in stored_drafts.every()] if edits else [],
        edits=edits,
    )


def _edits() -> bool:
    return permissions.holds(access.actor(), Permission.EDIT_STANDARDS)


def _kinds(version: Version) -> list[str]:
    return sorted(words.of_kind(each) for each in standards.taking_part(version.standard))


def _versions(slug: str) -> list[Version]:
    """The versions of a standard, newest first; the draft only for those who write it."""
    found: list[Version] = []
    if _edits():
        with suppress(NotFound):
            found.append(stored_drafts.find(slug))
    with suppress(NotFound):
        found += standards.versions_of(slug)
    if not found:
        raise NotFound(slug)
    return found


def _numbered(versions: list[Version], field: str) -> Version | None:
    """The version that the address names; none when it names none, NotFound when there is none."""
    typed = request.args.get(field)
    if typed is None:
        return None
    found = next((each for each in versions if str(each.number) == typed), None)
    if found is None:
        raise NotFound(typed[:20])
    return found


@blueprint.get("/standards/<slug>")
@access.permits(Permission.SIGNED_IN)
def show(slug: str) -> ResponseReturnValue:
    """One standard, criterion by criterion: its newest version, or the one that is asked for."""
    versions = _versions(slug)
    published = [each for each in versions if each.published_at]
    return answers.show(
        "standards/standard.html",
        version=_numbered(versions, "version") or (published or versions)[0],
        versions=versions,
        kinds=_kinds(versions[0]),
        edits=_edits(),
        has_draft=versions[0].published_at is None,
        may_look_back=permissions.holds(access.actor(), Permission.LOOK_BACK),
    )


@blueprint.get("/standards/<slug>/compare")
@access.permits(Permission.SIGNED_IN)
def compare(slug: str) -> ResponseReturnValue:
    """Two versions side by side; the newest and the one before unless others are asked for."""
    versions = _versions(slug)
    later = _numbered(versions, "to") or versions[0]
    earlier = _numbered(versions, "from") or next(
        (each for each in versions if each.number < later.number), later
    )
    return answers.show(
        "standards/compare.html",
        earlier=earlier,
        later=later,
        versions=versions,
        marks=[
            (_label(name), *values)
            for name in _FRAME
            if len({*(values := (getattr(earlier, name), getattr(later, name)))}) > 1
        ],
        counts=comparison.counts(earlier.criteria, later.criteria),
        pairs=[
            (pair, _differences(pair))
            for pair in comparison.pairs(earlier.criteria, later.criteria)
        ],
    )


def _differences(pair: Pair) -> list[tuple[str, str, str]]:
    """What differs, with what it was and what it is; code and wording are to be seen anyhow."""
    seen = {"code", f"text_{languages.language()}"}
    return [
        (_label(name), _shown(getattr(pair.before, name)), _shown(getattr(pair.after, name)))
        for name in pair.differences
        if name not in seen
    ]


def _label(name: str) -> str:
    column = next(each for each in COLUMNS if each.name == name)
    return languages.local(Bilingual(column.zh, column.en))


def _shown(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, enum.StrEnum):
        return languages.local(WORDS[value])
    return str(value)


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
