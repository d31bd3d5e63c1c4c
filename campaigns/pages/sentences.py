"""Every sentence that answers a person: faults, errors, confirmations, names of states.

One plain sentence each: what happened, why, what now.
"""

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.errors import Fault
from campaigns.pages import languages
from campaigns.text import Bilingual

_FAULTS: dict[str, LazyString] = {
    # What was typed.
    "text_too_long": _l("The text has %(length)s characters; %(limit)s are possible. Shorten it."),
    "identity_number": _l(
        "The text holds a resident identity number. Residents are never recorded here: take it out."
    ),
    "number_missing": _l("Enter the number; if there was nothing, enter 0."),
    "number_invalid": _l("Enter a whole number in digits, such as 26."),
    "number_negative": _l("A count cannot be below 0. Enter 0 or more."),
    "number_too_large": _l("The number is too large; %(greatest)s is the most. Check the digits."),
    "denominator_zero": _l(
        "The total is 0, so there is no share. If there was nothing this time, choose “none”."
    ),
    "numerator_over_denominator": _l(
        "The part cannot be more than the total. Check the two numbers."
    ),
    "over_households": _l(
        "The register counts %(households)s households here; the total cannot be more."
    ),
    "date_invalid": _l("The date cannot be read. Choose it again, such as 2026-09-30."),
    "none_or_not_applicable": _l("Choose “none” or “does not apply”, not both."),
    "none_not_possible": _l("This item is asked once, so “none” cannot be chosen. Prove it."),
    "veto_always_applies": _l("A veto item always applies. Give the number."),
    "not_applicable_reason": _l("Say in a few words why this does not apply to you."),
    "declaration_missing": _l("Tick the box to declare that this is true."),
    "pieces_missing": _l(
        "%(want)s pictures are needed and %(have)s are here. Add the missing ones, then send."
    ),
    "evidence_unknown": _l("One of the pictures is no longer there. Look at the list, then send."),
    # What was uploaded.
    "file_missing": _l("No picture was chosen. Take or choose one first."),
    "file_too_large": _l(
        "The picture is larger than %(limit)s MB. Take it again with a smaller size."
    ),
    "picture_type": _l("This is not a picture that can be read. Send JPEG, PNG, WebP or HEIC."),
    "picture_broken": _l("The picture is damaged and cannot be opened. Take or choose it again."),
    "picture_pixels": _l(
        "The picture has too many pixels (50 million are possible). Take it with a smaller size."
    ),
    "file_type": _l(
        "This kind of file is not taken. Send a photo, or PDF, DOCX, XLSX or PPTX; save older files"
        " anew first."
    ),
    "file_infected": _l("The virus scanner stopped this file. Have the device looked at."),
    "scanner_away": _l(
        "The virus scanner does not answer, so nothing is taken now. Keep the file and try later."
    ),
    "document_not_asked": _l("Photos prove this item. Take a photo of the paper instead."),
    "document_type": _l(
        "The file is not what its name says, is old or has a password. Save it anew as PDF or DOCX,"
        " XLSX, PPTX, without password."
    ),
    "document_broken": _l("The document is damaged and cannot be opened. Save it again as PDF."),
    "document_slow": _l("The document took too long to open. Save it as PDF, or make it smaller."),
    "document_members": _l("The document has too many parts. Save it as PDF."),
    "document_unpacked": _l("The document is too large when opened. Save it as PDF, or split it."),
    "document_entities": _l("The document holds what it should not. Save it again as PDF."),
    "document_macros": _l("The document holds macros or programs. Save it without, or as PDF."),
    "document_active": _l("The PDF holds scripts or other files. Print it into a new PDF."),
    "document_encrypted": _l("The PDF has a password. Save it without one."),
    "picture_slow": _l("The picture took too long to open. Take it again, or choose another."),
    "too_many_photos": _l("There are %(limit)s pictures already, which is plenty. Take one away."),
    "day_full": _l("You have sent %(limit)s MB today, which is the most. Go on tomorrow."),
    "unit_full": _l(
        "The unit's pictures and documents have reached %(limit)s MB. Take old ones away first."
    ),
    "uploads_open": _l("Too many uploads are unfinished. Wait until some of them have ended."),
    "upload_expired": _l("The upload waited too long for its rest. Send the file again."),
    "upload_busy": _l("This file is being sent already. It goes on by itself."),
    "chunk_damaged": _l("A part of the file was damaged on its way. It is sent again."),
    "wrong_offset": _l("The upload goes on from another place than this part was cut at."),
    "key_used": _l("This picture was sent before for something else. Choose it again."),
    # What cannot be done now.
    "stale": _l(
        "Somebody else changed this in the meantime. Below is how it stands now; decide again."
    ),
    "form_expired": _l("This form is no longer valid. Open the page again and repeat the step."),
    "campaign_closed": _l("The campaign is not open, so nothing can be sent or decided in it now."),
    "campaign_not_draft": _l("The campaign was opened before."),
    "campaign_not_open": _l("Only an open campaign can be closed."),
    "campaign_name_missing": _l("Give the campaign a name in both languages."),
    "choice_missing": _l("Choose one of the list."),
    "due_before_opening": _l("The due date lies before the opening. Choose a later one."),
    "approval_incomplete": _l(
        "An approval needs document number, approving body and last day; or leave all three empty."
    ),
    "period_not_open": _l("This period opens on %(opens_on)s. Nothing is asked until then."),
    "enrolment_finished": _l("The checklist has passed the check; its items cannot be changed."),
    "enrolment_not_ready": _l("This step is not open for this unit now. See what comes first."),
    "items_undecided": _l("%(left)s items are not approved yet. Decide them first."),
    "no_step_left": _l("No step is left before naming."),
    "steps_missing": _l("Not every acceptance step is done, so the unit cannot be named yet."),
    "item_submitted": _l("The item was sent and waits for its review. Take it back to change it."),
    "item_approved": _l("The item is approved; nothing more is needed."),
    "item_not_submitted": _l("The item is not waiting for a review, so it cannot be taken back."),
    "nothing_ready": _l("No item is ready to send."),
    # Reviewing and naming.
    "reason_missing": _l("A return needs a reason: choose one, or write a sentence."),
    "preset_unknown": _l("Choose one of the reasons of the list."),
    "verdict_missing": _l("Choose to approve or to return."),
    "due_in_the_past": _l("The day to mend by has passed. Choose a later one."),
    "no_approval": _l("This campaign has no approval: it is a work list and can never name."),
    "approval_over": _l("The approval of this campaign ended on %(until)s, so it cannot name."),
    "document_number_missing": _l("Enter the number of the naming document."),
    "no_households": _l("No households were counted, so there is nothing to name."),
    "unit_above_town": _l("A unit has to lie in a town or below."),
    # Rights and signing in.
    "not_allowed": _l("You can see this, but it is not yours to change."),
    "already_decided": _l("This item is decided. Below is how it stands."),
    "not_sent": _l("This item is not sent, so there is nothing to decide now."),
    "own_upload": _l("You sent this or uploaded a part of it, so somebody else has to decide."),
    "wrong_credentials": _l("User name and password do not fit. Check both and try again."),
    "throttled": _l("Too many wrong attempts. Wait ten minutes, then try again."),
    "wrong_password": _l("The present password is not right."),
    "password_length": _l("A password needs at least %(shortest)s characters."),
    "password_long": _l("A password may have %(longest)s characters at most."),
    "password_has_name": _l("The password must not hold your user name."),
}


