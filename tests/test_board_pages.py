"""The coverage board over HTTP: its figures are those of the domain, on each level, in scope."""

import gzip
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import (
    coverage,
    database,
    jurisdictions,
    people,
    register,
    standards,
    titles,
)
from campaigns.campaign import CampaignState
from campaigns.database import db
from campaigns.enrolment import participation, recount
from campaigns.enrolment.records import Enrolment
from campaigns.jurisdictions import Jurisdiction, interval
from campaigns.people import Role
from campaigns.text import Bilingual
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.boards import CITY, EVERYWHERE, Board, Figures, approve, board, enrolment, name, village
from tests.cast import PASSWORD, QIAOLOU, TIANGONG, YEAR, Cast
from tests.conftest import Site
from tests.visiting import Visitor, counted, meanwhile

TODAY = date(2026, 9, 16)


def moved(site: Site, change: Callable[[Cast], None], query: str = "") -> dict[str, Figures]:
    """By how much the figures of village, town, city and next town move with a change."""
    leader = Visitor(site, "leader")
    codes = [village(site.cast), TIANGONG, CITY, QIAOLOU]
    before = {code: board(leader, code, query).figures[code] for code in codes}
    with meanwhile(site):
        change(site.cast)
    after = {code: board(leader, code, query).figures[code] for code in codes}
    return {
        code: {
            figure: (after[code][figure][0] - n, after[code][figure][1] - d)
            for figure, (n, d) in before[code].items()
            if after[code][figure] != (n, d)
        }
        for code in codes
    }


def test_one_approved_item_moves_progress_by_one_up_to_the_city(site: Site) -> None:
    one = {"progress": (1, 0)}
    assert moved(site, approve) == {village(site.cast): one, TIANGONG: one, CITY: one, QIAOLOU: {}}


def test_one_named_unit_moves_coverage_by_one_up_to_the_city(site: Site) -> None:
    change = moved(site, name)
    one = {"coverage": (1, 0), "pass_rate": (1, 1)}
    assert change == {village(site.cast): one, TIANGONG: one, CITY: one, QIAOLOU: {}}


def test_a_campaign_of_its_own_moves_alike(site: Site) -> None:
    here, other = (site.cast.campaigns[each] for each in ("drug-free-village", "safe-school"))
    assert moved(site, approve, f"?campaign={here}")[CITY] == {"progress": (1, 0)}
    assert moved(site, name, f"?campaign={other}")[CITY] == {}


@pytest.mark.parametrize("query", ["", "?campaign=1", "?campaign=4", "?on=2026-03-01"])
def test_a_place_has_the_same_figures_above_and_on_its_own_board(site: Site, query: str) -> None:
    with meanwhile(site):
        approve(site.cast)
        name(site.cast, "school", "safe-school")
    leader = Visitor(site, "leader")
    for above, below in ((CITY, TIANGONG), (CITY, QIAOLOU), (TIANGONG, village(site.cast))):
        own = board(leader, below, query).figures[below]
        listed = board(leader, above, query).figures[below]
        assert {each: own[each] for each in listed} == listed
        assert {"coverage", "participation", "progress"} <= listed.keys()


def test_the_board_says_what_counting_the_rows_gives(cast: Cast) -> None:
    database.begin_mode(writing=True)
    approve(cast)
    name(cast, "neighbour")
    name(cast, "school", "safe-school")
    assert list(recount.check()) == list(titles.check()) == list(register.check()) == []
    for code in (CITY, TIANGONG, QIAOLOU, village(cast)):
        lineage, children = jurisdictions.around(code, EVERYWHERE)
        running = coverage.running(campaigns.listed(EVERYWHERE), lineage[-1])
        found = coverage.board(lineage[-1], TODAY, running, children=children)
        assert found.total.coverage(found.named) == _coverage(lineage[-1])
        assert found.total.progress == _progress(lineage[-1])
        assert sum(found.total.stages.values()) == found.total.participation.numerator
        rows = [row.place.code for row in found.children]
        assert rows == sorted(rows)


