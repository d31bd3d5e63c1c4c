"""The words for states, kinds, roles and reasons, in the language of the request."""

from datetime import date, timedelta

from flask_babel import format_date, ngettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from campaigns.campaign import CampaignState, Step
from campaigns.enrolment.checklist import Standing
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import EnrolmentState
from campaigns.jurisdictions import Level
from campaigns.people import Department, Role
from campaigns.standards import Cadence, EvidenceKind, Operator, Registration
from campaigns.standards.comparison import Change
from campaigns.units import Kind

_ROLES: dict[Role, LazyString] = {
    Role.LIAISON: _l("Liaison"),
    Role.REVIEWER: _l("Reviewer"),
    Role.SIGNER: _l("Signer"),
    Role.ACCEPTOR: _l("City acceptance team"),
    Role.OFFICE: _l("City office"),
    Role.CONFIRMER: _l("Department confirmer"),
    Role.INSPECTOR: _l("Inspector"),
    Role.LEADER: _l("Leader"),
    Role.AUDITOR: _l("Auditor"),
    Role.ADMIN: _l("Administrator"),
}


def of_role(role: Role | None) -> str:
    """The name of a role."""
    return str(_ROLES[role]) if role else ""


_DEPARTMENTS: dict[Department, LazyString] = {
    Department.POLICE: _l("Police"),
    Department.FIRE: _l("Fire"),
    Department.EDUCATION: _l("Education"),
    Department.HEALTH: _l("Health"),
    Department.EMERGENCY: _l("Emergency"),
    Department.TRAFFIC: _l("Traffic police"),
}


def of_department(department: Department) -> str:
    """The name of a department."""
    return str(_DEPARTMENTS[department])


_PRESETS: dict[str, LazyString] = {
    "unclear": _l("Cannot be made out; please go closer and take it again"),
    "period": _l("The date of the picture is not in this period"),
    "subject": _l("It does not show what this item asks for"),
    "privacy": _l("Faces or personal details; please cover them and send again"),
    "figures": _l("The numbers and the pictures do not fit together"),
    "pieces": _l("Not enough pieces"),
}


def of_preset(name: str) -> str:
    """A reason that can be chosen instead of typed."""
    return str(_PRESETS[name])


def of_age(days: int, *, late: bool) -> str:
    """How long an item has waited, and whether that is too long."""
    if late:
        return str(ngettext("%(num)s day, late", "%(num)s days, late", days))
    return str(ngettext("%(num)s day", "%(num)s days", days) if days else _l("today"))


def of_reason(reason: str | None) -> str:
    """A stored reason: the words of the preset that it names in its first line, then the
    reviewer's own."""
    name, line, own = (reason or "").partition("\n")
    return f"{of_preset(name)}{line}{own}" if name in _PRESETS else reason or ""


_ERASURES: dict[Why, LazyString] = {
    Why.FACE: _l("shows a face"),
    Why.PLATE: _l("shows a number plate or a house number"),
    Why.PAPERS: _l("holds personal data"),
    Why.MISTAKE: _l("was sent by mistake"),
    Why.OTHER: _l("another reason"),
}


def of_erasure(why: Why) -> str:
    """Why a picture or document was removed for good."""
    return str(_ERASURES[why])


_STANDINGS: dict[Standing, LazyString] = {
    Standing.NOT_YET: _l("Not open yet"),
    Standing.NOT_STARTED: _l("Not started"),
    Standing.PARTLY: _l("Partly done"),
    Standing.READY: _l("Ready to send"),
    Standing.RETURNED: _l("Returned"),
    Standing.WITH_TOWN: _l("With the town"),
    Standing.WITH_DEPARTMENT: _l("With the department"),
    Standing.PASSED: _l("Passed"),
    Standing.BELOW_TARGET: _l("True, but below the target"),
    Standing.NOT_APPLICABLE: _l("Does not apply"),
}


def of_standing(standing: Standing) -> str:
    """The word for where an item stands."""
    return str(_STANDINGS[standing])


_QUARTERS: tuple[LazyString, ...] = (
    _l("1st quarter"),
    _l("2nd quarter"),
    _l("3rd quarter"),
    _l("4th quarter"),
)


def of_period(period: str | None) -> str:
    """The name of a period, such as "3rd quarter" for ``2026Q3``; empty for none."""
    if not period:
        return ""
    if "Q" in period:
        return str(_QUARTERS[int(period[-1]) - 1])
    year, month = period.split("-")
    return str(format_date(date(int(year), int(month), 1), "LLLL"))


_PROOFS: dict[EvidenceKind, LazyString] = {
    EvidenceKind.PHOTO: _l("photos"),
    EvidenceKind.DOCUMENT: _l("photos of documents"),
    EvidenceKind.NUMBER: _l("number"),
    EvidenceKind.RATIO: _l("ratio"),
    EvidenceKind.DECLARATION: _l("declaration"),
}


def of_proof(kind: EvidenceKind) -> str:
    """What proves a criterion, in a word."""
    return str(_PROOFS[kind])


_CADENCES: dict[Cadence, LazyString] = {
    Cadence.ONCE: _l("once"),
    Cadence.YEARLY: _l("yearly"),
    Cadence.QUARTERLY: _l("quarterly"),
    Cadence.MONTHLY: _l("monthly"),
}


def of_cadence(cadence: Cadence) -> str:
    """How often a criterion is answered, in a word."""
    return str(_CADENCES[cadence])


