"""What tests write into drafts: criteria that nothing is wrong with, and a small new standard."""

import pytest

from campaigns import standards
from campaigns.errors import Refused
from campaigns.standards import (
    Cadence,
    Criterion,
    EvidenceKind,
    Registration,
    Version,
    drafts,
    rules,
)
from campaigns.standards.rules import Frame
from campaigns.text import Bilingual
from campaigns.units import Kind

SLUG = "drug-free-village"
NAME = Bilingual("平安码头", "Safe wharf")
FRAME = Frame("safe-wharf", NAME, Registration.UNIT, frozenset({Kind.VILLAGE}), 85, 95, 3)


def line(code: str, points: int = 10, **changed: object) -> Criterion:
    """A criterion that nothing is wrong with, but for what is changed."""
    values: dict[str, object] = {
        **{"code": code, "points": points, "text_zh": f"第{code}项", "text_en": f"Line {code}"},
        **{"evidence": EvidenceKind.PHOTO, "pieces": 1, "cadence": Cadence.YEARLY, "veto": False},
        **{"department": None, "none_is_full": False, "operator": None, "threshold": None},
        **{"threshold_yearly": False},
    }
    return Criterion(**(dict.fromkeys(standards.WRITTEN) | values | changed))


def ratio(code: str, points: int = 10, **changed: object) -> Criterion:
    wording = {
        **{"numerator_zh": "好的", "numerator_en": "good"},
        **{"denominator_zh": "全部", "denominator_en": "all"},
    }
    return line(code, points, evidence=EvidenceKind.RATIO, **(wording | changed))


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str | None]]:
    """The faults of a refusal, and the field of each."""
    return {(each.code, each.field) for each in refused.value.faults}


def written(frame: Frame = FRAME) -> Version:
    """The draft of a new standard with two sections of fifty points."""
    draft = drafts.create(frame, by=None)
    for name in ("一", "二"):
        drafts.save_section(draft, None, Bilingual(name, "Part"), draft.row_version, by=None)
    for code in ("1.1", "2.1"):
        drafts.save_criterion(draft, None, ratio(code, 50), draft.row_version, by=None)
    return drafts.find(frame.slug)


def frame(draft: Version, **changed: object) -> Frame:
    """The frame of a draft, with something changed."""
    found = rules.frame_of(draft)
    values = {name: getattr(found, name) for name in Frame.__slots__}
    return Frame(**(values | changed))  # type: ignore[arg-type]
