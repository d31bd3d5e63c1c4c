"""``make bench``: prints a table and writes ``bench.json``.

Absolute times say little on a shared machine; what counts is the ratio to the floor page of the
same run, and the number of statements.
"""

import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from flask_migrate import upgrade

from campaigns import settings
from campaigns.pages.application import create_app
from tests.bench import crowded, exports, importing, ledger, likeness, opening, world
from tests.bench.measuring import Browser, Limit, Measured, measure, server, statements
from tests.bench.uploads import Phone, last_byte_to_answer, pages_meanwhile
from tests.bench.world import World

UNITS = 2000
LIMITS = {
    "floor": Limit(1.0, None),
    "checklist": Limit(6.0, 10),
    "item": Limit(6.0, 13),
    "desk": Limit(6.0, 15),
    "decision": Limit(6.0, 12),
    "board": Limit(12.0, 10),
    "town board": Limit(12.0, 11),
    # Ten thousand items wait in one town; the city office looks for what is its alone.
    "desk, 10,000 waiting": Limit(8.0, None),
    "office desk, 10,000 waiting": Limit(8.0, None),
    "bulk, 500": Limit(None, None, 3000),
    "certificates, 200": Limit(None, None, 20_000),
    # The floor of a file is the same rows through the bare libraries.
    "export xlsx": Limit(2.5, 1, exports.LONGEST),
    "export csv": Limit(6.0, 1, exports.LONGEST),
    # Beside the bare work on the same photos: hash, decode, two encodes, fsync.
    "photo, 12 MP": Limit(1.25, None),
    # Its 95th percentile beside that of the same page while nothing else happens.
    "page, 50 uploads": Limit(2.0, None),
}


def main() -> int:
    """Builds the world, measures every page in turn, and says whether each limit is kept."""
    with tempfile.TemporaryDirectory() as instance:
        os.environ["CAMPAIGNS_INSTANCE"] = instance
        os.environ.pop("CAMPAIGNS_DATABASE_URL", None)
        app = create_app(settings.load())
        with app.app_context():
            upgrade()
            built = world.build(UNITS)
        counts = statements(app, built)
        measured = measure(built)
        rows = [_row(each, counts.get(each.work), each.p50 / measured[0].p50) for each in measured]
        rows += _uploads(built, Path(instance))
        with app.app_context():
            exports.fill()
            exported = exports.measure(Path(instance))
        opened = _opening()
    rows += _crowded()
    rows += [_row(each, 1, ratio, exports.ROWS) for each, ratio in exported]
    _print(rows)
    print("opening " + ", ".join(f"{name} {value}" for name, value in asdict(opened).items()))
    imported = importing.measure()
    print()
    _print(imported)
    alike = likeness.measure(likeness.Size())
    _print([{"likeness": name, "value": value} for name, value in asdict(alike).items()])
    folder = ledger.measure()
    print()
    _print([ledger.row(folder)])
    report = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}",
        "results": rows,
        "opening": {"database": "sqlite", **asdict(opened)},
        "imports": imported,
        "likeness": {**asdict(likeness.Size()), **asdict(alike)},
        "folder": asdict(folder),
    }
    Path("bench.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    broken = [str(row["work"]) for row in rows if not _kept(row)]
    broken += [str(row["work"]) for row in imported if not importing.kept(row)]
    broken += [f"opening, {name}" for name in opened.broken()] + likeness.faults(alike)
    broken += folder.faults()
    for work in broken:
        print(f"over its limit: {work}", file=sys.stderr)
    return 1 if broken else 0


def _opening() -> opening.Opening:
    """In a database of its own, when the pages are measured."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CAMPAIGNS_INSTANCE"] = folder
        return opening.measure(create_app(settings.load()), Path(folder) / "campaigns.db")


def _crowded() -> list[dict[str, object]]:
    """In a world of its own, beside a floor of its own."""
    size = crowded.Size()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CAMPAIGNS_INSTANCE"] = folder
        floor, *measured = crowded.measure(create_app(settings.load()), size)
    return [_row(each, None, each.p50 / floor.p50, size.units) for each in measured]


def _uploads(built: World, folder: Path) -> list[dict[str, object]]:
    with server() as port:
        phone = Phone(port, Browser(port).sign_in("liaison"), built)
        photo = last_byte_to_answer(phone, folder)
        reader = Browser(port).sign_in("liaison")
        page = pages_meanwhile(phone, reader, f"/enrolments/{built.enrolment}")
    return [_row(each, None, ratio) for each, ratio in (photo, page)]


def _row(each: Measured, count: int | None, ratio: float, units: int = UNITS) -> dict[str, object]:
    return {
        "work": each.work,
        "database": "sqlite",
        "units": units,
        "concurrency": 1,
        "p50_ms": round(each.p50, 2),
        "p95_ms": round(each.p95, 2),
        "per_s": round(1000 / each.mean, 1),
        "statements": count,
        "floor_ratio": round(ratio, 2),
    }


def _kept(row: dict[str, object]) -> bool:
    limit = LIMITS[str(row["work"])]
    count = row["statements"]
    return (
        (limit.ratio is None or float(str(row["floor_ratio"])) <= limit.ratio)
        and (limit.longest is None or float(str(row["p95_ms"])) <= limit.longest)
        and (limit.statements is None or not isinstance(count, int) or count <= limit.statements)
    )


def _print(rows: list[dict[str, object]]) -> None:
    names = list(rows[0])
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in names]
    for line in (names, *([str(row[name]) for name in names] for row in rows)):
        print("  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())
