"""``flask demo``: a world that adds up, in which a visitor can do what she came to do."""

import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, commands, demonstration, titles
from campaigns.campaign import Campaign, CampaignState, Step, burden
from campaigns.database import db
from campaigns.demonstration import filling
from campaigns.demonstration.places import EVERYWHERE
from campaigns.enrolment import checklist, records
from campaigns.enrolment.checklist import Standing
from campaigns.enrolment.records import Attachment, Enrolment, EnrolmentState, Item, ItemState
from campaigns.enrolment.scoring import score
from campaigns.evidence.records import Evidence
from campaigns.history import Event
from campaigns.jurisdictions import Jurisdiction, Scope, interval
from campaigns.pages.application import create_app
from campaigns.people import Grant, Person, Role
from campaigns.review.lookback import look_back
from campaigns.standards import Criterion, Standard, Version
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.cast import NOW, PASSWORD
from tests.conftest import settings_for
from tests.demonstrated import World, count, number, post, run, signed_in
from tests.test_upload import jpeg
from tests.visiting import form, forms

#: Kinds of which each town has invented ones.
FICTIONAL = (Kind.SCHOOL, Kind.HOSPITAL, Kind.MARKET, Kind.ENTERPRISE, Kind.PUBLIC_PLACE)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One demonstration for the tests that only look."""
    folder = tmp_path_factory.mktemp("demonstration")
    app = create_app(settings_for(folder))
    commands.register(app)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        made = app.test_cli_runner().invoke(args=["demo"])
    assert made.exit_code == 0, made.output
    with app.app_context():
        db.engine.dispose()
    return World(app, folder, made.output)


@pytest.fixture
def world(filled: World) -> Iterator[World]:
    """The demonstration, to look at."""
    with filled.app.app_context():
        yield filled
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def own(filled: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, for a test that changes something."""
    shutil.copytree(filled.folder, tmp_path / "own")
    app = create_app(settings_for(tmp_path / "own"))
    commands.register(app)
    yield World(app, tmp_path / "own", filled.printed)
    with app.app_context():
        db.engine.dispose()


def test_it_says_who_can_sign_in_and_where_that_is_written(world: World) -> None:
    assert str(world.folder / "demo.json") in world.printed
    for account in world.facts["accounts"]:
        assert account["username"] in world.printed
        assert account["password"] in world.printed
    assert (world.folder / "demo.json").stat().st_mode & 0o077 == 0


def test_the_file_has_the_agreed_form(world: World) -> None:
    facts = world.facts
    for account in facts["accounts"]:
        assert {"username", "password", "role", "scope"} <= {*account}
    ids = facts["ids"]
    assert {"open_item", "returned_item", "campaign", "ready_to_name"} <= {*ids}
    liaisons = {each["username"] for each in facts["accounts"] if each["role"] == "liaison"}
    assert {*ids["open_item"]} == {*ids["returned_item"]} == liaisons
    assert re.fullmatch(r"/campaigns/\d+", ids["campaign"])
    assert len(ids["ready_to_name"]) >= 3


def test_every_role_has_an_account_and_neighbours_exist(world: World) -> None:
    accounts = world.facts["accounts"]
    assert {each["role"] for each in accounts} == {role.value for role in Role}
    villages = {each["scope"] for each in accounts if each["role"] == "liaison"}
    assert len({code[:9] for code in villages}) >= 2
    assert any(sum(code[:9] == town[:9] for code in villages) >= 2 for town in villages)
    assert len({each["scope"] for each in accounts if each["role"] == "reviewer"}) >= 2
    beside = {*db.session.scalars(sa.select(Person.username).join(Grant))}
    beside -= {each["username"] for each in accounts}
    assert all(each.startswith("reviewer-511381") for each in beside)


