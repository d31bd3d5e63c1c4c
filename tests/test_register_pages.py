"""The office keeps the register on its pages: units, exemptions, places, the calendar."""

from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import clock, workdays
from campaigns.database import db
from campaigns.jurisdictions import find
from campaigns.register import changes, exemptions
from campaigns.units import Unit
from tests.cast import QIAOLOU, TIANGONG
from tests.conftest import Site
from tests.doing import EVERYWHERE, enrolment
from tests.test_imports import differences, unit, villages
from tests.visiting import Visitor, form, forms, meanwhile


def page_of(site: Site, name: str, change: str = "") -> str:
    return f"/units/{site.cast.units[name]}" + (f"/{change}" if change else "")


def test_a_unit_is_entered_and_found(site: Site) -> None:
    office = Visitor(site, "office")
    new = form(office.get(f"/units/new?place={TIANGONG}"), "/units/new")
    filled = {"kind": "school", "code": "N-1", "name_zh": "新校", "name_en": "New school"}
    page = office.send(new, place=villages(site)[0], **filled, follow=True)
    assert "The unit is in the register." in page.text
    assert "New school" in page.text
    assert "Entered in the register" in page.text
    again = office.send(new, place=villages(site)[0], **filled)
    assert again.status_code == 422
    assert "The code N-1 is in use." in again.text
    assert 'value="新校"' in again.text
    assert differences(site) == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"kind": ""}, "Choose one of the list."),
        ({"code": "a b"}, "Give the unit a code"),
        ({"name_en": ""}, "Give the unit a name in both languages."),
        ({"place": "999"}, "Choose one of the list."),
        ({"place": "511381"}, "A unit has to lie in a town or below."),
        ({"valid_from": "2030-01-01"}, "The day lies ahead."),
        ({"valid_from": "yesterday"}, "The date cannot be read."),
        ({"households": "5"}, "Only villages and communities answer for households."),
        ({"households": "-5"}, "Enter a whole number"),
    ],
)
def test_what_cannot_be_entered_is_said(site: Site, wrong: dict[str, str], sentence: str) -> None:
    office = Visitor(site, "office")
    filled = {"kind": "school", "code": "N1", "name_zh": "新校", "name_en": "New"}
    sent = filled | {"place": villages(site)[0]} | wrong
    answer = office.send(form(office.get("/units/new"), "/units/new"), **sent)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_a_unit_is_renamed_moved_counted_and_closed(site: Site) -> None:
    office = Visitor(site, "office")
    far = next(code for code in site.cast.places if code.startswith(QIAOLOU) and code > QIAOLOU)
    for name, change, fields, said in (
        ("school", "rename", {"name_zh": "新名", "name_en": "New name"}, "has its new name"),
        ("school", "move", {"place": far, "day": "2026-09-01"}, "The unit has moved"),
        ("village", "households", {"households": "１２０", "day": "2026-09-01"}, "is entered"),
        ("school", "close", {"reason": "拆迁", "day": "2026-09-10"}, "has left the register"),
    ):
        found = form(office.get(page_of(site, name, change)), f"/{change}")
        page = office.send(found, **fields, follow=True)
        assert said in page.text, change
        assert differences(site) == []
    assert unit(site, "S1")["place"] == far
    assert unit(site, "S1")["valid_to"] == date(2026, 9, 9)
    page = office.get(page_of(site, "school"))
    for told in ("New name", "拆迁", "with effect from 10 Sep", "In the register until 9 Sep"):
        assert told in page.text
    assert "/close" not in page.text
    assert "100 → 120" in office.get(page_of(site, "village")).text


def test_two_villages_are_merged_and_the_place_shows_its_successor(site: Site) -> None:
    office = Visitor(site, "office")
    page = office.get(page_of(site, "village", "merge"))
    assert "2 other units in it move along" in page.text
    page = office.send(
        form(page, "/merge"),
        into=str(site.cast.units["neighbour"]),
        day="2026-09-01",
        with_place="1",
        follow=True,
    )
    assert "The units are merged" in page.text
    assert page.request.path == page_of(site, "neighbour")
    assert differences(site) == []
    old, new = villages(site)[:2]
    with site.app.app_context():
        names = find(old, EVERYWHERE).name.en, find(new, EVERYWHERE).name.en
    assert f"Now {names[1]}" in office.get(f"/jurisdictions/{old}").text
    assert f"now {names[1]}" in office.get(f"/jurisdictions/{TIANGONG}").text
    assert "Taken over by" in office.get(page_of(site, "village")).text
    assert f'data-code="{old}"' not in office.get(f"/coverage/{TIANGONG}").text
    assert f'data-code="{old}"' in office.get(f"/coverage/{TIANGONG}?on=2026-08-31").text
    assert names[0] in office.get(f"/coverage/{old}?on=2026-08-31").text


def test_a_part_of_a_village_becomes_a_unit(site: Site) -> None:
    office = Visitor(site, "office")
    page = office.send(
        form(office.get(page_of(site, "village", "split")), "/split"),
        code="P1",
        name_zh="新村",
        name_en="New village",
        place=villages(site)[0],
        households="30",
        day="2026-09-01",
        follow=True,
    )
    assert "The new unit is in the register." in page.text
    assert (unit(site, "P1")["households"], unit(site, f"U{villages(site)[0]}")["households"]) == (
        30,
        70,
    )
    assert differences(site) == []


