"""Bulk approval: what is named is approved in one go, exactly, and undone as one."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from campaigns import clock, jurisdictions
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Item, ItemState
from campaigns.errors import NotAllowed, NotFound, Refused, Stale
from campaigns.history import Event
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Decision, bulk, undoing
from campaigns.review.bulk import Batch
from tests.cast import TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, events, picture, send, statements

KEY = "1.3"


def town() -> Scope:
    return Scope((interval(jurisdictions.find(TIANGONG, EVERYWHERE).path),))


def two(cast: Cast) -> tuple[Item, Item]:
    """The same item of two villages of the town, sent."""
    first = send(cast, enrolment(cast), KEY)
    return first, send(cast, enrolment(cast, "neighbour"), KEY, by="neighbour")


def approved(cast: Cast, *items: Item, by: str = "reviewer") -> Batch:
    chosen = {each.id: each.row_version for each in items}
    return bulk.approve(chosen, [(town(), None)], town(), by=cast.people[by])


def test_all_that_were_named_are_approved_each_with_its_decision_and_event(
    cast: Cast, time: Time
) -> None:
    items = two(cast)
    made = approved(cast, *items)
    assert (made.number, made.left) == (2, {})
    for item in items:
        db.session.refresh(item)
        assert (item.state, item.decided_at) == (ItemState.APPROVED, time.now)
        row = db.session.scalars(sa.select(Decision).where(Decision.item_id == item.id)).one()
        assert (row.approved, row.batch_id, row.decided_by) == (
            True,
            made.id,
            cast.people["reviewer"],
        )
        assert events("item", item.id) == ["submitted", "approved"]
    told = db.session.scalars(sa.select(Event).where(Event.verb == "approved")).all()
    assert {each.visible_at for each in told} == {items[0].visible_at}
    assert list(recount.check()) == []


def test_they_are_undone_as_one(cast: Cast) -> None:
    items = two(cast)
    made = approved(cast, *items)
    found = undoing.latest(cast.people["reviewer"])
    assert found is not None
    assert (found.batch_id, found.number) == (made.id, 2)
    assert undoing.undo(found, by=cast.people["reviewer"]) == 2
    for item in items:
        db.session.refresh(item)
        assert item.state is ItemState.SUBMITTED
        assert events("item", item.id) == ["submitted", "approved", "undone"]
    assert list(recount.check()) == []


def test_they_are_one_decision_though_the_clock_goes_on(
    cast: Cast, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = two(cast)

    def ticking() -> datetime:
        time.pass_by(microseconds=1)
        return time.now

    monkeypatch.setattr(clock, "now", ticking)
    made = approved(cast, *items)
    found = undoing.latest(cast.people["reviewer"])
    assert found is not None
    assert found.batch_id == made.id
    assert undoing.undo(found, by=cast.people["reviewer"]) == 2


def test_what_changed_meanwhile_is_left_and_named(cast: Cast) -> None:
    first, second = two(cast)
    third = send(cast, enrolment(cast), "3.2", Answer(numerator=1, denominator=2))
    seen = {each.id: each.row_version for each in (first, second)}
    approve(cast, enrolment(cast), first, by="second_reviewer")
    made = bulk.approve(seen, [(town(), None)], town(), by=cast.people["reviewer"])
    assert (made.number, made.left) == (1, {str(first.id): "bulk_changed"})
    assert [each.code for each in bulk.find(made.id, by=cast.people["reviewer"])[1]] == [
        "bulk_changed"
    ]
    with pytest.raises(NotFound):
        bulk.find(made.id, by=cast.people["second_reviewer"])
    db.session.refresh(third)
    assert third.state is ItemState.SUBMITTED
    assert list(recount.check()) == []


def test_a_version_that_was_not_looked_at_is_left(cast: Cast) -> None:
    first, second = two(cast)
    chosen = {first.id: first.row_version, second.id: second.row_version - 1}
    made = bulk.approve(chosen, [(town(), None)], town(), by=cast.people["reviewer"])
    assert made.left == {str(second.id): "bulk_changed"}


def test_own_uploads_and_what_others_decide_are_left(cast: Cast) -> None:
    first, own = two(cast)
    village = enrolment(cast, "neighbour")
    transitions.take_back(village, own, own.row_version, by=cast.people["neighbour"])
    piece = picture(village.unit_id, cast.people["reviewer"])
    own = send(cast, village, KEY, Answer(value=6, evidence=(piece.id,)), by="neighbour")
    far = send(cast, enrolment(cast, "far village"), KEY, by="far_liaison")
    made = approved(cast, first, own, far)
    # What lies in another town is not even named.
    assert made.left == {str(own.id): "own_upload"}
    with pytest.raises(NotAllowed, match="own_upload"):
        approved(cast, own)
    with pytest.raises(NotFound):
        approved(cast, far)
    police = send(cast, enrolment(cast), "4.2")
    with pytest.raises(NotAllowed, match="not_allowed"):
        approved(cast, police)
    with pytest.raises(Stale):
        approved(cast, first)
    assert list(recount.check()) == []


def test_only_one_criterion_at_a_time_and_no_more_than_a_thousand(cast: Cast) -> None:
    first, _ = two(cast)
    other = send(cast, enrolment(cast), "3.2", Answer(numerator=1, denominator=2))
    with pytest.raises(Refused, match="bulk_mixed"):
        approved(cast, first, other)
    desks = [(town(), None)]
    by = cast.people["reviewer"]
    with pytest.raises(Refused, match="bulk_mixed"):
        bulk.candidates(desks, by=by, item_ids=[first.id, other.id])
    with pytest.raises(Refused, match="bulk_too_many"):
        bulk.approve(dict.fromkeys(range(1001), 1), desks, town(), by=by)
    with pytest.raises(Refused, match="bulk_nothing"):
        bulk.candidates(desks, by=by, item_ids=[])


def test_candidates_are_the_waiting_items_of_the_criterion_the_oldest_first(
    cast: Cast, time: Time
) -> None:
    first = send(cast, enrolment(cast, "neighbour"), KEY, by="neighbour")
    time.pass_by(hours=1)
    second = send(cast, enrolment(cast), KEY)
    send(cast, enrolment(cast), "3.2", Answer(numerator=1, denominator=2))
    found, total = bulk.candidates(
        [(town(), None)], by=cast.people["reviewer"], criterion_id=first.criterion_id
    )
    assert [each.item.id for each in found] == [first.id, second.id]
    assert total == 2


def test_many_cost_no_more_statements_than_few(cast: Cast) -> None:
    items = two(cast)
    with statements() as sent:
        approved(cast, *items)
    assert len(sent) <= 14, sent
