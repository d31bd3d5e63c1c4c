"""What a page may point out about pictures that look alike; what becomes of it, people decide."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns import campaign as campaigns
from campaigns.campaign import Slot
from campaigns.enrolment import records
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.records import Item
from campaigns.evidence import likeness
from campaigns.evidence import records as evidence_records
from campaigns.evidence.likeness import Alike
from campaigns.evidence.records import Evidence
from campaigns.pages import proving


@dataclass(frozen=True, slots=True)
class Reuse:
    """An earlier picture of the unit that looks like one just sent, and an item that it proves;
    ``here`` where that is the same item."""

    earlier: Evidence
    item: Item
    slot: Slot
    here: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The pictures that look like one, the closest first."""

    alike: Sequence[Alike]

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self.alike)

    @property
    def percent(self) -> int:
        """How much of the closest is the same."""
        return self.alike[0].percent


def reuses(line: Line) -> dict[int, Reuse]:
    """For the unit, before it sends an item: which of its pictures it has used already."""
    made: dict[int, Reuse] = {}
    for piece, alike in likeness.in_unit(proving.store(), _pieces(line)).items():
        for each in alike:
            if (reuse := _reuse(line, each.evidence)) is not None:
                made[piece] = reuse
                break
    return made


def _reuse(line: Line, earlier: Evidence) -> Reuse | None:
    proved = records.proved_by(earlier.id)
    here = line.item is not None and line.item.id in {each.id for each in proved}
    item = line.item if here else next(iter(proved), None)
    if item is None:
        return None
    campaign = line.enrolment.campaign if here else item.enrolment.campaign
    return Reuse(earlier, item, campaigns.slot(campaign, item.key), here)


def comparisons(lines: Sequence[Line]) -> dict[int, Comparison]:
    """For whoever may compare: which pictures of items look like others, wherever these are."""
    return {
        piece: Comparison(alike)
        for piece, alike in likeness.everywhere(proving.store(), _pieces(*lines)).items()
        if alike
    }


def _pieces(*lines: Line) -> list[Evidence]:
    """The pictures of items, in one statement; none of them costs nothing."""
    ids = [each.id for line in lines for each in line.proof]
    return list(evidence_records.living(ids)) if ids else []
