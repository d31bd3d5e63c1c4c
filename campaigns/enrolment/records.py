"""The tables of enrolments and items, and how they are loaded."""

import enum
import functools
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, settings
from campaigns.campaign import HIDDEN, Campaign, CampaignState, Slot
from campaigns.database import Base, Large, db, fixed
from campaigns.errors import NotFound
from campaigns.evidence.records import Evidence
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Department
from campaigns.units import Unit


class ItemState(enum.StrEnum):
    """An item's state. Approved means "true and proven", not "the target is met"."""

    OPEN = "open"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class EnrolmentState(enum.StrEnum):
    """An enrolment's way to a title."""

    APPLIED = "applied"
    TOWN_PASSED = "town_passed"
    CITY_PASSED = "city_passed"
    PUBLICISED = "publicised"
    NAMED = "named"
    CONDITIONAL = "conditional"
    NOT_PASSED = "not_passed"
    WITHDRAWN = "withdrawn"
    EXEMPT = "exempt"


#: In these states the unit may still send items, and the town may still check.
ANSWERABLE = frozenset(
    {EnrolmentState.APPLIED, EnrolmentState.CONDITIONAL, EnrolmentState.NOT_PASSED}
)


#: In these states the unit takes part no longer, and nothing of it is counted but that.
LEFT = frozenset({EnrolmentState.EXEMPT, EnrolmentState.WITHDRAWN})


class Enrolment(Base):
    """One unit in one campaign. ``place_id`` and ``town_id`` are the unit's, for the counters;
    ``submitted``, ``approved`` and ``returned`` count its items in these states."""

    __tablename__ = "enrolment"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "unit_id"),
        sa.Index("ix_enrolment_campaign_id_place_id", "campaign_id", "place_id"),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    town_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    state: Mapped[EnrolmentState] = mapped_column(default=EnrolmentState.APPLIED)
    started: Mapped[bool] = mapped_column(default=False)
    submitted: Mapped[int] = mapped_column(default=0)
    approved: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    #: The last day to put a conditional pass right.
    mend_by: Mapped[date | None]
    #: The last day of its public notice; it is named afterwards.
    notice_until: Mapped[date | None]
    #: Why it is exempt or withdrawn, for all to read.
    reason: Mapped[str | None]
    enrolled_at: Mapped[datetime]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    campaign: Mapped[Campaign] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")


