"""The records that programs get. Their description in OpenAPI is made from these classes.

Places, posts and events only: households are numbers, residents are nowhere.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from campaigns.campaign import CampaignState, Step
from campaigns.enrolment.checklist import Standing
from campaigns.enrolment.records import EnrolmentState, ItemState
from campaigns.jurisdictions import Level
from campaigns.people import Department
from campaigns.standards import Cadence, EvidenceKind, Operator, Registration
from campaigns.text import Bilingual
from campaigns.units import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction, in short."""

    code: Annotated[str, "Official code"]
    name: Bilingual


@dataclass(frozen=True, slots=True)
class JurisdictionRecord:
    """A node of the tree province > city > town > village."""

    code: Annotated[str, "Official code"]
    name: Bilingual
    level: Level
    parent_code: Annotated[str | None, "Code of the level above"]
    valid_from: date
    valid_to: Annotated[date | None, "Last day; none while it stands"]


@dataclass(frozen=True, slots=True)
class UnitInShort:
    """A unit, in short."""

    id: int
    code: str
    name: Bilingual
    kind: Kind


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A village, school, hospital or another place of the register."""

    id: int
    code: str
    name: Bilingual
    kind: Kind
    place: Annotated[Place, "The jurisdiction that it sits in"]
    town: Annotated[Place | None, "The town of that place"]
    households: Annotated[int | None, "Their number, for villages and communities"]
    households_on: Annotated[date | None, "The day on which they were counted"]
    valid_from: date
    valid_to: Annotated[date | None, "Last day in the register; none while it stands"]


@dataclass(frozen=True, slots=True)
class CriterionRecord:
    """One line of a version."""

    code: str
    section: Annotated[int, "Number of its section"]
    text: Bilingual
    points: int
    evidence: EvidenceKind
    pieces: Annotated[int, "Pieces of proof wanted in a year"]
    cadence: Cadence
    veto: Annotated[bool, "Not met, it blocks naming whatever the score"]
    department: Annotated[Department | None, "The department that confirms it"]
    operator: Operator | None
    threshold: Annotated[int | None, "In percent for a ratio, else the number itself"]
    threshold_yearly: Annotated[bool, "Whether the threshold is of the year's total"]
    numerator: Annotated[Bilingual | None, "What is counted, for a ratio"]
    denominator: Annotated[Bilingual | None, "Of what it is counted, for a ratio"]


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """A part of a version."""

    number: int
    name: Bilingual


@dataclass(frozen=True, slots=True)
class StandardRecord:
    """A standard in one published version; what is published never changes."""

    id: int
    slug: str
    name: Bilingual
    registration: Annotated[Registration, "Whether a title names units, or counts households"]
    kinds: Annotated[tuple[Kind, ...], "The kinds of unit that take part"]
    version: int
    published_at: datetime | None
    pass_mark: int
    excellent_mark: int
    validity_years: int


@dataclass(frozen=True, slots=True)
class StandardInFull:
    """A standard with the sections and criteria of one published version."""

    standard: StandardRecord
    versions: Annotated[tuple[int, ...], "Every published version, the newest first"]
    sections: tuple[SectionRecord, ...]
    criteria: tuple[CriterionRecord, ...]


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """One run of one version over an area."""

    id: int
    name: Bilingual
    state: CampaignState
    standard: Annotated[str, "Slug of the standard"]
    version: int
    place: Annotated[Place, "The smallest place that holds its areas"]
    areas: Annotated[tuple[str, ...], "Codes of what it is for: one place, or some towns of it"]
    opens_on: date
    due_on: date
    steps: Annotated[tuple[Step, ...], "Acceptance steps, in order"]
    approval_number: Annotated[str | None, "Without one it is a work list that never names"]
    items: Annotated[int, "Items of each enrolment"]


@dataclass(frozen=True, slots=True)
class Share:
    """A share; over a denominator of 0 there is no case."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One criterion in one period, as the holder of the token sees it."""

    key: Annotated[str, "Criterion, with its period where it has one, such as 2.1@2026Q3"]
    criterion: Annotated[str, "Code of the criterion"]
    period: str | None
    state: ItemState
    standing: Annotated[Standing, "Where it stands, finer than the state"]
    due_on: date
    value: int | None
    numerator: int | None
    denominator: int | None
    none: Annotated[bool, "Answered with: none this period"]
    not_applicable: bool
    met: Annotated[bool | None, "Whether the answer meets the target; none without an answer"]
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnrolmentRecord:
    """One unit in one campaign, with the states of its items."""

    id: int
    campaign: Annotated[int, "Id of the campaign"]
    unit: UnitInShort
    place: Place
    state: EnrolmentState
    mend_by: Annotated[date | None, "Last day to put a conditional pass right"]
    reason: Annotated[str | None, "Why it is exempt or left"]
    progress: Annotated[Share, "Approved items of all items"]
    items: tuple[ItemRecord, ...]


@dataclass(frozen=True, slots=True)
class TitleRecord:
    """What a unit, or a number of its households, holds when named."""

    id: int
    serial: str
    standard: Annotated[str, "Slug of the standard"]
    unit: UnitInShort
    place: Place
    number: Annotated[int, "1, or the households that it names"]
    document_number: str
    valid_from: date
    last_day: Annotated[date, "The last day on which it counts"]
    valid: Annotated[bool, "Whether it counts today"]


@dataclass(frozen=True, slots=True)
class StandardShare:
    """The coverage of one standard at a place."""

    standard: Annotated[str, "Slug of the standard"]
    registration: Registration
    coverage: Share


@dataclass(frozen=True, slots=True)
class Stages:
    """Enrolments by how far they are; all but the exempt add up to those enrolled."""

    named: int
    accepted: int
    town_passed: int
    in_progress: int
    not_started: int
    exempt: int


@dataclass(frozen=True, slots=True)
class FiguresRecord:
    """The figures of one place."""

    place: Place
    coverage: Annotated[Share, "Valid titles of those due; households only if nothing else is"]
    participation: Annotated[Share, "Units enrolled of those that could be"]
    progress: Annotated[Share, "Approved items of all items"]
    pass_rate: Annotated[Share, "Passed of those examined"]
    stages: Stages
    standards: tuple[StandardShare, ...]


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """A board: the figures of a place and of the places below, in code order.

    Titles and register are those of the day ``on``; participation, progress, pass rate and
    stages always those of today.
    """

    on: date
    campaign: Annotated[int | None, "Id of the one campaign shown; none for all open ones"]
    total: FiguresRecord
    places: tuple[FiguresRecord, ...]