def test_a_page_that_is_no_longer_true_changes_nothing(site: Site) -> None:
    office = Visitor(site, "office")
    found = form(office.get(page_of(site, "school", "rename")), "/rename")
    with meanwhile(site):
        school = changes.load([site.cast.units["school"]])[site.cast.units["school"]]
        changes.rename(school, by=None, name_zh="别名")
    answer = office.send(found, name_zh="新名", name_en="New")
    assert answer.status_code == 409
    assert unit(site, "S1")["name_zh"] == "别名"


def test_two_changes_at_once_are_one(site: Site) -> None:
    with site.app.app_context():
        school = changes.load([site.cast.units["school"]])[site.cast.units["school"]]
        db.session.execute(
            sa.update(Unit)
            .where(Unit.id == school.id)
            .values(row_version=7)
            .execution_options(synchronize_session=False)
        )
        from campaigns.errors import Stale

        with pytest.raises(Stale):
            changes.rename(school, by=None, name_zh="x")


def test_only_the_office_finds_these_forms(site: Site) -> None:
    for username in ("reviewer", "leader", "acceptor", "admin"):
        visitor = Visitor(site, username)
        assert visitor.get(page_of(site, "school", "close")).status_code == 403
        page = visitor.get(page_of(site, "school"))
        assert "/close" not in page.text


# Exemptions.


def test_an_exemption_is_granted_seen_by_all_and_lifted(site: Site) -> None:
    office = Visitor(site, "office")
    address = f"/enrolments/{site.cast.enrolment('school', 'safe-school')}"
    assert f"{address}/exemption" in office.get(address).text
    page = office.get(f"{address}/exemption")
    refused = office.send(form(page, "/exemption"), reason=" ")
    assert "An exemption needs a reason" in refused.text
    page = office.send(form(page, "/exemption"), reason="校舍重建", follow=True)
    assert "The unit is exempt" in page.text
    for username, url in (
        ("school_liaison", address),
        ("school_liaison", "/"),
        ("reviewer", page_of(site, "school")),
        ("leader", f"/coverage/{villages(site)[0]}"),
    ):
        seen = Visitor(site, username).get(url)
        assert "校舍重建" in seen.text, url
        assert "st-exempt" in seen.text, url
        assert f"{address}/exemption" not in seen.text
    board = Visitor(site, "leader").get(f"/coverage/{TIANGONG}").text
    assert 'data-exempt="1"' in board
    assert "1 exempt" in board
    assert differences(site) == []
    page = office.send(form(office.get(f"{address}/exemption"), "/lift"), follow=True)
    assert "takes part again" in page.text
    assert differences(site) == []


def test_an_exempt_liaison_is_asked_nothing(site: Site) -> None:
    with meanwhile(site):
        found = enrolment(site.cast, "school", "safe-school")
        exemptions.grant(found, found.row_version, "停办", by=None)
    liaison = Visitor(site, "school_liaison")
    page = liaison.get(f"/enrolments/{site.cast.enrolment('school', 'safe-school')}/items/2.2")
    assert page.status_code == 200
    assert not [each for each in forms(page) if each.action.endswith("/submit")]


# Places and the calendar.


def test_the_tree_opens_branch_by_branch(site: Site) -> None:
    leader = Visitor(site, "leader")
    assert TIANGONG in leader.get("/jurisdictions").text
    branch = leader.get(f"/jurisdictions/{TIANGONG}?branch=1")
    assert "<html" not in branch.text
    assert all(code in branch.text for code in villages(site))
    assert Visitor(site, "town_leader").get(f"/jurisdictions/{QIAOLOU}").status_code == 404
    assert "/units/new" not in branch.text


def test_the_calendar_is_corrected_and_due_days_follow(site: Site) -> None:
    office = Visitor(site, "office")
    page = office.get("/calendar")
    assert "National Day" in page.text
    with site.app.app_context():
        before = workdays.after(date(2026, 9, 16), 2)
        assert before == date(2026, 9, 18)
    correct = form(page, "/calendar")
    assert (
        "Say what makes the day different"
        in office.send(correct, day="2026-09-17", working="no").text
    )
    page = office.send(
        correct, day="2026-09-17", working="no", note="川府办〔2026〕9号", follow=True
    )
    assert "川府办〔2026〕9号" in page.text
    with site.app.app_context():
        assert workdays.after(date(2026, 9, 16), 2) == date(2026, 9, 20)
    page = office.send(form(page, "/calendar/remove"), follow=True)
    assert "川府办〔2026〕9号" not in page.text
    leader = Visitor(site, "leader").get("/calendar")
    assert leader.status_code == 200
    assert not [each for each in forms(leader) if "/calendar" in each.action]


def test_past_the_known_years_the_calendar_says_so(site: Site) -> None:
    page = Visitor(site, "leader").get(f"/calendar?year={workdays.DATA_YEAR + 1}")
    assert f"Holidays are known up to {workdays.DATA_YEAR}." in page.text
    assert Visitor(site, "leader").get("/calendar?year=12").status_code == 404
    assert clock.today().year <= workdays.DATA_YEAR + 1


def test_what_looks_like_a_phone_number_is_said_after_any_form(site: Site) -> None:
    office = Visitor(site, "office")
    found = form(office.get(page_of(site, "school", "close")), "/close")
    page = office.send(found, reason="联系人 138 1234 5678", day="2026-09-01", follow=True)
    assert "looks like a phone number" in page.text
    liaison = Visitor(site, "liaison")
    address = f"/enrolments/{site.cast.enrolment('village', 'drug-free-village')}/items/1.3"
    item = form(liaison.get(address), "/submit")
    page = liaison.send(item, value="6", note="0817-6223344", follow=True)
    assert "looks like a phone number" in page.text
    assert "looks like a phone number" not in liaison.get(address).text
