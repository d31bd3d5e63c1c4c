"""The files over HTTP: the figures of the page, within the scope, with the right name."""

import itertools
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from campaigns import demonstration
from campaigns.database import db
from campaigns.exchange import tables
from campaigns.exchange.profiles import ExportProfile
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction
from campaigns.pages import limits
from campaigns.units import Kind, Unit
from tests.boards import CITY, approve, board, name, village
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Site
from tests.doing import enrolment, give_back, send
from tests.files import rows
from tests.visiting import Visitor, meanwhile

FIGURES = {
    "coverage": "Coverage",
    "participation": "Participation",
    "progress": "Progress",
    "pass_rate": "Pass rate",
}


def every_file(cast: Cast, code: str = TIANGONG, unit: str = "village") -> list[str]:
    """The address of every list, of one town and unit where it is of one."""
    own = cast.enrolment(unit, "drug-free-village")
    return [
        *("/units", "/titles", "/campaigns", "/review", "/jurisdictions"),
        *(f"/campaigns/{each}" for each in cast.campaigns.values()),
        *(f"/coverage/{code}", f"/enrolments/{own}", "/standards/safe-school"),
        f"/units/{cast.units[unit]}/history",
    ]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("query", ["", "?campaign=1", "?campaign=4", "?on=2026-03-01"])
def test_the_board_in_a_file_has_the_figures_of_the_page(
    site: Site, query: str, ending: str
) -> None:
    with meanwhile(site):
        approve(site.cast)
        name(site.cast, "school", "safe-school")
    leader = Visitor(site, "leader")
    for code in (CITY, TIANGONG, village(site.cast)):
        page = board(leader, code, query)
        found = rows(leader.get(f"/coverage/{code}.{ending}{query}"))
        assert [row["Code"] for row in found] == [code, *dict.fromkeys(page.places)]
        for row in found:
            for figure, share in page.figures[row["Code"]].items():
                heading = FIGURES[figure]
                in_file = [int(row[f"{heading}, {part}"]) for part in ("numerator", "denominator")]
                assert tuple(in_file) == share, f"{row['Code']} {figure}"
                percent = row[f"{heading}, %"]
                if share[1]:
                    assert float(percent) == share[0] * 1000 // share[1] / 10
                else:
                    assert percent in {None, ""}


def test_every_list_comes_in_both_kinds_of_file_and_languages(site: Site) -> None:
    office = Visitor(site, "office")
    for url, ending in itertools.product(every_file(site.cast), ("xlsx", "csv")):
        english = rows(office.get(f"{url}.{ending}"))
        office.client.set_cookie("language", "zh")
        chinese = rows(office.get(f"{url}.{ending}"))
        office.client.set_cookie("language", "en")
        assert len(english) == len(chinese)
        for row in english[:1]:
            assert list(row)[-1] == "As of"
            assert list(chinese[0])[-1] == "截至日期"
            assert not set(row) & set(chinese[0]), url


def test_words_are_those_of_the_pages(site: Site) -> None:
    office = Visitor(site, "office")
    assert {row["Kind"] for row in rows(office.get("/units.csv?kind=school"))} == {"school"}
    office.client.set_cookie("language", "zh")
    assert {row["类型"] for row in rows(office.get("/units.xlsx?kind=school"))} == {"学校"}
    assert {row["状态"] for row in rows(office.get("/campaigns/1.xlsx"))} == {"参评"}


def test_all_rows_come_not_one_page(site: Site) -> None:
    with meanwhile(site):
        place = site.cast.places[village(site.cast)]
        for number in range(60):
            db.session.add(
                Unit(
                    code=f"X{number}",
                    name_zh=f"第{number}校",
                    name_en=f"School {number}",
                    kind=Kind.SCHOOL,
                    jurisdiction_id=place,
                    valid_from=date(2023, 6, 30),
                )
            )
    assert len(rows(Visitor(site, "leader").get("/units.csv"))) > 60


def test_a_checklist_keeps_its_filter(site: Site) -> None:
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.1")
    own = site.cast.enrolment("village", "drug-free-village")
    found = rows(Visitor(site, "liaison").get(f"/enrolments/{own}.csv?show=waiting"))
    assert [row["Item"] for row in found] == ["1.1"]


