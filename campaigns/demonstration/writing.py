"""Writes plans in bulk: items, proof, decisions, history, and the counters to match."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from multiprocessing import get_context
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from campaigns import clock, settings, tally
from campaigns.database import db
from campaigns.demonstration import notice
from campaigns.demonstration.drawing import HEIGHT, WIDTH, draw
from campaigns.demonstration.plan import Plan, PlannedItem, scene_for
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Attachment, Enrolment, EnrolmentState, Item, ItemState
from campaigns.evidence import decoding, shades
from campaigns.evidence.intake import ProofKind
from campaigns.evidence.records import PHOTO, THUMBNAIL, CaptureSource, Evidence
from campaigns.evidence.store import Store
from campaigns.history import Event
from campaigns.review import Decision
from campaigns.tally import Progress

#: Pictures of one unit: one proof serves several items.
PER_UNIT = 3
_SMALL = (200, 150)


@dataclass(frozen=True)
class Drawn:
    """A picture as the store holds it."""

    name: str
    size: int
    difference_hash: bytes | None


def pictures(store: Store, plans: Sequence[Plan], keeper: int) -> dict[tuple[int, int], list[int]]:
    """Draws and stores the pictures of every unit that needs some; gives the ids of the evidence
    by unit and year."""
    wanted: dict[tuple[int, int], list[str]] = defaultdict(list)
    for plan in plans:
        for item in plan.items:
            scene = scene_for(item.slot.criterion.text_en)
            if item.pieces and len(wanted[plan.folder]) < PER_UNIT:
                wanted[plan.folder].append(scene)
    folders = [folder for folder, scenes in wanted.items() for _ in scenes]
    orders = [
        (number, scene)
        for number, scene in enumerate(scene for scenes in wanted.values() for scene in scenes)
    ]
    first: dict[tuple[int, int], datetime] = {}
    for plan in plans:
        for item in plan.items:
            known = first.get(plan.folder, item.submitted_at)
            first[plan.folder] = min(item.submitted_at, known)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        drawn = list(pool.map(_Draw(store), orders, chunksize=32))
    db.session.execute(
        sa.insert(Evidence),
        [
            {
                "unit_id": folder[0],
                "uploader_id": keeper,
                "client_key": f"demonstration-{number}",
                "kind": ProofKind.PHOTO,
                "media_type": "image/jpeg",
                "sent_sha256": each.name,
                "sent_size": each.size,
                "stored_sha256": each.name,
                "size": each.size,
                "width": WIDTH,
                "height": HEIGHT,
                "captured_at": first[folder] - timedelta(hours=3),
                "capture_source": CaptureSource.CAMERA,
                "difference_hash": each.difference_hash,
                "sent_at": first[folder] - timedelta(minutes=9),
            }
            for number, (folder, each) in enumerate(zip(folders, drawn, strict=True))
        ],
    )
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    ids = db.session.scalars(sa.select(Evidence.id).order_by(Evidence.id))
    for folder, evidence_id in zip(folders, ids, strict=True):
        found[folder].append(evidence_id)
    return found


@dataclass(frozen=True)
class _Draw:
    """Draws one picture in a process beside."""

    store: Store

    def __call__(self, order: tuple[int, str]) -> Drawn:
        number, scene = order
        caption = f"demonstration picture {number:04d}"
        content = draw(scene, number, caption)
        name = hashlib.sha256(content).hexdigest()
        self.store.put(content, PHOTO)
        small = draw(scene, number, caption, _SMALL)
        self.store.put_beside(name, small, THUMBNAIL)
        _facts, (greys,) = decoding.only_shades(BytesIO(small))
        return Drawn(name, len(content), shades.difference_hash(shades.read(greys)))


def write(
    plans: Sequence[Plan],
    proof: dict[tuple[int, int], list[int]],
    keeper: int,
    deciders: dict[int, int],
) -> None:
    """Writes what was planned; afterwards every counter is what counting gives. ``deciders`` are
    the reviewers by their towns."""
    db.session.execute(
        sa.insert(Item),
        [_item_row(plan, item, keeper) for plan in plans for item in plan.items],
    )
    ids = {
        (row.enrolment_id, row.key): row.id
        for row in db.session.execute(sa.select(Item.id, Item.enrolment_id, Item.key))
    }
    attachments: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    events = _uploads(keeper)
    for plan in plans:
        own = proof.get(plan.folder, [])
        for number, item in enumerate(plan.items):
            item_id = ids[plan.enrolment.id, item.slot.key]
            # Pieces of one item differ; with the next item the row of pictures moves on.
            for place in range(min(item.pieces, len(own))):
                attachments.append(
                    {
                        "item_id": item_id,
                        "evidence_id": own[(number + place) % len(own)],
                        "position": place + 1,
                    }
                )
            for sent in (item.first_try, item):
                if sent is None or sent.state is ItemState.OPEN:
                    continue
                events.append(_event(plan, sent, item_id, "submitted", keeper))
                if sent.decided_at is not None:
                    of_town = sent.slot.criterion.department is None
                    by = deciders[plan.enrolment.town_id or 0] if of_town else keeper
                    decisions.append(_decision_row(sent, item_id, by))
                    events.append(_event(plan, sent, item_id, sent.state.value, by))
        events += _steps(plan, keeper)
    events.sort(key=lambda event: event["at"])
    for table, rows in ((Attachment, attachments), (Decision, decisions), (Event, events)):
        db.session.execute(sa.insert(table), rows)
    _count(plans)


def _item_row(plan: Plan, item: PlannedItem, keeper: int) -> dict[str, Any]:
    returned, sent = item.state is ItemState.RETURNED, item.state is not ItemState.OPEN
    return {
        "enrolment_id": plan.enrolment.id,
        "criterion_id": item.slot.criterion.id,
        "key": item.slot.key,
        "town_id": plan.enrolment.town_id,
        "department": item.slot.criterion.department,
        "state": item.state,
        **item.answer,
        "submitted_at": item.submitted_at if sent else None,
        "submitted_by": keeper if sent else None,
        "decided_at": item.decided_at,
        "visible_at": item.decided_at + settings.DECISION_DELAY if item.decided_at else None,
        "reason": item.preset if returned else None,
        "due_on": _mend_by(item) if returned else None,
        "minutes": item.minutes,
        "row_version": 3 if item.decided_at else 2 if sent else 1,
    }


def _mend_by(item: PlannedItem) -> Any:
    decided = item.decided_at or item.submitted_at
    return decided.date() + timedelta(days=settings.MEND_DAYS)


def _decision_row(item: PlannedItem, item_id: int, by: int) -> dict[str, Any]:
    returned = item.state is ItemState.RETURNED
    assert item.decided_at  # noqa: S101 - only what was decided has such a row
    return {
        "item_id": item_id,
        "approved": not returned,
        "preset": item.preset,
        "reason": "",
        "due_on": _mend_by(item) if returned else None,
        "decided_by": by,
        "decided_at": item.decided_at,
        "waited_hours": int((item.decided_at - item.submitted_at).total_seconds()) // 3600,
    }


def _uploads(keeper: int) -> list[dict[str, Any]]:
    """The events of the pictures, each with the hash that proves it."""
    columns = (Evidence.id, Evidence.unit_id, Evidence.stored_sha256, Evidence.sent_at)
    query = sa.select(*columns).where(Evidence.uploader_id == keeper)
    return [
        {
            "at": row.sent_at,
            "person_id": keeper,
            "verb": "uploaded",
            "subject": "evidence",
            "subject_id": row.id,
            "unit_id": row.unit_id,
            "visible_at": None,
            "detail": {"sha256": row.stored_sha256},
        }
        for row in db.session.execute(query)
    ]


def _event(plan: Plan, item: PlannedItem, item_id: int, verb: str, by: int) -> dict[str, Any]:
    sent = verb == "submitted"
    decided = item.decided_at
    return {
        "at": item.submitted_at if sent else decided,
        "person_id": by,
        "verb": verb,
        "subject": "item",
        "subject_id": item_id,
        "unit_id": plan.unit.id,
        "visible_at": None if sent or not decided else decided + settings.DECISION_DELAY,
        "detail": {"key": item.slot.key}
        | ({**item.answer, "evidence": list(range(item.pieces))} if sent else {})
        | ({"preset": item.preset} if item.preset and not sent else {}),
    }


def _put_right_by(plan: Plan) -> date | None:
    """The last day of a pass on condition."""
    if plan.state is not EnrolmentState.CONDITIONAL:
        return None
    return clock.today() + timedelta(days=settings.CONDITIONAL_DAYS)


def _steps(plan: Plan, keeper: int) -> list[dict[str, Any]]:
    """The events of a checklist that is complete: the town's check and what came after."""
    if plan.state is EnrolmentState.APPLIED:
        return []
    return [
        {
            "at": plan.last_decided_at + number * timedelta(minutes=9),
            "person_id": keeper,
            "verb": state.value,
            "subject": "enrolment",
            "subject_id": plan.enrolment.id,
            "unit_id": plan.unit.id,
            "visible_at": None,
            "detail": {},
        }
        for number, state in enumerate(transitions.way_to(plan.enrolment, plan.state), start=1)
    ]


