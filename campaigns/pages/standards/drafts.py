"""The editor: a new standard, a draft as a whole, publishing it or throwing it away."""

import re

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import standards, text
from campaigns.errors import Fault, Refused, fault
from campaigns.pages import access, answers, sentences, words
from campaigns.pages.standards import forms
from campaigns.permissions import Permission
from campaigns.standards import Registration, Version, comparison, drafts, rules
from campaigns.standards.comparison import Change
from campaigns.standards.rules import Frame, Lack
from campaigns.text import Bilingual
from campaigns.units import Kind

blueprint = Blueprint("drafts", __name__)

_HERE = "/standards/<slug>/draft"


@blueprint.get("/standards/new")
@access.permits(Permission.EDIT_STANDARDS)
def new() -> ResponseReturnValue:
    """The form of a new standard."""
    return _frame_page(None)


@blueprint.post("/standards/new")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(new)
def create() -> ResponseReturnValue:
    """Makes a new standard, with an empty draft."""
    name = forms.words("name_en").lower()
    slug = forms.words("slug").lower() or re.sub("[^a-z0-9]+", "-", name).strip("-")
    made = drafts.create(_frame(slug), by=access.actor().id)
    return answers.go(_url(made), said="standard_added")


def _frame(slug: str) -> Frame:
    """The frame as it was typed; marks and years that are missing are said together."""
    faults: list[Fault] = []
    marks = []
    for name in ("pass_mark", "excellent_mark", "validity_years"):
        marks.append(forms.whole(name, faults))
        if marks[-1] is None and name not in {each.field for each in faults}:
            faults.append(fault("number_missing_here", name))
    registration = forms.chosen("registration", Registration, faults)
    if registration is None:
        faults.append(fault("choice_missing", "registration"))
    given = {*request.form.getlist("kinds")}
    zh, en = (text.free(forms.words(each), each, rules.NAME) for each in ("name_zh", "name_en"))
    if faults or registration is None:
        raise Refused(*faults)
    kinds = frozenset(each for each in Kind if each.value in given)
    return Frame(slug, Bilingual(zh, en), registration, kinds, *(each or 0 for each in marks))


def _frame_page(draft: Version | None) -> ResponseReturnValue:
    standard = draft.standard if draft else None
    kinds = request.form.getlist("kinds") or [
        each.value for each in (standard.unit_kinds if standard else ())
    ]
    return answers.show(
        "standards/frame.html",
        draft=draft,
        chosen=kinds,
        kinds=[(each.value, words.of_kind(each)) for each in Kind],
        registrations=[(each.value, words.of_registration(each)) for each in Registration],
    )


@blueprint.post(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
def begin(slug: str) -> ResponseReturnValue:
    """Begins the next version as a copy of the last, or goes to the one that was begun."""
    return answers.go(_url(drafts.begin(slug, by=access.actor().id)), said="draft_begun")


def _url(draft: Version) -> str:
    return url_for("standards.drafts.editor", slug=draft.standard.slug)


@blueprint.get(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
def editor(slug: str) -> ResponseReturnValue:
    """The draft line by line, its points so far, and what is missing before publishing."""
    draft = drafts.find(slug)
    lacks = rules.of_version(draft)
    return answers.show(
        "standards/draft.html",
        draft=draft,
        lacks=[
            (_where(draft, each), _line(each), sentences.of_fault(each.fault)) for each in lacks
        ],
        lacking={each.code for each in lacks},
        wanted=rules.POINTS,
        counts=_counts(draft),
    )


def _where(draft: Version, lack: Lack) -> str:
    """The address of the line that lacks something."""
    slug, field = draft.standard.slug, lack.fault.field
    if lack.code is not None:
        return url_for("standards.criteria.edit", slug=slug, code=lack.code, _anchor=field)
    if lack.section is not None and field is None:
        return url_for("standards.criteria.new", slug=slug, section=lack.section)
    if lack.section is not None:
        return url_for("standards.sections.edit", slug=slug, number=lack.section, _anchor=field)
    if field in {"points", "evidence", None}:
        return f"{_url(draft)}#lines"
    return url_for("standards.drafts.frame", slug=slug, _anchor=field)


def _line(lack: Lack) -> str:
    return lack.code or ("" if lack.section is None else str(lack.section))


def _counts(draft: Version) -> dict[Change, int] | None:
    """What has become of the criteria of the version before, if there is one."""
    if draft.number == 1:
        return None
    last = standards.versions_of(draft.standard.slug)[0]
    return comparison.counts(last.criteria, draft.criteria)


@blueprint.get(f"{_HERE}/frame")
@access.permits(Permission.EDIT_STANDARDS)
def frame(slug: str) -> ResponseReturnValue:
    """The form of names, kinds and marks."""
    return _frame_page(drafts.find(slug))


@blueprint.post(f"{_HERE}/frame")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(frame)
def describe(slug: str) -> ResponseReturnValue:
    """Changes names, kinds and marks."""
    draft = drafts.find(slug)
    drafts.describe(draft, _frame(slug), forms.version(), by=access.actor().id)
    return answers.go(_url(draft), said="draft_saved")


@blueprint.get(f"{_HERE}/publish")
@access.permits(Permission.EDIT_STANDARDS)
def publishing(slug: str) -> ResponseReturnValue:
    """What publishing would mean, before it is done."""
    draft = drafts.find(slug)
    return answers.show(
        "standards/publish.html",
        draft=draft,
        lacks=len(rules.of_version(draft)),
        counts=_counts(draft),
    )


@blueprint.post(f"{_HERE}/publish")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(publishing)
def publish(slug: str) -> ResponseReturnValue:
    """Publishes the draft; it can never be changed afterwards."""
    drafts.publish(drafts.find(slug), forms.version(), by=access.actor().id)
    return answers.go(url_for("standards.show", slug=slug), said="published")


@blueprint.post(f"{_HERE}/discard")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(editor)
def discard(slug: str) -> ResponseReturnValue:
    """Throws the draft away."""
    drafts.discard(drafts.find(slug), forms.version(), by=access.actor().id)
    return answers.go(url_for("standards.listed"), said="discarded")
