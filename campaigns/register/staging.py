"""Staging: an import is read and checked here before anything of the register changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database
from campaigns.database import Base, Json, Large, db
from campaigns.documents.tables import RowFault
from campaigns.errors import NotFound, fault

ADDED, CHANGED, ENDED, SAME, FAULTY = "added", "changed", "ended", "unchanged", "faulty"
ACTIONS = (ADDED, CHANGED, ENDED, SAME, FAULTY)
#: What rows do when a run is applied.
CHANGES = (ADDED, CHANGED, ENDED)
#: A run is read, then checked; being applied; then applied, or stopped on its way.
READ, CHECKED, APPLYING, APPLIED, STOPPED = "read", "checked", "applying", "applied", "stopped"
#: Rows that are staged in one transaction: nobody waits long for it.
_SLICE = 2_000


class ImportRun(Base):
    """One file that somebody brought, and how far it is: ``done`` is the rank of the last row
    that was applied."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    table: Mapped[str]
    state: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    sent_sha256: Mapped[str]
    #: How many rows are added, changed, ended, unchanged, faulty; and warnings.
    counts: Mapped[dict[str, Any]]
    done: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def is_clean(self) -> bool:
        """Whether every row can be taken."""
        return not self.counts.get(FAULTY)

    @property
    def changes(self) -> int:
        """How many rows change something."""
        return sum(self.counts.get(each, 0) for each in CHANGES)


class ImportRow(Base):
    """One row of the file: what it would do, with what values, and what is wrong with it.

    Rows are applied in the order of ``rank``.
    """

    __tablename__ = "import_row"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int] = mapped_column(default=0, server_default="0")
    #: ``added``, ``changed``, ``ended``, ``unchanged`` or ``faulty``.
    action: Mapped[str]
    #: What the row is about: a unit or jurisdiction that is there already.
    subject_id: Mapped[int | None] = mapped_column(Large)
    label: Mapped[str]
    values: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    faults: Mapped[list[Any]] = mapped_column(Json)

    __table_args__ = (
        sa.Index("ix_import_row_run_id_action", "run_id", "action"),
        sa.Index("ix_import_row_run_id_rank", "run_id", "rank"),
    )


@dataclass(slots=True)
class Staged:
    """A row as it was checked. ``warnings`` are for reading; they hinder nothing.

    ``rank`` says when it is applied: rows in the order of the file, unless a table needs another.
    """

    row: int
    action: str
    label: str
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    subject_id: int | None = None
    faults: Sequence[RowFault] = ()
    warnings: Sequence[RowFault] = ()
    rank: int | None = None


def keep(table: str, sha256: str, rows: Iterable[Staged], *, by: int | None) -> int:
    """Keeps a file while it is checked, in short transactions of its own; gives the run's number.

    What the same person had staged of this table before and never applied goes.
    """
    with database.short(write=True) as connection:
        connection.execute(_forgotten(table, by))
        run_id = connection.execute(
            sa.insert(ImportRun)
            .values(
                table=table,
                state=READ,
                person_id=by,
                created_at=clock.now(),
                sent_sha256=sha256,
                counts={},
            )
            .returning(ImportRun.id)
        ).scalar_one()
    counts = dict.fromkeys((*ACTIONS, "warnings"), 0)
    for part in _slices(rows):
        for each in part:
            counts[each.action] += 1
            counts["warnings"] += bool(each.warnings)
        with database.short(write=True) as connection:
            connection.execute(sa.insert(ImportRow), [_row(run_id, each) for each in part])
    with database.short(write=True) as connection:
        connection.execute(
            sa.update(ImportRun).where(ImportRun.id == run_id).values(state=CHECKED, counts=counts)
        )
    return int(run_id)


def _forgotten(table: str, by: int | None) -> sa.Delete:
    return sa.delete(ImportRun).where(
        ImportRun.table == table,
        ImportRun.person_id.is_not_distinct_from(by),
        ImportRun.state.in_([READ, CHECKED]),
    )


