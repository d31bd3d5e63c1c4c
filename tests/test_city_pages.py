"""The city office's pages: campaigns, naming, titles, standards and the register of units."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import register
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment
from campaigns.history import Event
from campaigns.jurisdictions import find
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.cast import QIAOLOU, TIANGONG, YEAR
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE, enrolment, name, pass_town
from tests.visiting import Form, Visitor, form, forms, meanwhile

NEW = "/campaigns/new"
OTHERS = ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "inspector", "admin")
HOSTILE = ("x" * 100_000, "-1", "9" * 40, "1e999", "NaN", "' OR 1=1--", "{{7*7}}", "\u202e１")
BAD_PAGES = ("-1", "0", "9" * 31, "x", "1.0", "+1", "１", "", "%00", "1e3", "10001", " 1", "²")


def stored(site: Site) -> list[Campaign]:
    with site.app.app_context():
        return list(db.session.scalars(sa.select(Campaign).order_by(Campaign.id)))


def set_up(visitor: Visitor, **changed: Any) -> TestResponse:
    """Sends the form of a new campaign, filled in well but for what is changed."""
    page = visitor.get(NEW)
    found = form(page, NEW)
    options = re.findall(r'<option value="(\d+)"[^>]*>([^<]+)', page.text)
    fields: dict[str, Any] = {
        "version": next(value for value, text in options if "school" in text.lower()),
        "place": TIANGONG,
        "name_zh": "示范活动",
        "name_en": "A demonstration",
        "approval_number": "",
    }
    return visitor.send(found, **(fields | changed))


def test_a_campaign_is_set_up_opened_and_closed(site: Site) -> None:
    office = Visitor(site, "office")
    answer = set_up(office, steps=["notice"])
    assert answer.status_code == 303
    made = stored(site)[-1]
    assert answer.location == f"/campaigns/{made.id}?said=drafted"
    assert (made.state, made.steps, made.can_name) == ("draft", ["town", "notice"], False)
    page = office.get(answer.location)
    assert 'data-state="draft"' in page.text
    assert "internal work list" in page.text
    page = office.send(form(page, "/open"), follow=True)
    assert 'data-state="open"' in page.text
    assert 'data-figure="participation" data-numerator="2" data-denominator="2"' in page.text
    page = office.send(form(page, "/close"), follow=True)
    assert 'data-state="closed"' in page.text
    assert not [each for each in forms(page) if each.action.endswith(("/open", "/close"))]
    with site.app.app_context():
        events = db.session.scalars(
            sa.select(Event.verb).where(Event.subject == "campaign", Event.subject_id == made.id)
        ).all()
        assert events == ["drafted", "opened", "closed"]
        assert list(recount.check()) == []


def test_only_the_city_office_sets_up_opens_and_closes(site: Site) -> None:
    office = Visitor(site, "office")
    set_up(office)
    draft = stored(site)[-1]
    before = [(each.id, each.state) for each in stored(site)]
    for username in OTHERS:
        other = Visitor(site, username)
        token = {"csrf_token": other.token(), "version": str(draft.row_version)}
        assert other.get(NEW).status_code == 403
        assert other.client.post(NEW, data=token).status_code == 403
        for campaign, verb in ((draft.id, "open"), (site.cast.campaigns["safe-school"], "close")):
            url = f"/campaigns/{campaign}"
            assert other.client.post(f"{url}/{verb}", data=token).status_code == 403
            page = other.get(url)
            assert page.status_code in {200, 403, 404}
            assert not [each for each in forms(page) if each.action.startswith(url)]
    assert [(each.id, each.state) for each in stored(site)] == before


def test_opening_or_closing_twice_or_too_late_does_nothing(site: Site) -> None:
    office = Visitor(site, "office")
    page = office.get(set_up(office).location)
    opening = form(page, "/open")
    for version in ("", "x", "0", "99", "9" * 40, None):
        assert office.send(opening, version=version).status_code == 409
    closing = Form(opening.action.replace("/open", "/close"), opening.fields)
    answer = office.send(closing)
    assert answer.status_code == 422
    assert "Only an open campaign can be closed" in answer.text
    assert office.send(opening).status_code == 303
    again = office.send(opening)
    assert again.status_code == 422
    assert "was opened before" in again.text
    assert office.send(closing, version="1").status_code == 409
    with site.app.app_context():
        number = sa.select(sa.func.count()).select_from(Enrolment)
        of_it = number.where(Enrolment.campaign_id == stored(site)[-1].id)
        assert db.session.scalar(of_it) == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name_zh": " "}, "name in both languages"),
        ({"name_en": ""}, "name in both languages"),
        ({"name_en": "x" * 61}, "61 characters"),
        ({"version": ""}, "Choose one of the list"),
        ({"version": None}, "Choose one of the list"),
        ({"place": "51"}, "Choose one of the list"),
        ({"place": None}, "Choose one of the list"),
        ({"opens_on": "2026-02-30"}, "date cannot be read"),
        ({"due_on": ""}, "date cannot be read"),
        ({"due_on": "9999-12-31"}, "date cannot be read"),
        ({"opens_on": "0001-01-01"}, "date cannot be read"),
        ({"opens_on": "2026-12-31", "due_on": "2026-01-01"}, "before the opening"),
        ({"approval_number": "1"}, "leave all three empty"),
        ({"approval_body": "Body"}, "leave all three empty"),
        ({"approval_until": "2026-12-31"}, "leave all three empty"),
        ({"approval_number": "1", "approval_body": "B"}, "leave all three empty"),
        (
            {"approval_number": "1", "approval_body": "B", "approval_until": "soon"},
            "date cannot be read",
        ),
    ],
)
def test_a_campaign_that_will_not_do_is_given_back_as_typed(
    site: Site, changed: dict[str, Any], sentence: str
) -> None:
    before = len(stored(site))
    answer = set_up(Visitor(site, "office"), **({"name_zh": "留着"} | changed))
    assert answer.status_code == 422
    assert sentence in answer.text
    again = form(answer, NEW)
    for field, typed in changed.items():
        if field not in {"version", "place"}:
            assert again.values(field) == [typed]
    assert f'value="{TIANGONG}" selected' in answer.text or "place" in changed
    assert len(stored(site)) == before


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_input_breaks_the_set_up(site: Site, typed: str) -> None:
    office, before = Visitor(site, "office"), len(stored(site))
    for field, _value in form(office.get(NEW), NEW).fields:
        if field in {"csrf_token", "name_zh", "name_en", "steps"}:
            continue
        assert set_up(office, **{field: typed}).status_code == 422, field
    assert set_up(office, version=typed).status_code == 422
    assert set_up(office, place=typed).status_code == 422
    assert len(stored(site)) == before
    assert set_up(office, steps=[typed, "city", "city"]).status_code == 303
    assert stored(site)[-1].steps == ["town", "city"]


def test_an_approval_is_kept_whole(site: Site) -> None:
    office = Visitor(site, "office")
    approval = {"approval_number": "1号", "approval_body": "市委", "approval_until": "2026-12-31"}
    page = office.get(set_up(office, **approval).location)
    assert "1号, 市委, until 31 Dec" in page.text
    assert stored(site)[-1].can_name


def passed(site: Site, time: Time) -> None:
    """In December the village has passed the town's check."""
    time.pass_by(days=80)
    with meanwhile(site):
        pass_town(site.cast, enrolment(site.cast))


