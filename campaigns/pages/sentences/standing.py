"""Refusals and confirmations about titles after naming, and about the veto ledger."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

FAULTS: dict[str, LazyString] = {
    "incident_stands": _l(
        "A recorded incident holds this back until %(until)s, or until the city lifts it."
    ),
    "incident_kind": _l("Choose what happened."),
    "kind_code": _l(
        "A code begins with a small letter; small letters, digits and low lines follow: road_fire."
    ),
    "kind_code_taken": _l("Another kind has this code already."),
    "kind_in_use": _l("Incidents are recorded under this code, so it stays."),
    "kind_name_missing": _l("Give the kind a name in both languages."),
    "kind_department": _l("Choose the department that knows of it."),
    "kind_against_nothing": _l("Tick at least one veto item that it speaks against."),
    "kind_against_unknown": _l("One of the items is no veto item any more. Tick them anew."),
    "incident_place": _l(
        "Type the code of a town, a village or a unit that you look after: it stands on its page."
    ),
    "notice_number_missing": _l("Give the number of the notice that tells of it."),
    "suspended_until": _l("Choose a day from today to %(latest)s."),
    "incident_elsewhere": _l("The incident is further on by now. Look at how it stands."),
    "own_incident": _l(
        "You recorded it yourself. Somebody else in the city office confirms it and decides."
    ),
    "appeal_reason_missing": _l("Say in a few words why it does not concern the unit."),
    "appeal_nothing_held": _l("Nothing of this unit is held back, so there is nothing to lift."),
    "appeal_twice": _l("The unit has had its say on this incident already."),
    "lift_nothing_chosen": _l("Choose at least one title or enrolment to lift."),
    "decision_reason_missing": _l("Say in a few words why; the unit reads it."),
    "withdrawal_reason_missing": _l("Say why the title is to be withdrawn; the unit reads it."),
    "withdrawal_open": _l("A withdrawal of this title is under way already. Decide on it first."),
    "withdrawal_decided": _l("This withdrawal is decided already."),
    "title_over": _l("The title was over on %(until)s; nothing is left to do about it."),
    "answer_over": _l("The days for an answer are over, or it was given: they ended %(until)s."),
    "answer_missing": _l("Write your answer."),
    "unit_not_heard": _l(
        "The unit may still answer, until %(until)s. Wait for its answer, or for that day to pass."
    ),
    "visit_before_title": _l("The title began on %(since)s only. Choose that day or a later one."),
    "finding_unknown": _l("Choose what was found."),
    "finding_untold": _l("Say in a few words what was found."),
    "mend_day_missing": _l("Choose a day to come by which it is to be mended."),
    "recheck_closed": _l("This re-check is closed already."),
    "closing_untold": _l("Say in a few words how it ended."),
}
SAID: dict[str, LazyString] = {
    "kind_kept": _l("The kind of incident is kept."),
    "incident_recorded": _l("Recorded. Nothing follows until the city office confirms it."),
    "incident_confirmed": _l("Confirmed. What it touches is suspended, and coverage has moved."),
    "incident_dropped": _l("Dropped. Nothing follows from it."),
    "incident_appealed": _l("The city office has the appeal and must decide on it."),
    "appeal_decided": _l("The appeal is decided; the unit reads why."),
    "incident_lifted": _l("Lifted. What counts again has moved in coverage."),
    "rechecked": _l("The re-check is kept."),
    "recheck_closed": _l("The re-check is closed."),
    "withdrawal_announced": _l("The unit is told, and may answer."),
    "withdrawal_answered": _l("The city office has the answer and decides."),
    "title_withdrawn": _l("The title is withdrawn; coverage has moved."),
    "withdrawal_dropped": _l("Dropped: the title stands."),
}
