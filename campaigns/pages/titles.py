"""Titles: what is held, what is ready, and naming."""

import re

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from campaigns import clock, permissions, text, titles
from campaigns.enrolment import objections, records
from campaigns.errors import NotFound, Stale
from campaigns.jurisdictions import NOWHERE
from campaigns.pages import access, answers, outcomes, paging
from campaigns.permissions import Permission
from campaigns.settings import NAMED_AT_ONCE, PAGE_ROWS
from campaigns.titles import withdrawing

blueprint = Blueprint("titles", __name__)

#: The titles that a list holds, by what it is asked to show.
_LISTS = {
    "": titles.page,
    "expiring": titles.page_of_expiring,
    "withdrawals": withdrawing.page,
}


class NamingForm(FlaskForm):
    """Which enrolment is named, by which document."""

    enrolment = StringField()
    version = StringField()
    document_number = StringField()


@blueprint.get("/titles")
@access.permits(Permission.SEE_UNITS)
def listed() -> ResponseReturnValue:
    """The titles within the scope; for the city office also who only waits to be named."""
    page = paging.asked() if request.method == "GET" else paging.Paging(1)
    asked = request.args.get("show", "")
    show = asked if asked in _LISTS else ""
    found = _LISTS[show](access.scope(Permission.SEE_UNITS), offset=page.offset, limit=page.limit)
    names = permissions.holds(access.actor(), Permission.NAME)
    scope = access.scope(Permission.NAME) if names else NOWHERE
    ready = titles.ready(scope, limit=PAGE_ROWS + 1) if names else []
    return answers.show(
        "titles/titles.html",
        titles=found[:PAGE_ROWS],
        page=page,
        more=len(found) > PAGE_ROWS,
        names=names,
        ready=ready[:PAGE_ROWS],
        more_ready=len(ready) > PAGE_ROWS,
        whole=titles.counted(scope) if ready else [],
        objections=objections.waiting(scope) if names else 0,
        limit=NAMED_AT_ONCE,
        show=show,
        renewals=titles.renewals(found) if show == "expiring" else {},
        standing_of=titles.standing,
        standing_word=outcomes.of_standing,
        day=clock.today(),
    )


@blueprint.post("/titles")
@access.permits(Permission.NAME)
@answers.form_of(listed)
def name() -> ResponseReturnValue:
    """Names the unit of an enrolment; its coverage moves with it."""
    form = NamingForm()
    number, version = form.enrolment.data or "", form.version.data or ""
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise NotFound(number)
    if not re.fullmatch(r"[0-9]{1,18}", version):
        raise Stale
    found = records.find(int(number), access.scope(Permission.SEE_UNITS))
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.NAME, place, found.unit_id)
    document = text.free(form.document_number.data or "", "document_number", 100)
    titles.name(found, int(version), document, by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=found.id), said="named")
