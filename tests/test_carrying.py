"""Last time's proof carried forward: what is offered, what is not, and what confirming leaves."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from campaigns import clock, review, standards
from campaigns.database import db
from campaigns.enrolment import carrying, checklist, records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.carrying import LastTime, Offer
from campaigns.enrolment.records import Enrolment, ItemState
from campaigns.errors import NotFound, Refused, Stale
from campaigns.evidence.records import Evidence
from campaigns.history import Event
from campaigns.units import Unit
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import (
    approve,
    enrolment,
    events,
    give_back,
    picture,
    send,
    slot,
    statements,
    version_of,
)
from tests.earlier import THEN, campaign, last_year, next_version, taking_part

#: Two photos, a number, a ratio that misses its target, and a photo of each quarter.
KEYS = ("2.2", "1.3", "4.1", "2.1@2025Q2")
RATIO = Answer(numerator=26, denominator=30)


def last_time(found: Enrolment) -> LastTime:
    lines = checklist.lines([found], seen_by_unit=True)[found.id]
    return carrying.last_time(found, lines)


def offers(found: Enrolment) -> dict[str, Offer]:
    return {**last_time(found).offers}


def confirm(cast: Cast, found: Enrolment, *keys: str, by: str = "liaison") -> None:
    versions = {key: version_of(found, key) for key in keys}
    carrying.confirm(found, versions, by=cast.people[by])


def test_what_was_approved_last_year_is_offered_where_the_same_is_asked(
    cast: Cast, time: Time
) -> None:
    then = last_year(cast, time, KEYS, {"4.1": RATIO})
    found = offers(enrolment(cast))
    # Of the quarters those that have begun, each with the latest that was approved.
    assert found.keys() == {"2.2", "1.3", "4.1", "2.1@2026Q1", "2.1@2026Q2", "2.1@2026Q3"}
    photos = found["2.2"]
    pieces = tuple(each.id for each in records.attached(then["2.2"].id))
    assert (photos.answer.evidence, photos.answer.carried_from) == (pieces, then["2.2"].id)
    assert (photos.origin.proved_at, photos.then.pieces) == (THEN, 2)
    assert photos.origin.campaign.en.endswith("2025")
    ratio = found["4.1"]
    assert (ratio.answer.numerator, ratio.answer.denominator) == (26, 30)
    assert (ratio.then.percent, ratio.then.met) == ("86.6", False)
    assert last_time(enrolment(cast)).changed == {}


def test_nothing_is_offered_of_what_was_only_sent_or_came_back(cast: Cast, time: Time) -> None:
    now, time.now = time.now, THEN
    old = taking_part(cast, campaign(cast, standards.versions_of("drug-free-village")[0], 2025))
    send(cast, old, "1.3")
    give_back(cast, old, send(cast, old, "2.2"))
    time.now = now
    assert offers(enrolment(cast)) == {}


def test_an_approval_that_can_still_be_undone_is_not_offered(cast: Cast, time: Time) -> None:
    now, time.now = time.now, THEN
    old = taking_part(cast, campaign(cast, standards.versions_of("drug-free-village")[0], 2025))
    time.now = now
    approve(cast, old, send(cast, old, "1.3"))
    assert offers(enrolment(cast)) == {}
    time.pass_by(minutes=5)
    assert offers(enrolment(cast)).keys() == {"1.3"}


def test_nobody_is_offered_what_another_unit_or_another_standard_proved(
    cast: Cast, time: Time
) -> None:
    last_year(cast, time, KEYS, unit="neighbour", by="neighbour")
    assert offers(enrolment(cast)) == {}
    assert offers(enrolment(cast, "village", "tech-household")) == {}
    assert offers(enrolment(cast, "neighbour")).keys() >= {"2.2", "1.3"}
    with pytest.raises(Refused) as refused:
        confirm(cast, enrolment(cast), "1.3")
    assert refused.value.faults[0].code == "nothing_to_carry"


def test_confirming_sends_the_item_dated_today_with_the_proof_of_then(
    cast: Cast, time: Time
) -> None:
    then = last_year(cast, time, KEYS, {"4.1": RATIO})
    village = enrolment(cast)
    confirm(cast, village, "2.2", "4.1")
    photos, ratio = records.item(village, "2.2"), records.item(village, "4.1")
    assert photos is not None
    assert ratio is not None
    assert (photos.state, photos.submitted_at) == (ItemState.SUBMITTED, clock.now())
    assert photos.carried_from_id == then["2.2"].id
    assert records.attached(photos.id) == records.attached(then["2.2"].id)
    assert (ratio.numerator, ratio.denominator) == (26, 30)
    assert events("item", photos.id) == ["confirmed"]
    told = db.session.scalar(
        sa.select(Event.detail).where(Event.subject == "item", Event.subject_id == photos.id)
    )
    assert told is not None
    assert told["carried_from"] == then["2.2"].id
    origin = carrying.origin(photos)
    assert origin is not None
    assert origin.proved_at == THEN
    assert (village.submitted, village.started) == (2, True)
    assert list(recount.check()) == []
    assert offers(village).keys() & {"2.2", "4.1"} == set()


def test_several_are_confirmed_all_or_none(cast: Cast, time: Time) -> None:
    last_year(cast, time, KEYS)
    village = enrolment(cast)
    with pytest.raises(Stale):
        carrying.confirm(village, {"2.2": 1, "1.3": 7}, by=cast.people["liaison"])
    db.session.rollback()
    assert records.item(enrolment(cast), "2.2") is None


def test_a_key_that_is_not_there_or_a_period_to_come_cannot_be_confirmed(
    cast: Cast, time: Time
) -> None:
    last_year(cast, time, KEYS)
    village = enrolment(cast)
    with pytest.raises(NotFound):
        confirm(cast, village, "9.9")
    with pytest.raises(Refused) as refused:
        confirm(cast, village, "2.1@2026Q4")
    assert refused.value.faults[0].code == "period_not_open"


def test_pieces_that_were_removed_since_cannot_be_carried(cast: Cast, time: Time) -> None:
    then = last_year(cast, time, ("2.2",))
    gone = records.attached(then["2.2"].id)[0]
    gone.removed_at = clock.now()
    db.session.flush()
    village = enrolment(cast)
    assert offers(village) == {}
    with pytest.raises(Refused):
        confirm(cast, village, "2.2")
    assert last_time(village).changed == {}


def test_a_picture_beyond_what_is_asked_may_go_the_rest_is_carried(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    pieces = tuple(picture(village.unit_id, cast.people["liaison"]).id for _ in range(3))
    last_year(cast, time, ("2.2",), {"2.2": Answer(evidence=pieces)})
    db.session.get_one(Evidence, pieces[1]).removed_at = clock.now()
    db.session.flush()
    assert offers(village)["2.2"].answer.evidence == (pieces[0], pieces[2])


def test_more_households_than_today_cannot_be_confirmed(cast: Cast, time: Time) -> None:
    answer = Answer(numerator=60, denominator=100)
    last_year(cast, time, ("1.1",), {"1.1": answer}, standard="tech-household")
    village = enrolment(cast, "village", "tech-household")
    assert offers(village).keys() == {"1.1"}
    db.session.get_one(Unit, village.unit_id).households = 99
    db.session.flush()
    assert offers(village) == {}


def test_none_and_does_not_apply_are_carried_with_the_reason_but_no_other_note(
    cast: Cast, time: Time
) -> None:
    given = {
        "2.1@2025Q2": Answer(none=True),
        "3.1": Answer(not_applicable=True, note="There is no school here."),
        "1.3": Answer(value=6, note="With the next village."),
    }
    last_year(cast, time, tuple(given), given)
    village = enrolment(cast)
    found = offers(village)
    assert found["2.1@2026Q3"].answer.none
    assert found["3.1"].answer.note == "There is no school here."
    assert found["1.3"].answer.note == ""
    confirm(cast, village, "3.1", "2.1@2026Q3")
    item = records.item(village, "3.1")
    assert item is not None
    assert item.not_applicable


def test_changed_wording_asks_anew_and_other_codes_do_not_matter(cast: Cast, time: Time) -> None:
    last_year(cast, time, ("2.2", "1.3", "1.1", "3.1"))
    changes = {
        "2.2": {"text_en": "Something else is asked", "text_zh": "要求不同"},
        "1.3": {"threshold": 99},
        "1.1": {"code": "1.9", "points": 1},
        "3.1": {"guidance_en": "From the gate.", "guidance_zh": "从门口拍。"},
    }
    version = next_version("drug-free-village", changes)
    again = taking_part(cast, campaign(cast, version, 2026, month=2))
    found = last_time(again)
    assert found.offers.keys() == {"1.9", "3.1"}
    assert found.changed == {"2.2": 2025, "1.3": 2025}
    confirm(cast, again, "1.9")
    with pytest.raises(Refused):
        confirm(cast, again, "2.2")


def test_the_latest_year_that_approved_the_same_counts(cast: Cast, time: Time) -> None:
    now, time.now = time.now, THEN.replace(year=2024)
    old = taking_part(cast, campaign(cast, standards.versions_of("drug-free-village")[0], 2024))
    for key, value in (("1.3", 7), ("4.2", 0)):
        sent = send(cast, old, key, Answer(value=value))
        approve(cast, old, sent, "police" if key == "4.2" else "reviewer")
    time.now = now
    last_year(cast, time, ("1.3",), {"1.3": Answer(value=8)})
    found = offers(enrolment(cast))
    assert found["1.3"].answer.value == 8
    assert found["4.2"].origin.proved_at.year == 2024


def test_what_was_confirmed_once_keeps_the_day_it_was_proved(cast: Cast, time: Time) -> None:
    now, time.now = time.now, THEN.replace(year=2024)
    version = standards.versions_of("drug-free-village")[0]
    first = taking_part(cast, campaign(cast, version, 2024))
    proved = approve(cast, first, send(cast, first, "1.3"))
    time.now = THEN
    second = taking_part(cast, campaign(cast, version, 2025))
    confirm(cast, second, "1.3")
    sent = records.item(second, "1.3")
    assert sent is not None
    approve(cast, second, sent)
    time.now = now
    found = offers(enrolment(cast))["1.3"]
    assert (found.origin.proved_at.year, found.answer.carried_from) == (2024, proved.id)


def test_once_begun_or_returned_an_item_is_proved_anew(cast: Cast, time: Time) -> None:
    last_year(cast, time, ("2.2", "1.3"))
    village, liaison = enrolment(cast), cast.people["liaison"]
    transitions.attach(village, slot(village, "2.2"), picture(village.unit_id, liaison))
    give_back(cast, village, send(cast, village, "1.3"))
    time.pass_by(minutes=6)
    assert offers(village) == {}


def test_taken_back_it_is_offered_again_until_something_is_changed(cast: Cast, time: Time) -> None:
    then = last_year(cast, time, ("2.2",))
    village, liaison = enrolment(cast), cast.people["liaison"]
    confirm(cast, village, "2.2")
    item = records.item(village, "2.2")
    assert item is not None
    transitions.take_back(village, item, item.row_version, by=liaison)
    assert offers(village).keys() == {"2.2"}
    # Sent as it lies there it is still what was carried forward.
    assert checklist.send_ready(village, by=liaison) == 1
    assert item.carried_from_id == then["2.2"].id
    transitions.take_back(village, item, item.row_version, by=liaison)
    version = item.row_version
    transitions.detach(village, item, records.attached(item.id)[0], by=liaison)
    assert item.carried_from_id is None
    db.session.flush()
    assert item.row_version == version, "the form on the page is still good"
    assert offers(village) == {}


def test_who_uploaded_it_last_year_does_not_decide_it_now(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    pieces = tuple(picture(village.unit_id, cast.people["second_reviewer"]).id for _ in range(2))
    last_year(cast, time, ("2.2",), {"2.2": Answer(evidence=pieces)})
    confirm(cast, village, "2.2")
    item = records.item(village, "2.2")
    assert item is not None
    assert review.has_part_in(item, cast.people["second_reviewer"])
    approve(cast, village, item)


def test_a_checklist_costs_two_statements_more_and_a_finished_one_none(
    cast: Cast, time: Time
) -> None:
    last_year(cast, time, KEYS)
    village = enrolment(cast)
    lines = checklist.lines([village], seen_by_unit=True)[village.id]
    carrying.last_time(village, lines)
    with statements() as sent:
        carrying.last_time(village, lines)
    assert len(sent) == 2, "\n".join(sent)
    with statements() as sent:
        carrying.last_time(village, [replace(each, to_do=False) for each in lines])
    assert sent == []
