"""Suspending titles: days that do not count, from today, until a day or until it is lifted."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from campaigns import clock, history
from campaigns.database import db
from campaigns.titles.records import Suspension, Title, recounted


def suspend(
    held: Sequence[Title], reason: str, *, until: date | None, incident_id: int | None, by: int
) -> None:
    """Suspends these titles, most often for an incident; coverage follows at once, past days
    stay."""
    with recounted(held):
        for title in held:
            title.suspensions.append(
                Suspension(
                    title_id=title.id,
                    incident_id=incident_id,
                    valid_from=clock.today(),
                    valid_to=until,
                    reason=reason,
                    suspended_at=clock.now(),
                    suspended_by=by,
                )
            )
            history.record(
                "suspended", "title", title.id, by=by, unit_id=title.unit_id, reason=reason
            )


def lift(found: Sequence[Suspension], why: str, *, by: int) -> None:
    """Lifts these suspensions: their titles count again from today, if nothing else speaks
    against it. One lifted on the day it began never took effect."""
    query = sa.select(Title).where(Title.id.in_([each.title_id for each in found]))
    held = {each.id: each for each in db.session.scalars(query.order_by(Title.id))}
    with recounted(list(held.values())):
        for each in found:
            each.valid_to = min(each.valid_to or date.max, clock.today() - timedelta(days=1))
            each.lifted_at, each.lifted_by, each.lifted_why = clock.now(), by, why
            title = held[each.title_id]
            history.record(
                "suspension_lifted",
                "title",
                title.id,
                by=by,
                unit_id=title.unit_id,
                reason=why,
            )


def of_incident(incident_id: int) -> Sequence[Suspension]:
    """The suspensions of an incident."""
    query = sa.select(Suspension).where(Suspension.incident_id == incident_id)
    return db.session.scalars(query.order_by(Suspension.id)).all()
