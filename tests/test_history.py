"""History: rows are only ever added, and the database itself sees to it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from campaigns import history
from campaigns.database import db
from campaigns.history import Event
from tests.cast import Cast
from tests.conftest import Site, Time
from tests.doing import approve, enrolment, send


@pytest.mark.parametrize(
    "statement",
    [
        sa.update(Event).values(verb="nothing"),
        sa.update(Event).values(person_id=None),
        sa.delete(Event),
        sa.text("UPDATE event SET detail = '{}' WHERE id = (SELECT min(id) FROM event)"),
        sa.text("DELETE FROM event WHERE id = (SELECT max(id) FROM event)"),
    ],
    ids=str,
)
def test_the_database_refuses_to_change_or_remove_an_event(
    cast: Cast, statement: sa.Executable
) -> None:
    assert cast
    before = db.session.scalar(sa.select(sa.func.count(Event.id)))
    with pytest.raises(DBAPIError, match="history is only added to"), db.session.begin_nested():
        db.session.execute(statement, execution_options={"synchronize_session": False})
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == before > 0


def test_an_event_says_who_did_what_to_what_and_when(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    item = send(cast, village, "1.3")
    event = history.of_item(item.id, seen_by_unit=True)[0]
    assert (event.verb, event.subject, event.subject_id) == ("submitted", "item", item.id)
    assert (event.at, event.person_id) == (time.now, cast.people["liaison"])
    assert event.unit_id == village.unit_id
    assert (event.detail["key"], event.detail["value"]) == ("1.3", 5)


def test_a_units_history_holds_what_is_its_own_the_newest_first(cast: Cast, time: Time) -> None:
    village, other = enrolment(cast), enrolment(cast, "neighbour")
    item = send(cast, village, "1.3")
    send(cast, other, "1.3", by="neighbour")
    approve(cast, village, item)

    def verbs(*, seen_by_unit: bool) -> list[str]:
        found = history.of_unit(village.unit_id, seen_by_unit=seen_by_unit, limit=2)
        return [each.verb for each in found]

    assert verbs(seen_by_unit=False) == ["approved", "submitted"]
    assert "approved" not in verbs(seen_by_unit=True)
    time.pass_by(minutes=5)
    assert verbs(seen_by_unit=True) == ["approved", "submitted"]


def test_what_is_rolled_back_did_not_happen(cast: Cast) -> None:
    village = enrolment(cast)
    before = db.session.scalar(sa.select(sa.func.count(Event.id)))
    item = send(cast, village, "1.3")
    assert history.of_item(item.id, seen_by_unit=False)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == before


def test_a_remark_survives_the_refusal_of_its_request(committing: Site) -> None:
    by = committing.cast.people["liaison"]
    with committing.app.app_context():
        history.remark("denied", "route", None, by=by, address="192.0.2.1", path="/titles")
        db.session.rollback()
        query = sa.select(Event).where(Event.verb == "denied")
        event = db.session.scalars(query).one()
        assert (event.person_id, event.address) == (by, "192.0.2.1")
        assert event.detail == {"path": "/titles"}
