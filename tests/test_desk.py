"""What the desk adds to a decision: marks, kept reasons, filters, and what changed since."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from campaigns import history, review
from campaigns.database import db
from campaigns.enrolment import transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import CampaignError, NotAllowed, NotFound, Refused
from campaigns.review import Decision, Verdict, earlier, marks, presets, reasons
from campaigns.review.filters import Filter
from campaigns.review.marks import Mark, MarkKind
from tests.cast import TIANGONG, Cast
from tests.conftest import Time
from tests.doing import approve, enrolment, events, give_back, picture, send, statements
from tests.test_review import town

KEY, PHOTO = "1.3", "2.3"
CIRCLE = {"piece": 1, "kind": "circle", "x": 500, "y": 500, "dx": 100, "dy": 50}
ARROW = {"piece": 1, "kind": "arrow", "x": 10, "y": 10, "dx": 200, "dy": 300}


def refuse(enrolment: Enrolment, item: Item, cast: Cast, **said: object) -> None:
    verdict = replace(Verdict(False, None, "words"), **said)  # type: ignore[arg-type]
    review.decide(enrolment, item, verdict, item.row_version, by=cast.people["reviewer"])


def with_picture(cast: Cast) -> tuple[Enrolment, Item, int]:
    village = enrolment(cast)
    piece = picture(village.unit_id, cast.people["liaison"])
    return village, send(cast, village, PHOTO, Answer(evidence=(piece.id,))), piece.id


# Marks


def test_marks_are_read_as_they_were_drawn() -> None:
    found = marks.read(json.dumps([CIRCLE, ARROW]))
    assert [each.as_json() for each in found] == [CIRCLE, ARROW]
    assert marks.stored([each.as_json() for each in found]) == list(found)
    assert marks.read("") == marks.read("[]") == ()
    assert [each.zone for each in found] == [5, 1]


@pytest.mark.parametrize("zone", range(1, 10))
def test_a_part_of_the_picture_is_a_circle_in_it(zone: int) -> None:
    mark = marks.in_zone(7, zone)
    assert (mark.piece, mark.zone) == (7, zone)
    assert marks.read(json.dumps([mark.as_json()])) == (mark,)


@pytest.mark.parametrize(
    "typed",
    [
        "x",
        "{}",
        "null",
        "[1]",
        "[" * 2000,
        "9" * 5000,
        json.dumps([CIRCLE] * 21),
        *(
            json.dumps([wrong])
            for wrong in (
                CIRCLE | {"x": 1001},
                CIRCLE | {"y": -1},
                CIRCLE | {"x": 1.5},
                CIRCLE | {"x": True},
                CIRCLE | {"x": "5"},
                CIRCLE | {"dx": 0},
                CIRCLE | {"dy": -50},
                CIRCLE | {"dy": 1001},
                CIRCLE | {"kind": "square"},
                CIRCLE | {"piece": 0},
                CIRCLE | {"piece": 2**63},
                CIRCLE | {"more": 1},
                {name: value for name, value in CIRCLE.items() if name != "dx"},
                ARROW | {"dx": 0, "dy": 0},
                ARROW | {"dx": -11},
                ARROW | {"dy": 991},
            )
        ),
    ],
)
def test_what_is_no_mark_is_refused(typed: str) -> None:
    with pytest.raises(Refused, match="marks_invalid"):
        marks.read(typed)


def test_a_return_keeps_its_marks_an_approval_none(cast: Cast) -> None:
    village, item, piece = with_picture(cast)
    mark = Mark(piece, MarkKind.CIRCLE, 500, 500, 100, 50)
    refuse(village, item, cast, marks=(mark,))
    assert earlier.marks_of(item.id) == [mark]
    assert history.of_item(item.id, seen_by_unit=False)[0].detail["marks"] == [mark.as_json()]
    other, second = enrolment(cast, "neighbour"), None
    second = send(cast, other, KEY, by="neighbour")
    refuse(other, second, cast, approve=True, marks=(mark,))
    assert earlier.marks_of(second.id) == []


def test_only_the_pictures_of_the_item_can_be_marked(cast: Cast) -> None:
    village, item, _piece = with_picture(cast)
    stranger = picture(village.unit_id, cast.people["liaison"])
    with pytest.raises(Refused, match="marks_invalid"):
        refuse(village, item, cast, marks=(Mark(stranger.id, MarkKind.CIRCLE, 500, 500, 9, 9),))
    assert item.state is ItemState.SUBMITTED


def test_a_picture_shows_its_marks_while_the_item_is_returned(cast: Cast, time: Time) -> None:
    village, item, piece = with_picture(cast)
    mark = Mark(piece, MarkKind.ARROW, 500, 500, 100, 50)
    refuse(village, item, cast, marks=(mark,))
    assert earlier.marks_on(piece, seen_by_unit=False) == [mark]
    assert earlier.marks_on(piece, seen_by_unit=True) == []
    time.pass_by(minutes=5)
    assert earlier.marks_on(piece, seen_by_unit=True) == [mark]
    send(cast, village, PHOTO, Answer(evidence=(piece,)))
    assert earlier.marks_on(piece, seen_by_unit=False) == []


# Reasons


def test_own_words_are_kept_for_the_item_and_offered_the_most_used_first(cast: Cast) -> None:
    village, first = enrolment(cast), None
    first = send(cast, village, KEY)
    refuse(village, first, cast, reason="Count the lamps.", keep=True)
    version = village.campaign.version
    kept = next(each for each in reasons.offered(version, KEY) if each.text)
    assert (kept.text, kept.used) == (("Count the lamps.", "Count the lamps."), 0)
    assert not [each for each in reasons.offered(version, "4.1") if each.text]
    other = enrolment(cast, "neighbour")
    second = send(cast, other, KEY, by="neighbour")
    refuse(other, second, cast, preset=kept.name, reason="Twice.")
    assert second.reason == "Count the lamps.\nTwice."
    offered = reasons.offered(version, KEY)
    assert (offered[0].name, offered[0].used) == (kept.name, 1)
    told = history.of_item(second.id, seen_by_unit=False)[0].detail
    assert (told["preset"], told["reason"]) == (None, "Count the lamps.\nTwice.")
    assert "reason_kept" in events("standard", version.standard_id)


def test_a_kept_reason_serves_its_criterion_only_and_until_it_is_retired(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, KEY)
    refuse(village, item, cast, reason="Count the lamps.", keep=True)
    kept = next(each for each in reasons.offered(village.campaign.version, KEY) if each.text)
    other = send(cast, village, "4.1")
    for name in (kept.name, "kept-999", "kept-", "kept-١", "nonsense"):
        with pytest.raises(Refused, match="preset_unknown"):
            refuse(village, other, cast, preset=name)
    with pytest.raises(NotAllowed):
        presets.retire(kept.name, by=cast.people["second_reviewer"], any_of_them=False)
    presets.retire(kept.name, by=cast.people["reviewer"], any_of_them=False)
    with pytest.raises(NotFound):
        presets.retire(kept.name, by=cast.people["reviewer"], any_of_them=True)
    far = enrolment(cast, "neighbour")
    third = send(cast, far, KEY, by="neighbour")
    with pytest.raises(Refused, match="preset_unknown"):
        refuse(far, third, cast, preset=kept.name)
    refuse(far, third, cast, reason="Count the lamps.", keep=True)
    names = [each.name for each in reasons.offered(village.campaign.version, KEY) if each.text]
    assert names == [kept.name]


def test_fixed_reasons_are_counted_for_their_criterion(cast: Cast) -> None:
    village = enrolment(cast)
    give_back(cast, village, send(cast, village, KEY))
    used = {each.name: each.used for each in reasons.offered(village.campaign.version, KEY)}
    assert used == {name: int(name == "unclear") for name in presets.PRESETS}
    elsewhere = reasons.offered(village.campaign.version, "4.1")
    assert [each.used for each in elsewhere] == [0] * len(presets.PRESETS)


# What changed since the last review


def test_what_changed_since_the_last_review(cast: Cast, time: Time) -> None:
    village, item, first = with_picture(cast)
    assert earlier.since_last(history.of_item(item.id, seen_by_unit=False)) is None
    refuse(village, item, cast)
    time.pass_by(minutes=6)
    second = picture(village.unit_id, cast.people["liaison"]).id
    send(cast, village, PHOTO, Answer(evidence=(second,), note="Closer."))
    found = earlier.since_last(history.of_item(item.id, seen_by_unit=False))
    assert found is not None
    assert (list(found.added), list(found.removed)) == ([second], [first])
    assert (found.after, found.note, found.nothing) == (None, True, False)


def test_other_numbers_and_the_same_once_more(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    item = send(cast, village, "3.2", Answer(numerator=26, denominator=30))
    for numerator, same in ((26, True), (28, False)):
        give_back(cast, village, item)
        time.pass_by(minutes=6)
        send(cast, village, "3.2", Answer(numerator=numerator, denominator=30))
        found = earlier.since_last(history.of_item(item.id, seen_by_unit=False))
        assert found is not None
        assert found.nothing is same
    assert found.before is not None
    assert found.after is not None
    assert (found.before["numerator"], found.after["numerator"]) == (26, 28)


# The queue


def line(cast: Cast, time: Time) -> list[int]:
    """Five items, an hour between each; the first was returned before."""
    made, village = [], enrolment(cast)
    give_back(cast, village, send(cast, village, KEY))
    time.pass_by(days=1)
    other = enrolment(cast, "neighbour")
    for found, key, by in (
        (village, KEY, "liaison"),
        (village, "3.2", "liaison"),
        (other, KEY, "neighbour"),
        (other, "3.2", "neighbour"),
        (other, "4.1", "neighbour"),
    ):
        made.append(send(cast, found, key, by=by).id)
        time.pass_by(hours=1)
    return made


def part(cast: Cast, wanted: Filter, time: Time, **where: int) -> list[int]:
    found, _total = review.queue(
        [(town(TIANGONG), None)],
        by=cast.people["reviewer"],
        where=wanted.conditions(time.now),
        **where,
    )
    return [each.item_id for each in found]


def test_the_queue_is_filtered(cast: Cast, time: Time) -> None:
    a, b, c, d, e = line(cast, time)
    village = enrolment(cast)
    assert part(cast, Filter(), time) == [a, b, c, d, e]
    assert part(cast, Filter(campaign=village.campaign_id), time) == [a, b, c, d, e]
    assert part(cast, Filter(campaign=cast.campaigns["safe-school"]), time) == []
    assert part(cast, Filter(unit=village.unit.name_zh[:2]), time)[:2] == [a, b]
    assert part(cast, Filter(unit="%"), time) == []
    assert part(cast, Filter(criterion=KEY), time) == [a, c]
    assert part(cast, Filter(returned=True), time) == [a]
    time.pass_by(days=3, hours=-4)
    assert part(cast, Filter(age=3), time) == [a, b]
    assert part(cast, Filter(age=7), time) == []


def test_the_queue_goes_on_behind_and_before_any_item(cast: Cast, time: Time) -> None:
    a, b, c, d, e = line(cast, time)
    assert part(cast, Filter(), time, after=b, limit=2) == [c, d]
    assert part(cast, Filter(), time, before=e, limit=2) == [c, d]
    assert part(cast, Filter(criterion=KEY), time, after=a) == [c]
    other = enrolment(cast, "neighbour")
    approve(cast, other, db.session.get_one(Item, c))
    # What was decided meanwhile still marks its place.
    assert part(cast, Filter(), time, after=c) == [d, e]
    assert part(cast, Filter(), time, before=c) == [a, b]
    assert part(cast, Filter(), time, after=10**9) == [a, b, d, e]


def test_items_of_one_moment_are_told_apart(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    ids = [send(cast, village, key).id for key in (KEY, "3.2", "4.1")]
    assert part(cast, Filter(), time, after=ids[0]) == ids[1:]
    assert part(cast, Filter(), time, before=ids[2]) == ids[:2]


def test_a_queue_is_counted_so_far_and_no_further(
    cast: Cast, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    line(cast, time)
    monkeypatch.setattr(review, "COUNTED", 3)
    desk = [(town(TIANGONG), None)]
    assert review.queue(desk, by=cast.people["reviewer"], limit=1)[1] == 3


# Every transition, whatever the state of the item and whoever asks


@pytest.mark.parametrize("state", [*ItemState, None])
@pytest.mark.parametrize("returns", [True, False])
def test_only_what_was_sent_is_marked_returned_or_approved(
    cast: Cast, state: ItemState | None, returns: bool
) -> None:
    village, item, piece = with_picture(cast)
    person, version = cast.people["reviewer"], item.row_version
    if state is ItemState.APPROVED:
        approve(cast, village, item, by="second_reviewer")
    elif state is ItemState.RETURNED:
        give_back(cast, village, item, by="second_reviewer")
    elif state is ItemState.OPEN:
        transitions.take_back(village, item, item.row_version, by=cast.people["liaison"])
    elif state is None:
        person = cast.people["liaison"]
    before = (item.state, item.row_version, _count(Decision), _count(presets.PresetReason))
    mark = Mark(piece, MarkKind.CIRCLE, 500, 500, 100, 50)
    verdict = Verdict(not returns, None, "Kept words.", marks=(mark,), keep=True)
    if state is ItemState.SUBMITTED:
        review.decide(village, item, verdict, version, by=person)
        assert item.state is (ItemState.RETURNED if returns else ItemState.APPROVED)
        assert _count(presets.PresetReason) == int(returns)
        return
    with pytest.raises(CampaignError):
        review.decide(village, item, verdict, item.row_version, by=person)
    after = (item.state, item.row_version, _count(Decision), _count(presets.PresetReason))
    assert after == before


def _count(table: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_decision_with_everything_is_few_statements(cast: Cast, time: Time) -> None:
    village, item, piece = with_picture(cast)
    refuse(village, item, cast, keep=True)
    time.pass_by(minutes=6)
    send(cast, village, PHOTO, Answer(evidence=(piece,)))
    kept = next(each for each in reasons.offered(village.campaign.version, PHOTO) if each.text)
    mark = Mark(piece, MarkKind.CIRCLE, 500, 500, 100, 50)
    with statements() as asked:
        refuse(village, item, cast, preset=kept.name, marks=(mark,))
    assert len(asked) <= 9, "\n".join(asked)
    assert item.due_on == (time.now + timedelta(days=8)).date()