def coverage(visitor: Visitor, code: str) -> tuple[int, int]:
    page = visitor.get(f"/coverage/{code}?campaign=1").text
    found = re.search(
        r'data-figure="coverage" data-numerator="(\d+)" data-denominator="(\d+)"', page
    )
    assert found is not None
    return int(found[1]), int(found[2])


def titles(site: Site) -> int:
    with site.app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Title)) or 0


def test_naming_raises_the_coverage_of_the_town_by_one(site: Site, time: Time) -> None:
    passed(site, time)
    office, leader = Visitor(site, "office"), Visitor(site, "leader")
    before = {code: coverage(leader, code) for code in (TIANGONG, QIAOLOU, "511381")}
    found = form(office.get("/titles"), "/titles")
    answer = office.send(found, document_number=" 阆委办〔2026〕1号 ")
    assert answer.status_code == 303
    page = office.get(answer.location)
    assert 'data-state="named"' in page.text
    for code, (valid, due) in before.items():
        assert coverage(leader, code) == (valid + (code != QIAOLOU), due)
    page = office.get("/titles")
    assert "Nobody waits to be named" in page.text
    assert "阆委办〔2026〕1号" in page.text
    assert office.send(found, document_number="2").status_code in {409, 422}
    assert titles(site) == 1
    with site.app.app_context():
        assert list(recount.check()) == []
        assert db.session.scalar(sa.select(Event.verb).where(Event.verb == "named")) == "named"


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"version": "1"}, 409, "Somebody else changed this"),
        ({"version": "x"}, 409, "Somebody else changed this"),
        ({"version": "9" * 40}, 409, "Somebody else changed this"),
        ({"document_number": ""}, 422, "number of the naming document"),
        ({"document_number": " \u202e "}, 422, "number of the naming document"),
        ({"document_number": "x" * 101}, 422, "101 characters"),
        ({"enrolment": "x"}, 404, "not"),
        ({"enrolment": "9" * 40}, 404, "not"),
        ({"enrolment": str(2**31 - 1)}, 404, "not"),
    ],
)
def test_a_naming_that_will_not_do_changes_nothing(
    site: Site, time: Time, changed: dict[str, str], status: int, sentence: str
) -> None:
    passed(site, time)
    office = Visitor(site, "office")
    found = form(office.get("/titles"), "/titles")
    answer = office.send(found, **({"document_number": "文号"} | changed))
    assert answer.status_code == status
    assert sentence in answer.text
    if status != 404:
        again = form(answer, "/titles")
        typed = changed.get("document_number", "文号")
        assert again.values("document_number") == [typed]
    assert titles(site) == 0


