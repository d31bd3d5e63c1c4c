"""Importing units: by their code, added, changed or ended."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import clock, text
from campaigns.database import db
from campaigns.documents.tables import Column, Record, RowFault
from campaigns.errors import Refused, Stale, fault
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.register import changes, staging
from campaigns.register.staging import ADDED, CHANGED, ENDED, FAULTY, SAME, ImportRun, Staged
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
_SHOWN = ("name_zh", "name_en", "place", "households", "valid_from", "valid_to")


def check(records: Sequence[Record], scope: Scope) -> list[Staged]:
    """What each record would do to the register."""
    places = _places()
    known = _known()
    seen: dict[str, int] = {}
    return [_check(record, scope, places, known, seen) for record in records]


def _places() -> dict[str, tuple[int, int | None, str]]:
    """Id, town and path of every jurisdiction by its code."""
    columns = (Jurisdiction.code, Jurisdiction.id, Jurisdiction.town_id, Jurisdiction.path)
    rows = db.session.execute(sa.select(*columns).where(Jurisdiction.valid_to.is_(None)))
    return {row.code: (row.id, row.town_id, row.path) for row in rows}


def _known() -> dict[str, Any]:
    """What is stored of every unit, by its code."""
    query = sa.select(
        Unit.id,
        Unit.code,
        Unit.name_zh,
        Unit.name_en,
        Unit.kind,
        Unit.households,
        Unit.households_on,
        Unit.valid_from,
        Unit.valid_to,
        Jurisdiction.code.label("place"),
        Jurisdiction.path,
    ).join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
    return {row.code: row for row in db.session.execute(query)}


def _check(
    record: Record,
    scope: Scope,
    places: dict[str, tuple[int, int | None, str]],
    known: dict[str, Any],
    seen: dict[str, int],
) -> Staged:
    today = clock.today()
    code = record.text("code", 40, required=True)
    stored = known.get(code)
    values: dict[str, Any] = {
        "code": code,
        "name_zh": record.text("name_zh", 60, required=True),
        "name_en": record.text("name_en", 100),
        "kind": record.choice("kind", lambda word: _KINDS.get(word.lower()), required=True),
        "place": record.text("place", 20, required=True),
        "households": record.integer("households", most=1_000_000),
        "households_on": record.day("households_on"),
        "valid_from": record.day("valid_from"),
        "valid_to": record.day("valid_to"),
    }
    warnings = _free_text(record, values)
    if code in seen:
        record.wrong("code", "row_twice", row=seen[code])
    seen[code] = record.row
    place = places.get(values["place"])
    if values["place"] and (place is None or not scope.covers(place[2])):
        record.wrong("place", "place_unknown", value=values["place"])
    elif place is not None and place[1] is None:
        record.wrong("place", "unit_above_town")
    if stored is not None and not scope.covers(stored.path):
        record.wrong("code", "unit_elsewhere")
    counts = values["kind"] in {None, *HOUSEHOLD_KINDS}
    if values["households"] is not None and not counts:
        record.wrong("households", "no_households_here")
    _complete(values, stored, today)
    _check_days(record, values, stored, today)
    before = _before(stored) if stored is not None else {}
    if stored is not None and values["kind"] not in {None, stored.kind}:
        record.wrong("kind", "kind_is_kept", kind=stored.kind.value)
    action = FAULTY if record.faults else _action(values, stored, before)
    return Staged(
        record.row,
        action,
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


def _complete(values: dict[str, Any], stored: Any, today: date) -> None:
    """What a file leaves out stays as it is, or begins as nothing."""
    if stored is not None:
        for name in ("name_en", "households", "households_on", "valid_from", "valid_to"):
            if values[name] in {None, ""}:
                values[name] = getattr(stored, name)
        return
    values["name_en"] = values["name_en"] or values["name_zh"]
    values["valid_from"] = values["valid_from"] or today
    if values["households"] is not None and values["households_on"] is None:
        values["households_on"] = today


def _check_days(record: Record, values: dict[str, Any], stored: Any, today: date) -> None:
    first, last = values["valid_from"], values["valid_to"]
    if stored is not None and first != stored.valid_from:
        record.wrong("valid_from", "first_day_is_kept", since=stored.valid_from)
    if last is not None and first is not None and last < first:
        record.wrong("valid_to", "ends_before_it_begins")
    if last is not None and stored is not None and last >= today and last != stored.valid_to:
        record.wrong("valid_to", "day_ahead")
    counted = values["households_on"]
    if counted is not None and counted > today:
        record.wrong("households_on", "day_ahead")


def _before(stored: Any) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in (*_SHOWN, "households_on")}


def _action(values: dict[str, Any], stored: Any, before: dict[str, Any]) -> str:
    if stored is None:
        return ADDED
    changed = {name for name in _SHOWN if values[name] != before[name]}
    if not changed:
        return SAME
    return ENDED if "valid_to" in changed else CHANGED


def apply(run: ImportRun, *, by: int | None) -> None:
    """Adds, changes and ends the units of a run."""
    rows = staging.every(run, (ADDED, CHANGED, ENDED))
    places = _places()
    _add([row.values for row in rows if row.action == ADDED], places, by)
    old = [row for row in rows if row.action != ADDED]
    ids = [row.subject_id for row in old]
    for start in range(0, len(old), 500):
        part = old[start : start + 500]
        found = changes.load(ids[start : start + 500])
        for row in part:
            _change(found[row.subject_id], row.values, row.before, by)


def _add(
    rows: list[dict[str, Any]], places: dict[str, tuple[int, int | None, str]], by: int | None
) -> None:
    if not rows:
        return
    last = db.session.scalar(sa.select(sa.func.max(Unit.id))) or 0
    days = ("households_on", "valid_from", "valid_to")
    units = []
    for values in rows:
        given = {name: _day(values[name]) for name in days}
        if values["place"] not in places:
            raise Stale
        units.append(
            {
                "code": values["code"],
                "name_zh": values["name_zh"],
                "name_en": values["name_en"],
                "kind": Kind(values["kind"]),
                "jurisdiction_id": places[values["place"]][0],
                "households": values["households"],
                **given,
            }
        )
    db.session.execute(sa.insert(Unit), units)
    rows_made = db.session.execute(sa.select(Unit.code, Unit.id).where(Unit.id > last))
    numbers = {row.code: row.id for row in rows_made}
    now, ledger = clock.now(), Ledger()
    periods: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for unit, values in zip(units, rows, strict=True):
        span = Span(
            unit["valid_from"],
            unit["valid_to"],
            unit["jurisdiction_id"],
            places[values["place"]][1] or 0,
            unit["households"],
        )
        number = numbers[unit["code"]]
        ledger.unit(unit["kind"], [span])
        periods.append({"unit_id": number, **span._asdict()})
        events.append(
            {
                "at": now,
                "person_id": by,
                "verb": "unit_entered",
                "subject": "unit",
                "subject_id": number,
                "unit_id": number,
                "detail": {},
            }
        )
    db.session.execute(sa.insert(UnitPeriod), periods)
    db.session.execute(sa.insert(Event), events)
    ledger.write()


def _change(unit: Unit, values: dict[str, Any], before: dict[str, Any], by: int | None) -> None:
    """Does what one row says, unless the unit is not as the check found it."""
    present = {**{name: getattr(unit, name) for name in before if name != "place"}}
    present["place"] = unit.place.code
    if staging.plain(present) != before:
        raise Stale
    today = clock.today()
    named = {name: values[name] for name in ("name_zh", "name_en") if values[name] != before[name]}
    if named:
        changes.rename(unit, by=by, **named)
    if values["place"] != before["place"]:
        place = db.session.scalars(
            sa.select(Jurisdiction).where(Jurisdiction.code == values["place"])
        ).one()
        changes.move(unit, place, today, by=by)
    if values["households"] != before["households"]:
        counted = _day(values["households_on"])
        day = counted if counted and counted != _day(before["households_on"]) else today
        changes.count_households(unit, values["households"], day, by=by)
    if values["valid_to"] != before["valid_to"]:
        last = _day(values["valid_to"])
        if last is None:
            raise Refused(fault("unit_closed", "valid_to", until=unit.valid_to))
        changes.close(unit, last + timedelta(days=1), "import", by=by)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
