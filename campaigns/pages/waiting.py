"""Who waits for whom, in words: for a checklist, a unit, a liaison, a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from campaigns import jurisdictions, waiting
from campaigns.enrolment.records import Enrolment, Item
from campaigns.pages import access, languages, words
from campaigns.people import Department, Role
from campaigns.text import Bilingual
from campaigns.waiting import Need, Queue, Wait, Whom, office
from campaigns.waiting.office import Errand, Pile

_WHOM: dict[Whom, LazyString] = {
    Whom.UNIT: _l("The unit"),
    Whom.TOWN: _l("The town"),
    Whom.TEAM: _l("City acceptance team"),
    Whom.OFFICE: _l("City office"),
    Whom.NOBODY: _l("Nobody"),
}
#: What is waited for where nobody has to act, or one step is to be taken.
_WHAT: dict[Need, LazyString] = {
    Need.EXAMINE: _l("check the complete checklist"),
    Need.ACCEPT: _l("accept the checklist"),
    Need.PUBLICISE: _l("put it on public notice"),
    Need.NAME: _l("name it"),
    Need.PERIOD: _l("the next period has not begun"),
    Need.NOTICE: _l("public notice"),
    Need.OBJECTION: _l("answer an objection"),
    Need.APPEAL: _l("decide on the appeal"),
    Need.HELD: _l("named"),
    Need.SUSPENDED: _l("the title is suspended, and does not count"),
    Need.LAPSED: _l("the title has ended"),
    Need.LEFT: _l("takes part no longer"),
    Need.CLOSED: _l("the campaign is closed"),
    Need.NO_APPROVAL: _l("a work list, which names nobody"),
    Need.APPROVAL_OVER: _l("the approval has ended, nobody is named any more"),
}
#: What its day says of it, where it is not the last day to do it.
_DAYS: dict[Need, LazyString] = {
    Need.PERIOD: _l("begins %(day)s"),
    Need.HELD: _l("valid to %(day)s"),
    Need.LAPSED: _l("since %(day)s"),
    Need.APPROVAL_OVER: _l("since %(day)s"),
    Need.NOTICE: _l("until %(day)s"),
    Need.SUSPENDED: _l("until %(day)s"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of who waits for whom. ``late_by`` is the lateness of who has to act, ``others``
    whether somebody other than the unit has to."""

    code: str
    whom: str
    what: str
    day: str
    late_by: int
    others: bool


def of(
    enrolments: Sequence[Enrolment],
    *,
    seen_by_unit: bool,
    items: Sequence[Item] | None = None,
    towns: Mapping[int, Bilingual] | None = None,
) -> dict[int, list[Told]]:
    """What each of these enrolments waits for, in words; the ``towns`` are asked for where they are
    not known already."""
    if towns is None:
        towns = jurisdictions.names([each.town_id for each in enrolments])
    found = waiting.of(enrolments, seen_by_unit=seen_by_unit, items=items)
    return {
        each.id: [
            _told(wait, languages.local(towns.get(each.town_id or 0)), seen_by_unit)
            for wait in waits
        ]
        for each, waits in ((each, found[each.id]) for each in enrolments)
    }


def _told(wait: Wait, town: str, seen_by_unit: bool) -> Told:
    yours = seen_by_unit and wait.whom is Whom.UNIT
    return Told(
        code=wait.need.value,
        whom=str(_("You")) if yours else _whom(wait.whom, wait.department, town),
        what=_what(wait.need, wait.number),
        day=_day(wait.need, wait.due_on),
        late_by=wait.late_by,
        others=wait.whom not in {Whom.UNIT, Whom.NOBODY},
    )


def _whom(whom: Whom, department: Department | None, town: str = "") -> str:
    if department is not None:
        return words.of_department(department)
    if whom is Whom.TOWN and town:
        return town
    return str(_WHOM[whom])


