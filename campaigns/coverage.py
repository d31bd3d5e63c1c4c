"""Coverage: the boards. Reads the counters, never the rows that they count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from campaigns import standards, units
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment.records import Enrolment
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction, interval
from campaigns.standards import Registration, Standard, Version
from campaigns.tally import COUNTERS, Progress, RegisterChange, TitleChange
from campaigns.titles import Title, of_units
from campaigns.units import HOUSEHOLD_KINDS, Kind, Unit


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, always with numerator and denominator; over nothing it is "no case"."""

    numerator: int
    denominator: int

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(self.numerator + other.numerator, self.denominator + other.denominator)


NOTHING = Figure(0, 0)

#: The parts of a stack, from the title down.
STAGES = ("named", "accepted", "town_passed", "in_progress", "not_started")


@dataclass(slots=True)
class Row:
    """The figures of one place, or of a whole board.

    ``by_standard`` holds each standard's coverage by its id; ``counts`` the campaign counters.
    """

    place: Jurisdiction
    by_standard: dict[int, Figure] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    eligible: int = 0

    def coverage(self, chosen: Iterable[Version]) -> Figure:
        """Valid titles of all titles due, over the standards chosen."""
        return sum((self.by_standard.get(v.standard_id, NOTHING) for v in chosen), NOTHING)

    @property
    def participation(self) -> Figure:
        """Units enrolled of the units that could be."""
        return Figure(self.counts["enrolled"], self.eligible)

    @property
    def progress(self) -> Figure:
        """Approved items of all items."""
        return Figure(self.counts["approved"], self.counts["items"])

    @property
    def pass_rate(self) -> Figure:
        """Enrolments that passed of those that were examined."""
        count = self.counts
        passed = sum(count[n] for n in ("town_passed", "city_passed", "publicised", "named"))
        return Figure(passed, passed + count["conditional"] + count["not_passed"])

    @property
    def stages(self) -> dict[str, int]:
        """The enrolments by how far they are; the parts add up to those enrolled."""
        count = self.counts
        accepted = count["city_passed"] + count["publicised"]
        ahead = count["named"] + accepted + count["town_passed"]
        return {
            "named": count["named"],
            "accepted": accepted,
            "town_passed": count["town_passed"],
            "in_progress": count["started"] - ahead - count["withdrawn"],
            "not_started": count["enrolled"] - count["started"],
        }


@dataclass(frozen=True, slots=True)
class Board:
    """A jurisdiction on a day: the whole, its children in code order, and the standards shown.

    ``named`` are standards that name units, ``counted`` those that count households.
    """

    place: Jurisdiction
    on: date
    campaign: Campaign | None
    named: Sequence[Version]
    counted: Sequence[Version]
    total: Row
    children: Sequence[Row]


def board(
    place: Jurisdiction, on: date, running: Sequence[Campaign], campaign: Campaign | None = None
) -> Board:
    """The board of a jurisdiction on a day, over all ``running`` campaigns or for one.

    Four statements, whatever the number of units: children, progress, titles, register.
    """
    versions = [campaign.version] if campaign else list(standards.current())
    children = _children(place)
    rows = _Rows(place, children)
    chosen = [campaign] if campaign else list(running)
    _add_progress(rows, chosen)
    _add_coverage(rows, on, versions, chosen)
    return Board(
        place,
        on,
        campaign,
        [v for v in versions if v.standard.registration is Registration.UNIT],
        [v for v in versions if v.standard.registration is Registration.AGGREGATE],
        rows.total,
        rows.children,
    )


class _Rows:
    """The rows of a board, found by the path of the place that a counter belongs to.

    At or above a town the counters read are the towns', which count all below them; on a town's
    page its own for the whole and its villages' for the children.
    """

    def __init__(self, place: Jurisdiction, children: Sequence[Jurisdiction]) -> None:
        self.place = place
        self.total = Row(place)
        self.children = [Row(child) for child in children]
        self._by_path = {row.place.path: row for row in self.children}

    def condition(self) -> sa.ColumnElement[bool]:
        """Which places' counters are read."""
        if self.place.level in VILLAGE_LEVELS:
            return Jurisdiction.id == self.place.id
        if self.place.level in TOWN_LEVELS:
            return Jurisdiction.town_id == self.place.id
        low, high = interval(self.place.path)
        return sa.and_(
            Jurisdiction.path >= low,
            Jurisdiction.path < high,
            Jurisdiction.id == Jurisdiction.town_id,
        )

    def at(self, path: str) -> list[Row]:
        """The rows to which the counters of the place at this path are added."""
        if path == self.place.path:
            return [self.total]
        below = path[len(self.place.path) :]
        child = self._by_path.get(self.place.path + below[: below.index("/") + 1])
        found = [child] if child else []
        return found if self.place.level in TOWN_LEVELS else [self.total, *found]


