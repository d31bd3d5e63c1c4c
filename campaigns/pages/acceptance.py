"""Acceptance rounds: the team, the closed list, the lot, and the end that accepts the rest."""

import re
from datetime import timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, people, permissions
from campaigns.acceptance import checks, lot, records, rounds
from campaigns.acceptance.records import Outcome, Round, RoundState, Verdict
from campaigns.acceptance.rounds import Terms
from campaigns.enrolment import records as enrolments
from campaigns.errors import Fault, NotFound, Refused, fault
from campaigns.pages import access, answers, typed
from campaigns.people import Role
from campaigns.permissions import Permission
from campaigns.text import Bilingual

blueprint = Blueprint("acceptance", __name__)

_HERE = f"/acceptance/<int(max={2**31 - 1}):id>"
#: What is proposed for a round until the office says otherwise.
_SHARE, _OTHERS = 10, 3


_ROUND_STATES: dict[RoundState, LazyString] = {
    RoundState.PREPARED: _l("Being prepared"),
    RoundState.ANNOUNCED: _l("Announced, lot to come"),
    RoundState.DRAWN: _l("Being checked"),
    RoundState.ENDED: _l("Ended"),
    RoundState.CALLED_OFF: _l("Called off"),
}


@blueprint.app_template_filter("round_state")
def of_round_state(state: RoundState) -> str:
    """The name of an acceptance round's state."""
    return str(_ROUND_STATES[state])


_OUTCOMES: dict[Outcome, LazyString] = {
    Outcome.ACCEPTED: _l("Accepted"),
    Outcome.CONDITIONAL: _l("Accepted on condition"),
    Outcome.RETURNED: _l("Returned to the town"),
}


@blueprint.app_template_filter("outcome")
def of_outcome(outcome: Outcome) -> str:
    """How a spot-check ended."""
    return str(_OUTCOMES[outcome])


_FOUND: dict[Verdict, LazyString] = {
    Verdict.HOLDS: _l("Holds"),
    Verdict.FAILS: _l("Does not hold"),
}


@blueprint.app_template_filter("found")
def of_found(verdict: Verdict) -> str:
    """What a member found."""
    return str(_FOUND[verdict])


@blueprint.get("/acceptance")
@access.permits(Permission.SEE_ROUNDS)
def listed() -> ResponseReturnValue:
    """The rounds within the scope; for the city office also where one can be begun."""
    runs = permissions.holds(access.actor(), Permission.RUN_ROUNDS)
    return answers.show(
        "acceptance/rounds.html",
        rounds=records.listed(access.scope(Permission.SEE_ROUNDS)),
        possible=rounds.possible(access.scope(Permission.RUN_ROUNDS)) if runs else [],
        runs=runs,
    )


@blueprint.post("/acceptance")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(listed)
def begin() -> ResponseReturnValue:
    """Begins a round of a campaign."""
    found = campaigns.find(_id("campaign"), access.scope())
    permissions.require(access.actor(), Permission.RUN_ROUNDS, found.place.path)
    made = rounds.begin(found, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=made.id), said="round_begun")


def _id(field: str) -> int:
    sent = request.form.get(field, "")
    if not re.fullmatch(r"[0-9]{1,9}", sent, re.ASCII):
        raise NotFound(sent)
    return int(sent)


def _load(id: int) -> Round:
    """The round, for whoever runs it; 404 when she cannot see it, else 403."""
    found = records.find(id, access.scope(Permission.SEE_ROUNDS))
    permissions.require(access.actor(), Permission.RUN_ROUNDS, found.campaign.place.path)
    return found


@blueprint.get(_HERE)
@access.permits(Permission.SEE_ROUNDS)
def show(id: int) -> ResponseReturnValue:
    """One round: what was fixed, who is on the team, what was drawn, what is to be done next."""
    found = records.find(id, access.scope(Permission.SEE_ROUNDS))
    place = found.campaign.place.path
    runs = permissions.may(access.actor(), Permission.RUN_ROUNDS, place)
    runs &= not found.campaign.is_archived
    team = records.team(id)
    return answers.show(
        "acceptance/round.html",
        round=found,
        runs=runs,
        team=team,
        names=people.names([each.person_id for each in team]),
        today=clock.today(),
        **_step(found, runs=runs),
    )


def _step(found: Round, *, runs: bool) -> dict[str, Any]:
    """What the step at which a round stands shows."""
    if found.state is RoundState.PREPARED:
        place = found.campaign.place.path
        return {
            "able": people.holders(Role.ACCEPTOR, place) if runs else [],
            "waiting": rounds.waiting(found.campaign_id),
            "share": _SHARE,
            "others": _OTHERS,
            "first_day": clock.today() + timedelta(days=1),
        }
    if found.seed is None:
        return {"number": len(records.candidates(found.id))}
    chosen = records.chosen(found.id)
    agreements = checks.agreements(found.id)
    return {
        "number": len([each for each in records.candidates(found.id) if each.listed]),
        "chosen": chosen,
        "towns": jurisdictions.names([each.enrolment.town_id for each in chosen]),
        "progress": checks.progress(found.id),
        "ending": rounds.ending(found),
        "agreements": agreements,
        "posts": people.names([each for each, _ in agreements.by_person]),
    }


@blueprint.post(f"{_HERE}/members")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def join(id: int) -> ResponseReturnValue:
    """Puts somebody on the team."""
    found: list[Fault] = []
    round_, person = _load(id), _id("person")
    zh = typed.noted(found, typed.words, "body_zh", 40)
    en = typed.noted(found, typed.words, "body_en", 80)
    if found:
        raise Refused(*found)
    body = Bilingual(zh or "", en or "")
    rounds.join(round_, typed.version(), person, body, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="member_joined")


@blueprint.post(f"{_HERE}/members/remove")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def leave(id: int) -> ResponseReturnValue:
    """Takes somebody off the team."""
    rounds.leave(_load(id), typed.version(), _id("person"), by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="member_left")


@blueprint.post(f"{_HERE}/announce")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def announce(id: int) -> ResponseReturnValue:
    """Closes the list and publishes how it will be drawn."""
    round_, found = _load(id), list[Fault]()
    share = typed.noted(found, typed.between, "share", 1, 100)
    others = typed.noted(found, typed.between, "others", 1, rounds.MOST_OTHERS)
    source = typed.noted(found, typed.words, "source", 200)
    draws_on = typed.noted(found, typed.day, "draws_on", years=typed.NEAR)
    if share is None or others is None or source is None or draws_on is None:
        raise Refused(*found)
    terms = Terms(share, others, source, draws_on)
    rounds.announce(round_, typed.version(), terms, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="round_announced")


@blueprint.post(f"{_HERE}/draw")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def draw(id: int) -> ResponseReturnValue:
    """Draws the lot by the digits of the public draw."""
    round_, seed = _load(id), typed.words("seed", lot.MOST_CHARACTERS)
    rounds.draw(round_, typed.version(), seed, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="lot_drawn")


@blueprint.post(f"{_HERE}/add")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def add(id: int) -> ResponseReturnValue:
    """Adds a unit to those that are checked, by its code, because of an incident."""
    round_, why = _load(id), typed.words("why", 200)
    code = typed.words("code", 40)
    try:
        enrolment = enrolments.of_code(round_.campaign_id, code, access.scope())
    except NotFound:
        raise Refused(fault("unit_not_there", "code")) from None
    rounds.add_by_name(round_, typed.version(), enrolment, why, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="added_by_name")


@blueprint.post(f"{_HERE}/call-off")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def call_off(id: int) -> ResponseReturnValue:
    """Gives the round up before its lot can be known."""
    round_, reason = _load(id), typed.words("reason", 200)
    rounds.call_off(round_, typed.version(), reason, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="round_called_off")


@blueprint.post(f"{_HERE}/end")
@access.permits(Permission.RUN_ROUNDS)
@answers.form_of(show)
def end(id: int) -> ResponseReturnValue:
    """Ends the round: who was on the list and not drawn is accepted."""
    rounds.end(_load(id), typed.version(), by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=id), said="round_ended")
