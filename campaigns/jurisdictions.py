"""Jurisdictions: the tree province > city > town > village, and the scopes cut out of it."""

import csv
import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from campaigns import clock
from campaigns.database import Base, Bytewise, db
from campaigns.errors import NotFound
from campaigns.text import Bilingual

#: Langzhong's statistical divisions as of 30 June 2023 (National Bureau of Statistics).
LANGZHONG = Path(__file__).parent / "data" / "langzhong.csv"
#: The day from which the divisions of that list are taken to be valid.
LANGZHONG_FROM = date(2023, 6, 30)


class Level(enum.StrEnum):
    """The levels of the tree; streets, towns and townships stand side by side."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    STREET = "street"
    TOWN = "town"
    TOWNSHIP = "township"
    VILLAGE = "village"
    COMMUNITY = "community"


TOWN_LEVELS = frozenset({Level.STREET, Level.TOWN, Level.TOWNSHIP})
VILLAGE_LEVELS = frozenset({Level.VILLAGE, Level.COMMUNITY})


class Jurisdiction(Base):
    """A node of the tree. ``path`` lists the codes from the root, each closed by a slash."""

    __tablename__ = "jurisdiction"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    level: Mapped[Level]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    #: The town that the node is or lies in; none above the towns.
    town_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"), index=True)
    path: Mapped[str] = mapped_column(Bytewise, unique=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    #: The village or community that took this one over, when it ended by a merge.
    successor_id: Mapped[int | None]

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)

    @property
    def parent_code(self) -> str | None:
        """The code of the level above; none for the root."""
        above = self.path.split("/")[:-2]
        return above[-1] or None

    def ended_by(self, day: date) -> bool:
        """Whether the place is no more on a day."""
        return self.valid_to is not None and self.valid_to < day

    def is_valid(self, day: date) -> bool:
        """Whether the place is there on a day."""
        return self.valid_from <= day and not self.ended_by(day)


def code_of(path: str) -> str:
    """The code of the place at a path."""
    return path.split("/")[-2]


def common(places: Sequence[Jurisdiction]) -> Jurisdiction:
    """The smallest place that holds all of these; they lie in one tree."""
    parts = [each.path.split("/")[1:-1] for each in places]
    shared = [codes[0] for codes in zip(*parts, strict=False) if len({*codes}) == 1]
    return db.session.scalars(
        sa.select(Jurisdiction).where(Jurisdiction.path == f"/{'/'.join(shared)}/")
    ).one()


def at_paths(paths: Sequence[str]) -> Sequence[Jurisdiction]:
    """The places at these paths, in code order; asks nothing when there are none."""
    if not paths:
        return ()
    query = sa.select(Jurisdiction).where(Jurisdiction.path.in_(paths))
    return db.session.scalars(query.order_by(Jurisdiction.code)).all()


def ways_to(paths: Collection[str]) -> dict[str, list["Jurisdiction"]]:
    """The places that each of these paths leads through, the largest first and the place itself
    last, in one statement."""
    ways = {
        path: [path[: place + 1] for place, sign in enumerate(path) if sign == "/" and place]
        for path in paths
    }
    found = at_paths(sorted({each for way in ways.values() for each in way}))
    known = {each.path: each for each in found}
    return {path: [known[each] for each in way if each in known] for path, way in ways.items()}


Interval = tuple[str, str]


def interval(path: str) -> Interval:
    """The half-open interval of paths that holds a node and all below it ('0' follows '/')."""
    return path, path[:-1] + "0"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may reach: subtrees, as intervals of paths, and single units."""

    intervals: tuple[Interval, ...] = ()
    units: frozenset[int] = frozenset()

    def covers(self, path: str, unit_id: int | None = None) -> bool:
        """Whether a place, or a unit in it, lies within."""
        return unit_id in self.units or any(low <= path < high for low, high in self.intervals)

    def clause(
        self,
        path: InstrumentedAttribute[str] | Any,
        unit_id: InstrumentedAttribute[int] | None = None,
    ) -> sa.ColumnElement[bool]:
        """The same as a condition on a query; false when the scope is empty."""
        parts: list[sa.ColumnElement[bool]] = [
            sa.and_(path >= low, path < high) for low, high in self.intervals
        ]
        if unit_id is not None and self.units:
            parts.append(unit_id.in_(sorted(self.units)))
        return sa.or_(sa.false(), *parts)