def test_it_stands_on_the_real_places_of_langzhong(world: World) -> None:
    assert world
    towns = db.session.scalars(
        sa.select(Jurisdiction).where(sa.func.length(Jurisdiction.code) == 9)
    ).all()
    assert len(towns) == 28
    villages = db.session.scalars(
        sa.select(Unit).where(Unit.kind.in_([Kind.VILLAGE, Kind.COMMUNITY]))
    ).all()
    places = count(sa.select(Jurisdiction.id).where(sa.func.length(Jurisdiction.code) == 12))
    assert len(villages) == places == 320
    assert all(unit.households and unit.households >= 100 for unit in villages)


@pytest.mark.parametrize("kind", FICTIONAL)
def test_invented_units_say_so_and_every_town_has_some(world: World, kind: Kind) -> None:
    assert world
    rows = db.session.execute(
        sa.select(Unit.name_zh, Unit.name_en, Jurisdiction.town_id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(Unit.kind == kind)
    ).all()
    assert all("虚构" in row.name_zh and "fictional" in row.name_en for row in rows)
    assert len({row.town_id for row in rows}) == 28


def test_the_standards_are_the_whole_catalogue(world: World) -> None:
    assert world
    assert count(sa.select(Standard.id)) == 14
    assert count(sa.select(Criterion.id)) == 164
    assert count(sa.select(Version.id).where(Version.published_at.is_not(None))) == 14


def test_every_state_of_an_item_and_of_an_enrolment_occurs(world: World) -> None:
    assert world
    assert {*db.session.scalars(sa.select(Item.state).distinct())} == {*ItemState}
    assert {*db.session.scalars(sa.select(Enrolment.state).distinct())} == {*EnrolmentState}
    for answer in (Item.none, Item.not_applicable):
        assert count(sa.select(Item.id).where(answer)) > 0
    assert count(sa.select(Enrolment.id).where(Enrolment.started.is_(False))) > 0
    keys = db.session.scalars(sa.select(Item.key).distinct()).all()
    shapes = {re.sub(r"[\d.]", "", key.partition("@")[2]) for key in keys}
    assert shapes >= {"", "Q", "-"}


def test_checklists_are_not_begun_begun_and_ready_to_send(world: World) -> None:
    assert world
    standings = Counter(
        line.standing
        for enrolment in records.of_scope(EVERYWHERE, limit=1000)
        for line in checklist.lines([enrolment], seen_by_unit=True)[enrolment.id]
    )
    assert {*standings} == {*Standing}


def test_who_left_says_why_and_a_pass_on_condition_until_when(world: World) -> None:
    assert world
    left = sa.select(Enrolment).where(
        Enrolment.state.in_([EnrolmentState.EXEMPT, EnrolmentState.WITHDRAWN])
    )
    for enrolment in db.session.scalars(left):
        assert enrolment.reason
    conditional = sa.select(Enrolment).where(Enrolment.state == EnrolmentState.CONDITIONAL)
    for enrolment in db.session.scalars(conditional):
        assert enrolment.mend_by
        assert enrolment.mend_by > NOW.date()


def test_the_history_knows_every_picture_by_its_hash(world: World) -> None:
    assert world
    told = sa.select(Event.subject_id, Event.unit_id, Event.detail)
    told = told.where(Event.verb == "uploaded", Event.subject == "evidence")
    known = {(i, unit, detail["sha256"]) for i, unit, detail in db.session.execute(told)}
    kept = sa.select(Evidence.id, Evidence.unit_id, Evidence.stored_sha256)
    assert known == {tuple(row) for row in db.session.execute(kept)} != set()


def test_the_history_knows_every_step_to_a_title(world: World) -> None:
    assert world
    named = sa.select(Enrolment.id).where(Enrolment.state == EnrolmentState.NAMED)
    for enrolment_id in db.session.scalars(named):
        verbs = db.session.scalars(
            sa.select(Event.verb)
            .where(Event.subject == "enrolment", Event.subject_id == enrolment_id)
            .order_by(Event.at)
        ).all()
        assert verbs[0] == "town_passed"
        assert verbs[-1] == "named"


def test_titles_of_earlier_years_occur_valid_expiring_and_expired(world: World) -> None:
    assert world
    rows = db.session.execute(
        sa.select(Title.valid_from, Title.valid_to).where(Title.enrolment_id.is_(None))
    ).all()
    today = NOW.date()
    assert any(row.valid_to < today for row in rows)
    assert any(0 <= (row.valid_to - today).days < 90 for row in rows)
    assert any(row.valid_to.year > today.year for row in rows)
    assert all(row.valid_from < date(today.year, today.month, 1) for row in rows)


def test_no_real_place_bears_an_invented_blemish(world: World) -> None:
    """A veto that is not met, a failed acceptance: only on units that do not exist."""
    assert world
    real = Unit.kind.in_([Kind.VILLAGE, Kind.COMMUNITY, Kind.TOWN])
    failed = (EnrolmentState.NOT_PASSED, EnrolmentState.WITHDRAWN, EnrolmentState.EXEMPT)
    blemished = (
        sa.select(Enrolment.id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .where(real, Enrolment.state.in_(failed))
    )
    assert count(blemished) == 0
    vetoed = (
        sa.select(Enrolment)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(Item, Item.enrolment_id == Enrolment.id)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .where(real, Criterion.veto, Item.state == ItemState.APPROVED)
        .distinct()
    )
    for each in db.session.scalars(vetoed.limit(200)).all():
        campaign = db.session.get_one(Campaign, each.campaign_id)
        items = {item.key: item for item in records.items([each.id])}
        assert not score(campaigns.slots(campaign), items).vetoes


def test_every_picture_is_another_one_and_is_there(world: World) -> None:
    names = db.session.scalars(sa.select(Evidence.stored_sha256)).all()
    assert len(names) > 500
    assert max(Counter(names).values()) == 1
    assert len([*(world.folder / "evidence").rglob("*.thumb.jpg")]) == len(names)


def test_no_item_was_sent_before_its_pictures_came(world: World) -> None:
    assert world
    late = (
        sa.select(Item.id)
        .join(Attachment, Attachment.item_id == Item.id)
        .join(Evidence, Evidence.id == Attachment.evidence_id)
        .where(Evidence.sent_at > Item.submitted_at)
    )
    assert count(late) == 0


def test_a_draft_waits_that_asks_more_than_the_cap(world: World) -> None:
    assert world
    (draft,) = campaigns.listed(EVERYWHERE, drafts=EVERYWHERE)[:1]
    assert draft.state is CampaignState.DRAFT
    assert burden.of_campaign(draft).over > 0
    assert draft.burden_reason is None
    for each in campaigns.running():
        assert each.review_due_on is not None
        assert (each.notice_days is None) == (Step.NOTICE not in each.acceptance)


def test_the_counters_agree(world: World) -> None:
    checked = run(world, "check")
    assert (checked.exit_code, checked.output.strip()) == (0, "0 differences")


def test_a_second_run_changes_nothing_and_says_the_same(own: World) -> None:
    before = (own.folder / "demo.json").read_bytes()
    again = run(own, "demo")
    assert again.exit_code == 0
    assert (own.folder / "demo.json").read_bytes() == before
    for account in own.facts["accounts"]:
        assert account["password"] in again.output
    assert run(own, "check").output.strip() == "0 differences"


def test_a_database_that_is_no_demonstration_is_not_touched(
    template: tuple[Path, Any], tmp_path: Path
) -> None:
    shutil.copy(template[0], tmp_path / "campaigns.db")
    before = (tmp_path / "campaigns.db").read_bytes()
    app = create_app(settings_for(tmp_path))
    commands.register(app)
    refused = app.test_cli_runner().invoke(args=["demo"])
    assert refused.exit_code != 0
    assert "not a demonstration" in refused.output
    assert not (tmp_path / "demo.json").exists()
    with app.app_context():
        assert not demonstration.is_marked()
        db.engine.dispose()
    assert (tmp_path / "campaigns.db").read_bytes() == before


def test_a_filling_that_fails_leaves_an_empty_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings_for(tmp_path))
    commands.register(app)

    def fails(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filling, "_plans", fails)
    assert app.test_cli_runner().invoke(args=["demo"]).exit_code != 0
    with app.app_context():
        assert count(sa.select(Unit.id)) == 0
        assert not demonstration.is_marked()
        db.engine.dispose()
    assert not (tmp_path / "demo.json").exists()


def test_the_banner_is_on_every_page_also_before_signing_in(own: World) -> None:
    assert "演示数据" in own.app.test_client().get("/login").text
    assert PASSWORD not in own.printed
    client = signed_in(own, "leader")
    ids = own.facts["ids"]
    for address in ("/coverage/511381", "/units", "/standards", ids["campaign"], "/nothing"):
        assert "Demonstration data" in client.get(address).text, address


def test_every_liaison_has_an_open_photo_item_that_can_be_sent(own: World) -> None:
    for username, address in own.facts["ids"]["open_item"].items():
        client = signed_in(own, username)
        page = client.get(address)
        assert page.status_code == 200
        assert 'data-state="open"' in page.text
        found = form(page, "/evidence")
        sent = [(file, f"{name}.jpg") for name, file in enumerate(_two())]
        answer = client.post("/evidence", data=dict(found.fields) | {"file": sent})
        assert answer.status_code == 303, answer.text
        answer = post(client, form(client.get(answer.location), "/submit"))
        assert answer.status_code == 303, answer.text
        assert 'data-state="submitted"' in client.get(address).text
        returned = client.get(own.facts["ids"]["returned_item"][username])
        assert 'data-state="returned"' in returned.text
    assert run(own, "check").output.strip() == "0 differences"


def test_what_was_proved_last_year_can_be_confirmed(own: World) -> None:
    username, address = next(iter(own.facts["ids"]["open_item"].items()))
    client = signed_in(own, username)
    page = client.get(address.partition("/items")[0])
    offered = [each for each in forms(page) if each.action.endswith("/still-true")]
    assert len(offered) >= 4
    for each in offered[:3]:
        assert post(client, each).status_code == 303
    assert form(client.get(address), "/still-true"), "the open item is one of those left"
    assert run(own, "check").output.strip() == "0 differences"


def test_a_year_can_be_looked_back_at(world: World) -> None:
    assert world
    everywhere = Scope((interval("/51/"),))
    found = look_back("drug-free-village", everywhere, None)
    assert len(found.years) == 2
    assert 0 < len(found.never_failed) < len(found.rows)
    assert all(row.median for row in found.rows)
    assert any(row.reasons for row in found.rows)


def _two() -> list[io.BytesIO]:
    return [io.BytesIO(jpeg(seed)) for seed in (1, 2)]


def test_what_is_said_to_be_ready_can_be_named(own: World) -> None:
    client = signed_in(own, "office")
    for address in own.facts["ids"]["ready_to_name"]:
        found = form(client.get(address), "/titles")
        answer = post(client, found, document_number="阆平安〔2026〕1号")
        assert answer.status_code == 303, answer.text
    with own.app.app_context():
        named = [number(each) for each in own.facts["ids"]["ready_to_name"]]
        valid = sa.select(Title.number).where(Title.enrolment_id.in_(named))
        # One unit each, not a number of households.
        assert db.session.scalars(valid).all() == [1] * len(named)
        assert [*titles.check()] == []
    assert run(own, "check").output.strip() == "0 differences"


def test_the_folder_of_a_unit_verifies_with_its_own_script_after_being_copied_away(
    world: World, tmp_path: Path
) -> None:
    with world.app.app_context():
        unit = db.session.scalar(sa.select(Evidence.unit_id).order_by(Evidence.id).limit(1))
    answer = signed_in(world, "office").get(f"/units/{unit}/ledger.zip")
    away = tmp_path / "away"
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(away)
    picture = next((away / "evidence").iterdir())
    command = [sys.executable, "-I", "verify.py"]
    assert subprocess.run(command, cwd=away, capture_output=True, check=False).returncode == 0
    picture.write_bytes(picture.read_bytes()[:-1] + b"?")
    assert subprocess.run(command, cwd=away, capture_output=True, check=False).returncode == 1
