"""The tables of acceptance rounds, and how they are loaded."""

import enum
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns.campaign import Campaign
from campaigns.database import Base, Large, db
from campaigns.enrolment.records import LEFT, Enrolment
from campaigns.errors import NotFound
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.text import Bilingual
from campaigns.units import Unit


class RoundState(enum.StrEnum):
    """A round's life: the team is put together, the list closed, the lot drawn, the round ended.

    A round that was ``called_off`` before its lot leaves no trace on anybody.
    """

    PREPARED = "prepared"
    ANNOUNCED = "announced"
    DRAWN = "drawn"
    ENDED = "ended"
    CALLED_OFF = "called_off"


#: In these a round goes on, so that nobody of its campaign is accepted outside it.
RUNNING = frozenset({RoundState.ANNOUNCED, RoundState.DRAWN})
#: In these another round of the same campaign has to wait.
UNFINISHED = RUNNING | {RoundState.PREPARED}


class Chosen(enum.StrEnum):
    """How a candidate came to be checked."""

    BY_LOT = "by_lot"
    BY_NAME = "by_name"


class Outcome(enum.StrEnum):
    """What a spot-check ends with."""

    ACCEPTED = "accepted"
    CONDITIONAL = "conditional"
    RETURNED = "returned"


class Verdict(enum.StrEnum):
    """What a member finds of an item on the spot."""

    HOLDS = "holds"
    FAILS = "fails"


