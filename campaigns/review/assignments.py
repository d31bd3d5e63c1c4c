"""Whose a town's queue is: hand-overs between its reviewers, help from another town, and what
waits too long with whom.

The reviewers of a town share its queue. Who hands hers over for some days no longer finds it on her
desk; what the other one must not decide stays with her.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from campaigns import clock, history, people, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Base, db, fixed
from campaigns.enrolment import impartiality, records
from campaigns.enrolment.records import LEFT, Enrolment, Item, ItemState
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction, Scope, interval
from campaigns.people import Department, Grant, Person, Role
from campaigns.text import Bilingual


class Handover(Base):
    """A reviewer's queue in a town, or what one campaign brings to it, in another's hands."""

    __tablename__ = "handover"
    __table_args__ = (
        sa.CheckConstraint("first_day <= last_day", name="days"),
        sa.CheckConstraint("from_id <> to_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    campaign_id: Mapped[int | None] = mapped_column(sa.ForeignKey("campaign.id"))
    from_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    to_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    made_at: Mapped[datetime]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict


def handed_over(by: int) -> sa.ColumnElement[bool]:
    """The condition that a town's ``Item`` of an ``Enrolment`` is in another reviewer's hands
    today, who may decide it: not what she has a part in, and not once she reviews there no more."""
    today, reviews = fixed(clock.today()), aliased(Grant)
    there = (
        sa.select(sa.literal_column("1"))
        .select_from(reviews)
        .join(Person, Person.id == reviews.person_id)
        .where(
            reviews.person_id == Handover.to_id,
            reviews.role == fixed(Role.REVIEWER),
            reviews.jurisdiction_id.in_([Enrolment.place_id, Enrolment.town_id]),
            reviews.valid_from <= today,
            sa.or_(reviews.valid_to.is_(None), reviews.valid_to >= today),
            Person.disabled_at.is_(None),
        )
        .correlate_except(reviews, Person)
        .exists()
    )
    return (
        sa.select(sa.literal_column("1"))
        .select_from(Handover)
        .where(
            Handover.from_id == by,
            Handover.town_id == Enrolment.town_id,
            Handover.first_day <= today,
            Handover.last_day >= today,
            sa.or_(Handover.campaign_id.is_(None), Handover.campaign_id == Enrolment.campaign_id),
            Item.department.is_(None),
            there,
            sa.not_(impartiality.part_in(Handover.to_id)),
        )
        .correlate_except(Handover)
        .exists()
    )


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who reviews a town, by her post."""

    id: int
    name: Bilingual
    town_id: int
    town: Bilingual