def _coverage(place: Jurisdiction) -> coverage.Figure:
    """Titles due and valid, counted unit by unit."""
    due = valid = 0
    low, high = interval(place.path)
    units = db.session.scalars(
        sa.select(Unit).join(Unit.place).where(Jurisdiction.path >= low, Jurisdiction.path < high)
    ).all()
    held = db.session.scalars(sa.select(Title)).all()
    for unit in units:
        for version in standards.current():
            if unit.kind in version.standard.unit_kinds:
                due += 1
                valid += any(
                    each.unit_id == unit.id
                    and each.standard_id == version.standard_id
                    and each.is_valid(TODAY)
                    for each in held
                )
    return coverage.Figure(valid, due)


def _progress(place: Jurisdiction) -> coverage.Figure:
    low, high = interval(place.path)
    approved = items = 0
    rows = db.session.scalars(
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .where(Jurisdiction.path >= low, Jurisdiction.path < high)
    )
    for each in rows:
        campaign = db.session.get_one(campaigns.Campaign, each.campaign_id)
        approved, items = approved + each.approved, items + len(campaigns.slots(campaign))
    return coverage.Figure(approved, items)


def test_households_are_counted_apart_from_units(site: Site) -> None:
    with meanwhile(site):
        _give_households(site.cast, 40)
    leader, code = Visitor(site, "leader"), village(site.cast)
    city = board(leader, CITY)
    assert city.by_standard[CITY, "tech-household"] == (40, 1300)
    assert city.figures[CITY]["coverage"][0] == 0
    one = board(leader, CITY, f"?campaign={site.cast.campaigns['tech-household']}")
    assert one.figures[CITY]["coverage"] == (40, 1300)
    assert one.figures[TIANGONG]["coverage"] == (40, 800)
    assert board(leader, code).by_standard[code, "tech-household"] == (40, 100)


def _give_households(cast: Cast, number: int) -> None:
    found = enrolment(cast, "village", "tech-household")
    titles.grant(
        found.unit,
        found.campaign.version,
        place_id=found.place_id,
        town_id=found.town_id,
        number=number,
        serial="1",
        document_number="1",
        valid_from=YEAR[0],
        enrolment_id=None,
        by=None,
    )


def test_a_title_counts_on_its_days_only(site: Site) -> None:
    with meanwhile(site):
        name(site.cast)
        last = db.session.scalars(sa.select(Title.valid_to)).one()
    leader = Visitor(site, "leader")

    def valid(day: str) -> int:
        return board(leader, CITY, f"?on={day}").figures[CITY]["coverage"][0]

    assert [valid("2026-09-15"), valid("2026-09-16"), valid(last.isoformat())] == [0, 1, 1]
    assert valid(date.fromordinal(last.toordinal() + 1).isoformat()) == 0


def test_before_the_register_began_there_is_nothing_to_count(site: Site) -> None:
    found = board(Visitor(site, "leader"), CITY, "?on=2020-01-01").figures[CITY]
    assert found["coverage"] == (0, 0)
    assert found["participation"][0] == found["participation"][1] > 0


