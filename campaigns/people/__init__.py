"""People: accounts named after posts, and the roles granted to them for a unit or a subtree."""

import enum
import functools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock
from campaigns.database import Base, db
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction, Scope, interval
from campaigns.text import Bilingual
from campaigns.units import Unit

#: How long an initial password opens anything (ASVS 6.4.1).
INITIAL_PASSWORD_LIFE = timedelta(hours=72)
LONGEST_EMAIL = 254
#: One mailbox in plain letters: no names, comments, quotes or line ends, so that it can stand in a
#: header as it is.
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)


class Role(enum.StrEnum):
    """What a person is for, in a unit or a subtree."""

    LIAISON = "liaison"
    REVIEWER = "reviewer"
    SIGNER = "signer"
    ACCEPTOR = "acceptor"
    OFFICE = "office"
    CONFIRMER = "confirmer"
    INSPECTOR = "inspector"
    LEADER = "leader"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Department(enum.StrEnum):
    """The departments that confirm what is theirs to know."""

    POLICE = "police"
    FIRE = "fire"
    EDUCATION = "education"
    HEALTH = "health"
    EMERGENCY = "emergency"
    TRAFFIC = "traffic"


class Person(Base):
    """An account. Its name is a post ("reviewer of Tiangong town"), not a private name."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    password_hash: Mapped[str]
    #: An initial password has to be changed at once, and opens nothing after this instant; none
    #: when the person chose it herself.
    password_until: Mapped[datetime | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    #: Where she is written to once a day at most, if she said so; shown to nobody else.
    email: Mapped[str | None]
    #: Whether she wants to be written to.
    digest: Mapped[bool] = mapped_column(default=True, server_default=sa.true())

    @property
    def name(self) -> Bilingual:
        """The post in both languages."""
        return Bilingual(self.name_zh, self.name_en)


class Grant(Base):
    """One role of a person, for one unit or one subtree, from–to."""

    __tablename__ = "grant"
    __table_args__ = (
        sa.CheckConstraint("(jurisdiction_id IS NULL) <> (unit_id IS NULL)", name="one_place"),
        sa.Index("ix_grant_role_jurisdiction_id", "role", "jurisdiction_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    department: Mapped[Department | None]
    jurisdiction_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    @classmethod
    def is_valid(cls, day: date | sa.ColumnElement[date]) -> sa.ColumnElement[bool]:
        """The condition that a grant is valid on a day."""
        return sa.and_(cls.valid_from <= day, sa.or_(cls.valid_to.is_(None), cls.valid_to >= day))


@dataclass(frozen=True, slots=True)
class Held:
    """A grant valid today, as a plain value: a subtree by its path, or one unit."""

    role: Role
    path: str | None
    unit_id: int | None
    department: Department | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person of a request, with what she holds today."""

    id: int
    username: str
    name: Bilingual
    language: str | None
    held: tuple[Held, ...]
    #: Whether her password is still the initial one, with which nothing else can be done.
    must_change: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held today, wherever."""
        return frozenset(each.role for each in self.held)

    @property
    def has_places(self) -> bool:
        """Whether the person looks after more than single units."""
        return any(each.path for each in self.held)

    def scope(self, roles: frozenset[Role]) -> Scope:
        """Where the person holds one of these roles."""
        held = [each for each in self.held if each.role in roles]
        return Scope(
            intervals=tuple(sorted({interval(each.path) for each in held if each.path})),
            units=frozenset(each.unit_id for each in held if each.unit_id is not None),
        )

    def departments(self, path: str) -> frozenset[Department]:
        """The departments that the person confirms for at this place."""
        return frozenset(
            each.department
            for each in self.held
            if each.role is Role.CONFIRMER
            and each.department
            and each.path
            and Scope((interval(each.path),)).covers(path)
        )


# 19 MiB, two passes, one lane: the OWASP minimum for argon2id, 16 ms on the machine at hand.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobody = _hasher.hash("nobody has this password")


def add(username: str, name: Bilingual, password: str, *, language: str | None = None) -> Person:
    """Adds an account; the password is stored as an argon2id hash only."""
    person = _person(username, name, _hasher.hash(password))
    person.language = language
    db.session.flush()
    return person


def _person(username: str, name: Bilingual, password_hash: str) -> Person:
    person = Person(
        username=username,
        name_zh=name.zh,
        name_en=name.en,
        password_hash=password_hash,
        created_at=clock.now(),
    )
    db.session.add(person)
    return person


@dataclass(frozen=True, slots=True)
class InitialPassword:
    """A random password that is shown once; its owner has to change it at her first sign-in."""

    plain: str
    hashed: str


def initial_password() -> InitialPassword:
    """A new one. Hashing takes a while: it is made before the transaction that stores it."""
    plain = secrets.token_urlsafe(12)
    return InitialPassword(plain, _hasher.hash(plain))


def add_initial(username: str, name: Bilingual, initial: InitialPassword) -> Person:
    """Adds an account that its owner makes hers within ``INITIAL_PASSWORD_LIFE``."""
    person = _person(username, name, initial.hashed)
    person.password_until = clock.now() + INITIAL_PASSWORD_LIFE
    db.session.flush()
    return person


def renew_initial(person: Person, initial: InitialPassword) -> None:
    """Another initial password for an account whose first one ran out unused."""
    person.password_hash = initial.hashed
    person.password_until = clock.now() + INITIAL_PASSWORD_LIFE
    db.session.flush()


def grant(
    person: Person,
    role: Role,
    *,
    place: Jurisdiction | None = None,
    unit: Unit | None = None,
    department: Department | None = None,
    valid_from: date,
    valid_to: date | None = None,
) -> Grant:
    """Grants a role for a subtree (``place``) or for one ``unit``, from the first day to the
    last."""
    made = Grant(
        person_id=person.id,
        role=role,
        department=department,
        jurisdiction_id=place.id if place else None,
        unit_id=unit.id if unit else None,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    db.session.add(made)
    db.session.flush()
    return made


def actor(person_id: int) -> Actor | None:
    """The person with today's grants, in one statement; none when absent or disabled."""
    rows = db.session.execute(_acting(clock.today()), {"person": person_id}).all()
    if not rows:
        return None
    first = rows[0]
    return Actor(
        id=person_id,
        username=first.username,
        name=Bilingual(first.name_zh, first.name_en),
        language=first.language,
        held=tuple(
            Held(row.role, row.path, row.unit_id, row.department)
            for row in rows
            if row.role is not None
        ),
        must_change=first.password_until is not None,
    )


