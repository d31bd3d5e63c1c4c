"""The database: what it refuses, and that its settings are in force."""

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from campaigns import clock, database, people
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.records import Item
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Person
from campaigns.text import Bilingual
from campaigns.units import Unit
from tests.cast import NOW, Cast
from tests.conftest import Site
from tests.doing import enrolment, slot


def created(at: datetime) -> Person:
    person = people.add("somebody", Bilingual("某岗", "Somebody"), "a long enough password")
    person.created_at = at
    db.session.flush()
    db.session.expire(person)
    return person


def test_an_instant_without_a_time_zone_is_refused(cast: Cast) -> None:
    assert cast
    with pytest.raises(StatementError, match="an instant needs a time zone"):
        created(datetime(2026, 9, 16, 2, 0))


@pytest.mark.parametrize("hours", [-11, 0, 8])
def test_an_instant_comes_back_as_the_same_one_in_utc(cast: Cast, hours: int) -> None:
    assert cast
    sent = NOW.replace(microsecond=123456).astimezone(timezone(timedelta(hours=hours)))
    found = created(sent).created_at
    assert found == sent
    assert found.utcoffset() == timedelta()


def test_a_day_is_that_of_china() -> None:
    assert clock.day(datetime(2026, 9, 15, 15, 59, tzinfo=UTC)) == date(2026, 9, 15)
    assert clock.day(datetime(2026, 9, 15, 16, 0, tzinfo=UTC)) == date(2026, 9, 16)


def test_who_only_reads_cannot_write(committing: Site) -> None:
    with committing.app.app_context(), database.reading():
        assert db.session.scalar(sa.select(sa.func.count(Unit.id)))
        with pytest.raises(DBAPIError, match=r"readonly|read-only"):
            db.session.execute(sa.update(Unit).values(name_en="x"))
        db.session.rollback()
    with committing.app.app_context():
        db.session.execute(sa.update(Unit).values(name_en="x"))
        db.session.rollback()


def test_a_connection_is_told_once_what_it_may_do(committing: Site) -> None:
    """Told anew, SQLite would forget every statement that it has prepared."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "query_only" in statement:
            told.append(statement)

    with committing.app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL is told at the beginning of each transaction")
        sa.event.listen(db.engine, "before_cursor_execute", note)
        for write in (True, False, False, True, True, False):
            with database.short(write=write) as connection:
                connection.execute(sa.text("SELECT 1"))
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert [each[-1] for each in told[-3:]] == ["1", "0", "1"]
    assert len(told) <= 4


def test_reading_can_turn_into_writing(committing: Site) -> None:
    with committing.app.app_context(), database.reading():
        db.session.scalar(sa.select(sa.func.count(Unit.id)))
        database.start_writing()
        db.session.execute(sa.update(Unit).values(name_en="x"))
        db.session.rollback()


def test_a_short_transaction_is_kept_or_forgotten_whole(committing: Site) -> None:
    with committing.app.app_context():
        with pytest.raises(ZeroDivisionError):
            _write_and_fail()
        with database.short(write=False) as connection:
            names = sa.select(sa.func.count(Unit.id)).where(Unit.name_en == "x")
            assert connection.scalar(names) == 0


def _write_and_fail() -> None:
    with database.short(write=True) as connection:
        connection.execute(sa.update(Unit).values(name_en="x"))
        raise ZeroDivisionError


def test_sqlite_runs_as_it_must(site: Site) -> None:
    with site.app.app_context():
        for pragma, value in {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "busy_timeout": 10000,
        }.items():
            assert db.session.scalar(sa.text(f"PRAGMA {pragma}")) == value
        version = db.session.scalar(sa.text("SELECT sqlite_version()"))
        assert tuple(int(part) for part in version.split(".")) >= database.OLDEST_SQLITE


def test_every_table_of_sqlite_is_strict(site: Site) -> None:
    with site.app.app_context():
        rows = db.session.execute(sa.text("SELECT name, strict FROM pragma_table_list"))
        loose = {name for name, strict in rows if not strict}
        assert {name for name in loose if not name.startswith("sqlite_")} <= {"alembic_version"}
        with pytest.raises(DBAPIError):
            db.session.execute(sa.text("UPDATE unit SET households = 'many'"))
        db.session.rollback()


def test_an_sqlite_that_could_corrupt_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import pysqlite3.dbapi2 as driver

    old = SimpleNamespace(sqlite_version_info=(3, 51, 2), sqlite_version="3.51.2")
    monkeypatch.setattr("pysqlite3.dbapi2", old)
    assert driver is not old
    with pytest.raises(RuntimeError, match="too old"):
        database.engine_options("sqlite:///x.db")


@pytest.mark.parametrize(
    "values",
    [
        {"numerator": 3, "denominator": 2},
        {"numerator": -1, "denominator": 2},
        {"numerator": 0, "denominator": 0},
        {"value": -1},
        {"enrolment_id": 10**9},
        {"criterion_id": 10**9},
        {"submitted_by": 10**9},
    ],
    ids=str,
)
def test_the_database_itself_refuses_what_cannot_be(cast: Cast, values: dict[str, int]) -> None:
    village = enrolment(cast)
    item = transitions.touch(village, slot(village, "1.3"))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.update(Item).where(Item.id == item.id).values(values))


def test_the_same_item_twice_is_refused(cast: Cast) -> None:
    village = enrolment(cast)
    item = transitions.touch(village, slot(village, "1.3"))
    again = {
        "enrolment_id": village.id,
        "criterion_id": item.criterion_id,
        "key": item.key,
        "state": item.state,
        "none": False,
        "not_applicable": False,
        "declared": False,
        "note": "",
        "row_version": 1,
    }
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.execute(sa.insert(Item).values(again))


def test_paths_are_compared_byte_by_byte_everywhere(cast: Cast) -> None:
    assert cast
    paths = ("/5/", "/50", "/5", "/5/a", "/5/A")
    places = db.session.scalars(sa.select(Jurisdiction).limit(len(paths))).all()
    for place, path in zip(places, paths, strict=True):
        place.path = path
    db.session.flush()
    query = sa.select(Jurisdiction.path).where(Jurisdiction.path.in_(paths))
    found = db.session.scalars(query.order_by(Jurisdiction.path)).all()
    assert list(found) == ["/5", "/5/", "/5/A", "/5/a", "/50"]