def of_fault(found: Fault) -> str:
    """The sentence of a fault, in the language of the request."""
    values = {name: _shown(value) for name, value in found.values}
    return str(_FAULTS[found.code]) % values if values else str(_FAULTS[found.code])


def of_code(code: str) -> str:
    """The sentence of a code that mentions no values."""
    return str(_FAULTS[code])


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
        _l("You are signed out"),
        _l("What you wanted to send is kept where it is."),
        _l("Sign in again, then it goes on."),
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


_SAID: dict[str, LazyString] = {
    "submitted": _l("Sent to the town. You can take it back until somebody decides."),
    "all_submitted": _l("Everything that was ready has been sent to the town."),
    "taken_back": _l("Taken back. Change it and send it again."),
    "uploaded": _l("The picture is safe on the server."),
    "removed": _l("The picture was taken away."),
    "reused": _l("The earlier picture is used here too; the new one was taken away."),
    "told_apart": _l("Noted: it is another picture."),
    "approved": _l("Approved. The unit sees it in 5 minutes."),
    "returned": _l("Returned. The unit sees it in 5 minutes."),
    "named": _l("Named. The coverage has moved."),
    "town_passed": _l("The town's check is passed."),
    "conditional": _l("Passed on condition: a few points are missing."),
    "not_passed": _l("Not passed yet: see which items are below their target."),
    "city_passed": _l("Accepted by the city."),
    "publicised": _l("On public notice."),
    "drafted": _l("The campaign is set up. Nothing is asked of anybody until it opens."),
    "opened": _l("The campaign is open."),
    "closed": _l("The campaign is closed."),
    "password_changed": _l("The password is changed; your other devices are signed out."),
}


def of_said(name: str | None) -> str | None:
    """The confirmation of this name; none for a name that does not exist."""
    return str(_SAID[name]) if name in _SAID else None
