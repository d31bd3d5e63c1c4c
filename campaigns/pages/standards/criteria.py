"""The criteria of a draft, each with its own small form."""

import re

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.errors import Fault, Refused, fault
from campaigns.pages import access, answers, words
from campaigns.pages.standards import forms
from campaigns.people import Department
from campaigns.permissions import Permission
from campaigns.standards import (
    Cadence,
    Criterion,
    EvidenceKind,
    Operator,
    Version,
    drafts,
    rules,
)

blueprint = Blueprint("criteria", __name__)

_ALL = "/standards/<slug>/draft/criteria"
_HERE = f"{_ALL}/<code>"


def _page(draft: Version, criterion: Criterion, code: str | None) -> ResponseReturnValue:
    """The form; ``code`` is that of the criterion in the draft, none for a new one."""
    return answers.show(
        "standards/criterion.html",
        draft=draft,
        criterion=criterion,
        code=code,
        proofs=[(each.value, words.of_proof(each)) for each in EvidenceKind],
        cadences=[(each.value, words.of_cadence(each)) for each in Cadence],
        departments=[(each.value, words.of_department(each)) for each in Department],
        operators=[(each.value, words.of_operator(each)) for each in Operator],
        left=rules.POINTS - draft.points + (criterion.points if code else 0),
    )


@blueprint.get(f"{_ALL}/new")
@access.permits(Permission.EDIT_STANDARDS)
def new(slug: str) -> ResponseReturnValue:
    """The form of a new criterion, in the section that is asked for or the last."""
    draft = drafts.find(slug)
    numbers = [each.number for each in draft.sections]
    if not numbers:
        return answers.go(url_for("standards.sections.new", slug=slug))
    typed = request.args.get("section", "")
    number = int(typed) if re.fullmatch("[0-9]{1,2}", typed) else numbers[-1]
    code = drafts.next_code(draft, number if number in numbers else numbers[-1])
    blank = Criterion(code=code, evidence=EvidenceKind.PHOTO, cadence=Cadence.YEARLY, pieces=1)
    return _page(draft, blank, None)


@blueprint.post(f"{_ALL}/new")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(new)
def add(slug: str) -> ResponseReturnValue:
    """Adds a criterion."""
    return _save(slug, None)


@blueprint.get(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
def edit(slug: str, code: str) -> ResponseReturnValue:
    """The form of a criterion."""
    draft = drafts.find(slug)
    return _page(draft, drafts.criterion(draft, code), code)


@blueprint.post(_HERE)
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(edit)
def save(slug: str, code: str) -> ResponseReturnValue:
    """Changes a criterion."""
    return _save(slug, code)


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.EDIT_STANDARDS)
@answers.form_of(edit)
def remove(slug: str, code: str) -> ResponseReturnValue:
    """Takes a criterion out of the draft."""
    drafts.remove_criterion(drafts.find(slug), code, forms.version(), by=access.actor().id)
    return answers.go(url_for("standards.drafts.editor", slug=slug), said="criterion_removed")


def _save(slug: str, code: str | None) -> ResponseReturnValue:
    draft = drafts.find(slug)
    before = drafts.criterion(draft, code) if code is not None else None
    made = drafts.save_criterion(draft, code, _typed(before), forms.version(), by=access.actor().id)
    if forms.ticked("another"):
        section = made.section_number
        url = url_for("standards.criteria.new", slug=slug, section=section)
        return answers.go(url, said="draft_saved")
    return answers.go(url_for("standards.drafts.editor", slug=slug), said="draft_saved")


def _typed(before: Criterion | None) -> Criterion:
    """The criterion as it was typed. The unit of a number has no field and stays as it was."""
    faults: list[Fault] = []
    points = forms.whole("points", faults)
    evidence = forms.chosen("evidence", EvidenceKind, faults)
    cadence = forms.chosen("cadence", Cadence, faults)
    written = {
        "code": forms.words("code")[:20],
        "pieces": forms.whole("pieces", faults, empty=0),
        "veto": forms.ticked("veto"),
        "department": forms.chosen("department", Department, faults),
        "none_is_full": forms.ticked("none_is_full"),
        "operator": forms.chosen("operator", Operator, faults),
        "threshold": forms.whole("threshold", faults),
        "threshold_yearly": forms.ticked("threshold_yearly"),
        **{name: forms.words(name) for name in rules.TEXTS},
        "measure_unit": before.measure_unit if before else None,
    }
    wrong = {each.field for each in faults}
    if points is None and "points" not in wrong:
        faults.append(fault("number_missing_here", "points"))
    for name, value in (("evidence", evidence), ("cadence", cadence)):
        if value is None and name not in wrong:
            faults.append(fault("choice_missing", name))
    made = Criterion(
        points=points or 0,
        evidence=evidence or EvidenceKind.NUMBER,
        cadence=cadence or Cadence.MONTHLY,
        **written,
    )
    if faults:
        known = {each.field for each in faults}
        rest = [each for each in rules.of_criterion(made) if each.field not in known]
        raise Refused(*faults, *rest)
    return made
