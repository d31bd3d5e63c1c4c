"""The site on which the table is tried: everybody is signed in, and the database is put back."""

import functools
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import dialect
from werkzeug.test import Client, TestResponse

from campaigns import jurisdictions, people
from campaigns.database import db
from campaigns.pages import access, limits
from campaigns.people import Department, Role
from campaigns.permissions import ROLES, Permission
from campaigns.text import Bilingual
from tests import team
from tests.cast import PASSWORD, YEAR
from tests.conftest import Site
from tests.doing import EVERYWHERE
from tests.transitions import NOBODY, PEOPLE, Act, Sent
from tests.visiting import Visitor, form, meanwhile

#: What a request may leave behind although it changes nothing; the history is looked at apart.
TRACES = ("session", "login_attempt", "event", "seal")


@dataclass
class Stage:
    """A site whose database is put back to what was kept of it."""

    site: Site
    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    #: Copies of the database with what all states of a subject begin with, by its name.
    grounds: dict[str, Path] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The database."""
        return self.site.folder / "campaigns.db"

    def invite(self) -> None:
        """Signs everybody in who tries, and keeps the database as it is then."""
        with meanwhile(self.site):
            _more_people()
        for username in PEOPLE:
            if username == NOBODY:
                client = self.site.app.test_client()
                token = form(client.get("/login"), "/login").values("csrf_token")[0]
            else:
                visitor = Visitor(self.site, username)
                client, token = visitor.client, visitor.token()
            self.clients[username], self.tokens[username] = client, token
        self.grounds[""] = self.keep("empty")

    def keep(self, name: str) -> Path:
        """A copy of the database as it is."""
        self.let_go()
        kept = self.site.folder / f"{name}.kept"
        with closing(sqlite.connect(self.file)) as source, closing(sqlite.connect(kept)) as copy:
            source.backup(copy)
        return kept

    def put_back(self, kept: Path) -> None:
        """The database as it was when the copy was made."""
        self.let_go()
        for ending in ("-wal", "-shm"):
            Path(f"{self.file}{ending}").unlink(missing_ok=True)
        shutil.copy(kept, self.file)

    def let_go(self) -> None:
        """Closes every connection to the database."""
        with self.site.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def send(self, username: str, url: str, sent: Sent, *, token: bool = True) -> TestResponse:
        """What somebody is answered who sends a form, with or without its token."""
        limits.forget()
        data = sent | ({"csrf_token": self.tokens[username]} if token else {})
        return self.clients[username].post(url, data=data)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Reads the database inside."""
        with self.site.app.app_context():
            yield
            db.session.rollback()

    def digest(self) -> str:
        """Everything stored but traces, in short."""
        tables = [each for each in db.metadata.sorted_tables if each.name not in TRACES]
        with closing(sqlite.connect(f"file:{self.file}?mode=ro", uri=True)) as read:
            rows = [read.execute(_select(each)).fetchall() for each in tables]
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    def roles(self, act: Act) -> frozenset[Role]:
        """The roles that the route of an act is for."""
        demanded = access.declared(self.site.app, act.endpoint)
        return frozenset(Role) if demanded == access.PUBLIC else ROLES[Permission(demanded)]

    def url(self, act: Act, path: Sent) -> str:
        """Where the form of an act goes."""
        return str(self.site.app.url_map.bind("localhost").build(act.endpoint, path))


@functools.cache
def _select(table: sa.Table) -> str:
    return str(sa.select(table).compile(dialect=dialect()))


def _more_people() -> None:
    """Second ones of a role, who are none of the cast."""
    team.acceptors()
    city = jurisdictions.find("511381", EVERYWHERE)
    for username, role, department in (
        ("fire", Role.CONFIRMER, Department.FIRE),
        ("second_office", Role.OFFICE, None),
    ):
        made = people.add(username, Bilingual(username, username), PASSWORD)
        people.grant(made, role, place=city, department=department, valid_from=YEAR[0])