_OPERATORS: dict[Operator, LazyString] = {
    Operator.AT_LEAST: _l("at least (≥)"),
    Operator.AT_MOST: _l("at most (≤)"),
    Operator.EQUAL: _l("exactly (=)"),
}


def of_operator(operator: Operator) -> str:
    """How an answer is held against its threshold."""
    return str(_OPERATORS[operator])


_REGISTRATIONS: dict[Registration, LazyString] = {
    Registration.UNIT: _l("The unit itself, such as a village or a school"),
    Registration.AGGREGATE: _l("Households, counted by their village or community"),
}


def of_registration(registration: Registration) -> str:
    """What a title names."""
    return str(_REGISTRATIONS[registration])


_CHANGES: dict[Change, LazyString] = {
    Change.NEW: _l("new"),
    Change.CHANGED: _l("changed"),
    Change.GONE: _l("gone"),
    Change.SAME: _l("unchanged"),
}


def of_change(change: Change) -> str:
    """What became of a criterion from one version to another."""
    return str(_CHANGES[change])


_STAGES: dict[str, LazyString] = {
    "named": _l("named"),
    "accepted": _l("city accepted"),
    "town_passed": _l("town passed"),
    "in_progress": _l("in progress"),
    "not_started": _l("not started"),
    "exempt": _l("exempt"),
}


def of_stage(name: str) -> str:
    """The word for a part of a stack."""
    return str(_STAGES[name])


_ENROLMENT_STATES: dict[EnrolmentState, LazyString] = {
    EnrolmentState.APPLIED: _l("Taking part"),
    EnrolmentState.TOWN_PASSED: _l("Town passed"),
    EnrolmentState.CITY_PASSED: _l("City accepted"),
    EnrolmentState.PUBLICISED: _l("On public notice"),
    EnrolmentState.NAMED: _l("Named"),
    EnrolmentState.CONDITIONAL: _l("Passed on condition"),
    EnrolmentState.NOT_PASSED: _l("Not passed yet"),
    EnrolmentState.WITHDRAWN: _l("Left the campaign"),
    EnrolmentState.EXEMPT: _l("Exempt"),
}


def of_enrolment_state(state: EnrolmentState) -> str:
    """The name of an enrolment's state."""
    return str(_ENROLMENT_STATES[state])


_KINDS: dict[Kind, LazyString] = {
    Kind.VILLAGE: _l("village"),
    Kind.COMMUNITY: _l("community"),
    Kind.SCHOOL: _l("school"),
    Kind.HOSPITAL: _l("hospital"),
    Kind.PUBLIC_PLACE: _l("public place"),
    Kind.MARKET: _l("market"),
    Kind.ROAD_SECTION: _l("road section"),
    Kind.ENTERPRISE: _l("enterprise"),
    Kind.TOWN: _l("town"),
}


def of_kind(kind: Kind) -> str:
    """The name of a kind of unit."""
    return str(_KINDS[kind])


_LEVELS: dict[Level, LazyString] = {
    Level.PROVINCE: _l("province"),
    Level.PREFECTURE: _l("prefecture"),
    Level.COUNTY: _l("county"),
    Level.STREET: _l("street"),
    Level.TOWN: _l("town proper"),
    Level.TOWNSHIP: _l("township"),
    Level.VILLAGE: _l("village"),
    Level.COMMUNITY: _l("community"),
}


def of_level(level: Level) -> str:
    """The name of a level of the tree."""
    return str(_LEVELS[level])


_ACTIONS: dict[str, LazyString] = {
    "added": _l("Added"),
    "changed": _l("Changed"),
    "ended": _l("Ended"),
    "unchanged": _l("Unchanged"),
    "faulty": _l("Faulty"),
}


def of_action(action: str) -> str:
    """What a row of an import does."""
    return str(_ACTIONS[action])


def weekdays() -> list[str]:
    """The short names of the days of a week, Monday first."""
    monday = date(2024, 1, 1)
    return [str(format_date(monday + timedelta(days=n), "EEE")) for n in range(7)]


_HOLIDAYS: dict[str, LazyString] = {
    "New Year's Day": _l("New Year"),
    "Spring Festival": _l("Spring Festival"),
    "Tomb-sweeping Day": _l("Qingming"),
    "Labour Day": _l("Labour Day"),
    "Dragon Boat Festival": _l("Dragon Boat Festival"),
    "Mid-autumn Festival": _l("Mid-Autumn Festival"),
    "National Day": _l("National Day"),
}


def of_holiday(name: str) -> str:
    """The name of a public holiday; as it came when it is none of every year."""
    return str(_HOLIDAYS.get(name, name))


_CAMPAIGN_STATES: dict[CampaignState, LazyString] = {
    CampaignState.DRAFT: _l("Draft"),
    CampaignState.OPENING: _l("Opening"),
    CampaignState.OPEN: _l("Open"),
    CampaignState.CLOSED: _l("Closed"),
    CampaignState.ARCHIVED: _l("Archived"),
}


def of_campaign_state(state: CampaignState) -> str:
    """The name of a campaign's state."""
    return str(_CAMPAIGN_STATES[state])


_STEPS: dict[Step, LazyString] = {
    Step.TOWN: _l("Town check"),
    Step.CITY: _l("City acceptance"),
    Step.NOTICE: _l("Public notice"),
}


def of_step(step: Step) -> str:
    """The name of an acceptance step."""
    return str(_STEPS[step])
