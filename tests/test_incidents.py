"""The veto ledger: what an incident touches, suspends and gives back, and who may do what when."""

from datetime import date, timedelta

import pytest

from campaigns import incidents, jurisdictions, register, standards, titles, units
from campaigns.enrolment import recount, transitions, vetoes
from campaigns.enrolment.records import EnrolmentState
from campaigns.errors import NotAllowed, NotFound, Refused, Stale
from campaigns.incidents import records
from campaigns.incidents.records import Incident, IncidentKind, IncidentState
from campaigns.incidents.touching import touched
from campaigns.jurisdictions import Scope
from campaigns.people import Role
from campaigns.register import changes
from campaigns.titles import Standing, Title
from campaigns.units import Unit
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, pass_town
from tests.test_titles import valid_at

TODAY = date(2026, 9, 16)
DAY = timedelta(days=1)
UNTIL = TODAY + 60 * DAY


def unit(cast: Cast, name: str) -> Unit:
    return units.find(cast.units[name], EVERYWHERE)


def hold(cast: Cast, name: str = "village", slug: str = "drug-free-village") -> Title:
    """A title held since February; drug-free ones last a year."""
    found = unit(cast, name)
    return titles.grant(
        found,
        standards.versions_of(slug)[0],
        place_id=found.jurisdiction_id,
        town_id=found.place.town_id,
        number=1,
        serial=titles.new_serial(2026, found.id),
        document_number="旧文",
        valid_from=date(2026, 2, 1),
        enrolment_id=None,
        by=None,
    )


def kind(code: str) -> IncidentKind:
    return next(each for each in records.kinds() if each.code == code)


def recorded(
    cast: Cast,
    code: str = "drug_site",
    at: str = "village",
    *,
    day: date = TODAY - DAY,
    only: bool = False,
) -> Incident:
    """An incident that the police recorded at a unit's place, or of that unit only."""
    found = unit(cast, at)
    return incidents.record(
        *(kind(code), found.place, found if only else None, day, 1, "阆公通〔2026〕7号"),
        by=cast.people["police"],
    )


def confirm(cast: Cast, incident: Incident, until: date = UNTIL) -> None:
    seen = touched(incident).names
    incidents.confirm(incident, incident.row_version, seen, until, by=cast.people["office"])


def appeal(cast: Cast, incident: Incident, name: str = "village") -> None:
    incidents.appeal(
        *(incident, incident.row_version, cast.units[name], "It was elsewhere."),
        by=cast.people["liaison"],
    )


def decide(cast: Cast, incident: Incident, *lifted: str, name: str = "village") -> None:
    incidents.decide(
        *(incident, incident.row_version, cast.units[name], lifted, "We looked again."),
        by=cast.people["office"],
    )


def agrees() -> bool:
    return [*titles.check(), *recount.check(), *register.check()] == []


def test_what_is_touched_is_shown_before_and_nothing_follows_until_the_city_confirms(
    cast: Cast,
) -> None:
    title, other = hold(cast), hold(cast, "neighbour")
    incident = recorded(cast)
    found = touched(incident)
    assert list(found.titles) == [title]
    assert [(each.id, code) for each, code in found.enrolments] == [
        (cast.enrolment("village", "drug-free-village"), "4.2")
    ]
    assert titles.standing(title, TODAY) is Standing.VALID
    confirm(cast, incident)
    assert incident.state is IncidentState.CONFIRMED
    assert titles.standing(title, TODAY) is Standing.SUSPENDED
    assert titles.standing(title, TODAY - DAY) is Standing.VALID
    assert titles.standing(title, UNTIL + DAY) is Standing.VALID
    assert titles.standing(other, TODAY) is Standing.VALID
    for place in (title.place_id, title.town_id):
        assert valid_at(title, place, TODAY - DAY) - valid_at(title, place, TODAY) == 1
        assert valid_at(title, place, UNTIL + DAY) - valid_at(title, place, UNTIL) == 1
    assert agrees()
    assert events("incident", incident.id) == ["incident_recorded", "incident_confirmed"]
    assert events("title", title.id) == ["title_entered", "suspended"]


@pytest.mark.parametrize(
    ("code", "slug", "is_touched"),
    [
        ("drug_site", "drug-free-village", True),
        ("drug_site", "peace-village", False),
        ("mass_incident", "peace-village", True),
        ("mass_incident", "drug-free-village", False),
        ("fire", "peace-village", True),
        ("campus_case", "peace-village", False),
    ],
)
def test_a_kind_touches_the_standards_that_have_a_veto_of_it(
    cast: Cast, code: str, slug: str, is_touched: bool
) -> None:
    hold(cast, slug=slug)
    assert bool(touched(recorded(cast, code)).titles) is is_touched


