"""The database: engine settings, column types and the transaction rule.

A request commits once, when its answer is made (``pages.application``); what takes longer than
others should wait is done ``in_parts``. SQLite has one writer at
a time, so whoever may write takes the lock at the start (``BEGIN IMMEDIATE``) and whoever only
reads cannot write at all.
"""

import enum
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry as orm_registry

#: The WAL-reset fault that can corrupt a database was mended in this release of SQLite.
OLDEST_SQLITE = (3, 51, 3)

_writing: ContextVar[bool] = ContextVar("writing", default=True)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant; refuses values without a time zone, gives back UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


#: Identifiers of tables that grow without end.
Large = sa.BigInteger().with_variant(sa.Integer, "sqlite")
#: Compared byte by byte on every database, so that intervals of paths mean the same.
Bytewise = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def fixed(value: enum.StrEnum | date) -> sa.ColumnElement[Any]:
    """A word of ours or a day, written into the statement itself: what never changes in a statement
    that is made once and run often need not be given each time. A partial index is found by it."""
    if isinstance(value, date):
        return sa.literal_column(f"'{value.isoformat()}'", sa.Date)
    return sa.literal_column(f"'{value.value}'", sa.String)


def at_most(rows: int) -> sa.ColumnElement[int]:
    """A limit written into the statement itself: SQLite plans a statement anew on each run whose
    limit is given to it, which takes longer than running it."""
    return sa.literal_column(str(int(rows)), sa.Integer)


def _values(members: type[enum.Enum]) -> list[str]:
    return [member.value for member in members]


_registry = orm_registry(
    metadata=sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    ),
    type_annotation_map={
        str: sa.String(),
        datetime: UTCDateTime(),
        date: sa.Date(),
        dict[str, Any]: Json,
        enum.Enum: sa.Enum(enum.Enum, native_enum=False, length=32, values_callable=_values),
    },
)


class Base(DeclarativeBase):
    """What every table inherits."""

    registry = _registry


db = SQLAlchemy(model_class=Base)


@event.listens_for(sa.Table, "after_parent_attach")
def _strict(table: sa.Table, _parent: object) -> None:
    table.dialect_options["sqlite"]["strict"] = True


@compiles(sa.String, "sqlite")
@compiles(sa.DateTime, "sqlite")
@compiles(sa.Date, "sqlite")
@compiles(sa.JSON, "sqlite")
@compiles(sa.Enum, "sqlite")
def _text(_type: object, _compiler: object, **_options: object) -> str:
    return "TEXT"


@compiles(sa.Boolean, "sqlite")
@compiles(sa.BigInteger, "sqlite")
def _integer(_type: object, _compiler: object, **_options: object) -> str:
    return "INTEGER"


class local_day(sa.sql.functions.GenericFunction[date]):
    """The day in China on which a column of instants falls, as ``clock.day`` has it."""

    type = sa.Date()
    inherit_cache = True


@compiles(local_day, "sqlite")
def _local_day_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"date({compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(local_day, "postgresql")
def _local_day_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"date(timezone('Asia/Shanghai', {compiler.process(element.clauses, **options)}))"


@event.listens_for(Engine, "connect")
def _connected(connection: Any, _record: object) -> None:
    if not type(connection).__module__.startswith(("pysqlite3", "sqlite3")):
        return
    connection.isolation_level = None
    for pragma in (
        "busy_timeout=10000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16000",
        "mmap_size=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        write = _writing.get()
        # Saying it anew would make SQLite forget every statement that it has prepared.
        if connection.info.get("writing") is not write:
            connection.exec_driver_sql(f"PRAGMA query_only={0 if write else 1}")
            connection.info["writing"] = write
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    elif not _writing.get():
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read: a write fails at once."""
    token = _writing.set(False)
    try:
        yield
    finally:
        _writing.reset(token)


def begin_mode(*, writing: bool) -> None:
    """What transactions begun from here on may do, until this is said again."""
    _writing.set(writing)


def start_writing() -> None:
    """Ends the reading transaction, so that the next statement begins a writing one."""
    db.session.rollback()
    _writing.set(True)


@contextmanager
def short(*, write: bool) -> Iterator[Connection]:
    """A transaction of its own, apart from the request's: commits at the end of the block."""
    token = _writing.set(write)
    try:
        with db.engine.begin() as connection:
            yield connection
    finally:
        _writing.reset(token)


@contextmanager
def committed() -> Iterator[None]:
    """One short writing transaction of the session: it commits at the end of the block.

    Only for work that a request or command does in slices, so that nobody waits for it long.
    """
    db.session.rollback()
    token = _writing.set(True)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _writing.reset(token)


#: Whoever waits for SQLite's lock asks for it again ten times a second, so it is left free longer.
PAUSE = 0.12


def in_parts(work: Iterator[object]) -> None:
    """Does long work in short transactions: commits after each of its parts, and lets whoever
    waits to write go first. The last part is left to be committed as usual.

    What was committed stays when a later part fails: the work must be such that it can go on.
    """
    for _ in work:
        db.session.commit()
        time.sleep(PAUSE)


def hold(name: str, connection: Connection, *, alone: bool = False) -> None:
    """Until the transaction ends nobody holds the same name alone, or ``alone`` nobody else at all.

    SQLite needs nothing for it: whoever writes there is alone anyway.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(name, 0)
        share = sa.func.pg_advisory_xact_lock_shared
        connection.execute(sa.select((sa.func.pg_advisory_xact_lock if alone else share)(key)))


def insert(table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ``on_conflict_do_update`` in the dialect at hand."""
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def engine_options(url: str) -> dict[str, Any]:
    """What ``create_engine`` needs for this address; refuses an SQLite that could corrupt."""
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True}
    import pysqlite3.dbapi2 as driver

    if driver.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {driver.sqlite_version} is too old for WAL; install pysqlite3")
    return {"module": driver}
