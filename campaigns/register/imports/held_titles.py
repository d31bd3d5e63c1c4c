"""Importing titles already held, so that coverage starts true."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import clock, standards, titles, units
from campaigns.database import db
from campaigns.documents.tables import Column, Record
from campaigns.errors import Stale
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.register import staging
from campaigns.register.staging import ADDED, FAULTY, SAME, ImportRun, Staged
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


def check(records: Sequence[Record], scope: Scope) -> list[Staged]:
    """What each record would do: a title that is there already stays as it is."""
    found = {version.standard.slug: version for version in standards.current()}
    words = {**found, **{version.standard.name_zh: version for version in found.values()}}
    query = sa.select(
        Unit.code, Unit.id, Unit.kind, Unit.households, Unit.valid_from, Jurisdiction.path
    ).join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
    known = {row.code: row for row in db.session.execute(query) if scope.covers(row.path, row.id)}
    held: dict[tuple[int, int], list[tuple[date, date]]] = {}
    for row in db.session.execute(
        sa.select(
            Title.unit_id, Title.standard_id, Title.valid_from, Title.valid_to, Title.ended_on
        )
    ):
        last = min(row.valid_to, row.ended_on or row.valid_to)
        held.setdefault((row.unit_id, row.standard_id), []).append((row.valid_from, last))
    return [_check(record, words, known, held) for record in records]


def _check(
    record: Record,
    words: dict[str, Version],
    known: dict[str, Any],
    held: dict[tuple[int, int], list[tuple[date, date]]],
) -> Staged:
    unit = record.choice("unit", known.get, required=True)
    version = record.choice("standard", words.get, required=True)
    document = record.text("document_number", 60, required=True)
    first, last = record.day("valid_from", required=True), record.day("valid_to")
    number = record.integer("number", least=1, most=1_000_000)
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
        spans = held.setdefault((unit.id, version.standard_id), [])
        if (first, last) in spans:
            action = SAME
        elif any(first <= end and begin <= last for begin, end in spans):
            record.wrong("valid_from", "title_overlaps")
        else:
            spans.append((first, last))
    values = {
        "unit_id": unit.id if unit else None,
        "version_id": version.id if version else None,
        "document_number": document,
        "valid_from": first,
        "valid_to": last,
        "number": number if version and _counts(version) else 1,
    }
    label = f"{record.text('unit')} {version.standard.name_zh if version else ''}"
    return Staged(
        record.row, FAULTY if record.faults else action, label, values, {}, None, record.faults
    )


def _counts(version: Version) -> bool:
    return version.standard.registration is Registration.AGGREGATE


def _fits(record: Record, unit: Any, version: Version, number: int | None) -> None:
    if Kind(unit.kind) not in standards.taking_part(version.standard):
        record.wrong("standard", "standard_not_for_kind")
    elif _counts(version) and number is None:
        record.wrong("number", "cell_missing")
    elif _counts(version) and number is not None and number > (unit.households or 0):
        record.wrong("number", "over_households", households=unit.households or 0)


def apply(run: ImportRun, *, by: int | None) -> None:
    """Enters the titles with their counters and history."""
    rows = [row.values for row in staging.every(run, (ADDED,))]
    if not rows:
        return
    ids = sorted({values["unit_id"] for values in rows})
    where = {row.id: row for row in _where()}
    versions = {values["version_id"]: standards.version(values["version_id"]) for values in rows}
    if not set(ids) <= where.keys():
        raise Stale
    now, last = clock.now(), db.session.scalar(sa.select(sa.func.max(Title.id))) or 0
    made = []
    for values in rows:
        first = staging.day(values["valid_from"])
        place = where[values["unit_id"]]
        made.append(
            {
                "serial": titles.new_serial(first.year, values["unit_id"]),
                "standard_id": versions[values["version_id"]].standard_id,
                "version_id": values["version_id"],
                "unit_id": values["unit_id"],
                "place_id": place.place_id,
                "town_id": place.town_id,
                "number": values["number"],
                "document_number": values["document_number"],
                "valid_from": first,
                "valid_to": staging.day(values["valid_to"]),
                "named_at": now,
                "named_by": by,
            }
        )
    db.session.execute(sa.insert(Title), made)
    db.session.execute(_events(last, now, by))
    periods, ledger = units.all_periods(), Ledger()
    for each in made:
        span = (each["valid_from"], each["valid_to"])
        ledger.title(each["standard_id"], periods[each["unit_id"]], *span, each["number"])
    ledger.write()


def _where() -> Sequence[Any]:
    query = sa.select(
        Unit.id, Jurisdiction.id.label("place_id"), Jurisdiction.town_id.label("town_id")
    ).join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
    return db.session.execute(query).all()


def _events(last: int, now: Any, by: int | None) -> sa.Insert:
    columns = Event.__table__.c
    return sa.insert(Event).from_select(
        ["at", "person_id", "verb", "subject", "subject_id", "unit_id", "detail"],
        sa.select(
            sa.literal(now, columns.at.type),
            sa.literal(by, columns.person_id.type),
            sa.literal("title_entered"),
            sa.literal("title"),
            Title.id,
            Title.unit_id,
            sa.literal({}, columns.detail.type),
        ).where(Title.id > last),
    )
