"""Naming many units by one document: who and how many is shown before anything changes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, jurisdictions, text, titles
from campaigns.campaign import Campaign
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound, Stale
from campaigns.pages import access, answers, sentences
from campaigns.permissions import Permission
from campaigns.settings import NAMED_AT_ONCE as _AT_ONCE
from campaigns.titles import Candidate

blueprint = Blueprint("naming", __name__)

#: Those who changed meanwhile, as far as an address can name them.
_TOLD = 100


@blueprint.get("/titles/naming")
@access.permits(Permission.NAME)
def preview() -> ResponseReturnValue:
    """Who of those chosen, or of a campaign, is going to be named, and what stands in the others'
    way: those who changed while they were being named are told here, too."""
    candidates = _candidates()
    free = [each for each in candidates if each.hindrance is None]
    return answers.show(
        "naming/naming.html",
        free=free,
        held=[
            (each.enrolment, sentences.of_fault(each.hindrance))
            for each in candidates
            if each.hindrance
        ],
        counts=_counts(free),
        towns=jurisdictions.names([each.enrolment.town_id for each in candidates]),
        first=clock.today(),
        named=_number(request.args.get("named", "")),
        limit=_AT_ONCE,
        full=len(candidates) >= _AT_ONCE,
    )


def _candidates() -> list[Candidate]:
    if request.method == "POST":
        sent = [_number(each.partition("=")[0]) for each in request.form.getlist("enrolment")]
        return titles.candidates(_chosen([each for each in sent if each is not None][:_AT_ONCE]))
    if "campaign" in request.args:
        number = _number(request.args["campaign"])
        if number is None:
            raise NotFound(request.args["campaign"])
        scope = access.scope(Permission.NAME)
        found = titles.ready(scope, limit=_AT_ONCE, campaign_id=number)
        return titles.candidates(found)
    typed = [_number(each) for each in request.args.getlist("enrolment")]
    ids = [each for each in typed if each is not None]
    if len(ids) < len(typed) or len(ids) > _AT_ONCE:
        raise NotFound
    return titles.candidates(_chosen(ids))


def _chosen(ids: Sequence[int]) -> Sequence[Enrolment]:
    return titles.chosen(ids, access.scope(Permission.NAME))


def _number(typed: str) -> int | None:
    return int(typed) if re.fullmatch(r"[0-9]{1,18}", typed, re.ASCII) else None


def _counts(free: Sequence[Candidate]) -> list[tuple[Campaign, int, int]]:
    """Each campaign of which somebody is going to be named: units, and what the titles name."""
    units, numbers = Counter[int](), Counter[int]()
    campaigns = {each.enrolment.campaign_id: each.enrolment.campaign for each in free}
    for each in free:
        units[each.enrolment.campaign_id] += 1
        numbers[each.enrolment.campaign_id] += each.number
    return [(campaigns[each], units[each], numbers[each]) for each in sorted(campaigns)]


@blueprint.post("/titles/naming")
@access.permits(Permission.NAME)
@answers.form_of(preview)
def name() -> ResponseReturnValue:
    """Names them all at once. Whoever changed meanwhile is left, and the preview says why."""
    document = text.free(request.form.get("document_number", ""), "document_number", 100)
    outcome = titles.name_all(
        _versions(), document, access.scope(Permission.NAME), by=access.actor().id
    )
    if outcome.left:
        left = outcome.left[:_TOLD]
        return answers.go(url_for("naming.preview", enrolment=left, named=outcome.named))
    return answers.go(url_for("titles.listed"), said="all_named")


def _versions() -> Mapping[int, int]:
    """Enrolments with the version that the form was made from, sent as ``17=3``; whatever is none
    of ours is stale."""
    pairs = [each.partition("=") for each in request.form.getlist("enrolment")]
    if not all(
        _number(id) is not None and _number(version) is not None for id, _, version in pairs
    ):
        raise Stale
    return {int(id): int(version) for id, _, version in pairs}
