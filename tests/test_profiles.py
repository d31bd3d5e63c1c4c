"""Profiles of exchange: kept, changed and removed by the city office, in the browser."""

import pytest
import sqlalchemy as sa

from campaigns.database import db
from campaigns.errors import NotFound, Refused, Stale
from campaigns.exchange import profiles
from campaigns.exchange.profiles import ExportProfile
from tests.cast import Cast
from tests.conftest import Site
from tests.doing import events
from tests.files import rows
from tests.visiting import Form, Visitor, form

WANTED = [("unit_code", "单位代码"), ("households", "户数")]


def made(cast: Cast, name: str = "省平台") -> ExportProfile:
    return profiles.make("units", name, WANTED, by=cast.people["office"])


def test_a_profile_is_kept_changed_and_removed_with_its_history(cast: Cast) -> None:
    profile, office = made(cast), cast.people["office"]
    assert profiles.find(profile.id, "units").chosen == WANTED
    assert profiles.listed("units") == [profile]
    assert profiles.listed("titles") == []
    profiles.change(profile, 1, "省平台2", WANTED[:1], by=office)
    assert (profile.name, profile.chosen, profile.row_version) == ("省平台2", WANTED[:1], 2)
    profiles.remove(profile, 2, by=office)
    assert profiles.listed() == []
    told = ["profile_made", "profile_changed", "profile_removed"]
    assert events("export_profile", profile.id) == told


def test_somebody_quicker_is_not_overwritten(cast: Cast) -> None:
    profile, office = made(cast), cast.people["office"]
    with pytest.raises(Stale):
        profiles.change(profile, 7, "x", WANTED, by=office)
    with pytest.raises(Stale):
        profiles.remove(profile, 7, by=office)
    assert profile.name == "省平台"


@pytest.mark.parametrize(
    ("name", "chosen", "codes"),
    [
        ("", WANTED, ["profile_name_missing"]),
        ("省平台", WANTED, ["profile_name_taken"]),
        ("y", [], ["profile_empty"]),
        ("y", [("unit", " ")], ["profile_heading"]),
        ("x" * 61, [("unit", "y" * 61)], ["text_too_long", "text_too_long"]),
        ("y", [("unit", "11010519491231002X")], ["identity_number"]),
    ],
)
def test_what_is_no_profile_is_refused_with_every_fault(
    cast: Cast, name: str, chosen: profiles.Chosen, codes: list[str]
) -> None:
    made(cast)
    with pytest.raises(Refused) as refused:
        profiles.make("units", name, chosen, by=cast.people["office"])
    assert [each.code for each in refused.value.faults] == codes


def test_only_columns_of_the_list_can_be_chosen(cast: Cast) -> None:
    with pytest.raises(NotFound):
        profiles.make("units", "x", [("password_hash", "x")], by=cast.people["office"])
    own = profiles.make("board", "x", [("coverage_safe-school_percent", "%")], by=1)
    with pytest.raises(NotFound):
        profiles.find(own.id, "units")


def test_a_profile_keeps_its_own_name_when_it_changes(cast: Cast) -> None:
    profile = made(cast)
    profiles.change(profile, 1, profile.name, WANTED, by=cast.people["office"])


def editor(visitor: Visitor, table: str = "units") -> Form:
    return form(visitor.get(f"/exchange/new?table={table}"), "/exchange/new")


def test_the_office_makes_a_profile_in_the_browser_and_takes_the_list_by_it(site: Site) -> None:
    office = Visitor(site, "office")
    found = editor(office)
    assert found.values("heading-unit_code") == ["单位编码"]
    answer = office.send(
        found, follow=True, **{"name": "Province", "place-kind": "2", "place-unit_code": " 1 "}
    )
    assert "The profile is kept" in answer.text
    with site.app.app_context():
        profile = db.session.scalars(sa.select(ExportProfile)).one()
        assert profile.chosen == [("unit_code", "单位编码"), ("kind", "类型")]
        address = f"/exchange/{profile.id}"
    taken = rows(office.get(f"/units.csv?profile={address.rpartition('/')[2]}"))
    assert list(taken[0]) == ["单位编码", "类型"]
    again = form(office.get(address), address)
    assert (again.values("place-kind"), again.values("place-unit")) == (["2"], [""])
    answer = office.send(again, **{"place-kind": "", "heading-unit_code": "代码"})
    assert answer.status_code == 303
    assert list(rows(office.get(f"/units.csv?profile={address[10:]}"))[0]) == ["代码"]
    assert office.send(again).status_code == 409
    removing = form(office.get(address), f"{address}/remove")
    assert "The profile is removed" in office.send(removing, follow=True).text
    assert office.get(address).status_code == 404


def test_a_refused_profile_comes_back_as_it_was_sent(site: Site) -> None:
    office = Visitor(site, "office")
    sent = {"name": "", "place-unit": "first", "heading-unit": "My heading", "place-kind": "3"}
    answer = office.send(editor(office), **sent)
    assert answer.status_code == 422
    assert "A place in the order is a whole number" in answer.text
    again = form(answer, "/exchange/new")
    for field, value in sent.items():
        assert again.values(field) == [value]
    answer = office.send(editor(office), **{"place-unit": "1", "heading-unit": ""})
    assert "Give the profile a name" in answer.text
    assert "Give every chosen column a heading" in answer.text


def test_every_list_has_its_editor_and_only_the_office_finds_it(site: Site) -> None:
    office = Visitor(site, "office")
    page = office.get("/exchange").text
    for table in ("units", "board", "queue", "history"):
        assert f"/exchange/new?table={table}" in page
        assert editor(office, table).values("table") == [table]
    assert office.get("/exchange/new?table=people").status_code == 404
    assert office.get("/exchange/new").status_code == 404
    assert 'href="/exchange"' in office.get("/units").text
    for username in ("reviewer", "leader", "admin", "liaison"):
        assert Visitor(site, username).get("/exchange").status_code == 403
        assert 'href="/exchange"' not in Visitor(site, username).get("/standards").text
