"""Undoing: within five minutes a decision never happened for the unit, and the counters say so."""

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import history, tally
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotFound, Refused, Stale
from campaigns.jurisdictions import Scope
from campaigns.review import Decision, bulk, lookback, site_notes, undoing
from campaigns.review.undoing import Decided, Undoing
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, events, finish, give_back, send

KEY = "1.3"


def decided(cast: Cast, *, approved: bool = True) -> tuple[Enrolment, Item, Decided]:
    """An item of the village that was just decided, and the decision."""
    found = enrolment(cast)
    item = send(cast, found, KEY)
    (approve if approved else give_back)(cast, found, item)
    made = undoing.of_item(item.id)
    assert made is not None
    return found, item, made


def numbers(found: Enrolment) -> tuple[int, int, int]:
    return found.submitted, found.approved, found.returned


@pytest.mark.parametrize("approved", [True, False])
def test_an_undone_decision_leaves_the_item_as_it_was_sent(
    cast: Cast, time: Time, approved: bool
) -> None:
    found, item, made = decided(cast, approved=approved)
    sent_at, version = item.submitted_at, item.row_version
    time.pass_by(minutes=4, seconds=59)
    assert undoing.undo(made, by=cast.people["reviewer"]) == 1
    assert (item.state, item.submitted_at) == (ItemState.SUBMITTED, sent_at)
    assert (item.decided_at, item.visible_at, item.reason, item.due_on) == (None,) * 4
    assert item.row_version == version + 1
    assert numbers(found) == (1, 0, 0)
    assert list(recount.check()) == []


def test_the_decision_stays_and_its_undoing_is_a_row(cast: Cast, time: Time) -> None:
    _, item, made = decided(cast)
    undoing.undo(made, by=cast.people["reviewer"])
    assert db.session.scalar(sa.select(sa.func.count(Decision.id))) == 1
    row = db.session.scalars(sa.select(Undoing)).one()
    assert (row.decision_id, row.undone_by) == (made.decision_id, cast.people["reviewer"])
    assert row.undone_at == time.now
    assert events("item", item.id) == ["submitted", "approved", "undone"]


def test_the_unit_never_hears_of_it(cast: Cast, time: Time) -> None:
    found, item, made = decided(cast)
    undoing.undo(made, by=cast.people["reviewer"])
    time.pass_by(minutes=1)
    give_back(cast, found, item)
    time.pass_by(days=1)
    seen = [each.verb for each in history.of_item(item.id, seen_by_unit=True)]
    assert seen == ["returned", "submitted"]
    mine = [each.verb for each in history.of_unit(found.unit_id, seen_by_unit=True)]
    assert not {"undone", "approved"} & {*mine}
    assert "undone" in [each.verb for each in history.of_item(item.id, seen_by_unit=False)]


def test_what_was_seen_on_the_spot_is_told_though_a_decision_is_undone(
    cast: Cast, time: Time
) -> None:
    found, item, made = decided(cast)
    by = cast.people["inspector"]
    site_notes.note(found, item, time.now.date(), site_notes.Seen.CLAIMED, "x", by=by)
    undoing.undo(made, by=cast.people["reviewer"])
    time.pass_by(minutes=6)
    seen = [each.verb for each in history.of_item(item.id, seen_by_unit=True)]
    assert seen == ["seen_on_site", "submitted"]


def test_after_five_minutes_it_is_too_late(cast: Cast, time: Time) -> None:
    found, item, made = decided(cast)
    time.pass_by(minutes=5)
    with pytest.raises(Refused, match="undo_too_late"):
        undoing.undo(made, by=cast.people["reviewer"])
    assert (item.state, numbers(found)) == (ItemState.APPROVED, (0, 1, 0))
    assert undoing.latest(cast.people["reviewer"]) is None
    assert undoing.of_item(item.id) is None


