"""Importing jurisdictions: towns, villages and communities by their official code."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, text
from campaigns.database import db
from campaigns.documents.tables import Column, Record
from campaigns.errors import Stale
from campaigns.history import Happened
from campaigns.jurisdictions import (
    TOWN_LEVELS,
    VILLAGE_LEVELS,
    Jurisdiction,
    Level,
    Scope,
    interval,
)
from campaigns.register import staging
from campaigns.register.staging import ADDED, CHANGED, ENDED, FAULTY, SAME, Staged
from campaigns.units import UnitPeriod

COLUMNS = (
    Column("code", "区划代码", "Code", required=True),
    Column("parent_code", "上级代码", "Parent code", required=True),
    Column("level", "层级", "Level", required=True),
    Column("name_zh", "名称", "Name in Chinese", required=True),
    Column("name_en", "英文名称", "Name in English"),
    Column("valid_from", "起始日期", "Valid from"),
    Column("valid_to", "结束日期", "Valid to"),
)
EXAMPLES = (
    ("511381128", "511381", "镇", "天宫镇", "Tiangong town", "2023-06-30", ""),
    ("511381128202", "511381128", "村", "五龙村", "Wulong village", "2023-06-30", ""),
)
_LEVELS: dict[str, Level] = {
    **{level.value: level for level in Level},
    "省": Level.PROVINCE,
    "市": Level.PREFECTURE,
    "县": Level.COUNTY,
    "街道": Level.STREET,
    "镇": Level.TOWN,
    "乡": Level.TOWNSHIP,
    "村": Level.VILLAGE,
    "社区": Level.COMMUNITY,
}
_ORDER: dict[Level, int] = {
    Level.PROVINCE: 0,
    Level.PREFECTURE: 1,
    Level.COUNTY: 2,
    **dict.fromkeys(TOWN_LEVELS, 3),
    **dict.fromkeys(VILLAGE_LEVELS, 4),
}
#: Further apart than a file has rows: parents are applied before children, wherever they stand.
_APART = 1_000_000
_TOGETHER = 1_000


class _Tree:
    """The tree as it is stored, as far as a file speaks of it, and as the file would have it."""

    def __init__(self, drafts: Sequence[tuple[Record, dict[str, Any]]]) -> None:
        codes = {v["code"] for _, v in drafts} | {v["parent_code"] for _, v in drafts}
        self.known = _known(codes)
        self.levels = {code: each.level for code, each in self.known.items()}
        self.paths = {code: each.path for code, each in self.known.items()}
        self.ending = {v["code"] for _, v in drafts if v["valid_to"] is not None}
        for _, values in drafts:
            if values["level"] is not None:
                self.levels.setdefault(values["code"], values["level"])
        for _, values in sorted(drafts, key=lambda each: _ORDER.get(each[1]["level"], 9)):
            above = self.paths.get(values["parent_code"])
            if above is not None:
                self.paths.setdefault(values["code"], f"{above}{values['code']}/")


def _known(codes: set[str]) -> dict[str, Any]:
    """What is stored of the jurisdictions with these codes."""
    columns = (Jurisdiction.id, Jurisdiction.name_zh, Jurisdiction.name_en, Jurisdiction.level)
    query = sa.select(
        Jurisdiction.code, *columns, Jurisdiction.path, Jurisdiction.town_id, Jurisdiction.valid_to
    )
    found: dict[str, Any] = {}
    wanted = sorted(codes)
    for start in range(0, len(wanted), _TOGETHER):
        part = Jurisdiction.code.in_(wanted[start : start + _TOGETHER])
        found.update((row.code, row) for row in db.session.execute(query.where(part)))
    return found


def check(records: Sequence[Record], scope: Scope) -> Iterator[Staged]:
    """What each record would do; parents may stand anywhere in the file."""
    drafts = [(record, _values(record)) for record in records]
    tree = _Tree(drafts)
    seen: dict[str, int] = {}
    return (_check(*draft, scope, tree, seen) for draft in drafts)


def _values(record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {
        "code": record.text("code", 20, required=True),
        "parent_code": record.text("parent_code", 20, required=True),
        "level": record.choice("level", lambda word: _LEVELS.get(word.lower()), required=True),
        "name_zh": record.text("name_zh", 60, required=True),
        "name_en": record.text("name_en", 100),
        "valid_from": record.day("valid_from") or clock.today(),
        "valid_to": record.day("valid_to"),
    }
    values["name_en"] = values["name_en"] or values["name_zh"]
    return values


def _check(
    record: Record, values: dict[str, Any], scope: Scope, tree: _Tree, seen: dict[str, int]
) -> Staged:
    code, stored = values["code"], tree.known.get(values["code"])
    if not (code.isascii() and code.isalnum()):
        record.wrong("code", "code_invalid")
    if code in seen:
        record.wrong("code", "row_twice", row=seen[code])
    seen.setdefault(code, record.row)
    if text.holds_identity_number(f"{values['name_zh']} {values['name_en']}"):
        record.wrong("name_zh", "identity_number")
    if stored is not None and not scope.covers(stored.path):
        # Not a word of what is stored there.
        record.wrong("code", "place_elsewhere")
        stored = None
    _check_parent(record, values, scope, tree, stored)
    _check_days(record, values, stored, tree)
    before: dict[str, Any] = {}
    if stored is not None:
        before = {name: getattr(stored, name) for name in _SHOWN}
        values["valid_to"] = values["valid_to"] or stored.valid_to
    values["path"] = tree.paths.get(code, "")
    action = FAULTY if record.faults else _action(values, before)
    order = _ORDER.get(values["level"], 9) if action != ENDED else 19 - _ORDER[values["level"]]
    return Staged(
        record.row,
        action,
        f"{code} {values['name_zh']}",
        values,
        before,
        stored.id if stored is not None else None,
        record.faults,
        rank=order * _APART + record.row,
    )


_SHOWN = ("name_zh", "name_en", "valid_to")


def _action(values: dict[str, Any], before: dict[str, Any]) -> str:
    if not before:
        return ADDED
    if values["valid_to"] != before["valid_to"]:
        return ENDED
    return SAME if all(values[name] == before[name] for name in _SHOWN) else CHANGED


def _check_parent(
    record: Record, values: dict[str, Any], scope: Scope, tree: _Tree, stored: Any
) -> None:
    above, level = values["parent_code"], values["level"]
    if above not in tree.levels:
        record.wrong("parent_code", "place_unknown", value=above)
    elif level and not _lies_above(tree.levels[above], level):
        record.wrong("parent_code", "parent_not_above")
    elif not scope.covers(tree.paths.get(values["code"], "")):
        record.wrong("code", "place_elsewhere")
    if stored is None:
        return
    if stored.path != f"{tree.paths.get(above, '/')}{values['code']}/":
        record.wrong("parent_code", "parent_is_kept")
    if level not in {None, stored.level}:
        record.wrong("level", "level_is_kept")


def _lies_above(above: Level, level: Level) -> bool:
    """Whether one level can be the parent of another: villages lie in towns, nowhere else."""
    if level in VILLAGE_LEVELS:
        return above in TOWN_LEVELS
    return _ORDER[above] < _ORDER[level]


def _check_days(record: Record, values: dict[str, Any], stored: Any, tree: _Tree) -> None:
    """What ends is there until then, and takes nobody along."""
    last = values["valid_to"]
    if values["valid_from"] > clock.today():
        record.wrong("valid_from", "day_ahead")
    if last is None or (stored is not None and stored.valid_to == last):
        return
    if stored is None:
        record.wrong("valid_to", "ends_unknown")
    elif stored.valid_to is not None:
        record.wrong("valid_to", "place_ended", until=stored.valid_to)
    elif last >= clock.today():
        record.wrong("valid_to", "day_ahead")
    elif left := _left_in(stored.path, last, tree.ending):
        record.wrong("valid_to", "place_not_empty", number=left)


def _left_in(path: str, last: date, ending: set[str]) -> int:
    """How many units sit in a place after its last day, or divisions that do not end with it."""
    low, high = interval(path)
    below = sa.select(Jurisdiction.code).where(
        Jurisdiction.path > low,
        Jurisdiction.path < high,
        sa.or_(Jurisdiction.valid_to.is_(None), Jurisdiction.valid_to > last),
    )
    return _sitting_in(path, last) + len({*db.session.scalars(below)} - ending)


def _sitting_in(path: str, last: date) -> int:
    low, high = interval(path)
    query = (
        sa.select(sa.func.count(sa.distinct(UnitPeriod.unit_id)))
        .join(Jurisdiction, Jurisdiction.id == UnitPeriod.jurisdiction_id)
        .where(
            Jurisdiction.path >= low,
            Jurisdiction.path < high,
            sa.or_(UnitPeriod.valid_to.is_(None), UnitPeriod.valid_to > last),
        )
    )
    return db.session.scalar(query) or 0


def look(rows: Sequence[sa.Row[Any]], scope: Scope) -> None:
    """Raises Stale unless divisions are as the check found them and nobody sits in what ends."""
    known = _known({row.values["code"] for row in rows})
    for row in rows:
        if not scope.covers(row.values["path"]):
            raise Stale
        stored = known.get(row.values["code"])
        found = {name: getattr(stored, name) for name in _SHOWN} if stored is not None else {}
        if staging.plain(found) != row.before:
            raise Stale
        ends = staging.day(row.values["valid_to"]) if row.action == ENDED else None
        if stored is not None and ends is not None and _sitting_in(stored.path, ends):
            raise Stale


def apply(rows: Sequence[sa.Row[Any]], *, by: int | None) -> None:
    """Adds divisions level by level, renames and ends."""
    added = [row.values for row in rows if row.action == ADDED]
    happened: list[Happened] = []
    for order in sorted({_ORDER[Level(each["level"])] for each in added}):
        happened += _add([each for each in added if _ORDER[Level(each["level"])] == order])
    for row in rows:
        if row.action == ADDED:
            continue
        found = db.session.get_one(Jurisdiction, row.subject_id)
        found.name_zh, found.name_en = row.values["name_zh"], row.values["name_en"]
        detail: dict[str, Any] = {"before": row.before}
        if row.action == ENDED:
            found.valid_to = date.fromisoformat(row.values["valid_to"])
            detail["day"] = row.values["valid_to"]
        verb = "jurisdiction_ended" if row.action == ENDED else "renamed"
        happened.append(Happened(verb, "jurisdiction", found.id, None, detail))
    db.session.flush()
    history.record_all(happened, by=by)


def _add(rows: list[dict[str, Any]]) -> list[Happened]:
    """Adds divisions of one level; their parents are there."""
    above = _known({values["parent_code"] for values in rows})
    made = []
    for values in rows:
        parent = above.get(values["parent_code"])
        if parent is None:
            raise Stale
        made.append(
            {
                "code": values["code"],
                "name_zh": values["name_zh"],
                "name_en": values["name_en"],
                "level": Level(values["level"]),
                "parent_id": parent.id,
                "town_id": parent.town_id,
                "path": values["path"],
                "valid_from": date.fromisoformat(values["valid_from"]),
            }
        )
    ids = db.session.scalars(
        sa.insert(Jurisdiction).returning(Jurisdiction.id, sort_by_parameter_order=True), made
    ).all()
    db.session.execute(
        sa.update(Jurisdiction)
        .where(Jurisdiction.level.in_(TOWN_LEVELS), Jurisdiction.town_id.is_(None))
        .values(town_id=Jurisdiction.id)
        .execution_options(synchronize_session=False)
    )
    return [Happened("jurisdiction_entered", "jurisdiction", each, None, {}) for each in ids]
