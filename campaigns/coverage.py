"""Coverage: the boards. Reads the counters, never the rows that they count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from campaigns import clock, standards
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

    ``chosen`` are the campaigns whose progress is added up; ``named`` the standards that name
    units, ``counted`` those that count households. Titles and register are those of the day
    ``on``, participation and progress always those of today.
    """

    place: Jurisdiction
    on: date
    chosen: Sequence[Campaign]
    named: Sequence[Version]
    counted: Sequence[Version]
    total: Row
    children: Sequence[Row]

    @property
    def headline(self) -> Sequence[Version]:
        """The standards of the one figure on top: households are never added to units."""
        return self.named or self.counted


def board(
    place: Jurisdiction,
    on: date,
    running: Sequence[Campaign],
    campaign: Campaign | None = None,
    children: Sequence[Jurisdiction] = (),
) -> Board:
    """The board of a jurisdiction on a day, over all ``running`` campaigns or for one, with rows
    for those of its ``children`` that are wanted.

    Three statements, whatever the number of units: the standards in force (over all campaigns
    only), progress, and titles with the register.
    """
    versions = [campaign.version] if campaign else list(standards.current())
    chosen = [campaign] if campaign else list(running)
    rows = _Rows(place, children)
    _add_progress(rows, chosen)
    _add_coverage(rows, on, versions, chosen)
    return Board(
        place,
        on,
        chosen,
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


@dataclass(slots=True)
class _Counted:
    """What is registered and held at one place: titles and households on the board's day."""

    titles: dict[int, int] = field(default_factory=dict)
    units: dict[Kind, int] = field(default_factory=dict)
    households: dict[Kind, int] = field(default_factory=dict)
    units_today: dict[Kind, int] = field(default_factory=dict)

    def share(self, standard: Standard) -> Figure:
        """A standard's coverage; a title outside the register is not counted."""
        if standard.registration is Registration.AGGREGATE:
            due = sum(self.households.get(kind, 0) for kind in HOUSEHOLD_KINDS)
        else:
            due = sum(self.units.get(kind, 0) for kind in standard.unit_kinds)
        return Figure(min(self.titles.get(standard.id, 0), due), due)


def _add_coverage(
    rows: _Rows, on: date, versions: Sequence[Version], chosen: Sequence[Campaign]
) -> None:
    for path, counted in _counted(rows, on).items():
        for row in rows.at(path):
            for version in versions:
                before = row.by_standard.get(version.standard_id, NOTHING)
                row.by_standard[version.standard_id] = before + counted.share(version.standard)
            for campaign in chosen:
                if overlap(campaign.place, path):
                    taking_part = standards.taking_part(campaign.version.standard)
                    row.eligible += sum(counted.units_today.get(kind, 0) for kind in taking_part)


def _counted(rows: _Rows, on: date) -> dict[str, _Counted]:
    """Titles and register of the places that a board reads, by path, in one statement."""
    day, today = RegisterChange.day, clock.today()
    titles = (
        sa.select(
            Jurisdiction.path,
            TitleChange.standard_id.label("standard_id"),
            sa.literal("").label("kind"),
            sa.func.sum(TitleChange.number).label("number"),
            sa.literal(0).label("households"),
            sa.literal(0).label("today"),
        )
        .join(Jurisdiction, Jurisdiction.id == TitleChange.place_id)
        .where(rows.condition(), TitleChange.day <= on)
        .group_by(Jurisdiction.path, TitleChange.standard_id)
    )
    register = (
        sa.select(
            Jurisdiction.path,
            sa.literal(0),
            sa.type_coerce(RegisterChange.kind, sa.String),
            sa.func.sum(sa.case((day <= on, RegisterChange.units), else_=0)),
            sa.func.sum(sa.case((day <= on, RegisterChange.households), else_=0)),
            sa.func.sum(sa.case((day <= today, RegisterChange.units), else_=0)),
        )
        .join(Jurisdiction, Jurisdiction.id == RegisterChange.place_id)
        .where(rows.condition(), day <= max(on, today))
        .group_by(Jurisdiction.path, RegisterChange.kind)
    )
    found: dict[str, _Counted] = {}
    for row in db.session.execute(sa.union_all(titles, register)):
        counted = found.setdefault(row.path, _Counted())
        if row.kind:
            kind = Kind(row.kind)
            counted.units[kind] = int(row.number)
            counted.households[kind] = int(row.households)
            counted.units_today[kind] = int(row.today)
        else:
            counted.titles[row.standard_id] = int(row.number)
    return found


def overlap(area: Jurisdiction, path: str) -> bool:
    """Whether a campaign's area and the place at a path have anything in common."""
    return path.startswith(area.path) or area.path.startswith(path)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit on the page of the place that it sits in."""

    unit: Unit
    enrolments: Sequence[Enrolment]
    titles: Sequence[Title]


def units_at(place: Jurisdiction, on: date, chosen: Sequence[Campaign]) -> Sequence[UnitRow]:
    """The units that sit in a place itself on a day, in code order, with their enrolments in
    the chosen campaigns and their titles valid on the day, in two statements."""
    query = (
        sa.select(Unit, Enrolment)
        .outerjoin(
            Enrolment,
            sa.and_(
                Enrolment.unit_id == Unit.id,
                Enrolment.campaign_id.in_([each.id for each in chosen]),
            ),
        )
        .where(
            Unit.jurisdiction_id == place.id,
            Unit.valid_from <= on,
            sa.or_(Unit.valid_to.is_(None), Unit.valid_to >= on),
        )
        .order_by(Unit.code, Enrolment.campaign_id)
    )
    found: dict[int, Unit] = {}
    enrolments: dict[int, list[Enrolment]] = {}
    for unit, enrolment in db.session.execute(query):
        found[unit.id] = unit
        if enrolment is not None:
            enrolments.setdefault(unit.id, []).append(enrolment)
    held: dict[int, list[Title]] = {}
    for title in of_units(list(found)):
        if title.is_valid(on):
            held.setdefault(title.unit_id, []).append(title)
    return [
        UnitRow(unit, enrolments.get(unit.id, []), held.get(unit.id, [])) for unit in found.values()
    ]


def running(campaigns: Iterable[Campaign], place: Jurisdiction) -> list[Campaign]:
    """The open ones among these campaigns that reach into a place: whose progress its board
    adds up."""
    return [
        each
        for each in campaigns
        if each.state is CampaignState.OPEN and overlap(each.place, place.path)
    ]


def due_for(unit: Unit) -> Figure:
    """A unit's titles that are valid today, of those due: every standard in force for its kind."""
    due = {v.standard_id for v in standards.current() if unit.kind in v.standard.unit_kinds}
    today = clock.today()
    valid = {title.standard_id for title in of_units([unit.id]) if title.is_valid(today)}
    return Figure(len(due & valid), len(due))
