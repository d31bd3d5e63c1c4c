"""The accounts of the demonstration: one per role and scope, in several towns."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from campaigns import clock, people
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Department, Person, Role
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit

#: Two villages of one town, so that neighbours exist, and one of the next.
VILLAGES = ("511381128202", "511381128203", "511381127201")
TOWNS = ("511381128", "511381127", "511381001")
CITY = "511381"
#: How long the accounts have been there.
_ACQUAINTED = timedelta(days=30)


@dataclass(frozen=True)
class Account:
    """One account as it is printed; ``unit_id`` for a liaison."""

    person_id: int
    username: str
    password: str
    role: Role
    name: Bilingual
    scope: str
    unit_id: int | None

    def facts(self) -> dict[str, Any]:
        """The account as ``demo.json`` holds it."""
        return {
            "username": self.username,
            "password": self.password,
            "role": self.role.value,
            "scope": self.scope,
            "unit": self.unit_id,
        }


class Accounts:
    """Makes accounts and remembers them."""

    def __init__(self) -> None:
        self.made: list[Account] = []

    def add(
        self,
        username: str,
        name: Bilingual,
        role: Role,
        *,
        place: Jurisdiction,
        unit: Unit | None = None,
        department: Department | None = None,
    ) -> None:
        """An account with a password nobody knew before."""
        password = secrets.token_urlsafe(9)
        person = people.add(username, name, password)
        # Nothing listens at this address (RFC 2606): the demonstration prints its mails.
        person.email = f"{username}@demo.invalid"
        # As if she had been there for a while, so that some of what happened is news to her.
        person.created_at = clock.now() - _ACQUAINTED
        people.grant(
            person,
            role,
            place=None if unit else place,
            unit=unit,
            department=department,
            valid_from=clock.today(),
        )
        unit_id = unit.id if unit else None
        self.made.append(Account(person.id, username, password, role, name, place.code, unit_id))


def build(units: list[tuple[Unit, Jurisdiction]], places: dict[str, Jurisdiction]) -> Accounts:
    """One account for each role, several liaisons and reviewers among them."""
    accounts = Accounts()
    for unit, place in _represented(units, places):
        label = place.name.en.split()[0].lower() if unit.kind in _VILLAGES else unit.kind.value
        name = Bilingual(f"{unit.name_zh}联络员", f"Liaison of {unit.name_en}")
        accounts.add(f"liaison-{label}", name, Role.LIAISON, place=place, unit=unit)
    for code in TOWNS:
        _reviewer(accounts, places[code])
    _reviewer(accounts, places[TOWNS[0]], second=True)
    town, city = places[TOWNS[0]], places[CITY]
    accounts.add(
        f"signer-{_label(town)}",
        Bilingual(f"{town.name_zh}签字人", f"Signer of {town.name_en}"),
        Role.SIGNER,
        place=town,
    )
    accounts.add(
        f"leader-{_label(town)}",
        Bilingual(f"{town.name_zh}领导", f"Leader of {town.name_en}"),
        Role.LEADER,
        place=town,
    )
    for username, zh, en, role in (
        ("leader", "市领导", "City leader", Role.LEADER),
        ("office", "市平安办", "City office", Role.OFFICE),
        ("acceptor", "市验收组", "City acceptance team", Role.ACCEPTOR),
        ("acceptor-2", "市验收组第二组员", "Second of the acceptance team", Role.ACCEPTOR),
        ("inspector", "检查组", "Inspector", Role.INSPECTOR),
        ("auditor", "审计", "Auditor", Role.AUDITOR),
        ("admin", "系统管理员", "Administrator", Role.ADMIN),
    ):
        accounts.add(username, Bilingual(zh, en), role, place=city)
    for department, zh in (
        (Department.POLICE, "市公安局核实员"),
        (Department.EDUCATION, "市教育局核实员"),
        (Department.HEALTH, "市卫健局核实员"),
    ):
        name = Bilingual(zh, f"Confirmer of the city's {department.value} department")
        accounts.add(
            f"confirmer-{department.value}",
            name,
            Role.CONFIRMER,
            place=city,
            department=department,
        )
    return accounts


_VILLAGES = frozenset({Kind.VILLAGE, Kind.COMMUNITY})


def _represented(
    units: list[tuple[Unit, Jurisdiction]], places: dict[str, Jurisdiction]
) -> list[tuple[Unit, Jurisdiction]]:
    """The villages named above, and the first school and hospital of the first town."""
    by_code = {unit.code: (unit, place) for unit, place in units}
    found = [by_code[code] for code in VILLAGES]
    town = places[TOWNS[0]].id
    for kind in (Kind.SCHOOL, Kind.HOSPITAL):
        found.append(
            next(each for each in units if each[0].kind is kind and each[1].town_id == town)
        )
    return found


def _reviewer(accounts: Accounts, town: Jurisdiction, *, second: bool = False) -> None:
    ending, word = ("-2", "第二") if second else ("", "")
    name = Bilingual(
        f"{town.name_zh}平安办{word}审核员",
        f"{'Second reviewer' if second else 'Reviewer'} of {town.name_en}",
    )
    accounts.add(f"reviewer-{_label(town)}{ending}", name, Role.REVIEWER, place=town)


def of_other_towns(towns: Iterable[Jurisdiction]) -> None:
    """The reviewers of towns that nobody of the printed accounts reviews: they have an initial
    password that nobody was told, and only stand for their posts."""
    initial = people.initial_password()
    for town in towns:
        if town.code not in TOWNS:
            name = Bilingual(f"{town.name_zh}平安办审核员", f"Reviewer of {town.name_en}")
            made = people.add_initial(f"reviewer-{town.code}", name, initial)
            people.grant(made, Role.REVIEWER, place=town, valid_from=clock.today())


def _label(place: Jurisdiction) -> str:
    return place.name_en.split()[0].lower()


def history_keeper() -> Person:
    """Who stands behind everything that happened before anybody had an account: nobody can sign
    in as it."""
    person = people.add(
        "demonstration", Bilingual("演示数据", "Demonstration data"), secrets.token_urlsafe(32)
    )
    person.disabled_at = clock.now()
    return person
