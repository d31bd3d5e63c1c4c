"""Runs the migrations on the application's database, in one transaction each."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from campaigns.database import UTCDateTime, db


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Writes our column types as plain SQLAlchemy, so that old migrations never need our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def compare_type(
    _context: Any, _column: Any, _inspected: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """On SQLite text is text: lengths and kinds of text are not kept apart."""
    if current_app.extensions["sqlalchemy"].engine.dialect.name != "sqlite":
        return None
    compiled = metadata_type.compile(dialect=db.engine.dialect)
    return str(inspected_type) != compiled


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=compare_type,
        transaction_per_migration=True,
    )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET lock_timeout = '5s'")
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()
