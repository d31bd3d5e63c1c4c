"""The town's review: one decision per item and round, a row that is never overwritten."""

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from campaigns import clock, history, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, Json, Large, at_most, db, fixed
from campaigns.enrolment import impartiality, records, transitions
from campaigns.enrolment.impartiality import has_part_in as has_part_in
from campaigns.enrolment.records import LEFT, Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, Refused, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Department
from campaigns.review import presets
from campaigns.review.assignments import handed_over
from campaigns.review.marks import MOST, Mark
from campaigns.standards import Criterion
from campaigns.text import Bilingual
from campaigns.units import Unit

#: Items of a queue are counted so far; "more" is said beyond.
COUNTED = 300


class Decision(Base):
    """One verdict on one submission."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.Index("ix_decision_decided_by_decided_at", "decided_by", "decided_at"),
        sa.Index("ix_decision_criterion_id_preset", "criterion_id", "preset"),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    approved: Mapped[bool]
    preset: Mapped[str | None]
    reason: Mapped[str]
    due_on: Mapped[date | None]
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(index=True)
    #: How long the submission had waited; none for decisions made before this was kept.
    waited_hours: Mapped[int | None]
    #: With which others it was made in one go (``bulk``).
    batch_id: Mapped[int | None] = mapped_column(Large, index=True)
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

    Raises NotAllowed for what the person has a part in (``impartiality``), Refused for a return
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
        # A fixed reason goes by its name, in the first line: it is read in either language.
        reason="\n".join(each for each in (None if kept else preset, reason) if each),
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
            waited_hours=waited_hours(item.submitted_at, item.decided_at),
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


def waited_hours(submitted_at: datetime | None, decided_at: datetime | None) -> int | None:
    """The full hours from a submission to its decision."""
    if submitted_at is None or decided_at is None:
        return None
    return int((decided_at - submitted_at).total_seconds()) // 3600


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
    #: Whether the city office alone may decide it; told where it may.
    at_city: bool

    def days(self, now: datetime) -> int:
        """Full days that the item has waited."""
        return (now - self.submitted_at).days

    def overdue(self, now: datetime) -> bool:
        """Whether the reviewer is past the deadline."""
        return records.answer_due(self.submitted_at) < clock.day(now)


#: What the city office decides: first of all what nobody else may (``impartiality``).
CITY: Final = "city"
#: Where a person decides, and what there: None is what the town decides, otherwise what a
#: department confirms, or the city office.
Desk = tuple[Scope, Department | Literal["city"] | None]


class Part(NamedTuple):
    """What the items of one part of a queue have in common; ``at_city`` is the city's own."""

    at_city: bool
    conditions: tuple[sa.ColumnElement[bool], ...] = ()


