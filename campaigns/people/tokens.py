"""Tokens with which programs do for a person what she lets them do."""

import hashlib
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock
from campaigns.database import Base, db
from campaigns.people import Person


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


def person_who_uploads(token: str) -> int | None:
    """The person for whom this token may upload; none when unknown, over, revoked or disabled."""
    query = (
        sa.select(ApiToken.person_id)
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.token_sha256 == hashlib.sha256(token.encode()).hexdigest(),
            ApiToken.uploads.is_(True),
            ApiToken.expires_on >= clock.today(),
            ApiToken.revoked_at.is_(None),
            Person.disabled_at.is_(None),
        )
    )
    return db.session.scalar(query)
