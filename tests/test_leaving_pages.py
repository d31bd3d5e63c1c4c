"""A unit that left its campaign, exempt or no more: every page says so and asks nothing of it."""

from datetime import timedelta

import pytest

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.enrolment import transitions
from campaigns.enrolment.answers import Answer
from campaigns.register import changes, exemptions
from tests.cast import TIANGONG
from tests.conftest import Site
from tests.test_liaison_pages import checklist, enrolment
from tests.visiting import Visitor, meanwhile

REASON = "The school is being rebuilt."


@pytest.fixture
def exempt(site: Site) -> Site:
    """The school sent one item and was then exempted."""
    with meanwhile(site):
        school = enrolment(site, "school", "safe-school")
        slot = campaigns.slot(school.campaign, "2.1")
        answer = Answer(numerator=4, denominator=4)
        transitions.submit(school, slot, answer, 1, by=site.cast.people["school_liaison"])
        office = site.cast.people["office"]
        exemptions.grant(school, school.row_version, REASON, by=office)
    return site


def test_the_checklist_says_why_and_counts_no_points_that_are_missing(exempt: Site) -> None:
    page = Visitor(exempt, "school_liaison").get(checklist(exempt, "school", "safe-school"))
    assert 'data-state="exempt"' in page.text
    assert REASON in page.text
    assert "to go" not in page.text
    assert "open until" not in page.text


def test_home_neither_waits_for_anybody_nor_asks_anything(exempt: Site) -> None:
    page = Visitor(exempt, "school_liaison").get("/")
    assert "Nothing is left for you to do now." in page.text
    assert "Waiting for others" not in page.text
    assert "Exempt" in page.text
    assert "with others" not in page.text


def test_the_unit_is_due_no_title_and_has_nothing_to_send(exempt: Site) -> None:
    page = Visitor(exempt, "leader").get(f"/units/{exempt.cast.units['school']}")
    assert 'data-figure="coverage" data-numerator="0" data-denominator="0"' in page.text
    assert REASON in page.text
    assert "to be sent" not in page.text
    assert "waits for" not in page.text
    assert "Exempt from the campaign" in page.text


def test_the_board_shows_the_exempt_beside_and_no_progress_of_theirs(exempt: Site) -> None:
    leader = Visitor(exempt, "leader")
    campaign = exempt.cast.campaigns["safe-school"]
    page = leader.get(f"/coverage/{TIANGONG}?campaign={campaign}")
    assert "1 more is not due: exempt" in page.text
    with exempt.app.app_context():
        place = enrolment(exempt, "school", "safe-school").unit.place.code
    village = leader.get(f"/coverage/{place}?campaign={campaign}")
    assert 'data-state="exempt"' in village.text
    assert "items approved</span>" not in village.text
    assert REASON in village.text


def test_a_closed_unit_says_since_when(site: Site) -> None:
    with meanwhile(site):
        school = enrolment(site, "school", "safe-school")
        changes.close(school.unit, clock.today() - timedelta(days=1), "Merged.", by=None)
    page = Visitor(site, "leader").get(f"/units/{site.cast.units['school']}")
    assert "In the register until" in page.text
    assert 'data-denominator="0"' in page.text
    assert "Left the campaign" in page.text
    assert "Taken out of the register" in page.text


def test_nothing_is_sent_for_it_and_the_form_says_why(exempt: Site) -> None:
    liaison = Visitor(exempt, "school_liaison")
    url = f"{checklist(exempt, 'school', 'safe-school')}/items/2.2"
    fields = {"csrf_token": liaison.token(), "version": "1"}
    answer = liaison.client.post(f"{url}/submit", data=fields)
    assert answer.status_code == 422
    assert "takes no part in the campaign" in answer.text
