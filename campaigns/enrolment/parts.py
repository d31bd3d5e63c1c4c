"""A checklist as it is laid out: by sections and criteria, and what can be shown of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.enrolment.checklist import Line
from campaigns.standards import Criterion, Section


@dataclass(frozen=True, slots=True)
class Group:
    """One criterion of a checklist, with its items by period."""

    criterion: Criterion
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a checklist; ``passed`` of ``total`` items, whatever is filtered out."""

    section: Section
    groups: tuple[Group, ...]
    points: int
    passed: int
    total: int


def parts(checklist: Sequence[Line], shown: Sequence[Line]) -> list[Part]:
    """A checklist by sections and criteria, with those items only that are to be shown."""
    version = checklist[0].enrolment.campaign.version
    made: list[Part] = []
    for section in version.sections:
        own = [each for each in checklist if each.slot.criterion.section_number == section.number]
        groups = tuple(
            Group(criterion, tuple(each for each in shown if each.slot.criterion is criterion))
            for criterion in version.criteria
            if criterion.section_number == section.number
        )
        if filled := tuple(group for group in groups if group.lines):
            points = sum(group.criterion.points for group in groups)
            passed = sum(each.is_passed for each in own)
            made.append(Part(section, filled, points, passed, len(own)))
    return made


def filters(checklist: Sequence[Line]) -> dict[str, Sequence[Line]]:
    """What can be shown of a checklist: everything, what is to do, what waits, what passed."""
    return {
        "all": checklist,
        "todo": [each for each in checklist if each.to_do],
        "waiting": [each for each in checklist if each.is_waiting],
        "passed": [each for each in checklist if each.is_passed],
    }
