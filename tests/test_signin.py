"""Signing in: throttled tries, and sessions that live and end on the server."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from campaigns import people
from campaigns.database import db
from campaigns.people import Person, signin
from campaigns.people.signin import Session
from tests.cast import PASSWORD, Cast
from tests.conftest import Site, Time

LIAISON, NEIGHBOUR, ADDRESS = "liaison", "neighbour", "192.0.2.1"


@pytest.fixture
def cast(committing: Site) -> Iterator[Cast]:
    """The cast in a database that keeps what it is told: sessions commit by themselves."""
    with committing.app.app_context():
        yield committing.cast
        db.session.rollback()


def test_name_and_password_together_are_a_person(cast: Cast) -> None:
    assert signin.check(LIAISON, PASSWORD) == cast.people[LIAISON]
    for username, password in (
        (LIAISON, PASSWORD + "x"),
        (LIAISON, ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("LIAISON", PASSWORD),
        ("liaison' --", PASSWORD),
    ):
        assert signin.check(username, password) is None


def test_a_disabled_person_cannot_sign_in(cast: Cast, time: Time) -> None:
    db.session.execute(
        sa.update(Person).where(Person.id == cast.people[LIAISON]).values(disabled_at=time.now)
    )
    assert signin.check(LIAISON, PASSWORD) is None


def test_only_the_hash_of_a_sessions_token_is_stored(cast: Cast) -> None:
    token = signin.begin(cast.people[LIAISON], {"_user_id": "1"})
    rows = db.session.execute(sa.select(Session)).scalars().all()
    assert [row.person_id for row in rows] == [cast.people[LIAISON]]
    assert token not in repr([vars(row) for row in rows])
    assert len(token) >= 43
    stored = rows[0].token_hash
    db.session.rollback()
    loaded = signin.load(token)
    assert loaded is not None
    assert (loaded.person_id, loaded.data) == (cast.people[LIAISON], {"_user_id": "1"})
    assert signin.load(stored) is None
    assert signin.load("") is None
    assert signin.begin(cast.people[LIAISON], {}) != token


def test_a_session_keeps_what_is_saved_in_it(cast: Cast) -> None:
    token = signin.begin(cast.people[LIAISON], {})
    signin.save(token, {"csrf_token": "x"})
    loaded = signin.load(token)
    assert loaded is not None
    assert loaded.data == {"csrf_token": "x"}


def test_a_session_ends_after_an_hour_of_doing_nothing(cast: Cast, time: Time) -> None:
    token = signin.begin(cast.people[LIAISON], {})
    time.pass_by(minutes=59)
    assert signin.load(token)
    time.pass_by(minutes=59)
    assert signin.load(token)
    time.pass_by(minutes=60)
    assert signin.load(token) is None


def test_a_session_ends_after_twelve_hours_however_busy(cast: Cast, time: Time) -> None:
    token = signin.begin(cast.people[LIAISON], {})
    for _ in range(23):
        time.pass_by(minutes=30)
        assert signin.load(token)
    time.pass_by(minutes=30)
    assert signin.load(token) is None


def test_the_last_visit_is_written_once_in_five_minutes_at_most(cast: Cast, time: Time) -> None:
    token = signin.begin(cast.people[LIAISON], {})
    seen: list[object] = []
    for minutes in (4, 1, 4):
        time.pass_by(minutes=minutes)
        signin.load(token)
        seen.append(db.session.scalar(sa.select(Session.seen_at)))
        db.session.rollback()
    assert len(set(seen)) == 2
    assert seen[1] == seen[2]


def test_an_ended_session_is_worth_nothing(cast: Cast) -> None:
    token, other = (signin.begin(cast.people[LIAISON], {}) for _ in range(2))
    signin.end(token)
    assert signin.load(token) is None
    assert signin.load(other)


def test_a_change_of_password_ends_the_persons_other_sessions(cast: Cast) -> None:
    here, there = (signin.begin(cast.people[LIAISON], {}) for _ in range(2))
    neighbour = signin.begin(cast.people[NEIGHBOUR], {})
    signin.end_others(cast.people[LIAISON], here)
    db.session.commit()
    assert signin.load(here)
    assert signin.load(there) is None
    assert signin.load(neighbour)
    assert people.stored_password(cast.people[LIAISON])


def test_ten_wrong_tries_stop_an_account_and_no_other(cast: Cast, time: Time) -> None:
    assert cast
    for number in range(signin.TRIES_PER_ACCOUNT):
        assert not signin.throttled(LIAISON, ADDRESS)
        db.session.rollback()
        signin.failed(LIAISON, f"192.0.2.{number}")
    assert signin.throttled(LIAISON, ADDRESS)
    assert not signin.throttled(NEIGHBOUR, ADDRESS)
    time.pass_by(minutes=10)
    assert not signin.throttled(LIAISON, ADDRESS)


def test_forty_wrong_tries_stop_an_address_and_no_other(cast: Cast) -> None:
    assert cast
    for number in range(signin.TRIES_PER_ADDRESS):
        assert not signin.throttled(NEIGHBOUR, ADDRESS)
        db.session.rollback()
        signin.failed(f"guess {number}", ADDRESS)
    assert signin.throttled(NEIGHBOUR, ADDRESS)
    assert not signin.throttled(NEIGHBOUR, "192.0.2.2")
