"""The folder of a unit with many pictures: how long it takes, and how much memory at most.

``python -m tests.bench.ledger UNIT`` is the process that is measured: it makes one folder, throws
away what it is sent, and prints what it took.
"""

import io
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from flask_migrate import upgrade
from PIL import Image, ImageDraw

from campaigns import clock, history, settings, standards
from campaigns.database import db
from campaigns.enrolment.records import Attachment, Enrolment, Item
from campaigns.evidence.intake import PHOTO_TYPE, ProofKind
from campaigns.evidence.records import PHOTO, THUMBNAIL, Evidence
from campaigns.evidence.store import Store, open_store
from campaigns.history import Happened
from campaigns.pages.application import create_app
from campaigns.people import Person
from tests.bench import world
from tests.bench.world import PASSWORD
from tests.conftest import settings_for

PICTURES = 500
#: The most that such a folder may take: seconds, and megabytes of memory beside the idle server.
SECONDS, MEGABYTES = 60, 300
_LARGE, _SMALL = (1920, 1440), (320, 240)


@dataclass(frozen=True)
class Taken:
    """What a folder took: seconds, the size of the ZIP, and memory, all in megabytes: the
    server's process before, the most that it held, and the most that printing held."""

    pictures: int
    seconds: float
    zip_mb: float
    idle_mb: float
    server_mb: float
    printing_mb: float

    def faults(self) -> list[str]:
        """Which limits it broke."""
        found = []
        if self.seconds > SECONDS:
            found.append(f"folder: {self.seconds} s")
        memory = self.server_mb - self.idle_mb + self.printing_mb
        if memory > MEGABYTES:
            found.append(f"folder: {memory} MB of memory")
        return found


def measure(pictures: int = PICTURES) -> Taken:
    """Fills an installation of its own, and has a process of its own make the folder."""
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "CAMPAIGNS_INSTANCE": folder}
        environment.pop("CAMPAIGNS_DATABASE_URL", None)
        app = create_app(settings_for(Path(folder)))
        with app.app_context():
            upgrade()
            standards.forget()
            built = world.build(20)
            unit = _fill(open_store(app.config["CAMPAIGNS"].evidence), built.enrolment, pictures)
            db.session.commit()
            db.engine.dispose()
            standards.forget()
        made = subprocess.run(
            [sys.executable, "-m", "tests.bench.ledger", str(unit)],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    return Taken(pictures=pictures, **json.loads(made.stdout))


def _fill(store: Store, enrolment_id: int, pictures: int) -> int:
    """Gives the items of an enrolment so many pictures; gives its unit."""
    unit = db.session.scalar(sa.select(Enrolment.unit_id).where(Enrolment.id == enrolment_id)) or 0
    items = db.session.scalars(sa.select(Item.id).where(Item.enrolment_id == enrolment_id)).all()
    uploader = db.session.scalar(sa.select(Person.id).where(Person.username == "liaison")) or 0
    ground = Image.effect_noise((_LARGE[0] // 4, _LARGE[1] // 4), 60).resize(_LARGE).convert("RGB")
    large = _jpeg(ground)
    for number in range(pictures):
        # Bytes after the end of a picture make another file of it, without encoding it again.
        content = large + str(number).encode()
        name = store.put(content, PHOTO)
        small = ground.resize(_SMALL)
        ImageDraw.Draw(small).ellipse((number % 300, 20, number % 300 + 90, 200), fill="teal")
        store.put_beside(name, _jpeg(small), THUMBNAIL)
        made = Evidence(
            unit_id=unit,
            uploader_id=uploader,
            client_key=f"measured-{number}",
            kind=ProofKind.PHOTO,
            media_type=PHOTO_TYPE,
            sent_sha256=name,
            sent_size=len(content),
            stored_sha256=name,
            size=len(content),
            width=_LARGE[0],
            height=_LARGE[1],
            sent_at=clock.now(),
        )
        db.session.add(made)
        db.session.flush()
        place = {"item_id": items[number % len(items)], "position": number}
        db.session.add(Attachment(evidence_id=made.id, **place))
        told = Happened("uploaded", "evidence", made.id, unit, {"sha256": name})
        history.record_all([told], by=uploader)
    return unit


def _jpeg(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=82)
    return stream.getvalue()


def _take(unit: int) -> dict[str, Any]:
    """One folder, in this process."""
    app = create_app(settings.load())
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/login", data={"username": "leader", "password": PASSWORD})
    idle = _most(resource.RUSAGE_SELF)
    began, size = time.perf_counter(), 0
    answer = client.get(f"/units/{unit}/ledger.zip", buffered=False)
    for chunk in answer.response:
        size += len(chunk)
    answer.close()
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise RuntimeError(answer.status)
    return {
        "seconds": round(seconds, 1),
        "zip_mb": round(size / 2**20, 1),
        "idle_mb": idle,
        "server_mb": _most(resource.RUSAGE_SELF),
        "printing_mb": _most(resource.RUSAGE_CHILDREN),
    }


def _most(who: int) -> float:
    """The most memory that was held, in megabytes."""
    return round(resource.getrusage(who).ru_maxrss / 1024, 1)


def row(taken: Taken) -> dict[str, object]:
    """A line of the table."""
    return {"work": f"folder, {taken.pictures} pictures", **asdict(taken)}


if __name__ == "__main__":
    print(json.dumps(_take(int(sys.argv[1]))))
