"""The migrations lead to the models, and back, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from campaigns import settings
from campaigns.database import UTCDateTime, db
from campaigns.pages.application import create_app
from tests.conftest import settings_for


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database that holds nothing yet."""
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        server.drop_database("migrated")
        url = server.create_database("migrated")
    app = create_app(settings_for(tmp_path, url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def same_type(
    _context: object, _column: object, _inspected: object, inspected: object, wanted: object
) -> bool | None:
    """Text is text on SQLite, whatever its length; elsewhere Alembic's own comparison decides."""
    if db.engine.dialect.name != "sqlite":
        return False if isinstance(wanted, UTCDateTime) else None
    assert isinstance(wanted, sa.types.TypeEngine)
    return str(inspected) != wanted.compile(dialect=db.engine.dialect)


def tables() -> set[str]:
    return {*sa.inspect(db.engine).get_table_names()} - {"alembic_version"}


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory(str(settings.ROOT / "migrations")).get_heads()) == 1


@pytest.mark.usefixtures("empty")
def test_the_migrations_make_what_the_models_say() -> None:
    upgrade()
    assert tables() == {*db.metadata.tables}
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.usefixtures("empty")
def test_they_lead_back_to_nothing_and_forth_again() -> None:
    upgrade()
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert tables() == {*db.metadata.tables}


@pytest.mark.usefixtures("empty")
def test_migrating_twice_changes_nothing() -> None:
    upgrade()
    upgrade()
    assert tables() == {*db.metadata.tables}


@pytest.mark.usefixtures("empty")
def test_every_table_on_sqlite_is_strict() -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("other databases are strict by themselves")
    upgrade()
    rows = db.session.execute(sa.text("SELECT name, strict FROM pragma_table_list")).all()
    loose = {name for name, strict in rows if not strict}
    assert {each for each in loose if not each.startswith("sqlite_")} <= {"alembic_version"}
