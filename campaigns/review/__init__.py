"""The town's review: one decision per item and round, a row that is never overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from campaigns import clock, history, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, Json, Large, db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.records import LEFT, Attachment, Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, Refused, fault
from campaigns.evidence.records import Evidence
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Department
from campaigns.review import presets
from campaigns.review.marks import MOST, Mark
from campaigns.standards import Criterion
from campaigns.text import Bilingual
from campaigns.units import Unit

#: Items of a queue are counted so far; "more" is said beyond.
COUNTED = 300


class Decision(Base):
    """One verdict on one submission."""

    __tablename__ = "decision"
    __table_args__ = (sa.Index("ix_decision_criterion_id_preset", "criterion_id", "preset"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    approved: Mapped[bool]
    preset: Mapped[str | None]
    reason: Mapped[str]
    due_on: Mapped[date | None]
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime]
    #: Where a reason was chosen, for which criterion: so it is counted.
    criterion_id: Mapped[int | None] = mapped_column(sa.ForeignKey("criterion.id"))
    #: What was drawn on the pictures (``marks``).
    marks: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list, server_default="[]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer sends: approve, or return with a preset, own words, or both; with ``keep``
    her words are to be offered for this criterion from now on."""

    approve: bool
    preset: str | None = None
    reason: str = ""
    due_on: date | None = None
    marks: tuple[Mark, ...] = ()
    keep: bool = False


def decide(enrolment: Enrolment, item: Item, verdict: Verdict, version: int, *, by: int) -> None:
    """Approves ("this is true", target met or not) or returns a submitted item.

    Raises NotAllowed for proof that the person uploaded or sent herself, Refused for a return
    without a reason, Stale when somebody else was quicker.
    """
    if has_part_in(item, by):
        raise NotAllowed("own_upload")
    today = clock.today()
    due_on = verdict.due_on or today + timedelta(days=settings.MEND_DAYS)
    # A reason that was chosen before the person thought better of it says nothing of an approval.
    preset = None if verdict.approve else verdict.preset
    marks = [] if verdict.approve else [each.as_json() for each in verdict.marks]
    reason, kept = verdict.reason, None
    if not verdict.approve:
        _require_reason(verdict, due_on, today)
        _require_marks(item, verdict.marks)
        kept = _chosen(enrolment, item, verdict.preset)
        reason = "\n".join(each for each in (kept, reason) if each)
    transitions.decide(
        enrolment,
        item,
        version,
        approved=verdict.approve,
        reason=reason or preset or "",
        due_on=due_on,
    )
    db.session.execute(
        sa.insert(Decision).values(
            item_id=item.id,
            approved=verdict.approve,
            preset=preset,
            reason=verdict.reason,
            due_on=None if verdict.approve else due_on,
            decided_by=by,
            decided_at=item.decided_at,
            criterion_id=item.criterion_id if preset else None,
            marks=marks,
        )
    )
    history.record(
        "approved" if verdict.approve else "returned",
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        visible_at=item.visible_at,
        key=item.key,
        # The words of a kept reason stand in the history themselves.
        preset=None if kept else preset,
        reason=reason,
        **({"marks": marks} if marks else {}),
    )
    if verdict.keep and verdict.reason and not verdict.approve:
        text = Bilingual(verdict.reason, verdict.reason)
        presets.keep(enrolment.campaign.version, _criterion(enrolment, item), text, by=by)


def _require_reason(verdict: Verdict, due_on: date, today: date) -> None:
    if not verdict.preset and not verdict.reason:
        raise Refused(fault("reason_missing", "reason"))
    if due_on < today:
        raise Refused(fault("due_in_the_past", "due_on"))


def _require_marks(item: Item, marks: Sequence[Mark]) -> None:
    """Refuses marks on anything but the pictures of this item."""
    if not marks:
        return
    pictures = {each.id for each in records.attached(item.id) if not each.is_document}
    if not pictures.issuperset(each.piece for each in marks):
        raise Refused(fault("marks_invalid", "marks", most=MOST))


def _chosen(enrolment: Enrolment, item: Item, preset: str | None) -> str | None:
    """The words of a chosen reason that was kept for the criterion; none of a fixed one."""
    if not preset:
        return None
    found = presets.chosen(preset, enrolment.campaign.version, _criterion(enrolment, item))
    return found.words if found else None


def _criterion(enrolment: Enrolment, item: Item) -> Criterion:
    criteria = enrolment.campaign.version.criteria
    return next(each for each in criteria if each.id == item.criterion_id)


