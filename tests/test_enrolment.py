"""Items: sending, taking back, deciding, each in every state; and what the counters then say."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import history, settings
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item, ItemState
from campaigns.errors import NotFound, Refused, Stale
from campaigns.jurisdictions import Scope
from campaigns.tally import Progress
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import (
    approve,
    enrolment,
    events,
    give_back,
    good,
    picture,
    send,
    slot,
)

KEY = "1.3"
SIX = Answer(value=6)


def brought_to(state: ItemState, cast: Cast, time: Time) -> tuple[Enrolment, Item]:
    """An item in a state, its decision long visible."""
    village = enrolment(cast)
    item = transitions.touch(village, slot(village, KEY))
    if state is not ItemState.OPEN:
        send(cast, village, KEY, SIX)
    if state is ItemState.APPROVED:
        approve(cast, village, item)
    if state is ItemState.RETURNED:
        give_back(cast, village, item)
    time.pass_by(minutes=6)
    return village, item


def at(village: Enrolment, place_id: int | None) -> dict[str, int]:
    """The counters of items at a place."""
    row = db.session.execute(
        sa.select(Progress.started, Progress.submitted, Progress.approved, Progress.returned).where(
            Progress.campaign_id == village.campaign_id, Progress.place_id == place_id
        )
    ).one()
    return dict(row._mapping)


def submit(cast: Cast, village: Enrolment, item: Item) -> None:
    transitions.submit(
        village, slot(village, item.key), SIX, item.row_version, by=cast.people["liaison"]
    )


def take_back(cast: Cast, village: Enrolment, item: Item) -> None:
    transitions.take_back(village, item, item.row_version, by=cast.people["liaison"])


def attach(cast: Cast, village: Enrolment, item: Item) -> None:
    piece = picture(village.unit_id, cast.people["liaison"])
    transitions.attach(village, slot(village, item.key), piece)


def detach(cast: Cast, village: Enrolment, item: Item) -> None:
    piece = picture(village.unit_id, cast.people["liaison"])
    transitions.detach(village, item, piece, by=cast.people["liaison"])


Act = Callable[[Cast, Enrolment, Item], object]
OPEN, SUBMITTED, APPROVED, RETURNED = ItemState


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (submit, OPEN, SUBMITTED),
        (submit, SUBMITTED, Refused),
        (submit, APPROVED, Refused),
        (submit, RETURNED, SUBMITTED),
        (take_back, OPEN, Refused),
        (take_back, SUBMITTED, OPEN),
        (take_back, APPROVED, Refused),
        (take_back, RETURNED, Refused),
        (approve, OPEN, Stale),
        (approve, SUBMITTED, APPROVED),
        (approve, APPROVED, Stale),
        (approve, RETURNED, Stale),
        (give_back, OPEN, Stale),
        (give_back, SUBMITTED, RETURNED),
        (give_back, APPROVED, Stale),
        (give_back, RETURNED, Stale),
        (attach, OPEN, OPEN),
        (attach, SUBMITTED, Refused),
        (attach, APPROVED, Refused),
        (attach, RETURNED, RETURNED),
        (detach, OPEN, OPEN),
        (detach, SUBMITTED, Refused),
        (detach, APPROVED, Refused),
        (detach, RETURNED, RETURNED),
    ],
)
def test_what_may_be_done_with_an_item_depends_on_its_state(
    cast: Cast, time: Time, act: Act, before: ItemState, after: ItemState | type[Exception]
) -> None:
    village, item = brought_to(before, cast, time)
    if isinstance(after, ItemState):
        act(cast, village, item)
    else:
        told = events("item", item.id)
        with pytest.raises(after):
            act(cast, village, item)
        assert events("item", item.id) == told
    assert item.state is (after if isinstance(after, ItemState) else before)
    assert list(recount.check()) == []
    numbers = {state: int(item.state.value == state) for state in at(village, village.place_id)}
    numbers["started"] = int(village.started)
    assert at(village, village.place_id) == at(village, village.town_id) == numbers
    assert (village.submitted, village.approved, village.returned) == (
        numbers["submitted"],
        numbers["approved"],
        numbers["returned"],
    )


@pytest.mark.parametrize("act", [submit, take_back, approve, give_back])
def test_a_form_from_before_somebody_elses_change_is_stale(
    cast: Cast, time: Time, act: Act
) -> None:
    village, item = brought_to(SUBMITTED if act is not submit else OPEN, cast, time)
    db.session.execute(
        sa.update(Item)
        .where(Item.id == item.id)
        .values(row_version=item.row_version + 1)
        .execution_options(synchronize_session=False)
    )
    state = item.state
    old = item.row_version
    db.session.refresh(item)
    before = item.row_version
    assert before == old + 1
    if act is submit:
        with pytest.raises(Stale):
            transitions.submit(village, slot(village, KEY), SIX, old, by=cast.people["liaison"])
    elif act is take_back:
        with pytest.raises(Stale):
            transitions.take_back(village, item, old, by=cast.people["liaison"])
    else:
        with pytest.raises(Stale):
            transitions.decide(
                village, item, old, approved=act is approve, reason="x", due_on=date(2026, 9, 30)
            )
    assert (item.state, item.row_version) == (state, before)


def test_taking_back_keeps_what_was_sent(cast: Cast) -> None:
    village = enrolment(cast)
    answer = good(village, slot(village, "2.3"), cast.people["liaison"])
    item = send(cast, village, "2.3", answer)
    take_back(cast, village, item)
    assert item.submitted_at is None
    assert [each.id for each in records.attached(item.id)] == list(answer.evidence)
    assert village.started
    assert at(village, village.town_id)["started"] == 1
    assert events("item", item.id) == ["submitted", "taken_back"]


def test_a_returned_item_is_sent_again_without_its_old_reason(cast: Cast, time: Time) -> None:
    village, item = brought_to(RETURNED, cast, time)
    assert (item.reason, item.due_on) == ("unclear", date(2026, 9, 24))
    submit(cast, village, item)
    assert (item.reason, item.due_on, item.decided_at, item.visible_at) == (None,) * 4
    assert events("item", item.id) == ["submitted", "returned", "submitted"]


def test_a_decision_is_the_units_to_see_after_five_minutes(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    item = give_back(cast, village, send(cast, village, KEY, SIX))
    assert item.state is RETURNED
    time.pass_by(minutes=4, seconds=59)
    assert item.state_for_unit(time.now) is SUBMITTED
    assert not records.is_visible(item)
    assert _verbs(item, seen_by_unit=True) == ["submitted"]
    assert _verbs(item, seen_by_unit=False) == ["returned", "submitted"]
    with pytest.raises(Refused, match="item_submitted"):
        submit(cast, village, item)
    time.pass_by(seconds=1)
    assert item.state_for_unit(time.now) is RETURNED
    assert records.is_visible(item)
    assert _verbs(item, seen_by_unit=True) == ["returned", "submitted"]
    submit(cast, village, item)


def _verbs(item: Item, *, seen_by_unit: bool) -> list[str]:
    return [each.verb for each in history.of_item(item.id, seen_by_unit=seen_by_unit)]


def test_a_returned_item_has_the_reviewers_deadline_others_their_periods(
    cast: Cast, time: Time
) -> None:
    village, item = brought_to(RETURNED, cast, time)
    assert records.deadline(slot(village, KEY), None, returned=False) == date(2026, 12, 31)
    assert records.deadline(slot(village, "2.1@2026Q3"), None, returned=False) == date(2026, 9, 30)
    assert records.deadline(slot(village, KEY), item, returned=True) == date(2026, 9, 24)
    submit(cast, village, item)
    assert records.deadline(slot(village, KEY), item, returned=True) == date(2026, 12, 31)


def test_a_period_is_answered_from_its_first_day_on(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    with pytest.raises(Refused, match="period_not_open"):
        send(cast, village, "2.1@2026Q4")
    time.now += date(2026, 10, 1) - date(2026, 9, 16)
    send(cast, village, "2.1@2026Q4")
    # A quarter that is over can still be sent: late is better than never.
    assert send(cast, village, "2.1@2026Q1").state is SUBMITTED


def test_a_closed_campaign_takes_nothing_more(cast: Cast, time: Time) -> None:
    village, item = brought_to(SUBMITTED, cast, time)
    campaigns.close(village.campaign, village.campaign.row_version, by=cast.people["office"])
    for act in (submit, take_back, approve, give_back, attach):
        with pytest.raises(Refused, match="campaign_closed"):
            act(cast, village, item)
    with pytest.raises(Refused, match="campaign_closed"):
        send(cast, village, "4.1")
    assert item.state is SUBMITTED


def test_an_enrolment_that_passed_takes_no_more_items(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, KEY, SIX)
    take_back(cast, village, item)
    village.state = EnrolmentState.TOWN_PASSED
    with pytest.raises(Refused, match="enrolment_finished"):
        submit(cast, village, item)


def test_only_the_units_own_evidence_proves_its_items(cast: Cast) -> None:
    village = enrolment(cast)
    own = picture(village.unit_id, cast.people["liaison"]).id
    foreign = picture(cast.units["neighbour"], cast.people["neighbour"]).id
    for ids in ((foreign, own), (own, foreign), (own, 2**62), (own, own, foreign)):
        with pytest.raises(Refused, match="evidence_unknown"):
            send(cast, village, "2.3", Answer(evidence=ids))
    with pytest.raises(Refused, match="pieces_missing"):
        send(cast, village, "2.3", Answer(evidence=(foreign,)))
    item = send(cast, village, "2.3", Answer(evidence=(own,)))
    assert [each.id for each in records.attached(item.id)] == [own]


def test_removed_evidence_proves_nothing(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    piece = picture(village.unit_id, cast.people["liaison"])
    piece.removed_at = time.now
    db.session.flush()
    with pytest.raises(Refused, match="pieces_missing, evidence_unknown"):
        send(cast, village, "2.3", Answer(evidence=(piece.id,)))


def test_the_same_picture_twice_is_one_piece(cast: Cast) -> None:
    village = enrolment(cast)
    own = picture(village.unit_id, cast.people["liaison"]).id
    assert slot(village, "2.2").pieces == 2
    with pytest.raises(Refused, match="pieces_missing"):
        send(cast, village, "2.2", Answer(evidence=(own, own)))


def test_more_pictures_than_an_item_holds_are_refused_however_they_come(cast: Cast) -> None:
    village = enrolment(cast)
    by = cast.people["liaison"]
    many = [picture(village.unit_id, by) for _ in range(settings.PHOTOS_PER_ITEM + 1)]
    for piece in many[:-1]:
        transitions.attach(village, slot(village, "2.3"), piece)
    with pytest.raises(Refused, match="too_many_photos"):
        transitions.attach(village, slot(village, "2.3"), many[-1])
    with pytest.raises(Refused, match="too_many_photos"):
        send(cast, village, "2.3", Answer(evidence=tuple(each.id for each in many)))


def test_evidence_keeps_the_order_in_which_it_was_sent(cast: Cast) -> None:
    village = enrolment(cast)
    first, second, third = (picture(village.unit_id, cast.people["liaison"]).id for _ in range(3))
    item = send(cast, village, "2.2", Answer(evidence=(third, first, second)))
    assert [each.id for each in records.attached(item.id)] == [third, first, second]


def test_every_fault_of_an_answer_is_named_at_once(cast: Cast) -> None:
    village = enrolment(cast)
    with pytest.raises(Refused) as refused:
        send(cast, village, "4.1", Answer(numerator=-1, denominator=None))
    codes = [(each.code, each.field) for each in refused.value.faults]
    assert codes == [("number_negative", "numerator"), ("number_missing", "denominator")]
    assert village.submitted == 0


def test_what_does_not_apply_or_did_not_happen_carries_no_numbers(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(
        cast, village, "3.2", Answer(numerator=1, denominator=2, not_applicable=True, note="无此项")
    )
    assert (item.not_applicable, item.numerator, item.denominator) == (True, None, None)
    none = send(cast, village, "2.1@2026Q3", Answer(none=True))
    assert (none.none, none.state) == (True, SUBMITTED)


def test_the_first_sending_starts_an_enrolment_once(cast: Cast) -> None:
    village = enrolment(cast)
    assert not village.started
    send(cast, village, KEY, SIX)
    send(cast, village, "4.1")
    assert at(village, village.town_id)["started"] == 1


def test_an_item_is_a_row_from_the_first_touch_and_only_one(cast: Cast) -> None:
    village = enrolment(cast)
    assert records.item(village, KEY) is None
    item = transitions.touch(village, slot(village, KEY))
    assert transitions.touch(village, slot(village, KEY)) is item
    assert (item.state, item.row_version, item.department) == (OPEN, 1, None)
    assert transitions.touch(village, slot(village, "4.2")).department == "police"


def test_an_enrolment_is_found_within_the_scope_only(cast: Cast) -> None:
    found = enrolment(cast)
    unit, other = cast.units["village"], cast.units["neighbour"]
    assert records.find(found.id, Scope(units=frozenset({unit}))) is found
    for scope in (Scope(), Scope(units=frozenset({other}))):
        with pytest.raises(NotFound):
            records.find(found.id, scope)
