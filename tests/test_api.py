"""What programs read: records of the scope, page by page, and 304 for what they have."""

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import clock
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import tokens
from campaigns.standards import Standard, Version
from campaigns.units import Unit
from tests.boards import CITY, approve, board, name
from tests.cast import QIAOLOU, TIANGONG
from tests.conftest import Site
from tests.doing import enrolment, give_back, send
from tests.visiting import Visitor, meanwhile

LISTS = ("jurisdictions", "units", "standards", "campaigns", "enrolments", "titles")


class Program:
    """A program with the token of somebody of the cast."""

    def __init__(self, site: Site, username: str) -> None:
        with meanwhile(site):
            made = tokens.make(site.cast.people[username], "a program", clock.today())
        self.client = site.app.test_client()
        self.headers = {"Authorization": f"Bearer {made}", "Accept-Language": "en"}

    def ask(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/api/v1/{path}", headers=self.headers | headers)

    def read(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status_code == 200, answer.text
        assert answer.content_type == "application/json"
        return answer.json

    def all(self, path: str) -> list[Any]:
        """Every record of a list, page by page."""
        found: list[Any] = []
        following = f"/api/v1/{path}"
        while following:
            page = self.read(following.removeprefix("/api/v1/"))
            found += page["items"]
            following = page["next"]
        return found


def test_units_are_those_of_the_register_with_numbers_of_households(site: Site) -> None:
    office = Program(site, "office")
    found = office.all("units?limit=4")
    with site.app.app_context():
        ids = db.session.scalars(sa.select(Unit.id).order_by(Unit.id)).all()
    assert [each["id"] for each in found] == list(ids)
    village = office.read(f"units/{site.cast.units['village']}")
    assert village in found
    assert village["place"]["code"].startswith(TIANGONG)
    assert village["town"] == {
        "code": TIANGONG,
        "name": {"zh": "天宫镇", "en": "Tiangong town"},
    }
    assert (village["households"], village["households_on"]) == (100, "2026-01-01")
    schools = office.all("units?kind=school&limit=1")
    assert {each["kind"] for each in schools} == {"school"}
    assert len(schools) == 3
    assert {each["town"]["code"] for each in office.all(f"units?place={QIAOLOU}")} == {QIAOLOU}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 500])
def test_pages_hold_everything_once_whatever_their_size(site: Site, path: str, limit: int) -> None:
    with meanwhile(site):
        name(site.cast)
        name(site.cast, "school", "safe-school")
    office = Program(site, "office")
    whole = office.all(path)
    assert len(whole) > 1
    assert office.all(f"{path}?limit={limit}") == whole


def test_the_next_page_begins_where_this_one_ended_whatever_goes_meanwhile(site: Site) -> None:
    office = Program(site, "office")
    before = [each["id"] for each in office.all("units?kind=village")]
    first = office.read("units?limit=3&kind=village")
    assert first["next"].startswith("/api/v1/units?limit=3&kind=village&cursor=")
    with meanwhile(site):
        gone = db.session.get_one(Unit, before[0])
        gone.valid_to = date(2026, 9, 15)
    following = office.all(first["next"].removeprefix("/api/v1/"))
    assert [each["id"] for each in (*first["items"], *following)] == before


def test_standards_are_published_ones_only(site: Site) -> None:
    program = Program(site, "liaison")
    with meanwhile(site):
        row = db.session.scalars(sa.select(Version).join(Version.standard)).first()
        assert row is not None
        standard = db.session.get_one(Standard, row.standard_id)
        draft = Version(
            standard_id=standard.id, number=2, pass_mark=1, excellent_mark=2, validity_years=1
        )
        db.session.add(draft)
        slug = standard.slug
    found = program.all("standards")
    assert {each["version"] for each in found} == {1}
    whole = program.read(f"standards/{slug}")
    assert whole["standard"] in found
    assert whole["versions"] == [1]
    assert sum(each["points"] for each in whole["criteria"]) == 100
    sections = {each["number"] for each in whole["sections"]}
    assert {each["section"] for each in whole["criteria"]} == sections
    assert program.ask(f"standards/{slug}?version=2").status_code == 404
    assert program.read(f"standards/{slug}?version=1") == whole


