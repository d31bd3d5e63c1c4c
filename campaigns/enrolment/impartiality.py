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
from campaigns.database import Large, db, fixed, local_day
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
        sa.select(sa.literal_column("1"))
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


def looks_after(person: Any, since: Any = None) -> sa.ColumnElement[bool]:
    """The condition that a person is liaison of the unit of an ``Enrolment``, today or on any day
    ``since`` another; without one, today."""
    today, held = fixed(clock.today()), aliased(Grant)
    first = today if since is None else sa.func.coalesce(since, today)
    return (
        sa.select(sa.literal_column("1"))
        .select_from(held)
        .where(
            held.unit_id == Enrolment.unit_id,
            held.person_id == person,
            held.role == fixed(Role.LIAISON),
            held.valid_from <= today,
            sa.or_(held.valid_to.is_(None), held.valid_to >= first),
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
    whole queue, because it looks at nothing but the item and lists that are made once."""
    today = fixed(clock.today())
    people = (
        sa.select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role.in_([fixed(each) for each in _DECIDING]),
            Grant.jurisdiction_id.is_not(None),
            Grant.is_valid(today),
            Person.disabled_at.is_(None),
        )
    )
    own = aliased(Item)
    looked_after = (
        sa.select(own.id)
        .join(Enrolment, Enrolment.id == own.enrolment_id)
        .join(Grant, Grant.unit_id == Enrolment.unit_id)
        .where(Grant.role == fixed(Role.LIAISON), Grant.person_id.in_(people))
    )
    uploaded = (
        sa.select(Attachment.item_id)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Evidence.uploader_id.in_(people))
    )
    return sa.or_(
        Item.town_id.is_(None),
        _left_alone(people),
        Item.submitted_by.in_(people),
        Item.id.in_(sa.union_all(looked_after, uploaded)),
    )


def _left_alone(people: sa.Select[int]) -> sa.ColumnElement[bool]:
    """The condition that none of these people, by their grants, decides on an ``Item`` of a town:
    for all of it, for more than it, or for a place in it."""
    above, below, town = (aliased(Jurisdiction) for _ in range(3))
    waits = aliased(Item)
    what, department = (
        sa.func.coalesce(sa.type_coerce(each, sa.String), "")
        for each in (Grant.department, Item.department)
    )
    wide = (
        people.join(above, sa.and_(above.id == Grant.jurisdiction_id, above.town_id.is_(None)))
        .join(below, below.path.startswith(above.path))
        .where(below.id == below.town_id)
    )
    decided = sa.union_all(
        people.with_only_columns(Grant.jurisdiction_id.label("id"), what.label("what")),
        wide.with_only_columns(below.id, what),
    ).subquery()
    by_town = sa.select(decided.c.id).where(decided.c.what == "")
    within = people.join(Enrolment, Enrolment.place_id == Grant.jurisdiction_id)
    # Told once, and hardly ever so: then no item is asked for its own town.
    any_town = sa.exists().where(
        town.id == town.town_id,
        town.id.not_in(by_town),
        sa.exists().where(
            waits.town_id == town.id,
            waits.state == fixed(ItemState.SUBMITTED),
            waits.department.is_(None),
        ),
    )
    return sa.and_(
        sa.or_(
            sa.and_(any_town, Item.department.is_(None), Item.town_id.not_in(by_town)),
            sa.and_(
                Item.department.is_not(None),
                sa.tuple_(Item.town_id, department).not_in(sa.select(decided)),
            ),
        ),
        sa.tuple_(Item.enrolment_id, department).not_in(
            within.with_only_columns(Enrolment.id, what)
        ),
    )


def at_city(item_ids: Sequence[int]) -> frozenset[int]:
    """Which of these items wait for the city office, in one statement."""
    if not item_ids:
        return frozenset()
    return frozenset(db.session.scalars(_at_city(clock.today()), {"items": list(item_ids)}))


@functools.lru_cache(2)
def _at_city(_today: date) -> sa.Select[int]:
    return _items().where(Item.state == fixed(ItemState.SUBMITTED), for_city())


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
    today = fixed(clock.today())
    free: sa.Select[Any] = (
        sa.select(sa.literal_column("1"))
        .select_from(held)
        .join(Person, Person.id == held.person_id)
        .where(
            held.role.in_([fixed(each) for each in roles]),
            held.department.is_not_distinct_from(department),
            held.valid_from <= today,
            sa.or_(held.valid_to.is_(None), held.valid_to >= today),
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