@pytest.mark.parametrize("missing", ["approval", "approval over", "steps"])
def test_nobody_is_named_before_the_time_or_without_an_approval(
    site: Site, time: Time, missing: str
) -> None:
    passed(site, time)
    office = Visitor(site, "office")
    found = form(office.get("/titles"), "/titles")
    with meanwhile(site):
        campaign = enrolment(site.cast).campaign
        if missing == "approval":
            campaign.approval_number = None
        elif missing == "approval over":
            campaign.approval_until = YEAR[0]
        else:
            campaign.steps = ["town", "city"]
    answer = office.send(found, document_number="文号")
    assert answer.status_code == 422
    told = {"approval": "no approval", "approval over": "ended on", "steps": "Not every acceptance"}
    assert told[missing] in answer.text
    if missing == "approval over":
        assert form(answer, "/titles").values("document_number") == ["文号"]
    assert titles(site) == 0


def test_other_roles_do_not_name(site: Site, time: Time) -> None:
    passed(site, time)
    with site.app.app_context():
        found = enrolment(site.cast)
        sent = {"enrolment": found.id, "version": found.row_version, "document_number": "1"}
    for username in OTHERS:
        other = Visitor(site, username)
        page = other.get("/titles")
        assert not [each for each in forms(page) if each.action == "/titles"]
        assert "Ready to name" not in page.text
        answer = other.client.post("/titles", data=sent | {"csrf_token": other.token()})
        assert answer.status_code == 403
    assert titles(site) == 0


def test_titles_are_listed_within_the_scope(site: Site, time: Time) -> None:
    passed(site, time)
    with meanwhile(site):
        name(site.cast, enrolment(site.cast), "文号")
    for username, sees in (("auditor", True), ("liaison", True), ("far_reviewer", False)):
        assert ("文号" in Visitor(site, username).get("/titles").text) is sees
    unit = Visitor(site, "liaison").get(f"/units/{site.cast.units['village']}")
    assert "valid to" in unit.text
    assert re.search(r'data-figure="coverage" data-numerator="1" data-denominator="\d"', unit.text)
    time.pass_by(days=366 * 6)
    assert "expired" in Visitor(site, "auditor").get("/titles").text


@pytest.mark.parametrize("page", BAD_PAGES)
def test_a_page_that_is_none_is_not_found(site: Site, page: str) -> None:
    auditor = Visitor(site, "auditor")
    for url in ("/titles", "/units"):
        assert auditor.get(f"{url}?page={page}").status_code == 404
        assert auditor.get(f"{url}?page=10000").status_code == 200