@pytest.mark.usefixtures("cast")
def test_every_kind_speaks_to_veto_criteria_that_the_catalogue_has() -> None:
    known = {
        (version.standard.slug, each.code): each
        for version in standards.current()
        for each in version.criteria
    }
    assert len(records.kinds()) >= 10
    for each in records.kinds():
        spoken = [(slug, code) for slug, codes in records.vetoes(each.id).items() for code in codes]
        assert spoken, each.code
        assert all(known[pair].veto and known[pair].department for pair in spoken), each.code


def test_a_title_that_began_later_or_is_over_is_not_touched(cast: Cast) -> None:
    title = hold(cast)
    early = recorded(cast, day=title.valid_from - DAY)
    assert not touched(early).titles
    titles.end(title, TODAY - DAY)
    assert not touched(recorded(cast)).titles


def test_only_the_unit_that_answers_for_it_or_those_that_sat_in_the_place(cast: Cast) -> None:
    hold(cast)
    school = hold(cast, "school", "safe-school")
    assert not touched(recorded(cast, at="school", only=True)).titles
    found = touched(recorded(cast, "campus_case", at="school", only=True))
    assert list(found.titles) == [school]
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    of_town = incidents.record(
        *(kind("drug_site"), town, None, TODAY, 1, "1号"), by=cast.people["police"]
    )
    assert not touched(of_town).names


def test_whoever_recorded_it_does_not_confirm_it(cast: Cast) -> None:
    hold(cast)
    incident = recorded(cast)
    with pytest.raises(NotAllowed):
        incidents.confirm(
            *(incident, incident.row_version, touched(incident).names, UNTIL),
            by=cast.people["police"],
        )
    assert incident.state is IncidentState.RECORDED


def test_nobody_confirms_more_than_she_saw(cast: Cast) -> None:
    incident = recorded(cast)
    seen = touched(incident).names
    hold(cast)
    with pytest.raises(Stale):
        incidents.confirm(*(incident, incident.row_version, seen, UNTIL), by=cast.people["office"])
    assert agrees()


@pytest.mark.parametrize("until", [TODAY - DAY, TODAY + 2000 * DAY])
def test_a_suspension_ends_on_a_day_to_come_and_not_in_ages(cast: Cast, until: date) -> None:
    with pytest.raises(Refused, match="suspended_until"):
        confirm(cast, recorded(cast), until)


def test_a_recorded_incident_keeps_an_enrolment_from_passing_and_being_named_until_it_is_lifted(
    cast: Cast, time: Time
) -> None:
    time.now += timedelta(days=90)
    today = time.now.date()
    village = enrolment(cast)
    pass_town(cast, village)
    incident = recorded(cast, day=today)
    confirm(cast, incident, today + 30 * DAY)
    office = cast.people["office"]
    with pytest.raises(Refused, match="incident_stands"):
        titles.name(village, village.row_version, "1号", by=office)
    assert village.state is EnrolmentState.TOWN_PASSED
    incidents.lift(
        *(incident, incident.row_version, list(incidents.held_today(incident)), "Elsewhere."),
        by=office,
    )
    assert incident.state is IncidentState.LIFTED
    assert titles.name(village, village.row_version, "1号", by=office)
    assert agrees()


def test_the_towns_check_waits_too_and_the_veto_ends_by_itself(cast: Cast, time: Time) -> None:
    time.now += timedelta(days=60)
    today = time.now.date()
    village = enrolment(cast)
    incident = recorded(cast, day=today)
    confirm(cast, incident, today + 10 * DAY)
    with pytest.raises(Refused, match="incident_stands"):
        transitions.examine(village, village.row_version, by=cast.people["reviewer"])
    time.pass_by(days=11)
    assert not vetoes.standing(village.id)
    assert incident.is_over(time.now.date())
    with pytest.raises(Refused, match="items_undecided"):
        transitions.examine(village, village.row_version, by=cast.people["reviewer"])


