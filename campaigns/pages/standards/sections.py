"""The sections of a draft."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns.pages import access, answers
from campaigns.pages.standards import forms
from campaigns.permissions import Permission
from campaigns.standards import Section, Version, drafts, rules
from campaigns.text import Bilingual

blueprint = Blueprint("sections", __name__)

_ALL = "/standards/<slug>/draft/sections"
_HERE = f"{_ALL}/<int(max={rules.LINES}):number>"


def _page(draft: Version, section: Section | None) -> ResponseReturnValue:
    used = section is not None and any(
        each.section_number == section.number for each in draft.criteria
    )
    return answers.show("standards/section.html", draft=draft, section=section, used=used)


@blueprint.get(f"{_ALL}/new")
@access.permits(Permission.EDIT_STANDARDS)
def new(slug: str) -> ResponseReturnValue:
    """The form of a new section."""
    return _page(drafts.find(slug), None)


@blueprint.post(f"{_ALL}/new")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(new)
def add(slug: str) -> ResponseReturnValue:
    """Adds a section at the end; its first criterion is asked for next."""
    section = _save(slug, None)
    return answers.go(
        url_for("standards.criteria.new", slug=slug, section=section.number), said="draft_saved"
    )


def _save(slug: str, number: int | None) -> Section:
    name = Bilingual(forms.words("name_zh"), forms.words("name_en"))
    return drafts.save_section(
        drafts.find(slug), number, name, forms.version(), by=access.actor().id
    )


@blueprint.get(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
def edit(slug: str, number: int) -> ResponseReturnValue:
    """The form of a section."""
    draft = drafts.find(slug)
    return _page(draft, drafts.section(draft, number))


@blueprint.post(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(edit)
def rename(slug: str, number: int) -> ResponseReturnValue:
    """Changes the names of a section."""
    _save(slug, number)
    return answers.go(url_for("standards.drafts.editor", slug=slug), said="draft_saved")


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(edit)
def remove(slug: str, number: int) -> ResponseReturnValue:
    """Takes away a section that is empty."""
    drafts.remove_section(drafts.find(slug), number, forms.version(), by=access.actor().id)
    return answers.go(url_for("standards.drafts.editor", slug=slug), said="draft_saved")
