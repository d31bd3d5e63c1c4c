"""Measures an import of many units: seconds, peak memory, and how long another writer waits.

Runs in a process of its own, because the peak of a process never goes down again.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from campaigns import database, jurisdictions, register, settings, titles
from campaigns.database import db
from campaigns.documents import writing
from campaigns.enrolment import recount
from campaigns.jurisdictions import Scope, interval
from campaigns.pages.application import create_app
from campaigns.register import imports
from campaigns.register.imports import register_units
from campaigns.standards import catalogue

ROWS = 100_000
#: What a hundred thousand rows may take: reading, checking and applying them together.
SECONDS, MEGABYTES, WAIT = 30.0, 500.0, 3.0
_EVERYWHERE = Scope((interval("/51/"),))


def measure(rows: int = ROWS) -> list[dict[str, object]]:
    """New units first, then every one of them renamed and recounted; each with its figures."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CAMPAIGNS_INSTANCE": folder}
        environment.pop("CAMPAIGNS_DATABASE_URL", None)
        told = [_told(environment, step, rows) for step in ("all new", "all changed", "recount")]
    return [json.loads(each) for each in told[:-1]]


def _told(environment: dict[str, str], step: str, rows: int) -> str:
    command = [sys.executable, "-m", "tests.bench.importing", step, str(rows)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def kept(found: dict[str, object]) -> bool:
    """Whether an import stayed within the limits."""
    limits = {"seconds": SECONDS, "peak_mb": MEGABYTES, "longest_wait_s": WAIT}
    return all(float(str(found[name])) <= limit for name, limit in limits.items())


def _file(folder: Path, rows: int, *, anew: bool) -> bytes:
    places = [
        each.code
        for each in jurisdictions.within(
            jurisdictions.find("511381", _EVERYWHERE), jurisdictions.VILLAGE_LEVELS
        )
    ]
    lines = (
        (
            f"V{n:07d}",
            f"示范第{n}村{'（新）' if anew else ''}",
            f"Demonstration village {n}",
            "村",
            places[n % len(places)],
            (200 if anew else 100) + n % 100,
            "2026-01-01" if anew else "2025-01-01",
            "2025-01-01",
            None,
        )
        for n in range(rows)
    )
    file = folder / "units.xlsx"
    writing.xlsx(file, "units", [each.zh for each in register_units.COLUMNS], lines)
    return file.read_bytes()


@contextmanager
def waiting(app: Flask) -> Iterator[list[float]]:
    """Another writer beside: how long it waited, each time that it wanted to write."""
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.05):
            began = time.monotonic()
            with app.app_context(), database.short(write=True):
                waits.append(time.monotonic() - began)

    beside = threading.Thread(target=write)
    beside.start()
    try:
        yield waits
    finally:
        over.set()
        beside.join()


def _peak() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _measured(app: Flask, step: str, content: bytes, rows: int) -> dict[str, object]:
    began, spent = time.monotonic(), time.process_time()
    with app.app_context(), waiting(app) as waits:
        run = imports.check("units", content, "units.xlsx", _EVERYWHERE, by=None)
        checked = time.monotonic()
        imports.apply(run, _EVERYWHERE, by=None)
    over = time.monotonic()
    return {
        "work": f"import, {step}",
        "rows": rows,
        "check_s": round(checked - began, 1),
        "apply_s": round(over - checked, 1),
        "seconds": round(over - began, 1),
        "cpu_s": round(time.process_time() - spent, 1),
        "peak_mb": round(_peak()),
        "longest_wait_s": round(max(waits), 2),
    }


def _fill() -> None:
    upgrade()
    jurisdictions.add_all(jurisdictions.read(jurisdictions.LANGZHONG), date(2023, 6, 30))
    catalogue.publish()
    db.session.commit()


def _main(step: str, rows: int) -> None:
    app = create_app(settings.load())
    with app.app_context(), tempfile.TemporaryDirectory() as folder:
        if step == "recount":
            if wrong := [*recount.check(), *titles.check(), *register.check()]:
                raise AssertionError(wrong[:3])
            return
        if step == "all new":
            _fill()
        content = _file(Path(folder), rows, anew=step == "all changed")
    sys.stdout.write(json.dumps(_measured(app, step, content, rows)))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
