"""What every test finds: the day, the two databases, and a site to visit."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from flask import Flask
from flask_migrate import upgrade

from campaigns import clock, database, standards
from campaigns.database import db
from campaigns.evidence import likeness
from campaigns.pages import limits
from campaigns.pages.application import create_app
from campaigns.settings import Settings
from tests import cast as casting
from tests.cast import Cast

if TYPE_CHECKING:
    from tests.postgres import Server


pytest_plugins = ["tests.postgres", "tests.seaweed"]
# A busy machine is no fault of what is tested.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@dataclass
class Time:
    """The clock of a test: stands still until it is moved."""

    now: datetime = casting.NOW

    def pass_by(self, **length: float) -> None:
        """Moves the clock on, as ``timedelta`` says."""
        self.now += timedelta(**length)


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Every test plays on the same day."""
    standing = Time()
    monkeypatch.setattr(clock, "now", lambda: standing.now)
    return standing


@pytest.fixture(autouse=True)
def nothing_was_called() -> None:
    """Every program begins with its whole share of calls."""
    limits.forget()


def settings_for(folder: Path, url: str | None = None) -> Settings:
    """Settings of an installation that lives in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return Settings(
        instance=folder,
        database_url=url or f"sqlite:///{folder / 'campaigns.db'}",
        secret_key="0" * 64,
        https=False,
    )


def filled(app: Flask) -> Cast:
    """Migrates the application's database and builds the cast in it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(clock, "now", lambda: casting.NOW)
    with app.app_context():
        upgrade()
        cast = casting.build()
        db.session.commit()
        standards.forget()
    patch.undo()
    return cast


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Cast]:
    """An SQLite database with the cast, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings_for(folder))
    cast = filled(app)
    with app.app_context():
        db.engine.dispose()
    return folder / "campaigns.db", cast


@pytest.fixture(scope="session")
def on_sqlite(template: tuple[Path, Cast], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application on a copy of it, for tests that roll back."""
    folder = tmp_path_factory.mktemp("sqlite")
    shutil.copy(template[0], folder / "campaigns.db")
    return create_app(settings_for(folder))


@pytest.fixture(scope="session")
def on_postgresql(
    postgresql: "Server", tmp_path_factory: pytest.TempPathFactory
) -> tuple[Flask, Cast]:
    """The same on PostgreSQL."""
    postgresql.create_database("cast")
    app = create_app(settings_for(tmp_path_factory.mktemp("pg"), postgresql.url("cast")))
    return app, filled(app)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def cast(request: pytest.FixtureRequest) -> Iterator[Cast]:
    """The cast, on each database in turn; whatever the test writes is rolled back."""
    if request.param == "sqlite":
        app, found = request.getfixturevalue("on_sqlite"), request.getfixturevalue("template")[1]
    else:
        app, found = request.getfixturevalue("on_postgresql")
    with app.app_context():
        database.begin_mode(writing=True)
        yield found
        db.session.rollback()
    standards.forget()


@dataclass
class Site:
    """A site of its own with the cast: what a test changes stays in it."""

    app: Flask
    cast: Cast
    folder: Path


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Settings]:
    """The application of every site, one after the other: its templates are compiled once."""
    chosen = settings_for(tmp_path_factory.mktemp("house"))
    return create_app(chosen), chosen


@pytest.fixture
def site(template: tuple[Path, Cast], house: tuple[Flask, Settings]) -> Iterator[Site]:
    """An application on a fresh copy of the database, with nothing else in its folder."""
    app, chosen = house
    for each in chosen.instance.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    shutil.copy(template[0], chosen.instance / "campaigns.db")
    app.config["CAMPAIGNS"] = chosen
    app.extensions.pop("demonstration", None)
    likeness.forget_all()
    yield Site(app, template[1], chosen.instance)
    with app.app_context():
        db.engine.dispose()
    standards.forget()


@pytest.fixture(scope="session")
def kept_on_postgresql(
    postgresql: "Server", tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Cast]:
    """A PostgreSQL database with the cast, to be copied: its name."""
    postgresql.create_database("kept")
    app = create_app(settings_for(tmp_path_factory.mktemp("kept"), postgresql.url("kept")))
    cast = filled(app)
    with app.app_context():
        db.engine.dispose()
    return "kept", cast


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def committing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A database of its own with the cast, on each kind in turn, for tests that commit."""
    if request.param == "sqlite":
        yield request.getfixturevalue("site")
        return
    server: Server = request.getfixturevalue("postgresql")
    kept, cast = request.getfixturevalue("kept_on_postgresql")
    app = create_app(settings_for(tmp_path, server.create_database("own", kept)))
    yield Site(app, cast, tmp_path)
    with app.app_context():
        db.engine.dispose()
    server.drop_database("own")
    standards.forget()
