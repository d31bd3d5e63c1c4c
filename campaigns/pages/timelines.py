"""Timelines: the history of an item or a unit, as pages show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from campaigns import history, people
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import EnrolmentState
from campaigns.history import Event
from campaigns.pages import languages, verbs, words
from campaigns.people import Department
from campaigns.text import Bilingual

_ICONS = {
    "submitted": "sent",
    "confirmed": "sent",
    "uploaded": "camera",
    "attached": "gallery",
    "approved": "check",
    "dispute_overturned": "check",
    "seen_on_site": "camera",
    "town_passed": "check",
    "city_passed": "accepted",
    "drawn": "sent",
    "checked": "check",
    "check_compared": "check",
    "check_settled": "check",
    "named": "named",
    "title_entered": "named",
    "detached": "remove",
    "erased": "remove",
}


#: Entries of a unit's timeline; the items have their own, complete ones.
LATEST = 15


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a timeline."""

    icon: str
    title: str
    who: str
    when: str
    text: str


def of_unit(unit_id: int, *, seen_by_unit: bool) -> list[Step]:
    """What happened lately to a unit and everything that is its own, newest first."""
    found = history.of_unit(unit_id, seen_by_unit=seen_by_unit, limit=LATEST)
    # A naming is shown once: the title has an event beside the enrolment's.
    told = [each for each in found if (each.subject, each.verb) != ("title", "named")]
    return steps(told, with_keys=True)


def recommended(enrolment_id: int) -> Step | None:
    """Who passed a checklist for the town last, and when: that is the town's recommendation."""
    verb = EnrolmentState.TOWN_PASSED.value
    found = steps(history.of_subject("enrolment", enrolment_id, verb, limit=1))
    return found[0] if found else None


def steps(events: Sequence[Event], *, with_keys: bool = False) -> list[Step]:
    """Events as a page shows them, in their order."""
    names = people.names([each.person_id for each in events])
    nobody = Bilingual("", "")
    return [
        Step(
            icon=_ICONS.get(each.verb, "returned"),
            title=_title(each) if with_keys else verbs.of_event(each.verb),
            who=languages.local(names.get(each.person_id or 0, nobody)),
            when=languages.moment(each.at),
            text=_said_then(each),
        )
        for each in events
    ]


def _title(event: Event) -> str:
    """What happened, and to which item where it was one."""
    code, _at, period = str(event.detail.get("key") or "").partition("@")
    word = verbs.of_event(event.verb)
    if period:
        return f"{code} ({words.of_period(period)}) · {word}"
    return f"{code} · {word}" if code else word


_REGISTER = frozenset(
    {
        *("unit_entered", "unit_renamed", "unit_begins_earlier", "unit_closed", "unit_moved"),
        *("households_counted", "unit_merged_in", "unit_split"),
    }
)


def _in_register(told: dict[str, Any]) -> str:
    """A change of the register: what was before and after, why, and from when on."""
    before, after = (_plain(told.get(name)) for name in ("before", "after"))
    other = told.get("merged") or told.get("made") or told.get("out_of") or ""
    lines = [f"{before} → {after}" if after else before, other, told.get("reason") or ""]
    if told.get("day"):
        day = languages.day(date.fromisoformat(told["day"]))
        lines.append(str(_("with effect from %(day)s", day=day)))
    return "\n".join(line for line in lines if line)


_MORE_TIME = frozenset({"more_time_asked", "more_time_given", "more_time_refused"})


def _more_time(told: dict[str, Any]) -> str:
    """The day that was wished for or given, and what was said to it."""
    lines = [told.get("reason") or ""]
    if day := told.get("day") or told.get("wished_on"):
        lines.insert(0, str(_("until %(day)s", day=languages.day(date.fromisoformat(day)))))
    return "\n".join(line for line in lines if line)


def _kind_of_incident(told: dict[str, Any]) -> str:
    """What a kind of incident was called and spoke against from then on."""
    department = words.of_department(Department(told["department"]))
    return f"{told['code']} · {_plain(told)} · {department}\n{', '.join(told['against'])}"


def _plain(value: Any) -> str:
    """A value of an event as text; of several names the one in the language of the request."""
    if isinstance(value, dict):
        texts = Bilingual(value.get("name_zh", ""), value.get("name_en", ""))
        return languages.local(texts) or texts.en
    return "" if value is None else str(value)


def of_answer(told: Mapping[str, Any]) -> str:
    """What an event tells of an answer: a number, a ratio, or that there is none."""
    if told.get("none"):
        return str(_("None this period"))
    if told.get("not_applicable"):
        return str(_("Does not apply: %(why)s", why=told.get("note", "")))
    if told.get("numerator") is not None:
        return f"{told['numerator']} / {told['denominator']}"
    return "" if told.get("value") is None else str(told["value"])


def _said_then(event: Event) -> str:
    """What was sent, or why it came back."""
    told = event.detail
    if answer := of_answer(told):
        return answer
    if event.verb in {"submitted", "confirmed", "attached"} and told.get("evidence"):
        return str(ngettext("%(num)s picture", "%(num)s pictures", len(told["evidence"])))
    if event.verb == "erased":
        why = words.of_erasure(Why(told["why"]))
        return f"{why} · {told['note']}" if told["note"] else why
    if event.verb in _MORE_TIME:
        return _more_time(told)
    if event.verb in _REGISTER:
        return _in_register(told)
    if event.subject == "incident_kind":
        return _kind_of_incident(told)
    reasons = (words.of_reason(told.get("preset")), told.get("reason") or "")
    return "\n".join(each for each in reasons if each)
