"""What a criterion and a version may say: at each saving, in an import and before publishing."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from campaigns import text
from campaigns.errors import Fault, Refused, fault
from campaigns.settings import PHOTOS_PER_ITEM
from campaigns.standards import Criterion, EvidenceKind, Registration, Standard, Version
from campaigns.text import Bilingual
from campaigns.units import Kind

#: The points of a version, the years that a title may last, the lines that one may have.
POINTS, YEARS, LINES = 100, 5, 99
NAME, SECTION_NAME = 60, 80
#: How long each text of a criterion may be.
TEXTS = {
    **{"text_zh": 300, "text_en": 500, "measure_unit": 40},
    **{"numerator_zh": 60, "numerator_en": 100, "denominator_zh": 60, "denominator_en": 100},
    **{"guidance_zh": 500, "guidance_en": 800},
}
PIECES = frozenset({EvidenceKind.PHOTO, EvidenceKind.DOCUMENT})
MEASURED = frozenset({EvidenceKind.NUMBER, EvidenceKind.RATIO})

_CODE = re.compile(r"([1-9][0-9]?)\.([1-9][0-9]?)")
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
#: Addresses under /standards that are not those of a standard.
_RESERVED = frozenset({"new", "import"})
_GREATEST = 10**9


@dataclass(frozen=True, slots=True)
class Frame:
    """What a version is, apart from its lines."""

    slug: str
    name: Bilingual
    registration: Registration
    kinds: frozenset[Kind]
    pass_mark: int
    excellent_mark: int
    validity_years: int


def frame_of(version: Version) -> Frame:
    """The frame of a version as it stands."""
    standard = version.standard
    return Frame(
        standard.slug,
        standard.name,
        standard.registration,
        frozenset(standard.unit_kinds),
        version.pass_mark,
        version.excellent_mark,
        version.validity_years,
    )


@dataclass(frozen=True, slots=True)
class Lack:
    """What a draft lacks before it can be published, and at which line or section."""

    fault: Fault
    code: str | None = None
    section: int | None = None


def place(code: str) -> tuple[int, int]:
    """The section and the place in it that a code such as ``2.10`` names; raises ValueError."""
    found = _CODE.fullmatch(code)
    if found is None:
        raise ValueError(code)
    return int(found[1]), int(found[2])


def tidy(criterion: Criterion) -> list[Fault]:
    """Brings its texts into the form in which they are stored, none for an empty one that may be;
    gives the faults of those that cannot be stored."""
    faults: list[Fault] = []
    for name, limit in TEXTS.items():
        try:
            cleaned = text.free(getattr(criterion, name) or "", name, limit)
        except Refused as refused:
            faults += refused.faults
        else:
            setattr(criterion, name, cleaned if name.startswith("text_") else cleaned or None)
    return faults


def of_frame(frame: Frame) -> list[Fault]:
    """What is wrong with the frame of a version."""
    faults = []
    if not _SLUG.fullmatch(frame.slug) or len(frame.slug) > 40 or frame.slug in _RESERVED:
        faults.append(fault("slug_invalid", "slug"))
    faults += [
        fault("language_missing", name)
        for name, given in (("name_zh", frame.name.zh), ("name_en", frame.name.en))
        if not given
    ]
    if frame.registration is Registration.UNIT and not frame.kinds:
        faults.append(fault("kinds_missing", "kinds"))
    if not 1 <= frame.pass_mark <= POINTS:
        faults.append(fault("mark_out_of_range", "pass_mark"))
    if not frame.pass_mark <= frame.excellent_mark <= POINTS:
        faults.append(fault("excellent_below_pass", "excellent_mark"))
    if not 1 <= frame.validity_years <= YEARS:
        faults.append(fault("validity_out_of_range", "validity_years", most=YEARS))
    return faults


def of_standard(standard: Standard, frame: Frame) -> list[Fault]:
    """What a frame would change although a version of the standard has been published."""
    kinds = frame.kinds if frame.registration is Registration.UNIT else frozenset()
    kept = {
        "name_zh": standard.name_zh == frame.name.zh,
        "name_en": standard.name_en == frame.name.en,
        "registration": standard.registration is frame.registration,
        "kinds": frozenset(standard.unit_kinds) == kinds,
    }
    return [fault("standard_is_kept", name) for name, same in kept.items() if not same]


def of_criterion(criterion: Criterion) -> list[Fault]:
    """What is wrong with a criterion even in a draft."""
    return [*_plain(criterion), *_proof(criterion), *_target(criterion), *_wording(criterion)]


def _plain(criterion: Criterion) -> Iterator[Fault]:
    if not _CODE.fullmatch(criterion.code):
        yield fault("criterion_code_invalid", "code")
    if not criterion.text_zh:
        yield fault("criterion_text_missing", "text_zh")
    if not 0 <= criterion.points <= POINTS:
        yield fault("points_out_of_range", "points")


def _proof(criterion: Criterion) -> Iterator[Fault]:
    # One answer takes PHOTOS_PER_ITEM pictures at most: more could never be sent.
    most = PHOTOS_PER_ITEM * criterion.cadence.per_year
    if criterion.evidence in PIECES and criterion.pieces < 1:
        yield fault("pieces_needed", "pieces")
    elif not 0 <= criterion.pieces <= most:
        yield fault("pieces_out_of_range", "pieces", most=most)


def _target(criterion: Criterion) -> Iterator[Fault]:
    threshold = criterion.threshold
    if criterion.evidence not in MEASURED:
        if threshold is not None or criterion.operator is not None:
            yield fault("target_needs_number", "threshold")
    elif threshold is None and criterion.operator is not None:
        yield fault("threshold_missing", "threshold")
    elif threshold is not None and criterion.operator is None:
        yield fault("operator_missing", "operator")
    elif threshold is not None and criterion.evidence is EvidenceKind.RATIO:
        if not 0 <= threshold <= 100:
            yield fault("percent_out_of_range", "threshold")
    elif threshold is not None and not 0 <= threshold <= _GREATEST:
        yield fault("number_too_large", "threshold", greatest=_GREATEST)
    if criterion.threshold_yearly and (
        criterion.evidence is not EvidenceKind.NUMBER
        or threshold is None
        or criterion.cadence.per_year == 1
    ):
        yield fault("yearly_needs_periods", "threshold_yearly")


def _wording(criterion: Criterion) -> Iterator[Fault]:
    for name in ("numerator", "denominator"):
        zh, en = getattr(criterion, f"{name}_zh"), getattr(criterion, f"{name}_en")
        if criterion.evidence is EvidenceKind.RATIO:
            if not zh:
                yield fault(f"{name}_missing", f"{name}_zh")
        elif zh or en:
            yield fault("wording_needs_ratio", f"{name}_{'zh' if zh else 'en'}")


def languages_of(criterion: Criterion) -> list[Fault]:
    """The texts of a criterion that stand in one language only."""
    missing = [] if criterion.text_en else ["text_en"]
    if criterion.evidence is EvidenceKind.RATIO:
        # What is missing altogether has been said already.
        missing += [
            f"{name}_en"
            for name in ("numerator", "denominator")
            if getattr(criterion, f"{name}_zh") and not getattr(criterion, f"{name}_en")
        ]
    if bool(criterion.guidance_zh) != bool(criterion.guidance_en):
        missing.append("guidance_en" if criterion.guidance_zh else "guidance_zh")
    return [fault("language_missing", name) for name in missing]


def of_lines(criteria: list[Criterion], registration: Registration) -> list[Fault]:
    """What is wrong with all lines of a version together."""
    if not criteria:
        return [fault("criteria_missing")]
    faults = []
    total = sum(each.points for each in criteria)
    if total != POINTS:
        code = "points_too_few" if total < POINTS else "points_too_many"
        faults.append(fault(code, "points", total=total, off=abs(POINTS - total)))
    if registration is Registration.AGGREGATE and not any(
        each.evidence is EvidenceKind.RATIO for each in criteria
    ):
        faults.append(fault("households_not_counted", "evidence"))
    return faults


def of_version(version: Version) -> list[Lack]:
    """Everything that a draft lacks before it can be published, from top to bottom."""
    lacks = [Lack(each) for each in of_frame(frame_of(version))]
    lacks += [Lack(each) for each in of_lines(version.criteria, version.standard.registration)]
    used = Counter(each.section_number for each in version.criteria)
    for section in version.sections:
        if not used[section.number]:
            lacks.append(Lack(fault("section_empty"), section=section.number))
        lacks += [
            Lack(fault("language_missing", name), section=section.number)
            for name in ("name_zh", "name_en")
            if not getattr(section, name)
        ]
    for criterion in version.criteria:
        faults = [*of_criterion(criterion), *languages_of(criterion)]
        lacks += [Lack(each, code=criterion.code) for each in faults]
    return lacks