def _count(plans: Sequence[Plan]) -> None:
    """Sets the counters of enrolments and places to what was written."""
    rows: list[dict[str, Any]] = []
    totals: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for plan in plans:
        numbers = {"submitted": 0, "approved": 0, "returned": 0}
        for item in plan.items:
            if item.state is not ItemState.OPEN:
                numbers[item.state.value] += 1
        started = plan.started
        dates = {"mend_by": _put_right_by(plan), "notice_until": notice.until(plan)}
        facts = {"state": plan.state, "started": started, **dates, **numbers}
        named = {f"new_{name}": value for name, value in facts.items()}
        rows.append({"which": plan.enrolment.id, **named})
        for name, value in facts.items():
            set_committed_value(plan.enrolment, name, value)
        if plan.state is not EnrolmentState.APPLIED:
            numbers[plan.state.value] = 1
        enrolment = plan.enrolment
        for place in tally.places(enrolment.place_id, enrolment.town_id):
            total = totals[enrolment.campaign_id, place]
            total["started"] += started
            for name, number in numbers.items():
                total[name] += number
    table = Enrolment.__table__
    names = ("state", "started", "mend_by", "notice_until", "submitted", "approved", "returned")
    statement = (
        sa.update(Enrolment)
        .where(Enrolment.id == sa.bindparam("which"))
        .values({name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )
    db.session.connection().execute(statement, rows)
    for (campaign_id, place_id), total in totals.items():
        db.session.execute(
            sa.update(Progress)
            .where(Progress.campaign_id == campaign_id, Progress.place_id == place_id)
            .values(dict(total))
            .execution_options(synchronize_session=False)
        )
