"""Every change of an item's state, and an enrolment's steps to its title: one function each.

Each checks the state before, changes it, writes the event and tells the tally, in the transaction
at hand. Nobody assigns ``state`` elsewhere but ``verdicts``, in bulk and of what is decided.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, history, people, settings, tally, workdays
from campaigns.campaign import Campaign, Slot
from campaigns.database import db
from campaigns.enrolment import records, vetoes
from campaigns.enrolment.answers import Answer, faults
from campaigns.enrolment.records import (
    ANSWERABLE,
    LEFT,
    Attachment,
    Enrolment,
    EnrolmentState,
    Item,
    ItemState,
)
from campaigns.enrolment.scoring import Score, score
from campaigns.errors import Refused, Stale, fault
from campaigns.evidence.records import Evidence, of_unit
from campaigns.standards import EvidenceKind

#: What the history keeps of what was sent.
_TOLD = ("value", "numerator", "denominator", "none", "not_applicable", "note")


def touch(enrolment: Enrolment, slot: Slot) -> Item:
    """The item's row, made on first touch."""
    found = records.item(enrolment, slot.key)
    if found is None:
        found = Item(
            enrolment_id=enrolment.id,
            criterion_id=slot.criterion.id,
            key=slot.key,
            town_id=enrolment.town_id,
            department=slot.criterion.department,
            state=ItemState.OPEN,
        )
        db.session.add(found)
        db.session.flush()
    return found


def require_answerable(enrolment: Enrolment, slot: Slot) -> None:
    """Refuses what cannot be answered: closed campaign, finished enrolment, period to come."""
    require_taking_part(enrolment)
    if enrolment.state not in ANSWERABLE:
        raise Refused(fault("enrolment_finished"))
    if not slot.is_open(clock.today()):
        raise Refused(fault("period_not_open", opens_on=slot.opens_on))


def require_room(enrolment: Enrolment, slot: Slot, known: Sequence[int], new: int) -> None:
    """Refuses what ``attach`` would: asked before anything of an upload is stored.

    ``known`` are ids of evidence that is stored already, ``new`` how many more are to come.
    """
    require_answerable(enrolment, slot)
    item = records.item(enrolment, slot.key)
    held = {*known}
    if item is not None:
        require_sendable(item)
        held |= {each.id for each in records.attached(item.id)}
    if len(held) + new > settings.PHOTOS_PER_ITEM:
        raise Refused(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))


def attach(enrolment: Enrolment, slot: Slot, evidence: Evidence) -> Item:
    """Puts evidence beside an item that is about to be sent; refuses more than is sensible, and
    documents where photos are asked for."""
    require_answerable(enrolment, slot)
    _require_fitting(slot, [evidence])
    item = touch(enrolment, slot)
    require_sendable(item)
    query = sa.select(Attachment).where(Attachment.item_id == item.id)
    places = {each.evidence_id: each.position for each in db.session.scalars(query)}
    if evidence.id not in places:
        # What was removed leaves its place.
        if len(records.attached(item.id)) >= settings.PHOTOS_PER_ITEM:
            raise Refused(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))
        position = max(places.values(), default=0) + 1
        db.session.add(Attachment(item_id=item.id, evidence_id=evidence.id, position=position))
        db.session.flush()
        no_longer_carried(item)
    return item


def _require_fitting(slot: Slot, proof: Sequence[Evidence]) -> None:
    if slot.criterion.evidence is not EvidenceKind.DOCUMENT and any(
        each.is_document for each in proof
    ):
        raise Refused(fault("document_not_asked", "file"))


def detach(enrolment: Enrolment, item: Item, evidence: Evidence, *, by: int) -> None:
    """Takes evidence away from an item that was not sent, or came back."""
    require_sendable(item)
    db.session.execute(
        sa.delete(Attachment).where(
            Attachment.item_id == item.id, Attachment.evidence_id == evidence.id
        )
    )
    no_longer_carried(item)
    history.record(
        "detached", "item", item.id, by=by, unit_id=enrolment.unit_id, evidence=evidence.id
    )


def no_longer_carried(item: Item) -> None:
    """Its proof is not that of last time any more. The version stays: so does the form."""
    if item.carried_from_id is not None:
        db.session.execute(sa.update(Item).where(Item.id == item.id).values(carried_from_id=None))


def require_sendable(item: Item) -> None:
    """Refuses an item that waits for its decision, or is approved."""
    # A decision that the unit cannot see yet still looks "submitted" to it.
    if item.state is ItemState.SUBMITTED or not records.is_visible(item):
        raise Refused(fault("item_submitted"))
    if item.state is ItemState.APPROVED:
        raise Refused(fault("item_approved"))