def test_the_unit_does_not_read_a_decision_in_a_file_before_it_sees_it(site: Site) -> None:
    with meanwhile(site):
        found = enrolment(site.cast)
        give_back(site.cast, found, send(site.cast, found, "1.1"))
    liaison, reviewer = Visitor(site, "liaison"), Visitor(site, "reviewer")
    own, unit = found_ids(site.cast)
    for visitor, state in ((liaison, "With the town"), (reviewer, "Returned")):
        lines = rows(visitor.get(f"/enrolments/{own}.csv"))
        assert next(row["State"] for row in lines if row["Item"] == "1.1") == state
    told = [
        [row["What"] for row in rows(each.get(f"/units/{unit}/history.csv"))]
        for each in (liaison, reviewer)
    ]
    assert told == [["Sent"], ["Returned", "Sent"]]
    assert liaison.get("/campaigns/1.csv").status_code == 403


def found_ids(cast: Cast) -> tuple[int, int]:
    return cast.enrolment("village", "drug-free-village"), cast.units["village"]


def mark_towns(site: Site) -> None:
    """Every unit and place gets a name that tells its town."""
    with meanwhile(site):
        in_towns = sa.select(Jurisdiction).where(Jurisdiction.town_id.is_not(None))
        for place in db.session.scalars(in_towns):
            place.name_zh = place.name_en = f"canary-{place.path.split('/')[4]}"
        for unit, place in db.session.execute(sa.select(Unit, Jurisdiction).join(Unit.place)):
            unit.name_zh = unit.name_en = f"canary-{place.path.split('/')[4]}"
        for unit_name in ("village", "far village"):
            name(site.cast, unit_name)


@pytest.mark.parametrize(
    "username", ["liaison", "school_liaison", "reviewer", "signer", "town_leader"]
)
def test_no_file_holds_a_name_of_another_town(site: Site, username: str) -> None:
    mark_towns(site)
    visitor = Visitor(site, username)
    read = 0
    for own, foreign in zip(
        every_file(site.cast), every_file(site.cast, QIAOLOU, "far village"), strict=True
    ):
        answer = visitor.get(f"{own}.csv")
        assert f"canary-{QIAOLOU}" not in answer.text, own
        read += f"canary-{TIANGONG}" in answer.text
        answer = visitor.get(f"{foreign}.csv")
        assert f"canary-{QIAOLOU}" not in answer.text, foreign
        if own != foreign:
            assert answer.status_code in {403, 404}, foreign
    assert read >= (1 if username.endswith("liaison") else 4)


