"""Removing proof for good over HTTP: who may, what is said before and after, what is gone."""

import pytest

from campaigns.commands.check import check
from campaigns.commands.nightly import nightly
from campaigns.enrolment.records import EnrolmentState
from campaigns.evidence.store import Folder, StoreAway
from tests.conftest import Site
from tests.test_liaison_pages import checklist, enrolment, item
from tests.test_upload import item_url, jpeg, send, stored
from tests.visiting import Visitor, form, meanwhile, states


def uploaded(site: Site, by: str = "liaison", *contents: bytes) -> tuple[Visitor, int]:
    """Pictures beside an item; the id of the first."""
    visitor = Visitor(site, by)
    url = item_url(site) + ("" if by == "liaison" else "?instead=1")
    page = visitor.get(send(visitor, url, *(contents or (jpeg(1), jpeg(2)))).location)
    page = page if by == "liaison" else visitor.get(url)
    return visitor, int(form(page, "/submit").values("evidence")[0])


def submitted(site: Site, by: str = "liaison") -> int:
    """The item is sent; the id of its first picture."""
    visitor, number = uploaded(site, by)
    url = item_url(site) + ("" if by == "liaison" else "?instead=1")
    assert visitor.send(form(visitor.get(url), "/submit")).status_code == 303
    return number


@pytest.mark.parametrize("username", ["liaison", "reviewer", "office"])
def test_it_is_removed_and_only_the_note_is_left(site: Site, username: str) -> None:
    number = submitted(site)
    visitor = Visitor(site, username)
    asking = visitor.get(f"/evidence/{number}/erase")
    assert "2.2" in asking.text
    assert "Backups" in asking.text
    before = len(stored(site))
    answer = visitor.send(form(asking, "/erase"), why="face", note="At the door.", follow=True)
    assert "Removed for good" in answer.text
    assert f"by {username}: shows a face." in answer.text
    assert "At the door." in answer.text
    assert len(stored(site)) == before - 2
    for part in ("file", "thumb"):
        assert visitor.get(f"/evidence/{number}/{part}").status_code == 404
    for reader in ("liaison", "auditor"):
        page = Visitor(site, reader).get(item(site, "2.2"))
        assert f'data-removed="{number}"' in page.text
        assert f"/evidence/{number}/thumb" not in page.text
        assert states(Visitor(site, reader).get(checklist(site)))["2.2"] == "open"


def test_the_desk_shows_the_note_too(site: Site) -> None:
    liaison, number = uploaded(site, "liaison", jpeg(1), jpeg(2), jpeg(3))
    liaison.send(form(liaison.get(item_url(site)), "/submit"))
    liaison.send(form(liaison.get(f"/evidence/{number}/erase"), "/erase"), why="papers")
    page = Visitor(site, "reviewer").get("/review")
    assert "holds personal data" in page.text
    assert form(page, "/decision")


def test_after_everything_is_over_it_can_still_be_removed(site: Site) -> None:
    number = submitted(site)
    with meanwhile(site):
        enrolment(site).state = EnrolmentState.NAMED
    liaison = Visitor(site, "liaison")
    answer = liaison.send(form(liaison.get(f"/evidence/{number}/erase"), "/erase"), why="plate")
    assert answer.status_code == 303
    assert states(liaison.get(checklist(site)))["2.2"] == "submitted"


@pytest.mark.parametrize("username", ["leader", "auditor", "police", "inspector", "acceptor"])
def test_whoever_only_looks_removes_nothing(site: Site, username: str) -> None:
    _liaison, number = uploaded(site)
    visitor = Visitor(site, username)
    assert visitor.get(f"/evidence/{number}/erase").status_code in {403, 404}
    assert "erase" not in visitor.get(f"/evidence/{number}").text
    sent = {"csrf_token": visitor.token(), "why": "face"}
    answer = visitor.client.post(f"/evidence/{number}/erase", data=sent)
    assert answer.status_code in {403, 404}


def test_neighbours_find_neither_the_picture_nor_its_note(site: Site) -> None:
    liaison, number = uploaded(site)
    neighbour = Visitor(site, "neighbour")
    assert neighbour.get(f"/evidence/{number}/erase").status_code == 404
    liaison.send(form(liaison.get(f"/evidence/{number}/erase"), "/erase"), why="face")
    assert neighbour.get(f"/evidence/{number}").status_code == 404


def test_without_a_reason_or_with_a_residents_number_nothing_goes(site: Site) -> None:
    liaison, number = uploaded(site)
    asking = form(liaison.get(f"/evidence/{number}/erase"), "/erase")
    for sent, told in (
        ({}, "Choose why"),
        ({"why": "ugly", "note": "Kept as typed."}, "Kept as typed."),
        ({"why": "other"}, "Say in a few words"),
        ({"why": "face", "note": "11010519491231002X"}, "resident identity number"),
    ):
        answer = liaison.send(asking, **sent)
        assert answer.status_code == 422
        assert told in answer.text
    assert liaison.get(f"/evidence/{number}/file").status_code == 200


def test_pressing_twice_is_harmless_and_copies_are_told_of(site: Site) -> None:
    liaison, number = uploaded(site, "liaison", jpeg(1), jpeg(1))
    page = liaison.get(f"/evidence/{number}/erase")
    assert "the same picture 2 times" in page.text
    for _ in range(2):
        answer = liaison.send(form(page, "/erase"), why="face")
        assert answer.status_code == 303
    assert liaison.get(f"/evidence/{number}/erase").status_code == 303
    assert stored(site) == []


@pytest.mark.parametrize("trouble", [OSError("out of order"), StoreAway("no answer")])
def test_a_store_that_fails_says_nothing_and_leaves_it_to_the_night(
    site: Site, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    liaison, number = uploaded(site)
    before = len(stored(site))

    def fails(_store: Folder, _name: str) -> None:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove", fails)
        page = liaison.get(f"/evidence/{number}/erase")
        assert liaison.send(form(page, "/erase"), why="face").status_code == 303
    run = site.app.test_cli_runner()
    assert len(stored(site)) == before
    assert "swept: 1 files" in run.invoke(nightly).output
    assert len(stored(site)) < before
    assert "0 differences" in run.invoke(check).output


def test_what_the_town_sends_for_a_village_is_said_to_all_and_found_by_the_city(
    site: Site,
) -> None:
    reviewer, _number = uploaded(site, "reviewer")
    assert (
        "Uploaded by the town for the unit" in Visitor(site, "liaison").get(item(site, "2.2")).text
    )
    reviewer.send(form(reviewer.get(f"{item_url(site)}?instead=1"), "/submit"))
    told = "Sent by the town for the unit"
    for username in ("liaison", "reviewer", "auditor"):
        visitor = Visitor(site, username)
        assert told in visitor.get(checklist(site)).text
        page = visitor.get(item(site, "2.2"))
        assert told in page.text
        assert "Somebody else of the town decides." in page.text
    assert 'data-key="2.2"' not in reviewer.get("/review").text
    for username in ("second_reviewer", "office"):
        desk = Visitor(site, username).get("/review")
        assert "by the town, for the unit" in desk.text
    office = Visitor(site, "office")
    assert (
        office.send(form(office.get("/review"), "/decision"), verdict="approve").status_code == 303
    )
