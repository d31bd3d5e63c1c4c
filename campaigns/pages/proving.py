"""What the plain form and the resumable protocol share on their way to the same place."""

import re
from pathlib import Path

from flask import current_app

from campaigns import campaign as campaigns
from campaigns import permissions
from campaigns.campaign import Slot
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound
from campaigns.evidence import intake
from campaigns.evidence.intake import Taken
from campaigns.evidence.store import Store
from campaigns.pages import access
from campaigns.permissions import Permission

#: A key that a sender makes for a file: what is sent twice is stored once.
CLIENT_KEY = re.compile(r"[!-~]{1,100}")


def store() -> Store:
    """Where this installation keeps its evidence."""
    return Store(current_app.config["CAMPAIGNS"].evidence)


def target(enrolment: str, key: str) -> tuple[Enrolment, Slot]:
    """The item that a sender names, for somebody who may prove it; else NotFound or NotAllowed."""
    if not re.fullmatch(r"[0-9]{1,18}", enrolment):
        raise NotFound(enrolment[:20])
    found = records.find(int(enrolment), access.scope(Permission.SEE_UNITS))
    slot = campaigns.slot(found.campaign, key)
    place = found.unit.place.path
    permissions.require(access.actor(), Permission.PROVE, place, found.unit_id)
    return found, slot


def look_at(file: Path, filename: str, *, documents: bool) -> Taken:
    """What is kept of a sent file; refuses the rest."""
    scanner = current_app.config["CAMPAIGNS"].clamd
    return intake.look_at(file, filename, documents=documents, scanner=scanner)