def _slices(rows: Iterable[Staged]) -> Iterator[list[Staged]]:
    left = iter(rows)
    while part := list(islice(left, _SLICE)):
        yield part


def _row(run_id: int, staged: Staged) -> dict[str, Any]:
    noted = [(each, False) for each in staged.faults] + [(each, True) for each in staged.warnings]
    return {
        "run_id": run_id,
        "row": staged.row,
        "rank": staged.row if staged.rank is None else staged.rank,
        "action": staged.action,
        "subject_id": staged.subject_id,
        "label": staged.label[:200],
        "values": plain(staged.values),
        "before": plain(staged.before),
        "faults": [
            {
                "column": each.column,
                "code": each.fault.code,
                "values": plain(dict(each.fault.values)),
                "warns": warns,
            }
            for each, warns in noted
        ],
    }


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON holds them: days in ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def day(value: str | None) -> date | None:
    """A day as it was kept."""
    return date.fromisoformat(value) if value else None


def fault_of(noted: Mapping[str, Any], row: int) -> RowFault:
    """A fault, or a warning, as it was kept beside a row."""
    return RowFault(row, noted["column"], fault(noted["code"], None, **noted["values"]))


def find(run_id: int, person_id: int) -> ImportRun:
    """A run of this person; raises NotFound."""
    found = db.session.scalar(
        sa.select(ImportRun).where(ImportRun.id == run_id, ImportRun.person_id == person_id)
    )
    if found is None:
        raise NotFound(run_id)
    return found


def latest(table: str, person_id: int, *, limit: int) -> Sequence[ImportRun]:
    """The runs of this person for a table, the newest first."""
    query = sa.select(ImportRun).where(
        ImportRun.table == table, ImportRun.person_id == person_id, ImportRun.state != READ
    )
    return db.session.scalars(query.order_by(ImportRun.id.desc()).limit(limit)).all()


def locked(run_id: int) -> ImportRun:
    """A run that nobody else goes on with until the transaction at hand ends; raises NotFound."""
    query = sa.select(ImportRun).where(ImportRun.id == run_id).with_for_update()
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(run_id)
    return found


def page(run_id: int, action: str | None, *, offset: int = 0, limit: int) -> Sequence[ImportRow]:
    """Rows of a run in the order of the file, those of one action when asked."""
    query = sa.select(ImportRow).where(ImportRow.run_id == run_id)
    if action is not None:
        query = query.where(ImportRow.action == action)
    return db.session.scalars(query.order_by(ImportRow.row).offset(offset).limit(limit)).all()


def noted(run_id: int, *, offset: int = 0, limit: int) -> Sequence[ImportRow]:
    """Rows of a run with faults or warnings, in the order of the file."""
    query = (
        sa.select(ImportRow)
        .where(ImportRow.run_id == run_id, sa.cast(ImportRow.faults, sa.Text) != "[]")
        .order_by(ImportRow.row)
    )
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def left(run_id: int, done: int) -> int:
    """How many rows of a run are still to be applied."""
    query = (
        sa.select(sa.func.count())
        .select_from(ImportRow)
        .where(ImportRow.run_id == run_id, ImportRow.rank > done, ImportRow.action.in_(CHANGES))
    )
    return db.session.scalar(query) or 0


def following(run_id: int, done: int, limit: int) -> Sequence[sa.Row[Any]]:
    """The next rows of a run that change something, in their order, as plain values."""
    query = (
        sa.select(ImportRow.rank, ImportRow.action, ImportRow.subject_id)
        .add_columns(ImportRow.values, ImportRow.before)
        .where(ImportRow.run_id == run_id, ImportRow.rank > done, ImportRow.action.in_(CHANGES))
        .order_by(ImportRow.rank)
        .limit(limit)
    )
    return db.session.execute(query).all()
