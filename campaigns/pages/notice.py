"""The public notice of a campaign: who is about to be named, and what anybody has against it."""

import re

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import jurisdictions
from campaigns.enrolment import objections
from campaigns.errors import Refused, fault
from campaigns.pages import access, answers, languages, limits, paging, words
from campaigns.settings import PAGE_ROWS

blueprint = Blueprint("notice", __name__)

_HERE = f"/notice/<int(max={2**31 - 1}):id>"


@blueprint.get(_HERE)
@access.public
def show(id: int) -> ResponseReturnValue:
    """Who of a campaign is on public notice, and the form to object."""
    if request.method == "GET":
        limits.look_of(access.address())
    campaign, page = objections.campaign_on_notice(id), paging.asked()
    found = objections.listed(id, offset=page.offset, limit=page.limit)
    rows = found[:PAGE_ROWS]
    asked = [each for each in rows if objections.may_be_raised(each)]
    return answers.show(
        "notice/notice.html",
        campaign=campaign,
        standard=campaign.version.standard,
        page=page,
        more=len(found) > PAGE_ROWS,
        rows=rows,
        towns=jurisdictions.names([each.town_id for each in rows]),
        counts=objections.counted([each.id for each in rows]),
        kinds={each.id: words.of_kind(each.unit.kind) for each in rows},
        asked=asked,
        options=[("", ""), *((each.id, languages.local(each.unit.name)) for each in asked)],
        chosen=request.form.get("enrolment", request.args.get("enrolment", "")),
        limit=objections.LONGEST,
    )


@blueprint.post(_HERE)
@access.public
@answers.form_of(show)
def object_(id: int) -> ResponseReturnValue:
    """Takes an objection; nobody has to say who she is.

    The field that people do not see is filled in by programs alone: they are told the same, and
    nothing is kept.
    """
    limits.look_of(access.address())
    campaign = objections.campaign_on_notice(id)
    there = url_for("notice.show", id=campaign.id)
    if request.form.get("website"):
        return answers.go(there, said="objected")
    chosen = request.form.get("enrolment", "")
    if not re.fullmatch(r"[0-9]{1,18}", chosen, re.ASCII):
        raise Refused(fault("objection_to_whom", "enrolment"))
    words_, contact = request.form.get("text", ""), request.form.get("contact", "")
    objections.raise_(id, int(chosen), words_, contact)
    limits.objection_of(access.address())
    return answers.go(there, said="objected")
