"""Imports from Excel and CSV: read, checked, shown as a difference, then applied all or nothing.

Reading and checking take no lock. Applying begins with a look at every row: does it still fit the
register? Then the register is held, so that nothing else can change in it, and the rows are
applied in slices, each a transaction that takes about a second. A run that is interrupted goes on
where it stopped; there is no way back but forward, and none is needed, because no slice can fail
that the look before let pass. Each slice counts what it did, so that ``flask check`` agrees at any
moment, and a board that is opened meanwhile shows a register that is partly renewed, never wrong.
The same file twice changes nothing.

**Figures of earlier years** come the same way, and coverage then starts true. Titles already held
are rows with the days from and to which they are valid, past ones too: they are last year's
numerators. A unit's first day says since when it is in the register, and an earlier one may be
given later: that is last year's denominator. A number of households with a day in the past holds
from that day until the next count.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from campaigns import clock, database, history, hold
from campaigns.database import db
from campaigns.documents import tables
from campaigns.documents.tables import Column, Record
from campaigns.errors import CampaignError, Refused, fault
from campaigns.jurisdictions import Scope
from campaigns.register import staging
from campaigns.register.imports import divisions, held_titles, register_units
from campaigns.register.staging import APPLIED, APPLYING, CHECKED, STOPPED, ImportRun, Staged

#: A slice begins small and then takes about so many seconds.
_FIRST, _MOST, _SECONDS = 500, 3_000, 0.6
#: Between two slices others write: SQLite tells nobody that its lock is free, who waits for it
#: tries again every tenth of a second.
_PAUSE = 0.15
#: Rows that are looked at again in one go before the first slice.
_LOOK = 2_000


class Table(Protocol):
    """What can be imported; each is a module of its own."""

    @property
    def COLUMNS(self) -> Sequence[Column]:
        """The columns of its file."""

    @property
    def EXAMPLES(self) -> Sequence[Sequence[str]]:
        """Lines that a template shows, in the order of the columns."""

    def check(self, records: Sequence[Record], scope: Scope) -> Iterator[Staged]:
        """What each record would do; reads only."""

    def look(self, rows: Sequence[sa.Row[Any]], scope: Scope) -> None:
        """Raises Stale unless these rows of a run still fit the register and the scope of who
        applies them; reads only."""

    def apply(self, rows: Sequence[sa.Row[Any]], *, by: int | None) -> None:
        """Does what these rows of a run say, in the transaction at hand."""


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
    sha256 = hashlib.sha256(content).hexdigest()
    with database.reading():
        db.session.rollback()
        run_id = staging.keep(name, sha256, table.check(records, scope), by=by)
    db.session.rollback()
    return run_id


def apply(run_id: int, scope: Scope, *, by: int | None) -> None:
    """Applies a checked run, all or nothing, or goes on with one that was interrupted.

    Refuses one with faults, one that was applied, and one whose rows no longer fit the register.
    """
    if _begin(run_id) == 0:
        _look(run_id, scope)
    limit, left = _FIRST, True
    while left:
        began = time.monotonic()
        try:
            left = _slice(run_id, limit, by)
        except (CampaignError, IntegrityError):
            _let_go(run_id, STOPPED)
            raise
        took = max(time.monotonic() - began, 0.001)
        limit = min(_MOST, max(_FIRST // 10, int(limit * _SECONDS / took)))
        if left:
            time.sleep(_PAUSE)


def resume(scope: Scope, *, by: int | None) -> int | None:
    """Goes on with the run that holds the register, if any; gives its number."""
    run_id = hold.holder()
    db.session.rollback()
    if run_id is not None:
        apply(run_id, scope, by=by)
    return run_id


def _begin(run_id: int) -> int:
    """Takes the register for the run; gives how far the run is."""
    with database.committed():
        run = staging.locked(run_id)
        if run.state not in {CHECKED, APPLYING}:
            raise Refused(fault("import_applied"))
        if not run.is_clean:
            raise Refused(fault("import_faulty"))
        hold.take(run_id)
        run.state = APPLYING
        return run.done


def _look(run_id: int, scope: Scope) -> None:
    """Whether all rows still fit, before the first is applied; lets the register go if not."""
    table, done = TABLES[_run(run_id).table], 0
    try:
        with database.reading():
            db.session.rollback()
            while rows := staging.following(run_id, done, _LOOK):
                table.look(rows, scope)
                done = rows[-1].rank
    except CampaignError:
        _let_go(run_id, CHECKED)
        raise
    finally:
        db.session.rollback()


def _slice(run_id: int, limit: int, by: int | None) -> bool:
    """Applies the next rows; gives whether any may be left."""
    with database.committed(), hold.by_run(run_id):
        run = staging.locked(run_id)
        if run.state != APPLYING:
            return False
        rows = staging.following(run_id, run.done, limit)
        if rows:
            TABLES[run.table].apply(rows, by=by)
            run.done = rows[-1].rank
        else:
            run.state, run.applied_at = APPLIED, clock.now()
            hold.release()
            counts = dict(run.counts)
            history.record("imported", "import", run_id, by=by, table=run.table, counts=counts)
    db.session.expunge_all()
    return bool(rows)


def _run(run_id: int) -> ImportRun:
    return db.session.get_one(ImportRun, run_id)


def _let_go(run_id: int, state: str) -> None:
    with database.committed():
        staging.locked(run_id).state = state
        hold.release()