def submit(enrolment: Enrolment, slot: Slot, answer: Answer, version: int, *, by: int) -> Item:
    """Open or returned becomes submitted; refuses with every fault of the answer at once.

    What was carried forward is found by ``carrying``, which calls this.
    """
    require_answerable(enrolment, slot)
    item = touch(enrolment, slot)
    require_version(item, version)
    require_sendable(item)
    proof = of_unit(enrolment.unit_id, answer.evidence)
    _require_fitting(slot, proof)
    found = list(
        faults(
            slot,
            enrolment.campaign.version.standard.registration,
            answer,
            pieces=len(proof),
            households=enrolment.unit.households,
        )
    )
    if len(proof) < len(set(answer.evidence)):
        found.append(fault("evidence_unknown", "file"))
    if len(proof) > settings.PHOTOS_PER_ITEM:
        found.append(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))
    if found:
        raise Refused(*found)
    records.set_proof(item, proof)
    before, item.state = item.state, ItemState.SUBMITTED
    plain = answer.none or answer.not_applicable
    item.value = None if plain else answer.value
    item.numerator = None if plain else answer.numerator
    item.denominator = None if plain else answer.denominator
    item.none, item.not_applicable = answer.none, answer.not_applicable
    item.declared, item.note = answer.declared, answer.note
    item.carried_from_id = answer.carried_from
    item.minutes = answer.minutes or item.minutes
    item.submitted_at, item.submitted_by = clock.now(), by
    item.by_town = not people.is_liaison(by, enrolment.unit_id)
    item.decided_at = item.visible_at = item.reason = item.due_on = None
    count(enrolment, before, ItemState.SUBMITTED)
    # The minutes are left out: they are asked for the city's look back, never told of a unit.
    history.record(
        "confirmed" if answer.carried_from else "submitted",
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        key=item.key,
        evidence=[each.id for each in proof],
        carried_from=answer.carried_from,
        **{name: getattr(item, name) for name in _TOLD},
    )
    db.session.flush()
    return item


def take_back(
    enrolment: Enrolment, item: Item, version: int, *, by: int, verb: str = "taken_back"
) -> None:
    """Submitted becomes open again, before anybody decided; the content stays."""
    require_taking_part(enrolment)
    require_version(item, version)
    if item.state is not ItemState.SUBMITTED:
        raise Refused(fault("item_not_submitted"))
    item.state = ItemState.OPEN
    item.submitted_at, item.by_town = None, False
    count(enrolment, ItemState.SUBMITTED, ItemState.OPEN)
    history.record(verb, "item", item.id, by=by, unit_id=enrolment.unit_id, key=item.key)
    db.session.flush()


def decide(
    enrolment: Enrolment, item: Item, version: int, *, approved: bool, reason: str, due_on: date
) -> None:
    """Submitted becomes approved or returned. ``review`` keeps the decision and calls this."""
    require_taking_part(enrolment)
    require_version(item, version)
    if item.state is not ItemState.SUBMITTED:
        raise Stale
    now = clock.now()
    item.state = ItemState.APPROVED if approved else ItemState.RETURNED
    item.decided_at = now
    item.visible_at = now + settings.DECISION_DELAY
    item.reason = None if approved else reason
    item.due_on = None if approved else due_on
    count(enrolment, ItemState.SUBMITTED, item.state)
    db.session.flush()


def reopen(enrolment: Enrolment, item: Item, reason: str, due_on: date, *, by: int) -> None:
    """Approved becomes returned: only a re-check does it, with its reason, seen at once."""
    require_taking_part(enrolment)
    if item.state is not ItemState.APPROVED:
        raise Stale
    item.state, item.reason, item.due_on = ItemState.RETURNED, reason, due_on
    item.decided_at = item.visible_at = clock.now()
    count(enrolment, ItemState.APPROVED, ItemState.RETURNED)
    db.session.flush()
    unit_id = enrolment.unit_id
    history.record("reopened", "item", item.id, by=by, unit_id=unit_id, key=item.key, reason=reason)


def require_taking_part(enrolment: Enrolment) -> None:
    """Refuses whatever changes a checklist once its campaign is closed or its unit left it."""
    campaigns.require_open(enrolment.campaign)
    if enrolment.state in LEFT:
        raise Refused(fault("enrolment_left"))


def require_version(item: Item, version: int) -> None:
    """Refuses an item that changed since the page was opened."""
    if item.row_version != version:
        raise Stale


_COUNTED = frozenset({ItemState.SUBMITTED, ItemState.APPROVED, ItemState.RETURNED})


def count(enrolment: Enrolment, before: ItemState, after: ItemState) -> None:
    """Moves one item from one counter to the other, on the enrolment and in the tally."""
    changes: dict[str, int] = {}
    if before in _COUNTED:
        changes[before.value] = -1
    if after in _COUNTED:
        changes[after.value] = 1
    if after is ItemState.SUBMITTED and not enrolment.started:
        enrolment.started = True
        changes["started"] = 1
    for name in changes.keys() - {"started"}:
        setattr(enrolment, name, getattr(enrolment, name) + changes[name])
    tally.progress(enrolment.campaign_id, enrolment.place_id, enrolment.town_id, **changes)


