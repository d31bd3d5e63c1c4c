"""Importing units: by their code, added, changed or ended."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, text
from campaigns.database import db
from campaigns.documents.tables import Column, Record, RowFault
from campaigns.errors import Refused, Stale, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.register import changes, staging
from campaigns.register.changing import Changing
from campaigns.register.imports.stored import Known, Place, known_units, places
from campaigns.register.staging import ADDED, CHANGED, ENDED, FAULTY, SAME, Staged
from campaigns.tally import Ledger
from campaigns.units import HOUSEHOLD_KINDS, Kind, Span, Unit, UnitPeriod

COLUMNS = (
    Column("code", "单位代码", "Unit code", required=True),
    Column("name_zh", "单位名称", "Name in Chinese", required=True),
    Column("name_en", "英文名称", "Name in English"),
    Column("kind", "类别", "Kind", required=True),
    Column("place", "所在村（社区）代码", "Place code", required=True),
    Column("households", "户数", "Households"),
    Column("households_on", "户数日期", "Households on"),
    Column("valid_from", "起始日期", "Valid from"),
    Column("valid_to", "结束日期", "Valid to"),
)
EXAMPLES = (
    ("511381128202", "五龙村", "Wulong village", "村", "511381128202", "312", "2026-01-01", "", ""),
    ("SC00001", "示范小学", "Demonstration school", "学校", "511381128202", "", "", "", ""),
)

_KINDS: dict[str, Kind] = {
    **{kind.value: kind for kind in Kind},
    "村": Kind.VILLAGE,
    "社区": Kind.COMMUNITY,
    "学校": Kind.SCHOOL,
    "医院": Kind.HOSPITAL,
    "公共场所": Kind.PUBLIC_PLACE,
    "市场": Kind.MARKET,
    "路段": Kind.ROAD_SECTION,
    "企业": Kind.ENTERPRISE,
    "乡镇": Kind.TOWN,
    "镇": Kind.TOWN,
    "街道": Kind.TOWN,
}
#: Rows that are checked together: few statements for many rows, and never all units in memory.
_TOGETHER = 1_000
_CLOSED = "import"


def check(records: Sequence[Record], scope: Scope) -> Iterator[Staged]:
    """What each record would do to the register."""
    seen: dict[str, int] = {}
    for start in range(0, len(records), _TOGETHER):
        part = [(record, _values(record)) for record in records[start : start + _TOGETHER]]
        known = known_units({values["code"] for _, values in part})
        where = places({values["place"] for _, values in part})
        for record, values in part:
            yield _check(record, values, scope, where, known, seen)


def _values(record: Record) -> dict[str, Any]:
    return {
        "code": record.text("code", 40, required=True),
        "name_zh": record.text("name_zh", 60, required=True),
        "name_en": record.text("name_en", 100),
        "kind": record.choice("kind", lambda word: _KINDS.get(word.lower()), required=True),
        "place": record.text("place", 20, required=True),
        "households": record.integer("households", most=1_000_000),
        "households_on": record.day("households_on"),
        "valid_from": record.day("valid_from"),
        "valid_to": record.day("valid_to"),
    }


def _check(
    record: Record,
    values: dict[str, Any],
    scope: Scope,
    where: dict[str, Place],
    known: dict[str, Known],
    seen: dict[str, int],
) -> Staged:
    code, stored = values["code"], known.get(values["code"])
    warnings = _free_text(record, values)
    if code in seen:
        record.wrong("code", "row_twice", row=seen[code])
    seen.setdefault(code, record.row)
    place = where.get(values["place"])
    if values["place"] and (place is None or not scope.covers(place.path)):
        record.wrong("place", "place_unknown", value=values["place"])
    elif place is not None and place.town_id is None:
        record.wrong("place", "unit_above_town")
    if stored is not None and not scope.covers(stored.path):
        # Not a word of what is stored there.
        record.wrong("code", "unit_elsewhere")
        stored = None
    _complete(values, stored)
    _check_days(record, values, stored.kind if stored is not None else values["kind"])
    if stored is not None:
        _fits(record, values, stored, place)
    elif place is not None and place.ended_by(values["valid_from"]):
        record.wrong("place", "place_not_there")
    before = stored.before(values["households_on"]) if stored is not None else {}
    return Staged(
        record.row,
        FAULTY if record.faults else _action(values, before),
        f"{code} {values['name_zh']}",
        values,
        before,
        stored.id if stored is not None else None,
        record.faults,
        warnings,
    )


def _free_text(record: Record, values: dict[str, Any]) -> list[RowFault]:
    """Names are of places: an identity number is refused, a phone number only noted."""
    warnings: list[RowFault] = []
    for name in ("name_zh", "name_en", "code"):
        if text.holds_identity_number(values[name]):
            record.wrong(name, "identity_number")
        elif name != "code" and text.looks_like_phone(values[name]):
            heading = record.headings.get(name)
            warnings.append(RowFault(record.row, heading, fault("phone_number", name)))
    return warnings


def _complete(values: dict[str, Any], stored: Known | None) -> None:
    """What a file leaves out stays as it is, or begins as nothing."""
    if stored is None:
        values["name_en"] = values["name_en"] or values["name_zh"]
        values["valid_from"] = values["valid_from"] or clock.today()
        if values["households"] is not None and values["households_on"] is None:
            values["households_on"] = max(clock.today(), values["valid_from"])
        return
    for name in ("name_en", "valid_from", "valid_to"):
        values[name] = values[name] or getattr(stored, name)
    if values["households"] is None:
        values["households_on"] = None
        values["households"] = stored.households
    elif values["households_on"] is None and values["households"] != stored.households:
        values["households_on"] = clock.today()


def _check_days(record: Record, values: dict[str, Any], kind: Kind | None) -> None:
    """Nothing lies ahead, nothing ends before it begins, and households are counted in between."""
    today, first, last = clock.today(), values["valid_from"], values["valid_to"]
    counted = values["households_on"]
    if first > today:
        record.wrong("valid_from", "day_ahead")
    if last is not None and last < first:
        record.wrong("valid_to", "ends_before_it_begins")
    elif last is not None and last >= today:
        record.wrong("valid_to", "day_ahead")
    if values["households"] is not None and kind not in {None, *HOUSEHOLD_KINDS}:
        record.wrong("households", "no_households_here")
    elif counted is not None and counted > today:
        record.wrong("households_on", "day_ahead")
    elif counted is not None and last is not None and counted > last:
        record.wrong("households_on", "unit_closed", until=last)


def _fits(record: Record, values: dict[str, Any], stored: Known, place: Place | None) -> None:
    """Whether ``changing`` would take the row's changes: what it refuses is a fault here."""
    first, last, counted = values["valid_from"], values["valid_to"], values["households_on"]
    if values["kind"] not in {None, stored.kind}:
        record.wrong("kind", "kind_is_kept")
    if first > stored.valid_from:
        record.wrong("valid_from", "first_day_is_kept", since=stored.valid_from)
    if counted is not None and counted < min(first, stored.valid_from):
        record.wrong("households_on", "day_before_unit", since=stored.valid_from)
    moves, ends = values["place"] != stored.place, last != stored.valid_to
    if moves and ends:
        record.wrong("place", "ends_and_moves")
    elif stored.valid_to is not None and (moves or ends):
        record.wrong("place" if moves else "valid_to", "unit_closed", until=stored.valid_to)
    elif moves and stored.valid_from >= clock.today():
        record.wrong("place", "day_before_last_change", since=stored.valid_from)
    elif moves and place is not None and place.ended_by(clock.today()):
        record.wrong("place", "place_not_there")
    elif ends and last is not None:
        since = stored.last_change(counted)
        if last + timedelta(days=1) < since:
            record.wrong("valid_to", "day_before_last_change", since=since)


