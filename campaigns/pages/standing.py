"""One title after naming: its suspensions, re-checks and withdrawals."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, permissions, settings, standards, titles
from campaigns.errors import Fault, NotFound, Refused, fault
from campaigns.evidence import apart
from campaigns.evidence.records import Purpose
from campaigns.pages import access, answers, outcomes, pictures, typed
from campaigns.permissions import Permission
from campaigns.titles import Title, rechecks, withdrawing
from campaigns.titles.rechecks import Finding, Recheck, Visit
from campaigns.titles.withdrawing import Withdrawal

blueprint = Blueprint("standing", __name__)

_NUMBER = f"<int(max={2**63 - 1})"
_HERE = f"/titles/{_NUMBER}:id>"
_RECHECK = f"{_HERE}/rechecks/{_NUMBER}:number>"
_WITHDRAWAL = f"{_HERE}/withdrawals/{_NUMBER}:number>"


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def show(id: int, number: int | None = None) -> ResponseReturnValue:
    """A title: whether it counts today, and what was said and done about it.

    ``number`` is what a refused form was about.
    """
    title, today = titles.find(id, access.scope(Permission.SEE_UNITS)), clock.today()
    withdrawals, visits = withdrawing.of_titles([id]), rechecks.of_title(id)
    return answers.show(
        "standing/title.html",
        title=title,
        version=standards.version(title.version_id).number,
        day=today,
        standing=titles.standing(title, today),
        standing_word=outcomes.of_standing,
        reminder=titles.reminder(title, today),
        renewal=titles.renewals([title]).get(id),
        rechecks=visits,
        pictures=apart.of(Purpose.RECHECK, [each.id for each in visits]),
        findings=outcomes.findings(),
        finding_word=outcomes.of_finding,
        withdrawals=withdrawals,
        withdrawal_word=outcomes.of_withdrawal,
        is_open=any(each.state in withdrawing.OPEN for each in withdrawals),
        runs=today <= title.last_day,
        visits=_may(Permission.RECHECK, title),
        withdraws=_may(Permission.WITHDRAW, title),
        answers=_may(Permission.ANSWER, title),
        asked=number,
        answer_days=settings.WITHDRAWAL_DAYS,
    )


def _may(permission: Permission, title: Title) -> bool:
    return permissions.may(access.actor(), permission, title.unit.place.path, title.unit_id)


def _load(permission: Permission, id: int) -> Title:
    """The title, for whoever holds the permission there; 404 when she cannot see it, else 403."""
    found = titles.find(id, access.scope(Permission.SEE_UNITS))
    permissions.require(access.actor(), permission, found.unit.place.path, found.unit_id)
    return found


@blueprint.post(f"{_HERE}/rechecks")
@access.permits(Permission.RECHECK)
@answers.form_of(show)
def recheck(id: int) -> ResponseReturnValue:
    """Keeps what an unannounced visit found.

    Begins by reading only: pictures are looked at before the write lock is taken.
    """
    rechecks.require(_load(Permission.RECHECK, id), _visit())
    visit = _visit()._replace(photos=pictures.sent())
    rechecks.enter(_load(Permission.RECHECK, id), visit, by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="rechecked")


def _visit() -> Visit:
    """What whoever was there typed."""
    found: list[Fault] = []
    finding = request.form.get("finding")
    if finding not in set(Finding):
        found.append(fault("finding_unknown", "finding"))
    day = typed.noted(found, typed.day, "checked_on", years=typed.NEAR)
    note = typed.noted(found, typed.words, "note", 300)
    mend_by = None
    if finding == Finding.TO_MEND:
        mend_by = typed.noted(found, typed.day, "mend_by", years=typed.NEAR)
    if found or day is None or note is None:
        raise Refused(*found)
    return Visit(day, Finding(finding or ""), note, mend_by)


@blueprint.post(f"{_RECHECK}/close")
@access.permits(Permission.RECHECK)
@answers.form_of(show)
def close(id: int, number: int) -> ResponseReturnValue:
    """Says how a re-check that found something ended."""
    found = _recheck(id, number)
    permissions.require(access.actor(), Permission.RECHECK, *_where(found.title))
    rechecks.close(found, typed.version(), typed.words("why", 300), by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="recheck_closed")


@blueprint.post(f"{_HERE}/withdrawals")
@access.permits(Permission.WITHDRAW)
@answers.form_of(show)
def announce(id: int) -> ResponseReturnValue:
    """Tells the unit that its title is to be withdrawn."""
    title = _load(Permission.WITHDRAW, id)
    reason, document = typed.words("reason", 300), typed.words("document_number", 100)
    withdrawing.announce(title, reason, document, by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="withdrawal_announced")


@blueprint.post(f"{_WITHDRAWAL}/answer")
@access.permits(Permission.ANSWER)
@answers.form_of(show)
def answer(id: int, number: int) -> ResponseReturnValue:
    """The unit's answer, or its town's for it."""
    found = _withdrawal(Permission.ANSWER, id, number)
    said = typed.words("answer", 1000)
    withdrawing.answer(found, typed.version(), said, by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="withdrawal_answered")


@blueprint.post(f"{_WITHDRAWAL}/confirm")
@access.permits(Permission.WITHDRAW)
@answers.form_of(show)
def confirm(id: int, number: int) -> ResponseReturnValue:
    """Withdraws the title."""
    found = _withdrawal(Permission.WITHDRAW, id, number)
    why = typed.words("why", 300)
    withdrawing.confirm(found, typed.version(), why, by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="title_withdrawn")


@blueprint.post(f"{_WITHDRAWAL}/drop")
@access.permits(Permission.WITHDRAW)
@answers.form_of(show)
def drop(id: int, number: int) -> ResponseReturnValue:
    """Lets the title stand."""
    found = _withdrawal(Permission.WITHDRAW, id, number)
    why = typed.words("why", 300)
    withdrawing.drop(found, typed.version(), why, by=access.actor().id)
    return answers.go(url_for("standing.show", id=id), said="withdrawal_dropped")


def _recheck(id: int, number: int) -> Recheck:
    found = rechecks.find(number, access.scope(Permission.SEE_UNITS))
    if found.title_id != id:
        raise NotFound(number)
    return found


def _withdrawal(permission: Permission, id: int, number: int) -> Withdrawal:
    found = withdrawing.find(number, access.scope(Permission.SEE_UNITS))
    if found.title_id != id:
        raise NotFound(number)
    permissions.require(access.actor(), permission, *_where(found.title))
    return found


def _where(title: Title) -> tuple[str, int]:
    return title.unit.place.path, title.unit_id
