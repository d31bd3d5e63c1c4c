"""Tokens with which programs do for a person what she lets them do."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history
from campaigns.database import Base, db
from campaigns.errors import Fault, NotFound, Refused, fault
from campaigns.text import free

#: What our tokens begin with, so that one that lies about is known for what it is.
PREFIX = "pingan_"
#: The longest life of a token.
LONGEST = timedelta(days=365)
#: Tokens that a person may have in use at the same time.
MOST = 10
#: The time of the last use is written at most this often.
USED_EVERY = timedelta(minutes=5)


class ApiToken(Base):
    """A token of one person for one program. Only its hash is kept. It reads; with ``uploads`` it
    also sends proof, and writes nothing else."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    name: Mapped[str]
    token_sha256: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_on: Mapped[date]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    uploads: Mapped[bool] = mapped_column(default=False)

    def is_in_use(self, today: date) -> bool:
        """Whether the token still opens anything; its last day is ``expires_on``."""
        return self.revoked_at is None and today <= self.expires_on


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token a program came with, and whether it may send proof for her."""

    token_id: int
    person_id: int
    uploads: bool


def make(person_id: int, name: str, expires_on: date, *, uploads: bool = False) -> str:
    """Makes a token and gives it, once; refuses one without a name, over a year, or too many.

    With ``uploads`` the program may also send proof, wherever the person may.
    """
    today, wrong = clock.today(), list[Fault]()
    name = free(name, "token_name", 60)
    if not name:
        wrong.append(fault("token_name_missing", "token_name"))
    if expires_on > today + LONGEST:
        wrong.append(fault("token_too_long", "expires_on"))
    if expires_on < today:
        wrong.append(fault("due_in_the_past", "expires_on"))
    if len(listed(person_id)) >= MOST:
        wrong.append(fault("token_too_many", limit=MOST))
    if wrong:
        raise Refused(*wrong)
    token = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(
        person_id=person_id,
        name=name,
        token_sha256=_hash(token),
        created_at=clock.now(),
        expires_on=expires_on,
        uploads=uploads,
    )
    db.session.add(made)
    db.session.flush()
    history.record("token_made", "api_token", made.id, by=person_id, name=name, uploads=uploads)
    return token


def listed(person_id: int) -> Sequence[ApiToken]:
    """The tokens of a person that are in use, the newest first."""
    query = sa.select(ApiToken).where(
        ApiToken.person_id == person_id,
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_on >= clock.today(),
    )
    return db.session.scalars(query.order_by(ApiToken.id.desc())).all()


def revoke(token_id: int, person_id: int) -> None:
    """Ends a token of a person at once; raises NotFound for one that is not hers, or has ended."""
    found = db.session.get(ApiToken, token_id)
    if found is None or found.person_id != person_id or not found.is_in_use(clock.today()):
        raise NotFound(token_id)
    found.revoked_at = clock.now()
    db.session.flush()
    history.record("token_revoked", "api_token", found.id, by=person_id, name=found.name)


def holder(token: str) -> Holder | None:
    """Whose token this is; none when it was never made, was revoked, or is past its last day."""
    found = db.session.scalar(sa.select(ApiToken).where(ApiToken.token_sha256 == _hash(token)))
    if found is None or not found.is_in_use(clock.today()):
        return None
    _note_use(found)
    return Holder(found.id, found.person_id, found.uploads)


def _note_use(token: ApiToken) -> None:
    now, before = clock.now(), token.last_used_at
    if before is not None and now - before < USED_EVERY:
        return
    with database.short(write=True) as connection:
        connection.execute(
            sa.update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now)
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
