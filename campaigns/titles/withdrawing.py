"""Withdrawing a title: announced with its reason, answered by the unit, then decided.

Nobody loses a title unheard: it stands until the days for an answer are over, or the unit has
answered, and the city office has decided then.
"""

import enum
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history, settings, workdays
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.titles.records import WHOLE, Title, listed, recounted
from campaigns.units import Unit


class WithdrawalState(enum.StrEnum):
    """How far a withdrawal is."""

    ANNOUNCED = "announced"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    DROPPED = "dropped"


#: The states in which somebody still has to act.
OPEN = (WithdrawalState.ANNOUNCED, WithdrawalState.ANSWERED)


class Withdrawal(Base):
    """One announcement that a title is to be withdrawn, with its answer and its decision."""

    __tablename__ = "withdrawal"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    title_id: Mapped[int] = mapped_column(sa.ForeignKey("title.id"), index=True)
    state: Mapped[WithdrawalState] = mapped_column(default=WithdrawalState.ANNOUNCED)
    reason: Mapped[str]
    document_number: Mapped[str]
    announced_at: Mapped[datetime]
    announced_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    #: The last day for the unit's answer.
    answer_by: Mapped[date]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_why: Mapped[str | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    title: Mapped[Title] = relationship(lazy="raise")

    @property
    def awaits_unit(self) -> bool:
        """Whether the unit may answer today."""
        return self.state is WithdrawalState.ANNOUNCED and clock.today() <= self.answer_by

    @property
    def awaits_office(self) -> bool:
        """Whether the city office may confirm it: the unit was heard, or had its days."""
        return self.state in OPEN and not self.awaits_unit


def awaits_office() -> sa.ColumnElement[bool]:
    """The condition that a withdrawal ``awaits_office`` today."""
    over = sa.and_(
        Withdrawal.state == WithdrawalState.ANNOUNCED, Withdrawal.answer_by < clock.today()
    )
    return sa.or_(Withdrawal.state == WithdrawalState.ANSWERED, over)


def page(scope: Scope, *, offset: int, limit: int) -> Sequence[Title]:
    """The titles within the scope of which a withdrawal is under way, with their units, places and
    standards: those that wait for the city office first, then by their days for an answer."""
    query = (
        listed(scope)
        .options(*WHOLE)
        .join(Withdrawal, Withdrawal.title_id == Title.id)
        .where(Withdrawal.state.in_(OPEN))
        .order_by(None)
        .order_by(sa.case((awaits_office(), 0), else_=1), Withdrawal.answer_by, Title.id)
    )
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def find(withdrawal_id: int, scope: Scope) -> Withdrawal:
    """The withdrawal with its title, unit and place, within the scope; raises NotFound."""
    query = (
        sa.select(Withdrawal)
        .join(Withdrawal.title)
        .join(Title.unit)
        .join(Unit.place)
        .options(
            contains_eager(Withdrawal.title).contains_eager(Title.unit).contains_eager(Unit.place)
        )
        .where(Withdrawal.id == withdrawal_id, scope.clause(Jurisdiction.path, Unit.id))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(withdrawal_id)
    return found


def of_titles(title_ids: Sequence[int]) -> Sequence[Withdrawal]:
    """The withdrawals of these titles, the latest first."""
    query = sa.select(Withdrawal).where(Withdrawal.title_id.in_(title_ids))
    return db.session.scalars(query.order_by(Withdrawal.id.desc())).all()


def announce(title: Title, reason: str, document_number: str, *, by: int) -> Withdrawal:
    """Tells the unit that its title is to be withdrawn, and until when it may answer.

    Refuses a title that is over, and a second announcement while one is open.
    """
    missing = [] if reason else [fault("withdrawal_reason_missing", "reason")]
    missing += [] if document_number else [fault("document_number_missing", "document_number")]
    if missing:
        raise Refused(*missing)
    today = clock.today()
    # Two announcements at once would both see none.
    db.session.execute(sa.select(Title.id).where(Title.id == title.id).with_for_update())
    if title.last_day < today:
        raise Refused(fault("title_over", until=title.last_day))
    if any(each.state in OPEN for each in of_titles([title.id])):
        raise Refused(fault("withdrawal_open"))
    made = Withdrawal(
        title_id=title.id,
        title=title,
        state=WithdrawalState.ANNOUNCED,
        reason=reason,
        document_number=document_number,
        announced_at=clock.now(),
        announced_by=by,
        answer_by=workdays.after(today, settings.WITHDRAWAL_DAYS),
    )
    db.session.add(made)
    db.session.flush()
    _tell("withdrawal_announced", made, reason, by=by)
    return made


def answer(withdrawal: Withdrawal, version: int, words: str, *, by: int) -> None:
    """The unit's answer, once and within its days."""
    _require(withdrawal, version)
    if not withdrawal.awaits_unit:
        raise Refused(fault("answer_over", "answer", until=withdrawal.answer_by))
    if not words:
        raise Refused(fault("answer_missing", "answer"))
    withdrawal.state, withdrawal.answer = WithdrawalState.ANSWERED, words
    withdrawal.answered_at, withdrawal.answered_by = clock.now(), by
    db.session.flush()
    _tell("withdrawal_answered", withdrawal, words, by=by)


def confirm(withdrawal: Withdrawal, version: int, why: str, *, by: int) -> None:
    """Withdraws the title: today is the first day without it. The unit was heard before."""
    _require(withdrawal, version)
    if not withdrawal.awaits_office:
        raise Refused(fault("unit_not_heard", until=withdrawal.answer_by))
    _decide(withdrawal, WithdrawalState.CONFIRMED, why, by=by)
    title, today = withdrawal.title, clock.today()
    with recounted([title]):
        title.withdrawn_on, title.withdrawn_why = today, withdrawal.reason
        title.ended_on = min(title.last_day, today - timedelta(days=1))
    _tell("title_withdrawn", withdrawal, withdrawal.reason, by=by)


def drop(withdrawal: Withdrawal, version: int, why: str, *, by: int) -> None:
    """Lets the title stand; before the answer too, when it was announced in error."""
    _require(withdrawal, version)
    _decide(withdrawal, WithdrawalState.DROPPED, why, by=by)
    _tell("withdrawal_dropped", withdrawal, why, by=by)


def _require(withdrawal: Withdrawal, version: int) -> None:
    if withdrawal.row_version != version:
        raise Stale
    if withdrawal.state not in OPEN:
        raise Refused(fault("withdrawal_decided"))


def _decide(withdrawal: Withdrawal, state: WithdrawalState, why: str, *, by: int) -> None:
    if not why:
        raise Refused(fault("decision_reason_missing", "why"))
    withdrawal.state, withdrawal.decided_why = state, why
    withdrawal.decided_at, withdrawal.decided_by = clock.now(), by
    db.session.flush()


def _tell(verb: str, withdrawal: Withdrawal, words: str, *, by: int) -> None:
    title = withdrawal.title
    history.record(verb, "title", title.id, by=by, unit_id=title.unit_id, reason=words)
