"""What a desk has beside its queue. On most days little of it is there, so one statement tells what
is, and nothing else is asked for."""

import functools
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from campaigns import clock
from campaigns.database import Large, db
from campaigns.jurisdictions import Scope
from campaigns.review import Desk, assignments, disputes, examining, undoing
from campaigns.review.site_notes import SiteNote


class Beside(NamedTuple):
    """Whether there are disputes to settle, decisions that the person can undo, hand-overs that
    concern her, checklists that wait for her town's check, and notes on the item on the desk."""

    disputes: bool
    undoing: bool
    handovers: bool
    complete: bool
    site_notes: bool


def of_desk(desks: Sequence[Desk], *, by: int, examines: Scope, item_id: int | None) -> Beside:
    """What there is for a person who examines there, while this item is open, if any is."""
    query = _there(tuple(desks), by, examines, clock.today())
    given = {"item": item_id, "by": by, **undoing.moments()}
    return Beside(*db.session.execute(query, given).one())


@functools.lru_cache(256)
def _there(
    desks: tuple[Desk, ...], by: int, examines: Scope, today: date
) -> sa.Select[*tuple[Any, ...]]:
    # Kept for the day, as the queue's own statement is.
    parts: Sequence[sa.Select[*tuple[Any, ...]]] = (
        disputes.to_settle(desks, by, today),
        undoing.BY_HER,
        sa.select(assignments.Handover.id).where(assignments.concern(by, today)),
        examining.waiting(examines),
        sa.select(SiteNote.id).where(SiteNote.item_id == sa.bindparam("item", type_=Large)),
    )
    return sa.select(*(each.exists() for each in parts))
