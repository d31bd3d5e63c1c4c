"""What a live server serves in tests: the application, its clock set to the day they play on."""

import os
from datetime import UTC, datetime
from pathlib import Path

from campaigns import clock
from campaigns.pages.application import create_app
from tests.cast import NOW

# Told by the file that the first start leaves: a server that comes back is not younger than it was.
_KEY = Path(os.environ["CAMPAIGNS_INSTANCE"]) / "secret-key"
_began = datetime.fromtimestamp(_KEY.stat().st_mtime, UTC)
clock.now = lambda: NOW + (datetime.now(UTC) - _began)
app = create_app()
