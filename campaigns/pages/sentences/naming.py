"""Refusals at the public notice, its objections, naming and certificates."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    "objection_to_whom": _l("Choose whom you object to."),
    "objection_missing": _l("Say in a few words what is not as it should be."),
    "objection_phone": _l(
        "This looks like a phone number. Put your own into the field for it, and leave out those of"
        " others."
    ),
    "objection_too_late": _l("It is not on public notice any more. Look at the list again."),
    "objections_used_up": _l("Too many objections came from here. Try again in ten minutes."),
    "objection_open": _l("An objection waits for an answer. Answer it first."),
    "result_missing": _l("Choose what came of it."),
    "answer_missing": _l("Say what was looked at and found."),
    "nobody_chosen": _l("Nobody is chosen. Tick who is to be named."),
    "too_many_to_name": _l("%(limit)s units can be named at once. Name these first."),
    "certificate_not_valid": _l(
        "A certificate is made only while its title is valid, or about to be."
    ),
}
