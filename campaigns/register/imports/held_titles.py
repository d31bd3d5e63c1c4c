"""Importing titles already held, so that coverage starts true: present ones and those of earlier
years, which give the coverage of their time."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import clock, history, standards, text, titles, units
from campaigns.database import db
from campaigns.documents.tables import Column, Record
from campaigns.errors import Stale
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.register.staging import ADDED, FAULTY, SAME, Staged
from campaigns.standards import Registration, Version
from campaigns.tally import Ledger
from campaigns.titles import Title
from campaigns.units import Kind, Unit

COLUMNS = (
    Column("unit", "单位代码", "Unit code", required=True),
    Column("standard", "创建标准", "Standard", required=True),
    Column("document_number", "命名文号", "Document number", required=True),
    Column("valid_from", "起始日期", "Valid from", required=True),
    Column("valid_to", "结束日期", "Valid to"),
    Column("number", "命名户数", "Households named"),
)
EXAMPLES = (
    ("511381128202", "drug-free-village", "阆平安〔2025〕3号", "2025-02-01", "2028-01-31", ""),
    ("511381128202", "tech-household", "阆平安〔2025〕4号", "2025-02-01", "", "180"),
)
_TOGETHER = 1_000
_Spans = dict[tuple[int, int], list[tuple[date, date]]]


def check(records: Sequence[Record], scope: Scope) -> Iterator[Staged]:
    """What each record would do: a title that is there already stays as it is."""
    found = {version.standard.slug: version for version in standards.current()}
    words = {**found, **{version.standard.name_zh: version for version in found.values()}}
    new: _Spans = {}
    for start in range(0, len(records), _TOGETHER):
        part = records[start : start + _TOGETHER]
        known = _units({record.text("unit", 40) for record in part}, scope)
        held = _held({row.id for row in known.values()})
        for record in part:
            yield _check(record, words, known, held, new)


def _units(codes: Collection[str], scope: Scope) -> dict[str, Any]:
    query = (
        sa.select(Unit.code, Unit.id, Unit.kind, Unit.households, Jurisdiction.path)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Unit.code.in_(codes))
    )
    return {row.code: row for row in db.session.execute(query) if scope.covers(row.path, row.id)}


def _held(unit_ids: Collection[int]) -> _Spans:
    """From when to when these units hold which standard's title."""
    found: _Spans = {}
    for title in titles.of_units(list(unit_ids)):
        key = (title.unit_id, title.standard_id)
        found.setdefault(key, []).append((title.valid_from, title.last_day))
    return found


def _check(
    record: Record,
    words: dict[str, Version],
    known: dict[str, Any],
    held: _Spans,
    new: _Spans,
) -> Staged:
    unit = record.choice("unit", known.get, required=True)
    version = record.choice("standard", words.get, required=True)
    document = record.text("document_number", 60, required=True)
    first, last = record.day("valid_from", required=True), record.day("valid_to")
    number = record.integer("number", least=1, most=1_000_000)
    if text.holds_identity_number(document):
        record.wrong("document_number", "identity_number")
    if first is not None and version is not None and last is None:
        last = titles.last_day(first, version.validity_years)
    if first is not None and last is not None and last < first:
        record.wrong("valid_to", "ends_before_it_begins")
    if first is not None and first > clock.today():
        record.wrong("valid_from", "day_ahead")
    if unit is not None and version is not None:
        _fits(record, unit, version, number)
    action = ADDED
    if not record.faults and unit is not None and version is not None and first and last:
        key = (unit.id, version.standard_id)
        stored, beside = held.get(key, []), new.setdefault(key, [])
        if (first, last) in stored:
            action = SAME
        elif _overlaps((first, last), [*stored, *beside]):
            record.wrong("valid_from", "title_overlaps")
        else:
            beside.append((first, last))
    values = {
        "unit_id": unit.id if unit else None,
        "version_id": version.id if version else None,
        "document_number": document,
        "valid_from": first,
        "valid_to": last,
        "number": number if version and _counts(version) else 1,
    }
    label = f"{record.text('unit', 40)} {version.standard.name_zh if version else ''}"
    return Staged(
        record.row, FAULTY if record.faults else action, label, values, {}, None, record.faults
    )


def _overlaps(span: tuple[date, date], others: Sequence[tuple[date, date]]) -> bool:
    return any(span[0] <= last and first <= span[1] for first, last in others)


def _counts(version: Version) -> bool:
    return version.standard.registration is Registration.AGGREGATE


def _fits(record: Record, unit: Any, version: Version, number: int | None) -> None:
    if Kind(unit.kind) not in standards.taking_part(version.standard):
        record.wrong("standard", "standard_not_for_kind")
    elif _counts(version) and number is None:
        record.wrong("number", "cell_missing")
    elif _counts(version) and number is not None and number > (unit.households or 0):
        record.wrong("number", "over_households", households=unit.households or 0)


def look(rows: Sequence[sa.Row[Any]], scope: Scope) -> None:
    """Raises Stale when a unit was named in the meantime for some of the same days."""
    ids = {row.values["unit_id"] for row in rows}
    held, where = _held(ids), _places(sorted(ids))
    for row in rows:
        if not scope.covers(where[row.values["unit_id"]].path, row.values["unit_id"]):
            raise Stale
        key = (row.values["unit_id"], standards.version(row.values["version_id"]).standard_id)
        if _overlaps(_span(row.values), held.get(key, [])):
            raise Stale


def _span(values: dict[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(values["valid_from"]), date.fromisoformat(values["valid_to"])


def apply(rows: Sequence[sa.Row[Any]], *, by: int | None) -> None:
    """Enters the titles with their counters and history."""
    ids = sorted({row.values["unit_id"] for row in rows})
    where, lives = _places(ids), units.periods(ids)
    now, ledger = clock.now(), Ledger()
    made = []
    for values in (row.values for row in rows):
        version = standards.version(values["version_id"])
        unit_id, number = values["unit_id"], values["number"]
        first, last = _span(values)
        made.append(
            {
                "serial": titles.new_serial(first.year, unit_id),
                "standard_id": version.standard_id,
                "version_id": version.id,
                "unit_id": unit_id,
                "place_id": where[unit_id].id,
                "town_id": where[unit_id].town_id,
                "number": number,
                "document_number": values["document_number"],
                "valid_from": first,
                "valid_to": last,
                "named_at": now,
                "named_by": by,
            }
        )
        ledger.title(version.standard_id, lives[unit_id], first, last, number)
    entered = db.session.scalars(
        sa.insert(Title).returning(Title.id, sort_by_parameter_order=True), made
    ).all()
    happened = [
        Happened("title_entered", "title", number, each["unit_id"], {"serial": each["serial"]})
        for number, each in zip(entered, made, strict=True)
    ]
    history.record_all(happened, by=by)
    ledger.write()


def _places(unit_ids: Sequence[int]) -> dict[int, Any]:
    """Where these units sit now."""
    query = (
        sa.select(Unit.id.label("unit_id"), Jurisdiction.id)
        .add_columns(Jurisdiction.town_id, Jurisdiction.path)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Unit.id.in_(unit_ids))
    )
    return {row.unit_id: row for row in db.session.execute(query)}
