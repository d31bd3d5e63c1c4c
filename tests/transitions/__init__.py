"""The table of transitions: what can be done to what, in which state, by whom.

A ``Subject`` names its states, each with the way that leads there, and its ``Act``s, each with the
cells in which it is allowed. Everything that no cell allows is to be refused and to change nothing:
``tests/test_transitions.py`` tries every act in every state through the real pages, as everybody
where it is allowed to anybody, and elsewhere as whoever gets as far as the state: one from each
place of the roles that the route is for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from campaigns.database import Base, db
from campaigns.people import Role
from tests.cast import Cast
from tests.conftest import Time

#: The day of the table, ten in the morning in China: every period of the year has begun.
NOW = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
TODAY = NOW.date()
#: Who is not signed in.
NOBODY = "nobody"
#: Everybody who tries, with the role that she holds: somebody of each, and where it makes a
#: difference a second one, of the same town or the same office, and one from elsewhere.
PEOPLE: dict[str, Role | None] = {
    "liaison": Role.LIAISON,
    "neighbour": Role.LIAISON,
    "reviewer": Role.REVIEWER,
    "second_reviewer": Role.REVIEWER,
    "far_reviewer": Role.REVIEWER,
    "police": Role.CONFIRMER,
    "fire": Role.CONFIRMER,
    "acceptor": Role.ACCEPTOR,
    "second_acceptor": Role.ACCEPTOR,
    "third_acceptor": Role.ACCEPTOR,
    "office": Role.OFFICE,
    "second_office": Role.OFFICE,
    "inspector": Role.INSPECTOR,
    "signer": Role.SIGNER,
    "leader": Role.LEADER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMIN,
    NOBODY: None,
}
#: Those who are told from another of the same role and place only by what they did before.
SECOND = frozenset({"second_reviewer", "second_acceptor", "third_acceptor", "second_office"})
#: Groups of them that the cells speak of.
TOWN = ("reviewer", "second_reviewer")
CITY = ("office", "second_office")
TEAM = ("acceptor", "second_acceptor", "third_acceptor")
PROVERS = ("liaison", *TOWN)


@dataclass
class World:
    """Where a subject stands: its people and the clock, and what its forms are made of."""

    cast: Cast
    time: Time
    #: The key of the item that it is about.
    key: str = ""
    #: So much older than what is stored is the page that a form is sent from.
    behind: int = 0

    @contextmanager
    def earlier(self, **length: float) -> Iterator[None]:
        """What is done inside was done so long ago, as ``timedelta`` says."""
        now = self.time.now
        self.time.pass_by(**{unit: -number for unit, number in length.items()})
        yield
        self.time.now = now

    def version(self, row: Any) -> str:
        """The version of a row that its page carried; 1 where nothing is stored yet."""
        return str((1 if row is None else row.row_version) - self.behind)


Row = TypeVar("Row", bound=Base)


def last(model: type[Row], *conditions: sa.ColumnElement[bool]) -> Row | None:
    """What was stored last of a kind, if anything was."""
    table: Any = model
    query = sa.select(model).where(*conditions).order_by(table.id.desc()).limit(1)
    return db.session.scalars(query).first()


def id_of(row: Any) -> int:
    """The id of a row; one that nothing has where there is none."""
    return 2**30 if row is None else int(row.id)


#: The state after what changes something beside the state.
STAYS = "as it was"


@dataclass(frozen=True)
class Cell:
    """An act is allowed in one state: the state after it, and to whom."""

    after: str
    who: frozenset[str] = frozenset()
    #: What the history tells afterwards, where it is not what it tells of the act elsewhere.
    tells: tuple[str, ...] = ()


def to(after: str, *who: str, tells: tuple[str, ...] = ()) -> Cell:
    """These are allowed to, and then it stands so."""
    return Cell(after, frozenset(who), tells)


def in_each(states: Iterable[str], after: str, *who: str) -> dict[str, Cell]:
    """The same in each of several states."""
    return dict.fromkeys(states, to(after, *who))


Sent = dict[str, Any]
Form = Callable[[World], Sent]


def of_last(model: type[Base]) -> Form:
    """What fills a route about the row that was stored last of a kind."""
    return lambda _world: {"id": id_of(last(model))}


def version_of_last(model: type[Base], **sent: str) -> Form:
    """A form that carries that row's version, and what else is sent."""
    return lambda world: {"version": world.version(last(model)), **sent}


@dataclass(frozen=True)
class Act:
    """One form: its route, what fills the route and the form, and where it is allowed."""

    name: str
    endpoint: str
    fields: Form
    cells: Mapping[str, Cell]
    #: What the history tells afterwards, in order.
    tells: tuple[str, ...]
    path: Form = field(default=lambda _world: {})
    #: What a page that is out of date is answered; none where a form carries no version. Where
    #: it is 303, whoever cannot be taken is named on the page that follows.
    stale: int | None = 409
    #: Whether the route is open to whoever is not signed in.
    public: bool = False


@dataclass(frozen=True)
class State:
    """One state of a subject: how it is reached, from the ground of all of them."""

    reach: Callable[[World], object]
    key: str = ""


def after(*steps: Callable[[World], object], key: str = "") -> State:
    """A state that is reached by one step after the other."""

    def reach(world: World) -> None:
        for each in steps:
            each(world)

    return State(reach, key)


@dataclass(frozen=True)
class Subject:
    """One noun: what all its states begin with, its states, how it is told which it is in, and
    what can be done."""

    name: str
    ground: Callable[[World], object]
    states: Mapping[str, State]
    stands: Callable[[World], str]
    acts: tuple[Act, ...]
