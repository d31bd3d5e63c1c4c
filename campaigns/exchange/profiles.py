"""Profiles: which columns of a list a higher platform wants, in which order, under which names."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import history
from campaigns.database import Base, Json, db
from campaigns.errors import Fault, NotFound, Refused, Stale, fault
from campaigns.exchange import boards
from campaigns.exchange.lists import LISTS, Listing
from campaigns.exchange.tables import Chosen, dated
from campaigns.text import free

BOARD = "board"


class ExportProfile(Base):
    """A named mapping for one list. ``columns`` holds ``[our column, its heading]`` pairs."""

    __tablename__ = "export_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    table: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    columns: Mapped[list[Any]] = mapped_column(Json)
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    @property
    def chosen(self) -> Chosen:
        """Our columns with their headings, in order."""
        return [(name, heading) for name, heading in self.columns]


def lists() -> dict[str, Listing]:
    """The lists that a profile can be made for, the board with its columns of today; each ends
    with the day that it is as of."""
    found = {BOARD: Listing(boards.TITLE, boards.known_columns()), **LISTS}
    return {name: Listing(each.title, dated(each.columns)) for name, each in found.items()}


def listed(table: str | None = None) -> Sequence[ExportProfile]:
    """The profiles, of one list when asked, in the order of their names."""
    query = sa.select(ExportProfile).order_by(ExportProfile.name)
    if table is not None:
        query = query.where(ExportProfile.table == table)
    return db.session.scalars(query).all()


def find(profile_id: int, table: str | None = None) -> ExportProfile:
    """The profile, for one list when asked; raises NotFound."""
    found = db.session.get(ExportProfile, profile_id)
    if found is None or (table is not None and found.table != table):
        raise NotFound(profile_id)
    return found


def make(table: str, name: str, chosen: Chosen, *, by: int) -> ExportProfile:
    """Keeps a new profile for a list; refuses a name that is taken, and a choice that is none."""
    checked = _checked(table, name, chosen, None)
    made = ExportProfile(table=table, name=checked[0], columns=checked[1])
    db.session.add(made)
    db.session.flush()
    history.record("profile_made", "export_profile", made.id, by=by, name=made.name)
    return made


def change(profile: ExportProfile, version: int, name: str, chosen: Chosen, *, by: int) -> None:
    """Keeps a profile as it is now wanted; raises Stale when somebody else was quicker."""
    if profile.row_version != version:
        raise Stale
    profile.name, profile.columns = _checked(profile.table, name, chosen, profile.id)
    db.session.flush()
    history.record("profile_changed", "export_profile", profile.id, by=by, name=profile.name)


def remove(profile: ExportProfile, version: int, *, by: int) -> None:
    """Removes a profile; raises Stale when somebody else was quicker."""
    if profile.row_version != version:
        raise Stale
    history.record("profile_removed", "export_profile", profile.id, by=by, name=profile.name)
    db.session.delete(profile)
    db.session.flush()


def _checked(
    table: str, name: str, chosen: Chosen, own_id: int | None
) -> tuple[str, list[list[str]]]:
    """Name and columns as they may be stored; refuses with every fault at once."""
    known = {each.name for each in lists()[table].columns}
    found: list[Fault] = []
    name = _text(name, "name", 60, found)
    if not name:
        found.append(fault("profile_name_missing", "name"))
    elif _is_taken(name, own_id):
        found.append(fault("profile_name_taken", "name"))
    if not chosen:
        found.append(fault("profile_empty"))
    columns: list[list[str]] = []
    for column, heading in chosen:
        if column not in known:
            raise NotFound(column)
        text = _text(heading, f"heading-{column}", 60, found)
        if not text:
            found.append(fault("profile_heading", f"heading-{column}"))
        columns.append([column, text])
    if found:
        raise Refused(*found)
    return name, columns


def _text(typed: str, field: str, limit: int, found: list[Fault]) -> str:
    try:
        return free(typed, field, limit)
    except Refused as refused:
        found.extend(refused.faults)
        return typed


def _is_taken(name: str, own_id: int | None) -> bool:
    query = sa.select(ExportProfile.id).where(ExportProfile.name == name)
    return db.session.scalar(query) not in {None, own_id}
