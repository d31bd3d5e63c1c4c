"""A spot-check: what the team finds of a unit, and how it ends."""

import re
from datetime import timedelta

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, people, permissions, settings
from campaigns.acceptance import checks, records
from campaigns.acceptance import pictures as finding_pictures
from campaigns.acceptance.checks import Seen
from campaigns.acceptance.records import Candidate, Outcome, Verdict
from campaigns.enrolment import checklist
from campaigns.enrolment.checklist import Line
from campaigns.errors import NotAllowed, NotFound, Refused, fault
from campaigns.pages import access, answers, pictures, sentences, timelines, typed, words
from campaigns.permissions import Permission

blueprint = Blueprint("spotcheck", __name__)

_HERE = f"/acceptance/checks/<int(max={2**63 - 1}):id>"


@blueprint.get(_HERE)
@access.permits(Permission.SEE_ROUNDS)
def show(id: int) -> ResponseReturnValue:
    """The items of a check with their proof, and the forms of whoever may say something now."""
    found = records.candidate(id, access.scope(Permission.SEE_ROUNDS))
    me, lines = access.actor().id, _lines(found)
    known = checks.seen(found, me)
    findings = [each for spot in known for each in spot.findings]
    bodies = {each.person_id: each.body for each in records.team(found.round_id)}
    open_, decides = checks.is_open(found), _decides(found)
    obstacles = {each.spot.id: checks.obstacle(found, each, me) for each in known}
    return answers.show(
        "spotcheck/spotcheck.html",
        candidate=found,
        enrolment=found.enrolment,
        state_word=words.of_enrolment_state(found.enrolment.state),
        items=[(each, lines[each.item.key]) for each in known],
        names=people.names([*(each.person_id for each in findings), found.settled_by]),
        bodies=bodies,
        pictures=finding_pictures.of_findings(findings),
        recommended=timelines.recommended(found.enrolment_id),
        reports={each for each, why in obstacles.items() if why is None and open_},
        obstacles={
            each: sentences.of_code(why)
            for each, why in obstacles.items()
            if why is not None and me in bodies
        },
        settles={each.spot.id for each in known if open_ and decides and _settles(each, me)},
        concludes=open_ and decides and all(each.spot.verdict for each in known),
        failing=sum(each.spot.verdict is Verdict.FAILS for each in known),
        first_day=clock.today() + timedelta(days=1),
        mend_by=clock.today() + timedelta(days=settings.CONDITIONAL_DAYS),
    )


def _lines(found: Candidate) -> dict[str, Line]:
    lines = checklist.lines([found.enrolment], seen_by_unit=False)[found.enrolment_id]
    return {each.slot.key: each for each in lines}


def _settles(seen: Seen, person_id: int) -> bool:
    return seen.differs and seen.by(person_id) is None


def _decides(found: Candidate) -> bool:
    """Whether the person settles and ends: the city office, or a member of the team."""
    actor = access.actor()
    place, unit_id = found.enrolment.unit.place.path, found.enrolment.unit_id
    if permissions.may(actor, Permission.RUN_ROUNDS, place, unit_id):
        return True
    accepts = permissions.may(actor, Permission.ACCEPT, place, unit_id)
    return accepts and checks.is_member(found.round_id, actor.id)


def _load(id: int) -> Candidate:
    """The check, for whoever accepts there; 404 when she cannot see it, else 403."""
    found = records.candidate(id, access.scope(Permission.SEE_ROUNDS))
    place, unit_id = found.enrolment.unit.place.path, found.enrolment.unit_id
    permissions.require(access.actor(), Permission.ACCEPT, place, unit_id)
    return found


def _spot() -> int:
    sent = request.form.get("spot", "")
    if not re.fullmatch(r"[0-9]{1,18}", sent, re.ASCII):
        raise NotFound(sent)
    return int(sent)


def _verdict() -> Verdict:
    try:
        return Verdict(request.form.get("verdict", ""))
    except ValueError:
        raise Refused(fault("verdict_missing_here", "verdict")) from None


@blueprint.post(f"{_HERE}/findings")
@access.permits(Permission.ACCEPT)
@answers.form_of(show)
def report(id: int) -> ResponseReturnValue:
    """Keeps what a member of the team found of an item.

    Begins by reading only: pictures are looked at before the write lock is taken.
    """
    _load(id)
    spot, verdict, note, version = _spot(), _verdict(), typed.words("note"), typed.version()
    photos = pictures.sent()
    by = access.actor().id
    checks.report(_load(id), spot, verdict, note, version, by=by, photos=photos)
    return answers.go(url_for("spotcheck.show", id=id), said="finding_kept")


@blueprint.post(f"{_HERE}/settle")
@access.permits(Permission.ACCEPT)
@answers.form_of(show)
def settle(id: int) -> ResponseReturnValue:
    """Settles where two findings differ."""
    found, spot = _load(id), _spot()
    if not _decides(found):
        raise NotAllowed("not_of_the_team")
    verdict, reason = _verdict(), typed.words("reason")
    checks.settle(found, spot, verdict, reason, typed.version(), by=access.actor().id)
    return answers.go(url_for("spotcheck.show", id=id), said="check_settled")


@blueprint.post(f"{_HERE}/conclusion")
@access.permits(Permission.ACCEPT)
@answers.form_of(show)
def conclude(id: int) -> ResponseReturnValue:
    """Ends the check: accepted, conditional or returned."""
    found = _load(id)
    if not _decides(found):
        raise NotAllowed("not_of_the_team")
    try:
        outcome = Outcome(request.form.get("outcome", ""))
    except ValueError:
        raise Refused(fault("choice_missing", "outcome")) from None
    reason = typed.words("reason")
    conditional = outcome is Outcome.CONDITIONAL
    mend_by = typed.day("mend_by", years=typed.NEAR) if conditional else None
    checks.conclude(found, typed.version(), outcome, reason, mend_by, by=access.actor().id)
    return answers.go(url_for("acceptance.show", id=found.round_id), said="check_concluded")
