"""Importing jurisdictions: towns, villages and communities by their official code."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, text
from campaigns.database import db
from campaigns.documents.tables import Column, Record
from campaigns.errors import Stale
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction, Level, Scope
from campaigns.register import staging
from campaigns.register.staging import ADDED, CHANGED, FAULTY, SAME, ImportRun, Staged

COLUMNS = (
    Column("code", "区划代码", "Code", required=True),
    Column("parent_code", "上级代码", "Parent code", required=True),
    Column("level", "层级", "Level", required=True),
    Column("name_zh", "名称", "Name in Chinese", required=True),
    Column("name_en", "英文名称", "Name in English"),
    Column("valid_from", "起始日期", "Valid from"),
)
EXAMPLES = (
    ("511381128", "511381", "镇", "天宫镇", "Tiangong town", "2023-06-30"),
    ("511381128202", "511381128", "村", "五龙村", "Wulong village", "2023-06-30"),
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


def check(records: Sequence[Record], scope: Scope) -> list[Staged]:
    """What each record would do; parents may stand anywhere in the file."""
    known = {each.code: each for each in db.session.scalars(sa.select(Jurisdiction))}
    levels = {code: each.level for code, each in known.items()}
    paths = {code: each.path for code, each in known.items()}
    drafts = [(record, _values(record)) for record in records]
    for _, values in drafts:
        if values["code"] not in levels and values["level"] is not None:
            levels[values["code"]] = values["level"]
    for _, values in sorted(drafts, key=lambda each: _ORDER.get(each[1]["level"], 9)):
        above = paths.get(values["parent_code"])
        if above is not None:
            paths.setdefault(values["code"], f"{above}{values['code']}/")
    seen: dict[str, int] = {}
    return [_check(*draft, scope, known, levels, paths, seen) for draft in drafts]


def _values(record: Record) -> dict[str, Any]:
    values: dict[str, Any] = {
        "code": record.text("code", 20, required=True),
        "parent_code": record.text("parent_code", 20, required=True),
        "level": record.choice("level", lambda word: _LEVELS.get(word.lower()), required=True),
        "name_zh": record.text("name_zh", 60, required=True),
        "name_en": record.text("name_en", 100),
        "valid_from": record.day("valid_from") or clock.today(),
    }
    values["name_en"] = values["name_en"] or values["name_zh"]
    return values


def _check(
    record: Record,
    values: dict[str, Any],
    scope: Scope,
    known: dict[str, Jurisdiction],
    levels: dict[str, Level],
    paths: dict[str, str],
    seen: dict[str, int],
) -> Staged:
    code, above = values["code"], values["parent_code"]
    if not (code.isascii() and code.isalnum()):
        record.wrong("code", "code_invalid")
    if code in seen:
        record.wrong("code", "row_twice", row=seen[code])
    seen[code] = record.row
    if text.holds_identity_number(f"{code} {values['name_zh']}"):
        record.wrong("name_zh", "identity_number")
    if above not in levels:
        record.wrong("parent_code", "place_unknown", value=above)
    elif values["level"] and not _lies_above(levels[above], values["level"]):
        record.wrong("parent_code", "parent_not_above")
    elif not scope.covers(paths.get(code, "")):
        record.wrong("code", "place_elsewhere")
    stored = known.get(code)
    before: dict[str, Any] = {}
    if stored is not None:
        before = {"name_zh": stored.name_zh, "name_en": stored.name_en}
        if stored.path != paths.get(above, "/") + f"{code}/":
            record.wrong("parent_code", "parent_is_kept")
        if values["level"] not in {None, stored.level}:
            record.wrong("level", "level_is_kept")
    if record.faults:
        action = FAULTY
    elif stored is None:
        action = ADDED
    else:
        same = all(values[name] == value for name, value in before.items())
        action = SAME if same else CHANGED
    number = stored.id if stored is not None else None
    label = f"{code} {values['name_zh']}"
    return Staged(record.row, action, label, values, before, number, record.faults)


def _lies_above(above: Level, level: Level) -> bool:
    """Whether one level can be the parent of another: villages lie in towns, nowhere else."""
    if level in VILLAGE_LEVELS:
        return above in TOWN_LEVELS
    return _ORDER[above] < _ORDER[level]


def apply(run: ImportRun, *, by: int | None) -> None:
    """Adds divisions level by level, and renames."""
    rows = staging.every(run, (ADDED, CHANGED))
    added = [row.values for row in rows if row.action == ADDED]
    for order in sorted({_ORDER[Level(each["level"])] for each in added}):
        _add([each for each in added if _ORDER[Level(each["level"])] == order])
    for row in rows:
        if row.action == CHANGED:
            _rename(row, by)


def _add(rows: list[dict[str, Any]]) -> None:
    """Adds divisions of one level; their parents are there."""
    columns = (Jurisdiction.code, Jurisdiction.id, Jurisdiction.town_id, Jurisdiction.path)
    above = {row.code: row for row in db.session.execute(sa.select(*columns))}
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
                "path": f"{parent.path}{values['code']}/",
                "valid_from": staging.day(values["valid_from"]),
                "valid_to": None,
            }
        )
    db.session.execute(sa.insert(Jurisdiction), made)
    db.session.execute(
        sa.update(Jurisdiction)
        .where(Jurisdiction.level.in_(TOWN_LEVELS), Jurisdiction.town_id.is_(None))
        .values(town_id=Jurisdiction.id)
        .execution_options(synchronize_session=False)
    )


def _rename(row: Any, by: int | None) -> None:
    found = db.session.get_one(Jurisdiction, row.subject_id)
    if {"name_zh": found.name_zh, "name_en": found.name_en} != row.before:
        raise Stale
    found.name_zh, found.name_en = row.values["name_zh"], row.values["name_en"]
    db.session.flush()
    history.record("renamed", "jurisdiction", found.id, by=by, before=row.before)
