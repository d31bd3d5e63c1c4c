"""More time for one item: asked for by the unit, given or refused by its town or the city office.

An item's new day is written on it, where ``records.deadline`` finds it; the request keeps who
asked, who decided, and why. The town gives ``settings.EXTENSION_TOWN_DAYS`` at most and nothing
beyond the campaign's end; for more, and where the town's reviewers are too near, the city office
decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import campaign as campaigns
from campaigns import clock, history, settings
from campaigns.campaign import Campaign, CampaignState, Slot
from campaigns.database import Base, db
from campaigns.enrolment import impartiality, records, transitions
from campaigns.enrolment.records import ANSWERABLE, LEFT, Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Role
from campaigns.units import Unit

#: Nobody is given longer at once; a later day is a slip of the finger.
LONGEST = timedelta(days=366)


class ExtensionRequest(Base):
    """A unit's wish for more time; decided when ``decided_at`` is set, granted with a day. The unit
    may withdraw it before, which closes it as well."""

    __tablename__ = "extension_request"
    __table_args__ = (
        # Of one item no more than one waits.
        sa.Index(
            "ix_extension_request_waiting",
            "item_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    reason: Mapped[str]
    wished_on: Mapped[date]
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    granted_to: Mapped[date | None]
    #: What whoever decided said to it.
    answer: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    item: Mapped[Item] = relationship(lazy="raise")

    @property
    def enrolment(self) -> Enrolment:
        """The enrolment of its item."""
        return self.item.enrolment

    @property
    def slot(self) -> Slot:
        """What its item asks."""
        return campaigns.slot(self.enrolment.campaign, self.item.key)

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided yet, and it was not withdrawn."""
        return self.decided_at is None

    @property
    def is_refused(self) -> bool:
        """Whether it was decided, and no more time was given."""
        return self.decided_at is not None and not self.granted_to and not self.withdrawn

    @property
    def can_be_decided(self) -> bool:
        """Whether it waits, and its item can still be sent."""
        enrolment = self.enrolment
        return (
            self.is_waiting
            and enrolment.campaign.state is CampaignState.OPEN
            and enrolment.state in ANSWERABLE
            and self.item.state in {ItemState.OPEN, ItemState.RETURNED}
        )

    @property
    def due_on(self) -> date:
        """The day by which its item is due as things stand."""
        return _due_on(self.slot, self.item)

    @property
    def town_limit(self) -> date:
        """The last day that the town may give."""
        return town_limit(self.slot, self.item, self.enrolment.campaign)


def _due_on(slot: Slot, item: Item | None) -> date:
    returned = item is not None and item.state is ItemState.RETURNED and records.is_visible(item)
    return records.deadline(slot, item, returned=returned)


def town_limit(slot: Slot, item: Item | None, campaign: Campaign) -> date:
    """The last day that an item's town may give it: counted from the day it had at first, and
    never beyond the campaign's end."""
    returned = item is not None and item.state is ItemState.RETURNED
    first = records.before_extension(slot, item, returned=returned)
    return min(first + timedelta(days=settings.EXTENSION_TOWN_DAYS), campaign.due_on)


def ask(
    enrolment: Enrolment, slot: Slot, version: int, wished_on: date, reason: str, *, by: int
) -> ExtensionRequest:
    """The unit asks for more time for an item that it may still send; makes the item's row.

    Refuses a day that is not later than the present one, a missing reason, a second request while
    one waits. Raises Stale when the item changed meanwhile.
    """
    transitions.require_answerable(enrolment, slot)
    item = transitions.touch(enrolment, slot)
    if item.row_version != version:
        raise Stale
    transitions.require_sendable(item)
    found = []
    if not _is_later(wished_on, _due_on(slot, item)):
        found.append(fault("more_time_earlier", "wished_on", day=_due_on(slot, item)))
    if not reason:
        found.append(fault("more_time_reason", "reason"))
    if latest(item.id, waiting=True) is not None:
        found.append(fault("more_time_waits", "wished_on"))
    if found:
        raise Refused(*found)
    made = ExtensionRequest(
        item_id=item.id, reason=reason, wished_on=wished_on, asked_by=by, asked_at=clock.now()
    )
    db.session.add(made)
    db.session.flush()
    history.record(
        "more_time_asked",
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        key=item.key,
        reason=reason,
        wished_on=wished_on.isoformat(),
    )
    return made


