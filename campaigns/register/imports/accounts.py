"""Importing people: accounts named after posts, and what each is granted, one grant a line.

There is no page for it: the initial passwords come out once, and only where the file was applied.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from campaigns import clock, history, people, text
from campaigns.database import db
from campaigns.documents.tables import Column, Record, RowFault
from campaigns.errors import fault
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Department, Grant, InitialPassword, Person, Role
from campaigns.register.staging import ADDED, CHANGED, ENDED, FAULTY, SAME, Staged
from campaigns.text import Bilingual
from campaigns.units import Unit

COLUMNS = (
    Column("username", "用户名", "User name", required=True),
    Column("name_zh", "岗位名称", "Post in Chinese", required=True),
    Column("name_en", "英文名称", "Post in English"),
    Column("role", "角色", "Role", required=True),
    Column("place", "辖区代码", "Place code"),
    Column("unit", "单位代码", "Unit code"),
    Column("department", "部门", "Department"),
    Column("valid_from", "起始日期", "Valid from"),
    Column("valid_to", "结束日期", "Valid to"),
)
_ROLES: dict[str, Role] = {
    **{role.value: role for role in Role},
    "联络员": Role.LIAISON,
    "审核员": Role.REVIEWER,
    "签字人": Role.SIGNER,
    "验收组": Role.ACCEPTOR,
    "市平安办": Role.OFFICE,
    "部门核实员": Role.CONFIRMER,
    "检查组": Role.INSPECTOR,
    "领导": Role.LEADER,
    "审计": Role.AUDITOR,
    "系统管理员": Role.ADMIN,
}
_DEPARTMENTS: dict[str, Department] = {
    **{department.value: department for department in Department},
    "公安": Department.POLICE,
    "消防": Department.FIRE,
    "教育": Department.EDUCATION,
    "卫健": Department.HEALTH,
    "应急": Department.EMERGENCY,
    "交警": Department.TRAFFIC,
}


class Issued(NamedTuple):
    """An account with the initial password that is shown now and never again."""

    username: str
    password: str


class _Stored:
    """The accounts, grants and places that a file may speak of: a city has hundreds."""

    def __init__(self) -> None:
        self.people = {each.username: each for each in db.session.scalars(sa.select(Person))}
        self.grants = {_key(each): each for each in db.session.scalars(sa.select(Grant))}

    def place(self, code: str) -> int | None:
        """The id of the jurisdiction with this code."""
        return db.session.scalar(sa.select(Jurisdiction.id).where(Jurisdiction.code == code))

    def unit(self, code: str) -> int | None:
        """The id of the unit with this code."""
        return db.session.scalar(sa.select(Unit.id).where(Unit.code == code))


_Key = tuple[int | None, Role | None, int | None, int | None, Department | None]


def _key(grant: Grant) -> _Key:
    place, unit = grant.jurisdiction_id, grant.unit_id
    return grant.person_id, grant.role, place, unit, grant.department


def check(records: Sequence[Record]) -> Iterator[Staged]:
    """What each record would do: a new account, another grant, or the end of one."""
    stored, seen = _Stored(), dict[Any, int]()
    names: dict[str, str] = {}
    return (_check(record, stored, seen, names) for record in records)


def _check(record: Record, stored: _Stored, seen: dict[Any, int], names: dict[str, str]) -> Staged:
    values: dict[str, Any] = {
        "username": record.text("username", 60, required=True),
        "name_zh": record.text("name_zh", 60, required=True),
        "name_en": record.text("name_en", 100),
        "role": record.choice("role", lambda word: _ROLES.get(word.lower()), required=True),
        "place_id": record.choice("place", stored.place),
        "unit_id": record.choice("unit", stored.unit),
        "department": record.choice("department", lambda word: _DEPARTMENTS.get(word.lower())),
        "valid_from": record.day("valid_from"),
        "valid_to": record.day("valid_to"),
    }
    values["name_en"] = values["name_en"] or values["name_zh"]
    warnings = _check_names(record, values, names)
    _check_grant(record, values)
    person = stored.people.get(values["username"])
    key: Any = (person.id if person else None, *(values[name] for name in _GRANTED))
    if (values["username"], key) in seen:
        record.wrong(None, "row_twice", row=seen[values["username"], key])
    seen.setdefault((values["username"], key), record.row)
    grant = stored.grants.get(key)
    values["valid_from"] = values["valid_from"] or (grant.valid_from if grant else clock.today())
    if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
        record.wrong("valid_to", "ends_before_it_begins")
    label = f"{values['username']} {values['name_zh']}"
    action = FAULTY if record.faults else _action(values, person, grant)
    number = grant.id if grant else None
    return Staged(record.row, action, label, values, {}, number, record.faults, warnings)


_GRANTED = ("role", "place_id", "unit_id", "department")


def _check_names(record: Record, values: dict[str, Any], names: dict[str, str]) -> list[RowFault]:
    """An account is a post: no identity number, and no telephone number without a word."""
    warnings: list[RowFault] = []
    username = values["username"]
    if username and not re.fullmatch(r"[A-Za-z0-9._-]{2,60}", username):
        record.wrong("username", "username_invalid")
    if names.setdefault(username, values["name_zh"]) != values["name_zh"]:
        record.wrong("name_zh", "post_named_twice", name=names[username])
    for name in ("username", "name_zh", "name_en"):
        if text.holds_identity_number(values[name]):
            record.wrong(name, "identity_number")
        elif text.looks_like_phone(values[name]):
            heading = record.headings.get(name)
            warnings.append(RowFault(record.row, heading, fault("phone_number", name)))
    return warnings


def _check_grant(record: Record, values: dict[str, Any]) -> None:
    """A liaison looks after one unit, everybody else after a place; only a confirmer has, and
    needs, a department."""
    role = values["role"]
    if role is None:
        return
    wanted, other = ("unit", "place") if role is Role.LIAISON else ("place", "unit")
    if record.text(other):
        record.wrong(other, f"role_has_no_{other}")
    elif not record.text(wanted):
        record.wrong(wanted, "cell_missing")
    if (role is Role.CONFIRMER) != bool(record.text("department")):
        code = "cell_missing" if role is Role.CONFIRMER else "role_has_no_department"
        record.wrong("department", code)


def _action(values: dict[str, Any], person: Person | None, grant: Grant | None) -> str:
    if person is None or grant is None:
        return ADDED
    if values["valid_to"] != grant.valid_to and values["valid_to"] is not None:
        return ENDED
    if (values["valid_from"], values["valid_to"]) != (grant.valid_from, grant.valid_to):
        return CHANGED
    return CHANGED if _lapsed(person) else SAME


def _lapsed(person: Person) -> bool:
    """Whether the initial password ran out before anybody used it."""
    return person.password_until is not None and person.password_until <= clock.now()


def passwords(rows: Sequence[Staged]) -> dict[str, InitialPassword]:
    """An initial password for each account that needs one: hashed before anything is locked."""
    stored = _Stored()
    wanted = {row.values["username"] for row in rows}
    return {
        username: people.initial_password()
        for username in sorted(wanted)
        if username not in stored.people or _lapsed(stored.people[username])
    }


def apply(
    rows: Sequence[Staged], initial: dict[str, InitialPassword], *, by: int | None
) -> list[Issued]:
    """Makes the accounts and grants in the transaction at hand; gives the new passwords."""
    stored, issued = _Stored(), list[Issued]()
    for row in rows:
        username = row.values["username"]
        if username in initial and username not in {each.username for each in issued}:
            _account(row.values, stored, initial[username], by)
            issued.append(Issued(username, initial[username].plain))
        _grant(stored.people[username], row.values, stored, by)
    return issued


def _account(
    values: dict[str, Any], stored: _Stored, initial: InitialPassword, by: int | None
) -> None:
    username, person = values["username"], stored.people.get(values["username"])
    if person is None:
        name = Bilingual(values["name_zh"], values["name_en"])
        person = stored.people[username] = people.add_initial(username, name, initial)
        history.record("account_made", "person", person.id, by=by)
    else:
        people.renew_initial(person, initial)
        history.record("password_issued", "person", person.id, by=by)


def _grant(person: Person, values: dict[str, Any], stored: _Stored, by: int | None) -> None:
    grant = stored.grants.get((person.id, *(values[name] for name in _GRANTED)))
    days: tuple[date, date | None] = (values["valid_from"], values["valid_to"])
    if grant is None:
        chosen = {name: values[name] for name in _GRANTED if name in {"role", "department"}}
        grant = people.grant(
            person,
            **chosen,
            place=db.session.get(Jurisdiction, values["place_id"]) if values["place_id"] else None,
            unit=db.session.get(Unit, values["unit_id"]) if values["unit_id"] else None,
            valid_from=days[0],
            valid_to=days[1],
        )
        verb = "granted"
    elif days != (grant.valid_from, grant.valid_to):
        grant.valid_from, grant.valid_to = days
        verb = "grant_changed"
    else:
        return
    db.session.flush()
    last = days[1].isoformat() if days[1] else None
    told = {"role": grant.role.value, "first": days[0].isoformat(), "last": last}
    history.record(verb, "person", person.id, by=by, grant=told)
