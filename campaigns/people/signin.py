"""Signing in: throttled attempts, and sessions that live on the server."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, settings
from campaigns.database import Base, Large, db
from campaigns.people import Person, password_matches

#: Wrong attempts within the window after which an account, or an address, has to wait.
WINDOW = timedelta(minutes=10)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 40
#: The time of the last visit is written at most this often.
SEEN_EVERY = timedelta(minutes=5)


class Session(Base):
    """A signed-in browser. Only the hash of its token is stored."""

    __tablename__ = "session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


_OF_TOKEN = sa.select(Session.person_id, Session.began_at, Session.seen_at, Session.data).where(
    Session.token_hash == sa.bindparam("hash")
)


class Attempt(Base):
    """One wrong sign-in, kept for throttling."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        sa.Index("ix_login_attempt_username_at", "username", "at"),
        sa.Index("ix_login_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    at: Mapped[datetime]
    username: Mapped[str]
    address: Mapped[str]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session as read from its token."""

    token: str
    person_id: int
    data: dict[str, Any]


def throttled(username: str, address: str) -> bool:
    """Whether this account or this address has to wait before it may try again."""
    since = clock.now() - WINDOW
    query = sa.select(
        sa.func.count().filter(Attempt.username == username),
        sa.func.count().filter(Attempt.address == address),
    ).where(Attempt.at > since, sa.or_(Attempt.username == username, Attempt.address == address))
    by_account, by_address = db.session.execute(query).one()
    return bool(by_account >= TRIES_PER_ACCOUNT or by_address >= TRIES_PER_ADDRESS)


def check(username: str, password: str) -> int | None:
    """The id of the person whose name and password these are; takes equally long if none.

    An initial password that was not changed in time is no password any more.
    """
    in_time = sa.or_(Person.password_until.is_(None), Person.password_until > clock.now())
    query = sa.select(Person.id, Person.password_hash).where(
        Person.username == username, Person.disabled_at.is_(None), in_time
    )
    row = db.session.execute(query).one_or_none()
    if not password_matches(row.password_hash if row else None, password):
        return None
    return int(row.id) if row else None


def failed(username: str, address: str) -> None:
    """Notes a wrong sign-in, in a transaction of its own."""
    with database.short(write=True) as connection:
        connection.execute(
            sa.insert(Attempt).values(at=clock.now(), username=username[:100], address=address)
        )


def begin(person_id: int, data: dict[str, Any]) -> str:
    """Begins a session and gives its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    with database.short(write=True) as connection:
        connection.execute(
            sa.insert(Session).values(
                token_hash=_hash(token), person_id=person_id, began_at=now, seen_at=now, data=data
            )
        )
    return token


def load(token: str) -> Loaded | None:
    """The session of this token, unless it ended or was idle too long."""
    now = clock.now()
    with database.short(write=False) as connection:
        row = connection.execute(_OF_TOKEN, {"hash": _hash(token)}).one_or_none()
    if row is None:
        return None
    if not (
        timedelta() <= now - row.began_at < settings.SESSION_LIFE
        and now - row.seen_at < settings.SESSION_IDLE
    ):
        return None
    if now - row.seen_at >= SEEN_EVERY:
        with database.short(write=True) as connection:
            connection.execute(
                sa.update(Session).where(Session.token_hash == _hash(token)).values(seen_at=now)
            )
    return Loaded(token, row.person_id, row.data)


def save(token: str, data: dict[str, Any]) -> None:
    """Stores what the session holds."""
    with database.short(write=True) as connection:
        connection.execute(
            sa.update(Session).where(Session.token_hash == _hash(token)).values(data=data)
        )


def end(token: str) -> None:
    """Ends a session on the server: the token is worth nothing afterwards."""
    with database.short(write=True) as connection:
        connection.execute(sa.delete(Session).where(Session.token_hash == _hash(token)))


def end_others(person_id: int, token: str | None) -> None:
    """Ends every other session of a person, as after a change of password."""
    db.session.execute(
        sa.delete(Session).where(
            Session.person_id == person_id, Session.token_hash != _hash(token or "")
        )
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
