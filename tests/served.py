"""What a live server serves in tests: the application, its clock set to the day they play on."""

from datetime import UTC, datetime

from campaigns import clock
from campaigns.pages.application import create_app
from tests.cast import NOW

_began = datetime.now(UTC)
clock.now = lambda: NOW + (datetime.now(UTC) - _began)
app = create_app()
