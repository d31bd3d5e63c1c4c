"""The tables of notices: how far each person has read, and how far she was written to.

A notice itself is no row: it follows from the history and from days that have come, so that none
can be lost and a campaign that opens for a million units writes none.
"""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base


class Mark(Base):
    """Up to when a person has read the notices of one key, or with ``ALL`` every notice."""

    __tablename__ = "notice_mark"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    read_until: Mapped[datetime]


#: The key that stands for every notice.
ALL = ""


class Digest(Base):
    """The last time that a person was to be written to: on which day, with what up to when, and
    why it failed if it did."""

    __tablename__ = "digest"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    tried_on: Mapped[date]
    told_until: Mapped[datetime | None]
    failure: Mapped[str | None]
