"""The desk: the queue of sent items, one of them open, and the decision."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from campaigns import campaign as campaigns
from campaigns import clock, history, people, permissions, review, settings, text
from campaigns.acceptance import pictures
from campaigns.campaign import Campaign, CampaignState
from campaigns.enrolment import carrying, detail, impartiality, records, transitions
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import Fault, NotAllowed, NotFound, Refused, Stale, fault
from campaigns.evidence import likeness
from campaigns.pages import (
    access,
    answers,
    drawing,
    hints,
    queues,
    sentences,
    stage,
    timelines,
    tombstones,
    typed,
    visits,
)
from campaigns.pages.hints import Comparison
from campaigns.pages.queues import Queue
from campaigns.pages.stage import Stage
from campaigns.permissions import Permission
from campaigns.review import (
    CITY,
    Verdict,
    assignments,
    beside,
    disputes,
    earlier,
    examining,
    marks,
    presets,
    reasons,
    undoing,
)
from campaigns.review.beside import Beside
from campaigns.review.filters import AGES
from campaigns.review.marks import Mark
from campaigns.review.undoing import Decided

blueprint = Blueprint("review", __name__)
blueprint.add_app_template_filter(timelines.of_answer, "answer")

#: Nobody is given longer; a later day is a slip of the finger.
_LONGEST = timedelta(days=366)
#: What is fetched ahead may be shown for so many seconds, to the person who fetched it.
_AHEAD = "private, max-age=15"
_ZONES = tuple("123456789")
#: So many reasons have a key.
_KEYS = 6
_ITEM = f"/enrolments/<int(max={2**63 - 1}):id>/items/<key>"


class DecisionForm(FlaskForm):
    """A reviewer's verdict, as it was sent."""

    version = StringField()
    verdict = StringField()
    preset = StringField()
    reason = StringField()
    due_on = StringField()
    marks = StringField()
    zone = StringField()
    piece = StringField()
    keep = StringField()
    item = StringField()
    retired = StringField()


@blueprint.get("/review")
@access.permits(Permission.REVIEW)
def desk() -> ResponseReturnValue:
    """The queue, oldest first, with the chosen item or the first one open."""
    found = queues.queue()
    if chosen := request.args.get("item", ""):
        answer = _show(found, *_key_of(chosen))
    elif found.first:
        answer = _show(found, found.first.enrolment_id, found.first.key)
    else:
        answer = _show(found)
    if "X-Ahead" in request.headers:
        answer.headers["Cache-Control"] = _AHEAD
    return answer


def open_item(id: int, key: str) -> ResponseReturnValue:
    """The desk with one item open: what a refused decision goes back to."""
    return _show(queues.queue(), id, key)


@blueprint.post(f"{_ITEM}/decision")
@access.permits(Permission.DECIDE)
@answers.form_of(open_item)
def decision(id: int, key: str) -> ResponseReturnValue:
    """Approves or returns an item; the next one of the same queue opens by itself."""
    enrolment = records.find(id, access.scope(Permission.SEE_UNITS))
    item = records.item(enrolment, key)
    if item is None:
        raise NotFound(key)
    if not permissions.may_decide(access.actor(), enrolment.unit.place.path, item.department):
        raise NotAllowed
    verdict, version = _verdict(DecisionForm())
    review.decide(enrolment, item, verdict, version, by=access.actor().id)
    wishes = queues.asked()
    onward = {**wishes.fields, **({"after": wishes.after} if wishes.after else {})}
    return answers.go(url_for("review.desk", **onward))


@blueprint.post("/review/reasons/retire")
@access.permits(Permission.DECIDE)
def retire() -> ResponseReturnValue:
    """Takes a kept reason from the list: the city office any, others what they kept themselves."""
    form, by = DecisionForm(), access.actor().id
    presets.retire(form.retired.data or "", by=by, any_of_them=_keeps_standards())
    wishes = queues.asked()
    item = form.item.data or ""
    chosen: dict[str, Any] = {"item": item} if re.fullmatch(r"[0-9]{1,18}", item, re.ASCII) else {}
    return answers.go(url_for("review.desk", **wishes.fields, **chosen), said="reason_retired")


