"""What the city's acceptance does to enrolments beside the single step of ``transitions``."""

from collections import Counter
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import history, tally
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.history import Happened

_PASSED = frozenset({EnrolmentState.TOWN_PASSED})


def accept_all(which: sa.Select[Any], *, by: int) -> int:
    """Accepts those of these enrolments (a query for their ids) that the town passed, all in one
    statement; gives how many. Whoever stands elsewhere by now is left as he is."""
    rows = db.session.execute(
        sa.update(Enrolment)
        .where(Enrolment.id.in_(which), Enrolment.state == EnrolmentState.TOWN_PASSED)
        .values(state=EnrolmentState.CITY_PASSED, row_version=Enrolment.row_version + 1)
        .returning(
            Enrolment.id,
            Enrolment.unit_id,
            Enrolment.campaign_id,
            Enrolment.place_id,
            Enrolment.town_id,
        )
        .execution_options(synchronize_session="fetch")
    ).all()
    numbers = Counter((row.campaign_id, row.place_id, row.town_id) for row in rows)
    for where, number in sorted(numbers.items(), key=lambda each: each[0][:2]):
        tally.progress(*where, town_passed=-number, city_passed=number)
    verb = EnrolmentState.CITY_PASSED.value
    happened = [Happened(verb, "enrolment", row.id, row.unit_id, {"by_lot": False}) for row in rows]
    history.record_all(happened, by=by)
    return len(rows)


def give_back(
    enrolment: Enrolment, state: EnrolmentState, reason: str, mend_by: date | None, *, by: int
) -> None:
    """What the town passed becomes conditional, with its last day, or not passed: the unit mends
    what was reopened, and the town checks again."""
    transitions.require(enrolment, enrolment.row_version, _PASSED)
    enrolment.mend_by = mend_by
    transitions.move_on(enrolment, state, by=by, reason=reason)