def examine(enrolment: Enrolment, version: int, *, by: int) -> EnrolmentState:
    """The town's check: passed, passed on condition, or not passed, as the score says.

    Refuses while an item is undecided, and once the campaign is closed. A veto found not met never
    passes (workflow, section 4).
    """
    campaigns.require_open(enrolment.campaign)
    require(enrolment, version, ANSWERABLE)
    vetoes.require_none(enrolment.id)
    slots = campaigns.slots(enrolment.campaign)
    items = {each.key: each for each in records.items([enrolment.id])}
    found = score(slots, items)
    if not found.complete:
        raise Refused(fault("items_undecided", left=found.items - found.decided))
    verdict = _verdict(found, enrolment.campaign.version.pass_mark)
    enrolment.mend_by = (
        clock.today() + timedelta(days=settings.CONDITIONAL_DAYS)
        if verdict is EnrolmentState.CONDITIONAL
        else None
    )
    move_on(enrolment, verdict, by=by, mark=float(found.mark))
    return verdict


def _verdict(found: Score, pass_mark: int) -> EnrolmentState:
    if found.vetoes or found.mark < pass_mark - settings.CONDITIONAL_POINTS:
        return EnrolmentState.NOT_PASSED
    if found.mark < pass_mark:
        return EnrolmentState.CONDITIONAL
    return EnrolmentState.TOWN_PASSED


#: The way from the town's check to the title, with the step that leads to each state.
_WAY: dict[EnrolmentState, campaigns.Step] = {
    EnrolmentState.TOWN_PASSED: campaigns.Step.TOWN,
    EnrolmentState.CITY_PASSED: campaigns.Step.CITY,
    EnrolmentState.PUBLICISED: campaigns.Step.NOTICE,
}


def next_state(enrolment: Enrolment) -> EnrolmentState | None:
    """The state after the town's check that comes next; ``named`` when only naming is left."""
    if enrolment.state not in _WAY:
        return None
    way = list(_WAY)
    for state in way[way.index(enrolment.state) + 1 :]:
        if _WAY[state] in enrolment.campaign.acceptance:
            return state
    return EnrolmentState.NAMED


def way_to(enrolment: Enrolment, state: EnrolmentState) -> list[EnrolmentState]:
    """The states that an enrolment of this campaign goes through until it reaches this one."""
    steps = [each for each in _WAY if _WAY[each] in enrolment.campaign.acceptance]
    way = [*steps, EnrolmentState.NAMED]
    return way[: way.index(state) + 1] if state in way else [state]


def last_state(campaign: Campaign) -> EnrolmentState:
    """The state in which an enrolment of the campaign only waits to be named."""
    town = EnrolmentState.TOWN_PASSED
    return next((each for each in reversed(_WAY) if _WAY[each] in campaign.acceptance), town)


def advance(enrolment: Enrolment, version: int, *, by: int) -> EnrolmentState:
    """Takes an enrolment through the next acceptance step; naming is ``titles.name``."""
    require(enrolment, version, frozenset(_WAY))
    vetoes.require_none(enrolment.id)
    after = next_state(enrolment)
    if after is None or after is EnrolmentState.NAMED:
        raise Refused(fault("no_step_left"))
    if after is EnrolmentState.PUBLICISED and enrolment.campaign.notice_days:
        enrolment.notice_until = workdays.after(clock.today(), enrolment.campaign.notice_days)
    move_on(enrolment, after, by=by)
    return after


def mark_named(enrolment: Enrolment, version: int, *, by: int | None, serial: str) -> None:
    """The last step before a title; ``titles.name`` makes the title and calls this."""
    require(enrolment, version, frozenset(_WAY))
    vetoes.require_none(enrolment.id)
    if next_state(enrolment) is not EnrolmentState.NAMED:
        raise Refused(fault("steps_missing"))
    if is_on_notice(enrolment):
        raise Refused(fault("notice_running", until=enrolment.notice_until))
    move_on(enrolment, EnrolmentState.NAMED, by=by, serial=serial)


def is_on_notice(enrolment: Enrolment) -> bool:
    """Whether the working days of its public notice are still running."""
    return enrolment.notice_until is not None and enrolment.notice_until >= clock.today()


def require(enrolment: Enrolment, version: int, states: frozenset[EnrolmentState]) -> None:
    """Refuses an enrolment that changed since the page was opened, or is in no such state."""
    if enrolment.row_version != version:
        raise Stale
    if enrolment.state not in states:
        raise Refused(fault("enrolment_not_ready"))


def move_on(
    enrolment: Enrolment,
    after: EnrolmentState,
    *,
    by: int | None,
    verb: str | None = None,
    **detail: Any,
) -> None:
    """An enrolment's next state with counters and event; ``verb`` where the state is not it.

    Refuses it in an archived campaign.
    """
    campaigns.require_not_archived(enrolment.campaign)
    before, enrolment.state = enrolment.state, after
    changes: dict[str, int] = {}
    for state, number in ((before, -1), (after, 1)):
        if state is not EnrolmentState.APPLIED:
            changes[state.value] = changes.get(state.value, 0) + number
    tally.progress(enrolment.campaign_id, enrolment.place_id, enrolment.town_id, **changes)
    db.session.flush()
    happened = verb or after.value
    history.record(happened, "enrolment", enrolment.id, by=by, unit_id=enrolment.unit_id, **detail)
