"""The words for what becomes of titles: objections, standings, re-checks, incidents, withdrawal."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.incidents.records import IncidentState
from campaigns.titles import Standing
from campaigns.titles.rechecks import Finding
from campaigns.titles.withdrawing import WithdrawalState

_STANDINGS: dict[Standing, LazyString] = {
    Standing.VALID: _l("valid"),
    Standing.LAPSED: _l("expired"),
    Standing.SUSPENDED: _l("suspended"),
    Standing.WITHDRAWN: _l("withdrawn"),
    Standing.NOT_YET: _l("to come"),
}


def of_standing(standing: Standing) -> str:
    """What a title is on a day."""
    return str(_STANDINGS[standing])


_FINDINGS: dict[Finding, LazyString] = {
    Finding.AS_NAMED: _l("As named"),
    Finding.TO_MEND: _l("To be mended by a day"),
    Finding.FAILED: _l("Failed"),
}


def of_finding(finding: Finding) -> str:
    """What a re-check found."""
    return str(_FINDINGS[finding])


def findings() -> list[tuple[str, str]]:
    """Everything that a re-check may find, to choose from."""
    return [(each.value, of_finding(each)) for each in Finding]


_WITHDRAWALS: dict[WithdrawalState, LazyString] = {
    WithdrawalState.ANNOUNCED: _l("Announced"),
    WithdrawalState.ANSWERED: _l("Answered by the unit"),
    WithdrawalState.CONFIRMED: _l("Withdrawn"),
    WithdrawalState.DROPPED: _l("Dropped: the title stands"),
}


def of_withdrawal(state: WithdrawalState) -> str:
    """How far a withdrawal is."""
    return str(_WITHDRAWALS[state])


_INCIDENTS: dict[IncidentState, LazyString] = {
    IncidentState.RECORDED: _l("Recorded, not confirmed yet"),
    IncidentState.CONFIRMED: _l("Confirmed"),
    IncidentState.APPEALED: _l("Appealed against"),
    IncidentState.LIFTED: _l("Lifted"),
    IncidentState.DROPPED: _l("Dropped"),
}


def of_incident(state: IncidentState) -> str:
    """How far an incident is."""
    return str(_INCIDENTS[state])


#: What the history tells of them, by verb.
EVENTS: dict[str, LazyString] = {
    "objected": _l("Somebody objected during the public notice"),
    "objection_dismissed": _l("Objection answered: it was not right"),
    "objection_upheld": _l("Objection answered: it was right"),
    "taken_off_notice": _l("Taken off the public notice"),
    "suspended": _l("Title suspended"),
    "suspension_lifted": _l("Suspension lifted"),
    "rechecked": _l("Re-checked on site"),
    "recheck_closed": _l("Re-check closed"),
    "withdrawal_announced": _l("Withdrawal of the title announced"),
    "withdrawal_answered": _l("Answer to the withdrawal"),
    "withdrawal_dropped": _l("Withdrawal dropped: the title stands"),
    "title_withdrawn": _l("Title withdrawn"),
    "incident_kind_added": _l("Kind of incident added"),
    "incident_kind_changed": _l("Kind of incident changed"),
    "incident_recorded": _l("Incident recorded"),
    "incident_confirmed": _l("Incident confirmed"),
    "incident_dropped": _l("Incident dropped"),
    "incident_appealed": _l("Appeal against an incident"),
    "appeal_upheld": _l("Appeal upheld"),
    "appeal_refused": _l("Appeal refused"),
    "incident_lifted": _l("What an incident held back was lifted"),
    "veto_placed": _l("An incident holds the naming back"),
    "veto_lifted": _l("No incident holds the naming back any more"),
}
