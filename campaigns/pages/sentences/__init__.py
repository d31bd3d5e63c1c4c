"""Every sentence that answers a person: faults, errors, confirmations, names of states.

One plain sentence each: what happened, why, what now.
"""

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.errors import Fault
from campaigns.pages import languages
from campaigns.pages.sentences import (
    acceptance,
    checklists,
    fairness,
    naming,
    register,
    reviews,
    standards,
    standing,
)
from campaigns.text import Bilingual

_PARTS = (acceptance, checklists, fairness, naming, register, reviews, standards, standing)
#: The sentence of every refusal, by its code.
FAULTS: dict[str, LazyString] = {
    code: words for part in _PARTS for code, words in part.FAULTS.items()
}


def of_fault(found: Fault) -> str:
    """The sentence of a fault, in the language of the request."""
    values = {name: _shown(value) for name, value in found.values}
    return str(FAULTS[found.code]) % values if values else str(FAULTS[found.code])


def of_code(code: str) -> str:
    """The sentence of a code that mentions no values."""
    return str(FAULTS[code])


def _shown(value: object) -> str:
    if isinstance(value, Bilingual):
        return languages.local(value)
    if isinstance(value, date):
        return languages.day(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Words:
    """What an error page says: heading, what happened, what to do now."""

    heading: str
    what: str
    now: str


_SAFE = _l("Nothing was changed.")
_STATUSES: dict[int, tuple[LazyString, LazyString, LazyString]] = {
    400: (_l("That did not arrive properly"), _SAFE, _l("Go back, reload the page and try again.")),
    401: (
        _l("Who is asking?"),
        _l("No valid token came with the request."),
        _l("Send one that you made on your account page: Authorization: Bearer …"),
    ),
    403: (_l("Not yours to do"), _SAFE, _l("If you need it, ask the city office.")),
    404: (
        _l("There is nothing here for you"),
        _l("The page does not exist, or lies outside what you look after."),
        _l("Go to the start page, or check the address."),
    ),
    405: (_l("This cannot be done this way"), _SAFE, _l("Use the buttons of the pages.")),
    409: (_l("Somebody was quicker"), _SAFE, _l("Reload the page and look at how it stands.")),
    413: (
        _l("That was too large"),
        _l("One picture may have 20 MB, one form with pictures 64 MB. Nothing was stored."),
        _l("Send fewer pictures at once, or take them with a smaller size."),
    ),
    422: (_l("That cannot be taken"), _SAFE, _l("Go back and correct it.")),
    429: (_l("Too many at once"), _SAFE, _l("Wait a few minutes and try again.")),
    500: (
        _l("Our fault, not yours"),
        _l("Something went wrong on the server. What you had sent before is safe."),
        _l("Try again in a few minutes. If it stays, give the office the code below."),
    ),
    503: (
        _l("The system is busy"),
        _l("Others are writing just now. Nothing was changed."),
        _l("Wait ten seconds and press the button again."),
    ),
    507: (
        _l("The server's disk is full"),
        _l("Nothing was stored. What was there before is safe."),
        _l("Tell the office; keep the picture on your phone until then."),
    ),
}


def of_status(status: int) -> Words:
    """The words of an error page."""
    heading, what, now = _STATUSES.get(status) or _STATUSES[400 if status < 500 else 500]
    return Words(str(heading), str(what), str(now))


_SIGNED_OUT = _l(
    "You are signed out. What you wanted to send is kept where it is. Sign in again, then it goes"
    " on."
)


def to_sender(status: int) -> str:
    """What happened and what to do now, for whoever was sending proof."""
    words = of_status(status)
    return str(_SIGNED_OUT) if status == 401 else f"{words.what} {words.now}"


_SAID: dict[str, LazyString] = {
    "submitted": _l("Sent to the town. You can take it back until somebody decides."),
    "all_submitted": _l("Everything that was ready has been sent to the town."),
    "confirmed": _l("Confirmed as still true and sent. You can take it back until it is decided."),
    "taken_back": _l("Taken back. Change it and send it again."),
    "uploaded": _l("The picture is safe on the server."),
    "removed": _l("The picture was taken away."),
    "erased": _l("Removed for good. Only this note of it is left."),
    "reused": _l("The earlier picture is used here too; the new one was taken away."),
    "told_apart": _l("Noted: it is another picture."),
    "attached": _l("Attached. Each item is still sent and decided on its own."),
    "undone": _l("Undone. It waits again; the unit was told nothing."),
    "undone_partly": _l("Undone, but for those whose checklist has gone a step further."),
    "disputed": _l("Disputed. Somebody else looks at it again and answers you."),
    "dispute_upheld": _l("The return stands. The unit has new time to mend."),
    "dispute_overturned": _l("The return falls. The item is approved."),
    "site_noted": _l("Noted. It stands above the files; the unit sees it in 5 minutes."),
    "site_note_removed": _l("Removed for good. Only this note of it is left."),
    "more_time_asked": _l("Asked. The item keeps its day until the answer is there."),
    "more_time_given": _l("More time is given; the new day shows everywhere."),
    "more_time_refused": _l("Refused. The unit reads why."),
    "more_time_withdrawn": _l("Taken back. The item keeps its day."),
    "handed_over": _l("Handed over. Both desks show it."),
    "handover_ended": _l("Your queue is yours again."),
    "reviewer_lent": _l("The reviewer helps out there on these days."),
    "reason_retired": _l("The reason is not offered any more; returns that name it keep it."),
    "named": _l("Named. The coverage has moved."),
    "all_named": _l("All are named. The coverage has moved."),
    "objected": _l("Your objection is with the city office. Thank you."),
    "objection_answered": _l("The answer is given."),
    "town_passed": _l("The town's check is passed."),
    "conditional": _l("Passed on condition: a few points are missing."),
    "not_passed": _l("Not passed yet: see which items are below their target."),
    "city_passed": _l("Accepted by the city."),
    "publicised": _l("On public notice."),
    "round_begun": _l("The round is begun. Put the team together first."),
    "member_joined": _l("The member is on the team."),
    "member_left": _l("The member is off the team."),
    "round_announced": _l("The list is closed and published."),
    "lot_drawn": _l("The lot is drawn. The team can begin."),
    "added_by_name": _l("The unit is checked too; it is shown as not by lot."),
    "round_called_off": _l("The round is called off."),
    "round_ended": _l("The round is ended; who was not drawn is accepted with it."),
    "finding_kept": _l("Kept. Nobody sees it before the second member has reported."),
    "check_settled": _l("The difference is settled."),
    "check_concluded": _l("The check is ended."),
    "drafted": _l("The draft is kept. You can leave it and go on another day."),
    "discarded": _l("The draft is thrown away."),
    "opened": _l("The campaign is open."),
    "newcomers_enrolled": _l("The newcomers take part now."),
    "extended": _l("More time is given; the new day shows everywhere."),
    "closed": _l("The campaign is closed."),
    "standard_added": _l("The standard is set up. Add its first section."),
    "draft_begun": _l("Here is the draft. It began as a copy of the last version."),
    "draft_saved": _l("Saved in the draft."),
    "criterion_removed": _l("The criterion is out of the draft."),
    "published": _l("Published. From now on nobody can change this version."),
    "draft_imported": _l("Imported as a draft. Look it over, then publish it."),
    "profile_kept": _l("The profile is kept. Every list of its kind can be taken by it."),
    "profile_removed": _l("The profile is removed."),
    "all_read": _l("Everything is read."),
    "email_changed": _l("Kept. You are written to once a day at most, when something is new."),
    "digest_on": _l("You are written to again, once a day at most."),
    "digest_off": _l("You get no more mails. The notices stay here."),
    "token_revoked": _l("The token is revoked; the program can read nothing any more."),
    "archived": _l("The campaign is archived."),
    "imported": _l("The import is applied."),
    "unit_entered": _l("The unit is in the register."),
    "unit_renamed": _l("The unit has its new name."),
    "unit_closed": _l("The unit has left the register; its past stays."),
    "unit_moved": _l("The unit has moved; figures and open campaigns follow."),
    "households_counted": _l("The number of households is entered."),
    "unit_merged": _l("The units are merged; the past stays with both."),
    "unit_split": _l("The new unit is in the register."),
    "exempted": _l("The unit is exempt; everybody can read why."),
    "exemption_lifted": _l("The unit takes part again, with what it had proved."),
    "calendar_changed": _l("The calendar is corrected."),
    "file_forgotten": _l("The file is forgotten; nothing was imported."),
    "password_changed": _l("The password is changed; your other devices are signed out."),
} | standing.SAID


_WARNED: dict[str, LazyString] = {
    "phone": _l(
        "What you wrote looks like a phone number. Numbers of private people do not belong here; "
        "change the text if it is one."
    ),
}


def of_warned(name: str | None) -> str | None:
    """The warning of this name; none for a name that does not exist."""
    return str(_WARNED[name]) if name in _WARNED else None


def of_said(name: str | None) -> str | None:
    """The confirmation of this name; none for a name that does not exist."""
    return str(_SAID[name]) if name in _SAID else None
