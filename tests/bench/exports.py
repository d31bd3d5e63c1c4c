"""A list of 100,000 units as a file, beside the same rows through the bare libraries."""

import csv
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import sqlalchemy as sa
import xlsxwriter

from campaigns import jurisdictions
from campaigns.database import db, reading
from campaigns.exchange import lists, tables
from campaigns.exchange.tables import Speech
from campaigns.jurisdictions import Scope, interval
from campaigns.units import Kind, Unit
from tests.bench.measuring import Measured

ROWS = 100_000
#: The longest that a file may take, in milliseconds.
LONGEST = 10_000
_TIMES = 3
_EVERYWHERE = Scope((interval("/51/"),))
_RAW = sa.text(
    "SELECT u.code, u.name_zh, u.kind, p.code, p.name_zh, t.code, t.name_zh, u.households,"
    " u.households_on, u.valid_from, '2026-09-16' FROM unit u"
    " JOIN jurisdiction p ON p.id = u.jurisdiction_id"
    " LEFT JOIN jurisdiction t ON t.id = p.town_id ORDER BY p.path, u.code"
)


def fill() -> None:
    """Brings the register to 100,000 units; they take part in nothing."""
    city = jurisdictions.find("511381", _EVERYWHERE)
    villages = [each.id for each in jurisdictions.within(city, jurisdictions.VILLAGE_LEVELS)]
    missing = ROWS - (db.session.scalar(sa.select(sa.func.count(Unit.id))) or 0)
    rows = [
        {
            "code": f"X{number:07d}",
            "name_zh": f"导出第{number}校",
            "name_en": f"Exported school {number}",
            "kind": Kind.SCHOOL,
            "jurisdiction_id": villages[number % len(villages)],
            "valid_from": date(2023, 6, 30),
        }
        for number in range(missing)
    ]
    db.session.execute(sa.insert(Unit), rows)
    db.session.commit()


def measure(folder: Path) -> list[tuple[Measured, float]]:
    """What each kind of file takes, with its ratio to the bare libraries."""
    found: list[tuple[Measured, float]] = []
    for ending, raw in (("xlsx", _raw_xlsx), ("csv", _raw_csv)):
        bare, ours = folder / f"raw.{ending}", folder / f"list.{ending}"
        pairs = [(_timed(raw, bare), _timed(_write, ours)) for _ in range(_TIMES)]
        times = [own for _, own in pairs]
        middle = median(times)
        measured = Measured(f"export {ending}", middle, max(times), middle)
        found.append((measured, middle / median(floor for floor, _ in pairs)))
    return found


def _timed(work: Callable[[Path], None], file: Path) -> float:
    # One thread that seldom waits: the processor's time is the file's, whoever else is at work.
    began = time.process_time()
    with reading():
        work(file)
    db.session.rollback()
    return (time.process_time() - began) * 1000


def _write(file: Path) -> None:
    written = tables.write(lists.of_units(_EVERYWHERE), file, Speech("zh", {}))
    if written < ROWS:
        raise AssertionError(written)


def _raw_csv(file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(tuple(row) for row in db.session.execute(_RAW))


def _raw_xlsx(file: Path) -> None:
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(db.session.execute(_RAW)):
            for place, value in enumerate(row):
                if value is not None:
                    page.write_string(number, place, str(value))
