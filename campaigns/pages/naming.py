"""Naming many units by one document: what it will change is named and counted first."""

import re
from collections.abc import Mapping, Sequence

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, jurisdictions, settings, text, titles
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.pages import access, answers, sentences
from campaigns.permissions import Permission
from campaigns.titles import Candidate

blueprint = Blueprint("naming", __name__)


@blueprint.get("/titles/naming")
@access.permits(Permission.NAME)
def preview() -> ResponseReturnValue:
    """Those who were chosen, or everybody of a campaign who waits: who will be named and what
    for, and what stands in the others' way."""
    candidates = titles.candidates(
        titles.chosen(_ids(), access.scope()) if "campaign" not in request.args else _of_campaign()
    )
    free = [each for each in candidates if not each.hindrance]
    named = request.args.get("named", "")
    return answers.show(
        "naming/naming.html",
        free=free,
        held=[(each, sentences.of_fault(each.hindrance)) for each in candidates if each.hindrance],
        counts=_counts(free),
        towns=jurisdictions.names([each.enrolment.town_id for each in candidates]),
        first=clock.today(),
        lasts={each.enrolment.id: _last_day(each) for each in free},
        limit=settings.NAMED_AT_ONCE,
        # The answer to those who were named meanwhile, where some were left.
        named=int(named) if re.fullmatch(r"[0-9]{1,4}", named, re.ASCII) else None,
    )