def test_the_name_says_list_and_day_in_any_language(site: Site) -> None:
    office = Visitor(site, "office")
    answer = office.get("/units.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Units 2026-09-16.xlsx"'
    office.client.set_cookie("language", "zh")
    told = office.get("/units.csv").headers["Content-Disposition"]
    assert f"filename*=UTF-8''{quote('单位名册 2026-09-16.csv')}" in told


def test_a_demonstration_says_so_in_the_name_and_in_every_row(site: Site) -> None:
    assert "Remark" not in rows(Visitor(site, "office").get("/units.csv"))[0]
    with meanwhile(site):
        demonstration.mark()
    for url, ending in itertools.product(("/units", f"/coverage/{CITY}"), ("xlsx", "csv")):
        answer = Visitor(site, "office").get(f"{url}.{ending}")
        assert "demonstration" in answer.headers["Content-Disposition"]
        for row in rows(answer):
            assert row["Remark"] == "Demonstration data: real places, invented figures"


def test_a_board_of_another_day_says_which(site: Site) -> None:
    answer = Visitor(site, "leader").get(f"/coverage/{CITY}.csv?on=2026-03-01")
    for row in rows(answer):
        assert (row["As of"], row["Progress as of"]) == ("2026-03-01", "2026-09-16")
    assert "2026-03-01" in answer.headers["Content-Disposition"]


def test_what_the_page_refuses_the_file_refuses(site: Site) -> None:
    leader = Visitor(site, "leader")
    for url in (
        "/units.csv?kind=palace",
        "/units.csv?place=999999",
        "/units.csv?profile=1",
        "/units.csv?profile=x",
        "/units.pdf",
        f"/coverage/{CITY}.csv?on=never",
        f"/coverage/{CITY}.csv?campaign=99",
        "/standards/safe-school.csv?version=9",
        "/standards/none.csv",
        "/campaigns/99.csv",
    ):
        assert leader.get(url).status_code == 404, url
    assert leader.get("/review.csv").status_code == 403


def test_each_file_is_noted(site: Site) -> None:
    Visitor(site, "auditor").get("/units.csv?kind=school")
    with site.app.app_context():
        found = db.session.scalars(sa.select(Event).where(Event.verb == "exported")).one()
        assert found.person_id == site.cast.people["auditor"]
        assert found.detail == {"path": "/units.csv?kind=school", "rows": 3}
        assert found.address == "127.0.0.1"


def test_two_files_at_a_time_are_enough_for_a_person(site: Site) -> None:
    office, leader = Visitor(site, "office"), Visitor(site, "leader")
    person = site.cast.people["office"]
    with limits.file_of(person):
        assert office.get("/units.csv").status_code == 200
        with limits.file_of(person):
            answer = office.get("/units.csv")
            assert answer.status_code == 429
            assert "Two of your files are being made" in answer.text
            assert answer.headers["Retry-After"] == "10"
            assert office.get("/units").status_code == 200
            assert leader.get("/units.csv").status_code == 200
    assert office.get("/units.csv").status_code == 200


def test_a_file_that_fails_gives_its_place_back_and_leaves_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office = Visitor(site, "office")

    def fail(*_given: object, **_more: object) -> int:
        raise OSError("no space left on device")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(tables, "write", fail)
        for _ in range(limits.FILES + 1):
            assert office.get("/units.csv").status_code == 507
    answer = office.get("/units.xlsx")
    assert rows(answer)
    answer.close()
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir() if each.name.startswith("export-")]


@pytest.fixture
def profile(site: Site) -> int:
    with meanwhile(site):
        made = ExportProfile(
            table="units",
            name="Provincial platform",
            columns=[["unit_code", "单位代码"], ["households", "户数"]],
        )
        db.session.add(made)
        db.session.flush()
        return made.id


def test_a_profile_is_offered_to_the_office_and_gives_its_columns(site: Site, profile: int) -> None:
    office, leader = Visitor(site, "office"), Visitor(site, "leader")
    link = f"/units.xlsx?profile={profile}&amp;kind=school"
    page = office.get("/units?kind=school").text
    assert link in page
    assert "Provincial platform" in page
    assert "Provincial platform" not in leader.get("/units").text
    answer = office.get(link.replace("&amp;", "&"))
    assert [list(row) for row in rows(answer)] == [["单位代码", "户数"]] * 3
    assert "Provincial platform" in answer.headers["Content-Disposition"]
    assert office.get(f"/titles.xlsx?profile={profile}").status_code == 404


def test_the_pages_offer_their_files_with_what_was_asked(site: Site) -> None:
    office, liaison = Visitor(site, "office"), Visitor(site, "liaison")
    own, unit = found_ids(site.cast)
    for visitor, page, link in (
        (office, "/units?kind=school", "/units.csv?kind=school"),
        (office, "/titles", "/titles.xlsx"),
        (office, "/campaigns", "/campaigns.xlsx"),
        (office, "/campaigns/1", "/campaigns/1.xlsx"),
        (office, "/standards/safe-school", "/standards/safe-school.csv?version=1"),
        (office, f"/coverage/{CITY}?campaign=1&on=2026-03-01", f"/coverage/{CITY}.xlsx?campaign=1"),
        (liaison, f"/enrolments/{own}?show=todo", f"/enrolments/{own}.xlsx?show=todo"),
    ):
        assert f'href="{link}' in visitor.get(page).text, page
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.1")
    assert 'href="/review.xlsx"' in Visitor(site, "reviewer").get("/review").text
    assert f'href="/units/{unit}/history.csv"' in office.get(f"/units/{unit}").text
