"""Opening one campaign for a million units, while somebody else writes all the time."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from campaigns import campaign as campaigns
from campaigns import clock, database, jurisdictions, standards
from campaigns.campaign import CampaignState, Step
from campaigns.database import db
from campaigns.enrolment import participation, recount
from campaigns.enrolment.records import Item
from campaigns.jurisdictions import VILLAGE_LEVELS
from campaigns.standards import catalogue
from campaigns.text import Bilingual

UNITS = 1_000_000
#: The most that each may be (issue B: "it must be so").
LIMITS = {"seconds": 60, "longest_wait_s": 3, "items": 0, "differences": 0}


@dataclass(frozen=True)
class Opening:
    """What an opening took, and what it left behind."""

    units: int
    seconds: float
    transactions: int
    longest_transaction_s: float
    writes_meanwhile: int
    longest_wait_s: float
    items: int
    differences: int

    def broken(self) -> list[str]:
        """The limits that were not kept."""
        return [name for name, most in LIMITS.items() if asdict(self)[name] > most]


def measure(app: Flask, file: Path) -> Opening:
    """Fills an empty database, then opens a campaign over all of it with another writer at work."""
    with app.app_context():
        upgrade()
        number = _world()
        lengths: list[float] = []
        with _another_writer(file) as waits:
            began = time.perf_counter()
            made = campaigns.lock(number)
            work = participation.opening(made, made.row_version, by=None)
            database.in_parts(_timed(work, lengths))
            db.session.commit()
            took = time.perf_counter() - began
        made = campaigns.lock(number)
        if made.state is not CampaignState.OPEN or participation.enrolled(made) != UNITS:
            raise AssertionError("not everybody is enrolled")
        return Opening(
            units=UNITS,
            seconds=round(took, 1),
            transactions=len(lengths),
            longest_transaction_s=round(max(lengths), 2),
            writes_meanwhile=len(waits),
            longest_wait_s=round(max(waits), 2),
            items=db.session.scalar(sa.select(sa.func.count(Item.id))) or 0,
            differences=len(list(recount.check())),
        )


def _world() -> int:
    """A draft, and its units in every village of Langzhong, written without the register's rules:
    nothing but enrolling is measured here."""
    jurisdictions.add_all(jurisdictions.read(jurisdictions.LANGZHONG), date(2023, 6, 30))
    catalogue.publish()
    city = jurisdictions.find("511381", jurisdictions.Scope((jurisdictions.interval("/51/"),)))
    villages = [each.id for each in jurisdictions.within(city, VILLAGE_LEVELS)]
    db.session.execute(sa.text("CREATE TEMP TABLE village (n INTEGER PRIMARY KEY, id INTEGER)"))
    db.session.execute(
        sa.text("INSERT INTO village VALUES (:n, :id)"),
        [{"n": number, "id": each} for number, each in enumerate(villages)],
    )
    db.session.execute(
        sa.text(
            "WITH RECURSIVE row(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM row WHERE i + 1 < :all)"
            " INSERT INTO unit (code, name_zh, name_en, kind, jurisdiction_id, valid_from)"
            " SELECT 'B' || i, '测量第' || i || '校', 'Measured school ' || i, 'school',"
            " village.id, '2023-06-30' FROM row JOIN village ON village.n = i % :villages"
        ),
        {"all": UNITS, "villages": len(villages)},
    )
    year = clock.today().year
    made = campaigns.draft(
        standards.versions_of("safe-school")[0],
        city,
        Bilingual(f"测量 {year}", f"Measured {year}"),
        opens_on=date(year, 1, 1),
        due_on=date(year, 12, 31),
        steps=[Step.TOWN],
        approval=None,
        by=None,
    )
    number = made.id
    db.session.commit()
    return number


def _timed(work: Iterator[int], lengths: list[float]) -> Iterator[int]:
    """Notes how long each part holds its transaction."""
    while True:
        began = time.perf_counter()
        part = next(work, None)
        lengths.append(time.perf_counter() - began)
        if part is None:
            return
        yield part


@contextmanager
def _another_writer(file: Path) -> Iterator[list[float]]:
    """Another process that writes again and again; how long each write had to wait, in seconds,
    is in the list when the block has ended."""
    context = multiprocessing.get_context("spawn")
    done, told = context.Event(), context.Queue()
    writer = context.Process(target=_write, args=(str(file), done, told))
    writer.start()
    waits: list[float] = []
    try:
        # It is at work when it has written for the first time.
        waits.append(told.get(timeout=60))
        yield waits
    finally:
        done.set()
        while (wait := told.get(timeout=60)) is not None:
            waits.append(wait)
        writer.join(60)


def _write(file: str, done: Event, told: "Queue[float | None]") -> None:
    import pysqlite3.dbapi2 as driver

    connection = driver.connect(file, isolation_level=None, timeout=10)
    while not done.is_set():
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE unit SET name_en = name_en WHERE id = 1")
        connection.execute("COMMIT")
        told.put(time.perf_counter() - began)
        time.sleep(0.02)
    told.put(None)
