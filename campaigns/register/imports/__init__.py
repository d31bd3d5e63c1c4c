"""Imports from Excel and CSV: read, checked, shown as a difference, then applied all or nothing.

Reading and checking take no lock. Applying is one transaction of a few statements for many rows,
so nobody waits long and nothing is ever half there. The same file twice changes nothing.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from campaigns import clock, history
from campaigns.database import db
from campaigns.documents import tables
from campaigns.documents.tables import Column, Record
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Scope
from campaigns.register import staging
from campaigns.register.imports import divisions, held_titles, register_units
from campaigns.register.staging import ImportRun, Staged


class Table(Protocol):
    """What can be imported; each is a module of its own."""

    @property
    def COLUMNS(self) -> Sequence[Column]:
        """The columns of its file."""

    @property
    def EXAMPLES(self) -> Sequence[Sequence[str]]:
        """Lines that a template shows, in the order of the columns."""

    def check(self, records: Sequence[Record], scope: Scope) -> list[Staged]:
        """What each record would do; reads only."""

    def apply(self, run: ImportRun, *, by: int | None) -> None:
        """Does what the rows of a run say, in the transaction at hand."""


TABLES: dict[str, Table] = {
    "jurisdictions": divisions,
    "units": register_units,
    "titles": held_titles,
}


def check(name: str, content: bytes, filename: str, scope: Scope, *, by: int | None) -> int:
    """Reads and checks a file; gives the number of the run that shows what it would do.

    Raises Refused for a file that cannot be read as this table.
    """
    table = TABLES[name]
    records = tables.read(content, filename, table.COLUMNS)
    staged = table.check(records, scope)
    db.session.rollback()
    return staging.keep(name, hashlib.sha256(content).hexdigest(), staged, by=by)


def apply(run: ImportRun, *, by: int | None) -> None:
    """Applies a checked run, all or nothing.

    Refuses one with faults, one that was applied, and one whose rows no longer fit the register.
    """
    if run.state != "checked":
        raise Refused(fault("import_applied"))
    if not run.is_clean:
        raise Refused(fault("import_faulty"))
    TABLES[run.table].apply(run, by=by)
    run.state, run.applied_at = "applied", clock.now()
    db.session.flush()
    history.record("imported", "import", run.id, by=by, table=run.table, counts=run.counts)
