"""Enrolments: the checklist of a unit in a campaign, its items, and the steps to a title."""

import secrets
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import clock, history, jurisdictions, permissions, review, settings
from campaigns.acceptance import pictures, rounds
from campaigns.campaign import Campaign, CampaignState, extension
from campaigns.campaign.extension import Extension
from campaigns.enrolment import (
    carrying,
    checklist,
    extensions,
    fitting,
    impartiality,
    objections,
    parts,
    proof,
    records,
    transitions,
    vetoes,
)
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item, ItemState
from campaigns.enrolment.scoring import Score
from campaigns.errors import NotAllowed, Refused, fault
from campaigns.pages import (
    access,
    answering,
    answers,
    drawing,
    hints,
    sentences,
    timelines,
    tombstones,
    typed,
    visits,
    waiting,
    words,
)
from campaigns.pages.drawing import Marked
from campaigns.permissions import Permission
from campaigns.review import disputes, earlier
from campaigns.standards import Registration

blueprint = Blueprint("enrolment", __name__)
blueprint.add_app_template_filter(words.of_period, "period")
blueprint.add_app_template_filter(words.of_standing, "standing")
blueprint.add_app_template_filter(words.of_reason, "reason")
blueprint.add_app_template_filter(words.of_proof, "proof")
blueprint.add_app_template_filter(words.of_cadence, "cadence")
blueprint.add_app_template_filter(words.of_department, "department")

#: Larger numbers are no id in any database.
_HERE = f"/enrolments/<int(max={2**63 - 1}):id>"
_ITEM = f"{_HERE}/items/<key>"


@blueprint.app_template_filter("points")
def points(number: Fraction) -> str:
    """Points as people write them, cut after one decimal so that no mark is rounded up."""
    tenths = int(number * 10)
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def _is_unit(enrolment: Enrolment) -> bool:
    place = enrolment.unit.place.path
    return permissions.sees_as_unit(access.actor(), place, enrolment.unit_id)


def _may(permission: Permission, enrolment: Enrolment) -> bool:
    place = enrolment.unit.place.path
    return permissions.may(access.actor(), permission, place, enrolment.unit_id)


def _load(id: int, permission: Permission) -> Enrolment:
    """The enrolment, for somebody who may change it so; 404 when she cannot see it, else 403."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    permissions.require(access.actor(), permission, found.unit.place.path, found.unit_id)
    return found


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def enrolment(id: int) -> ResponseReturnValue:
    """The checklist of one unit in one campaign."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    unit_view = _is_unit(found)
    lines = checklist.lines([found], seen_by_unit=unit_view)[found.id]
    filters = parts.filters(lines)
    chosen = request.args.get("show", "all")
    shown = filters.get(chosen, lines)
    score = checklist.score(lines)
    proves = unit_view and _may(Permission.PROVE, found)
    towns = jurisdictions.names([found.town_id])
    return answers.show(
        "enrolment/enrolment.html",
        enrolment=found,
        is_unit=unit_view,
        has_left=found.state in records.LEFT,
        last_day=checklist.last_day(lines),
        town=towns.get(found.town_id or 0),
        score=score,
        pass_mark=found.campaign.version.pass_mark,
        to_go=found.campaign.version.pass_mark - score.mark,
        bar=_bar(score, found.campaign.version.pass_mark),
        parts=parts.parts(lines, shown),
        chosen=chosen if chosen in filters else "all",
        numbers={name: len(matching) for name, matching in filters.items()},
        ready=sum(each.ready is not None for each in lines) if proves else 0,
        last_time=carrying.last_time(found, lines if proves else ()),
        steps=_steps(found, score),
        waits=waiting.of([found], seen_by_unit=unit_view, items=checklist.rows(lines), towns=towns)[
            found.id
        ],
        recommended=timelines.recommended(id) if found.state in _RECOMMENDED else None,
        more_time=_more_time(found.campaign),
        objections=() if found.state is EnrolmentState.APPLIED else objections.of_enrolment(id),
        incidents=vetoes.standing(id),
        state_word=words.of_enrolment_state(found.state),
        exempts=_may(Permission.KEEP_REGISTER, found)
        and found.campaign.state is CampaignState.OPEN
        and found.state in {*records.ANSWERABLE, EnrolmentState.EXEMPT},
    )


#: Where the town's word is the last one of the town.
_RECOMMENDED = frozenset(
    {
        *(EnrolmentState.TOWN_PASSED, EnrolmentState.CITY_PASSED),
        *(EnrolmentState.PUBLICISED, EnrolmentState.NAMED),
    }
)


