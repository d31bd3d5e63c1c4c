"""The start page: a liaison's work list; everybody else goes to where her work is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, jurisdictions, permissions, titles
from campaigns.enrolment import checklist, records
from campaigns.enrolment.checklist import Line
from campaigns.pages import access, answers, languages, waiting, words
from campaigns.people import Role
from campaigns.permissions import Permission
from campaigns.text import Bilingual
from campaigns.titles import Standing
from campaigns.units import Unit

blueprint = Blueprint("home", __name__)

#: A liaison looks after one unit or a few; this only keeps a page from growing without end.
_ENROLMENTS = 40


@dataclass(frozen=True, slots=True)
class Returned:
    """An item that came back: why, from whom, and the days left to mend it."""

    line: Line
    reason: str
    office: str
    days: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is left to do by one day; what is past its day stands together, oldest first."""

    due_on: date
    days: int
    lines: tuple[Line, ...]


@blueprint.get("/")
@access.permits(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    """The start page by role."""
    actor = access.actor()
    if Role.LIAISON in actor.roles:
        return _work_list()
    if actor.roles & {Role.REVIEWER, Role.CONFIRMER}:
        return answers.go(url_for("review.desk"))
    if permissions.holds(actor, Permission.SEE_COVERAGE):
        return answers.go(url_for("coverage.top"))
    return answers.show("home/empty.html")


def _work_list() -> ResponseReturnValue:
    scope = access.actor().scope(frozenset({Role.LIAISON}))
    enrolments = records.of_scope(scope, limit=_ENROLMENTS)
    if not enrolments:
        return answers.show("home/empty.html")
    found = checklist.lines(enrolments, seen_by_unit=True)
    lines = [line for each in enrolments for line in found[each.id]]
    units = list({each.unit_id: each.unit for each in enrolments}.values())
    towns = jurisdictions.names([each.town_id for each in enrolments])
    rows = checklist.rows(lines)
    waits = waiting.of(enrolments, seen_by_unit=True, items=rows, towns=towns)
    returned = [each for each in lines if each.to_do and each.is_returned]
    left = [each for each in lines if each.to_do and not each.is_returned]
    today = clock.today()
    held = [
        each
        for each in titles.of_units([unit.id for unit in units])
        if titles.standing(each, today) in {Standing.VALID, Standing.SUSPENDED}
    ]
    return answers.show(
        "home/home.html",
        units=units,
        town=_only(towns.get(each.town_id or 0) for each in enrolments),
        returned=[
            Returned(each, _reason(each), _office(each, towns), (each.due_on - today).days)
            for each in sorted(returned, key=lambda each: each.due_on)
        ],
        deadlines=_deadlines(left, today),
        left=len(left),
        waits=waits,
        others=[(each, wait) for each in enrolments for wait in waits[each.id] if wait.others],
        has_left=records.LEFT,
        checklists=[(each, found[each.id]) for each in enrolments],
        titles=held,
        day=today,
        standing_of=titles.standing,
        reminder_of=titles.reminder,
        renewals=titles.renewals([each for each in held if titles.reminder(each, today)]),
        names=_names(units),
        state_word=words.of_enrolment_state,
    )


def _only(towns: Iterable[Bilingual | None]) -> Bilingual | None:
    """The town that all units lie in; none when there are several."""
    known = set(towns)
    return known.pop() if len(known) == 1 else None


def _names(units: Sequence[Unit]) -> dict[int, Bilingual]:
    """The names to tell several units apart; empty when there is only one."""
    return {each.id: each.name for each in units} if len(units) > 1 else {}


def _reason(line: Line) -> str:
    return words.of_reason(line.item.reason) if line.item else ""


def _office(line: Line, towns: dict[int, Bilingual]) -> str:
    """Whose the item is to decide: a department, or the town."""
    department = line.slot.criterion.department
    if department is not None:
        return words.of_department(department)
    return languages.local(towns.get(line.enrolment.town_id or 0))


def _deadlines(left: Sequence[Line], today: date) -> list[Deadline]:
    def day_of(line: Line) -> date:
        return max(line.due_on, today - timedelta(days=1))

    in_order = sorted(left, key=lambda each: each.due_on)
    return [
        Deadline(day, (day - today).days, tuple(lines))
        for day, lines in groupby(in_order, key=day_of)
    ]