def test_a_draft_campaign_is_for_those_who_see_it_on_the_page(site: Site) -> None:
    number = site.cast.campaigns["safe-school"]
    with meanwhile(site):
        campaign = db.session.get_one(Campaign, number)
        campaign.state = CampaignState.DRAFT
    for username in ("school_liaison", "office", "reviewer"):
        page = Visitor(site, username).get("/campaigns").text
        program = Program(site, username)
        listed = {each["id"] for each in program.all("campaigns")}
        assert (f'href="/campaigns/{number}"' in page) == (number in listed), username
        assert program.ask(f"campaigns/{number}").status_code == (200 if number in listed else 404)
    assert number not in {each["id"] for each in Program(site, "school_liaison").all("campaigns")}


def test_an_enrolment_says_every_item_as_its_reader_sees_it(site: Site) -> None:
    with meanwhile(site):
        found = enrolment(site.cast)
        give_back(site.cast, found, send(site.cast, found, "1.1"))
        own, items = found.id, len(found.campaign.version.criteria)
    states = {}
    for username in ("liaison", "reviewer"):
        program = Program(site, username)
        record = program.read(f"enrolments/{own}")
        assert len(record["items"]) >= items
        assert record in program.all("enrolments?limit=2")
        states[username] = {each["key"]: each for each in record["items"]}
    assert states["liaison"]["1.1"]["state"] == "submitted"
    assert states["liaison"]["1.1"]["standing"] == "submitted"
    assert states["reviewer"]["1.1"]["state"] == "returned"
    assert states["liaison"]["1.2"] == states["reviewer"]["1.2"]
    assert states["liaison"]["1.2"]["submitted_at"] is None
    assert states["liaison"]["1.1"]["submitted_at"] == "2026-09-16T02:00:00Z"


def test_enrolments_can_be_of_one_campaign_or_unit(site: Site) -> None:
    office = Program(site, "office")
    campaign, unit = site.cast.campaigns["safe-school"], site.cast.units["school"]
    found = office.all(f"enrolments?campaign={campaign}")
    assert {each["campaign"] for each in found} == {campaign}
    assert {each["unit"]["kind"] for each in found} == {"school"}
    assert [each["unit"]["id"] for each in office.all(f"enrolments?unit={unit}")] == [unit]
    assert office.all("enrolments?unit=99999") == []


def test_titles_say_whether_they_count(site: Site) -> None:
    with meanwhile(site):
        name(site.cast)
    office = Program(site, "office")
    (title,) = office.all("titles")
    assert title == office.read(f"titles/{title['id']}")
    assert (title["standard"], title["number"], title["valid"]) == ("drug-free-village", 1, True)
    assert (title["unit"]["id"], title["valid_from"]) == (site.cast.units["village"], "2026-09-16")
    assert office.all(f"titles?unit={site.cast.units['neighbour']}") == []
    assert office.ask("titles/99").status_code == 404


@pytest.mark.parametrize("query", ["", "?campaign=1", "?on=2026-03-01"])
def test_the_coverage_is_that_of_the_board(site: Site, query: str) -> None:
    with meanwhile(site):
        approve(site.cast)
        name(site.cast, "school", "safe-school")
    page = board(Visitor(site, "leader"), CITY, query)
    found = Program(site, "leader").read(f"coverage/{CITY}{query}")
    assert [each["place"]["code"] for each in found["places"]] == list(dict.fromkeys(page.places))
    for record in (found["total"], *found["places"]):
        for figure, share in page.figures[record["place"]["code"]].items():
            told = record[figure]
            assert (told["numerator"], told["denominator"]) == share
    assert found["campaign"] == (1 if "campaign" in query else None)
    assert found["on"] == ("2026-03-01" if "on=" in query else "2026-09-16")


def test_the_tree_is_that_of_the_scope(site: Site) -> None:
    program = Program(site, "town_leader")
    found = program.all("jurisdictions")
    assert found[0]["code"] == TIANGONG
    assert all(each["code"].startswith(TIANGONG) for each in found)
    assert program.read(f"jurisdictions/{TIANGONG}") == found[0]
    assert {each["level"] for each in program.all("jurisdictions?level=village")} == {"village"}
    for code in (CITY, QIAOLOU, "999999"):
        assert program.ask(f"jurisdictions/{code}").status_code == 404