def _action(values: dict[str, Any], before: dict[str, Any]) -> str:
    if not before:
        return ADDED
    if values["valid_to"] != before["valid_to"]:
        return ENDED
    same = all(values[name] == before[name] for name in _SHOWN)
    return SAME if same and not _recounted(values, before) else CHANGED


_SHOWN = ("name_zh", "name_en", "place", "valid_from", "valid_to", "households")


def _recounted(values: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether the file knows of a count on a day of which the register does not."""
    day = values["households_on"]
    return day is not None and day != before["households_on"]


def look(rows: Sequence[sa.Row[Any]], scope: Scope) -> None:
    """Raises Stale unless units are as the check found them and places are still there."""
    known = known_units({row.values["code"] for row in rows})
    where = places({row.values["place"] for row in rows})
    for row in rows:
        values, stored = row.values, known.get(row.values["code"])
        place = where.get(values["place"])
        found = stored.before(staging.day(values["households_on"])) if stored else {}
        if staging.plain(found) != row.before or place is None:
            raise Stale
        if not scope.covers(place.path) or (stored and not scope.covers(stored.path)):
            raise Stale
        if stored is None and place.ended_by(date.fromisoformat(values["valid_from"])):
            raise Stale


def apply(rows: Sequence[sa.Row[Any]], *, by: int | None) -> None:
    """Adds, changes and ends the units of these rows."""
    where = places({row.values["place"] for row in rows})
    _add([row.values for row in rows if row.action == ADDED], where, by)
    old = [row for row in rows if row.action != ADDED]
    if not old:
        return
    found = changes.load([row.subject_id for row in old])
    moved = {row.values["place"] for row in old if row.values["place"] != row.before["place"]}
    targets = {
        each.code: each
        for each in db.session.scalars(sa.select(Jurisdiction).where(Jurisdiction.code.in_(moved)))
    }
    changing = Changing(list(found.values()), by=by)
    for row in old:
        _change(changing, found[row.subject_id], row.values, row.before, targets)
    changing.write()


def _add(rows: Sequence[dict[str, Any]], where: dict[str, Place], by: int | None) -> None:
    if not rows:
        return
    days = ("households_on", "valid_from", "valid_to")
    made = [
        {
            **{name: values[name] for name in ("code", "name_zh", "name_en", "households")},
            **{name: staging.day(values[name]) for name in days},
            "kind": Kind(values["kind"]),
            "jurisdiction_id": where[values["place"]].id,
        }
        for values in rows
    ]
    ids = db.session.scalars(
        sa.insert(Unit).returning(Unit.id, sort_by_parameter_order=True), made
    ).all()
    ledger, spans = Ledger(), []
    for values, unit in zip(rows, made, strict=True):
        place = where[values["place"]]
        first, last = unit["valid_from"], unit["valid_to"]
        town = place.town_id or place.id
        spans.append(Span(first, last, place.id, town, unit["households"], unit["households_on"]))
        ledger.unit(unit["kind"], [spans[-1]])
    db.session.execute(
        sa.insert(UnitPeriod),
        [{"unit_id": number, **span._asdict()} for number, span in zip(ids, spans, strict=True)],
    )
    history.record_all(
        [
            Happened("unit_entered", "unit", number, number, {"day": span.valid_from.isoformat()})
            for number, span in zip(ids, spans, strict=True)
        ],
        by=by,
    )
    ledger.write()


def _change(
    changing: Changing,
    unit: Unit,
    values: dict[str, Any],
    before: dict[str, Any],
    targets: dict[str, Jurisdiction],
) -> None:
    """Does what one row says; a new number goes along when the unit moves, and with it its end."""
    named = {name: values[name] for name in ("name_zh", "name_en") if values[name] != before[name]}
    if named:
        changing.rename(unit, **named)
    if values["valid_from"] != before["valid_from"]:
        changing.begin_earlier(unit, date.fromisoformat(values["valid_from"]))
    if values["households"] != before["households"] or _recounted(values, before):
        day = staging.day(values["households_on"])
        if day is None:
            raise Refused(fault("date_invalid", "households_on"))
        changing.count_households(unit, values["households"], day)
    if values["place"] != before["place"]:
        changing.move(unit, targets[values["place"]], clock.today())
    if values["valid_to"] != before["valid_to"]:
        day = date.fromisoformat(values["valid_to"]) + timedelta(days=1)
        changing.close(unit, day, _CLOSED)
