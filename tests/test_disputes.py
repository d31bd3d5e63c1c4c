"""Disputes: a unit says that a return is wrong, once; somebody else looks again and decides."""

from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import jurisdictions
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, Refused, Stale
from campaigns.jurisdictions import Scope, interval
from campaigns.people import Department
from campaigns.review import Decision, Desk, disputes, undoing
from campaigns.review.disputes import Counts, Dispute
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, give_back, send

KEY = "1.3"


def desk(code: str, department: Department | None = None) -> list[Desk]:
    return [(Scope((interval(jurisdictions.find(code, EVERYWHERE).path),)), department)]


def returned(cast: Cast, time: Time, key: str = KEY) -> tuple[Enrolment, Item]:
    """An item that came back, and the unit knows."""
    found = enrolment(cast)
    item = give_back(cast, found, send(cast, found, key))
    time.pass_by(minutes=6)
    return found, item


def disputed(cast: Cast, time: Time) -> tuple[Enrolment, Item]:
    found, item = returned(cast, time)
    disputes.dispute(found, item, "墙在左边", item.row_version, by=cast.people["liaison"])
    return found, item


def settle(cast: Cast, found: Enrolment, item: Item, *, upheld: bool, by: str) -> None:
    disputes.settle(
        found,
        item,
        upheld=upheld,
        answer="看过了",
        version=item.row_version,
        by=cast.people[by],
    )


def test_a_disputed_item_stays_returned_and_waits_for_somebody_else(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    assert (item.state, found.returned) == (ItemState.RETURNED, 1)
    made = disputes.of_item(item)
    assert made is not None
    assert (made.reason, made.settled_at) == ("墙在左边", None)
    assert made.settle_by == date(2026, 9, 26)
    second = cast.people["second_reviewer"]
    assert [each.item_id for each in disputes.waiting(desk(TIANGONG), by=second)] == [item.id]
    assert disputes.waiting(desk(TIANGONG), by=cast.people["reviewer"]) == []
    assert disputes.waiting(desk(QIAOLOU), by=second) == []
    assert disputes.waiting(desk(TIANGONG, Department.POLICE), by=second) == []
    assert list(recount.check()) == []


def test_a_return_that_stands_begins_the_time_to_mend_anew(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    time.pass_by(days=3)
    version = item.row_version
    settle(cast, found, item, upheld=True, by="second_reviewer")
    assert (item.state, item.due_on) == (ItemState.RETURNED, date(2026, 9, 27))
    assert item.row_version > version
    assert events("item", item.id)[-2:] == ["disputed", "dispute_upheld"]
    assert list(recount.check()) == []
    with pytest.raises(Refused, match="dispute_known"):
        disputes.dispute(found, item, "again", item.row_version, by=cast.people["liaison"])


def test_a_return_that_falls_is_an_approval_seen_at_once(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    settle(cast, found, item, upheld=False, by="office")
    assert (item.state, found.returned, found.approved) == (ItemState.APPROVED, 0, 1)
    assert item.state_for_unit(time.now) is ItemState.APPROVED
    assert (item.reason, item.due_on) == (None, None)
    last = db.session.scalars(sa.select(Decision).order_by(Decision.id.desc())).first()
    assert last is not None
    assert (last.approved, last.decided_by) == (True, cast.people["office"])
    assert undoing.of_item(item.id) is None
    assert list(recount.check()) == []


def test_of_two_who_settle_the_second_is_told(cast: Cast, time: Time) -> None:
    for upheld in (True, False):
        found = enrolment(cast)
        item = give_back(cast, found, send(cast, found, "3.2" if upheld else KEY))
        time.pass_by(minutes=6)
        disputes.dispute(found, item, "x", item.row_version, by=cast.people["liaison"])
        settle(cast, found, item, upheld=upheld, by="second_reviewer")
        with pytest.raises(Stale):
            settle(cast, found, item, upheld=not upheld, by="office")
    assert list(recount.check()) == []


def test_whoever_mends_and_sends_again_lets_the_dispute_drop(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    send(cast, found, KEY)
    assert disputes.of_item(item) is None
    assert disputes.waiting(desk(TIANGONG), by=cast.people["second_reviewer"]) == []
    with pytest.raises(Stale):
        settle(cast, found, item, upheld=True, by="second_reviewer")
    time.pass_by(minutes=1)
    give_back(cast, found, item)
    time.pass_by(minutes=6)
    # Another return may be disputed in its turn.
    disputes.dispute(found, item, "x", item.row_version, by=cast.people["liaison"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Dispute)) == 2


def test_a_return_is_disputed_while_there_is_time_to_mend(cast: Cast, time: Time) -> None:
    found, item = returned(cast, time)
    by = cast.people["liaison"]
    time.pass_by(days=8)
    assert disputes.may_raise(found, item, by=by)
    time.pass_by(days=1)
    assert not disputes.may_raise(found, item, by=by)
    with pytest.raises(Refused, match="dispute_too_late"):
        disputes.dispute(found, item, "x", item.row_version, by=by)


def test_it_is_counted_by_whoever_returned(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    reviewer, second = cast.people["reviewer"], cast.people["second_reviewer"]
    assert disputes.counted([reviewer, second]) == {reviewer: Counts(1, 0, 0)}
    settle(cast, found, item, upheld=False, by="second_reviewer")
    assert disputes.counted([reviewer, second]) == {reviewer: Counts(1, 0, 1)}
    other = Item.criterion_id != item.criterion_id
    assert disputes.counted([reviewer], other) == {}


def test_nobody_settles_what_she_returned(cast: Cast, time: Time) -> None:
    found, item = disputed(cast, time)
    with pytest.raises(NotAllowed, match="own_return"):
        settle(cast, found, item, upheld=False, by="reviewer")
    with pytest.raises(Refused, match="dispute_answer_missing"):
        disputes.settle(
            found,
            item,
            upheld=True,
            answer="",
            version=item.row_version,
            by=cast.people["office"],
        )
    assert item.state is ItemState.RETURNED
