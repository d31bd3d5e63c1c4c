"""Coverage: the boards. Reads the counters, never the rows that they count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from campaigns import clock, standards
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment.records import Enrolment
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction, interval
from campaigns.standards import Registration, Standard, Version
from campaigns.tally import COUNTERS, Progress, RegisterChange, TitleChange
from campaigns.titles import Title, of_units
from campaigns.units import HOUSEHOLD_KINDS, Kind, Unit, UnitPeriod


class Figure(NamedTuple):
    """A share, always with numerator and denominator; over nothing it is "no case"."""

    numerator: int
    denominator: int

    @staticmethod
    def together(figures: Iterable["Figure"]) -> "Figure":
        """Several shares as one: numerators and denominators added, never an average."""
        numerator = denominator = 0
        for n, d in figures:
            numerator += n
            denominator += d
        return Figure(numerator, denominator)


NOTHING = Figure(0, 0)

#: The parts of a stack, from the title down.
STAGES = ("named", "accepted", "town_passed", "in_progress", "not_started", "exempt")


@dataclass(slots=True)
class Row:
    """The figures of one place, or of a whole board.

    ``by_standard`` holds each standard's coverage by its id, and ``exempt_by`` what it leaves out
    above and below the line; ``counts`` the campaign counters; ``exempt`` what the headline's
    coverage leaves out.
    """

    place: Jurisdiction
    by_standard: dict[int, Figure] = field(default_factory=dict)
    exempt_by: dict[int, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS, 0))
    eligible: int = 0
    exempt: int = 0

    def coverage(self, chosen: Iterable[Version]) -> Figure:
        """Valid titles of all titles due, over the standards chosen."""
        return Figure.together(self.by_standard.get(v.standard_id, NOTHING) for v in chosen)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is counted here, as in a place that has ended."""
        shares = any(share.denominator for share in self.by_standard.values())
        return not shares and not any(self.stages.values()) and not self.exempt

    @property
    def participation(self) -> Figure:
        """Units enrolled of the units that could be; exempt ones are in neither."""
        return Figure(self.counts["enrolled"], max(0, self.eligible - self.counts["exempt"]))

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
        """The enrolments by how far they are: all but the exempt add up to those enrolled."""
        count = self.counts
        accepted = count["city_passed"] + count["publicised"]
        ahead = count["named"] + accepted + count["town_passed"]
        return {
            "named": count["named"],
            "accepted": accepted,
            "town_passed": count["town_passed"],
            "in_progress": count["started"] - ahead,
            "not_started": count["enrolled"] - count["started"],
            "exempt": count["exempt"],
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
    shown = [row for row in rows.children if not row.place.ended_by(on) or not row.is_empty]
    return Board(
        place,
        on,
        chosen,
        [v for v in versions if v.standard.registration is Registration.UNIT],
        [v for v in versions if v.standard.registration is Registration.AGGREGATE],
        rows.total,
        shown,
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


# The parts of the statements that do not change are made once: SQLAlchemy takes longer to make
# a function than the database to run it.
_PROGRESS = (
    sa.select(Jurisdiction.path, *(sa.func.sum(getattr(Progress, name)) for name in COUNTERS))
    .join(Jurisdiction, Jurisdiction.id == Progress.place_id)
    .group_by(Jurisdiction.path)
)
_ON, _TODAY = sa.bindparam("on", type_=sa.Date), sa.bindparam("today", type_=sa.Date)
_TITLES = (
    sa.select(
        Jurisdiction.path,
        TitleChange.standard_id,
        sa.literal("").label("kind"),
        sa.func.sum(TitleChange.number),
        sa.func.sum(TitleChange.exempt).label("households"),
        sa.literal(0).label("today"),
    )
    .join(Jurisdiction, Jurisdiction.id == TitleChange.place_id)
    .where(TitleChange.day <= _ON)
    .group_by(Jurisdiction.path, TitleChange.standard_id)
)
_REGISTER = (
    sa.select(
        Jurisdiction.path,
        sa.literal(0),
        sa.type_coerce(RegisterChange.kind, sa.String),
        sa.func.sum(sa.case((RegisterChange.day <= _ON, RegisterChange.units), else_=0)),
        sa.func.sum(sa.case((RegisterChange.day <= _ON, RegisterChange.households), else_=0)),
        sa.func.sum(sa.case((RegisterChange.day <= _TODAY, RegisterChange.units), else_=0)),
    )
    .join(Jurisdiction, Jurisdiction.id == RegisterChange.place_id)
    .where(sa.or_(RegisterChange.day <= _ON, RegisterChange.day <= _TODAY))
    .group_by(Jurisdiction.path, RegisterChange.kind)
)


def _add_progress(rows: _Rows, chosen: Sequence[Campaign]) -> None:
    query = _PROGRESS.where(
        rows.condition(), Progress.campaign_id.in_([each.id for each in chosen])
    )
    for path, *numbers in db.session.execute(query):
        for row in rows.at(path):
            for name, number in zip(COUNTERS, numbers, strict=True):
                row.counts[name] += int(number)


def progress(place: Jurisdiction, campaigns: Sequence[Campaign]) -> dict[int, Figure]:
    """Approved items of all items at a place, by campaign; campaigns without any are left out."""
    query = (
        sa.select(Progress.campaign_id, sa.func.sum(Progress.approved), sa.func.sum(Progress.items))
        .join(Jurisdiction, Jurisdiction.id == Progress.place_id)
        .where(
            _Rows(place, ()).condition(), Progress.campaign_id.in_([each.id for each in campaigns])
        )
        .group_by(Progress.campaign_id)
    )
    return {row[0]: Figure(int(row[1]), int(row[2])) for row in db.session.execute(query)}


@dataclass(slots=True)
class _Counted:
    """What is registered and held at one place: titles and households on the board's day."""

    titles: dict[int, int] = field(default_factory=dict)
    exempt: dict[int, int] = field(default_factory=dict)
    units: dict[Kind, int] = field(default_factory=dict)
    households: dict[Kind, int] = field(default_factory=dict)
    units_today: dict[Kind, int] = field(default_factory=dict)

    def share(self, standard_id: int, kinds: Iterable[Kind], aggregate: bool) -> Figure:
        """A standard's coverage without the exempt; a title outside the register counts not."""
        registered = self.households if aggregate else self.units
        due = sum([registered.get(kind, 0) for kind in kinds])
        due = max(0, due - self.exempt.get(standard_id, 0))
        return Figure(min(self.titles.get(standard_id, 0), due), due)


def _add_coverage(
    rows: _Rows, on: date, versions: Sequence[Version], chosen: Sequence[Campaign]
) -> None:
    due = [_due(version.standard) for version in versions]
    # Like the headline: households are left out only where nothing but households is counted.
    households = all(each[2] for each in due)
    asked = [(each, standards.taking_part(each.version.standard)) for each in chosen]
    for path, counted in _counted(rows, on).items():
        shares = {each[0]: counted.share(*each) for each in due}
        eligible = sum(
            counted.units_today.get(kind, 0)
            for campaign, kinds in asked
            if campaign.reaches(path)
            for kind in kinds
        )
        exempt = sum(counted.exempt.get(each[0], 0) for each in due if each[2] == households)
        for row in rows.at(path):
            row.eligible += eligible
            row.exempt += exempt
            for standard_id, number in counted.exempt.items():
                row.exempt_by[standard_id] = row.exempt_by.get(standard_id, 0) + number
            row.by_standard = {
                standard_id: Figure.together((share, row.by_standard.get(standard_id, NOTHING)))
                for standard_id, share in shares.items()
            }


def _due(standard: Standard) -> tuple[int, frozenset[Kind], bool]:
    """A standard, the kinds that it is due from, and whether their households are counted."""
    if standard.registration is Registration.AGGREGATE:
        return standard.id, HOUSEHOLD_KINDS, True
    return standard.id, frozenset(standard.unit_kinds), False


def _counted(rows: _Rows, on: date) -> dict[str, _Counted]:
    """Titles and register of the places that a board reads, by path, in one statement."""
    here = rows.condition()
    query = sa.union_all(_TITLES.where(here), _REGISTER.where(here))
    found: dict[str, _Counted] = {}
    days = {"on": on, "today": clock.today()}
    for path, standard_id, name, number, households, today in db.session.execute(query, days):
        counted = found.setdefault(path, _Counted())
        if name:
            kind = Kind(name)
            counted.units[kind] = int(number)
            counted.households[kind] = int(households)
            counted.units_today[kind] = int(today)
        else:
            counted.titles[standard_id] = int(number)
            # The column of households: titles have none, exemptions stand there.
            counted.exempt[standard_id] = int(households)
    return found


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit on the page of the place that it sits in."""

    unit: Unit
    enrolments: Sequence[Enrolment]
    titles: Sequence[Title]


def units_at(place: Jurisdiction, on: date, chosen: Sequence[Campaign]) -> Sequence[UnitRow]:
    """The units that sat in a place itself on a day, in code order, with their enrolments in
    the chosen campaigns and their titles valid on the day, in two statements."""
    query = (
        sa.select(Unit, Enrolment)
        .join(UnitPeriod, UnitPeriod.unit_id == Unit.id)
        .outerjoin(
            Enrolment,
            sa.and_(
                Enrolment.unit_id == Unit.id,
                Enrolment.campaign_id.in_([each.id for each in chosen]),
            ),
        )
        .where(
            UnitPeriod.jurisdiction_id == place.id,
            UnitPeriod.valid_from <= on,
            sa.or_(UnitPeriod.valid_to.is_(None), UnitPeriod.valid_to >= on),
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
        each for each in campaigns if each.state is CampaignState.OPEN and each.reaches(place.path)
    ]
