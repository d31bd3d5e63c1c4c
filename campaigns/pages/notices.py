"""Notices in words: what happened, why, what now, and where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from campaigns import settings
from campaigns.notices import Notice
from campaigns.notices.source import (
    EXPIRING,
    OVERDUE,
    QUEUE_GIVEN,
    QUEUE_RETURNED,
    QUEUE_TAKEN,
)
from campaigns.pages import languages, words


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as a person reads it."""

    what: str
    why: str
    now: str
    where: str
    url: str
    icon: str


#: What happened, of one enrolment and its campaign.
_WHAT: dict[str, LazyString] = {
    "returned": _l("Item %(item)s was returned"),
    "approved": _l("Item %(item)s was approved"),
    "reopened": _l("Item %(item)s was opened again by a re-check"),
    "dispute_upheld": _l("Item %(item)s: the return stands"),
    "dispute_overturned": _l("Item %(item)s: your objection was right, it is approved"),
    "more_time_given": _l("Item %(item)s: more time is given"),
    "more_time_refused": _l("Item %(item)s: no more time is given"),
    "town_passed": _l("The town's check is passed"),
    "conditional": _l("Passed on condition"),
    "not_passed": _l("Not passed yet"),
    "city_passed": _l("Accepted by the city"),
    "publicised": _l("On public notice"),
    "taken_off_notice": _l("Taken off the public notice"),
    "named": _l("The unit is named"),
    "incident_confirmed": _l("An incident was confirmed that concerns the unit"),
    "appeal_upheld": _l("The appeal was right"),
    "appeal_refused": _l("The appeal was refused"),
    "suspended": _l("The title “%(title)s” is suspended"),
    "suspension_lifted": _l("The title “%(title)s” counts again"),
    "withdrawal_announced": _l("The title “%(title)s” is to be withdrawn"),
    "withdrawal_dropped": _l("The title “%(title)s” is not withdrawn"),
    "title_withdrawn": _l("The title “%(title)s” is withdrawn"),
    "exempt": _l("The unit is exempt"),
    "exemption_lifted": _l("The unit takes part again"),
    "withdrawn": _l("The unit left the campaign"),
    "opened": _l("A campaign is open for the unit"),
    "enrolled": _l("A campaign is open for the unit"),
    "extended": _l("There is more time"),
    QUEUE_TAKEN: _l("%(giver)s hands you a queue"),
    QUEUE_GIVEN: _l("Your queue is in the hands of %(taker)s"),
    QUEUE_RETURNED: _l("%(giver)s has taken the queue back"),
    EXPIRING: _l("The title “%(title)s” ends on %(day)s"),
    OVERDUE: _l("Items wait for your answer for too long"),
}
#: What now.
_NOW: dict[str, LazyString] = {
    "returned": _l("Mend it and send it again; only this item reopens."),
    "reopened": _l("Mend it and send it again; only this item reopens."),
    "approved": _l("Nothing for you to do."),
    "dispute_upheld": _l("Mend it and send it again; the time for it starts anew."),
    "dispute_overturned": _l("Nothing for you to do."),
    "more_time_given": _l("The new day shows everywhere."),
    "more_time_refused": _l("The day stays as it was."),
    "taken_off_notice": _l("See what the unit has to do."),
    "incident_confirmed": _l("See what it concerns, and answer if it is not right."),
    "appeal_upheld": _l("What was held back counts again."),
    "appeal_refused": _l("The decision stands."),
    "suspended": _l("It does not count until the suspension is lifted; you can answer."),
    "suspension_lifted": _l("Nothing for you to do."),
    "withdrawal_announced": _l("You can answer before it is decided."),
    "withdrawal_dropped": _l("Nothing for you to do."),
    "title_withdrawn": _l("It does not count any more."),
    "town_passed": _l("Nothing for you to do; the next step is the city's."),
    "conditional": _l("See which items are below their target, and what is to be put right."),
    "not_passed": _l("See which items are below their target."),
    "city_passed": _l("Nothing for you to do."),
    "publicised": _l("Nothing for you to do while the notice runs."),
    "named": _l("The title counts from today on."),
    "exempt": _l("Nothing is asked of the unit in it."),
    "exemption_lifted": _l("What it had proved still counts."),
    "withdrawn": _l("Nothing is asked of the unit in it."),
    "opened": _l("See what is asked, and by when."),
    "enrolled": _l("See what is asked, and by when."),
    "extended": _l("The new day shows everywhere."),
    QUEUE_TAKEN: _l("In these days its items are on your desk."),
    QUEUE_GIVEN: _l("What the other one must not decide stays on your desk."),
    QUEUE_RETURNED: _l("Nothing for you to do."),
    EXPIRING: _l("It stops counting after that day unless the unit is named again."),
    OVERDUE: _l("Answer the oldest first. The delay is not held against the units."),
}
_ICONS = {
    "returned": "returned",
    "reopened": "returned",
    "dispute_upheld": "returned",
    "conditional": "warning",
    "not_passed": "warning",
    QUEUE_TAKEN: "open",
    QUEUE_GIVEN: "open",
    QUEUE_RETURNED: "none",
    EXPIRING: "clock",
    OVERDUE: "clock",
    "incident_confirmed": "warning",
    "suspended": "warning",
    "withdrawal_announced": "warning",
    "title_withdrawn": "none",
    "taken_off_notice": "warning",
    "more_time_given": "clock",
    "more_time_refused": "clock",
    "named": "named",
    "exempt": "none",
    "withdrawn": "none",
    "opened": "open",
    "enrolled": "open",
    "extended": "clock",
}


