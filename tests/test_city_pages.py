"""The city office's pages: naming, titles, standards and the register of units."""

import re

import pytest
import sqlalchemy as sa

from campaigns import register
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.history import Event
from campaigns.jurisdictions import find
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.cast import QIAOLOU, TIANGONG, YEAR
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE, enrolment, name, pass_town
from tests.visiting import Visitor, form, forms, meanwhile

OTHERS = ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "inspector", "admin")
BAD_PAGES = ("-1", "0", "9" * 31, "x", "1.0", "+1", "１", "", "%00", "1e3", "10001", " 1", "²")


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
    if missing != "steps":
        assert "Nobody waits to be named" in answer.text
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
