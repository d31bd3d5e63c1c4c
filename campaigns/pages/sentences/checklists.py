"""Refusals at checklists and the desk: what was typed or uploaded, and what cannot be done now."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

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
    "file_type": _l(
        "This kind of file is not taken. Send a photo, or PDF, DOCX, XLSX or PPTX; save older files"
        " anew first."
    ),
    "file_infected": _l("The virus scanner stopped this file. Have the device looked at."),
    "scanner_away": _l(
        "The virus scanner does not answer, so nothing is taken now. Keep the file and try later."
    ),
    "store_away": _l(
        "The store of pictures and documents does not answer. Keep what you have and try later."
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
    "campaign_archived": _l("The campaign is archived: it can be read, and nothing changes in it."),
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
    "fits_no_more": _l(
        "It does not fit %(item)s any more: enough may be there by now. Nothing was attached."
    ),
    "nothing_ticked": _l("Nothing is ticked. Tick what is still true, then confirm."),
    # Reviewing and naming.
    "reason_missing": _l("A return needs a reason: choose one, or write a sentence."),
    "preset_unknown": _l("Choose one of the reasons of the list."),
    "marks_invalid": _l(
        "The marks could not be read. Draw at most %(most)s, on the pictures of this item."
    ),
    "verdict_missing": _l("Choose to approve or to return."),
    "due_in_the_past": _l("The day to mend by has passed. Choose a later one."),
    "no_approval": _l("This campaign has no approval: it is a work list and can never name."),
    "approval_over": _l("The approval of this campaign ended on %(until)s, so it cannot name."),
    "notice_running": _l("It is on public notice until %(until)s. Name it afterwards."),
    "document_number_missing": _l("Enter the number of the naming document."),
    "no_households": _l("No households were counted, so there is nothing to name."),
    "unit_above_town": _l("A unit has to lie in a town or below."),
    # Rights and signing in.
    "not_allowed": _l("You can see this, but it is not yours to change."),
    "already_decided": _l("This item is decided. Below is how it stands."),
    "not_sent": _l("This item is not sent, so there is nothing to decide now."),
    "why_missing": _l("Choose why it is removed."),
    "why_untold": _l("Say in a few words why it is removed."),
    "own_upload": _l(
        "You sent this, uploaded a part of it or look after the unit, so somebody else has to "
        "decide."
    ),
    "wrong_credentials": _l("User name and password do not fit. Check both and try again."),
    "throttled": _l("Too many wrong attempts. Wait ten minutes, then try again."),
    "wrong_password": _l("The present password is not right."),
    "password_length": _l("A password needs at least %(shortest)s characters."),
    "password_long": _l("A password may have %(longest)s characters at most."),
    "password_has_name": _l("The password must not hold your user name."),
}