class Round(Base):
    """One acceptance round of a campaign. ``share`` is the percentage to be drawn, ``others`` how
    many items are checked beside the vetoes, ``source`` the public draw that gives the seed."""

    __tablename__ = "acceptance_round"
    __table_args__ = (
        sa.Index(
            "ix_acceptance_round_one_unfinished",
            "campaign_id",
            unique=True,
            sqlite_where=sa.text("state IN ('prepared', 'announced', 'drawn')"),
            postgresql_where=sa.text("state IN ('prepared', 'announced', 'drawn')"),
        ),
        sa.CheckConstraint("share BETWEEN 1 AND 100", name="share_percent"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaign.id"), index=True)
    state: Mapped[RoundState]
    share: Mapped[int | None]
    others: Mapped[int | None]
    source: Mapped[str | None]
    draws_on: Mapped[date | None]
    candidates_sha256: Mapped[str | None]
    seed: Mapped[str | None]
    begun_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    campaign: Mapped[Campaign] = relationship(lazy="raise")


class Member(Base):
    """A person on the team of a round, and the body that sent her, such as 公安局."""

    __tablename__ = "acceptance_member"

    round_id: Mapped[int] = mapped_column(
        sa.ForeignKey("acceptance_round.id"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    body_zh: Mapped[str]
    body_en: Mapped[str]

    @property
    def body(self) -> Bilingual:
        """The body in both languages."""
        return Bilingual(self.body_zh, self.body_en)


class Candidate(Base):
    """An enrolment on the closed list of a round, or added by name; codes as they were then."""

    __tablename__ = "candidate"
    __table_args__ = (sa.UniqueConstraint("round_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("acceptance_round.id"))
    enrolment_id: Mapped[int] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    town_code: Mapped[str]
    unit_code: Mapped[str]
    #: Whether it was on the list when that was closed.
    listed: Mapped[bool]
    chosen: Mapped[Chosen | None]
    #: The incident for which it was added by name.
    why: Mapped[str | None]
    outcome: Mapped[Outcome | None]
    reason: Mapped[str | None]
    mend_by: Mapped[date | None]
    settled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    round: Mapped[Round] = relationship(lazy="raise")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    @property
    def has_left(self) -> bool:
        """Whether the unit takes part no longer, so that nothing is to be said of it."""
        return self.enrolment.state in LEFT


class Spot(Base):
    """An item that is checked, and how a difference between the two members was settled."""

    __tablename__ = "spot"
    __table_args__ = (sa.UniqueConstraint("candidate_id", "item_id"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    candidate_id: Mapped[int] = mapped_column(sa.ForeignKey("candidate.id"))
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    verdict: Mapped[Verdict | None]
    reason: Mapped[str | None]
    settled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    row_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict


class Finding(Base):
    """What one member found of one item, never overwritten. ``place`` is 1 or 2."""

    __tablename__ = "finding"
    __table_args__ = (sa.CheckConstraint("place IN (1, 2)", name="two_members"),)

    spot_id: Mapped[int] = mapped_column(
        sa.ForeignKey("spot.id"), primary_key=True, autoincrement=False
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    verdict: Mapped[Verdict]
    note: Mapped[str]
    found_at: Mapped[datetime]


def _rounds() -> sa.Select[Round]:
    return (
        sa.select(Round)
        .join(Round.campaign)
        .join(Campaign.place)
        .options(contains_eager(Round.campaign).contains_eager(Campaign.place))
    )


def find(round_id: int, scope: Scope) -> Round:
    """The round with its campaign, where the scope holds all of it; raises NotFound."""
    query = _rounds().where(Round.id == round_id, scope.clause(Jurisdiction.path))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(round_id)
    return found


def published(round_id: int) -> Round:
    """A round whose list is closed, for everybody; raises NotFound."""
    query = _rounds().where(Round.id == round_id, Round.announced_at.is_not(None))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(round_id)
    return found


def listed(scope: Scope) -> Sequence[Round]:
    """The rounds within the scope, the newest first, with their campaigns."""
    query = _rounds().where(scope.clause(Jurisdiction.path)).order_by(Round.id.desc())
    return db.session.scalars(query).all()


def of_campaign(campaign_id: int) -> Sequence[Round]:
    """The rounds of a campaign, the newest first."""
    query = _rounds().where(Round.campaign_id == campaign_id).order_by(Round.id.desc())
    return db.session.scalars(query).all()


def team(round_id: int) -> Sequence[Member]:
    """The members of a round."""
    query = sa.select(Member).where(Member.round_id == round_id)
    return db.session.scalars(query.order_by(Member.body_zh, Member.person_id)).all()


def candidates(round_id: int) -> Sequence[Candidate]:
    """Everybody on a round's list or added to it, by town and unit code; nothing else of them."""
    query = sa.select(Candidate).where(Candidate.round_id == round_id)
    return db.session.scalars(query.order_by(Candidate.town_code, Candidate.unit_code)).all()


def _whole() -> sa.Select[Candidate]:
    return (
        sa.select(Candidate)
        .join(Candidate.enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .join(Enrolment.campaign)
        .join(Candidate.round)
        .options(
            contains_eager(Candidate.enrolment).options(
                contains_eager(Enrolment.unit).contains_eager(Unit.place),
                contains_eager(Enrolment.campaign),
            ),
            contains_eager(Candidate.round).contains_eager(Round.campaign),
        )
    )


def chosen(round_id: int) -> Sequence[Candidate]:
    """The candidates to be checked, by town and unit code, with their units."""
    query = _whole().where(Candidate.round_id == round_id, Candidate.chosen.is_not(None))
    return db.session.scalars(query.order_by(Candidate.town_code, Candidate.unit_code)).all()


def candidate(candidate_id: int, scope: Scope) -> Candidate:
    """A candidate that is checked, with unit, campaign and round; raises NotFound."""
    query = _whole().where(
        Candidate.id == candidate_id,
        Candidate.chosen.is_not(None),
        scope.clause(Jurisdiction.path, Unit.id),
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(candidate_id)
    return found


def last_candidacy(enrolment_id: int) -> Candidate | None:
    """The last check of an enrolment in a round, if it was ever chosen for one."""
    query = sa.select(Candidate).where(
        Candidate.enrolment_id == enrolment_id, Candidate.chosen.is_not(None)
    )
    return db.session.scalar(query.order_by(Candidate.id.desc()).limit(1))
