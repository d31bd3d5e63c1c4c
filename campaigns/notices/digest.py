"""The digest: what a person has not read, by mail, never more than once a day.

The day is claimed before anything is sent, so that whatever happens then nobody is written to
twice on it. What could not be sent is part of the next day's digest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from campaigns import clock, database, people
from campaigns.database import db
from campaigns.notices import Notice, new
from campaigns.notices.mail import Mail, Send
from campaigns.notices.records import Digest
from campaigns.people import Person

#: Makes a message of what is new, for a person's address and in her language.
Write = Callable[[str, str | None, list[Notice]], Mail]
_LONGEST_FAILURE = 200


@dataclass(slots=True)
class Sent:
    """How many people were written to, and how many could not be."""

    sent: int = 0
    failed: int = 0


def send_all(write: Write, send: Send) -> Sent:
    """Writes to everybody who wants it and has something new to read, in short transactions."""
    done = Sent()
    for person_id in _wanting(clock.today()):
        outcome = _send(person_id, write, send)
        if outcome is not None:
            done.sent += outcome
            done.failed += not outcome
    return done


def _wanting(today: date) -> Iterator[int]:
    """Whoever may be written to today."""
    tried = sa.select(Digest.person_id).where(
        Digest.person_id == Person.id, Digest.tried_on >= today
    )
    query = sa.select(Person.id).where(
        Person.email.is_not(None),
        Person.digest,
        Person.disabled_at.is_(None),
        ~tried.exists(),
    )
    with database.short(write=False) as connection:
        ids = connection.scalars(query.order_by(Person.id)).all()
    yield from ids


def _send(person_id: int, write: Write, send: Send) -> bool | None:
    """Whether the person was written to; none when there was nothing to say, or it was said."""
    with database.reading():
        db.session.rollback()
        actor, (address, wanted) = people.actor(person_id), people.mailbox(person_id)
        before = db.session.get(Digest, person_id)
        told_until = before.told_until if before else None
        fresh = new(actor, told_until) if actor and address and wanted else []
        made = write(address, actor.language if actor else None, fresh) if fresh else None
        db.session.rollback()
    if made is None or not _claim(person_id):
        return None
    try:
        send(made)
    except (OSError, ValueError) as raised:
        with database.committed():
            _update(person_id, failure=(str(raised) or type(raised).__name__)[:_LONGEST_FAILURE])
        return False
    with database.committed():
        _update(person_id, told_until=max(each.at for each in fresh), failure=None)
    return True


def _claim(person_id: int) -> bool:
    """Takes today for this digest; not a second time."""
    today = clock.today()
    made = database.insert(Digest).values(person_id=person_id, tried_on=today)
    claimed = made.on_conflict_do_update(
        index_elements=["person_id"], set_={"tried_on": today}, where=Digest.tried_on < today
    ).returning(Digest.person_id)
    with database.committed():
        return db.session.scalar(claimed) is not None


def _update(person_id: int, **values: object) -> None:
    db.session.execute(sa.update(Digest).where(Digest.person_id == person_id).values(**values))
