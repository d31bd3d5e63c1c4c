"""Profiles: which columns of a list a higher platform wants, in which order, under which names."""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from campaigns.database import Base, Json


class ExportProfile(Base):
    """A named mapping for one list. ``columns`` holds ``[our column, its heading]`` pairs."""

    __tablename__ = "export_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    table: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[list[Any]] = mapped_column(Json)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict
