"""Hand-overs: a reviewer's queue in another's hands, and help from another town."""

import re
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions
from campaigns.campaign import CampaignState
from campaigns.errors import Fault, NotAllowed, Refused, fault
from campaigns.jurisdictions import TOWN_LEVELS, Scope
from campaigns.pages import access, answers, languages, typed
from campaigns.people import Role
from campaigns.permissions import Permission
from campaigns.review import assignments

blueprint = Blueprint("handovers", __name__)


def _scope(role: Role) -> Scope:
    return access.actor().scope(frozenset({role}))


@blueprint.get("/handovers")
@access.permits(Permission.SHARE_WORK)
def listed() -> ResponseReturnValue:
    """Whose queue is in whose hands, and the forms to hand over and to lend."""
    actor, reviews, office = access.actor(), _scope(Role.REVIEWER), _scope(Role.OFFICE)
    own = assignments.of_person(actor.id)
    in_city = assignments.of_scope(office) if office.intervals else []
    return answers.show(
        "handovers/handovers.html",
        shown=[*own, *(each for each in in_city if each not in own)],
        person_id=actor.id,
        giving=_giving(reviews) if reviews.intervals else None,
        lending=_lending(office) if office.intervals else None,
        today=clock.today(),
    )


def _giving(reviews: Scope) -> dict[str, Any]:
    """What a reviewer can choose: her towns, their open campaigns, those who review there too."""
    known = assignments.reviewers(reviews)
    own = access.actor().id
    towns = {each.town_id: each.town for each in known if each.id == own}
    others = {each.id: each for each in known if each.id != own and each.town_id in towns}
    running = [each for each in campaigns.listed(reviews) if each.state is CampaignState.OPEN]
    return {
        "towns": [(id, languages.local(name)) for id, name in towns.items()],
        "campaigns": [(each.id, languages.local(each.name)) for each in running],
        "others": [(each.id, languages.local(each.name)) for each in others.values()],
    }


def _lending(office: Scope) -> dict[str, Any]:
    top = jurisdictions.top(office)
    towns = jurisdictions.within(top, TOWN_LEVELS) if top else ()
    return {
        "towns": [(each.code, languages.local(each.name)) for each in towns],
        "reviewers": [
            (each.id, f"{languages.local(each.name)} · {languages.local(each.town)}")
            for each in assignments.reviewers(office)
        ],
    }


def _id(field: str) -> int:
    """The id of a choice; refuses what is none."""
    sent = request.form.get(field, "")
    if not re.fullmatch(r"[0-9]{1,9}", sent, re.ASCII):
        raise Refused(fault("choice_missing", field))
    return int(sent)


@blueprint.post("/handovers")
@access.permits(Permission.SHARE_WORK)
@answers.form_of(listed)
def hand_over() -> ResponseReturnValue:
    """Hands the person's queue in a town, or one campaign's, to another reviewer of it."""
    if not _scope(Role.REVIEWER).intervals:
        raise NotAllowed
    found: list[Fault] = []
    town, to = typed.noted(found, _id, "town"), typed.noted(found, _id, "to")
    campaign = typed.noted(found, _id, "campaign") if request.form.get("campaign") else None
    first = typed.noted(found, typed.day, "first_day", years=typed.NEAR)
    last = typed.noted(found, typed.day, "last_day", years=typed.NEAR)
    if found or town is None or to is None or first is None or last is None:
        raise Refused(*found)
    if campaign is not None:
        campaigns.find(campaign, _scope(Role.REVIEWER))
    assignments.hand_over(town, campaign, to, first, last, by=access.actor().id)
    return answers.go(url_for("handovers.listed"), said="handed_over")


@blueprint.post(f"/handovers/<int(max={2**31 - 1}):id>/end")
@access.permits(Permission.SHARE_WORK)
@answers.form_of(lambda id: listed())  # noqa: ARG005 - the list is the same for every one
def end(id: int) -> ResponseReturnValue:
    """Takes the queue back before its time."""
    assignments.take_back(id, typed.version(), by=access.actor().id)
    return answers.go(url_for("handovers.listed"), said="handover_ended")


@blueprint.post("/handovers/lend")
@access.permits(Permission.SHARE_WORK)
@answers.form_of(listed)
def lend() -> ResponseReturnValue:
    """The city office sends a reviewer of another town to help."""
    office = _scope(Role.OFFICE)
    if not office.intervals:
        raise NotAllowed
    found: list[Fault] = []
    person = typed.noted(found, _id, "lent")
    town = jurisdictions.find(request.form.get("place", "")[:20], office)
    first = typed.noted(found, typed.day, "lent_first_day", years=typed.NEAR)
    last = typed.noted(found, typed.day, "lent_last_day", years=typed.NEAR)
    if found or person is None or first is None or last is None:
        raise Refused(*found)
    assignments.lend(person, town, first, last, office, by=access.actor().id)
    return answers.go(url_for("handovers.listed"), said="reviewer_lent")
