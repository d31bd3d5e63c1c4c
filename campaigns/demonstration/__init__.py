"""The demonstration: Langzhong's real places with invented figures.

``is_marked`` tells whether a database is one; everything else is in the modules beside.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import database
from campaigns.database import Base, db


class Mark(Base):
    """The mark of a demonstration database: one row, or none."""

    __tablename__ = "demonstration"

    id: Mapped[int] = mapped_column(primary_key=True)


def is_marked() -> bool:
    """Whether the database holds demonstration data."""
    with database.short(write=False) as connection:
        return connection.execute(sa.select(Mark.id)).first() is not None


def mark() -> None:
    """Marks the database as a demonstration."""
    db.session.add(Mark(id=1))
    db.session.flush()