@functools.lru_cache(2)
def _acting(today: date) -> sa.Select[*tuple[Any, ...]]:
    # Put together once a day: every page of everybody asks for it.
    return (
        sa.select(
            Person.username,
            Person.name_zh,
            Person.name_en,
            Person.language,
            Person.password_until,
            Grant.role,
            Jurisdiction.path,
            Grant.unit_id,
            Grant.department,
        )
        .outerjoin(Grant, sa.and_(Grant.person_id == Person.id, Grant.is_valid(today)))
        .outerjoin(Jurisdiction, Jurisdiction.id == Grant.jurisdiction_id)
        .where(Person.id == sa.bindparam("person"), Person.disabled_at.is_(None))
        .order_by(Grant.id)
    )


def is_liaison(person_id: int, unit_id: int) -> bool:
    """Whether the person is liaison of this very unit today."""
    query = sa.select(Grant.id).where(
        Grant.person_id == person_id,
        Grant.unit_id == unit_id,
        Grant.role == Role.LIAISON,
        Grant.is_valid(clock.today()),
    )
    return db.session.scalar(query.limit(1)) is not None


def holders(role: Role, path: str) -> Sequence[Person]:
    """Who holds a role today for all of a place, by user name."""
    today = clock.today()
    above = [path[: end + 1] for end, sign in enumerate(path) if sign == "/"]
    query = (
        sa.select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .join(Jurisdiction, Jurisdiction.id == Grant.jurisdiction_id)
        .where(
            Grant.role == role,
            Jurisdiction.path.in_(above),
            Grant.valid_from <= today,
            sa.or_(Grant.valid_to.is_(None), Grant.valid_to >= today),
            Person.disabled_at.is_(None),
        )
        .order_by(Person.username)
        .distinct()
    )
    return db.session.scalars(query).all()


def names(ids: Sequence[int | None]) -> dict[int, Bilingual]:
    """The names of these people, by id, in one statement."""
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    query = sa.select(Person.id, Person.name_zh, Person.name_en).where(Person.id.in_(wanted))
    return {row.id: Bilingual(row.name_zh, row.name_en) for row in db.session.execute(query)}


def held(person: Actor) -> list[tuple[Held, Bilingual]]:
    """What a person holds today, each with the name of its unit or jurisdiction."""
    paths = {each.path for each in person.held if each.path}
    in_places = sa.select(Jurisdiction).where(Jurisdiction.path.in_(paths))
    places = {place.path: place.name for place in db.session.scalars(in_places)}
    ids = {each.unit_id for each in person.held if each.unit_id is not None}
    units = {
        unit.id: unit.name for unit in db.session.scalars(sa.select(Unit).where(Unit.id.in_(ids)))
    }
    return [
        (each, places[each.path] if each.path else units[each.unit_id or 0]) for each in person.held
    ]


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is right; takes as long when there is no such account."""
    try:
        _hasher.verify(stored or _nobody, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def set_language(person_id: int, language: str) -> None:
    """Remembers the language that a person chose."""
    db.session.execute(sa.update(Person).where(Person.id == person_id).values(language=language))


def mailbox(person_id: int) -> tuple[str, bool]:
    """A person's e-mail address, empty when she gave none, and whether she wants the digest."""
    row = db.session.execute(
        sa.select(Person.email, Person.digest).where(Person.id == person_id)
    ).one()
    return row.email or "", row.digest


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address and nothing else."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def change_email(person_id: int, email: str) -> None:
    """Stores the address that a person gave, or forgets it; refuses what cannot be one."""
    if email and not is_email(email):
        raise Refused(fault("email_invalid", "email"))
    db.session.execute(sa.update(Person).where(Person.id == person_id).values(email=email or None))


def want_digest(person_id: int, wanted: bool) -> None:
    """Whether the person wants to be written to from now on."""
    db.session.execute(sa.update(Person).where(Person.id == person_id).values(digest=wanted))


def change_password(person_id: int, password: str) -> None:
    """Stores a password that the person chose, as a hash."""
    chosen = {"password_hash": _hasher.hash(password), "password_until": None}
    db.session.execute(sa.update(Person).where(Person.id == person_id).values(chosen))


def stored_password(person_id: int) -> str | None:
    """The stored hash of a person's password."""
    return db.session.scalar(sa.select(Person.password_hash).where(Person.id == person_id))
