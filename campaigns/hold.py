"""The hold: while an import is being applied, nobody else changes the register.

A run is applied in slices, each a short transaction of its own. No slice may meet a register that
is not as the check found it, so every other change is refused until the last slice is through.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base, db
from campaigns.errors import Refused, fault


class Hold(Base):
    """One row, always there: the import that is being applied, if any."""

    __tablename__ = "register_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("import_run.id"))


_own: ContextVar[int | None] = ContextVar("own", default=None)


def require_free() -> None:
    """Refuses while an import is being applied, other than one's own.

    Until the transaction at hand ends, none can begin: who changes the register shares the row,
    who applies an import takes it alone.
    """
    holder = db.session.scalar(sa.select(Hold.run_id).with_for_update(read=True))
    if holder is not None and holder != _own.get():
        raise Refused(fault("import_applying"))


def take(run_id: int) -> None:
    """Holds the register for a run; refuses when another one has it."""
    holder = db.session.scalar(sa.select(Hold.run_id).with_for_update())
    if holder not in {None, run_id}:
        raise Refused(fault("import_applying"))
    db.session.execute(sa.update(Hold).values(run_id=run_id))


def release() -> None:
    """Lets the register go."""
    db.session.execute(sa.update(Hold).values(run_id=None))


def holder() -> int | None:
    """The run that is being applied, if any."""
    return db.session.scalar(sa.select(Hold.run_id))


@contextmanager
def by_run(run_id: int) -> Iterator[None]:
    """What is changed inside, this run changes."""
    token = _own.set(run_id)
    try:
        yield
    finally:
        _own.reset(token)
