"""Checklists as their viewers see them: standing, what is missing, what is ready to send."""

import pytest

from campaigns import campaign as campaigns
from campaigns import jurisdictions, review, settings
from campaigns.enrolment import checklist, parts, records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.checklist import Line, Standing
from campaigns.enrolment.records import Enrolment, ItemState
from campaigns.errors import Refused
from campaigns.evidence import records as evidence_records
from campaigns.evidence.store import Folder, Store
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Verdict
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import taken

EVERYWHERE = Scope((interval("/51/"),))


def enrolment(cast: Cast, unit: str = "village", standard: str = "drug-free-village") -> Enrolment:
    return records.find(cast.enrolment(unit, standard), EVERYWHERE)


def line(found: Enrolment, key: str, *, seen_by_unit: bool = True) -> Line:
    slot = campaigns.slot(found.campaign, key)
    return checklist.one(found, slot, seen_by_unit=seen_by_unit)


def prove(found: Enrolment, key: str, cast: Cast, store: Store, name: str) -> int:
    """A stored picture beside an item; only the rows matter here."""
    content = name.encode()
    piece = evidence_records.add(
        store,
        taken(content, content),
        unit_id=found.unit_id,
        uploader_id=cast.people["liaison"],
        client_key=name,
    )
    transitions.attach(found, campaigns.slot(found.campaign, key), piece)
    return piece.id


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A folder for pictures."""
    return Folder(tmp_path_factory.mktemp("evidence"))


def test_an_item_goes_from_not_started_to_ready_as_pictures_come(cast: Cast, store: Store) -> None:
    village = enrolment(cast)
    assert line(village, "2.2").standing is Standing.NOT_STARTED
    first = prove(village, "2.2", cast, store, "one")
    assert (line(village, "2.2").standing, line(village, "2.2").missing) == (Standing.PARTLY, 1)
    second = prove(village, "2.2", cast, store, "two")
    ready = line(village, "2.2")
    assert (ready.standing, ready.missing) == (Standing.READY, 0)
    assert ready.ready is not None
    assert ready.ready.evidence == (first, second)
    assert [each.key for each in records.proved_by(first)] == ["2.2"]
    assert line(village, "2.1@2026Q4").standing is Standing.NOT_YET


def test_the_unit_sees_a_decision_when_it_can_no_longer_be_undone(cast: Cast, time: Time) -> None:
    village = enrolment(cast)
    slot = campaigns.slot(village.campaign, "1.3")
    sent = transitions.submit(village, slot, Answer(value=3), 1, by=cast.people["liaison"])
    review.decide(village, sent, Verdict(True), sent.row_version, by=cast.people["reviewer"])
    assert line(village, "1.3").state is ItemState.SUBMITTED
    assert line(village, "1.3", seen_by_unit=False).standing is Standing.BELOW_TARGET
    assert checklist.score([line(village, "1.3")]).waiting == 6
    time.pass_by(minutes=5)
    assert line(village, "1.3").standing is Standing.BELOW_TARGET


def test_percentages_are_cut_and_targets_whole(cast: Cast) -> None:
    village = enrolment(cast)
    slot = campaigns.slot(village.campaign, "4.1")
    answer = Answer(numerator=8999, denominator=10000)
    transitions.submit(village, slot, answer, 1, by=cast.people["liaison"])
    assert line(village, "4.1").percent == "89.9"
    assert line(village, "4.1").target == "≥ 90"
    assert line(village, "4.1").short_by == 1
    school = enrolment(cast, "school", "safe-school")
    assert line(school, "3.1@2026-09").target == "≥ 1"  # nine drills in twelve months
    assert line(school, "4.3").target == "= 0"


def test_sending_what_is_ready_leaves_the_rest(cast: Cast, store: Store) -> None:
    village, liaison = enrolment(cast), cast.people["liaison"]
    with pytest.raises(Refused):
        checklist.send_ready(village, by=liaison)
    prove(village, "1.1", cast, store, "one")
    prove(village, "2.2", cast, store, "two")
    assert checklist.send_ready(village, by=liaison) == 1
    assert line(village, "1.1").is_waiting
    assert line(village, "2.2").standing is Standing.PARTLY


def test_room_is_asked_for_before_anything_is_stored(cast: Cast, store: Store) -> None:
    village = enrolment(cast)
    slot = campaigns.slot(village.campaign, "2.2")
    held = prove(village, "2.2", cast, store, "one")
    transitions.require_room(village, slot, [held], settings.PHOTOS_PER_ITEM - 1)
    with pytest.raises(Refused):
        transitions.require_room(village, slot, [], settings.PHOTOS_PER_ITEM)
    assert evidence_records.by_keys(cast.people["liaison"], ["one", "two"]).keys() == {"one"}
    assert evidence_records.by_keys(cast.people["neighbour"], ["one"]) == {}


def test_sections_keep_their_numbers_when_filtered(cast: Cast) -> None:
    village = enrolment(cast)
    lines = checklist.lines([village], seen_by_unit=True)[village.id]
    found = parts.parts(lines, [each for each in lines if each.slot.key == "2.1@2026Q3"])
    assert [(part.section.number, part.points, part.total) for part in found] == [(2, 42, 7)]
    assert [group.criterion.code for group in found[0].groups] == ["2.1"]


def test_names_of_jurisdictions(cast: Cast) -> None:
    place = cast.places["511381128"]
    assert jurisdictions.names([place, None])[place].en == "Tiangong town"
    assert jurisdictions.names([None]) == {}
