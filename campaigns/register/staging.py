"""Staging: an import is read and checked here before anything of the register changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database
from campaigns.database import Base, Json, Large, db
from campaigns.documents.tables import RowFault
from campaigns.errors import NotFound, fault

ADDED, CHANGED, ENDED, SAME, FAULTY = "added", "changed", "ended", "unchanged", "faulty"
ACTIONS = (ADDED, CHANGED, ENDED, SAME, FAULTY)
#: Rows that are staged in one transaction: nobody waits long for it.
_SLICE = 5_000


class ImportRun(Base):
    """One file that somebody brought. ``state`` is ``checked`` or ``applied``."""

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

    @property
    def is_clean(self) -> bool:
        """Whether every row can be taken."""
        return not self.counts.get(FAULTY)


class ImportRow(Base):
    """One row of the file: what it would do, with what values, and what is wrong with it."""

    __tablename__ = "import_row"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: ``added``, ``changed``, ``ended``, ``unchanged`` or ``faulty``.
    action: Mapped[str]
    #: What the row is about: a unit or jurisdiction that is there already.
    subject_id: Mapped[int | None] = mapped_column(Large)
    label: Mapped[str]
    values: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    faults: Mapped[list[Any]] = mapped_column(Json)

    __table_args__ = (sa.Index("ix_import_row_run_id_action", "run_id", "action"),)


@dataclass(slots=True)
class Staged:
    """A row as it was checked. ``warnings`` are for reading; they hinder nothing."""

    row: int
    action: str
    label: str
    values: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    subject_id: int | None = None
    faults: Sequence[RowFault] = ()
    warnings: Sequence[RowFault] = ()


def keep(table: str, sha256: str, rows: Sequence[Staged], *, by: int | None) -> int:
    """Keeps a checked file in short transactions of its own; gives the number of the run."""
    counts = dict.fromkeys((*ACTIONS, "warnings"), 0)
    for each in rows:
        counts[each.action] += 1
        counts["warnings"] += bool(each.warnings)
    with database.short(write=True) as connection:
        run_id = connection.execute(
            sa.insert(ImportRun)
            .values(
                table=table,
                state="checked",
                person_id=by,
                created_at=clock.now(),
                sent_sha256=sha256,
                counts=counts,
            )
            .returning(ImportRun.id)
        ).scalar_one()
    for part in _slices([_row(run_id, each) for each in rows]):
        with database.short(write=True) as connection:
            connection.execute(sa.insert(ImportRow), part)
    return int(run_id)


def _slices(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    return (rows[start : start + _SLICE] for start in range(0, len(rows), _SLICE))


def _row(run_id: int, staged: Staged) -> dict[str, Any]:
    noted = [(each, False) for each in staged.faults] + [(each, True) for each in staged.warnings]
    return {
        "run_id": run_id,
        "row": staged.row,
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


def day(value: str | None) -> date:
    """A day as it was kept; raises ValueError where there is none."""
    return date.fromisoformat(value or "")


def fault_of(noted: Mapping[str, Any]) -> RowFault:
    """A fault as it was kept; its row is the row that it stands in."""
    return RowFault(0, noted["column"], fault(noted["code"], None, **noted["values"]))


def find(run_id: int, person_id: int) -> ImportRun:
    """A run of this person; raises NotFound."""
    found = db.session.scalar(
        sa.select(ImportRun).where(ImportRun.id == run_id, ImportRun.person_id == person_id)
    )
    if found is None:
        raise NotFound(run_id)
    return found


def page(run: ImportRun, action: str | None, *, offset: int, limit: int) -> Sequence[ImportRow]:
    """Rows of a run in their order, those of one action when asked."""
    query = sa.select(ImportRow).where(ImportRow.run_id == run.id)
    if action is not None:
        query = query.where(ImportRow.action == action)
    return db.session.scalars(query.order_by(ImportRow.row).offset(offset).limit(limit)).all()


def every(run: ImportRun, actions: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """All rows of a run that do one of these, in their order, as plain values."""
    query = (
        sa.select(ImportRow.row, ImportRow.action, ImportRow.subject_id)
        .add_columns(ImportRow.values, ImportRow.before)
        .where(ImportRow.run_id == run.id, ImportRow.action.in_(actions))
        .order_by(ImportRow.row)
    )
    return db.session.execute(query).all()