def _more_time(campaign: Campaign) -> Extension | None:
    """The last time that the units got more time, if they ever did."""
    if campaign.first_due_on is None:
        return None
    given = reversed(extension.of_campaign(campaign))
    return next((each for each in given if each.due_on == campaign.due_on), None)


def _bar(score: Score, pass_mark: int) -> dict[str, float]:
    """The score as a drawing wants it; where points left the hundred the mark moves along."""
    numbers = {
        "earned": score.earned,
        "waiting": score.waiting,
        "left": score.left + score.lost,
        "mark": pass_mark * score.base / 100,
        "base": score.base,
    }
    return {
        name: int(each) if each.denominator == 1 else round(float(each), 1)
        for name, each in numbers.items()
    }


def _steps(found: Enrolment, score: Score) -> dict[str, Any]:
    """What comes next on the way to a title, and whether it is this person's to do."""
    following = None if found.campaign.is_archived else transitions.next_state(found)
    return {
        "examine": checklist.is_answerable(found) and _may(Permission.EXAMINE, found),
        "undecided": score.items - score.decided,
        "accepting": following is EnrolmentState.CITY_PASSED,
        "advance": following not in {None, EnrolmentState.NAMED} and _may(Permission.ACCEPT, found),
        "by_round": _by_round(found) if following is EnrolmentState.CITY_PASSED else "",
        "name": following is EnrolmentState.NAMED and _may(Permission.NAME, found),
        "can_name": found.campaign.can_name,
        "on_notice": transitions.is_on_notice(found),
        "following": words.of_enrolment_state(following) if following else "",
    }


def _by_round(found: Enrolment) -> str:
    """Why the city accepts it by a round only; nothing when it may do so here."""
    code = rounds.obstacle(found)
    return sentences.of_code(code) if code else ""


@blueprint.post(f"{_HERE}/submit")
@access.permits(Permission.PROVE)
@answers.form_of(enrolment)
def submit_ready(id: int) -> ResponseReturnValue:
    """Sends everything that is ready."""
    found = _load(id, Permission.PROVE)
    checklist.send_ready(found, by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said="all_submitted")


@blueprint.post(f"{_HERE}/examine")
@access.permits(Permission.EXAMINE)
@answers.form_of(enrolment)
def examine(id: int) -> ResponseReturnValue:
    """The town's check of a complete checklist."""
    after = transitions.examine(
        _load(id, Permission.EXAMINE), typed.version(), by=access.actor().id
    )
    return answers.go(url_for("enrolment.enrolment", id=id), said=after.value)


@blueprint.post(f"{_HERE}/advance")
@access.permits(Permission.ACCEPT)
@answers.form_of(enrolment)
def advance(id: int) -> ResponseReturnValue:
    """The city's acceptance, or the public notice: whichever step comes next."""
    after = rounds.advance(_load(id, Permission.ACCEPT), typed.version(), by=access.actor().id)
    return answers.go(url_for("enrolment.enrolment", id=id), said=after.value)


