"""Objections: what anybody has against a unit on public notice, and how the city office answers.

Nobody has to say who she is. Whoever wants to be told leaves a way to be reached; it is kept apart
from what she wrote, and forgotten when the answer is given. Nobody is named while one is open.
"""

import enum
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import clock, history, settings, text
from campaigns.campaign import HIDDEN, Campaign, CampaignState, Step
from campaigns.database import Base, Large, db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.units import Unit

#: The longest that an objection or its answer may be.
LONGEST = 2_000


class Result(enum.StrEnum):
    """What came of an objection."""

    DISMISSED = "dismissed"
    #: It was right in part: the unit goes on public notice once more.
    AGAIN = "again"
    #: It was right: the unit has not passed.
    NOT_PASSED = "not_passed"


class Objection(Base):
    """What somebody has against an enrolment on public notice; open until it has a ``result``."""

    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    text: Mapped[str]
    raised_at: Mapped[datetime]
    result: Mapped[Result | None]
    #: What the city office answers; the unit reads it too.
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")


class Contact(Base):
    """How whoever objected wants to be told of the answer; gone with the answer."""

    __tablename__ = "objection_contact"

    objection_id: Mapped[int] = mapped_column(
        sa.ForeignKey("objection.id"), primary_key=True, autoincrement=False
    )
    contact: Mapped[str]


def campaign_on_notice(campaign_id: int) -> Campaign:
    """A campaign whose list is put before the public; raises NotFound for every other."""
    found = db.session.get(Campaign, campaign_id)
    if found is None or found.state in HIDDEN or Step.NOTICE not in found.acceptance:
        raise NotFound(campaign_id)
    return found


