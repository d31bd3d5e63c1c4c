"""People: what they hold, where, and from when to when."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from campaigns import jurisdictions, people, permissions
from campaigns.database import db
from campaigns.jurisdictions import Jurisdiction, Level, Scope, interval
from campaigns.people import Actor, Department, Grant, Person, Role
from campaigns.permissions import ROLES, Permission
from campaigns.text import Bilingual
from tests.cast import PASSWORD, QIAOLOU, TIANGONG, Cast
from tests.doing import EVERYWHERE, enrolment, statements


def actor(cast: Cast, username: str) -> Actor:
    found = people.actor(cast.people[username])
    assert found is not None
    return found


def test_a_person_comes_with_what_she_holds_in_one_statement(cast: Cast) -> None:
    with statements() as sent:
        found = actor(cast, "police")
    assert len(sent) == 1
    city = jurisdictions.find("511381", EVERYWHERE)
    (held,) = found.held
    assert (held.role, held.path, held.department) == (
        Role.CONFIRMER,
        city.path,
        Department.POLICE,
    )
    assert found.departments(city.path) == {Department.POLICE}
    assert found.departments("/51/5113/511382/") == frozenset()
    assert people.held(found) == [(held, city.name)]


def test_a_liaison_reaches_her_unit_and_no_place(cast: Cast) -> None:
    found = actor(cast, "liaison")
    village = enrolment(cast).unit
    scope = permissions.scope(found, Permission.PROVE)
    assert scope == Scope(units=frozenset({village.id}))
    assert not found.has_places
    assert scope.covers(village.place.path, village.id)
    assert not scope.covers(village.place.path)
    assert not scope.covers(village.place.path, cast.units["school"])
    assert people.held(found) == [(found.held[0], village.name)]


def test_a_reviewer_reaches_every_village_of_her_town_and_no_other(cast: Cast) -> None:
    scope = permissions.scope(actor(cast, "reviewer"), Permission.DECIDE)
    assert scope.covers(enrolment(cast).unit.place.path)
    assert scope.covers(jurisdictions.find(TIANGONG, EVERYWHERE).path)
    assert not scope.covers(jurisdictions.find(QIAOLOU, EVERYWHERE).path)
    assert not scope.covers(jurisdictions.find("511381", EVERYWHERE).path)


@pytest.mark.parametrize("code", ["51", "5113", "511381", TIANGONG, "village"])
def test_a_role_reaches_from_its_place_to_the_leaves(cast: Cast, code: str) -> None:
    places = db.session.scalars(sa.select(Jurisdiction)).all()
    village = enrolment(cast).unit.place.code
    place = next(each for each in places if each.code == (village if code == "village" else code))
    person = people.add("somebody", Bilingual("某岗", "Somebody"), PASSWORD)
    people.grant(person, Role.LEADER, place=place, valid_from=date(2026, 1, 1))
    found = people.actor(person.id)
    assert found is not None
    scope = permissions.scope(found, Permission.SEE_COVERAGE)
    assert {each.code for each in places if scope.covers(each.path)} == {
        each.code for each in places if f"/{place.code}/" in each.path
    }


def test_a_place_whose_code_begins_like_anothers_is_not_inside_it(cast: Cast) -> None:
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    longer = Jurisdiction(
        code=f"{TIANGONG}9",
        name_zh="邻镇",
        name_en="Neighbour town",
        level=Level.TOWN,
        parent_id=town.parent_id,
        town_id=None,
        path=f"{town.path[:-1]}9/",
        valid_from=date(2026, 1, 1),
    )
    db.session.add(longer)
    db.session.flush()
    scope = permissions.scope(actor(cast, "reviewer"), Permission.DECIDE)
    assert not scope.covers(longer.path)
    inside = sa.select(Jurisdiction.code).where(scope.clause(Jurisdiction.path))
    assert longer.code not in db.session.scalars(inside).all()


@pytest.mark.parametrize(
    ("first", "last", "held"),
    [
        (date(2026, 9, 16), None, True),
        (date(2026, 9, 16), date(2026, 9, 16), True),
        (date(2026, 9, 17), None, False),
        (date(2026, 1, 1), date(2026, 9, 15), False),
    ],
)
def test_a_role_is_held_from_its_first_to_its_last_day(
    cast: Cast, first: date, last: date | None, held: bool
) -> None:
    db.session.execute(
        sa.update(Grant)
        .where(Grant.person_id == cast.people["reviewer"])
        .values(valid_from=first, valid_to=last)
    )
    found = actor(cast, "reviewer")
    assert found.roles == (frozenset({Role.REVIEWER}) if held else frozenset())
    assert permissions.holds(found, Permission.DECIDE) is held
    assert permissions.holds(found, Permission.SIGNED_IN)


def test_a_disabled_person_is_nobody(cast: Cast) -> None:
    db.session.execute(
        sa.update(Person)
        .where(Person.id == cast.people["reviewer"])
        .values(disabled_at=enrolment(cast).enrolled_at)
    )
    assert people.actor(cast.people["reviewer"]) is None
    assert people.actor(10**6) is None


def test_a_grant_is_for_a_place_or_for_a_unit_and_never_for_both_or_none(cast: Cast) -> None:
    village = enrolment(cast).unit
    person = people.add("somebody", Bilingual("某岗", "Somebody"), PASSWORD)
    day = date(2026, 1, 1)
    for where in ({}, {"unit": village, "place": village.place}):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            people.grant(person, Role.LIAISON, valid_from=day, **where)  # type: ignore[arg-type]


def test_two_roles_at_two_places_are_kept_apart(cast: Cast) -> None:
    assert cast
    person = people.add("somebody", Bilingual("某岗", "Somebody"), PASSWORD)
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    far = jurisdictions.find(QIAOLOU, EVERYWHERE)
    people.grant(person, Role.REVIEWER, place=town, valid_from=date(2026, 1, 1))
    people.grant(person, Role.LEADER, place=far, valid_from=date(2026, 1, 1))
    found = people.actor(person.id)
    assert found is not None
    assert permissions.scope(found, Permission.DECIDE) == Scope((interval(town.path),))
    assert permissions.scope(found, Permission.SEE_COVERAGE).covers(far.path)
    assert not permissions.may_decide(found, far.path, None)


def test_leaders_and_auditors_hold_nothing_that_changes() -> None:
    looking = {Permission.SIGNED_IN, Permission.SEE_UNITS, Permission.SEE_COVERAGE}
    looking |= {Permission.LOOK_BACK, Permission.SEE_ROUNDS}
    for role in (Role.LEADER, Role.AUDITOR, Role.SIGNER, Role.ADMIN):
        assert {each for each, roles in ROLES.items() if role in roles} <= looking
    # Inspectors write down what they see on the spot, remove a picture they took there, and
    # change nothing else.
    looking |= {Permission.OBSERVE, Permission.RECHECK, Permission.ERASE}
    assert {each for each, roles in ROLES.items() if Role.INSPECTOR in roles} <= looking


def test_passwords_are_kept_as_argon2id_hashes_and_checked(cast: Cast) -> None:
    stored = people.stored_password(cast.people["liaison"])
    assert stored is not None
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    assert people.password_matches(stored, PASSWORD)
    for wrong in ("", PASSWORD + " ", "x" * 10_000, "\x00", "字"):
        assert not people.password_matches(stored, wrong)
    assert not people.password_matches(None, "nobody has this password")
    assert not people.password_matches("not a hash", PASSWORD)
    people.change_password(cast.people["liaison"], "another long password")
    assert not people.password_matches(people.stored_password(cast.people["liaison"]), PASSWORD)