def _children(place: Jurisdiction) -> Sequence[Jurisdiction]:
    query = (
        sa.select(Jurisdiction)
        .where(Jurisdiction.parent_id == place.id)
        .order_by(Jurisdiction.code)
    )
    return db.session.scalars(query).all()


def _add_progress(rows: _Rows, chosen: Sequence[Campaign]) -> None:
    query = (
        sa.select(
            Jurisdiction.path, *(sa.func.sum(getattr(Progress, n)).label(n) for n in COUNTERS)
        )
        .join(Jurisdiction, Jurisdiction.id == Progress.place_id)
        .where(rows.condition(), Progress.campaign_id.in_([each.id for each in chosen]))
        .group_by(Jurisdiction.path)
    )
    for path, *numbers in db.session.execute(query):
        for row in rows.at(path):
            for name, number in zip(COUNTERS, numbers, strict=True):
                row.counts[name] += int(number)


def _add_coverage(
    rows: _Rows, on: date, versions: Sequence[Version], chosen: Sequence[Campaign]
) -> None:
    titles = (
        sa.select(Jurisdiction.path, TitleChange.standard_id, sa.func.sum(TitleChange.number))
        .join(Jurisdiction, Jurisdiction.id == TitleChange.place_id)
        .where(rows.condition(), TitleChange.day <= on)
        .group_by(Jurisdiction.path, TitleChange.standard_id)
    )
    held: dict[str, dict[int, int]] = {}
    for path, standard_id, number in db.session.execute(titles):
        held.setdefault(path, {})[standard_id] = int(number)
    register = (
        sa.select(
            Jurisdiction.path,
            RegisterChange.kind,
            sa.func.sum(RegisterChange.units),
            sa.func.sum(RegisterChange.households),
        )
        .join(Jurisdiction, Jurisdiction.id == RegisterChange.place_id)
        .where(rows.condition(), RegisterChange.day <= on)
        .group_by(Jurisdiction.path, RegisterChange.kind)
    )
    registered: dict[str, dict[Kind, tuple[int, int]]] = {}
    for path, kind, number, households in db.session.execute(register):
        registered.setdefault(path, {})[kind] = (int(number), int(households))
    for path, kinds in registered.items():
        for row in rows.at(path):
            for version in versions:
                due = _due(version.standard, kinds)
                figure = Figure(held.get(path, {}).get(version.standard_id, 0), due)
                before = row.by_standard.get(version.standard_id, NOTHING)
                row.by_standard[version.standard_id] = before + figure
            for campaign in chosen:
                taking_part = standards.taking_part(campaign.version.standard)
                row.eligible += sum(n for kind, (n, _) in kinds.items() if kind in taking_part)


def _due(standard: Standard, kinds: dict[Kind, tuple[int, int]]) -> int:
    if standard.registration is Registration.AGGREGATE:
        return sum(kinds.get(kind, (0, 0))[1] for kind in HOUSEHOLD_KINDS)
    return sum(kinds.get(kind, (0, 0))[0] for kind in standard.unit_kinds)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit on the page of the place that it sits in."""

    unit: Unit
    enrolments: Sequence[Enrolment]
    titles: Sequence[Title]


def units_at(place: Jurisdiction, chosen: Sequence[Campaign]) -> Sequence[UnitRow]:
    """The units that sit in a place itself, in code order, with enrolments and titles."""
    found = units.at(place.id)
    ids = [unit.id for unit in found]
    enrolments: dict[int, list[Enrolment]] = {}
    query = (
        sa.select(Enrolment)
        .where(Enrolment.unit_id.in_(ids), Enrolment.campaign_id.in_([each.id for each in chosen]))
        .order_by(Enrolment.campaign_id)
    )
    for enrolment in db.session.scalars(query):
        enrolments.setdefault(enrolment.unit_id, []).append(enrolment)
    held: dict[int, list[Title]] = {}
    for title in of_units(ids):
        held.setdefault(title.unit_id, []).append(title)
    return [UnitRow(unit, enrolments.get(unit.id, []), held.get(unit.id, [])) for unit in found]


def running(campaigns: Iterable[Campaign]) -> list[Campaign]:
    """The open ones among these campaigns: those whose progress a board adds up."""
    return [each for each in campaigns if each.state is CampaignState.OPEN]
