"""Naming many over HTTP: the preview names and counts, whoever changed meanwhile is told why."""

import re

import pytest
import sqlalchemy as sa

from campaigns import titles
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.records import EnrolmentState
from campaigns.titles import Title
from tests.conftest import Site
from tests.doing import enrolment
from tests.test_naming import UNITS
from tests.visiting import Visitor, form, forms, meanwhile

DOCUMENT = "阆委办〔2026〕9号"
OTHERS = ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "inspector", "admin")


@pytest.fixture
def waiting(site: Site) -> Site:
    """Three villages that only wait to be named."""
    with meanwhile(site):
        for unit in UNITS:
            transitions.move_on(enrolment(site.cast, unit), EnrolmentState.TOWN_PASSED, by=None)
    return site


def ids(site: Site, *units: str) -> list[int]:
    return [site.cast.enrolment(each, "drug-free-village") for each in units]


def named(site: Site) -> int:
    with site.app.app_context():
        assert [*titles.check(), *recount.check()] == []
        return db.session.scalar(sa.select(sa.func.count()).select_from(Title)) or 0


def test_all_of_a_campaign_are_looked_over_and_named(waiting: Site) -> None:
    office = Visitor(waiting, "office")
    page = office.get("/titles")
    link = re.search(r'href="(/titles/naming\?campaign=\d+)"', page.text)
    assert link
    assert "name all 3" in page.text
    preview = office.get(link[1])
    assert "3 units will be named" in preview.text
    assert 'data-figure="named">3<' in preview.text
    found = form(preview, "/titles/naming")
    assert len(found.values("enrolment")) == 3
    answer = office.send(found, document_number=f" {DOCUMENT} ")
    assert answer.status_code == 303
    assert "All are named" in office.get(answer.location).text
    assert named(waiting) == 3
    assert "Nobody waits to be named" in office.get("/titles").text
    # The same form once more: each says why it is left.
    again = office.send(found, document_number=DOCUMENT, follow=True)
    assert "3 cannot be named" in again.text
    assert named(waiting) == 3


def test_those_ticked_are_named_and_the_others_wait(waiting: Site) -> None:
    office = Visitor(waiting, "office")
    chosen = ids(waiting, "village", "far village")
    page = office.get("/titles")
    boxes = re.findall(r'type="checkbox" name="enrolment" value="(\d+)" form="chosen"', page.text)
    assert {int(each) for each in boxes} == {*ids(waiting, *UNITS)}
    query = "&".join(f"enrolment={each}" for each in chosen)
    found = form(office.get(f"/titles/naming?{query}"), "/titles/naming")
    assert office.send(found, document_number=DOCUMENT).status_code == 303
    assert named(waiting) == 2
    assert "name 1" in office.get("/titles").text


def test_whoever_changed_meanwhile_is_left_with_the_reason(waiting: Site) -> None:
    office = Visitor(waiting, "office")
    query = "&".join(f"enrolment={each}" for each in ids(waiting, *UNITS))
    found = form(office.get(f"/titles/naming?{query}"), "/titles/naming")
    with meanwhile(waiting):
        transitions.move_on(enrolment(waiting.cast), EnrolmentState.NOT_PASSED, by=None)
        enrolment(waiting.cast, "neighbour").mend_by = enrolment(waiting.cast).campaign.due_on
    page = office.send(found, document_number=DOCUMENT, follow=True)
    assert "1 unit is named." in page.text
    assert "1 cannot be named" in page.text
    assert "1 unit will be named" in page.text
    assert named(waiting) == 1
    assert office.send(form(page, "/titles/naming"), document_number=DOCUMENT).status_code == 303
    assert named(waiting) == 2


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"document_number": ""}, 422, "number of the naming document"),
        ({"document_number": "x" * 101}, 422, "101 characters"),
        ({"enrolment": []}, 422, "Nobody is chosen"),
        ({"enrolment": ["1"]}, 409, "Somebody else changed this"),
        ({"enrolment": ["x=1"]}, 409, "Somebody else changed this"),
        ({"enrolment": ["=", "1=²"]}, 409, "Somebody else changed this"),
        ({"enrolment": ["9" * 40 + "=1"]}, 409, "Somebody else changed this"),
        ({"enrolment": [f"{2**31 - 1}=1"]}, 404, ""),
        ({"enrolment": [f"{number}=1" for number in range(1, 502)]}, 422, "500 units"),
    ],
)
def test_what_will_not_do_changes_nothing(
    waiting: Site, changed: dict[str, object], status: int, sentence: str
) -> None:
    office = Visitor(waiting, "office")
    query = "&".join(f"enrolment={each}" for each in ids(waiting, *UNITS))
    found = form(office.get(f"/titles/naming?{query}"), "/titles/naming")
    answer = office.send(found, **({"document_number": DOCUMENT} | changed))
    assert answer.status_code == status
    assert sentence in answer.text
    assert named(waiting) == 0


@pytest.mark.parametrize("query", ["campaign=x", "enrolment=x", "enrolment=", "campaign=%00"])
def test_what_is_no_choice_is_not_found(waiting: Site, query: str) -> None:
    assert Visitor(waiting, "office").get(f"/titles/naming?{query}").status_code == 404


def test_nobody_chosen_is_said(waiting: Site) -> None:
    page = Visitor(waiting, "office").get("/titles/naming")
    assert "Nobody is chosen" in page.text


def test_others_do_not_name(waiting: Site) -> None:
    village = ids(waiting, "village")[0]
    for username in OTHERS:
        other = Visitor(waiting, username)
        assert other.get(f"/titles/naming?enrolment={village}").status_code == 403
        assert not [each for each in forms(other.get("/titles")) if "naming" in each.action]
        sent = {"enrolment": f"{village}=2", "document_number": "1", "csrf_token": other.token()}
        assert other.client.post("/titles/naming", data=sent).status_code == 403
    assert named(waiting) == 0


def test_a_campaign_with_a_step_left_offers_nobody(waiting: Site) -> None:
    with meanwhile(waiting):
        enrolment(waiting.cast).campaign.steps = [Step.TOWN, Step.CITY]
    office = Visitor(waiting, "office")
    assert "titles/naming" not in office.get("/titles").text
    page = office.get(f"/titles/naming?enrolment={ids(waiting, 'village')[0]}")
    assert "Not every acceptance" in page.text