_LINE: Final = (
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


def waiting(desks: Sequence[Desk], *, by: int) -> sa.Select[Item]:
    """The query for the submitted items that a person may decide, the oldest first, joined with
    unit, criterion, enrolment and campaign. The city office finds on top what is its alone.

    What she has a part in is left to somebody else, and so is what she handed over.
    """
    first = [sa.not_(impartiality.for_city())] if _is_city(desks) else []
    found = _made(tuple(desks), _town(desks), by, clock.today())
    return found.order_by(*first, Item.submitted_at, Item.id)


@functools.lru_cache(256)
def _made(desks: tuple[Desk, ...], town: int | None, by: int, _today: date) -> sa.Select[Item]:
    # Kept for the day, on which its conditions depend: making it takes longer than running it.
    place = aliased(Jurisdiction)
    return (
        sa.select(Item)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .join(place, place.id == Enrolment.place_id)
        .where(
            Item.state == fixed(ItemState.SUBMITTED),
            *([] if town is None else [Item.town_id == town]),
            sa.or_(
                sa.false(),
                *(sa.and_(scope.clause(place.path), of_desk(each, by)) for scope, each in desks),
            ),
            Campaign.state == fixed(CampaignState.OPEN),
            Enrolment.state.not_in([fixed(each) for each in sorted(LEFT)]),
            sa.not_(impartiality.part_in(by)),
        )
    )


def of_desk(kind: Department | Literal["city"] | None, by: int) -> sa.ColumnElement[bool]:
    """Which items a desk holds: a department's wait for the department while it has somebody."""
    if kind == CITY:
        return sa.or_(Item.department.is_(None), impartiality.for_city())
    if kind is None:
        return sa.and_(Item.department.is_(None), sa.not_(handed_over(by)))
    return Item.department == kind


def _is_city(desks: Sequence[Desk]) -> bool:
    return any(kind == CITY for _, kind in desks)


def _town(desks: Sequence[Desk]) -> int | None:
    """The one town of all desks, as a condition of its own: an index then gives the items in order.

    Beyond one town the order of the whole queue is an index, and places are looked up.
    """
    towns = db.session.scalars(_towns(tuple(scope for scope, _ in desks))).all()
    return towns[0] if len(towns) == 1 else None


@functools.lru_cache(256)
def _towns(scopes: tuple[Scope, ...]) -> sa.Select[int | None]:
    everywhere = sa.or_(sa.false(), *(each.clause(Jurisdiction.path) for each in scopes))
    return sa.select(Jurisdiction.town_id).where(everywhere).distinct().limit(at_most(2))


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
    up to ``COUNTED``; nothing is counted where none is left to give.

    ``where`` leaves some out; ``after`` and ``before`` name an item, whatever became of it: the
    next ones from there, or those just before it, the oldest first.
    """
    key = tuple(desks), _town(desks), by, clock.today()
    if where or after is not None or before is not None:
        parts, older = _parts(desks), before is not None
        if (beside := before if older else after) is not None:
            parts = _beyond(parts[::-1] if older else parts, beside, older=older)
        query = _page(_made(*key).where(*where), parts, limit, COUNTED, older=older)
    else:
        query = _from_the_oldest(*key, limit, COUNTED)
    page = db.session.execute(query).all()
    rows = [
        Waiting(
            row.id,
            row.enrolment_id,
            row.key,
            Bilingual(row.name_zh, row.name_en),
            Bilingual(row.text_zh, row.text_en),
            Bilingual(row.campaign_zh, row.campaign_en),
            row.submitted_at,
            row.at_city,
        )
        for row in page
    ]
    return rows if before is None else rows[::-1], page[0].total if page else 0


#: The lines of a queue, each with how many items are in all.
Page = sa.Select[*tuple[Any, ...]]


@functools.lru_cache(256)
def _from_the_oldest(
    desks: tuple[Desk, ...], town: int | None, by: int, today: date, limit: int, counted: int
) -> Page:
    return _page(_made(desks, town, by, today), _parts(desks), limit, counted, older=False)


def _page(
    found: sa.Select[Item], parts: Sequence[Part], limit: int, counted: int, *, older: bool
) -> Page:
    """One part after the other, each from its oldest on, or ``older`` from its newest back."""
    lines = [
        found.with_only_columns(
            *_LINE, (sa.true() if part.at_city else sa.false()).label("at_city")
        )
        .where(*part.conditions)
        .order_by(*_turned(older, Item.submitted_at, Item.id))
        .limit(at_most(limit))
        for part in parts
    ]
    page = sa.union_all(*(sa.select(each.subquery()) for each in lines)).subquery()
    some = found.with_only_columns(Item.id).limit(at_most(counted)).subquery()
    number = sa.select(sa.func.count()).select_from(some).scalar_subquery()
    order = _turned(older, sa.not_(page.c.at_city), page.c.submitted_at, page.c.id)
    return sa.select(page, number.label("total")).order_by(*order).limit(at_most(limit))


def _turned(older: bool, *order: Any) -> list[sa.ColumnElement[Any]]:
    return [each.desc() if older else each for each in order]


def _parts(desks: Sequence[Desk]) -> list[Part]:
    """The parts of the queue, one after the other: the city office's own stands first. Each is read
    in the order of an index, so that only what is shown is looked at closely."""
    if not _is_city(desks):
        return [Part(at_city=False)]
    alone = impartiality.for_city()
    return [Part(True, (impartiality.perhaps_for_city(), alone)), Part(False, (sa.not_(alone),))]


def _beyond(parts: Sequence[Part], item_id: int, *, older: bool) -> list[Part]:
    """What of the parts waits longer, or not as long, as an item, from it on; everything, where
    that does not wait any more as it did."""
    within = [
        sa.and_(sa.true(), *part.conditions).label(f"part_{n}") for n, part in enumerate(parts)
    ]
    query = sa.select(Item.submitted_at, *within)
    row = db.session.execute(
        query.join(Enrolment, Enrolment.id == Item.enrolment_id).where(Item.id == item_id)
    ).one_or_none()
    if row is None or row.submitted_at is None:
        return list(parts)
    at, same = row.submitted_at, Item.submitted_at == row.submitted_at
    further = operator.lt if older else operator.gt
    beyond = (
        Item.submitted_at <= at if older else Item.submitted_at >= at,
        sa.or_(further(Item.submitted_at, at), sa.and_(same, further(Item.id, item_id))),
    )
    here = next(n for n in range(len(parts)) if row[n + 1])
    part = parts[here]._replace(conditions=(*parts[here].conditions, *beyond))
    return [part, *parts[here + 1 :]]
