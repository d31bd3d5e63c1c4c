"""The desk: the queue of sent items, one of them open, and the decision."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from campaigns import clock, people, permissions, review, settings, text
from campaigns.enrolment import carrying, checklist, impartiality, records, transitions
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import Fault, NotAllowed, NotFound, Refused, Stale, fault
from campaigns.pages import access, answers, hints, sentences, timelines, tombstones, visits, words
from campaigns.permissions import Permission
from campaigns.review import Verdict, Waiting, assignments, disputes, undoing
from campaigns.review.undoing import Decided

blueprint = Blueprint("review", __name__)

#: Nobody is given longer; a later day is a slip of the finger.
_LONGEST = timedelta(days=366)
_ITEM = f"/enrolments/<int(max={2**63 - 1}):id>/items/<key>"


class DecisionForm(FlaskForm):
    """A reviewer's verdict, as it was sent."""

    version = StringField()
    verdict = StringField()
    preset = StringField()
    reason = StringField()
    due_on = StringField()


@blueprint.get("/review")
@access.permits(Permission.REVIEW)
def desk() -> ResponseReturnValue:
    """The queue, oldest first, with the chosen item or the first one open."""
    waiting, total = _queue()
    chosen = request.args.get("item", "")
    if chosen:
        return _show(waiting, total, *_key_of(chosen))
    if waiting:
        return _show(waiting, total, waiting[0].enrolment_id, waiting[0].key)
    return _show(waiting, total)


def open_item(id: int, key: str) -> ResponseReturnValue:
    """The desk with one item open: what a refused decision goes back to."""
    return _show(*_queue(), id, key)


@blueprint.post(f"{_ITEM}/decision")
@access.permits(Permission.DECIDE)
@answers.form_of(open_item)
def decision(id: int, key: str) -> ResponseReturnValue:
    """Approves or returns an item; the next one of the queue opens by itself."""
    enrolment = records.find(id, access.scope(Permission.SEE_UNITS))
    item = records.item(enrolment, key)
    if item is None:
        raise NotFound(key)
    if not permissions.may_decide(access.actor(), enrolment.unit.place.path, item.department):
        raise NotAllowed
    verdict, version = _verdict(DecisionForm())
    review.decide(enrolment, item, verdict, version, by=access.actor().id)
    return answers.go(url_for("review.desk"))


def _queue() -> tuple[Sequence[Waiting], int]:
    actor = access.actor()
    return review.queue(permissions.desks(actor), by=actor.id)


def _undo(opened: Item | None) -> Decided | None:
    """What can be undone now: what is open on the desk when it is decided, or else the last that
    the person decided."""
    actor = access.actor()
    found = undoing.of_item(opened.id) if opened and opened.visible_at else None
    if found and permissions.may_undo(actor, found.decided_by, found.paths):
        return found
    return undoing.latest(actor.id)


def _complete() -> Sequence[Enrolment]:
    """The checklists that wait for the person's town check."""
    if not permissions.holds(access.actor(), Permission.EXAMINE):
        return ()
    return records.complete(access.scope(Permission.EXAMINE), limit=settings.PAGE_ROWS)


def _key_of(typed: str) -> tuple[int, str]:
    found = records.key_of(int(typed)) if re.fullmatch(r"[0-9]{1,18}", typed) else None
    if found is None:
        raise NotFound(typed)
    return found


def _show(
    waiting: Sequence[Waiting], total: int, enrolment_id: int | None = None, key: str = ""
) -> ResponseReturnValue:
    context: dict[str, Any] = {"opened": None}
    if enrolment_id is not None:
        context = _opened(records.find(enrolment_id, access.scope(Permission.SEE_UNITS)), key)
    now, today = clock.now(), clock.today()
    return answers.show(
        "review/desk.html",
        waiting=waiting,
        total=total,
        now=now,
        age_of=lambda each: words.of_age(each.days(now), late=each.overdue(now)),
        presets=words.presets(),
        mend_on=today + timedelta(days=settings.MEND_DAYS),
        first_day=today,
        complete=_complete(),
        disputed=disputes.waiting(permissions.desks(access.actor()), by=access.actor().id),
        undo=_undo(context["opened"]),
        **_beside(),
        **context,
    )


def _beside() -> dict[str, Any]:
    """What belongs to the desk beside its queue: hand-overs of today, requests for more time."""
    actor, today = access.actor(), clock.today()
    shares = permissions.holds(actor, Permission.SHARE_WORK)
    shown = assignments.of_person(actor.id) if shares else ()
    return {
        "handovers": [each for each in shown if each.handover.first_day <= today],
        "shares": shares,
    }


def _opened(enrolment: Enrolment, key: str) -> dict[str, Any]:
    lines = checklist.lines([enrolment], seen_by_unit=False)[enrolment.id]
    line = next((each for each in lines if each.slot.key == key), None)
    if line is None or line.item is None:
        raise NotFound(key)
    item, slot = line.item, line.slot
    place = enrolment.unit.place.path
    compares = permissions.may(access.actor(), Permission.COMPARE, place, enrolment.unit_id)
    return {
        "opened": item,
        "enrolment": enrolment,
        "slot": slot,
        "criterion": slot.criterion,
        "line": line,
        "others": [
            each
            for each in lines
            if each.slot.criterion is slot.criterion and each.item and each is not line
        ],
        "proof": records.attached(item.id),
        "tombstones": tombstones.of_item(item.id),
        "visits": visits.of_item(item.id, seen_by_unit=False),
        "dispute": disputes.of_item(item) if item.state is ItemState.RETURNED else None,
        "origin": carrying.origin(item),
        "comparisons": hints.comparisons([line]) if compares else {},
        "sender": people.names([item.submitted_by]).get(item.submitted_by or 0),
        "steps": timelines.of_item(item.id, seen_by_unit=False),
        "at_city": bool(impartiality.at_city([item.id])),
        "obstacle": _obstacle(enrolment, item),
    }


def _obstacle(enrolment: Enrolment, item: Item) -> str | None:
    """Why this item is not the person's to decide now; none when it is."""
    actor = access.actor()
    if item.state is ItemState.OPEN:
        return sentences.of_code("not_sent")
    disputed = _is_disputed(item)
    if item.state is not ItemState.SUBMITTED and not disputed:
        return sentences.of_code("already_decided")
    try:
        transitions.require_taking_part(enrolment)
    except Refused as refused:
        return sentences.of_fault(refused.faults[0])
    if disputed and disputes.is_of(item, actor.id):
        return sentences.of_code("own_return")
    if review.has_part_in(item, actor.id):
        return sentences.of_code("own_upload")
    if not permissions.may_decide(actor, enrolment.unit.place.path, item.department):
        return sentences.of_code("not_allowed")
    return None


def _is_disputed(item: Item) -> bool:
    found = disputes.of_item(item) if item.state is ItemState.RETURNED else None
    return found is not None and found.settled_at is None


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
    if typed := (form.due_on.data or "").strip():
        try:
            due_on = date.fromisoformat(typed)
        except ValueError:
            found.append(fault("date_invalid", "due_on"))
        else:
            if due_on > clock.today() + _LONGEST:
                found.append(fault("date_invalid", "due_on"))
    if found:
        raise Refused(*found)
    verdict = Verdict(
        approve=form.verdict.data == "approve",
        preset=form.preset.data or None,
        reason=reason,
        due_on=due_on,
    )
    return verdict, int(form.version.data or 0)
