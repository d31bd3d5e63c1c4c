"""Who is too near to an item to decide on it, and what the city office decides for that reason.

Both are conditions of a query, so that they follow uploads and grants by themselves, from the day
on which these begin or end.
"""

import functools
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import clock
from campaigns.database import Large, db, local_day
from campaigns.enrolment.records import Attachment, Enrolment, Item, ItemState
from campaigns.evidence.records import Evidence
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Grant, Person, Role

#: A person of a query, or one by her id.
Someone = sa.ColumnElement[int] | int
_DECIDING = (Role.REVIEWER, Role.CONFIRMER)


def part_in(person: Any) -> sa.ColumnElement[bool]:
    """The condition that a person has a part in an ``Item`` of an ``Enrolment``: she sent it,
    uploaded some of its proof, or is liaison of its unit, today or since it was sent."""
    uploaded = (
        sa.select(sa.literal(1))
        .select_from(Attachment)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Attachment.item_id == Item.id, Evidence.uploader_id == person)
        .correlate_except(Attachment, Evidence)
        .exists()
    )
    return sa.or_(
        sa.func.coalesce(Item.submitted_by == person, sa.false()),
        uploaded,
        looks_after(person, local_day(Item.submitted_at)),
    )


def looks_after(person: Any, since: Any) -> sa.ColumnElement[bool]:
    """The condition that a person is liaison of the unit of an ``Enrolment``, today or on any day
    ``since`` another; without one, today."""
    today, held = clock.today(), aliased(Grant)
    return (
        sa.select(sa.literal(1))
        .select_from(held)
        .where(
            held.unit_id == Enrolment.unit_id,
            held.person_id == person,
            held.role == Role.LIAISON,
            held.valid_from <= today,
            sa.or_(held.valid_to.is_(None), held.valid_to >= sa.func.coalesce(since, today)),
        )
        .correlate_except(held)
        .exists()
    )


def has_part_in(item: Item, person_id: int) -> bool:
    """Whether a person has a part in an item, so that somebody else has to decide."""
    given = {"items": [item.id], "person": person_id}
    return db.session.scalar(_parts_of(clock.today()), given) is not None


@functools.lru_cache(2)
def _parts_of(_today: date) -> sa.Select[int]:
    return _items().where(part_in(sa.bindparam("person", type_=Large)))


def for_city() -> sa.ColumnElement[bool]:
    """The condition that an ``Item`` of an ``Enrolment`` is the city office's to decide: whoever
    decides otherwise has a part in it, or there is nobody."""
    return sa.not_(somebody(_DECIDING, Item.department, part_in))


def perhaps_for_city() -> sa.ColumnElement[bool]:
    """A condition that holds for everything ``for_city``, and for little else: quickly told for the
    whole queue, because none of what it asks depends on the item."""
    people = (
        sa.select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role.in_(_DECIDING),
            Grant.jurisdiction_id.is_not(None),
            Grant.is_valid(clock.today()),
            Person.disabled_at.is_(None),
        )
    )
    what = sa.func.coalesce(sa.type_coerce(Grant.department, sa.String), "")
    there = people.with_only_columns(Grant.jurisdiction_id, what)
    above, place = aliased(Jurisdiction), aliased(Jurisdiction)
    wide = (
        people.join(above, sa.and_(above.id == Grant.jurisdiction_id, above.town_id.is_(None)))
        .join(place, place.path.startswith(above.path))
        .with_only_columns(place.id, what)
    )
    department = sa.func.coalesce(sa.type_coerce(Item.department, sa.String), "")
    decided = sa.or_(
        sa.tuple_(Enrolment.place_id, department).in_(there),
        sa.tuple_(sa.func.coalesce(Enrolment.town_id, 0), department).in_(there),
        sa.tuple_(Enrolment.place_id, department).in_(wide),
    )
    own = aliased(Grant)
    units = sa.select(own.unit_id).where(own.role == Role.LIAISON, own.person_id.in_(people))
    uploaded = (
        sa.select(Attachment.item_id)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Evidence.uploader_id.in_(people))
    )
    return sa.or_(
        sa.not_(decided),
        sa.func.coalesce(Item.submitted_by, 0).in_(people),
        Enrolment.unit_id.in_(units),
        Item.id.in_(uploaded),
    )


def at_city(item_ids: Sequence[int]) -> frozenset[int]:
    """Which of these items wait for the city office, in one statement."""
    if not item_ids:
        return frozenset()
    return frozenset(db.session.scalars(_at_city(clock.today()), {"items": list(item_ids)}))


@functools.lru_cache(2)
def _at_city(_today: date) -> sa.Select[int]:
    return _items().where(Item.state == ItemState.SUBMITTED, for_city())


def _items() -> sa.Select[int]:
    # Put together once a day, on which the conditions depend: that takes longer than the answer.
    query = sa.select(Item.id).join(Enrolment, Enrolment.id == Item.enrolment_id)
    return query.where(Item.id.in_(sa.bindparam("items", expanding=True)))


def somebody(roles: Sequence[Role], department: Any, too_near: Any) -> sa.ColumnElement[bool]:
    """The condition that somebody of the town of an ``Enrolment`` holds one of these roles today
    (for a ``department``, or none) and is not ``too_near``, a condition on her id.

    First those of the place and its town, by their index; then those who hold it above all towns.
    """
    held, above, place = aliased(Grant), aliased(Jurisdiction), aliased(Jurisdiction)
    free = (
        sa.select(sa.literal(1))
        .select_from(held)
        .join(Person, Person.id == held.person_id)
        .where(
            held.role.in_(roles),
            held.department.is_not_distinct_from(department),
            held.valid_from <= clock.today(),
            sa.or_(held.valid_to.is_(None), held.valid_to >= clock.today()),
            Person.disabled_at.is_(None),
            sa.not_(too_near(held.person_id)),
        )
    )
    near = free.where(held.jurisdiction_id.in_([Enrolment.place_id, Enrolment.town_id]))
    wide = (
        free.join(above, sa.and_(above.id == held.jurisdiction_id, above.town_id.is_(None)))
        .join(place, place.id == Enrolment.place_id)
        .where(place.path.startswith(above.path))
    )
    own = (held, Person, above, place)
    return sa.or_(near.correlate_except(*own).exists(), wide.correlate_except(*own).exists())
