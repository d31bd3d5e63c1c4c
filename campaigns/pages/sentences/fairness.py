"""Refusals at more time for one item, and at the sharing of a town's queue."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    "more_time_earlier": _l(
        "More time means a day after %(day)s that is not over, and no more than a year ahead."
    ),
    "more_time_reason": _l("Say why more time is needed; one sentence is enough."),
    "more_time_waits": _l("A request for this item waits already. Wait for its answer."),
    "more_time_city": _l("The town can give it until %(day)s. Longer, only the city office."),
    "more_time_answer": _l("Say why it is refused; the unit reads it."),
    "more_time_verdict": _l("Choose to give more time or to refuse it."),
    "more_time_with_city": _l("This request is the city office's to decide."),
    "own_request": _l("You asked for it, or look after the unit, so somebody else decides."),
    "handover_in_the_past": _l("The first day has passed. Choose today or a later one."),
    "handover_days": _l("The last day comes after the first, at most %(most)s days later."),
    "handover_not_yours": _l("You do not review this town on that day."),
    "handover_to_whom": _l("Choose another reviewer who reviews this town on all of these days."),
    "handover_crossing": _l(
        "On some of these days one of you has handed a queue over, or you hold another one's. "
        "Choose other days."
    ),
    "lend_whom": _l("Choose a reviewer of another town, and a town that she does not review yet."),
}
