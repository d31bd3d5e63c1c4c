"""Staging: an import is read and checked here before anything of the register changes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base, Json, Large


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
    #: How many rows are added, changed, ended, unchanged, faulty.
    counts: Mapped[dict[str, Any]]


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