def listed(campaign_id: int, *, offset: int, limit: int) -> Sequence[Enrolment]:
    """What the public sees of a campaign: first who may be objected to now, then who waits to be
    named, and for a while those who were named since; each in the order of places."""
    kept_since = clock.today() - timedelta(days=settings.NOTICE_KEPT_DAYS)
    query = (
        records.enrolments()
        .where(
            Enrolment.campaign_id == campaign_id,
            sa.or_(
                Enrolment.state == EnrolmentState.PUBLICISED,
                sa.and_(
                    Enrolment.state == EnrolmentState.NAMED, Enrolment.notice_until >= kept_since
                ),
            ),
        )
        .order_by(sa.case((_may_be_raised(), 0), else_=1), Jurisdiction.path, Unit.code)
        .offset(offset)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def _may_be_raised() -> sa.ColumnElement[bool]:
    """The same as ``may_be_raised``, in a query."""
    runs = sa.or_(Enrolment.notice_until.is_(None), Enrolment.notice_until >= clock.today())
    kept = Campaign.state != CampaignState.ARCHIVED
    return sa.and_(Enrolment.state == EnrolmentState.PUBLICISED, kept, runs)


def may_be_raised(enrolment: Enrolment) -> bool:
    """Whether anybody may object to it now: while it is on notice, the last day included."""
    return (
        enrolment.state is EnrolmentState.PUBLICISED
        and not enrolment.campaign.is_archived
        and (enrolment.notice_until is None or enrolment.notice_until >= clock.today())
    )


def counted(enrolment_ids: Collection[int]) -> dict[int, int]:
    """How many objections there were to each of these enrolments, answered ones among them."""
    query = (
        sa.select(Objection.enrolment_id, sa.func.count())
        .where(Objection.enrolment_id.in_(enrolment_ids))
        .group_by(Objection.enrolment_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def with_open(enrolment_ids: Collection[int]) -> set[int]:
    """Those of the enrolments that have an objection without an answer."""
    query = sa.select(Objection.enrolment_id).where(
        Objection.enrolment_id.in_(enrolment_ids), Objection.result.is_(None)
    )
    return set(db.session.scalars(query))


def raise_(campaign_id: int, enrolment_id: int, words: str, contact: str = "") -> Objection:
    """Takes an objection to a unit that is on notice now; refuses it for any other.

    Private numbers belong to the contact alone, which is forgotten: they are refused in the text.
    """
    words = text.free(words, "text", LONGEST)
    contact = text.free(contact, "contact", 100)
    if not words:
        raise Refused(fault("objection_missing", "text"))
    if text.looks_like_phone(words):
        raise Refused(fault("objection_phone", "text"))
    # Naming takes the same row first: whoever comes second sees what the other did.
    query = records.enrolments().where(
        Enrolment.id == enrolment_id, Enrolment.campaign_id == campaign_id
    )
    found = db.session.scalar(
        query.with_for_update(of=Enrolment), execution_options={"populate_existing": True}
    )
    if found is None or not may_be_raised(found):
        raise Refused(fault("objection_too_late", "enrolment"))
    made = Objection(enrolment_id=found.id, text=words, raised_at=clock.now())
    db.session.add(made)
    db.session.flush()
    if contact:
        db.session.add(Contact(objection_id=made.id, contact=contact))
        db.session.flush()
    history.record("objected", "objection", made.id, by=None, unit_id=found.unit_id)
    return made


def of_scope(scope: Scope, *, is_open: bool, limit: int) -> Sequence[Objection]:
    """The objections within the scope, with enrolment, unit, place and campaign: those that wait,
    the oldest first, or the answered ones, the latest first."""
    order = Objection.id if is_open else Objection.answered_at.desc()
    query = (
        _objections(scope)
        .where(Objection.result.is_(None) if is_open else Objection.result.is_not(None))
        .order_by(order, Objection.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def waiting(scope: Scope) -> int:
    """How many objections within the scope wait for an answer."""
    query = _objections(scope).where(Objection.result.is_(None))
    return db.session.scalar(query.with_only_columns(sa.func.count(Objection.id))) or 0


def of_enrolment(enrolment_id: int) -> Sequence[Objection]:
    """The objections to an enrolment, the oldest first."""
    query = sa.select(Objection).where(Objection.enrolment_id == enrolment_id)
    return db.session.scalars(query.order_by(Objection.id)).all()


def contacts(found: Sequence[Objection]) -> dict[int, str]:
    """How those who objected can be reached, where they said so."""
    query = sa.select(Contact).where(Contact.objection_id.in_([each.id for each in found]))
    return {each.objection_id: each.contact for each in db.session.scalars(query)}


def find(objection_id: int, scope: Scope) -> Objection:
    """The objection within the scope, with what ``of_scope`` loads; raises NotFound."""
    found = db.session.scalar(_objections(scope).where(Objection.id == objection_id))
    if found is None:
        raise NotFound(objection_id)
    return found


def _objections(scope: Scope) -> sa.Select[Objection]:
    whole = contains_eager(Objection.enrolment)
    return (
        sa.select(Objection)
        .join(Objection.enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .join(Enrolment.campaign)
        .options(
            whole.contains_eager(Enrolment.unit).contains_eager(Unit.place),
            whole.contains_eager(Enrolment.campaign),
        )
        .where(scope.clause(Jurisdiction.path, Unit.id))
    )


def answer(
    objection: Objection, version: int, result: Result | None, words: str, *, by: int
) -> None:
    """Answers an objection; the contact is forgotten.

    Where it was right, the unit goes back: before the notice, or to where it has not passed. One
    that is no longer on the list, because another objection was right too, stays where it is.
    """
    if objection.row_version != version or objection.result is not None:
        raise Stale
    words = text.free(words, "answer", LONGEST)
    found = []
    if result is None:
        found.append(fault("result_missing", "result"))
    if not words:
        found.append(fault("answer_missing", "answer"))
    if result is None or found:
        raise Refused(*found)
    enrolment = objection.enrolment
    objection.result, objection.answer = result, words
    objection.answered_at, objection.answered_by = clock.now(), by
    db.session.execute(sa.delete(Contact).where(Contact.objection_id == objection.id))
    db.session.flush()
    verb = "objection_dismissed" if result is Result.DISMISSED else "objection_upheld"
    history.record(verb, "objection", objection.id, by=by, unit_id=enrolment.unit_id, reason=words)
    if result is not Result.DISMISSED and enrolment.state is EnrolmentState.PUBLICISED:
        enrolment.notice_until = None
        after = _goes_back_to(enrolment, result)
        transitions.move_on(enrolment, after, by=by, verb="taken_off_notice", state=after.value)


def _goes_back_to(enrolment: Enrolment, result: Result) -> EnrolmentState:
    if result is Result.NOT_PASSED:
        return EnrolmentState.NOT_PASSED
    way = transitions.way_to(enrolment, EnrolmentState.PUBLICISED)
    return way[-2] if len(way) > 1 else EnrolmentState.TOWN_PASSED
