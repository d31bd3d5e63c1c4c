"""Whether the server lives, and whether it can serve."""

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from campaigns.database import db
from campaigns.pages import access

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access.public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@access.public
def ready() -> ResponseReturnValue:
    """The database answers."""
    db.session.execute(sa.select(1))
    return {"status": "ready"}
