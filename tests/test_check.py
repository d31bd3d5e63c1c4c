"""``flask check``: whatever counter or file is broken by hand, it names that one and no other."""

import os
from datetime import date

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner

from campaigns import commands, register, tally, titles
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment
from campaigns.evidence.records import PHOTO
from campaigns.evidence.store import Folder, place
from campaigns.tally import COUNTERS, Progress, RegisterChange, TitleChange
from campaigns.units import UnitPeriod
from tests.cast import TIANGONG, Cast
from tests.conftest import Site, Time
from tests.doing import enrolment, name, pass_town, send
from tests.visiting import meanwhile


def found() -> list[str]:
    """Every difference that the counters have."""
    return [*recount.check(), *titles.check(), *register.check()]


def bend(statement: sa.Update) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.expire_all()


def test_nothing_differs_in_an_untouched_world(cast: Cast) -> None:
    assert cast
    assert found() == []


@pytest.mark.parametrize("column", COUNTERS)
def test_a_broken_counter_of_progress_is_named(cast: Cast, column: str) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    bend(
        sa.update(Progress)
        .where(Progress.campaign_id == village.campaign_id, Progress.place_id == village.town_id)
        .values({column: getattr(Progress, column) + 1})
    )
    (line,) = found()
    assert line.startswith(
        f"progress campaign={village.campaign_id} place={TIANGONG} {column}: stored "
    )


def test_a_lost_row_of_progress_is_named(cast: Cast) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    db.session.execute(
        sa.delete(Progress).where(
            Progress.campaign_id == village.campaign_id, Progress.place_id == village.place_id
        )
    )
    code = village.unit.place.code
    columns = {line.split()[3].rstrip(":") for line in found()}
    assert columns == {"enrolled", "items", "started", "submitted"}
    assert all(f"place={code} " in line for line in found())


@pytest.mark.parametrize("column", ["submitted", "approved", "returned"])
def test_a_broken_counter_of_an_enrolment_is_named(cast: Cast, column: str) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    right = getattr(village, column)
    bend(
        sa.update(Enrolment)
        .where(Enrolment.id == village.id)
        .values({column: getattr(Enrolment, column) + 2})
    )
    assert found() == [f"enrolment {village.id} {column}: stored {right + 2}, counted {right}"]


def test_an_enrolment_that_sent_something_and_is_not_called_started_is_named(cast: Cast) -> None:
    village = enrolment(cast)
    send(cast, village, "1.3")
    bend(sa.update(Enrolment).where(Enrolment.id == village.id).values(started=False))
    wrong = found()
    assert wrong
    assert all(" started: " in line for line in wrong)


def test_a_broken_counter_of_titles_is_named(cast: Cast) -> None:
    village = enrolment(cast)
    titles.grant(
        village.unit,
        village.campaign.version,
        place_id=village.place_id,
        town_id=village.town_id,
        number=1,
        serial="x",
        document_number="旧文",
        valid_from=date(2026, 1, 1),
        enrolment_id=None,
        by=None,
    )
    assert found() == []
    bend(
        sa.update(TitleChange)
        .where(TitleChange.place_id == village.town_id, TitleChange.number > 0)
        .values(number=7)
    )
    assert found() == [
        f"title_change standard=drug-free-village place={TIANGONG} day=2026-01-01 titles: "
        "stored 7, counted 1"
    ]
    db.session.execute(sa.delete(TitleChange))
    assert len(found()) == 4


@pytest.mark.parametrize("column", ["units", "households"])
def test_a_broken_counter_of_the_register_is_named(cast: Cast, column: str) -> None:
    village = enrolment(cast)
    kind, code = village.unit.kind, village.unit.place.code
    right = {"units": 1, "households": 100}[column]
    bend(
        sa.update(RegisterChange)
        .where(RegisterChange.place_id == village.place_id, RegisterChange.kind == kind)
        .values({column: right - 1})
    )
    assert found() == [
        f"register_change kind={kind} place={code} day=2023-06-30 {column}: "
        f"stored {right - 1}, counted {right}"
    ]


def test_households_changed_behind_the_counters_are_named_at_place_and_town(cast: Cast) -> None:
    period = UnitPeriod.unit_id == cast.units["village"]
    bend(sa.update(UnitPeriod).where(period).values(households=90))
    unlike, *wrong = found()
    assert unlike.endswith("households: stored 100, its periods say 90")
    assert [line.split()[2] for line in wrong] == [
        f"place={TIANGONG}",
        f"place={enrolment(cast).unit.place.code}",
    ]


def test_differences_name_table_place_and_column() -> None:
    stored = {("a",): {"x": 1, "y": 0}, ("b",): {"x": 0}}
    assert list(tally.differences("t", stored, {("a",): {"x": 1}})) == []
    assert list(tally.differences("t", stored, {("a",): {"x": 2}, ("c",): {"x": 1}})) == [
        "t a x: stored 1, counted 2",
        "t c x: stored 0, counted 1",
    ]


@pytest.fixture
def runner(site: Site) -> FlaskCliRunner:
    """Runs commands on a site of its own."""
    commands.register(site.app)
    return site.app.test_cli_runner()


def test_the_command_says_0_differences_or_names_them_and_fails(
    site: Site, runner: FlaskCliRunner
) -> None:
    good = runner.invoke(args=["check"])
    assert (good.exit_code, good.output) == (0, "0 differences\n")
    with meanwhile(site):
        db.session.execute(sa.update(Progress).values(named=Progress.named + 1))
    bad = runner.invoke(args=["check"])
    assert bad.exit_code == 1
    assert " named: stored 1, counted 0\n" in bad.output
    assert bad.output.endswith(" differences\n")


def test_the_command_names_an_orphan_but_not_what_may_be_on_its_way(
    site: Site, runner: FlaskCliRunner
) -> None:
    store = Folder(site.folder / "evidence")
    name = store.put(b"nobody's", PHOTO)
    assert runner.invoke(args=["check"]).output == "0 differences\n"
    os.utime(store.path(name, PHOTO), (0, 0))
    bad = runner.invoke(args=["check"])
    assert bad.exit_code == 1
    assert bad.output.startswith(f"orphan {place(name, PHOTO)}: ")


def test_the_command_says_when_the_schema_is_not_the_codes(
    site: Site, runner: FlaskCliRunner
) -> None:
    with meanwhile(site):
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    bad = runner.invoke(args=["check"])
    assert bad.exit_code == 1
    assert bad.output.startswith("schema: at 0000, the code expects ")


def test_a_named_unit_leaves_nothing_to_find(cast: Cast, time: Time) -> None:
    time.pass_by(days=90)
    village = enrolment(cast)
    pass_town(cast, village)
    name(cast, village)
    assert found() == []