class Item(Base):
    """One criterion of one enrolment in one period. Made on first touch: no row is ``open``."""

    __tablename__ = "item"
    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "key"),
        sa.Index("ix_item_queue", "town_id", "state", "department", "submitted_at"),
        # The whole queue in its order, for desks of more than one town.
        sa.Index(
            "ix_item_waiting",
            *("submitted_at", "id"),
            sqlite_where=sa.text("state = 'submitted'"),
            postgresql_where=sa.text("state = 'submitted'"),
        ),
        sa.CheckConstraint("numerator >= 0 AND numerator <= denominator", name="ratio"),
        sa.CheckConstraint("denominator > 0", name="denominator_positive"),
        sa.CheckConstraint("value >= 0", name="value_not_negative"),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"))
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("criterion.id"))
    key: Mapped[str]
    town_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    department: Mapped[Department | None]
    state: Mapped[ItemState] = mapped_column(default=ItemState.OPEN)
    value: Mapped[int | None]
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    none: Mapped[bool] = mapped_column(default=False)
    not_applicable: Mapped[bool] = mapped_column(default=False)
    declared: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    #: Whether the town sent it for the unit.
    by_town: Mapped[bool] = mapped_column(default=False)
    decided_at: Mapped[datetime | None]
    #: From when the unit sees the last decision.
    visible_at: Mapped[datetime | None]
    #: The reviewer's words and the day to mend by, while the item is returned.
    reason: Mapped[str | None]
    due_on: Mapped[date | None]
    #: The day to which its time was made longer; ``deadline`` says what it means.
    extended_to: Mapped[date | None]
    #: The earlier item whose proof was found still true.
    carried_from_id: Mapped[int | None] = mapped_column(Large)
    #: How long it took, when the liaison chose to say.
    minutes: Mapped[int | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    @property
    def decide_by(self) -> date | None:
        """The day by which the town or the department is to decide what was sent."""
        if self.submitted_at is None:
            return None
        return answer_due(self.submitted_at)

    def state_for_unit(self, now: datetime) -> ItemState:
        """What the unit sees: a decision shows when it can no longer be undone."""
        if self.visible_at is not None and self.visible_at > now:
            return ItemState.SUBMITTED
        return self.state


class Attachment(Base):
    """One piece of evidence that proves an item, or is about to (before it is sent)."""

    __tablename__ = "attachment"

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(
        sa.ForeignKey("evidence.id"), primary_key=True, index=True
    )
    position: Mapped[int]


def deadline(slot: Slot, item: Item | None, *, returned: bool) -> date:
    """The one day by which an item must be (re)sent: every page and rule asks here.

    ``returned`` says whether the asker may know that it came back: then the day to mend by counts
    instead of the period's. Of that day and one that it was extended to, the later counts.
    Nothing is refused afterwards: what is late is shown as late, until the campaign is closed.
    """
    return _later(before_extension(slot, item, returned=returned), item)


def before_extension(slot: Slot, item: Item | None, *, returned: bool) -> date:
    """The deadline that an item has, or would have, without an extension of its own."""
    if returned and item is not None and item.due_on is not None:
        return item.due_on
    return slot.due_on


def last_day(slot: Slot, item: Item | None) -> date:
    """The last day that what proves an item can be of: its period's, or that of its extension."""
    return _later(slot.due_on, item)


def _later(day: date, item: Item | None) -> date:
    return day if item is None or item.extended_to is None else max(day, item.extended_to)


def answer_due(submitted_at: datetime) -> date:
    """The one day by which whoever decides owes an answer to what was sent."""
    return clock.day(submitted_at + timedelta(days=settings.REVIEW_DAYS))


def answer_is_late(item: Item) -> bool:
    """Whether whoever decides on a sent item is past that day."""
    return item.submitted_at is not None and answer_due(item.submitted_at) < clock.today()


def answer_late_before() -> datetime:
    """The instant before which something was sent whose answer is late, for queries."""
    first = clock.today() - timedelta(days=settings.REVIEW_DAYS)
    return datetime.combine(first, time.min, clock.ZONE)


def find(enrolment_id: int, scope: Scope) -> Enrolment:
    """The enrolment with unit, place and campaign, within the scope; raises NotFound."""
    found = db.session.scalar(_found(scope), {"enrolment": enrolment_id})
    if found is None:
        raise NotFound(enrolment_id)
    return found


@functools.lru_cache(256)
def _found(scope: Scope) -> sa.Select[Enrolment]:
    # Kept, for most pages of a person ask for it: making it takes longer than running it.
    wanted = sa.bindparam("enrolment", type_=Large)
    return enrolments().where(Enrolment.id == wanted, scope.clause(Jurisdiction.path, Unit.id))


def of_code(campaign_id: int, code: str, scope: Scope) -> Enrolment:
    """The enrolment of the unit of this code in a campaign, as ``find`` loads it; raises
    NotFound."""
    query = enrolments().where(
        Enrolment.campaign_id == campaign_id,
        Unit.code == code,
        scope.clause(Jurisdiction.path, Unit.id),
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(code)
    return found


def of_unit(unit_id: int) -> Sequence[Enrolment]:
    """The enrolments of a unit, the newest campaign first."""
    query = enrolments().where(Enrolment.unit_id == unit_id)
    return db.session.scalars(query.order_by(Campaign.opens_on.desc(), Enrolment.id)).all()


def of_scope(scope: Scope, *, limit: int) -> Sequence[Enrolment]:
    """The enrolments in open campaigns of the units within the scope."""
    query = (
        enrolments()
        .where(scope.clause(Jurisdiction.path, Unit.id), Campaign.state == "open")
        .order_by(Unit.code, Campaign.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def of_campaign(campaign_id: int, scope: Scope) -> sa.Select[Enrolment]:
    """The query for the enrolments of a campaign within the scope, in code order, joined with
    unit and place."""
    return (
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .where(Enrolment.campaign_id == campaign_id, scope.clause(Jurisdiction.path, Unit.id))
        .order_by(Jurisdiction.path, Unit.code)
    )


def after(
    scope: Scope,
    last_id: int,
    *,
    campaign_id: int | None = None,
    unit_id: int | None = None,
    limit: int,
) -> Sequence[Enrolment]:
    """The enrolments within the scope that follow one, by their ids, with what ``find`` loads."""
    query = enrolments().where(Enrolment.id > last_id, scope.clause(Jurisdiction.path, Unit.id))
    if campaign_id is not None:
        query = query.where(Enrolment.campaign_id == campaign_id)
    if unit_id is not None:
        query = query.where(Enrolment.unit_id == unit_id)
    return db.session.scalars(query.order_by(Enrolment.id).limit(limit)).all()


#: What anybody may know of: the enrolments of a campaign that is still opening are nobody's yet.
_VISIBLE = frozenset(CampaignState) - HIDDEN


def enrolments(states: frozenset[CampaignState] = _VISIBLE) -> sa.Select[Enrolment]:
    """Enrolments with unit, place and campaign, of the campaigns in these states."""
    return (
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .join(Enrolment.campaign)
        .options(
            contains_eager(Enrolment.unit).contains_eager(Unit.place),
            contains_eager(Enrolment.campaign),
        )
        .where(Campaign.state.in_([fixed(each) for each in sorted(states)]))
    )


def items(enrolment_ids: Sequence[int]) -> Sequence[Item]:
    """The items that have rows, of these enrolments."""
    return db.session.scalars(sa.select(Item).where(Item.enrolment_id.in_(enrolment_ids))).all()


def item(enrolment: Enrolment, key: str) -> Item | None:
    """The item's row, if it was ever touched."""
    return db.session.scalar(
        sa.select(Item).where(Item.enrolment_id == enrolment.id, Item.key == key)
    )


def attached(item_id: int) -> Sequence[Evidence]:
    """The evidence of an item, in order; removed pieces are left out."""
    query = (
        sa.select(Evidence)
        .join(Attachment, Attachment.evidence_id == Evidence.id)
        .where(Attachment.item_id == item_id, Evidence.removed_at.is_(None))
        .order_by(Attachment.position)
    )
    return db.session.scalars(query).all()


def set_proof(item: Item, proof: Sequence[Evidence]) -> None:
    """Puts exactly these pieces beside an item, in this order."""
    wanted = [each.id for each in proof]
    held = db.session.scalars(
        sa.select(Attachment.evidence_id)
        .where(Attachment.item_id == item.id)
        .order_by(Attachment.position)
    ).all()
    if list(held) == wanted:
        return
    db.session.execute(sa.delete(Attachment).where(Attachment.item_id == item.id))
    if wanted:
        db.session.execute(
            sa.insert(Attachment),
            [
                {"item_id": item.id, "evidence_id": each, "position": place}
                for place, each in enumerate(wanted, start=1)
            ],
        )


def pieces(item_ids: Sequence[int]) -> dict[int, int]:
    """How many pieces of evidence each of these items has."""
    query = (
        sa.select(Attachment.item_id, sa.func.count())
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Attachment.item_id.in_(item_ids), Evidence.removed_at.is_(None))
        .group_by(Attachment.item_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def is_visible(item: Item) -> bool:
    """Whether the unit sees the item's last decision by now."""
    return item.visible_at is None or item.visible_at <= clock.now()


def id_of(campaign_id: int, unit_id: int) -> int | None:
    """The id of a unit's enrolment in a campaign, if it takes part."""
    return db.session.scalar(
        sa.select(Enrolment.id).where(
            Enrolment.campaign_id == campaign_id, Enrolment.unit_id == unit_id
        )
    )


def proved_by(evidence_id: int) -> Sequence[Item]:
    """The items that a piece of evidence proves, or is about to, with their enrolments."""
    query = (
        sa.select(Item)
        .join(Attachment, Attachment.item_id == Item.id)
        .join(Item.enrolment)
        .join(Enrolment.campaign)
        .options(contains_eager(Item.enrolment).contains_eager(Enrolment.campaign))
        .where(Attachment.evidence_id == evidence_id)
        .order_by(Item.id)
    )
    return db.session.scalars(query).all()


def key_of(item_id: int) -> tuple[int, str] | None:
    """Where an item belongs: its enrolment and key."""
    row = db.session.execute(
        sa.select(Item.enrolment_id, Item.key).where(Item.id == item_id)
    ).one_or_none()
    return (row.enrolment_id, row.key) if row else None
