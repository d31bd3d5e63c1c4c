"""What waits for the city office: its errands, how many there are and since when."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from campaigns import clock, settings
from campaigns.database import UTCDateTime, db
from campaigns.enrolment import extensions
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.enrolment.objections import Objection
from campaigns.enrolment.records import Enrolment
from campaigns.incidents.records import Appeal, Incident, IncidentState
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.review import CITY, disputes
from campaigns.titles import Title
from campaigns.titles.withdrawing import Withdrawal, awaits_office
from campaigns.units import Unit

#: Requests for more time that are looked through for those that the town may not decide.
_REQUESTS = 10 * settings.PAGE_ROWS


class Errand(enum.StrEnum):
    """What the city office has to do."""

    INCIDENTS = "incidents"
    APPEALS = "appeals"
    OBJECTIONS = "objections"
    DISPUTES = "disputes"
    MORE_TIME = "more_time"
    WITHDRAWALS = "withdrawals"


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits of one kind: never none; the oldest of it since ``since``."""

    errand: Errand
    number: int
    since: datetime

    @property
    def days(self) -> int:
        """Full days that the oldest has waited."""
        return (clock.now() - self.since).days


def of_office(scope: Scope, *, by: int) -> list[Pile]:
    """What waits within the scope of a city office and is a person's to do there, in the order of
    ``Errand``; what somebody else has to do, because she recorded or asked for it, is left out.

    One statement; two more where requests for more time wait, for who decides on one follows from
    the days of its checklist.
    """
    if not scope.intervals:
        return []
    query = sa.union_all(*_parts(scope, by))
    rows = db.session.execute(query)
    found = {Errand(row[0]): Pile(Errand(row[0]), row[1], row[2]) for row in rows if row[1]}
    if Errand.MORE_TIME in found:
        del found[Errand.MORE_TIME]
        found |= _more_time(scope, by)
    return [found[each] for each in Errand if each in found]


def _parts(scope: Scope, by: int) -> Iterator[sa.Select[str, int, datetime]]:
    here = scope.clause(Jurisdiction.path)
    yield (
        _row(Errand.INCIDENTS, Incident.recorded_at)
        .join(Jurisdiction, Jurisdiction.id == Incident.place_id)
        .where(here, Incident.state == IncidentState.RECORDED, Incident.recorded_by != by)
    )
    yield (
        _row(Errand.APPEALS, Appeal.appealed_at)
        .join(Incident, Incident.id == Appeal.incident_id)
        .join(Jurisdiction, Jurisdiction.id == Incident.place_id)
        .where(
            here,
            Appeal.decided_at.is_(None),
            Incident.state == IncidentState.APPEALED,
            Incident.valid_to >= clock.today(),
            Incident.recorded_by != by,
        )
    )
    yield (
        _row(Errand.OBJECTIONS, Objection.raised_at)
        .join(Enrolment, Enrolment.id == Objection.enrolment_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Unit.place)
        .where(here, Objection.result.is_(None))
    )
    disputed = disputes.to_settle(((scope, CITY),), by, clock.today()).subquery()
    yield _row(Errand.DISPUTES, disputed.c.raised_at)
    yield (
        # Whether any waits at all: most days there is none.
        _row(Errand.MORE_TIME, ExtensionRequest.asked_at).where(
            ExtensionRequest.decided_at.is_(None)
        )
    )
    yield (
        _row(Errand.WITHDRAWALS, sa.func.coalesce(Withdrawal.answered_at, Withdrawal.announced_at))
        .join(Title, Title.id == Withdrawal.title_id)
        .join(Unit, Unit.id == Title.unit_id)
        .join(Unit.place)
        .where(here, awaits_office())
    )


def _row(errand: Errand, since: sa.SQLColumnExpression[datetime]) -> sa.Select[str, int, datetime]:
    oldest = sa.func.min(since, type_=UTCDateTime())
    return sa.select(sa.literal(errand.value), sa.func.count(since), oldest)


def _more_time(scope: Scope, by: int) -> dict[Errand, Pile]:
    waiting = extensions.waiting(scope, by=by, limit=_REQUESTS)
    at_city = extensions.for_city(waiting)
    asked = [each.asked_at for each in waiting if each.id in at_city]
    return {Errand.MORE_TIME: Pile(Errand.MORE_TIME, len(asked), min(asked))} if asked else {}
