"""A campaign's own page and the list: opening, newcomers, more time, closing, archiving."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import register
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment
from campaigns.jurisdictions import find
from campaigns.units import Kind, Unit
from tests.cast import TIANGONG, YEAR
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE, enrolment, events, pass_town
from tests.test_setup_pages import OTHERS, set_up, stored
from tests.visiting import Form, Visitor, form, forms, meanwhile

MORE = {"due_on": "2027-02-10", "review_due_on": "2027-03-01", "reason": "暴雨停工两周"}
VERBS = ("/open", "/close", "/archive", "/extend", "/newcomers", "/discard")


def verbs(page: Any) -> set[str]:
    """What the forms of a campaign's page can do."""
    return {f"/{each.action.rpartition('/')[2]}" for each in forms(page)} & set(VERBS)


def agrees(site: Site) -> None:
    with site.app.app_context():
        assert [*recount.check(), *register.check()] == []


def test_a_campaign_is_opened_closed_and_archived(site: Site) -> None:
    office = Visitor(site, "office")
    url = set_up(office)
    page = office.get(url)
    assert verbs(page) == {"/open", "/discard"}
    page = office.send(form(page, "/open"), follow=True)
    assert 'data-state="open"' in page.text
    assert 'data-figure="participation" data-numerator="2" data-denominator="2"' in page.text
    assert verbs(page) == {"/close", "/extend"}
    page = office.send(form(page, "/close"), follow=True)
    assert 'data-state="closed"' in page.text
    assert verbs(page) == {"/archive"}
    page = office.send(form(page, "/archive"), follow=True)
    assert 'data-state="archived"' in page.text
    assert verbs(page) == set()
    number = int(url.rpartition("/")[2])
    with site.app.app_context():
        assert events("campaign", number)[-4:] == ["opening", "opened", "closed", "archived"]
    agrees(site)


def test_opening_or_closing_twice_or_too_late_does_nothing(site: Site) -> None:
    office = Visitor(site, "office")
    opening = form(office.get(set_up(office)), "/open")
    for version in ("", "x", "0", "99", "9" * 40, None):
        assert office.send(opening, version=version).status_code == 409
    closing = Form(opening.action.replace("/open", "/close"), opening.fields)
    answer = office.send(closing)
    assert answer.status_code == 422
    assert "Only an open campaign can be closed" in answer.text
    assert office.send(opening).status_code == 303
    assert office.send(opening).status_code == 409
    assert office.send(closing, version="1").status_code == 409
    with site.app.app_context():
        number = sa.select(sa.func.count()).select_from(Enrolment)
        of_it = number.where(Enrolment.campaign_id == stored(site)[-1].id)
        assert db.session.scalar(of_it) == 2


def test_others_only_look(site: Site) -> None:
    before = [(each.id, each.state, each.row_version) for each in stored(site)]
    url = f"/campaigns/{site.cast.campaigns['safe-school']}"
    for username in OTHERS:
        other = Visitor(site, username)
        sent = {"csrf_token": other.token(), "version": str(before[1][2])} | MORE
        for verb in VERBS:
            assert other.client.post(url + verb, data=sent).status_code == 403
        page = other.get(url)
        assert page.status_code in {200, 403, 404}
        assert verbs(page) == set()
    assert [(each.id, each.state, each.row_version) for each in stored(site)] == before