def test_nothing_is_undone_twice(cast: Cast) -> None:
    found, item, made = decided(cast)
    undoing.undo(made, by=cast.people["reviewer"])
    with pytest.raises(Stale):
        undoing.undo(made, by=cast.people["reviewer"])
    approve(cast, found, item, by="second_reviewer")
    with pytest.raises(Stale):
        undoing.undo(made, by=cast.people["reviewer"])
    assert (item.state, numbers(found)) == (ItemState.APPROVED, (0, 1, 0))


def test_what_the_town_s_check_leans_on_stays(cast: Cast, time: Time) -> None:
    time.pass_by(days=20)  # the last quarter has begun
    found = enrolment(cast)
    finish(cast, found)
    made = undoing.latest(cast.people["reviewer"])
    assert made is not None
    transitions.examine(found, found.row_version, by=cast.people["reviewer"])
    with pytest.raises(Refused, match="undo_moved_on"):
        undoing.undo(made, by=cast.people["reviewer"])
    assert list(recount.check()) == []


def test_of_a_batch_all_is_undone_but_what_was_examined_since(cast: Cast, time: Time) -> None:
    time.pass_by(days=20)
    found, other = enrolment(cast), enrolment(cast, "neighbour")
    finish(cast, found)
    last = send(cast, other, KEY, by="neighbour")
    time.pass_by(minutes=6)
    desks = [(EVERYWHERE, None)]
    mine = records.item(found, KEY)
    assert mine is not None
    # Its last item is approved in the batch, and the whole checklist is examined at once.
    mine.state, found.approved, found.submitted = ItemState.SUBMITTED, found.approved - 1, 1
    tally.progress(found.campaign_id, found.place_id, found.town_id, approved=-1, submitted=1)
    db.session.flush()
    chosen = {each.id: each.row_version for each in (mine, last)}
    made = bulk.approve(chosen, desks, EVERYWHERE, by=cast.people["second_reviewer"])
    transitions.examine(found, found.row_version, by=cast.people["reviewer"])
    batch = undoing.find(EVERYWHERE, batch_id=made.id)
    assert (batch.number, undoing.undo(batch, by=cast.people["office"])) == (2, 1)
    db.session.refresh(last)
    assert (mine.state, last.state) == (ItemState.APPROVED, ItemState.SUBMITTED)
    assert list(recount.check()) == []


def test_a_closed_campaign_is_left_alone(cast: Cast) -> None:
    found, _, made = decided(cast)
    campaigns.close(found.campaign, found.campaign.row_version, by=cast.people["office"])
    with pytest.raises(Refused, match="undo_moved_on"):
        undoing.undo(made, by=cast.people["reviewer"])


def test_the_latest_is_offered_to_whoever_decided_it(cast: Cast, time: Time) -> None:
    _, _, first = decided(cast)
    time.pass_by(minutes=1)
    other = enrolment(cast, "neighbour")
    give_back(cast, other, send(cast, other, KEY, by="neighbour"))
    made = undoing.latest(cast.people["reviewer"])
    assert made is not None
    assert (made.approved, made.key, made.number) == (False, KEY, 1)
    undoing.undo(made, by=cast.people["reviewer"])
    again = undoing.latest(cast.people["reviewer"])
    assert again == first
    assert undoing.latest(cast.people["second_reviewer"]) is None


def test_it_is_found_within_the_scope_only(cast: Cast) -> None:
    _, _, made = decided(cast)
    assert undoing.find(EVERYWHERE, decision_id=made.decision_id) == made
    for scope, wanted in ((Scope(), made.decision_id), (EVERYWHERE, 10**9), (EVERYWHERE, None)):
        with pytest.raises(NotFound):
            undoing.find(scope, decision_id=wanted)


def test_the_look_back_counts_no_undone_decision(cast: Cast) -> None:
    _, _, made = decided(cast, approved=False)
    undoing.undo(made, by=cast.people["reviewer"])
    rows = lookback.look_back("drug-free-village", EVERYWHERE, 2026).rows
    assert [(row.decided, row.returned) for row in rows if row.criterion.code == KEY] == [(0, 0)]
