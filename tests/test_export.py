"""``flask export``: the administrator's files, over everything."""

from pathlib import Path

import pytest
from click.testing import Result

from campaigns.commands import export
from campaigns.database import db
from campaigns.exchange import profiles
from campaigns.units import Unit
from tests.cast import TIANGONG
from tests.conftest import Site
from tests.doing import enrolment, send
from tests.files import comma, excel
from tests.visiting import Visitor, meanwhile


def run(site: Site, *arguments: object) -> Result:
    runner = site.app.test_cli_runner()
    return runner.invoke(export.export, [str(each) for each in arguments])


def test_every_list_is_written_with_all_its_rows(site: Site) -> None:
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "1.1")
        send(site.cast, enrolment(site.cast, "far village"), "1.1", by="far_liaison")
        number = db.session.query(Unit).count()
    expected = {
        "units": number,
        "titles": 0,
        "campaigns": 4,
        "queue": 2,
        "enrolments": 13,
        "history": 1,
        "board": 3,
    }
    of = {
        "enrolments": site.cast.campaigns["drug-free-village"],
        "criteria": "safe-school",
        "checklist": site.cast.enrolment("village", "drug-free-village"),
        "history": site.cast.units["village"],
        "board": "511381",
    }
    for table in (*export.WHOLE, *export.OF_ONE):
        file = site.folder / f"{table}.csv"
        result = run(site, table, file, *(["--of", of[table]] if table in of else []))
        assert result.exit_code == 0, result.output
        rows = comma(file.read_bytes())
        assert result.output == f"{len(rows)} rows in {file}\n"
        if table in expected:
            assert len(rows) == expected[table], table


def test_the_file_is_the_one_of_the_page(site: Site) -> None:
    visitor = Visitor(site, "office")
    for language in ("zh", "en"):
        visitor.client.set_cookie("language", language)
        for ending, read in (("csv", comma), ("xlsx", excel)):
            file = site.folder / f"units.{ending}"
            run(site, "units", file, "--language", language)
            assert read(file.read_bytes()) == read(visitor.get(f"/units.{ending}").data)


def test_a_profile_is_taken_by_its_name(site: Site) -> None:
    with meanwhile(site):
        chosen = [("unit_code", "代码")]
        profiles.make("units", "省平台", chosen, by=site.cast.people["office"])
    file = site.folder / "units.csv"
    assert run(site, "units", file, "--profile", "省平台").exit_code == 0
    assert list(comma(file.read_bytes())[0]) == ["代码"]
    assert "no profile" in run(site, "titles", file, "--profile", "省平台").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["units", "units.pdf"], "must end with"),
        (["people", "people.csv"], "Invalid value for '{"),
        (["board", "board.csv"], "say of which"),
        (["board", "board.csv", "--of", "999"], "NotFound"),
        (["enrolments", "e.csv", "--of", TIANGONG], "NotFound"),
        (["enrolments", "e.csv", "--of", "first"], "ValueError"),
    ],
)
def test_what_cannot_be_written_is_said_and_nothing_is(
    site: Site, arguments: list[str], told: str, tmp_path: Path
) -> None:
    result = run(site, arguments[0], tmp_path / arguments[1], *arguments[2:])
    assert result.exit_code != 0
    assert told in result.output
    assert not (tmp_path / arguments[1]).exists()