#: The scope of somebody who may reach nothing, and that of commands, which reach everything.
NOWHERE = Scope()
EVERYWHERE = Scope((interval("/"),))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of divisions, parents before children."""

    code: str
    parent_code: str
    level: Level
    name: Bilingual


def read(file: Path) -> list[Row]:
    """The rows of a CSV file ``code,parent_code,level,name_zh,name_pinyin``, in code order."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [
            Row(
                line["code"],
                line["parent_code"],
                Level(line["level"]),
                _everyday(line["name_zh"], line["name_pinyin"], Level(line["level"])),
            )
            for line in csv.DictReader(stream)
        ]
    return sorted(rows, key=lambda row: (len(row.code), row.code))


#: What the English name says instead of the syllables that end the Chinese one.
_ENDINGS = {
    Level.PROVINCE: ("Sheng", "province"),
    Level.PREFECTURE: ("Shi", "city"),
    Level.COUNTY: ("Shi", "city"),
    Level.STREET: ("Jiedao", "street"),
    Level.TOWN: ("Zhen", "town"),
    Level.TOWNSHIP: ("Xiang", "township"),
    Level.VILLAGE: ("cun Cunmin Weiyuanhui", "village"),
    Level.COMMUNITY: ("Shequ Jumin Weiyuanhui", "community"),
}


def _everyday(name: str, pinyin: str, level: Level) -> Bilingual:
    """The name as people say it: the list calls a village by its committee."""
    ending, word = _ENDINGS[level]
    plain = pinyin.removesuffix(ending).removesuffix("Jumin Weiyuanhui").strip()
    zh = name.removesuffix("村民委员会").removesuffix("居民委员会")
    return Bilingual(zh, f"{plain.removesuffix(' Huizu')} {word}")


def add_all(rows: Iterable[Row], valid_from: date) -> int:
    """Adds divisions, parents first; gives how many. Raises KeyError for an unknown parent."""
    known = {found.code: found for found in db.session.scalars(sa.select(Jurisdiction))}
    count = 0
    for row in rows:
        parent = known[row.parent_code] if row.parent_code else None
        node = Jurisdiction(
            code=row.code,
            name_zh=row.name.zh,
            name_en=row.name.en,
            level=row.level,
            parent_id=parent.id if parent else None,
            town_id=parent.town_id if parent else None,
            path=f"{parent.path if parent else '/'}{row.code}/",
            valid_from=valid_from,
        )
        db.session.add(node)
        db.session.flush()
        if node.level in TOWN_LEVELS:
            node.town_id = node.id
        known[node.code] = node
        count += 1
    db.session.flush()
    return count


