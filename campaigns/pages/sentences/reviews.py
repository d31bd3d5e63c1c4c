"""Refusals at second looks: undoing, bulk approval, disputes, notes from the spot."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    "undo_too_late": _l("The 5 minutes are over and the unit can see it, so it stays decided."),
    "undo_moved_on": _l(
        "The checklist has gone a step further, or its campaign is closed, so this stays decided."
    ),
    "bulk_nothing": _l("Nothing is ticked. Tick items of one criterion in the queue, then look."),
    "bulk_mixed": _l("These are items of several criteria. Tick items of one criterion only."),
    "bulk_too_many": _l("At most %(limit)s items are approved at once. Tick fewer."),
    "bulk_changed": _l("Somebody decided, took back or changed it in the meantime."),
    "bulk_closed": _l("Its campaign is closed, or the unit takes no part in it now."),
    "dispute_not_returned": _l("Only an item that was returned can be disputed."),
    "dispute_known": _l("This return is disputed already. Somebody else looks at it again."),
    "dispute_too_late": _l("A return can be disputed until %(last)s. Mend the item and send it."),
    "dispute_reason_missing": _l("Say in a few words why the return is wrong."),
    "dispute_answer_missing": _l("Say why the return stands; the unit reads it."),
    "dispute_verdict_missing": _l("Choose whether the return stands or falls."),
    "own_return": _l("You returned this item, so somebody else has to look at the dispute."),
    "visit_to_come": _l("The day of the visit lies ahead. Give the day on which you were there."),
    "site_note_missing": _l("Say in a few words what you saw."),
    "seen_missing": _l("Choose how what you saw compares with what was sent."),
}
