"""Refusals at the editor of standards and at the sheets that it reads."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
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
}
