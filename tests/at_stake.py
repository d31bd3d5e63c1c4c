"""What may become of a title, for tests of every page: an incident, a re-check, a withdrawal."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from campaigns import incidents, titles, units
from campaigns.database import db
from campaigns.enrolment.objections import Objection
from campaigns.incidents import records
from campaigns.incidents.touching import touched
from campaigns.titles import rechecks, withdrawing
from campaigns.titles.rechecks import Finding, Visit
from tests.cast import NOW
from tests.conftest import Site
from tests.doing import EVERYWHERE

TODAY = date(2026, 9, 16)
#: Something sensible in the fields of their forms.
FIELDS = {
    **{"finding": "as_named", "checked_on": "2026-09-01", "until": "2026-12-01"},
    **{"why": "So it is.", "answer": "So it is.", "number": "1", "notice_number": "1"},
    **{"result": "dismissed", "text": "So it is.", "contact": ""},
}


@dataclass
class AtStake:
    """The ids of what was made, by unit."""

    incidents: dict[str, int] = field(default_factory=dict)
    rechecks: dict[str, int] = field(default_factory=dict)
    withdrawals: dict[str, int] = field(default_factory=dict)
    objections: dict[str, int] = field(default_factory=dict)
    #: The serial of each title.
    serials: dict[str, str] = field(default_factory=dict)


def make(site: Site, held: Iterable[tuple[str, int]]) -> AtStake:
    """A confirmed incident at each unit's place, and of each title a re-check that failed and a
    withdrawal that the unit may answer."""
    made, by = AtStake(), site.cast.people
    kind = next(each for each in records.kinds() if each.code == "mass_incident")
    for unit, title_id in held:
        place = units.find(site.cast.units[unit], EVERYWHERE).place
        happened = incidents.record(kind, place, None, TODAY, 1, "1", by=by["police"])
        seen = touched(happened).names
        incidents.confirm(happened, 1, seen, date(2026, 12, 1), by=by["office"])
        title = titles.find(title_id, EVERYWHERE)
        visit = Visit(TODAY, Finding.FAILED, "It failed.")
        made.incidents[unit] = happened.id
        made.rechecks[unit] = rechecks.enter(title, visit, by=by["inspector"]).id
        announced = withdrawing.announce(title, "It failed.", "1", by=by["office"])
        made.withdrawals[unit] = announced.id
        made.serials[unit] = title.serial
        made.objections[unit] = _objected(site.cast.enrolment(unit, "drug-free-village"))
    return made


def _objected(enrolment_id: int) -> int:
    """An objection that waits for its answer, as if the unit had been on notice."""
    found = Objection(enrolment_id=enrolment_id, text="So it is.", raised_at=NOW)
    db.session.add(found)
    db.session.flush()
    return found.id
