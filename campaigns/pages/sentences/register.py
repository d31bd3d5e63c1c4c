"""Refusals at the register, its imports and the exchange."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    # Files and programs.
    "sheet_full": _l("An Excel sheet holds %(limit)s rows at most. Take the list as CSV."),
    "files_under_way": _l("Two of your files are being made. Wait until they are there."),
    "calls_used_up": _l("This program asks too often. It may ask again in a moment."),
    "looks_used_up": _l("Too many pages were asked for from here. Try again in a moment."),
    "parameter_unknown": _l("There is no parameter “%(name)s”."),
    "parameter_invalid": _l("The parameter “%(name)s” cannot be read."),
    "profile_name_missing": _l("Give the profile a name."),
    "profile_name_taken": _l("Another profile has this name. Choose another one."),
    "profile_empty": _l("Choose at least one column: give it a place in the order."),
    "profile_order": _l("A place in the order is a whole number from 1 to 999."),
    "profile_heading": _l("Give every chosen column a heading."),
    "email_invalid": _l("This is not an e-mail address. Write it like name@example.cn."),
    "notice_gone": _l("This notice is not there any more."),
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
}
