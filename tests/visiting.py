"""A person at a browser without JavaScript: signs in, reads pages, sends the forms she finds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import database
from campaigns.database import db
from tests.cast import PASSWORD
from tests.conftest import Site

_NOT_COUNTED = ("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK")


@dataclass
class Form:
    """A form of a page: where it goes and what its fields hold, in order."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for key, value in self.fields if key == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.current: Form | None = None
        self.area: str | None = None
        self.choice: str | None = None
        self.states: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-state" in given:
            self.states.append(given)
        if tag == "form":
            self.current = Form(given.get("action", ""))
            self.forms.append(self.current)
        elif tag == "option" and self.current and self.choice:
            self._offer(given)
        elif self.current is None or "name" not in given:
            return
        elif tag == "select":
            self.choice = given["name"]
        elif tag == "input" and given.get("type") not in {"file", "checkbox", "radio"}:
            self.current.fields.append((given["name"], given.get("value", "")))
        elif tag == "input" and "checked" in given:
            self.current.fields.append((given["name"], given.get("value", "on")))
        elif tag == "textarea":
            self.area = given["name"]
            self.current.fields.append((self.area, ""))

    def _offer(self, given: dict[str, str]) -> None:
        """Of a list, the chosen entry is sent, or the first."""
        assert self.current
        fields, name = self.current.fields, self.choice or ""
        if not fields or fields[-1][0] != name:
            fields.append((name, given.get("value", "")))
        elif "selected" in given:
            fields[-1] = (name, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.area and self.current:
            self.current.fields[-1] = (self.area, self.current.fields[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.current = None
        elif tag == "textarea":
            self.area = None
        elif tag == "select":
            self.choice = None


def forms(page: TestResponse) -> list[Form]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def states(page: TestResponse) -> dict[str, str]:
    """The state of each item that a page shows, by its key."""
    reader = _Reader()
    reader.feed(page.text)
    return {each["data-key"]: each["data-state"] for each in reader.states if "data-key" in each}


def form(page: TestResponse, ending: str) -> Form:
    """The form whose address ends so."""
    return next(each for each in forms(page) if each.action.endswith(ending))


class Visitor:
    """Somebody of the cast, signed in, reading English."""

    def __init__(self, site: Site, username: str) -> None:
        self.client = site.app.test_client()
        page = self.client.get("/login", headers={"Accept-Language": "en"})
        sent = dict(form(page, "/login").fields) | {"username": username, "password": PASSWORD}
        answer = self.client.post("/login", data=sent)
        assert answer.status_code == 303
        self.client.set_cookie("language", "en")

    def get(self, url: str, **options: Any) -> TestResponse:
        """A page."""
        return self.client.get(url, **options)

    def send(self, found: Form, *, follow: bool = False, **changed: Any) -> TestResponse:
        """Sends a form as it stands, with some fields changed; a None leaves the field out."""
        fields: dict[str, Any] = {}
        for name, value in found.fields:
            fields.setdefault(name, []).append(value)
        fields = {name: value for name, value in (fields | changed).items() if value is not None}
        return self.client.post(found.action, data=fields, follow_redirects=follow)

    def token(self, url: str = "/account") -> str:
        """The token that scripts and forms of a page carry."""
        return form(self.get(url), "/logout").values("csrf_token")[0]


@contextmanager
def meanwhile(site: Site) -> Iterator[None]:
    """What is done to the domain inside, is committed: somebody else was at work."""
    with site.app.app_context():
        # A request before may have left it at "only reads".
        database.begin_mode(writing=True)
        yield
        db.session.commit()


@contextmanager
def counted(site: Site) -> Iterator[list[str]]:
    """Collects every statement sent to the database inside, transactions themselves left out."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(_NOT_COUNTED):
            sent.append(statement)

    with site.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
