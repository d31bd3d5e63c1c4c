"""A town where 10,000 items wait: the desks, many items approved at once, many certificates."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from campaigns import clock
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment.records import Enrolment, Item
from campaigns.standards import Version
from campaigns.titles import Title
from tests.bench import world
from tests.bench.measuring import Browser, Form, Measured, server

_DOCUMENT = "measured"
_KEY = "1.1"
_PAGES = {
    "floor": ("leader", "/floor/"),
    "desk, 10,000 waiting": ("reviewer", "/review"),
    "office desk, 10,000 waiting": ("office", "/review"),
}


@dataclass(frozen=True)
class Size:
    """How much there is of everything; each unit has twelve items that wait."""

    units: int = 840
    bulk: int = 500
    certificates: int = 200
    rounds: int = 30
    per_round: int = 4


def measure(app: Flask, size: Size) -> list[Measured]:
    """The floor first, then both desks, by turns; then the bulk approval and the certificates,
    each of them once."""
    with app.app_context():
        upgrade()
        world.build(size.units, crowded=True)
        _name(size.certificates)
        confirmed = _confirmed(size.bulk)
    with server() as port:
        browsers = {who: Browser(port).sign_in(who) for who in ("leader", "reviewer", "office")}
        took: dict[str, list[float]] = {name: [] for name in _PAGES}
        for number in range(size.rounds + 1):
            for name, (who, path) in _PAGES.items():
                times = [browsers[who].request("GET", path) for _ in range(size.per_round)]
                took[name] += times if number else []
        bulk = browsers["reviewer"].request("POST", "/review/bulk", confirmed)
        papers = f"/titles/certificates.pdf?document={_DOCUMENT}"
        certificates = browsers["leader"].request("GET", papers)
    took |= {"bulk, 500": [bulk], "certificates, 200": [certificates]}
    with app.app_context():
        _require_approved(size.bulk)
    return [Measured.of(name, times) for name, times in took.items()]


def _confirmed(number: int) -> Form:
    """The form that approves so many waiting items of one criterion."""
    query = sa.select(Item.id, Item.row_version).where(Item.key == _KEY).order_by(Item.id)
    rows = db.session.execute(query.limit(number)).all()
    seen = [f"{row.id}-{row.row_version}" for row in rows]
    return {"confirm": "1", "item": [str(row.id) for row in rows], "seen": seen}


def _require_approved(number: int) -> None:
    """What was measured must have been done."""
    query = sa.select(sa.func.count(Item.id)).where(Item.decided_at.is_not(None))
    if (found := db.session.scalar(query)) != number:
        raise AssertionError(found)


def _name(number: int) -> None:
    """Titles for so many units, all of one document."""
    version = db.session.scalars(
        sa.select(Version).join(Campaign, Campaign.version_id == Version.id)
    ).one()
    query = sa.select(Enrolment.unit_id, Enrolment.place_id, Enrolment.town_id)
    rows = db.session.execute(query.order_by(Enrolment.id).limit(number)).all()
    day = clock.today()
    same = {
        "standard_id": version.standard_id,
        "version_id": version.id,
        "number": 1,
        "document_number": _DOCUMENT,
        "valid_from": day,
        "valid_to": day + timedelta(days=365),
        "named_at": clock.now(),
    }
    named = [{**row._mapping, **same, "serial": f"B-{n:04}"} for n, row in enumerate(rows)]
    db.session.execute(sa.insert(Title), named)
    db.session.commit()
