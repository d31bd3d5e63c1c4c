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

#: The sentence of every refusal, by its code.
FAULTS: dict[str, LazyString] = {
    # What was typed.
    "text_too_long": _l("The text has %(length)s characters; %(limit)s are possible. Shorten it."),
    "identity_number": _l(
        "The text holds a resident identity number. Residents are never recorded here: take it out."
    ),
    "number_missing": _l("Enter the number; if there was nothing, enter 0."),
    "number_invalid": _l("Enter a whole number in digits, such as 26."),
    "number_negative": _l("A count cannot be below 0. Enter 0 or more."),
    "number_between": _l("Enter a whole number from %(least)s to %(most)s."),
    "number_too_large": _l("The number is too large; %(greatest)s is the most. Check the digits."),
    "denominator_zero": _l(
        "The total is 0, so there is no share. If there was nothing this time, choose “none”."
    ),
    "denominator_zero_once": _l(
        "The total is 0, so there is no share. If you have none of this at all, say below that it "
        "does not apply."
    ),
    "denominator_zero_veto": _l(
        "The total is 0, so there is no share. Give the two numbers as soon as there are some."
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
    "minutes_out_of_range": _l("Give 1 to %(most)s minutes, or leave it empty."),
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
    "enrolment_left": _l("The unit takes no part in the campaign now, so nothing is asked of it."),
    "campaign_not_draft": _l("The campaign was opened before."),
    "campaign_not_open": _l("Only an open campaign can be closed."),
    "campaign_name_missing": _l("Give the campaign a name in both languages."),
    "choice_missing": _l("Choose one of the list."),
    "campaign_not_closed": _l("Only a closed campaign can be archived. Close it first."),
    "due_before_opening": _l("The due date lies before the opening. Choose a later one."),
    "due_is_over": _l("The due date has passed already. Choose a later one."),
    "review_before_due": _l("Reviews would end before the units are due. Choose a later day."),
    "approval_incomplete": _l("An approval needs document number, approving body and last day."),
    "approval_ends_early": _l(
        "The approval ends before the campaign can run. Check its last day, or get a new one."
    ),
    "notice_days_missing": _l("Say how many working days the list is on public notice."),
    "terms_missing": _l("Approval and dates are still to be said: go to step 2."),
    "burden_reason_missing": _l(
        "It asks %(over)s pieces above the cap. Choose another version, or give a reason."
    ),
    "burden_over": _l(
        "Together with the running campaigns it asks %(over)s pieces above the cap. Go to step 3."
    ),
    "no_newcomers": _l("No unit is new: all that could take part do."),
    "extension_not_open": _l("Only an open campaign can be given more time."),
    "extension_earlier": _l("More time means a later day than %(day)s. Nothing gets shorter."),
    "extension_same": _l("Both days are those that hold already. Choose a later one."),
    "extension_reason_missing": _l("Say why; everybody who takes part reads it."),
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
    "nothing_to_carry": _l("Last time’s proof does not do for %(item)s today. Prove it anew."),
    "nothing_ticked": _l("Nothing is ticked. Tick what is still true, then confirm."),
    # Reviewing and naming.
    "reason_missing": _l("A return needs a reason: choose one, or write a sentence."),
    "preset_unknown": _l("Choose one of the reasons of the list."),
    "verdict_missing": _l("Choose to approve or to return."),
    "due_in_the_past": _l("The day to mend by has passed. Choose a later one."),
    "no_approval": _l("This campaign has no approval: it is a work list and can never name."),
    "approval_over": _l("The approval of this campaign ended on %(until)s, so it cannot name."),
    "notice_running": _l("It is on public notice until %(until)s. Name it afterwards."),
    "document_number_missing": _l("Enter the number of the naming document."),
    "no_households": _l("No households were counted, so there is nothing to name."),
    "unit_above_town": _l("A unit has to lie in a town or below."),
    # Standards.
    "slug_invalid": _l("The address needs small letters, digits and hyphens, 40 at most."),
    "slug_taken": _l("Another standard has this address. Choose another one."),
    "kinds_missing": _l("Choose at least one kind of unit that takes part."),
    "mark_out_of_range": _l("The pass mark lies between 1 and 100."),
    "excellent_below_pass": _l("The excellent mark lies between the pass mark and 100."),
    "validity_out_of_range": _l("A title is valid for 1 to %(most)s years."),
    "standard_is_kept": _l("This stays as it is: a version of the standard has been published."),
    "language_missing": _l("This stands in one language only. Write it in the other as well."),
    "section_name_missing": _l("Give the section a name."),
    "section_in_use": _l("Criteria stand in this section. Move or remove them first."),
    "section_unknown": _l("There is no section %(number)s. Add it first, or change the code."),
    "section_empty": _l("No criterion stands in this section yet."),
    "criterion_code_invalid": _l("A code has section and place, such as 2.1."),
    "criterion_code_taken": _l("Another criterion has this code. Choose another one."),
    "criterion_code_twice": _l(
        "Row %(row)s has this code already. In Excel, write codes such as 2.10 as text."
    ),
    "criterion_text_missing": _l("Write what is asked."),
    "criteria_missing": _l("There is no criterion yet."),
    "too_many_lines": _l("A standard has %(most)s criteria at most."),
    "number_missing_here": _l("Enter a number."),
    "points_out_of_range": _l("Points lie between 0 and 100."),
    "points_too_few": _l("The points add up to %(total)s: %(off)s are missing."),
    "points_too_many": _l("The points add up to %(total)s: %(off)s are too many."),
    "pieces_needed": _l("At least one piece of proof is needed."),
    "pieces_out_of_range": _l("At most %(most)s pieces a year can be sent at this cadence."),
    "target_needs_number": _l("Only a number or a ratio has a target. Take it away."),
    "threshold_missing": _l("Enter the target, or choose no comparison."),
    "operator_missing": _l("Choose how the answer is held against the target."),
    "percent_out_of_range": _l("The target of a ratio is a percentage from 0 to 100."),
    "yearly_needs_periods": _l(
        "Only the target of a number that is asked several times a year can be for the year."
    ),
    "numerator_missing": _l("Say what is counted."),
    "denominator_missing": _l("Say of how many it is counted."),
    "wording_needs_ratio": _l("Only a ratio counts a part of a whole. Take this away."),
    "households_not_counted": _l(
        "At least one criterion must be a ratio, so that households can be counted."
    ),
    "draft_incomplete": _l("%(number)s things are missing before this can be published."),
    # Tables.
    "table_missing": _l("No file was chosen. Choose an Excel or CSV file first."),
    "table_type": _l("This is no table that can be read. Save it as .xlsx or .csv."),
    "table_broken": _l("The file is damaged and cannot be read. Save it again."),
    "table_macros": _l("The file holds macros. Save it as .xlsx, which has none."),
    "table_members": _l("The file holds far too many parts. Copy the table into a new file."),
    "table_unpacked": _l("The file unpacks to far too much. Copy the table into a new file."),
    "table_entities": _l("The file holds what no table holds. Copy it into a new file."),
    "table_too_long": _l("The table has more than %(limit)s rows. Split it."),
    "table_empty": _l("Below the headings the table is empty."),
    "columns_missing": _l("These columns are missing: %(columns)s. Take the template."),
    "cell_missing": _l("This must not be empty."),
    "cell_unknown": _l("“%(value)s” is none of the words that are known here."),
    "cell_out_of_range": _l("The number must lie between %(least)s and %(most)s."),
    "cell_differs": _l("This says something else than row %(row)s. Leave it empty or equal."),
    # Files and programs.
    "sheet_full": _l("An Excel sheet holds %(limit)s rows at most. Take the list as CSV."),
    "files_under_way": _l("Two of your files are being made. Wait until they are there."),
    "calls_used_up": _l("This program asks too often. It may ask again in a moment."),
    "parameter_unknown": _l("There is no parameter “%(name)s”."),
    "parameter_invalid": _l("The parameter “%(name)s” cannot be read."),
    "profile_name_missing": _l("Give the profile a name."),
    "profile_name_taken": _l("Another profile has this name. Choose another one."),
    "profile_empty": _l("Choose at least one column: give it a place in the order."),
    "profile_order": _l("A place in the order is a whole number from 1 to 999."),
    "profile_heading": _l("Give every chosen column a heading."),
    "token_name_missing": _l("Give the program a name, so that you know it again."),
    "token_too_long": _l("A token ends after one year at the latest. Choose a day before that."),
    "token_too_many": _l("You have %(limit)s tokens in use. Revoke one that you no longer need."),
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
    "note_missing": _l("Say what makes the day different, for example the number of the notice."),
    # Files of tables: the file as a whole.
    "table_old": _l(
        "This file is in the old .xls format or behind a password. Open it, save it as .xlsx "
        "without a password, and send that."
    ),
    "table_too_large": _l(
        "The table reaches too far: something stands far to the right or far below. "
        "Copy the table alone into a new file."
    ),
    "import_applied": _l("This import is over. Send the file again to see what is left to do."),
    "import_faulty": _l("The file has faults, so nothing of it can be applied. Mend them first."),
    # ... and its cells.
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


_SAID: dict[str, LazyString] = {
    "submitted": _l("Sent to the town. You can take it back until somebody decides."),
    "all_submitted": _l("Everything that was ready has been sent to the town."),
    "confirmed": _l("Confirmed as still true and sent. You can take it back until it is decided."),
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