def _is_later(day: date, than: date) -> bool:
    today = clock.today()
    return max(than, today - timedelta(days=1)) < day <= today + LONGEST


def latest(item_id: int, *, waiting: bool = False) -> ExtensionRequest | None:
    """The last request for an item, or the one that waits."""
    query = sa.select(ExtensionRequest).where(ExtensionRequest.item_id == item_id)
    if waiting:
        query = query.where(ExtensionRequest.decided_at.is_(None))
    return db.session.scalars(query.order_by(ExtensionRequest.id.desc()).limit(1)).first()


def grant(
    request: ExtensionRequest, version: int, day: date, answer: str, *, by: int, city: bool
) -> None:
    """Gives an item more time, to the day wished or another one; from then on it shows everywhere.

    ``city`` says that the decider is the city office, which alone may go beyond ``town_limit``.
    """
    item, enrolment = _require_undecided(request, version, by=by)
    found = []
    if not _is_later(day, request.due_on):
        found.append(fault("more_time_earlier", "day", day=request.due_on))
    elif not city and day > request.town_limit:
        found.append(fault("more_time_city", "day", day=request.town_limit))
    if found:
        raise Refused(*found)
    item.extended_to = day
    request.granted_to = day
    _tell("more_time_given", request, item, enrolment, answer, by=by, day=day.isoformat())


def refuse(request: ExtensionRequest, version: int, answer: str, *, by: int) -> None:
    """Gives no more time, and says why; the day stays and the unit may ask again."""
    item, enrolment = _require_undecided(request, version, by=by)
    if not answer:
        raise Refused(fault("more_time_answer", "answer"))
    _tell("more_time_refused", request, item, enrolment, answer, by=by)


def withdraw(request: ExtensionRequest, version: int, *, by: int) -> None:
    """The unit needs no more time after all; it may ask again.

    Raises NotAllowed for who neither asked for it nor looks after the unit, Stale when it is
    decided or waits for nobody any more.
    """
    if not is_too_near(request, by):
        raise NotAllowed
    if request.row_version != version or not request.can_be_decided:
        raise Stale
    request.withdrawn = True
    _tell("more_time_withdrawn", request, request.item, request.enrolment, "", by=by)


def _require_undecided(
    request: ExtensionRequest, version: int, *, by: int
) -> tuple[Item, Enrolment]:
    if request.row_version != version or not request.is_waiting:
        raise Stale
    if is_too_near(request, by):
        raise NotAllowed("own_request")
    transitions.require_answerable(request.enrolment, request.slot)
    transitions.require_sendable(request.item)
    return request.item, request.enrolment


def _tell(
    verb: str,
    request: ExtensionRequest,
    item: Item,
    enrolment: Enrolment,
    answer: str,
    *,
    by: int,
    **detail: Any,
) -> None:
    """Closes a request with its answer, which the history of the item tells."""
    request.answer, request.decided_by, request.decided_at = answer, by, clock.now()
    db.session.flush()
    history.record(
        verb,
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        key=item.key,
        reason=answer,
        **detail,
    )


def is_too_near(request: ExtensionRequest, person_id: int) -> bool:
    """Whether a person asked for it herself, or is liaison of the unit."""
    query = _requests().where(ExtensionRequest.id == request.id, _too_near(person_id))
    return db.session.scalar(query) is not None


def _too_near(person: impartiality.Someone) -> sa.ColumnElement[bool]:
    return sa.or_(
        ExtensionRequest.asked_by == person,
        impartiality.looks_after(person),
    )


