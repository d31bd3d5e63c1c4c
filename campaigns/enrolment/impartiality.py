"""Who is too near to an item to decide on it, and what the city office decides for that reason.

Both are conditions of a query, so that they follow uploads and grants by themselves, from the day
on which these begin or end.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import clock
from campaigns.database import db, local_day
from campaigns.enrolment.records import Attachment, Enrolment, Item, ItemState
from campaigns.evidence.records import Evidence
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Grant, Person, Role

#: A person of a query, or one by her id.
Someone = sa.ColumnElement[int] | int


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
    query = _items([item.id]).where(part_in(person_id))
    return db.session.scalar(query) is not None


def for_city() -> sa.ColumnElement[bool]:
    """The condition that an ``Item`` of an ``Enrolment`` is the city office's to decide: whoever
    decides otherwise has a part in it, or there is nobody."""
    return sa.not_(somebody((Role.REVIEWER, Role.CONFIRMER), Item.department, part_in))


def at_city(item_ids: Sequence[int]) -> frozenset[int]:
    """Which of these items wait for the city office, in one statement."""
    if not item_ids:
        return frozenset()
    query = _items(item_ids).where(Item.state == ItemState.SUBMITTED, for_city())
    return frozenset(db.session.scalars(query))


def _items(item_ids: Sequence[int]) -> sa.Select[int]:
    query = sa.select(Item.id).join(Enrolment, Enrolment.id == Item.enrolment_id)
    return query.where(Item.id.in_(item_ids))


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