def _keeps_standards() -> bool:
    return permissions.holds(access.actor(), Permission.EDIT_STANDARDS)


def _is_city() -> bool:
    return any(kind == CITY for _, kind in permissions.desks(access.actor()))


def _undo(opened: Item | None, there: Beside) -> Decided | None:
    """What can be undone now: what is open on the desk when it is decided, or else the last that
    the person decided."""
    actor = access.actor()
    found = undoing.of_item(opened.id) if opened and opened.visible_at else None
    if found and permissions.may_undo(actor, found.decided_by, found.paths):
        return found
    return undoing.latest(actor.id) if there.undoing else None


def _running() -> list[Campaign]:
    """The campaigns that the person may choose among."""
    found = campaigns.listed(access.scope(Permission.SEE_UNITS))
    return [each for each in found if each.state is CampaignState.OPEN]


def _key_of(wish: str) -> tuple[int, str]:
    found = records.key_of(int(wish)) if re.fullmatch(r"[0-9]{1,18}", wish) else None
    if found is None:
        raise NotFound(wish)
    return found


def _show(found: Queue, enrolment_id: int | None = None, key: str = "") -> Response:
    context: dict[str, Any] = {"opened": None}
    if enrolment_id is not None:
        enrolment = records.find(enrolment_id, access.scope(Permission.SEE_UNITS))
        context = _opened(found, enrolment, key)
    now, today = clock.now(), clock.today()
    return answers.show(
        "review/desk.html",
        queue=found,
        now=now,
        running=_running(),
        ages=AGES,
        keys=_KEYS,
        mend_on=today + timedelta(days=settings.MEND_DAYS),
        first_day=today,
        **_beside(context["opened"]),
        **context,
    )


def _beside(opened: Item | None) -> dict[str, Any]:
    """What belongs to the desk beside its queue: what to settle, to examine and to undo, hand-overs
    of today, notes of those who went to see."""
    actor, today, desks = access.actor(), clock.today(), permissions.desks(access.actor())
    examines = access.scope(Permission.EXAMINE)
    item_id = opened.id if opened else None
    there = beside.of_desk(desks, by=actor.id, examines=examines, item_id=item_id)
    shares = permissions.holds(actor, Permission.SHARE_WORK)
    shown = assignments.of_person(actor.id) if shares and there.handovers else ()
    return {
        "undo": _undo(opened, there),
        "disputed": disputes.waiting(desks, by=actor.id) if there.disputes else (),
        "complete": examining.complete(examines, limit=settings.PAGE_ROWS)
        if there.complete
        else (),
        "handovers": [each for each in shown if each.handover.first_day <= today],
        "shares": shares,
        "visits": visits.of_item(item_id, seen_by_unit=False) if there.site_notes else (),
    }


def _opened(found: Queue, enrolment: Enrolment, key: str) -> dict[str, Any]:
    shown = detail.of_item(enrolment, key, seen_by_unit=False)
    line, slot, item = shown.line, shown.line.slot, shown.line.item
    if item is None:
        raise NotFound(key)
    row = found.row(item.id)
    compares = permissions.may(
        access.actor(), Permission.COMPARE, enrolment.unit.place.path, enrolment.unit_id
    )
    comparisons = hints.comparisons([line]) if compares else {}
    obstacle = _obstacle(enrolment, item, waits=row is not None)
    events = history.of_item(item.id, seen_by_unit=False)
    since = earlier.since_last(events)
    marks_then = earlier.marks_of(item.id) if since or obstacle else ()
    on_stage = stage.asked(shown.proof, drawing.drawn(marks_then, shown.proof))
    return {
        "opened": item,
        "enrolment": enrolment,
        "slot": slot,
        "criterion": slot.criterion,
        "line": line,
        "others": shown.others,
        "stage": on_stage,
        "zones": drawing.ZONES,
        "pair": _pair(on_stage, comparisons),
        "tombstones": tombstones.of_pieces(shown.removed),
        "checked": pictures.told(item.id, events),
        "dispute": disputes.of_item(item) if item.state is ItemState.RETURNED else None,
        "origin": carrying.origin(item),
        "comparisons": comparisons,
        "sender": people.names([item.submitted_by]).get(item.submitted_by or 0),
        "since": since,
        "steps": timelines.steps(events),
        "at_city": row.at_city if row else _at_city(item, obstacle),
        "obstacle": obstacle,
        "keeps_standards": _keeps_standards(),
        "reasons": ()
        if obstacle
        else reasons.offered(enrolment.campaign.version, slot.criterion.code),
    }


