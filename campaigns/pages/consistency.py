"""How evenly items are decided: for a reviewer herself, and for the city office by posts."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from campaigns import clock
from campaigns.jurisdictions import Scope
from campaigns.pages import access, answers, languages
from campaigns.people import Role
from campaigns.permissions import Permission
from campaigns.review import consistency
from campaigns.review.consistency import Days
from campaigns.standards import Version

blueprint = Blueprint("consistency", __name__)

#: The period that is shown unless another is asked for, and the longest that can be.
_PERIOD, _LONGEST = timedelta(days=90), timedelta(days=366)


@blueprint.get("/review/consistency")
@access.permits(Permission.REVIEW)
def show() -> ResponseReturnValue:
    """Returns and time on the same criterion: one's own beside the others', or every post's."""
    scope, days = access.scope(), _days()
    known = consistency.versions(scope)
    asked = request.args.get("version", "")
    office = access.actor().scope(frozenset({Role.OFFICE}))
    if not asked and not office.intervals:
        # A reviewer sees what she worked on last, not merely the newest.
        asked = str(consistency.latest(days, access.actor().id))
    version = next((each for each in known if str(each.id) == asked), next(iter(known), None))
    context: dict[str, Any] = {"lines": [], "posts": None, "criterion": None, "disputed": None}
    if version and office.intervals:
        context |= _posts(version, days, office)
    elif version:
        context["lines"] = consistency.own(version, days, access.actor().id)
        context["disputed"] = consistency.disputed(version, days, access.actor().id)
    return answers.show(
        "consistency/consistency.html",
        version=version,
        versions=[(each.id, _called(each)) for each in known],
        days=days,
        few=consistency.FEW,
        waited=_waited,
        **context,
    )


def _posts(version: Version, days: Days, office: Scope) -> dict[str, Any]:
    asked = request.args.get("criterion", "")
    criteria = version.criteria
    criterion = next((each for each in criteria if each.code == asked), criteria[0])
    return {
        "criterion": criterion,
        "criteria": [(each.code, f"{each.code} {languages.local(each.text)}") for each in criteria],
        "posts": consistency.posts(criterion, days, office),
    }


def _called(version: Version) -> str:
    number = _("version %(number)s", number=version.number)
    return f"{languages.local(version.standard.name)} · {number}"


def _days() -> Days:
    """The period asked for; what cannot be read, or is too long, is the usual one."""
    last = _day("to") or clock.today()
    first = _day("from") or last - _PERIOD
    if not timedelta() <= last - first <= _LONGEST:
        first = last - _PERIOD
    return Days(first, last)


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 2000 <= found.year <= clock.today().year + 1 else None


def _waited(hours: float | None) -> str:
    """A median of hours as people say it: hours up to two days, then full days."""
    if hours is None:
        return "–"
    if hours < 48:
        return str(ngettext("%(num)s hour", "%(num)s hours", int(hours)))
    return str(ngettext("%(num)s day", "%(num)s days", int(hours // 24)))