def has_part_in(item: Item, person_id: int) -> bool:
    """Whether the person sent the item, or uploaded some of its proof."""
    if item.submitted_by == person_id:
        return True
    query = (
        sa.select(sa.literal(1))
        .select_from(Attachment)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Attachment.item_id == item.id, Evidence.uploader_id == person_id)
        .limit(1)
    )
    return db.session.scalar(query) is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue."""

    item_id: int
    enrolment_id: int
    key: str
    unit: Bilingual
    criterion: Bilingual
    campaign: Bilingual
    submitted_at: datetime

    def days(self, now: datetime) -> int:
        """Full days that the item has waited."""
        return (now - self.submitted_at).days

    def overdue(self, now: datetime) -> bool:
        """Whether the reviewer is past the deadline."""
        return self.days(now) >= settings.REVIEW_DAYS


#: Where a person decides, and what there: None is what the town decides, otherwise what a
#: department confirms.
Desk = tuple[Scope, Department | None]


def waiting(desks: Sequence[Desk], *, by: int) -> sa.Select[Item]:
    """The query for the submitted items that a person may decide, the oldest first, joined with
    unit, criterion, enrolment and campaign.

    Items that she sent herself, or uploaded proof for, are left to somebody else.
    """
    own = (
        sa.select(sa.literal(1))
        .select_from(Attachment)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Attachment.item_id == Item.id, Evidence.uploader_id == by)
        .exists()
    )
    place = aliased(Jurisdiction)
    return (
        sa.select(Item)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .join(place, place.id == Enrolment.place_id)
        .where(
            Item.state == sa.literal(ItemState.SUBMITTED, literal_execute=True),
            *_town(desks),
            sa.or_(
                sa.false(),
                *(
                    sa.and_(scope.clause(place.path), Item.department == department)
                    for scope, department in desks
                ),
            ),
            Campaign.state == CampaignState.OPEN,
            Enrolment.state.not_in(LEFT),
            Item.submitted_by != by,
            ~own,
        )
        .order_by(Item.submitted_at, Item.id)
    )


def _town(desks: Sequence[Desk]) -> list[sa.ColumnElement[bool]]:
    """The one town of all desks as a condition of its own: an index then gives the items in order.

    Beyond one town the order of the whole queue is an index, and places are looked up.
    """
    everywhere = [scope.clause(Jurisdiction.path) for scope, _ in desks]
    query = sa.select(Jurisdiction.town_id).where(sa.or_(sa.false(), *everywhere)).distinct()
    towns = db.session.scalars(query.limit(2)).all()
    return [Item.town_id == towns[0]] if len(towns) == 1 else []


def queue(
    desks: Sequence[Desk],
    *,
    by: int,
    where: Sequence[sa.ColumnElement[bool]] = (),
    after: int | None = None,
    before: int | None = None,
    limit: int = settings.PAGE_ROWS,
) -> tuple[Sequence[Waiting], int]:
    """The oldest submitted items that a person may decide, and how many there are in all, counted
    up to ``COUNTED``.

    ``where`` leaves some out; ``after`` and ``before`` name an item, whatever became of it: the
    next ones from there, or those just before it, the oldest first.
    """
    found = waiting(desks, by=by).where(*where)
    total = _count(found)
    if before is not None:
        part = found.where(_beyond(before, older=True)).order_by(None)
        part = part.order_by(Item.submitted_at.desc(), Item.id.desc())
        return _rows(part.limit(limit))[::-1], total
    part = found if after is None else found.where(_beyond(after))
    return _rows(part.limit(limit)), total


def _count(found: sa.Select[Item]) -> int:
    some = found.order_by(None).with_only_columns(Item.id).limit(COUNTED).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _beyond(item_id: int, *, older: bool = False) -> sa.ColumnElement[bool]:
    """Waiting longer, or not as long, as an item; everything, where that does not wait any more
    as it did."""
    at = db.session.scalar(sa.select(Item.submitted_at).where(Item.id == item_id))
    if at is None:
        return sa.true()
    same = Item.submitted_at == at
    if older:
        earlier = sa.or_(Item.submitted_at < at, sa.and_(same, Item.id < item_id))
        return sa.and_(Item.submitted_at <= at, earlier)
    later = sa.or_(Item.submitted_at > at, sa.and_(same, Item.id > item_id))
    return sa.and_(Item.submitted_at >= at, later)


def _rows(part: sa.Select[Item]) -> list[Waiting]:
    rows = db.session.execute(
        part.with_only_columns(
            Item.id,
            Item.enrolment_id,
            Item.key,
            Unit.name_zh,
            Unit.name_en,
            Criterion.text_zh,
            Criterion.text_en,
            Campaign.name_zh.label("campaign_zh"),
            Campaign.name_en.label("campaign_en"),
            Item.submitted_at,
        )
    )
    return [
        Waiting(
            row.id,
            row.enrolment_id,
            row.key,
            Bilingual(row.name_zh, row.name_en),
            Bilingual(row.text_zh, row.text_en),
            Bilingual(row.campaign_zh, row.campaign_en),
            row.submitted_at,
        )
        for row in rows
    ]