def test_more_time_shows_everywhere(site: Site) -> None:
    office, url = Visitor(site, "office"), f"/campaigns/{site.cast.campaigns['safe-school']}"
    answer = office.send(form(office.get(url), "/extend"), **MORE)
    assert answer.location == f"{url}?said=extended"
    checklist = f"/enrolments/{site.cast.enrolment('school', 'safe-school')}"
    for username, page in (
        ("office", url),
        ("reviewer", url),
        ("school_liaison", url),
        ("school_liaison", checklist),
        ("reviewer", checklist),
    ):
        text = Visitor(site, username).get(page).text
        assert "10 Feb 2027" in text, (username, page)
        assert "暴雨停工两周" in text
    assert "10 Feb 2027" in Visitor(site, "school_liaison").get("/").text
    assert "10 Feb 2027" in Visitor(site, "auditor").get("/campaigns").text
    agrees(site)


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"reason": " "}, 422, "Say why"),
        ({"due_on": "2026-12-30"}, 422, "later day than 31 Dec"),
        ({"review_due_on": "2026-12-30"}, 422, "later day than 31 Dec"),
        ({"review_due_on": "2027-01-01"}, 422, "Reviews would end"),
        ({"due_on": "2026-12-31", "review_due_on": "2026-12-31"}, 422, "hold already"),
        ({"due_on": "x"}, 422, "date cannot be read"),
        ({"due_on": "2099-01-01"}, 422, "date cannot be read"),
        ({"reason": "x" * 501}, 422, "501 characters"),
        ({"version": "99"}, 409, "Somebody else changed this"),
        ({"version": None}, 409, "Somebody else changed this"),
    ],
)
def test_more_time_that_will_not_do_is_given_back_as_typed(
    site: Site, changed: dict[str, Any], status: int, sentence: str
) -> None:
    office, url = Visitor(site, "office"), f"/campaigns/{site.cast.campaigns['safe-school']}"
    answer = office.send(form(office.get(url), "/extend"), **(MORE | changed))
    assert answer.status_code == status
    assert sentence in answer.text
    again = form(answer, "/extend")
    for field, typed in (MORE | changed).items():
        if field != "version":
            assert again.values(field) == [typed]
    assert [each.due_on for each in stored(site)] == [YEAR[1]] * 4


def test_newcomers_are_enrolled_with_one_button(site: Site) -> None:
    office, url = Visitor(site, "office"), f"/campaigns/{site.cast.campaigns['safe-school']}"
    assert "/newcomers" not in verbs(office.get(url))
    with meanwhile(site):
        town = find(TIANGONG, EVERYWHERE)
        made = Unit(code="S9", name_zh="新校", name_en="New", kind=Kind.SCHOOL, valid_from=YEAR[0])
        register.enter([(made, town)])
    found = form(office.get(url), "/newcomers")
    assert "/newcomers" not in verbs(Visitor(site, "leader").get(url))
    page = office.send(found, follow=True)
    assert "The newcomers take part now" in page.text
    assert 'data-figure="participation" data-numerator="4" data-denominator="4"' in page.text
    again = office.send(found)
    assert again.status_code == 422
    assert "No unit is new" in again.text
    agrees(site)


def test_an_approval_that_ended_names_nobody_and_says_so(site: Site, time: Time) -> None:
    time.pass_by(days=80)
    with meanwhile(site):
        village = enrolment(site.cast)
        pass_town(site.cast, village)
        number = village.id
    office = Visitor(site, "office")
    assert verbs(office.get(f"/enrolments/{number}")) == set()
    assert [each for each in forms(office.get(f"/enrolments/{number}")) if "/titles" in each.action]
    time.pass_by(days=40)
    office = Visitor(site, "office")
    page = office.get(f"/enrolments/{number}")
    assert "The approval has ended" in page.text
    assert not [each for each in forms(page) if "/titles" in each.action]
    assert "The approval has ended" in office.get(f"/campaigns/{stored(site)[0].id}").text


def test_a_notice_that_would_outlast_the_approval_is_warned_of(site: Site) -> None:
    office = Visitor(site, "office")
    url = set_up(office)
    assert "data-notice-too-late" not in office.get(url).text
    with meanwhile(site):
        campaign = campaigns.lock(stored(site)[-1].id)
        campaign.approval_until = campaign.review_due_on
    assert "data-notice-too-late" in office.get(url).text


def test_everybody_finds_the_campaigns_that_reach_her(site: Site) -> None:
    office, liaison = Visitor(site, "office"), Visitor(site, "school_liaison")
    draft = set_up(office)
    url = f"/campaigns/{site.cast.campaigns['safe-school']}"
    office.send(form(office.get(url), "/close"))
    for username, number in (("reviewer", 4), ("auditor", 4), ("leader", 4), ("office", 5)):
        page = Visitor(site, username).get("/campaigns")
        assert len(re.findall(r"<li data-state=", page.text)) == number
    page = liaison.get("/campaigns")
    assert set(re.findall(r'href="(/campaigns/\d+)"', page.text)) == {url}
    assert 'data-state="closed"' in liaison.get(url).text
    for name_of in ("safe-hospital", "drug-free-village"):
        assert liaison.get(f"/campaigns/{site.cast.campaigns[name_of]}").status_code == 404
    assert liaison.get(draft).status_code == 404
