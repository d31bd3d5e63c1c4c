"""Jurisdictions: the tree of the official list, and scopes cut out of it."""

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from campaigns import jurisdictions
from campaigns.database import db
from campaigns.errors import NotFound
from campaigns.jurisdictions import (
    LANGZHONG,
    TOWN_LEVELS,
    VILLAGE_LEVELS,
    Jurisdiction,
    Level,
    Row,
    Scope,
    interval,
)
from campaigns.text import Bilingual
from campaigns.units import Unit
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.doing import EVERYWHERE, enrolment, statements


def test_the_list_of_langzhong_is_a_tree_in_code_order() -> None:
    rows = jurisdictions.read(LANGZHONG)
    assert len(rows) == 351
    assert len({row.code for row in rows}) == len(rows)
    seen: set[str] = set()
    for row in rows:
        assert row.parent_code in seen or row.parent_code == ""
        assert row.code.startswith(row.parent_code)
        seen.add(row.code)
    assert sum(row.level in TOWN_LEVELS for row in rows) == 28


def test_names_are_those_of_everyday_speech() -> None:
    for row in jurisdictions.read(LANGZHONG):
        assert row.name.zh
        assert "委员会" not in row.name.zh
        assert "Weiyuanhui" not in row.name.en
        assert row.name.en.split()[-1] in {
            *("province", "city", "street", "town", "township", "village", "community"),
        }


def test_each_node_knows_its_path_and_its_town(cast: Cast) -> None:
    assert cast
    nodes = {each.id: each for each in db.session.scalars(sa.select(Jurisdiction))}
    for node in nodes.values():
        parent = nodes.get(node.parent_id or 0)
        assert node.path == f"{parent.path if parent else '/'}{node.code}/"
        if node.level in TOWN_LEVELS:
            assert node.town_id == node.id
        elif node.level in VILLAGE_LEVELS:
            assert node.town_id == node.parent_id
        else:
            assert node.town_id is None


def test_a_parent_that_nobody_knows_is_an_error(cast: Cast) -> None:
    assert cast
    row = Row("511399", "5199", Level.COUNTY, Bilingual("无", "None"))
    with pytest.raises(KeyError):
        jurisdictions.add_all([row], date(2026, 1, 1))


CODES = st.lists(st.from_regex(r"[0-9]{1,4}", fullmatch=True), max_size=5)


@given(CODES, CODES)
def test_an_interval_holds_a_node_and_what_is_below_it_and_nothing_else(
    above: list[str], other: list[str]
) -> None:
    path = "".join(["/", *(f"{code}/" for code in above)])
    tried = "".join(["/", *(f"{code}/" for code in other)])
    scope = Scope((interval(path),))
    assert scope.covers(tried) is tried.startswith(path)
    assert scope.covers(path + "1/")


def test_covering_in_memory_and_on_the_database_is_the_same(cast: Cast) -> None:
    city = jurisdictions.find("511381", EVERYWHERE)
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    far = jurisdictions.find(QIAOLOU, EVERYWHERE)
    village = enrolment(cast).unit
    for scope in (
        Scope(),
        EVERYWHERE,
        Scope((interval(city.path),)),
        Scope((interval(town.path),)),
        Scope((interval(village.place.path),)),
        Scope((interval(town.path), interval(far.path))),
        Scope(units=frozenset({village.id})),
        Scope((interval(far.path),), frozenset({village.id})),
    ):
        query = sa.select(Unit.id, Jurisdiction.path).join(
            Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id
        )
        within = {
            row.id
            for row in db.session.execute(query.where(scope.clause(Jurisdiction.path, Unit.id)))
        }
        everything = db.session.execute(query).all()
        assert within == {row.id for row in everything if scope.covers(row.path, row.id)}
        places = db.session.scalars(
            sa.select(Jurisdiction.path).where(scope.clause(Jurisdiction.path))
        ).all()
        every_path = db.session.scalars(sa.select(Jurisdiction.path)).all()
        assert set(places) == {path for path in every_path if scope.covers(path)}


def test_outside_the_scope_and_absent_are_the_same(cast: Cast) -> None:
    assert cast
    town = Scope((interval(jurisdictions.find(TIANGONG, EVERYWHERE).path),))
    assert jurisdictions.find(TIANGONG, town).code == TIANGONG
    for code in (QIAOLOU, "511381", "51", "999999", "", "%", "511381128' OR 1=1"):
        with pytest.raises(NotFound):
            jurisdictions.find(code, town)
        with pytest.raises(NotFound):
            jurisdictions.around(code, town)
    with pytest.raises(NotFound):
        jurisdictions.find(TIANGONG, Scope())


def test_the_top_of_a_scope_is_the_highest_place_in_it(cast: Cast) -> None:
    assert cast
    far = interval(jurisdictions.find(QIAOLOU, EVERYWHERE).path)
    near = interval(jurisdictions.find(TIANGONG, EVERYWHERE).path)
    found = [jurisdictions.top(each) for each in (EVERYWHERE, Scope((far, near)), Scope((far,)))]
    assert [each.code for each in found if each] == ["51", TIANGONG, QIAOLOU]
    assert jurisdictions.top(Scope()) is None
    assert jurisdictions.top(Scope(units=frozenset({1}))) is None


def test_around_a_place_are_its_ancestors_and_children_in_one_statement(cast: Cast) -> None:
    assert cast
    city = Scope((interval(jurisdictions.find("511381", EVERYWHERE).path),))
    with statements() as sent:
        above, children = jurisdictions.around(TIANGONG, city)
    assert len(sent) == 1
    # The province and the prefecture are not hers to see.
    assert [each.code for each in above] == ["511381", TIANGONG]
    codes = [each.code for each in children]
    assert codes == sorted(codes)
    assert codes
    assert all(code.startswith(TIANGONG) for code in codes)
    above, children = jurisdictions.around(codes[0], EVERYWHERE)
    assert [each.code for each in above] == ["51", "5113", "511381", TIANGONG, codes[0]]
    assert children == []


def test_places_of_a_level_are_those_below_that_are_valid_today(cast: Cast) -> None:
    assert cast
    city = jurisdictions.find("511381", EVERYWHERE)
    found = jurisdictions.within(city, TOWN_LEVELS)
    assert [each.code for each in found] == sorted([TIANGONG, QIAOLOU])
    found[0].valid_to = date(2026, 9, 15)
    found[1].valid_to = date(2026, 9, 16)
    db.session.flush()
    assert list(jurisdictions.within(city, TOWN_LEVELS)) == [found[1]]
    assert jurisdictions.names([found[0].id, None, 10**6]) == {found[0].id: found[0].name}
    assert jurisdictions.names([None]) == {}