def told(notice: Notice, *, several: bool) -> Told:
    """A notice in the language of the request; with the unit's name where there are ``several``."""
    names = [notice.campaign.name] if notice.campaign else []
    if notice.queue:
        names = [each for each in (notice.queue.town, notice.queue.campaign) if each]
    if several and notice.unit:
        names = [notice.unit, *names]
    return Told(
        what=_what(notice),
        why=_why(notice),
        now=str(_NOW[notice.verb]),
        where=" · ".join(languages.local(each) for each in names),
        url=_address(notice),
        icon=_ICONS.get(notice.verb, "check"),
    )


def _what(notice: Notice) -> str:
    if notice.verb == "approved" and not notice.item_key:
        number = notice.number
        return str(ngettext("%(num)s item was approved", "%(num)s items were approved", number))
    values = {
        "item": _item(notice.item_key),
        "title": languages.local(notice.standard),
        "day": languages.day(notice.day),
        "giver": languages.local(notice.queue.giver if notice.queue else None),
        "taker": languages.local(notice.queue.taker if notice.queue else None),
    }
    return str(_WHAT[notice.verb]) % values


def _item(key: str | None) -> str:
    code, _at, period = (key or "").partition("@")
    return f"{code} ({words.of_period(period)})" if period else code


def _why(notice: Notice) -> str:
    detail = notice.detail
    if notice.queue:
        first, last = map(languages.day, (notice.queue.first_day, notice.queue.last_day))
        return str(_("From %(first)s to %(last)s.", first=first, last=last))
    if notice.verb == "more_time_given":
        day = languages.day(date.fromisoformat(detail["day"]))
        return f"{_('Due %(day)s now.', day=day)} {detail['reason']}"
    if notice.verb == "extended":
        day = languages.day(date.fromisoformat(detail["due_on"]))
        return f"{_('Due %(day)s now.', day=day)} {detail['reason']}"
    if notice.verb == "conditional" and notice.enrolment and notice.enrolment.mend_by:
        return str(_("To be put right by %(day)s.", day=languages.day(notice.enrolment.mend_by)))
    if notice.verb == OVERDUE:
        return str(_("They were sent more than %(days)s days ago.", days=settings.REVIEW_DAYS))
    told: tuple[str, str] = (words.of_reason(detail.get("preset")), detail.get("reason") or "")
    return "\n".join(each for each in told if each)


#: Where a notice leads, by what it is about.
def _address(notice: Notice) -> str:
    if notice.verb == OVERDUE:
        return url_for("review.desk")
    if notice.queue:
        return url_for("handovers.listed")
    if notice.enrolment is None or notice.standard is not None:
        return url_for("units.show", id=notice.unit_id)
    if notice.item_key:
        return url_for("enrolment.item", id=notice.enrolment.id, key=notice.item_key)
    show = "passed" if notice.verb == "approved" else None
    return url_for("enrolment.enrolment", id=notice.enrolment.id, show=show)


#: Lines of a digest; the inbox has the rest.
_LINES = 20
Address = Callable[[str], str]


def digest(notices: list[Notice], address: Address) -> tuple[str, str]:
    """Subject and text of a message that tells of these notices; ``address`` makes a path whole."""
    number = len(notices)
    product = str(_("Safe Langzhong"))
    subject = ngettext("%(num)s new notice", "%(num)s new notices", number)
    lines: list[str] = []
    for notice in notices[:_LINES]:
        each = told(notice, several=True)
        lines += [f"• {each.what}" + (f" ({each.where})" if each.where else "")]
        lines += [f"  {line}" for line in (*each.why.splitlines(), each.now, address(each.url))]
        lines += [""]
    if number > _LINES:
        lines += [str(_("… and %(num)s more in the inbox.", num=number - _LINES)), ""]
    lines += [
        str(_("All notices: %(address)s", address=address(url_for("inbox.inbox")))),
        str(_("No more such mails: %(address)s", address=address(url_for("account.account")))),
    ]
    return f"{product}: {subject}", "\n".join(lines) + "\n"
