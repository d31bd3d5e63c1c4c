"""The calendar: the year's holidays and make-up days, and the table that corrects them."""

import re
from datetime import date

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import clock, permissions, text, workdays
from campaigns.errors import NotFound, Refused, fault
from campaigns.pages import access, answers, typed, words
from campaigns.permissions import Permission

blueprint = Blueprint("workdays", __name__)


@blueprint.get("/calendar")
@access.permits(Permission.SIGNED_IN)
def calendar() -> ResponseReturnValue:
    """The days of a year that are not what their weekday says, and who may correct them."""
    year = _year()
    return answers.show(
        "workdays/calendar.html",
        year=year,
        years=[clock.today().year - 1, clock.today().year, clock.today().year + 1],
        days=workdays.exceptions(year),
        weekdays=words.weekdays(),
        holiday_word=words.of_holiday,
        data_year=workdays.DATA_YEAR,
        keeps=permissions.holds(access.actor(), Permission.KEEP_REGISTER),
    )


def _year() -> int:
    wish = request.args.get("year")
    if wish is None:
        return clock.today().year
    if not re.fullmatch(r"20[0-9]{2}", wish, re.ASCII):
        raise NotFound(wish)
    return int(wish)


@blueprint.post("/calendar")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(calendar)
def correct() -> ResponseReturnValue:
    """Says of a day that it is, or is not, a working day after all."""
    day, working = typed.day("day"), request.form.get("working", "")
    note = text.free(request.form.get("note", ""), "note", 100)
    if working not in {"yes", "no"}:
        raise Refused(fault("choice_missing", "working"))
    workdays.correct(day, note, working=working == "yes", by=access.actor().id)
    return answers.go(url_for("workdays.calendar", year=day.year), said="calendar_changed")


@blueprint.post("/calendar/remove")
@access.permits(Permission.KEEP_REGISTER)
@answers.form_of(calendar)
def remove() -> ResponseReturnValue:
    """Takes a correction back."""
    day: date = typed.day("day")
    workdays.remove(day, by=access.actor().id)
    return answers.go(url_for("workdays.calendar", year=day.year), said="calendar_changed")
