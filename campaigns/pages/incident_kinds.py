"""Kinds of incident: the city office adds them, and changes what they speak against."""

from itertools import groupby
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import history
from campaigns.errors import Fault, Refused, fault
from campaigns.incidents import kinds
from campaigns.incidents.kinds import Against, Written
from campaigns.pages import access, answers, timelines, typed, words
from campaigns.people import Department
from campaigns.permissions import Permission
from campaigns.standards import Standard
from campaigns.text import Bilingual

blueprint = Blueprint("incident_kinds", __name__)

_LIST = "/incidents/kinds"
_HERE = f"{_LIST}/<int(max={2**31 - 1}):id>"


@blueprint.get(_LIST)
@access.permits(Permission.JUDGE_INCIDENTS)
def listed() -> ResponseReturnValue:
    """Every kind, with its department and what it speaks against."""
    return answers.show(
        "incident_kinds/incident_kinds.html",
        kinds=kinds.listed(),
        department_word=words.of_department,
        standard_of={each.standard.slug: each.standard for each in kinds.offered()},
    )


@blueprint.get(f"{_LIST}/new")
@access.permits(Permission.JUDGE_INCIDENTS)
def new() -> ResponseReturnValue:
    """The form for a new kind."""
    return answers.show("incident_kinds/incident_kind.html", kind=None, **_choices(frozenset()))


@blueprint.get(_HERE)
@access.permits(Permission.JUDGE_INCIDENTS)
def edit(id: int) -> ResponseReturnValue:
    """The form of one kind, and what was done to it."""
    kind = kinds.find(id)
    told = "incident_kind_added", "incident_kind_changed"
    return answers.show(
        "incident_kinds/incident_kind.html",
        kind=kind,
        is_used=kinds.is_used(kind),
        steps=timelines.steps(history.of_subject("incident_kind", id, *told)),
        **_choices(kinds.against(kind)),
    )


def _choices(known: frozenset[str]) -> dict[str, Any]:
    """What the form offers; boxes as they were sent, else as the kind has them."""
    sent = request.method == "POST"
    offered = kinds.offered()
    names = {each.name for each in offered}
    return {
        "departments": [(each.value, words.of_department(each)) for each in Department],
        "sections": [
            (standard, list(each)) for standard, each in groupby(offered, key=_standard_of)
        ],
        "gone": sorted(known - names),
        "ticked": set(request.form.getlist("against")) if sent else known,
    }


def _standard_of(each: Against) -> Standard:
    return each.standard


@blueprint.post(_LIST)
@access.permits(Permission.JUDGE_INCIDENTS)
@answers.form_of(new)
def add() -> ResponseReturnValue:
    """Adds a kind."""
    kinds.add(_written(), by=access.actor().id)
    return answers.go(url_for("incident_kinds.listed"), said="kind_kept")


@blueprint.post(_HERE)
@access.permits(Permission.JUDGE_INCIDENTS)
@answers.form_of(edit)
def change(id: int) -> ResponseReturnValue:
    """Changes a kind."""
    kinds.change(kinds.find(id), typed.version(), _written(), by=access.actor().id)
    return answers.go(url_for("incident_kinds.listed"), said="kind_kept")


def _written() -> Written:
    """What was typed and ticked."""
    wrong: list[Fault] = []
    zh = typed.noted(wrong, typed.words, "name_zh", 60)
    en = typed.noted(wrong, typed.words, "name_en", 100)
    department = request.form.get("department")
    if department not in set(Department):
        wrong.append(fault("kind_department", "department"))
    if wrong:
        raise Refused(*wrong)
    return Written(
        code=request.form.get("code", "").strip()[:60],
        name=Bilingual(zh or "", en or ""),
        department=Department(department or ""),
        against=frozenset(request.form.getlist("against")[:1000]),
    )
