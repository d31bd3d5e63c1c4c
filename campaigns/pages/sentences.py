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

FAULTS: dict[str, LazyString] = {
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
    "picture_slow": _l("The picture took too long to open. Take it again, or choose another."),
    "too_many_photos": _l("There are %(limit)s pictures already, which is plenty. Take one away."),
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
    # The register, one by one.
    "import_applying": _l(
        "An import is being applied, and until it is through nothing else changes in the "
        "register. Try again in a minute."
    ),
    "day_ahead": _l("The day lies ahead. Choose today or an earlier day."),
    "day_before_unit": _l("The unit is in the register only since %(since)s."),
    "day_before_last_change": _l(
        "The last change took effect on %(since)s. Choose that day or a later one."
    ),
    "unit_closed": _l("The unit was in the register until %(until)s; nothing changes after that."),
    "unit_there_already": _l("The unit is there already. Choose another place."),
    "place_not_there": _l("That place does not exist on this day. Choose another one."),
    "place_cannot_end": _l(
        "Only a village or community ends with its unit, and not in the place that takes it over."
    ),
    "close_reason_missing": _l("Say in a few words why the unit leaves the register."),
    "merge_other_kind": _l("Only units of the same kind can be merged. Choose another one."),
    "no_households_here": _l("Only villages and communities answer for households."),
    "more_than_all": _l("There are %(households)s households here; the part cannot have more."),
    "code_taken": _l("The code %(value)s is in use. Choose another one."),
    "code_missing": _l("Give the unit a code: letters, digits, hyphen, dot, at most 40."),
    "unit_name_missing": _l("Give the unit a name in both languages."),
    "exemption_reason_missing": _l("An exemption needs a reason that everybody can read."),
    "enrolment_left": _l("The unit does not take part in this campaign now."),
    "no_newcomers": _l("Every unit that could take part does."),
    "note_missing": _l("Say what makes the day different, for example the number of the notice."),
    # Files of tables: the file as a whole.
    "table_missing": _l("No file was chosen. Choose an Excel or CSV file first."),
    "table_type": _l("This is no table that can be read. Send an .xlsx or .csv file."),
    "table_old": _l(
        "This file is in the old .xls format or behind a password. Open it, save it as .xlsx "
        "without a password, and send that."
    ),
    "table_broken": _l("The file is damaged and cannot be read. Open it, save it anew, send that."),
    "table_macros": _l("The file holds macros. Save it as .xlsx, which has none, and send that."),
    "table_entities": _l(
        "The file holds what no spreadsheet writes. Copy the table into a new one."
    ),
    "table_members": _l("The file has too many parts. Copy the table into a new file."),
    "table_unpacked": _l("The file is too large when unpacked. Copy the table into a new file."),
    "table_too_large": _l(
        "The table reaches too far: something stands far to the right or far below. "
        "Copy the table alone into a new file."
    ),
    "table_too_long": _l("The table has more than %(limit)s rows. Send it in parts."),
    "table_empty": _l("The table has no rows below its line of names."),
    "columns_missing": _l("The line of names lacks: %(columns)s. Take the template as an example."),
    "import_applied": _l("This import is over. Send the file again to see what is left to do."),
    "import_faulty": _l("The file has faults, so nothing of it can be applied. Mend them first."),
    # ... and its cells.
    "cell_missing": _l("This cell must not be empty."),
    "cell_unknown": _l("“%(value)s” is not known here. Look at the template for the words."),
    "cell_out_of_range": _l("The number must lie between %(least)s and %(most)s."),
    "row_twice": _l("The same stands in row %(row)s. Keep one of the two."),
    "code_invalid": _l("A code has only letters and digits."),
    "kind_is_kept": _l("The kind of a unit never changes. Close it and enter a new one."),
    "level_is_kept": _l("The level of a place never changes. End it and enter a new one."),
    "parent_is_kept": _l("A place stays where it lies. End it and enter a new one."),
    "parent_not_above": _l("That place cannot lie above this one: a village lies in a town."),
    "first_day_is_kept": _l(
        "It is in the register since %(since)s; only an earlier day can follow."
    ),
    "ends_before_it_begins": _l("The last day lies before the first."),
    "ends_and_moves": _l("A unit that ends cannot move in the same row. Leave its place as it is."),
    "ends_unknown": _l("What is not there yet cannot end. Leave the last day empty."),
    "place_unknown": _l("There is no place with the code %(value)s that you look after."),
    "place_elsewhere": _l("This place lies outside what you look after."),
    "place_ended": _l("The place ended on %(until)s already."),
    "place_not_empty": _l(
        "%(number)s units or places still lie in it after that day. Move or end them first."
    ),
    "unit_elsewhere": _l("A unit with this code lies outside what you look after."),
    "standard_not_for_kind": _l("This standard is not for units of this kind."),
    "title_overlaps": _l("The unit holds this title already for some of these days."),
    "phone_number": _l(
        "This looks like a phone number. Numbers of private people do not belong here."
    ),
    "username_invalid": _l(
        "A user name has 2 to 60 letters, digits, dots, hyphens or underscores."
    ),
    "post_named_twice": _l("The same user name has another post above: %(name)s."),
    "role_has_no_place": _l("A liaison looks after one unit: leave the place empty."),
    "role_has_no_unit": _l("Only a liaison looks after a unit: give the place instead."),
    "role_has_no_department": _l("Only a department confirmer has a department."),
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
    "password_changed": _l("The password is changed; your other devices are signed out."),
}


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
