"""The words for what happened, in the language of the request."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.pages import outcomes

#: The words of a history, by verb.
EVENTS: dict[str, LazyString] = {
    "uploaded": _l("Picture uploaded"),
    "submitted": _l("Sent"),
    "confirmed": _l("Confirmed as still true"),
    "taken_back": _l("Taken back"),
    "attached": _l("Proof of another item attached"),
    "detached": _l("Picture taken away"),
    "opened_again": _l("Open again, without blame: a removed piece is missing"),
    "erased": _l("Picture or document removed for good"),
    "told_apart": _l("Two alike pictures told apart"),
    "compared": _l("Compared with alike pictures"),
    "more_time_asked": _l("More time asked for"),
    "more_time_given": _l("More time given"),
    "more_time_refused": _l("More time refused"),
    "more_time_withdrawn": _l("Request for more time taken back"),
    "approved": _l("Approved"),
    "returned": _l("Returned"),
    "undone": _l("Decision undone"),
    "disputed": _l("Return disputed"),
    "dispute_upheld": _l("Dispute settled: the return stands"),
    "dispute_overturned": _l("Dispute settled: approved"),
    "seen_on_site": _l("Seen on the spot"),
    "site_note_removed": _l("Note from the spot removed for good"),
    "town_passed": _l("Town's check passed"),
    "conditional": _l("Passed on condition"),
    "not_passed": _l("Not passed yet"),
    "city_passed": _l("Accepted by the city"),
    "drawn": _l("Drawn by lot for a check"),
    "added_by_name": _l("Chosen for a check, not by lot"),
    "checked": _l("Checked on the spot"),
    "check_compared": _l("Two findings compared"),
    "check_settled": _l("Difference settled"),
    "reopened": _l("Reopened by a check"),
    "publicised": _l("On public notice"),
    "objected": _l("Somebody objected during the public notice"),
    "objection_dismissed": _l("Objection answered: it was not right"),
    "objection_upheld": _l("Objection answered: it was right"),
    "taken_off_notice": _l("Taken off the public notice"),
    "named": _l("Named"),
    "title_entered": _l("Earlier title entered"),
    "superseded": _l("Title replaced by a newer one"),
    "standard_added": _l("Standard added"),
    "version_begun": _l("Next version begun"),
    "version_described": _l("Names or marks changed"),
    "version_filled": _l("Filled from a file"),
    "version_published": _l("Version published"),
    "version_discarded": _l("Draft thrown away"),
    "section_saved": _l("Section saved"),
    "section_removed": _l("Section taken away"),
    "criterion_saved": _l("Criterion saved"),
    "criterion_removed": _l("Criterion taken away"),
    "criterion_illustrated": _l("Example picture changed"),
    "exempt": _l("Exempt from the campaign"),
    "calendar_corrected": _l("Calendar corrected"),
    "calendar_restored": _l("Correction of the calendar taken back"),
    "exemption_lifted": _l("No longer exempt"),
    "withdrawn": _l("Left the campaign"),
    "unit_entered": _l("Entered in the register"),
    "unit_closed": _l("Taken out of the register"),
    "unit_moved": _l("Moved to another place"),
    "unit_renamed": _l("Renamed"),
    "unit_merged_in": _l("Another unit merged into it"),
    "unit_split": _l("A part became a unit of its own"),
    "households_counted": _l("Households counted"),
    "unit_begins_earlier": _l("First day corrected"),
} | outcomes.EVENTS


def verbs() -> tuple[str, ...]:
    """Everything that the history tells of and that has a word."""
    return tuple(EVENTS)


def of_event(verb: str) -> str:
    """What happened, in a word or two."""
    return str(EVENTS.get(verb, verb))