def test_an_appeal_upheld_for_one_title_gives_back_that_one_only(cast: Cast, time: Time) -> None:
    peace, drugs = hold(cast, slug="peace-village"), hold(cast)
    first, second = recorded(cast, "mass_incident"), recorded(cast)
    confirm(cast, first)
    confirm(cast, second)
    time.pass_by(days=3)
    later = TODAY + 3 * DAY
    appeal(cast, first)
    assert first.state is IncidentState.APPEALED
    decide(cast, first, *incidents.held_today(first))
    assert first.state is IncidentState.LIFTED
    assert titles.standing(peace, later) is Standing.VALID
    assert titles.standing(peace, later - DAY) is Standing.SUSPENDED
    assert titles.standing(drugs, later) is Standing.SUSPENDED
    assert valid_at(peace, peace.place_id, later) == 1
    assert valid_at(peace, peace.place_id, later - DAY) == 0
    assert agrees()


def test_an_appeal_refused_leaves_everything_and_cannot_be_made_twice(cast: Cast) -> None:
    title = hold(cast)
    incident = recorded(cast)
    confirm(cast, incident)
    appeal(cast, incident)
    decide(cast, incident)
    assert incident.state is IncidentState.CONFIRMED
    assert titles.standing(title, TODAY) is Standing.SUSPENDED
    with pytest.raises(Refused, match="appeal_twice"):
        appeal(cast, incident)
    assert events("incident", incident.id)[-2:] == ["incident_appealed", "appeal_refused"]


def test_two_incidents_suspend_one_title_and_it_counts_again_when_both_are_lifted(
    cast: Cast, time: Time
) -> None:
    title = hold(cast)
    one, two = recorded(cast), recorded(cast)
    confirm(cast, one, UNTIL)
    confirm(cast, two, UNTIL + 30 * DAY)
    assert agrees()
    time.pass_by(days=1)
    for incident, left in ((one, Standing.SUSPENDED), (two, Standing.VALID)):
        incidents.lift(
            *(incident, incident.row_version, list(incidents.held_today(incident)), "Elsewhere."),
            by=cast.people["office"],
        )
        assert titles.standing(title, TODAY + DAY) is left
        assert valid_at(title, title.place_id, TODAY + DAY) == int(left is Standing.VALID)
        assert agrees()


def test_what_was_lifted_on_the_day_never_took_effect(cast: Cast) -> None:
    title = hold(cast)
    incident = recorded(cast)
    confirm(cast, incident)
    incidents.lift(
        *(incident, incident.row_version, list(incidents.held_today(incident)), "An error."),
        by=cast.people["office"],
    )
    day = title.valid_from
    while day <= title.valid_to:
        assert valid_at(title, title.town_id, day) == 1
        day += 20 * DAY
    assert agrees()


def test_a_unit_that_moves_or_closes_while_suspended_keeps_the_counters_exact(
    cast: Cast, time: Time
) -> None:
    title = hold(cast, "school", "safe-school")
    incident = recorded(cast, "campus_case", at="school", only=True)
    confirm(cast, incident)
    time.pass_by(days=5)
    there = jurisdictions.find(QIAOLOU, EVERYWHERE)
    school, by = unit(cast, "school"), cast.people["office"]
    changes.move(school, there, TODAY + 5 * DAY, by=by)
    assert agrees()
    assert valid_at(title, there.id, TODAY + 5 * DAY) == 0
    assert valid_at(title, there.id, UNTIL + DAY) == 1
    incidents.lift(
        *(incident, incident.row_version, list(incidents.held_today(incident)), "Elsewhere."),
        by=by,
    )
    assert valid_at(title, there.id, TODAY + 5 * DAY) == 1
    assert agrees()


def test_who_must_act_next_and_by_when(cast: Cast) -> None:
    hold(cast)
    incident = recorded(cast)

    def step() -> tuple[Role, date] | None:
        found = incidents.next_step(
            incident,
            records.appeals(incident.id),
            holds=bool(incidents.held_today(incident)),
        )
        return (found.role, found.by) if found else None

    assert step() == (Role.OFFICE, date(2026, 9, 22))
    confirm(cast, incident)
    assert step() == (Role.LIAISON, UNTIL)
    appeal(cast, incident)
    assert step() == (Role.OFFICE, date(2026, 9, 30))
    decide(cast, incident, *incidents.held_today(incident))
    assert step() is None


def test_a_liaison_sees_what_holds_back_her_own_and_nothing_else(cast: Cast) -> None:
    hold(cast)
    incident = recorded(cast)
    mine, hers = (Scope(units=frozenset({cast.units[each]})) for each in ("village", "neighbour"))
    with pytest.raises(NotFound):
        records.find(incident.id, mine)
    confirm(cast, incident)
    assert records.find(incident.id, mine) is incident
    with pytest.raises(NotFound):
        records.find(incident.id, hers)
    assert list(records.page(hers, offset=0, limit=9)) == []
