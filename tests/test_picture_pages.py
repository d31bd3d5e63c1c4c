"""Pictures beside proof over HTTP: sent with a note, a finding or a re-check, seen by whoever may
read that, removed by whoever took them."""

import io
import re

import pytest
from werkzeug.test import TestResponse

from campaigns.acceptance import records
from campaigns.commands.check import check
from tests import team
from tests.conftest import Site, Time
from tests.doing import enrolment, send
from tests.test_upload import item_url, jpeg, stored
from tests.visiting import Visitor, form, meanwhile


def photos(*seeds: int) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(jpeg(seed)), f"gate-{seed}.jpg") for seed in seeds]


def shown(page: TestResponse) -> list[str]:
    """The addresses of the pictures that a page shows."""
    return re.findall(r'src="(/evidence/\d+)/thumb"', page.text)


@pytest.fixture
def item(site: Site) -> str:
    """The address of an item that was sent, without any proof beside it."""
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.3")
    return item_url(site, "1.3")


def note(site: Site, item: str, *seeds: int, by: str = "inspector") -> TestResponse:
    visitor = Visitor(site, by)
    sent = {"visited_on": "2026-09-16", "seen": "partly", "seen_text": "Three boards."}
    return visitor.send(form(visitor.get(item), "/site-notes"), **sent, file=photos(*seeds))


def statuses(site: Site, picture: str, *usernames: str) -> list[int]:
    return [Visitor(site, each).get(f"{picture}/file").status_code for each in usernames]


def test_a_note_s_pictures_stand_above_the_files_on_the_item_and_the_desk(
    site: Site, item: str
) -> None:
    assert note(site, item, 1, 2).status_code == 303
    for page in (Visitor(site, "reviewer").get(item), Visitor(site, "reviewer").get("/review")):
        assert len(shown(page)) == 2
        assert page.text.index("/thumb") > page.text.index("Three boards.")
    with site.app.app_context():
        assert site.app.test_cli_runner().invoke(check).exit_code == 0


def test_the_unit_sees_them_with_the_note_and_not_in_its_store(
    site: Site, item: str, time: Time
) -> None:
    note(site, item, 1)
    (picture,) = shown(Visitor(site, "reviewer").get(item))
    everybody = ("inspector", "reviewer", "office", "auditor", "liaison", "far_liaison")
    assert statuses(site, picture, *everybody) == [200, 200, 200, 200, 404, 404]
    assert Visitor(site, "liaison").get(picture).status_code == 404
    time.pass_by(minutes=6)
    assert statuses(site, picture, *everybody) == [200, 200, 200, 200, 200, 404]
    liaison = Visitor(site, "liaison")
    assert picture in liaison.get(item).text
    page = liaison.get(picture).text
    assert "Seen on the spot · 1.3" in page
    assert "no proof of the unit" in page
    assert picture not in liaison.get(f"/units/{site.cast.units['village']}/evidence").text
    assert liaison.get(f"{picture}/alike").status_code in {403, 404}


def test_what_is_no_picture_is_refused_and_the_words_stay(site: Site, item: str) -> None:
    visitor, before = Visitor(site, "inspector"), stored(site)
    sent = {"visited_on": "2026-09-16", "seen": "partly", "seen_text": "Three boards."}
    found = form(visitor.get(item), "/site-notes")
    for file in ((io.BytesIO(b"no picture"), "gate.jpg"), (io.BytesIO(b"%PDF-1"), "paper.pdf")):
        answer = visitor.send(found, **sent, file=file)
        assert answer.status_code == 422
        assert "Three boards." in answer.text
        assert 'id="file-error"' in answer.text
    assert visitor.send(found, **sent, file=photos(*range(1, 14))).status_code == 422
    assert stored(site) == before


def test_whoever_took_it_removes_it_and_the_city_office_but_not_the_unit(
    site: Site, item: str, time: Time
) -> None:
    note(site, item, 1, 2)
    time.pass_by(minutes=6)
    one, other = shown(Visitor(site, "reviewer").get(item))
    for username in ("liaison", "reviewer", "acceptor"):
        assert Visitor(site, username).get(f"{one}/erase").status_code == 403, username
    for username, picture in (("inspector", one), ("office", other)):
        visitor, before = Visitor(site, username), len(stored(site))
        asking = visitor.get(f"{picture}/erase")
        assert "Seen on the spot" in asking.text
        answer = visitor.send(form(asking, "/erase"), why="face", follow=True)
        assert "shows a face" in answer.text
        assert len(stored(site)) < before
        assert visitor.get(f"{picture}/file").status_code == 404
    page = Visitor(site, "liaison").get(item)
    assert shown(page) == []
    assert "removed" in page.text


def test_a_removed_note_takes_the_bytes_of_its_pictures_with_it(site: Site, item: str) -> None:
    before = stored(site)
    note(site, item, 1)
    (picture,) = shown(Visitor(site, "reviewer").get(item))
    inspector = Visitor(site, "inspector")
    removal = form(inspector.get(item), "/remove")
    assert inspector.send(removal, why="It names somebody.").status_code == 303
    assert stored(site) == before
    assert "It names somebody." in Visitor(site, "auditor").get(picture).text


def test_a_finding_s_picture_is_blind_until_both_have_reported(site: Site, time: Time) -> None:
    with meanwhile(site):
        team.waiting(site.cast, time, "village")
        here = f"/acceptance/checks/{records.chosen(team.drawn(site.cast, time).id)[0].id}"
    others = ("second_acceptor", "office", "auditor", "reviewer", "liaison")
    picture = ""
    for username in ("acceptor", "second_acceptor"):
        visitor = Visitor(site, username)
        report = form(visitor.get(here), "/findings")
        sent = {"verdict": "fails", "note": "No lamp burns.", "file": photos(len(username))}
        assert visitor.send(report, **sent).status_code == 303
        if not picture:
            (picture,) = shown(visitor.get(here))[-1:]
            assert statuses(site, picture, "acceptor", *others) == [200, *[404] * 5]
            assert picture not in Visitor(site, "second_acceptor").get(here).text
    assert statuses(site, picture, "acceptor", *others) == [200, 200, 200, 200, 404, 404]
    assert picture in Visitor(site, "office").get(here).text
