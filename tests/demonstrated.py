"""A filled demonstration, and what visitors do in it."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from campaigns.database import db
from tests.visiting import Form, form


@dataclass
class World:
    """A filled demonstration, and what it says of itself."""

    app: Flask
    folder: Path
    printed: str

    @property
    def facts(self) -> Any:
        return json.loads((self.folder / "demo.json").read_text(encoding="utf-8"))


def run(world: World, *words: str) -> Any:
    return world.app.test_cli_runner().invoke(args=[*words])


def count(query: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def number(address: str) -> int:
    found = re.search(r"/enrolments/(\d+)", address)
    assert found
    return int(found[1])


def signed_in(world: World, username: str) -> FlaskClient:
    account = next(each for each in world.facts["accounts"] if each["username"] == username)
    client = world.app.test_client()
    fields = dict(form(client.get("/login"), "/login").fields)
    fields |= {"username": username, "password": account["password"]}
    assert client.post("/login", data=fields).status_code == 303
    client.set_cookie("language", "en")
    return client


def post(client: FlaskClient, found: Form, **changed: Any) -> Any:
    fields: dict[str, Any] = {}
    for name, value in found.fields:
        fields.setdefault(name, []).append(value)
    return client.post(found.action, data=fields | changed)