def reviewers(scope: Scope) -> Sequence[Reviewer]:
    """Who reviews the towns within the scope today, in code order."""
    query = (
        sa.select(
            Person.id,
            Person.name_zh,
            Person.name_en,
            Jurisdiction.id.label("town_id"),
            Jurisdiction.name_zh.label("town_zh"),
            Jurisdiction.name_en.label("town_en"),
        )
        .join(Grant, Grant.person_id == Person.id)
        .join(Jurisdiction, Jurisdiction.id == Grant.jurisdiction_id)
        .where(
            Grant.role == Role.REVIEWER,
            Grant.is_valid(clock.today()),
            Person.disabled_at.is_(None),
            Jurisdiction.id == Jurisdiction.town_id,
            scope.clause(Jurisdiction.path),
        )
        .order_by(Jurisdiction.code, Person.username)
        .distinct()
        .add_columns(Jurisdiction.code, Person.username)
    )
    return [
        Reviewer(
            row.id,
            Bilingual(row.name_zh, row.name_en),
            row.town_id,
            Bilingual(row.town_zh, row.town_en),
        )
        for row in db.session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """A hand-over with the names of those whom it concerns; no campaign means all of them."""

    handover: Handover
    giver: Bilingual
    taker: Bilingual
    town: Bilingual
    campaign: Bilingual | None


def of_person(person_id: int) -> Sequence[Shown]:
    """The hand-overs from or to a person that last today or are still to come."""
    return _shown(concern(person_id, clock.today()))


def concern(person_id: int, today: date) -> sa.ColumnElement[bool]:
    """The condition that a hand-over from or to a person lasts today or is still to come."""
    either = sa.or_(Handover.from_id == person_id, Handover.to_id == person_id)
    return sa.and_(Handover.last_day >= today, either)


def of_scope(scope: Scope) -> Sequence[Shown]:
    """The same of every town within the scope."""
    return _shown(scope.clause(Jurisdiction.path), Handover.last_day >= clock.today())


def _shown(*conditions: sa.ColumnElement[bool]) -> Sequence[Shown]:
    query = (
        sa.select(Handover, Jurisdiction, Campaign)
        .join(Jurisdiction, Jurisdiction.id == Handover.town_id)
        .outerjoin(Campaign, Campaign.id == Handover.campaign_id)
        .where(*conditions)
        .order_by(Handover.first_day, Handover.id)
    )
    rows = db.session.execute(query).all()
    names = people.names([each for row in rows for each in (row[0].from_id, row[0].to_id)])
    return [
        Shown(
            made,
            names[made.from_id],
            names[made.to_id],
            town.name,
            campaign.name if campaign else None,
        )
        for made, town, campaign in rows
    ]


def hand_over(
    town_id: int, campaign_id: int | None, to_id: int, first_day: date, last_day: date, *, by: int
) -> Handover:
    """A reviewer's queue in a town goes to another reviewer of it, from the first day to the last.

    Refuses anybody but another reviewer of the same town through all of these days, days that have
    passed, and chains: neither of the two hands on in these days what she was handed.
    """
    today = clock.today()
    found = []
    if first_day < today:
        found.append(fault("handover_in_the_past", "first_day"))
    if last_day < first_day or (last_day - first_day).days > settings.HANDOVER_DAYS:
        found.append(fault("handover_days", "last_day", most=settings.HANDOVER_DAYS))
    if not _reviews(by, town_id, first_day, first_day):
        found.append(fault("handover_not_yours", "town"))
    if to_id == by or not _reviews(to_id, town_id, first_day, last_day):
        found.append(fault("handover_to_whom", "to"))
    if found:
        raise Refused(*found)
    crossing = sa.select(Handover.id).where(
        sa.or_(
            sa.and_(Handover.from_id == by, _same(campaign_id)),
            Handover.from_id == to_id,
            Handover.to_id == by,
        ),
        Handover.town_id == town_id,
        Handover.first_day <= last_day,
        Handover.last_day >= first_day,
    )
    if db.session.scalar(crossing.limit(1)) is not None:
        raise Refused(fault("handover_crossing", "first_day"))
    made = Handover(
        town_id=town_id,
        campaign_id=campaign_id,
        from_id=by,
        to_id=to_id,
        first_day=first_day,
        last_day=last_day,
        made_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    _note("handed_over", made, by=by)
    return made


def _same(campaign_id: int | None) -> sa.ColumnElement[bool]:
    """The condition that a hand-over and one of this campaign have items in common."""
    if campaign_id is None:
        return sa.true()
    return sa.or_(Handover.campaign_id.is_(None), Handover.campaign_id == campaign_id)


def _reviews(person_id: int, town_id: int, first_day: date, last_day: date) -> bool:
    query = (
        sa.select(Grant.id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.person_id == person_id,
            Grant.role == Role.REVIEWER,
            Grant.jurisdiction_id == town_id,
            Grant.valid_from <= first_day,
            sa.or_(Grant.valid_to.is_(None), Grant.valid_to >= last_day),
            Person.disabled_at.is_(None),
        )
    )
    return db.session.scalar(query.limit(1)) is not None


def take_back(handover_id: int, version: int, *, by: int) -> None:
    """Ends one's own hand-over from today on; raises NotFound for anybody else's, Stale for one
    that is over or was changed."""
    found = db.session.get(Handover, handover_id)
    if found is None or found.from_id != by:
        raise NotFound(handover_id)
    yesterday = clock.today() - timedelta(days=1)
    if found.row_version != version or found.last_day <= yesterday:
        raise Stale
    _note("handover_ended", found, by=by)
    if found.first_day > yesterday:
        db.session.delete(found)
    else:
        found.last_day = yesterday
    db.session.flush()


def _note(verb: str, made: Handover, *, by: int) -> None:
    history.record(
        verb,
        "handover",
        made.id,
        by=by,
        town=made.town_id,
        campaign=made.campaign_id,
        to=made.to_id,
        first_day=made.first_day.isoformat(),
        last_day=made.last_day.isoformat(),
    )


def lend(
    person_id: int, town: Jurisdiction, first_day: date, last_day: date, scope: Scope, *, by: int
) -> None:
    """A reviewer of another town helps out in a town for some days: she is granted it from the
    first to the last of them, and everything else follows from that."""
    found = []
    if first_day < clock.today():
        found.append(fault("handover_in_the_past", "lent_first_day"))
    if last_day < first_day or (last_day - first_day).days > settings.HANDOVER_DAYS:
        found.append(fault("handover_days", "lent_last_day", most=settings.HANDOVER_DAYS))
    known = {each.id for each in reviewers(scope) if each.town_id != town.id}
    here = _reviews(person_id, town.id, first_day, first_day)
    if person_id not in known or town.id != town.town_id or here:
        found.append(fault("lend_whom", "lent"))
    if found:
        raise Refused(*found)
    person = db.session.get_one(Person, person_id)
    people.grant(person, Role.REVIEWER, place=town, valid_from=first_day, valid_to=last_day)
    history.record(
        "reviewer_lent",
        "jurisdiction",
        town.id,
        by=by,
        to=person_id,
        first_day=first_day.isoformat(),
        last_day=last_day.isoformat(),
    )


@dataclass(frozen=True, slots=True)
class Late:
    """How many items wait too long with one office: a department, the city office, or the town."""

    department: Department | None
    at_city: bool
    number: int


def late(place: Jurisdiction) -> Sequence[Late]:
    """What waits for a decision at a place for longer than ``settings.REVIEW_DAYS``, by whose it
    is to decide: the town's first, the city office's last. Reads the index of the queues no further
    than what is late."""
    low, high = interval(place.path)
    inside = Scope(((low, high),)).clause(Jurisdiction.path)
    towns = [place.town_id] if place.town_id else sa.select(Jurisdiction.town_id).where(inside)
    each = (
        sa.select(Item.department, impartiality.for_city().label("at_city"))
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .join(Jurisdiction, Jurisdiction.id == Enrolment.place_id)
        .where(
            Item.town_id.in_(towns),
            Item.state == ItemState.SUBMITTED,
            Item.submitted_at < records.answer_late_before(),
            inside,
            Campaign.state == CampaignState.OPEN,
            Enrolment.state.not_in(LEFT),
        )
        .subquery()
    )
    columns = each.c.department, each.c.at_city
    query = sa.select(*columns, sa.func.count().label("number")).group_by(*columns)
    numbers: Counter[tuple[bool, Department | None]] = Counter()
    for row in db.session.execute(query):
        numbers[bool(row.at_city), None if row.at_city else row.department] += row.number
    return [
        Late(department, at_city, numbers[at_city, department])
        for at_city, department in sorted(numbers, key=lambda each: (each[0], each[1] or ""))
    ]