def _at_city(item: Item, obstacle: str | None) -> bool:
    # What somebody of the town may decide, she for one, is not with the city.
    return bool((obstacle or _is_city()) and impartiality.at_city([item.id]))


def _pair(shown: Stage | None, comparisons: Mapping[int, Comparison]) -> Comparison | None:
    """The picture that looks most like the one on the stage, when it is to stand beside it: that
    look is kept in the history, as every other is."""
    if shown is None or "beside" not in request.args:
        return None
    found = comparisons.get(shown.piece.id)
    if found is not None:
        actor, address = access.actor(), access.address()
        likeness.note_look(shown.piece, found.alike, by=actor.id, address=address)
    return found


def _obstacle(enrolment: Enrolment, item: Item, *, waits: bool) -> str | None:
    """Why this item is not the person's to decide now; none when it is. What ``waits`` in her queue
    is hers."""
    actor = access.actor()
    if item.state is ItemState.OPEN:
        return sentences.of_code("not_sent")
    disputed = disputes.is_open(item)
    if item.state is not ItemState.SUBMITTED and not disputed:
        return sentences.of_code("already_decided")
    try:
        transitions.require_taking_part(enrolment)
    except Refused as refused:
        return sentences.of_fault(refused.faults[0])
    if waits:
        return None
    if disputed and disputes.is_of(item, actor.id):
        return sentences.of_code("own_return")
    if review.has_part_in(item, actor.id):
        return sentences.of_code("own_upload")
    if not permissions.may_decide(actor, enrolment.unit.place.path, item.department):
        return sentences.of_code("not_allowed")
    return None


def _verdict(form: DecisionForm) -> tuple[Verdict, int]:
    """What was sent; refuses with every fault at once."""
    found: list[Fault] = []
    if not re.fullmatch(r"[0-9]{1,18}", form.version.data or ""):
        raise Stale
    if form.verdict.data not in {"approve", "return"}:
        found.append(fault("verdict_missing"))
    reason, due_on = "", None
    try:
        reason = text.free(form.reason.data or "", "reason")
    except Refused as refused:
        found += refused.faults
    if day := (form.due_on.data or "").strip():
        try:
            due_on = date.fromisoformat(day)
        except ValueError:
            found.append(fault("date_invalid", "due_on"))
        else:
            if due_on > clock.today() + _LONGEST:
                found.append(fault("date_invalid", "due_on"))
    marked = typed.noted(found, _marks, form) or ()
    if found:
        raise Refused(*found)
    verdict = Verdict(
        approve=form.verdict.data == "approve",
        preset=form.preset.data or None,
        reason=reason,
        due_on=due_on,
        marks=marked,
        keep=bool(form.keep.data),
    )
    return verdict, int(form.version.data or 0)


def _marks(form: DecisionForm) -> tuple[Mark, ...]:
    """What was drawn, or the part of the picture that was chosen instead."""
    found = marks.read(form.marks.data or "")
    zone, piece = form.zone.data or "", form.piece.data or ""
    if zone in _ZONES and re.fullmatch(r"[0-9]{1,18}", piece, re.ASCII):
        found += (marks.in_zone(int(piece), int(zone)),)
    return found
