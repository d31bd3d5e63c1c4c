"""The folder of a unit: what it gathers, for whom, and that it does not ask more for more."""

from datetime import date
from typing import Any

import pytest

from campaigns import units
from campaigns.enrolment import erasing
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import ItemState
from campaigns.errors import NotFound
from campaigns.evidence.records import Evidence
from campaigns.exchange import ledger
from campaigns.exchange.ledger import Folder, Viewer, facts
from campaigns.text import Bilingual
from campaigns.titles import suspending
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, enrolment, give_back, name, pass_town, send, statements

OFFICE = Viewer(1, Bilingual("市平安办", "City office"), as_unit=False, sees_capture=False)
UNIT = Viewer(1, Bilingual("联络员", "Liaison"), as_unit=True, sees_capture=True)


def label(piece: Evidence, key: str) -> str:
    return f"{key} {piece.id}.jpg"


def gathered(cast: Cast, viewer: Viewer = OFFICE, campaign: str | None = None) -> Folder:
    unit = units.find(cast.units["village"], EVERYWHERE)
    chosen = cast.campaigns[campaign] if campaign else None
    return ledger.gather(unit, None, viewer, label, campaign_id=chosen)


def entry(folder: Folder, key: str) -> Any:
    return next(
        each
        for chapter in folder.chapters
        for each in chapter.entries
        if each.line.slot.key == key and chapter.enrolment.campaign.version.standard.slug[0] == "d"
    )


def test_every_item_is_there_with_its_answer_proof_and_decisions(cast: Cast, time: Time) -> None:
    found = enrolment(cast)
    give_back(cast, found, send(cast, found, "2.2"))
    time.pass_by(minutes=6)
    approve(cast, found, send(cast, found, "2.2"))
    send(cast, found, "1.3", Answer(value=6))
    folder = gathered(cast)
    assert len(folder.chapters) == 2
    assert all(len(each.entries) > 5 for each in folder.chapters)
    proved = entry(folder, "2.2")
    assert proved.line.state is ItemState.APPROVED
    assert [each.approved for each in proved.decisions] == [False, True]
    assert len(proved.pieces) == 2
    assert entry(folder, "1.3").line.item.value == 6
    assert {each.decided_by for each in proved.decisions} <= set(folder.names)


def test_the_unit_sees_a_decision_when_it_can_no_longer_be_undone(cast: Cast, time: Time) -> None:
    found = enrolment(cast)
    give_back(cast, found, send(cast, found, "1.3"))
    time.pass_by(minutes=6)
    give_back(cast, found, send(cast, found, "1.3"))
    assert len(entry(gathered(cast), "1.3").decisions) == 2
    own = entry(gathered(cast, UNIT), "1.3")
    assert (own.line.state, len(own.decisions)) == (ItemState.SUBMITTED, 1)
    time.pass_by(minutes=5)
    own = entry(gathered(cast, UNIT), "1.3")
    assert (own.line.state, len(own.decisions)) == (ItemState.RETURNED, 2)


def test_a_proof_of_two_items_is_there_once(cast: Cast) -> None:
    found = enrolment(cast)
    first = send(cast, found, "2.2")
    proof = entry(gathered(cast), "2.2").pieces
    send(cast, found, "2.3", Answer(evidence=tuple(each.evidence.id for each in proof)))
    folder = gathered(cast)
    assert len(folder.pieces) == len(proof)
    assert {each.key for each in folder.pieces[0].items} == {"2.2", "2.3"}
    assert first.state is ItemState.SUBMITTED
    assert len({each.file for each in folder.pieces}) == len(folder.pieces)


def test_removed_proof_is_a_tombstone_without_a_file(cast: Cast) -> None:
    found = enrolment(cast)
    send(cast, found, "2.2")
    gone = entry(gathered(cast), "2.2").pieces[0].evidence
    erasing.erase(gone, Why.OTHER, "A door with a name.", by=cast.people["liaison"])
    told = facts.told(gathered(cast), {}, demonstration=False)
    (tombstone,) = told["removed"]
    assert (tombstone["id"], tombstone["why"]) == (gone.id, "other")
    assert tombstone["note"] == "A door with a name."
    assert tombstone["removed_by"]["en"]
    assert gone.id not in [each["id"] for each in told["evidence"]]
    assert ledger.extent(cast.units["village"]).pieces == len(told["evidence"])


def test_titles_and_one_campaign_alone(cast: Cast, time: Time) -> None:
    time.now = time.now.replace(month=12, day=20)
    found = enrolment(cast)
    pass_town(cast, found)
    title = name(cast, found)
    assert [each.serial for each in gathered(cast).titles] == [title.serial]
    assert gathered(cast, campaign="tech-household").titles == []
    assert len(gathered(cast, campaign="drug-free-village").chapters) == 1
    with pytest.raises(NotFound):
        gathered(cast, campaign="safe-school")


def test_of_a_title_that_does_not_count_today_the_folder_says_so(cast: Cast, time: Time) -> None:
    time.now = time.now.replace(month=12, day=20)
    found = enrolment(cast)
    pass_town(cast, found)
    title = name(cast, found)

    def told() -> list[str]:
        return [
            each["standing"]
            for each in facts.told(gathered(cast), {}, demonstration=False)["titles"]
        ]

    assert told() == ["valid"]
    suspending.suspend([title], "1", until=None, incident_id=None, by=cast.people["office"])
    assert told() == ["suspended"]


def test_ten_times_as_much_is_gathered_in_as_many_statements(cast: Cast, time: Time) -> None:
    time.now = time.now.replace(month=12, day=20)
    found = enrolment(cast)
    approve(cast, found, send(cast, found, "2.2"))
    gathered(cast)
    with statements() as few:
        gathered(cast)
    for key in ("1.1", "1.2", "2.3", "2.4", "3.1", "3.3"):
        approve(cast, found, send(cast, found, key))
    gathered(cast)
    with statements() as many:
        folder = gathered(cast)
    assert len(folder.pieces) > 5
    assert len(many) == len(few) <= 10


def test_the_facts_are_plain_and_say_when_a_proof_was_taken_to_few(cast: Cast) -> None:
    found = enrolment(cast)
    approve(cast, found, send(cast, found, "2.2"))
    told = facts.told(gathered(cast), {}, demonstration=True)
    assert told["demonstration"] is True
    own = facts.told(gathered(cast, UNIT), {}, demonstration=True)
    assert b"captured_at" not in facts.as_json(told)
    assert b"captured_at" in facts.as_json(own)
    chapter = next(each for each in told["campaigns"] if each["standard"] == "drug-free-village")
    item = next(each for each in chapter["items"] if each["key"] == "2.2")
    assert item["decisions"][0]["by"] == {"zh": "reviewer", "en": "reviewer"}
    assert date.fromisoformat(item["due_on"])
