"""Who takes part: enrolled in slices, seen by nobody before the last, broken off and taken up."""

import itertools
import threading
import time as wall
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import coverage, database, jurisdictions, register, titles
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import db
from campaigns.enrolment import participation, records, recount
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item
from campaigns.errors import NotFound, Refused, Stale
from campaigns.register import changes, exemptions
from campaigns.tally import Progress
from campaigns.units import Kind, Unit
from tests.cast import NOW, TIANGONG, YEAR, Cast
from tests.conftest import Site
from tests.doing import EVERYWHERE, enrolment, events
from tests.test_campaign import drafted, version
from tests.visiting import Visitor, meanwhile

TODAY = NOW.date()


def count(table: type[database.Base]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def half_opened(made: Campaign, parts: int = 2, size: int = 3) -> int:
    """Opens a campaign as far as its first parts; gives how many units are enrolled by then."""
    work = participation.opening(made, made.row_version, by=None, size=size)
    number = sum(itertools.islice(work, parts + 1))
    work.close()  # type: ignore[attr-defined]
    return number


def figures(campaign: Campaign) -> set[tuple[int, int, int]]:
    rows = sa.select(Progress.place_id, Progress.enrolled, Progress.items)
    found = db.session.execute(rows.where(Progress.campaign_id == campaign.id))
    return {(row.place_id, row.enrolled, row.items) for row in found}


@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
def test_slices_of_any_size_end_at_the_same_enrolments_and_counters(cast: Cast, size: int) -> None:
    assert cast
    whole, sliced, items = drafted(), drafted(), count(Item)
    number = participation.open_campaign(whole, by=None)
    parts = list(participation.opening(sliced, sliced.row_version, by=None, size=size))
    assert sum(parts) == number
    assert max(parts) < 2 * size
    assert figures(sliced) == figures(whole)
    assert count(Item) == items
    assert sliced.state is CampaignState.OPEN
    assert list(recount.check()) == []


def test_an_opening_that_was_broken_off_goes_on_where_it_stopped(cast: Cast) -> None:
    by = cast.people["office"]
    made, whole = drafted(), participation.open_campaign(drafted(), by=None)
    before = half_opened(made)
    assert 0 < before < whole
    assert made.state is CampaignState.OPENING
    assert list(recount.check()) == []
    rest = sum(participation.opening(made, made.row_version, by=by))
    assert before + rest == participation.enrolled(made) == whole
    assert events("campaign", made.id) == ["drafted", "opening", "opened"]
    assert list(recount.check()) == []


def test_a_half_opened_campaign_is_nobodys_yet(cast: Cast) -> None:
    made = drafted()
    half_opened(made)
    first = db.session.scalars(sa.select(Enrolment).filter_by(campaign_id=made.id)).first()
    assert first is not None
    with pytest.raises(NotFound):
        records.find(first.id, EVERYWHERE)
    with pytest.raises(NotFound):
        campaigns.find(made.id, EVERYWHERE)
    assert made.id not in {each.campaign_id for each in records.of_unit(first.unit_id)}
    assert made.id not in {e.campaign_id for e in records.of_scope(EVERYWHERE, limit=10_000)}
    city = jurisdictions.find("511381", EVERYWHERE)
    assert made not in coverage.running(campaigns.listed(EVERYWHERE, drafts=EVERYWHERE), city)
    assert made.id not in {each.campaign_id for each in titles.ready(EVERYWHERE, limit=10_000)}
    assert cast


def test_a_half_opened_campaign_is_on_no_page_but_the_offices(site: Site) -> None:
    with meanwhile(site):
        made = drafted()
        half_opened(made, parts=9, size=1)
        number, unit = made.id, site.cast.units["village"]
        found = records.id_of(number, unit)
        # The liaison's village is among the first in the register.
        assert found is not None
    office = Visitor(site, "office")
    assert "Go on opening" in office.get(f"/campaigns/{number}").text
    assert f"/campaigns/{number}" in office.get("/campaigns").text
    for username in ("liaison", "reviewer", "leader", "auditor"):
        visitor = Visitor(site, username)
        assert visitor.get(f"/campaigns/{number}").status_code == 404
        assert visitor.get(f"/enrolments/{found}").status_code == 404
        for url in ("/", "/campaigns", f"/units/{unit}", f"/coverage/{TIANGONG}", "/titles"):
            page = visitor.get(url, follow_redirects=True).text
            assert f"/campaigns/{number}" not in page
            assert f"campaign={number}" not in page
            assert f"/enrolments/{found}" not in page
    leader = Visitor(site, "leader")
    assert leader.get(f"/coverage/511381?campaign={number}").status_code == 404


def test_what_happens_to_a_unit_while_its_campaign_opens_is_felt(cast: Cast) -> None:
    made = drafted()
    half_opened(made, parts=3, size=3)
    village = db.session.get_one(Unit, cast.units["village"])
    neighbour = changes.load([cast.units["neighbour"]])[cast.units["neighbour"]]
    village = changes.load([village.id])[village.id]
    changes.close(village, TODAY, "拆迁", by=None)
    changes.move(
        neighbour,
        changes.load([cast.units["far village"]])[cast.units["far village"]].place,
        TODAY,
        by=None,
    )
    sum(participation.opening(made, made.row_version, by=None))
    states = {
        each.unit_id: each.state
        for each in db.session.scalars(sa.select(Enrolment).filter_by(campaign_id=made.id))
    }
    assert states[village.id] is EnrolmentState.WITHDRAWN
    assert states[neighbour.id] is EnrolmentState.APPLIED
    assert [*recount.check(), *register.check()] == []


def test_a_unit_can_close_although_its_campaign_only_begins_later(cast: Cast) -> None:
    made = drafted()
    made.opens_on = date(2026, 10, 1)
    db.session.flush()
    participation.open_campaign(made, by=None)
    village = changes.load([cast.units["village"]])[cast.units["village"]]
    changes.close(village, TODAY, "拆迁", by=None)
    found = db.session.scalars(
        sa.select(Enrolment).filter_by(campaign_id=made.id, unit_id=village.id)
    ).one()
    assert found.state is EnrolmentState.WITHDRAWN
    assert list(recount.check()) == []


def test_opening_from_an_old_page_is_refused(cast: Cast) -> None:
    assert cast
    made = drafted()
    with pytest.raises(Stale):
        next(participation.opening(made, made.row_version + 1, by=None))
    half_opened(made)
    with pytest.raises(Stale):
        next(participation.opening(made, made.row_version - 1, by=None))


def test_a_closed_campaign_takes_nobody_in_and_lets_nobody_go(cast: Cast) -> None:
    school = enrolment(cast, "school", "safe-school")
    campaigns.close(school.campaign, school.campaign.row_version, by=cast.people["office"])
    with pytest.raises(Refused, match="campaign_closed"):
        next(participation.newcomers_entering(school.campaign, by=None))
    with pytest.raises(Refused, match="campaign_closed"):
        exemptions.grant(school, school.row_version, "停办", by=None)


def many_schools(number: int) -> None:
    """Invented schools in every village, written at once; nobody asks for their periods here."""
    villages = jurisdictions.within(
        jurisdictions.find("511381", EVERYWHERE), jurisdictions.VILLAGE_LEVELS
    )
    rows = [
        {
            "code": f"M{each:06}",
            "name_zh": "示范学校",
            "name_en": "Demonstration school",
            "kind": Kind.SCHOOL,
            "jurisdiction_id": villages[each % len(villages)].id,
            "valid_from": YEAR[0],
        }
        for each in range(number)
    ]
    db.session.connection().execute(sa.insert(Unit.__table__), rows)


def ready_to_open(site: Site, units: int) -> int:
    with meanwhile(site):
        many_schools(units)
        made = drafted("safe-school")
        return made.id


def in_parts(site: Site, number: int, size: int) -> None:
    with site.app.app_context():
        database.begin_mode(writing=True)
        made = campaigns.lock(number)
        work = participation.opening(made, made.row_version, by=None, size=size)
        database.in_parts(work)
        db.session.commit()


def writing_meanwhile(site: Site, until: Callable[[], bool]) -> list[float]:
    """Another writer, again and again; how long each of its writes waited, in seconds."""
    waits: list[float] = []
    with site.app.app_context():
        while not until():
            began = wall.perf_counter()
            with database.short(write=True) as connection:
                connection.execute(sa.update(Unit).values(name_en="x").where(Unit.id == -1))
            waits.append(wall.perf_counter() - began)
            wall.sleep(0.01)
    return waits


@pytest.mark.slow
def test_others_write_while_a_large_campaign_opens(committing: Site) -> None:
    number = ready_to_open(committing, 20_000)
    job = threading.Thread(target=in_parts, args=(committing, number, 2_000))
    job.start()
    waits = writing_meanwhile(committing, lambda: not job.is_alive())
    job.join()
    assert len(waits) > 10
    assert max(waits) < 3
    with meanwhile(committing):
        made = campaigns.lock(number)
        assert made.state is CampaignState.OPEN
        assert participation.enrolled(made) == 20_003
        assert count(Item) == 0
        assert list(recount.check()) == []


def test_of_two_who_open_at_once_one_enrols_and_nobody_is_enrolled_twice(committing: Site) -> None:
    number = ready_to_open(committing, 300)
    failed: list[Exception] = []

    def run() -> None:
        try:
            in_parts(committing, number, 100)
        except (Refused, Stale) as raised:
            failed.append(raised)

    jobs = [threading.Thread(target=run) for _ in range(2)]
    for each in jobs:
        each.start()
    for each in jobs:
        each.join()
    with meanwhile(committing):
        made = campaigns.lock(number)
        assert made.state is CampaignState.OPEN
        assert participation.enrolled(made) == 303
        assert list(recount.check()) == []
        assert events("campaign", number) == ["drafted", "opening", "opened"]
    assert len(failed) <= 1


def test_newcomers_come_in_parts_too_and_are_counted_once(cast: Cast) -> None:
    campaign = campaigns.find(cast.campaigns["safe-school"], EVERYWHERE)
    many_schools(50)
    assert participation.newcomers(campaign) == 50
    parts = list(participation.newcomers_entering(campaign, by=cast.people["office"], size=20))
    assert sum(parts) == 50
    assert max(parts) < 40
    assert participation.newcomers(campaign) == 0
    assert events("campaign", campaign.id)[-1] == "enrolled"
    assert version("safe-school")
    assert list(recount.check()) == []