def for_city(requests: Sequence[ExtensionRequest]) -> frozenset[int]:
    """Which of these are the city office's to decide: they wish for more than the town may give,
    or nobody of the town may decide them. One statement."""
    more = {each.id for each in requests if each.wished_on > each.town_limit}
    rest = [each.id for each in requests if each.id not in more]
    if rest:
        query = _requests().where(ExtensionRequest.id.in_(rest), sa.not_(_town_may()))
        more |= {each.id for each in db.session.scalars(query)}
    return frozenset(more)


def _town_may() -> sa.ColumnElement[bool]:
    return impartiality.somebody((Role.REVIEWER,), sa.null(), _too_near)


def _requests() -> sa.Select[ExtensionRequest]:
    return (
        sa.select(ExtensionRequest)
        .join(ExtensionRequest.item)
        .join(Item.enrolment)
        .join(Enrolment.campaign)
        .join(Enrolment.unit)
        .join(Unit.place)
        .options(
            contains_eager(ExtensionRequest.item)
            .contains_eager(Item.enrolment)
            .options(
                contains_eager(Enrolment.campaign),
                contains_eager(Enrolment.unit).contains_eager(Unit.place),
            )
        )
    )


def find(request_id: int, scope: Scope) -> ExtensionRequest:
    """The request with its item, enrolment, unit and campaign in the scope; raises NotFound."""
    query = _requests().where(
        ExtensionRequest.id == request_id, scope.clause(Jurisdiction.path, Unit.id)
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(request_id)
    return found


def waiting(scope: Scope, *, by: int, limit: int) -> Sequence[ExtensionRequest]:
    """What waits for a decision within the scope and can be decided now, the oldest first; what a
    person is too near to is left out. Which of it is the city's, ``for_city`` says."""
    query = (
        _requests()
        .where(
            ExtensionRequest.decided_at.is_(None),
            scope.clause(Jurisdiction.path),
            Campaign.state == CampaignState.OPEN,
            Enrolment.state.in_(ANSWERABLE),
            Item.state.in_([ItemState.OPEN, ItemState.RETURNED]),
            sa.not_(_too_near(by)),
        )
        .order_by(ExtensionRequest.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def of_scope(scope: Scope, *, limit: int) -> Sequence[ExtensionRequest]:
    """The requests of the units within the scope, the newest first."""
    query = _requests().where(scope.clause(Jurisdiction.path, Unit.id))
    return db.session.scalars(query.order_by(ExtensionRequest.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Effect:
    """What an extension does to coverage: of ``enrolled`` units of a campaign at a place, how many
    are to be complete only after its due date, now and with it."""

    enrolled: int
    now: int
    then: int

    @property
    def in_time(self) -> tuple[int, int]:
        """The units that can hold a title by the campaign's due date, now and with it."""
        return self.enrolled - self.now, self.enrolled - self.then


def effect(request: ExtensionRequest, day: date) -> dict[str, Effect]:
    """The effect on the unit's town and on the whole campaign; one statement."""
    enrolment, campaign = request.enrolment, request.enrolment.campaign
    late = (
        sa.select(sa.literal(1))
        .select_from(Item)
        .where(
            Item.enrolment_id == Enrolment.id,
            Item.extended_to > campaign.due_on,
            Item.state != ItemState.APPROVED,
        )
        .correlate(Enrolment)
        .exists()
    )
    own, here = Enrolment.id == enrolment.id, Enrolment.town_id == enrolment.town_id
    count = sa.func.count()
    row = db.session.execute(
        sa.select(
            count.label("city"),
            count.filter(late).label("city_now"),
            count.filter(here).label("town"),
            count.filter(here, late).label("town_now"),
            count.filter(own, late).label("own"),
        ).where(Enrolment.campaign_id == campaign.id, Enrolment.state.not_in(LEFT))
    ).one()
    more = int(day > campaign.due_on and not row.own)
    return {
        "town": Effect(row.town, row.town_now, row.town_now + more),
        "city": Effect(row.city, row.city_now, row.city_now + more),
    }
