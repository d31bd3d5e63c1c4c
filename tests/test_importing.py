"""``flask import``: shows what a file would do, applies it when told, and prints passwords once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask.testing import FlaskCliRunner

from campaigns import commands, people
from campaigns.database import db
from campaigns.people import Grant, Person, Role
from campaigns.register import imports
from campaigns.standards import drafts
from campaigns.units import Unit
from tests import sheets, test_standard_sheets
from tests.cast import PASSWORD, TIANGONG
from tests.conftest import Site, Time
from tests.test_account_pages import change, sign_in
from tests.test_imports import PLACES, UNITS, many, slices_of_forty, villages
from tests.visiting import Visitor

PEOPLE = [
    "用户名",
    "岗位名称",
    "英文名称",
    "角色",
    "辖区代码",
    "单位代码",
    "部门",
    "起始日期",
    "结束日期",
]


@pytest.fixture
def runner(site: Site) -> FlaskCliRunner:
    """Runs commands on a site of its own."""
    commands.register(site.app)
    return site.app.test_cli_runner(env={"LANG": "en_GB.UTF-8"})


def run(
    runner: FlaskCliRunner, folder: Path, table: str, rows: sheets.Rows, *options: str
) -> Result:
    file = folder / "table.csv"
    file.write_bytes(sheets.csv(rows))
    return runner.invoke(args=["import", table, str(file), *options])


def test_without_apply_nothing_changes(site: Site, runner: FlaskCliRunner, tmp_path: Path) -> None:
    rows = [UNITS, ["N1", "新校", "", "学校", villages(site)[0], *[""] * 4]]
    shown = run(runner, tmp_path, "units", rows)
    assert shown.exit_code == 0
    assert "added      N1 新校" in shown.output
    assert "nothing was changed: --apply applies it" in shown.output
    applied = run(runner, tmp_path, "units", rows, "--apply")
    assert applied.output.endswith("applied\n")
    with site.app.app_context():
        assert db.session.scalar(sa.select(Unit.id).where(Unit.code == "N1"))
    assert runner.invoke(args=["check"]).output == "0 differences\n"


def test_every_fault_is_printed_by_row_and_column(
    site: Site, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    rows = [UNITS, *(["", "校", "", "大学", villages(site)[0], *[""] * 4] for _ in range(30))]
    bad = run(runner, tmp_path, "units", rows, "--apply")
    assert bad.exit_code == 1
    assert len(re.findall(r"^fault +row \d+, 类别: ", bad.output, re.M)) == 30
    assert "fault      row 2, 单位代码: This must not be empty." in bad.output
    assert "nothing was changed" in bad.output
    other = run(runner, tmp_path, "jurisdictions", [["a"], ["b"]])
    assert other.exit_code == 1
    assert "These columns are missing" in other.output
    place = [PLACES, ["511381998", "511381", "镇", "新镇", "", "", ""]]
    assert run(runner, tmp_path, "jurisdictions", place, "--apply").exit_code == 0


def test_an_import_that_was_interrupted_is_finished_first(
    site: Site, runner: FlaskCliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_of_forty(monkeypatch)
    rows = [UNITS, *many(site, 100)]
    run(runner, tmp_path, "units", rows)
    with site.app.app_context():
        number = imports.resume(imports.Scope(), by=None)
        assert number is None
        imports._begin(1)
        imports._slice(1, 40, None)
    again = run(runner, tmp_path, "units", rows)
    assert "import 1 had been interrupted and is applied now" in again.output
    assert f"{100 + len(villages(site))} unchanged" in again.output


def post(username: str, role: str, place: str = "", unit: str = "", more: str = "") -> list[str]:
    return [username, f"{username}岗", "", role, place, unit, more, "2026-09-01", ""]


def test_people_get_initial_passwords_that_open_only_the_change(
    site: Site, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    rows = [
        PEOPLE,
        post("desk.tiangong", "审核员", TIANGONG),
        post("desk.tiangong", "签字人", TIANGONG),
        post("school.one", "联络员", unit="S1"),
        post("police.city", "部门核实员", "511381", more="公安"),
    ]
    shown = run(runner, tmp_path, "people", rows)
    assert "4 added" in shown.output
    with site.app.app_context():
        assert (
            db.session.scalar(sa.select(Person.id).where(Person.username == "school.one")) is None
        )
    made = run(runner, tmp_path, "people", rows, "--apply")
    found = dict(re.findall(r"^([a-z.]+) +(\S{16})$", made.output, re.M))
    assert set(found) == {"desk.tiangong", "school.one", "police.city"}
    assert "4 unchanged" in run(runner, tmp_path, "people", rows, "--apply").output
    client = site.app.test_client()
    assert sign_in(client, "desk.tiangong", found["desk.tiangong"]).status_code == 303
    for url in ("/review", "/", "/units", f"/coverage/{TIANGONG}", "/calendar"):
        answer = client.get(url)
        assert (answer.status_code, answer.location) == (303, "/account"), url
    answer = client.get("/review", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/account"
    visitor = Visitor.__new__(Visitor)
    visitor.client = client
    assert "Choose your own" in client.get("/account", headers={"Accept-Language": "en"}).text
    assert change(visitor, found["desk.tiangong"], PASSWORD).status_code == 303
    assert client.get("/review").status_code == 200


def test_an_initial_password_runs_out_and_is_issued_anew(
    site: Site, runner: FlaskCliRunner, tmp_path: Path, time: Time
) -> None:
    rows = [PEOPLE, post("desk.tiangong", "审核员", TIANGONG)]
    made = run(runner, tmp_path, "people", rows, "--apply")
    (first,) = re.findall(r"^desk.tiangong +(\S{16})$", made.output, re.M)
    time.pass_by(hours=73)
    assert sign_in(site.app.test_client(), "desk.tiangong", first).status_code == 422
    again = run(runner, tmp_path, "people", rows, "--apply")
    (second,) = re.findall(r"^desk.tiangong +(\S{16})$", again.output, re.M)
    assert sign_in(site.app.test_client(), "desk.tiangong", second).status_code == 303
    assert timedelta(hours=72) >= people.INITIAL_PASSWORD_LIFE


def test_grants_end_and_wrong_ones_are_named(
    site: Site, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    run(runner, tmp_path, "people", [PEOPLE, post("a.b", "领导", TIANGONG)], "--apply")
    ended = [*post("a.b", "领导", TIANGONG)[:8], "2026-09-10"]
    assert "1 ended" in run(runner, tmp_path, "people", [PEOPLE, ended], "--apply").output
    with site.app.app_context():
        grant = db.session.scalars(
            sa.select(Grant)
            .join(Person, Person.id == Grant.person_id)
            .where(Person.username == "a.b")
        ).one()
        assert (grant.role, str(grant.valid_to)) == (Role.LEADER, "2026-09-10")
    rows = [
        PEOPLE,
        post("x", "领导", TIANGONG),
        post("b.liaison", "联络员", TIANGONG),
        post("b.leader", "领导", unit="S1"),
        post("b.police", "部门核实员", TIANGONG),
        post("b.nobody", "皇帝", "999"),
        post("b.leader2", "领导", TIANGONG, more="公安"),
    ]
    bad = run(runner, tmp_path, "people", rows, "--apply")
    assert bad.exit_code == 1
    for told in (
        "row 2, 用户名: A user name has 2 to 60",
        "row 3, 辖区代码: A liaison looks after one unit",
        "row 4, 单位代码: Only a liaison looks after a unit",
        "row 5, 部门: This must not be empty.",
        "row 6, 角色: “皇帝” is none of the words",
        "row 6, 辖区代码: “999” is none of the words",
        "row 7, 部门: Only a department confirmer has a department.",
    ):
        assert told in bad.output


def test_standards_become_drafts_that_the_office_publishes(
    site: Site, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "standard.xlsx"
    file.write_bytes(test_standard_sheets.xlsx(test_standard_sheets.template()))
    shown = runner.invoke(args=["import", "standards", str(file)])
    assert "nothing was changed: --apply applies it" in shown.output
    with site.app.app_context():
        assert [each.standard.slug for each in drafts.every()] == []
    assert runner.invoke(args=["import", "standards", str(file), "--apply"]).exit_code == 0
    with site.app.app_context():
        assert [each.standard.slug for each in drafts.every()] == ["example-village"]
    file.write_bytes(test_standard_sheets.xlsx(test_standard_sheets.changed(points_1=71)))
    bad = runner.invoke(args=["import", "standards", str(file), "--apply"])
    assert bad.exit_code == 1
    assert "fault      row 2" in bad.output
