"""``make bench`` itself: its world can be built, and in it every page keeps to its statements."""

from pathlib import Path

import pytest
from flask_migrate import upgrade

from campaigns import settings, standards
from campaigns.database import db
from campaigns.pages.application import create_app
from tests.bench import crowded, ledger, world
from tests.bench.__main__ import LIMITS
from tests.bench.measuring import statements
from tests.conftest import settings_for


def test_a_small_world_is_built_and_its_pages_take_few_statements(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        upgrade()
        standards.forget()
        built = world.build(60)
        standards.forget()
    found = statements(app, built)
    assert {*found} <= {*LIMITS}
    for work, number in found.items():
        limit = LIMITS[work].statements
        assert limit is None or number <= limit, work
    with app.app_context():
        db.engine.dispose()
    standards.forget()


def test_a_folder_with_pictures_keeps_to_its_limits() -> None:
    taken = ledger.measure(30)
    assert taken.zip_mb > 5
    assert taken.faults() == []


def test_a_crowded_town_can_be_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGNS_INSTANCE", str(tmp_path))
    monkeypatch.delenv("CAMPAIGNS_DATABASE_URL", raising=False)
    app = create_app(settings.load())
    standards.forget()
    measured = crowded.measure(app, crowded.Size(4, 3, 2, rounds=1))
    assert {each.work for each in measured} <= {*LIMITS}
    with app.app_context():
        db.engine.dispose()
    standards.forget()
