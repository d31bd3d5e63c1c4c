"""Campaigns: which items they ask for and when, and what opening and closing do."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import jurisdictions, standards
from campaigns.campaign import Campaign, CampaignState, Step, periods
from campaigns.database import db
from campaigns.enrolment import participation, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import NotFound, Refused, Stale
from campaigns.standards import Cadence, Version
from campaigns.tally import Progress
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit
from tests.cast import QIAOLOU, TIANGONG, YEAR, Cast
from tests.doing import EVERYWHERE, enrolment, events, slot, statements

NAME = Bilingual("示范活动", "A campaign")
APPROVAL = ("阆委办〔2026〕0号", "Demonstration body", YEAR[1])


def version(slug: str) -> Version:
    return standards.versions_of(slug)[0]


def drafted(
    slug: str = "drug-free-village", code: str = "511381", by: int | None = None
) -> Campaign:
    place = jurisdictions.find(code, EVERYWHERE)
    return campaigns.draft(
        version(slug),
        place,
        NAME,
        opens_on=YEAR[0],
        due_on=YEAR[1],
        steps=[Step.NOTICE, Step.TOWN],
        approval=APPROVAL,
        notice_days=5,
        by=by,
    )


def counters(campaign: Campaign, place_id: int) -> Progress:
    return db.session.scalars(
        sa.select(Progress).where(
            Progress.campaign_id == campaign.id, Progress.place_id == place_id
        )
    ).one()


def test_a_year_has_four_quarters_and_twelve_months() -> None:
    assert periods(Cadence.QUARTERLY, *YEAR) == (
        ("2026Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", date(2026, 10, 1), date(2026, 12, 31)),
    )
    months = periods(Cadence.MONTHLY, *YEAR)
    assert [name for name, _, _ in months] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert months[1][2] == date(2026, 2, 28)


@pytest.mark.parametrize("cadence", [Cadence.ONCE, Cadence.YEARLY])
def test_once_and_yearly_have_one_period_without_a_name(cadence: Cadence) -> None:
    assert periods(cadence, *YEAR) == ((None, *YEAR),)


def test_a_campaign_that_begins_and_ends_inside_a_quarter_has_short_periods_there() -> None:
    assert periods(Cadence.QUARTERLY, date(2026, 2, 10), date(2026, 7, 5)) == (
        ("2026Q1", date(2026, 2, 10), date(2026, 3, 31)),
        ("2026Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026Q3", date(2026, 7, 1), date(2026, 7, 5)),
    )
    assert periods(Cadence.MONTHLY, date(2027, 12, 31), date(2028, 2, 29)) == (
        ("2027-12", date(2027, 12, 31), date(2027, 12, 31)),
        ("2028-01", date(2028, 1, 1), date(2028, 1, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
    )


DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(st.sampled_from(Cadence), DAYS, st.integers(0, 800))
def test_periods_cover_every_day_once_and_have_names_of_their_own(
    cadence: Cadence, first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    found = periods(cadence, first, last)
    assert (found[0][1], found[-1][2]) == (first, last)
    for (_, begins, ends), (_, then, _) in pairwise(found):
        assert begins <= ends
        assert then == ends + timedelta(days=1)
    assert len({name for name, _, _ in found}) == len(found)


@given(data=st.data())
def test_the_points_of_all_items_are_a_hundred_whatever_the_dates(
    catalogue: list[Version], data: st.DataObject
) -> None:
    chosen, first = data.draw(st.sampled_from(catalogue)), data.draw(DAYS)
    last = first + timedelta(days=data.draw(st.integers(0, 800)))
    made = campaigns.slots(_Dated(chosen, first, last))  # type: ignore[arg-type]
    assert sum(each.points for each in made) == 100
    assert len({each.key for each in made}) == len(made)
    for each in made:
        shares = {other.points for other in made if other.criterion is each.criterion}
        assert shares == {each.points}
        assert each.pieces * each.criterion.cadence.per_year >= each.criterion.pieces
        assert (each.pieces - 1) * each.criterion.cadence.per_year < each.criterion.pieces


@given(data=st.data())
def test_whatever_the_dates_an_extension_changes_neither_items_nor_points(
    catalogue: list[Version], data: st.DataObject
) -> None:
    chosen, first = data.draw(st.sampled_from(catalogue)), data.draw(DAYS)
    last = first + timedelta(days=data.draw(st.integers(0, 800)))
    made = _Dated(chosen, first, last)
    before = campaigns.slots(made)  # type: ignore[arg-type]
    made.first_due_on = last
    made.due_on = last + timedelta(days=data.draw(st.integers(1, 400)))
    after = campaigns.slots(made)  # type: ignore[arg-type]
    assert [(each.key, each.points, each.pieces, each.opens_on) for each in before] == [
        (each.key, each.points, each.pieces, each.opens_on) for each in after
    ]
    assert max(each.due_on for each in after) == made.due_on
    assert all(new.due_on >= old.due_on for old, new in zip(before, after, strict=True))


class _Dated:
    """As much of a campaign as its items follow from."""

    def __init__(self, version: Version, opens_on: date, due_on: date) -> None:
        self.version, self.opens_on, self.due_on = version, opens_on, due_on
        self.first_due_on: date | None = None


@pytest.fixture(scope="module")
def catalogue(template: object, on_sqlite: object) -> list[Version]:
    """Every version of the catalogue."""
    assert template
    with on_sqlite.app_context():  # type: ignore[attr-defined]
        found = list(standards.current())
        db.session.rollback()
    return found


def test_a_key_is_the_code_with_its_period_where_it_has_one(cast: Cast) -> None:
    school = enrolment(cast, "school", "safe-school")
    keys = {each.key: each for each in campaigns.slots(school.campaign)}
    assert len(keys) == 9 + 4 * 4 + 12
    assert "1.1" in keys
    quarter = keys["4.2@2026Q3"]
    # Three documents a year are one a quarter, rounded up; six points are one and a half.
    assert (quarter.pieces, quarter.points) == (1, Fraction(3, 2))
    assert (quarter.opens_on, quarter.due_on) == (date(2026, 7, 1), date(2026, 9, 30))
    month = keys["3.1@2026-09"]
    assert (month.points, month.threshold()) == (Fraction(8, 12), Fraction(9, 12))


@pytest.mark.parametrize("key", ["2.1", "2.1@2026Q5", "2.1@2025Q4", "1.1@2026Q1", "9.9", "", "@"])
def test_a_key_that_the_campaign_does_not_have_is_not_found(cast: Cast, key: str) -> None:
    village = enrolment(cast)
    with pytest.raises(NotFound):
        slot(village, key)


def test_a_draft_is_written_down_and_enrols_nobody(cast: Cast) -> None:
    made = drafted(by=cast.people["office"])
    assert made.state is CampaignState.DRAFT
    assert made.acceptance == (Step.TOWN, Step.NOTICE)
    assert events("campaign", made.id) == ["drafted"]
    assert db.session.scalar(_enrolled(made)) == 0


def _enrolled(campaign: Campaign) -> sa.Select[tuple[int]]:
    return sa.select(sa.func.count(Enrolment.id)).where(Enrolment.campaign_id == campaign.id)


def test_a_campaign_cannot_be_due_before_it_opens(cast: Cast) -> None:
    assert cast
    with pytest.raises(Refused, match="due_before_opening"):
        campaigns.draft(
            version("peace-village"),
            jurisdictions.find("511381", EVERYWHERE),
            NAME,
            opens_on=YEAR[1],
            due_on=YEAR[0],
            steps=[],
            approval=None,
            by=None,
        )


def test_a_campaign_without_approval_can_never_name(cast: Cast) -> None:
    assert enrolment(cast).campaign.can_name
    made = campaigns.draft(
        version("peace-village"),
        jurisdictions.find("511381", EVERYWHERE),
        NAME,
        opens_on=YEAR[0],
        due_on=YEAR[1],
        steps=[],
        approval=None,
        by=None,
    )
    assert not made.can_name


def test_opening_enrols_every_unit_of_the_kind_once_and_writes_no_items(cast: Cast) -> None:
    before = db.session.scalar(sa.select(sa.func.count(Item.id)))
    made = drafted()
    with statements() as sent:
        number = participation.open_campaign(made, by=cast.people["office"])
    kinds = made.version.standard.unit_kinds
    units = db.session.scalars(sa.select(Unit.id).where(Unit.kind.in_(kinds))).all()
    found = db.session.scalars(
        sa.select(Enrolment.unit_id).where(Enrolment.campaign_id == made.id)
    ).all()
    assert len([each for each in sent if each.startswith("INSERT INTO enrolment")]) == 1
    assert sorted(found) == sorted(units)
    assert number == len(units) > 10
    assert db.session.scalar(sa.select(sa.func.count(Item.id))) == before
    assert made.state is CampaignState.OPEN
    assert events("campaign", made.id) == ["drafted", "opening", "opened"]
    assert list(recount.check()) == []


def test_the_counters_of_a_new_campaign_stand_at_each_village_and_once_at_its_town(
    cast: Cast,
) -> None:
    made = drafted()
    number = participation.open_campaign(made, by=None)
    items = len(campaigns.slots(made))
    village = enrolment(cast)
    here = counters(made, village.place_id)
    assert (here.enrolled, here.items, here.started, here.approved) == (1, items, 0, 0)
    towns = [counters(made, cast.places[code]) for code in (TIANGONG, QIAOLOU)]
    assert sum(town.enrolled for town in towns) == number
    assert sum(town.items for town in towns) == number * items


def test_a_town_with_units_of_its_own_counts_them_once(cast: Cast) -> None:
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    unit = Unit(
        code="IN-TOWN",
        name_zh="镇上的村",
        name_en="Village in town",
        kind=Kind.VILLAGE,
        jurisdiction_id=town.id,
        valid_from=YEAR[0],
    )
    db.session.add(unit)
    db.session.flush()
    made = drafted()
    number = participation.open_campaign(made, by=None)
    towns = [counters(made, cast.places[code]) for code in (TIANGONG, QIAOLOU)]
    assert sum(each.enrolled for each in towns) == number
    assert list(recount.check()) == []


def test_units_that_left_or_are_still_to_come_are_not_enrolled(cast: Cast) -> None:
    village = db.session.get_one(Unit, cast.units["village"])
    neighbour = db.session.get_one(Unit, cast.units["neighbour"])
    far = db.session.get_one(Unit, cast.units["far village"])
    village.valid_to = date(2026, 9, 15)
    neighbour.valid_to = date(2026, 9, 16)
    far.valid_from = date(2026, 9, 17)
    db.session.flush()
    made = drafted()
    participation.open_campaign(made, by=None)
    found = set(
        db.session.scalars(sa.select(Enrolment.unit_id).where(Enrolment.campaign_id == made.id))
    )
    assert neighbour.id in found
    assert not {village.id, far.id} & found


def test_a_household_standard_enrols_villages_and_communities(cast: Cast) -> None:
    assert ("village", "tech-household") in cast.enrolments
    assert ("school", "tech-household") not in cast.enrolments
    assert ("school", "safe-school") in cast.enrolments
    assert ("village", "safe-school") not in cast.enrolments


def test_a_campaign_over_one_town_enrols_only_there(cast: Cast) -> None:
    made = drafted(code=TIANGONG)
    participation.open_campaign(made, by=None)
    places = set(
        db.session.scalars(sa.select(Enrolment.town_id).where(Enrolment.campaign_id == made.id))
    )
    assert places == {cast.places[TIANGONG]}


def test_a_campaign_opens_closes_and_is_archived_once_each_in_this_order(cast: Cast) -> None:
    made = drafted()
    by = cast.people["office"]
    for close, fault in (
        (campaigns.close, "campaign_not_open"),
        (campaigns.archive, "campaign_not_closed"),
    ):
        with pytest.raises(Refused, match=fault):
            close(made, made.row_version, by=by)
    participation.open_campaign(made, by=by)
    with pytest.raises(Refused, match="campaign_not_draft"):
        campaigns.mark_opening(made, by=by)
    with pytest.raises(Refused, match="campaign_not_draft"):
        campaigns.mark_open(made, by=by, enrolled=0)
    for close, state in (
        (campaigns.close, CampaignState.CLOSED),
        (campaigns.archive, CampaignState.ARCHIVED),
    ):
        with pytest.raises(Stale):
            close(made, made.row_version - 1, by=by)
        close(made, made.row_version, by=by)
        assert made.state is state
        with pytest.raises(Refused):
            close(made, made.row_version, by=by)
    assert events("campaign", made.id) == ["drafted", "opening", "opened", "closed", "archived"]


def test_opening_a_second_time_is_refused_in_plain_words(cast: Cast) -> None:
    made = drafted()
    participation.open_campaign(made, by=cast.people["office"])
    with pytest.raises(Refused, match="campaign_not_draft"):
        participation.open_campaign(made, by=cast.people["office"])


def test_nothing_can_be_sent_before_the_campaign_begins(cast: Cast) -> None:
    village = enrolment(cast)
    village.campaign.opens_on = date(2026, 9, 17)
    with pytest.raises(Refused, match="campaign_closed"):
        transitions.submit(
            village, slot(village, "1.3"), Answer(value=6), 1, by=cast.people["liaison"]
        )


def test_a_campaign_is_found_by_whom_it_touches(cast: Cast) -> None:
    made = drafted(code=TIANGONG)
    participation.open_campaign(made, by=None)
    inside = jurisdictions.Scope((jurisdictions.interval(_path(cast, TIANGONG)),))
    outside = jurisdictions.Scope((jurisdictions.interval(_path(cast, QIAOLOU)),))
    assert campaigns.find(made.id, inside) is made
    assert made in campaigns.listed(EVERYWHERE)
    assert made not in campaigns.listed(outside)
    for scope in (outside, jurisdictions.Scope()):
        with pytest.raises(NotFound):
            campaigns.find(made.id, scope)


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.OPENING])
def test_what_is_not_open_yet_is_found_only_by_who_runs_campaigns(
    cast: Cast, state: CampaignState
) -> None:
    made = drafted(code=TIANGONG)
    made.state = state
    db.session.flush()
    with pytest.raises(NotFound):
        campaigns.find(made.id, EVERYWHERE)
    assert made not in campaigns.listed(EVERYWHERE)
    outside = jurisdictions.Scope((jurisdictions.interval(_path(cast, QIAOLOU)),))
    with pytest.raises(NotFound):
        campaigns.find(made.id, EVERYWHERE, drafts=outside)
    assert campaigns.find(made.id, EVERYWHERE, drafts=EVERYWHERE) is made
    assert made in campaigns.listed(EVERYWHERE, drafts=EVERYWHERE)


def _path(cast: Cast, code: str) -> str:
    assert code in cast.places
    return jurisdictions.find(code, EVERYWHERE).path
