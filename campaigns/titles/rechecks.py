"""Re-checks: a holder of a title is visited unannounced, and what was found is kept.

A re-check changes no title: what is to be mended has a day, and what failed is the city's to
withdraw, with the unit's right to answer.
"""

import enum
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.evidence import apart
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Purpose
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.titles.records import Title
from campaigns.units import Unit


class Finding(enum.StrEnum):
    """What a re-check found."""

    AS_NAMED = "as_named"
    TO_MEND = "to_mend"
    FAILED = "failed"


class Recheck(Base):
    """One unannounced visit. One that found something stays open until it is closed."""

    __tablename__ = "recheck"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    title_id: Mapped[int] = mapped_column(sa.ForeignKey("title.id"), index=True)
    checked_on: Mapped[date]
    finding: Mapped[Finding]
    note: Mapped[str]
    #: The last day to put right what is to be mended.
    due_on: Mapped[date | None]
    checked_at: Mapped[datetime]
    checked_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    closed_why: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    title: Mapped[Title] = relationship(lazy="raise")

    @property
    def is_open(self) -> bool:
        """Whether something found is still to be put right, or to be followed up."""
        return self.finding is not Finding.AS_NAMED and self.closed_at is None


class Visit(NamedTuple):
    """What whoever was there says: the day, what was found, and until when it is to be mended."""

    checked_on: date
    finding: Finding
    note: str = ""
    due_on: date | None = None
    photos: Sent | None = None


def find(recheck_id: int, scope: Scope) -> Recheck:
    """The re-check with its title, unit and place, within the scope; raises NotFound."""
    query = (
        sa.select(Recheck)
        .join(Recheck.title)
        .join(Title.unit)
        .join(Unit.place)
        .options(
            contains_eager(Recheck.title).contains_eager(Title.unit).contains_eager(Unit.place)
        )
        .where(Recheck.id == recheck_id, scope.clause(Jurisdiction.path, Unit.id))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(recheck_id)
    return found


def title_of(recheck_id: int) -> int:
    """The id of the title that was re-checked."""
    return db.session.get_one(Recheck, recheck_id).title_id


def of_title(title_id: int) -> Sequence[Recheck]:
    """The re-checks of a title, the latest first."""
    query = sa.select(Recheck).where(Recheck.title_id == title_id)
    return db.session.scalars(query.order_by(Recheck.checked_on.desc(), Recheck.id.desc())).all()


def require(title: Title, visit: Visit) -> None:
    """Refuses what a visit cannot be: ahead, before the naming, mending without a day to come."""
    today = clock.today()
    found = []
    if visit.checked_on > today:
        found.append(fault("day_ahead", "checked_on"))
    elif visit.checked_on < title.valid_from:
        found.append(fault("visit_before_title", "checked_on", since=title.valid_from))
    if title.last_day < today:
        found.append(fault("title_over", "checked_on", until=title.last_day))
    if visit.finding is not Finding.AS_NAMED and not visit.note:
        found.append(fault("finding_untold", "note"))
    if visit.finding is Finding.TO_MEND and (visit.due_on is None or visit.due_on <= today):
        found.append(fault("mend_day_missing", "mend_by"))
    if found:
        raise Refused(*found)


def enter(title: Title, visit: Visit, *, by: int) -> Recheck:
    """Keeps what a visit found, with its pictures when there are some: the visitor's, never proof
    of the unit."""
    require(title, visit)
    made = Recheck(
        title_id=title.id,
        title=title,
        checked_on=visit.checked_on,
        finding=visit.finding,
        note=visit.note,
        due_on=visit.due_on if visit.finding is Finding.TO_MEND else None,
        checked_at=clock.now(),
        checked_by=by,
    )
    db.session.add(made)
    db.session.flush()
    apart.keep(visit.photos, Purpose.RECHECK, made.id, unit_id=title.unit_id, by=by)
    _tell("rechecked", made, by=by, finding=visit.finding.value, reason=visit.note)
    return made


def close(recheck: Recheck, version: int, why: str, *, by: int) -> None:
    """What was found is put right, or is followed up elsewhere, as ``why`` says."""
    if recheck.row_version != version:
        raise Stale
    if not recheck.is_open:
        raise Refused(fault("recheck_closed"))
    if not why:
        raise Refused(fault("closing_untold", "why"))
    recheck.closed_at, recheck.closed_by, recheck.closed_why = clock.now(), by, why
    db.session.flush()
    _tell("recheck_closed", recheck, by=by, reason=why)


def _tell(verb: str, recheck: Recheck, *, by: int, **detail: Any) -> None:
    title = recheck.title
    history.record(verb, "title", title.id, by=by, unit_id=title.unit_id, **detail)
