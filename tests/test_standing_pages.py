"""A title after naming over HTTP: re-checks with a picture, withdrawals, and what ends soon."""

import io
import re

import pytest

from tests.conftest import Site, Time
from tests.doing import entitle
from tests.test_incidents import hold
from tests.test_upload import jpeg
from tests.visiting import Visitor, form, meanwhile

WORKERS = {
    "withdrawals": {"office"},
    "rechecks": {"office", "acceptor", "inspector"},
}
PEOPLE = (
    *("liaison", "neighbour", "reviewer", "far_reviewer", "police", "acceptor", "office"),
    *("signer", "inspector", "town_leader", "leader", "auditor", "admin"),
)


@pytest.fixture
def title(site: Site) -> int:
    with meanwhile(site):
        return hold(site.cast).id


@pytest.mark.parametrize("what", WORKERS)
def test_only_some_roles_visit_or_withdraw(site: Site, title: int, what: str) -> None:
    sent = {"reason": "Failed.", "document_number": "3号"}
    sent |= {"finding": "as_named", "checked_on": "2026-09-16"}
    for username in PEOPLE:
        visitor = Visitor(site, username)
        full = sent | {"csrf_token": visitor.token()}
        answer = visitor.client.post(f"/titles/{title}/{what}", data=full)
        allowed = username in WORKERS[what]
        assert (answer.status_code == 303) is allowed, (username, answer.status_code)
        assert allowed or answer.status_code in {403, 404}, username


def test_a_recheck_keeps_its_picture_apart_from_the_unit_s_proof(site: Site, title: int) -> None:
    inspector, here = Visitor(site, "inspector"), f"/titles/{title}"
    page = inspector.get(here)
    photo = (io.BytesIO(jpeg()), "gate.jpg")
    told = {"finding": "to_mend", "note": "A lamp is out."}
    wrong = inspector.send(form(page, "/rechecks"), **told)
    assert wrong.status_code == 422
    assert "A lamp is out." in wrong.text
    kept = inspector.send(form(page, "/rechecks"), **told, mend_by="2026-10-01", file=photo)
    assert kept.status_code == 303
    seen = Visitor(site, "liaison").get(here).text
    assert "A lamp is out." in seen
    picture = re.search(r"/evidence/\d+", seen).group()
    assert Visitor(site, "liaison").get(f"{picture}/file").status_code == 200
    assert Visitor(site, "far_liaison").get(f"{picture}/file").status_code == 404
    store = Visitor(site, "liaison").get(f"/units/{site.cast.units['village']}/evidence")
    assert picture not in store.text
    closing = form(inspector.get(here), "/close")
    assert inspector.send(closing, why="").status_code == 422
    assert inspector.send(closing, why="It burns.").status_code == 303
    assert inspector.send(closing, why="Again.").status_code == 409


def test_a_title_is_withdrawn_after_the_unit_s_answer_and_its_page_says_so(
    site: Site, title: int
) -> None:
    office, unit, here = Visitor(site, "office"), Visitor(site, "liaison"), f"/titles/{title}"
    announced = form(office.get(here), "/withdrawals")
    assert office.send(announced, reason="", document_number="").status_code == 422
    assert office.send(announced, reason="Failed.", document_number="3号").status_code == 303
    assert "Withdraw the title" not in office.get(here).text
    answer = form(unit.get(here), "/answer")
    assert unit.send(answer, answer="It was mended.").status_code == 303
    assert unit.send(answer, answer="Again.").status_code == 409
    page = office.get(here)
    assert "It was mended." in page.text
    decision = form(page, "/drop")
    decision.action = decision.action.replace("/drop", "/confirm")
    assert office.send(decision, why="It stands.").status_code == 303
    assert "withdrawn on" in unit.get(here).text
    assert "withdrawn" in office.get("/titles.csv").text


def test_what_ends_soon_is_listed_with_where_to_certify_anew(
    site: Site, title: int, time: Time
) -> None:
    with meanwhile(site):
        entitle(site.cast, "neighbour")
    office = Visitor(site, "office")
    assert "No title ends in the next 90 days." in office.get("/titles?show=expiring").text
    time.pass_by(days=110)
    later = Visitor(site, "office").get("/titles?show=expiring").text
    assert f"/titles/{title}" in later
    assert "Certify anew in:" in later
    mine = Visitor(site, "liaison").get("/").text
    assert "Certify anew in:" in mine