def _what(need: Need, number: int) -> str:
    if need is Need.MEND:
        return str(ngettext("mend %(num)s returned item", "mend %(num)s returned items", number))
    if need is Need.SEND:
        return str(ngettext("send %(num)s item", "send %(num)s items", number))
    if need is Need.REVIEW:
        return str(ngettext("review %(num)s item", "review %(num)s items", number))
    if need is Need.CONFIRM:
        return str(ngettext("confirm %(num)s item", "confirm %(num)s items", number))
    return str(_WHAT[need])


def _day(need: Need, day: date | None) -> str:
    if day is None:
        return ""
    told = languages.day(day)
    return str(_DAYS[need]) % {"day": told} if need in _DAYS else str(_("by %(day)s", day=told))


@dataclass(frozen=True, slots=True)
class Errands:
    """What waits of one kind for the city office, in words, and where it is done."""

    code: str
    what: str
    days: int
    url: str


def of_office() -> list[Errands]:
    """What waits for the city office that the person is of; nothing for anybody else."""
    actor = access.actor()
    scope = actor.scope(frozenset({Role.OFFICE}))
    return [
        Errands(each.errand.value, _errands(each), each.days, _desk_of(each.errand))
        for each in office.of_office(scope, by=actor.id)
    ]


def _errands(pile: Pile) -> str:
    number = pile.number
    match pile.errand:
        case Errand.INCIDENTS:
            told = ngettext("%(num)s incident to confirm", "%(num)s incidents to confirm", number)
        case Errand.APPEALS:
            told = ngettext("%(num)s appeal to decide on", "%(num)s appeals to decide on", number)
        case Errand.OBJECTIONS:
            told = ngettext("%(num)s objection to answer", "%(num)s objections to answer", number)
        case Errand.DISPUTES:
            told = ngettext(
                "%(num)s disputed return to settle", "%(num)s disputed returns to settle", number
            )
        case Errand.MORE_TIME:
            told = ngettext(
                "%(num)s request for more time", "%(num)s requests for more time", number
            )
        case Errand.WITHDRAWALS:
            told = ngettext(
                "%(num)s withdrawal to decide on", "%(num)s withdrawals to decide on", number
            )
    return str(told)


def _desk_of(errand: Errand) -> str:
    """Where it is done."""
    match errand:
        case Errand.OBJECTIONS:
            return url_for("objections.listed")
        case Errand.DISPUTES:
            return url_for("review.desk")
        case Errand.MORE_TIME:
            return url_for("extensions.listed")
        case Errand.WITHDRAWALS:
            return url_for("titles.listed", show="withdrawals")
        case Errand.INCIDENTS | Errand.APPEALS:
            return url_for("incidents.listed")


@dataclass(frozen=True, slots=True)
class Share:
    """What waits for the same people at a place; ``days`` is the age of the oldest."""

    code: str
    whom: str
    what: str
    number: int
    days: int | None


def at(board: Any) -> list[Share]:
    """Who has how much to do at the place of a board, in words."""
    counts: Mapping[str, int] = board.total.counts
    return [
        Share(
            each.need.value,
            _whose(each),
            _much(each),
            each.number,
            each.days,
        )
        for each in waiting.at(board.place, board.chosen, counts)
    ]


def _whose(queue: Queue) -> str:
    """Who has the queue: several units, and of the city whoever takes the next step."""
    if queue.whom is Whom.UNIT:
        return str(_("The units"))
    if queue.need is Need.ACCEPT:
        return str(_("City"))
    return _whom(queue.whom, queue.department)


def _much(queue: Queue) -> str:
    """What a place's queue is about: of what a checklist still has to send, periods to come too."""
    told: dict[Need, LazyString] = {
        Need.MEND: _l("returned items to mend"),
        Need.SEND: _l("items not sent yet, later periods among them"),
        Need.REVIEW: _l("items to review"),
        Need.CONFIRM: _l("items to confirm"),
        Need.EXAMINE: _l("complete checklists to check"),
        Need.ACCEPT: _l("passed checklists on their way to be named"),
    }
    return str(told[queue.need])