def find(code: str, scope: Scope) -> Jurisdiction:
    """The jurisdiction of this code within the scope; raises NotFound."""
    query = sa.select(Jurisdiction).where(
        Jurisdiction.code == code, scope.clause(Jurisdiction.path)
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(code)
    return found


def listed(scope: Scope) -> sa.Select[Jurisdiction]:
    """The query for the jurisdictions within the scope, parents before children, in code order."""
    query = sa.select(Jurisdiction).where(scope.clause(Jurisdiction.path))
    return query.order_by(Jurisdiction.path)


def top(scope: Scope) -> Jurisdiction | None:
    """The highest jurisdiction within the scope, first in code order; none for single units."""
    query = (
        sa.select(Jurisdiction)
        .where(scope.clause(Jurisdiction.path))
        .order_by(sa.func.length(Jurisdiction.path), Jurisdiction.code)
        .limit(1)
    )
    return db.session.scalar(query)


def _around() -> sa.Select[Jurisdiction]:
    here = sa.select(Jurisdiction.id, Jurisdiction.parent_id).where(
        Jurisdiction.code == sa.bindparam("code")
    )
    upward = here.cte(recursive=True)
    upward = upward.union_all(
        sa.select(Jurisdiction.id, Jurisdiction.parent_id).join(
            upward, Jurisdiction.id == upward.c.parent_id
        )
    )
    return sa.select(Jurisdiction).where(
        sa.or_(
            Jurisdiction.id.in_(sa.select(upward.c.id)),
            Jurisdiction.parent_id.in_(here.with_only_columns(Jurisdiction.id)),
        )
    )


_AROUND = _around()


def around(code: str, scope: Scope) -> tuple[Sequence[Jurisdiction], Sequence[Jurisdiction]]:
    """The jurisdiction of this code with what a board needs around it, in one statement.

    First its ancestors within the scope, highest first, and itself as the last; then its
    children in code order. Raises NotFound.
    """
    # Along one line, and among siblings, the order of paths is that of levels and of codes.
    found = sorted(db.session.scalars(_AROUND, {"code": code}), key=lambda each: each.path)
    place = next((each for each in found if each.code == code), None)
    if place is None or not scope.covers(place.path):
        raise NotFound(code)
    above = [each for each in found if place.path.startswith(each.path)]
    children = [each for each in found if each.parent_id == place.id]
    return [each for each in above if scope.covers(each.path)], children


def codes() -> dict[int, str]:
    """The code of every jurisdiction, by its id."""
    rows = db.session.execute(sa.select(Jurisdiction.id, Jurisdiction.code))
    return {row.id: row.code for row in rows}


def within(place: Jurisdiction, levels: frozenset[Level]) -> Sequence[Jurisdiction]:
    """The jurisdictions of these levels at or below a place, valid today, in code order."""
    low, high = interval(place.path)
    today = clock.today()
    query = (
        sa.select(Jurisdiction)
        .where(
            Jurisdiction.path >= low,
            Jurisdiction.path < high,
            Jurisdiction.level.in_(levels),
            sa.or_(Jurisdiction.valid_to.is_(None), Jurisdiction.valid_to >= today),
        )
        .order_by(Jurisdiction.code)
    )
    return db.session.scalars(query).all()


def for_units(scope: Scope, limit: int) -> Sequence[Jurisdiction]:
    """The places within the scope that a unit can sit in today, towns before what lies in them."""
    query = (
        sa.select(Jurisdiction)
        .where(
            scope.clause(Jurisdiction.path),
            Jurisdiction.level.in_(TOWN_LEVELS | VILLAGE_LEVELS),
            sa.or_(Jurisdiction.valid_to.is_(None), Jurisdiction.valid_to >= clock.today()),
        )
        .order_by(Jurisdiction.path)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def with_children(ids: Sequence[int]) -> frozenset[int]:
    """Which of these jurisdictions have others below them."""
    query = sa.select(Jurisdiction.parent_id).where(Jurisdiction.parent_id.in_(ids)).distinct()
    return frozenset(each for each in db.session.scalars(query) if each is not None)


def named(ids: Iterable[int | None]) -> dict[int, Jurisdiction]:
    """These jurisdictions, by id."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    query = sa.select(Jurisdiction).where(Jurisdiction.id.in_(wanted))
    return {each.id: each for each in db.session.scalars(query)}


def names(ids: Iterable[int | None]) -> dict[int, Bilingual]:
    """The names of these jurisdictions, by id, in one statement."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    query = sa.select(Jurisdiction.id, Jurisdiction.name_zh, Jurisdiction.name_en).where(
        Jurisdiction.id.in_(wanted)
    )
    return {row.id: Bilingual(row.name_zh, row.name_en) for row in db.session.execute(query)}
