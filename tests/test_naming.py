"""Naming many by one document: all that can be, in one transaction, and who was left and why."""

import pytest
import sqlalchemy as sa

from campaigns import register, titles
from campaigns.database import db
from campaigns.enrolment import recount, transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import NotFound, Refused, fault
from campaigns.jurisdictions import Scope
from campaigns.titles import Title
from tests.cast import YEAR, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, events, newcomers, statements
from tests.test_objections import publicised, raised
from tests.test_titles import held

DOCUMENT = "阆委办〔2026〕9号"
UNITS = ("village", "neighbour", "far village")


def passed(cast: Cast, *units: str) -> list[Enrolment]:
    """Enrolments that only wait to be named."""
    found = [enrolment(cast, each) for each in units or UNITS]
    for each in found:
        transitions.move_on(each, EnrolmentState.TOWN_PASSED, by=None)
    return found


def versions(found: list[Enrolment]) -> dict[int, int]:
    return {each.id: each.row_version for each in found}


def name_all(cast: Cast, chosen: dict[int, int], document: str = DOCUMENT) -> titles.Outcome:
    return titles.name_all(chosen, document, EVERYWHERE, by=cast.people["office"])


def agrees() -> bool:
    return [*titles.check(), *recount.check(), *register.check()] == []


def test_all_are_named_by_one_document_and_the_counters_follow(cast: Cast) -> None:
    found = passed(cast)
    old = held(found[1], YEAR[0])
    assert titles.counted(EVERYWHERE) == [(found[0].campaign, 3)]
    outcome = name_all(cast, versions(found))
    assert (outcome.named, outcome.left) == (3, [])
    made = db.session.scalars(sa.select(Title).where(Title.document_number == DOCUMENT)).all()
    assert {each.enrolment_id for each in made} == {each.id for each in found}
    assert len({each.serial for each in made}) == 3
    assert all(each.state is EnrolmentState.NAMED for each in found)
    assert all(events("title", each.id) == ["named"] for each in made)
    assert events("title", old.id) == ["title_entered", "superseded"]
    assert titles.counted(EVERYWHERE) == []
    assert agrees()


def test_whoever_changed_meanwhile_is_left_and_the_others_are_named(cast: Cast, time: Time) -> None:
    objected = publicised(cast, time)
    raised(objected)
    time.pass_by(days=10)
    far, neighbour = enrolment(cast, "far village"), enrolment(cast, "neighbour")
    for each in (far, neighbour):
        transitions.move_on(each, EnrolmentState.PUBLICISED, by=None)
    chosen = versions([objected, far, neighbour])
    chosen[neighbour.id] -= 1
    outcome = name_all(cast, chosen)
    assert (outcome.named, outcome.left) == (1, [objected.id, neighbour.id])
    assert (objected.state, neighbour.state) == (EnrolmentState.PUBLICISED,) * 2
    assert far.state is EnrolmentState.NAMED
    assert agrees()
    told = {each.enrolment.id: each.hindrance for each in titles.candidates([objected, neighbour])}
    assert told == {objected.id: fault("objection_open"), neighbour.id: None}


@pytest.mark.parametrize("state", [*EnrolmentState])
@pytest.mark.parametrize("steps", [["town"], ["town", "city", "notice"]], ids="-".join)
def test_every_state_of_every_campaign(cast: Cast, state: EnrolmentState, steps: list[str]) -> None:
    village = enrolment(cast)
    village.campaign.steps = steps
    if state is not EnrolmentState.APPLIED:
        transitions.move_on(village, state, by=None)
    allowed = state in {
        *((EnrolmentState.TOWN_PASSED, EnrolmentState.CITY_PASSED) if len(steps) == 1 else ()),
        EnrolmentState.PUBLICISED,
    }
    outcome = name_all(cast, versions([village]))
    assert outcome == (titles.Outcome(1, []) if allowed else titles.Outcome(0, [village.id]))
    assert village.state is (EnrolmentState.NAMED if allowed else state)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"approval_number": None}, "no_approval"),
        ({"approval_until": YEAR[0]}, "approval_over"),
        ({"state": "archived"}, "campaign_closed"),
        ({"state": "draft"}, None),
    ],
)
def test_every_hindrance_of_a_campaign(
    cast: Cast, changed: dict[str, object], why: str | None
) -> None:
    (village,) = passed(cast, "village")
    for field, value in changed.items():
        setattr(village.campaign, field, value)
    db.session.flush()
    if why is None:  # nobody's yet, so it is not there
        with pytest.raises(NotFound):
            name_all(cast, versions([village]))
        return
    assert name_all(cast, versions([village])).left == [village.id]
    (candidate,) = titles.candidates([village])
    assert candidate.hindrance is not None
    assert candidate.hindrance.code == why
    assert titles.ready(EVERYWHERE, limit=5) == []


def test_a_household_title_of_nobody_is_left(cast: Cast) -> None:
    village = enrolment(cast, standard="tech-household")
    transitions.move_on(village, EnrolmentState.TOWN_PASSED, by=None)
    assert name_all(cast, versions([village])).left == [village.id]
    assert [each.hindrance for each in titles.candidates([village])] == [fault("no_households")]


def test_naming_many_needs_a_document_somebody_and_not_too_many(cast: Cast) -> None:
    found = versions(passed(cast))
    with pytest.raises(Refused, match="document_number_missing"):
        name_all(cast, found, "")
    with pytest.raises(Refused, match="nobody_chosen"):
        name_all(cast, {})
    with pytest.raises(Refused, match="too_many_to_name"):
        name_all(cast, dict.fromkeys(range(1, 502), 1))
    assert db.session.scalar(sa.select(sa.func.count(Title.id))) == 0


def test_nobody_outside_the_scope_is_named(cast: Cast) -> None:
    found = passed(cast)
    only = Scope(units=frozenset({cast.units["village"]}))
    with pytest.raises(NotFound):
        titles.name_all(versions(found), DOCUMENT, only, by=None)
    assert titles.name_all(versions(found[:1]), DOCUMENT, only, by=None).named == 1
    assert agrees()


@pytest.mark.slow
def test_five_hundred_are_named_with_few_statements(cast: Cast) -> None:
    found = newcomers(cast, 500)
    for each in found:
        transitions.move_on(each, EnrolmentState.TOWN_PASSED, by=None)
    chosen = versions(found)
    with statements() as sent:
        assert name_all(cast, chosen).named == 500
    assert len(sent) <= 500 * 5 + 50
    assert agrees()