def test_the_register_is_turned_page_by_page(site: Site) -> None:
    with meanwhile(site):
        town = find(TIANGONG, EVERYWHERE)
        register.enter(
            [
                (
                    Unit(
                        code=f"M{number:03}",
                        name_zh=f"示范市场{number}",
                        name_en=f"Demonstration market {number}",
                        kind=Kind.MARKET,
                        valid_from=YEAR[0],
                    ),
                    town,
                )
                for number in range(120)
            ]
        )
    auditor, seen, url = Visitor(site, "auditor"), [], f"/units?kind=market&place={TIANGONG}"
    while url:
        page = auditor.get(url)
        seen += re.findall(r"Demonstration market (\d+)<", page.text)
        following = re.search(r'href="([^"]+)">Next page', page.text)
        url = following[1].replace("&amp;", "&") if following else ""
    assert seen == [str(number) for number in range(120)]


def test_the_register_is_filtered_by_kind_and_place(site: Site) -> None:
    auditor = Visitor(site, "auditor")

    def names(query: str) -> list[str]:
        return re.findall(r'<a href="/units/\d+"[^>]*>([^<]+)', auditor.get(f"/units{query}").text)

    schools = [f"Demonstration school {number}" for number in (1, 2, 3)]
    assert names("?kind=school") == schools
    assert names(f"?kind=school&place={TIANGONG}") == schools[:2]
    assert names(f"?place={QIAOLOU}&kind=hospital") == []
    assert names("") == names("?kind=&place=")
    for query in ("?kind=household", "?kind=%00", "?place=999999", "?place=%00", "?place=%FF"):
        assert auditor.get(f"/units{query}").status_code == 404
    assert Visitor(site, "reviewer").get(f"/units?place={QIAOLOU}").status_code == 404
    liaison = Visitor(site, "school_liaison").get("/units").text
    assert "school 1" in liaison
    assert "school 2" not in liaison


def test_a_unit_shows_where_it_takes_part_and_what_happened(site: Site, time: Time) -> None:
    passed(site, time)
    url = f"/units/{site.cast.units['village']}"
    page = Visitor(site, "reviewer").get(url)
    assert 'data-state="town_passed"' in page.text
    assert "History" in page.text
    assert '<div class="mt2"' in page.text
    for username, status in (("neighbour", 404), ("far_reviewer", 404), ("auditor", 200)):
        assert Visitor(site, username).get(url).status_code == status
    for wrong in ("0", "x", "-1", "9" * 40, "1.0", "%00"):
        assert Visitor(site, "auditor").get(f"/units/{wrong}").status_code == 404


def test_everybody_reads_the_standards(site: Site) -> None:
    for username in ("liaison", "office", "admin"):
        visitor = Visitor(site, username)
        page = visitor.get("/standards")
        slugs = re.findall(r'href="/standards/([a-z-]+)"', page.text)
        assert len(set(slugs)) >= 4
        for slug in set(slugs):
            assert visitor.get(f"/standards/{slug}").status_code == 200
        for wrong in ("x", "%00", "%FF", "drug-free-village%20", "a" * 5000):
            assert visitor.get(f"/standards/{wrong}").status_code == 404


def test_everybody_finds_the_campaigns_that_reach_her(site: Site) -> None:
    office, liaison = Visitor(site, "office"), Visitor(site, "school_liaison")
    set_up(office)
    url = f"/campaigns/{site.cast.campaigns['safe-school']}"
    office.send(form(office.get(url), "/close"))
    for username in ("reviewer", "auditor"):
        assert (
            len(re.findall(r"<li data-state=", Visitor(site, username).get("/campaigns").text)) == 5
        )
    page = liaison.get("/campaigns")
    assert set(re.findall(r'href="(/campaigns/\d+)"', page.text)) == {url}
    assert 'data-state="closed"' in liaison.get(url).text
    for name_of in ("safe-hospital", "drug-free-village"):
        assert liaison.get(f"/campaigns/{site.cast.campaigns[name_of]}").status_code == 404
    assert liaison.get(f"/campaigns/{stored(site)[-1].id}").status_code == 404