@blueprint.get(_ITEM)
@access.permits(Permission.SEE_UNITS)
def item(id: int, key: str) -> ResponseReturnValue:
    """One item: what is asked, its proof, the form to send it, its history."""
    found = records.find(id, access.scope(Permission.SEE_UNITS))
    slot = campaigns.slot(found.campaign, key)
    unit_view = _is_unit(found)
    lines = checklist.lines([found], seen_by_unit=unit_view)[found.id]
    line = next(each for each in lines if each.slot.key == key)
    proves = _may(Permission.PROVE, found)
    instead = "instead" in request.args or request.method == "POST"
    sending = proves and line.to_do and (unit_view or instead)
    last_time = carrying.last_time(found, [line] if sending else ())
    events = history.of_item(line.item.id, seen_by_unit=unit_view) if line.item else ()
    version = found.campaign.version
    aggregate = version.standard.registration is Registration.AGGREGATE
    return answers.show(
        "enrolment/item.html",
        incidents=[each for each in vetoes.standing(id) if each.code == slot.criterion.code],
        enrolment=found,
        line=line,
        slot=slot,
        criterion=slot.criterion,
        section=version.section(slot.criterion.section_number),
        periods=[each for each in lines if each.slot.criterion is slot.criterion],
        town=jurisdictions.names([found.town_id]).get(found.town_id or 0),
        is_unit=unit_view,
        sending=sending,
        offer=last_time.offers.get(key),
        changed_since=last_time.changed.get(key),
        origin=carrying.origin(line.item) if line.item and not line.to_do else None,
        reuses=hints.reuses(line) if sending else {},
        at_city=bool(line.item and line.is_waiting and impartiality.at_city([line.item.id])),
        more_time=extensions.latest(line.item.id) if line.item else None,
        asks=proves,
        elsewhere=fitting.elsewhere(line) if proves and (unit_view or sending) else None,
        sees_capture=permissions.sees_capture(access.actor(), found.unit.place.path, found.unit_id),
        comparisons=hints.comparisons([line]) if _may(Permission.COMPARE, found) else {},
        instead=proves and line.to_do and not unit_view,
        may_take_back=proves
        and line.is_waiting
        and line.item is not None
        and checklist.is_decidable(found)
        and _may_take_back(found, line.item),
        desk=url_for("review.desk", item=line.item.id)
        if line.item and _is_to_decide(found, line)
        else None,
        denominator=found.unit.households if aggregate else None,
        following=_following(lines, line) if unit_view else None,
        tombstones=tombstones.of_item(line.item.id if line.item else None),
        visits=visits.of_item(line.item.id if line.item else None, seen_by_unit=unit_view),
        checked=pictures.told(line.item.id, events) if line.item else (),
        observing=_observing(found, line),
        first_dispute=line.is_returned
        and line.item is not None
        and disputes.may_raise(found, line.item, by=access.actor().id),
        dispute=disputes.of_item(line.item) if line.is_returned and line.item else None,
        steps=timelines.steps(events),
        reason=_reason(line),
        marked=_marked(line),
        limit=settings.PHOTOS_PER_ITEM,
        photo_megabytes=settings.PHOTO_BYTES // 2**20,
        documents=proof.takes_documents(slot),
        client_key=secrets.token_urlsafe(16),
    )


def _observing(found: Enrolment, line: Line) -> dict[str, Any] | None:
    """What a form for a note from the spot needs; none for whoever may not write one."""
    if line.item is None or not _may(Permission.OBSERVE, found):
        return None
    if not checklist.is_decidable(found) or review.has_part_in(line.item, access.actor().id):
        return None
    return {"seen": visits.seen_words(), "today": clock.today(), "by": access.actor().id}


def _may_take_back(found: Enrolment, sent: Item) -> bool:
    """Whether a sent item is the person's to take back: her unit's, or what she sent for it."""
    return _is_unit(found) or sent.submitted_by == access.actor().id


def _is_to_decide(found: Enrolment, line: Line) -> bool:
    actor = access.actor()
    if line.item is None or not permissions.holds(actor, Permission.DECIDE):
        return False
    disputed = disputes.is_open(line.item)
    if line.item.state is not ItemState.SUBMITTED and not disputed:
        return False
    if not checklist.is_decidable(found):
        return False
    if not permissions.may_decide(actor, found.unit.place.path, line.item.department):
        return False
    if disputed and disputes.is_of(line.item, actor.id):
        return False
    return not review.has_part_in(line.item, actor.id)


def _following(lines: Sequence[Line], line: Line) -> Line | None:
    """The next item that waits for the unit, after this one and then from the top."""
    place = lines.index(line)
    return next((each for each in (*lines[place + 1 :], *lines[:place]) if each.to_do), None)


def _reason(line: Line) -> str:
    return words.of_reason(line.item.reason) if line.item and line.is_returned else ""


def _marked(line: Line) -> Marked | None:
    """What was marked on its pictures, while the viewer sees the item returned."""
    if line.item is None or not line.is_returned:
        return None
    found = earlier.marks_of(line.item.id)
    return drawing.marked(found, records.attached(line.item.id)) if found else None


@blueprint.post(f"{_ITEM}/submit")
@access.permits(Permission.PROVE)
@answers.form_of(item)
def submit(id: int, key: str) -> ResponseReturnValue:
    """Sends an item for review."""
    found = _load(id, Permission.PROVE)
    slot = campaigns.slot(found.campaign, key)
    transitions.submit(found, slot, answering.sent(), typed.version(), by=access.actor().id)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="submitted")


@blueprint.post(f"{_ITEM}/take-back")
@access.permits(Permission.PROVE)
@answers.form_of(item)
def take_back(id: int, key: str) -> ResponseReturnValue:
    """Takes a sent item back, before somebody decides."""
    found = _load(id, Permission.PROVE)
    sent = records.item(found, campaigns.slot(found.campaign, key).key)
    if sent is None:
        raise Refused(fault("item_not_submitted"))
    if not _may_take_back(found, sent):
        raise NotAllowed
    transitions.take_back(found, sent, typed.version(), by=access.actor().id)
    return answers.go(url_for("enrolment.item", id=id, key=key), said="taken_back")