@pytest.mark.parametrize(
    "query",
    [
        "?on=yesterday", "?on=2026-13-01", "?on=20260916", "?on=2026-W38-3", "?on=%00",
        "?on=0000-00-00", "?on=99999-01-01", "?on=2029-09-17", "?on=２０２６-09-16",
        "?campaign=0", "?campaign=x", "?campaign=-1", "?campaign=1.0", "?campaign=%00",
        "?campaign=9223372036854775808", "?campaign=" + "9" * 4000, "?campaign=１",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_is_not_found(site: Site, query: str) -> None:
    assert Visitor(site, "leader").get(f"/coverage/{CITY}{query}").status_code == 404


@pytest.mark.parametrize("query", ["?on=2029-09-16", "?on=2023-01-01", "?on=", "?campaign="])
def test_a_board_can_be_asked_for_any_sensible_day(site: Site, query: str) -> None:
    assert Visitor(site, "leader").get(f"/coverage/{CITY}{query}").status_code == 200


@pytest.mark.parametrize("code", ["0", "999999", "%00", "511381%00", "x" * 5000, "%ED%A0%80", "'"])
def test_a_code_that_is_no_place_is_not_found(site: Site, code: str) -> None:
    assert Visitor(site, "leader").get(f"/coverage/{code}").status_code == 404


def test_other_towns_and_places_above_are_not_found(site: Site) -> None:
    leader = Visitor(site, "town_leader")
    for code in (TIANGONG, village(site.cast)):
        assert leader.get(f"/coverage/{code}").status_code == 200
    for code in (QIAOLOU, CITY, "51", "999999999"):
        answer = leader.get(f"/coverage/{code}")
        assert answer.status_code == 404
        assert "Qiaolou" not in answer.text


def test_the_start_is_the_highest_place_of_the_person(site: Site) -> None:
    for username, code in (("leader", CITY), ("town_leader", TIANGONG), ("reviewer", TIANGONG)):
        answer = Visitor(site, username).get("/coverage")
        assert (answer.status_code, answer.location) == (303, f"/coverage/{code}")


def test_a_liaison_has_no_board(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    assert liaison.get("/coverage").status_code == 403
    assert liaison.get(f"/coverage/{TIANGONG}").status_code == 403


def test_a_campaign_elsewhere_is_not_found(site: Site) -> None:
    with meanwhile(site):
        far = jurisdictions.find(QIAOLOU, EVERYWHERE)
        made = _campaign(far, "safe-market")
        participation.open_campaign(made, by=None)
        number = made.id
    leader = Visitor(site, "leader")
    assert leader.get(f"/coverage/{QIAOLOU}?campaign={number}").status_code == 200
    assert leader.get(f"/coverage/{TIANGONG}?campaign={number}").status_code == 404
    near = Visitor(site, "town_leader")
    assert near.get(f"/coverage/{TIANGONG}?campaign={number}").status_code == 404


def _campaign(place: Jurisdiction, slug: str) -> campaigns.Campaign:
    version = next(v for v in standards.current() if v.standard.slug == slug)
    title = Bilingual("测试活动", "Invented campaign")
    return campaigns.draft(
        version, place, title, opens_on=YEAR[0], due_on=YEAR[1], steps=[], approval=None, by=None
    )


def test_a_campaign_of_one_town_is_held_against_that_town(site: Site) -> None:
    with meanwhile(site):
        made = _campaign(jurisdictions.find(QIAOLOU, EVERYWHERE), "drug-free-village")
        participation.open_campaign(made, by=None)
        number = made.id
    found = board(Visitor(site, "leader"), CITY, f"?campaign={number}")
    assert found.figures[CITY]["participation"] == found.figures[QIAOLOU]["participation"]
    assert found.figures[TIANGONG]["participation"] == (0, 0)


def test_drafts_have_no_board_and_closed_campaigns_keep_theirs(site: Site) -> None:
    with meanwhile(site):
        draft = _campaign(jurisdictions.find(CITY, EVERYWHERE), "safe-market").id
        closed = db.session.get_one(campaigns.Campaign, site.cast.campaigns["safe-school"])
        closed.state = CampaignState.CLOSED
        number = closed.id
    leader = Visitor(site, "leader")
    assert leader.get(f"/coverage/{CITY}?campaign={draft}").status_code == 404
    found = board(leader, CITY, f"?campaign={number}")
    assert found.figures[CITY]["participation"] == (3, 3)
    assert f"/coverage/{CITY}?campaign={number}" not in board(leader, CITY).links


def test_the_way_leads_down_from_city_to_item(site: Site) -> None:
    leader, code = Visitor(site, "leader"), village(site.cast)
    here = site.cast.enrolment("village", "drug-free-village")
    assert f"/coverage/{TIANGONG}" in board(leader, CITY).links
    assert f"/coverage/{code}" in board(leader, TIANGONG).links
    down = board(leader, code)
    assert f"/units/{site.cast.units['village']}" in down.links
    assert f"/enrolments/{here}" in down.links
    assert {f"/coverage/{CITY}", f"/coverage/{TIANGONG}"} <= set(down.links)
    for link in down.links:
        assert leader.get(link, follow_redirects=True).status_code == 200
    assert f"/coverage/{CITY}" not in board(Visitor(site, "town_leader"), code).links


def test_campaign_and_day_stay_on_the_way_down(site: Site) -> None:
    query = f"?campaign={site.cast.campaigns['safe-school']}&on=2026-09-01"
    found = board(Visitor(site, "leader"), CITY, query)
    assert f"/coverage/{TIANGONG}{query}" in found.links


def test_a_village_lists_its_units_with_their_states(site: Site) -> None:
    with meanwhile(site):
        name(site.cast)
    found = board(Visitor(site, "leader"), village(site.cast))
    assert sorted(found.states) == ["applied", "applied", "applied", "named"]
    one = f"?campaign={site.cast.campaigns['drug-free-village']}"
    assert board(Visitor(site, "leader"), village(site.cast), one).states == ["named"]


def test_places_stand_in_code_order_and_the_stages_add_up(site: Site) -> None:
    with meanwhile(site):
        approve(site.cast)
        name(site.cast, "neighbour")
    for code in (CITY, TIANGONG):
        found = board(Visitor(site, "leader"), code)
        rows = found.places[: len(found.places) // 2]
        assert rows == sorted(set(found.places)) == found.places[len(rows) :]
        assert sum(found.parts) == found.figures[code]["participation"][0]
        assert found.parts[0] == 1


def test_an_administrator_sees_figures_but_no_way_into_the_units(site: Site) -> None:
    links = board(Visitor(site, "admin"), village(site.cast)).links
    assert not [link for link in links if link.startswith(("/units/", "/enrolments/"))]


def test_a_board_takes_few_statements_however_many_units(site: Site) -> None:
    leader = Visitor(site, "leader")
    places = [CITY, TIANGONG, village(site.cast)]
    sent: list[list[int]] = []
    sizes: list[int] = []
    for more in (20, 380):
        with meanwhile(site):
            _add_schools(site.cast, more, len(sent))
        for code in places:
            leader.get(f"/coverage/{code}")
        sent.append([])
        for code in places:
            with counted(site) as statements:
                sizes.append(len(gzip.compress(leader.get(f"/coverage/{code}").data)))
            sent[-1].append(len(statements))
    assert sent[0] == sent[1]
    assert max(sent[0]) <= 11
    assert max(sizes) <= 50_000


def _add_schools(cast: Cast, number: int, batch: int) -> None:
    """Schools that take part, half in the village, half in the town itself."""
    places = [jurisdictions.find(code, EVERYWHERE) for code in (village(cast), TIANGONG)]
    made = [
        Unit(code=f"X{batch}-{n}", name_zh="校", name_en="School", kind=Kind.SCHOOL,
             valid_from=YEAR[0])
        for n in range(number)
    ]  # fmt: skip
    register.enter([(unit, places[n % 2]) for n, unit in enumerate(made)])
    campaign = _campaign(places[1], "safe-school")
    participation.open_campaign(campaign, by=None)
    campaign.state = CampaignState.CLOSED if batch == 0 else CampaignState.OPEN


def test_somebody_with_no_place_gets_no_board(site: Site) -> None:
    with meanwhile(site):
        person = people.add("unit_leader", Bilingual("甲", "A"), PASSWORD)
        unit = db.session.get_one(Unit, site.cast.units["school"])
        people.grant(person, Role.LEADER, unit=unit, valid_from=YEAR[0])
    assert Visitor(site, "unit_leader").get("/coverage").status_code == 404


def test_no_open_campaign_leaves_the_titles(site: Site) -> None:
    with meanwhile(site):
        name(site.cast)
        db.session.execute(sa.update(campaigns.Campaign).values(state=CampaignState.CLOSED))
    found = board(Visitor(site, "leader"), CITY)
    assert found.figures[CITY].keys() == {"coverage"}
    assert found.figures[CITY]["coverage"][0] == 1


def test_htmx_gets_the_same_board_without_the_shell(site: Site) -> None:
    leader = Visitor(site, "leader")
    whole = leader.get(f"/coverage/{TIANGONG}")
    part = leader.get(f"/coverage/{TIANGONG}", headers={"HX-Request": "true"})
    found, fragment = Board(), Board()
    found.feed(whole.text)
    fragment.feed(part.text)
    assert fragment.figures == found.figures
    assert "<html" not in part.text
    assert "<title>Coverage of Tiangong town" in part.text