def test_an_unchanged_answer_is_not_sent_again(site: Site) -> None:
    program = Program(site, "liaison")
    address = f"enrolments/{site.cast.enrolment('village', 'drug-free-village')}"
    answer = program.ask(address)
    tag = answer.headers["ETag"]
    assert tag.startswith('W/"')
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = program.ask(address, **{"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.1")
    changed = program.ask(address, **{"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert program.ask("units/99", **{"If-None-Match": "*"}).status_code == 404


def test_who_may_not_on_the_pages_may_not_here(site: Site) -> None:
    for username, refused in (
        ("liaison", {"jurisdictions", f"coverage/{TIANGONG}"}),
        ("admin", {"units", "enrolments", "titles", "campaigns"}),
        ("auditor", set()),
    ):
        program = Program(site, username)
        for path in (*LISTS, f"coverage/{TIANGONG}"):
            expected = 403 if path in refused else 200
            answer = program.ask(path)
            assert answer.status_code == expected, f"{username} {path}"
            if expected == 403:
                assert answer.content_type == "application/problem+json"
                assert answer.json["status"] == 403


def mark_towns(site: Site) -> None:
    with meanwhile(site):
        for unit, place in db.session.execute(sa.select(Unit, Jurisdiction).join(Unit.place)):
            unit.name_zh = unit.name_en = f"canary-{place.path.split('/')[4]}"
        for unit_name in ("village", "far village"):
            name(site.cast, unit_name)


@pytest.mark.parametrize("username", ["liaison", "reviewer", "signer", "town_leader"])
def test_nothing_of_another_town_is_read(site: Site, username: str) -> None:
    mark_towns(site)
    program, office = Program(site, username), Program(site, "office")
    foreign = [
        *(f"units/{site.cast.units[each]}" for each in ("far village", "far school")),
        f"enrolments/{site.cast.enrolment('far village', 'drug-free-village')}",
        f"coverage/{QIAOLOU}",
        f"jurisdictions/{QIAOLOU}",
        *(f"titles/{e['id']}" for e in office.all("titles") if QIAOLOU in e["unit"]["name"]["zh"]),
    ]
    assert len(foreign) == 6
    for path in foreign:
        answer = program.ask(path)
        assert answer.status_code in {403, 404}, path
        assert "canary" not in answer.text
    far = f"unit={site.cast.units['far village']}"
    for path in (*LISTS, f"units?place={TIANGONG}", f"enrolments?{far}", f"titles?{far}"):
        answer = program.ask(path)
        assert f"canary-{QIAOLOU}" not in answer.text, path
    assert program.ask(f"units?place={QIAOLOU}").status_code == 404
    own = program.all("units")
    assert {each["name"]["zh"] for each in own} == {f"canary-{TIANGONG}"}
    if username == "liaison":
        assert [each["id"] for each in own] == [site.cast.units["village"]]


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("units?limit=0", "The parameter “limit” cannot be read."),
        ("units?limit=501", "The parameter “limit” cannot be read."),
        ("units?limit=", "The parameter “limit” cannot be read."),
        ("units?limit=1&limit=2", "The parameter “limit” cannot be read."),
        ("units?limit=١", "The parameter “limit” cannot be read."),
        ("units?cursor=-1", "The parameter “cursor” cannot be read."),
        ("units?cursor=9223372036854775808", "The parameter “cursor” cannot be read."),
        ("units?kind=palace", "The parameter “kind” cannot be read."),
        ("units?place=../..", "The parameter “place” cannot be read."),
        ("units?page=2", "There is no parameter “page”."),
        (f"coverage/{CITY}?on=2026-3-1", "The parameter “on” cannot be read."),
        (f"coverage/{CITY}?on=20260301", "The parameter “on” cannot be read."),
        ("enrolments?campaign=2147483648", "The parameter “campaign” cannot be read."),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(site: Site, path: str, sentence: str) -> None:
    answer = Program(site, "office").ask(path)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["detail"] == sentence


def test_problems_come_in_json_also_where_there_is_no_route(site: Site) -> None:
    program = Program(site, "office")
    for method, path, status in (
        ("GET", "nothing/here", 404),
        ("GET", f"coverage/{CITY}?on=9999-01-01", 404),
        ("POST", "units", 405),
        ("DELETE", "units/1", 405),
    ):
        answer = program.client.open(f"/api/v1/{path}", method=method, headers=program.headers)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"
        assert set(answer.json) == {"type", "title", "status", "detail"}


def test_no_method_but_reading_exists(site: Site) -> None:
    for rule in site.app.url_map.iter_rules():
        if rule.rule.startswith("/api/"):
            assert rule.methods == {"GET", "HEAD", "OPTIONS"}


def test_residents_and_people_are_in_no_record(site: Site) -> None:
    with meanwhile(site):
        found = enrolment(site.cast)
        give_back(site.cast, found, send(site.cast, found, "1.1"))
    office = Program(site, "office")
    text = "".join(json.dumps(office.all(path)) for path in LISTS)
    for username in site.cast.people:
        assert f'"{username}"' not in text
