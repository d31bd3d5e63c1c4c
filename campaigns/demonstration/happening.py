"""What became of a few titles after naming: only of invented units, never of a real place."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from campaigns import clock, incidents, jurisdictions, titles
from campaigns.incidents import records
from campaigns.incidents.touching import touched
from campaigns.jurisdictions import EVERYWHERE
from campaigns.titles import Title, rechecks, withdrawing
from campaigns.titles.rechecks import Finding, Visit
from campaigns.units import Kind

#: How many titles something happens to.
_TITLES = 4


def happen(shown: Collection[int], *, by: int, office: int) -> None:
    """One incident to be confirmed and one that suspends a school's title, a re-check with
    something to mend, and a withdrawal that the unit may answer.

    ``shown`` are units that accounts of the demonstration look after: nothing happens there.
    """
    held = _of_schools(shown)
    if len(held) < _TITLES:
        return
    today = clock.today()
    _happened(held[0], today, "1", by)
    _suspend(held[1], today, by, office)
    _visit(held[2], today, office)
    _announce(held[3], office)


def _of_schools(shown: Collection[int]) -> Sequence[Title]:
    """Valid titles of invented schools, held since an earlier year."""
    today = clock.today()
    found = titles.page(EVERYWHERE, offset=0, limit=5_000)
    return [
        each
        for each in found
        if each.unit.kind is Kind.SCHOOL
        and each.unit_id not in shown
        and each.enrolment_id is None
        and each.is_valid(today)
    ]


def _happened(title: Title, today: date, number: str, by: int) -> records.Incident:
    kind = next(each for each in records.kinds() if each.code == "campus_case")
    place = jurisdictions.find(title.unit.place.code, EVERYWHERE)
    notice = f"示范通报〔{today.year}〕{number}号（虚构）"
    day = today - timedelta(days=9)
    return incidents.record(kind, place, title.unit, day, 1, notice, by=by)


def _suspend(title: Title, today: date, by: int, office: int) -> None:
    made = _happened(title, today, "2", by)
    until = today + timedelta(days=90)
    seen = touched(made).names
    incidents.confirm(made, made.row_version, seen, until, by=office)


def _visit(title: Title, today: date, office: int) -> None:
    day = today - timedelta(days=3)
    visit = Visit(day, Finding.TO_MEND, "校门口监控一处离线（虚构）", today + timedelta(days=12))
    rechecks.enter(title, visit, by=office)


def _announce(title: Title, office: int) -> None:
    reason = "复查不合格，逾期未整改（虚构）"
    withdrawing.announce(title, reason, "示范撤字1号（虚构）", by=office)
