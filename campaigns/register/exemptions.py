"""Exemptions: a unit that a standard is not asked of, with a reason for all to read."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base, Large


class Exemption(Base):
    """One exemption of a unit from a campaign, and while it lasts from coverage by its standard."""

    __tablename__ = "exemption"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(Large, sa.ForeignKey("enrolment.id"), index=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    reason: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    granted_at: Mapped[datetime]
