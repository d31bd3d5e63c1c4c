"""Bulk approval: many items of one criterion, named one by one before, approved in one transaction
and undone as one. There is no bulk return: each return deserves its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column

from campaigns import campaign as campaigns
from campaigns import clock, history
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, Large, db
from campaigns.enrolment import checklist, impartiality, verdicts
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import LEFT, Enrolment, Item, ItemState
from campaigns.enrolment.verdicts import Counted
from campaigns.errors import NotAllowed, NotFound, Refused, Stale, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.review import Decision, Desk, waited_hours, waiting
from campaigns.text import Bilingual
from campaigns.units import Unit

#: The most that is approved at once.
MOST = 1000


class Batch(Base):
    """One bulk approval. ``left`` tells which of the chosen items were not approved, and the code
    of why."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime]
    number: Mapped[int]
    left: Mapped[dict[str, Any]]


def candidates(
    desks: Sequence[Desk],
    *,
    by: int,
    item_ids: Sequence[int] | None = None,
    criterion_id: int | None = None,
) -> tuple[list[Line], int]:
    """The waiting items of one criterion that the person may approve, the oldest first, and how
    many wait in all: those chosen, or all of the criterion. Refuses chosen ones of several."""
    found = waiting(desks, by=by)
    if item_ids is not None:
        require_some(item_ids)
        found = found.where(Item.id.in_(item_ids))
    if criterion_id is not None:
        found = found.where(Item.criterion_id == criterion_id)
    total = db.session.scalar(found.order_by(None).with_only_columns(sa.func.count())) or 0
    items = db.session.scalars(
        found.options(
            contains_eager(Item.enrolment).contains_eager(Enrolment.campaign),
            contains_eager(Item.enrolment).contains_eager(Enrolment.unit),
        ).limit(MOST)
    ).all()
    if len({each.criterion_id for each in items}) > 1:
        raise Refused(fault("bulk_mixed"))
    proof = checklist.proofs([each.id for each in items])
    slots = {
        campaign.id: {each.key: each for each in campaigns.slots(campaign)}
        for campaign in {each.enrolment.campaign for each in items}
    }
    return [
        checklist.line(
            each.enrolment,
            slots[each.enrolment.campaign_id][each.key],
            each,
            proof,
            seen_by_unit=False,
        )
        for each in items
    ], total


def require_some(item_ids: Sequence[int]) -> None:
    """Refuses to act on nothing, or on more than can be looked over."""
    if not item_ids:
        raise Refused(fault("bulk_nothing"))
    if len(item_ids) > MOST:
        raise Refused(fault("bulk_too_many", limit=MOST))


def approve(chosen: Mapping[int, int], desks: Sequence[Desk], scope: Scope, *, by: int) -> Batch:
    """Approves the chosen items, given with the versions that were looked at, in one go.

    Those that changed meanwhile, or are not hers to decide, are left and named in the batch.
    Raises NotFound, NotAllowed or Stale when none could be approved; refuses items of several
    criteria.
    """
    require_some(list(chosen))
    verdicts.hold(list(chosen))
    rows = db.session.execute(
        waiting(desks, by=by)
        .with_only_columns(
            Item.id,
            Item.key,
            Item.row_version,
            Item.submitted_at,
            Item.criterion_id,
            Item.enrolment_id,
            Enrolment.unit_id,
            Enrolment.campaign_id,
            Enrolment.place_id,
            Enrolment.town_id,
        )
        .where(Item.id.in_(chosen), Campaign.opens_on <= clock.today())
    ).all()
    taken = [row for row in rows if row.row_version == chosen[row.id]]
    if len({row.criterion_id for row in taken}) > 1:
        raise Refused(fault("bulk_mixed"))
    done = {row.id for row in taken}
    left = _left({id: at for id, at in chosen.items() if id not in done}, scope, by)
    if not taken:
        _say_why(left)
    return _approved(taken, left, by)


def _approved(rows: Sequence[sa.Row[*tuple[Any, ...]]], left: Mapping[int, str], by: int) -> Batch:
    now = clock.now()
    places = [
        Counted(row.id, row.enrolment_id, row.campaign_id, row.place_id, row.town_id)
        for row in rows
    ]
    visible_at = verdicts.approve_all(places, now)
    told = {str(item_id): code for item_id, code in left.items()}
    made = Batch(decided_by=by, decided_at=now, number=len(rows), left=told)
    db.session.add(made)
    db.session.flush()
    same: dict[str, object] = {
        "approved": True,
        "preset": None,
        "reason": "",
        "due_on": None,
        "decided_by": by,
    }
    same |= {"decided_at": now, "batch_id": made.id}
    waited = {row.id: waited_hours(row.submitted_at, now) for row in rows}
    db.session.execute(
        sa.insert(Decision),
        [{"item_id": row.id, "waited_hours": waited[row.id], **same} for row in rows],
    )
    history.record_all(
        [
            Happened(
                *("approved", "item", row.id, row.unit_id),
                {"key": row.key, "preset": None, "reason": "", "batch": made.id},
                visible_at,
            )
            for row in rows
        ],
        by=by,
    )
    return made


def _left(others: Mapping[int, int], scope: Scope, by: int) -> dict[int, str]:
    """Why each of these items could not be approved; those out of sight are not even named."""
    if not others:
        return {}
    rows = db.session.execute(
        sa.select(
            Item.id,
            Item.state,
            Item.row_version,
            Enrolment.state.label("enrolment_state"),
            Campaign.state.label("campaign_state"),
            impartiality.part_in(by).label("own"),
        )
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Item.id.in_(others), scope.clause(Jurisdiction.path, Unit.id))
        .order_by(Item.id)
    )
    return {row.id: _why(row, others[row.id]) for row in rows}


def _why(row: sa.Row[*tuple[Any, ...]], version: int) -> str:
    if row.state is not ItemState.SUBMITTED or row.row_version != version:
        return "bulk_changed"
    if row.campaign_state is not CampaignState.OPEN or row.enrolment_state in LEFT:
        return "bulk_closed"
    return "own_upload" if row.own else "not_allowed"


def _say_why(left: Mapping[int, str]) -> None:
    if not left:
        raise NotFound
    codes = set(left.values())
    if codes <= {"own_upload", "not_allowed"}:
        raise NotAllowed(min(codes))
    raise Stale


@dataclass(frozen=True, slots=True)
class Left:
    """An item that a batch left as it was, and the code of why."""

    item_id: int
    unit: Bilingual
    key: str
    code: str


def find(batch_id: int, *, by: int) -> tuple[Batch, list[Left]]:
    """A batch of the person's own, with what it left; raises NotFound."""
    found = db.session.get(Batch, batch_id)
    if found is None or found.decided_by != by:
        raise NotFound(batch_id)
    rows = db.session.execute(
        sa.select(Item.id, Item.key, Unit.name_zh, Unit.name_en)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .where(Item.id.in_([int(each) for each in found.left]))
        .order_by(Unit.code, Item.key)
    )
    return found, [
        Left(row.id, Bilingual(row.name_zh, row.name_en), row.key, found.left[str(row.id)])
        for row in rows
    ]
