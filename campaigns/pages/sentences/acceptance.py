"""Refusals at acceptance rounds and their spot-checks."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    "why_missing": _l("Say why in a few words."),
    "round_unfinished": _l("A round of this campaign is not ended yet. End it first."),
    "no_city_step": _l("This campaign has no city acceptance among its steps."),
    "round_not_ready": _l("This step is not open in the round now. See what comes first."),
    "not_acceptor": _l("Choose somebody who holds the acceptor's role for the whole place."),
    "body_missing": _l("Say in both languages which body sent the member."),
    "one_body": _l("A team needs members of at least two bodies. Add one of another body."),
    "source_missing": _l("Name the public draw, with its issue number."),
    "draw_not_ahead": _l(
        "The draw must be still to come, within %(most)s days: nobody may know its digits yet."
    ),
    "no_candidates": _l("No unit waits for the city: the town has passed none yet."),
    "draw_to_come": _l("The public draw is on %(day)s. Enter its digits then."),
    "seed_too_short": _l("The published result must have at least %(least)s digits."),
    "already_chosen": _l("This unit is checked already."),
    "unit_not_there": _l("No unit with this code takes part in the campaign."),
    "too_late_to_call_off": _l(
        "From the day of the draw on a round cannot be called off: the lot counts."
    ),
    "checks_open": _l("Checks not ended yet: %(left)s. The round ends after them."),
    "round_running": _l(
        "An acceptance round is running: units of this campaign are accepted through it."
    ),
    "round_needed": _l("This campaign is accepted by rounds. The unit waits for the next one."),
    "not_of_the_team": _l("Only members of this round's team report findings."),
    "same_body": _l("A member of your body has reported on it; the second must be of another one."),
    "reported_before": _l("This item has been reported on."),
    "finding_missing": _l("Say what does not hold; the unit has to mend it."),
    "findings_missing": _l("Two members have to report before anything is settled."),
    "settled_by_others": _l("A difference is settled by somebody who had no part in it."),
    "verdict_missing_here": _l("Choose: it holds, or it does not."),
    "items_unsettled": _l("Some items have no verdict yet: two findings, or a settled difference."),
    "items_fail": _l(
        "Items that do not hold: %(number)s. So the unit cannot be accepted as it is."
    ),
    "nothing_fails": _l("Every item holds: there is nothing to mend, so accept the unit."),
    "mend_by_missing": _l("Give the last day to mend it, from tomorrow to one year ahead."),
    "check_concluded": _l("This check has been ended."),
}
