"""How a file speaks: the words of the pages, gathered before the first row is written."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _

from campaigns import clock
from campaigns.campaign import CampaignState
from campaigns.enrolment.checklist import Standing
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import EnrolmentState
from campaigns.evidence.records import Evidence
from campaigns.exchange.tables import Reason, Speech, Verb
from campaigns.pages import verbs, words
from campaigns.people import Department
from campaigns.review.presets import PRESETS
from campaigns.standards import Cadence, EvidenceKind
from campaigns.units import Kind

_WORDS: tuple[tuple[type[Any], Iterable[str], Callable[[Any], str]], ...] = (
    (Kind, Kind, words.of_kind),
    (CampaignState, CampaignState, words.of_campaign_state),
    (EnrolmentState, EnrolmentState, words.of_enrolment_state),
    (Standing, Standing, words.of_standing),
    (EvidenceKind, EvidenceKind, words.of_proof),
    (Cadence, Cadence, words.of_cadence),
    (Department, Department, words.of_department),
    (Verb, verbs.verbs(), verbs.of_event),
    (Why, Why, words.of_erasure),
    (Reason, PRESETS, words.of_preset),
)


def speech(language: str, *, demonstration: bool) -> Speech:
    """The speech of a file in the language that is spoken now, of which ``language`` is the name;
    a ``demonstration`` says so in every row."""
    found = {(of, str(name)): word(name) for of, names, word in _WORDS for name in names}
    remark = _("Demonstration data: real places, invented figures")
    return Speech(language, found, str(remark) if demonstration else None)


def file_name(spoken: Speech, *parts: str) -> str:
    """What a file is called, without its ending: its parts, and that it is a demonstration; as
    every system can store it."""
    told = [*parts, _("demonstration")] if spoken.remark is not None else parts
    return _storable(" ".join(told))


def disposition(name: str, *, attachment: bool) -> str:
    """The header that names a file in any script, and plainly for old programs (RFC 6266)."""
    stem, dot, ending = name.rpartition(".")
    plain = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "file"
    kind = "attachment" if attachment else "inline"
    return f"{kind}; filename={plain}{dot}{ending}; filename*=UTF-8''{quote(name)}"


def _storable(name: str) -> str:
    return re.sub(r'[\s/\\:*?"<>|]+', " ", name).strip()


def label(piece: Evidence, key: str) -> str:
    """The name of a proof's file, made of the item that it proves (if any), number and day; the
    name on the sender's phone is not kept."""
    day = clock.day(piece.sent_at).isoformat()
    values = {"number": piece.id, "day": day, "key": key}
    if piece.is_document and key:
        name = _("item %(key)s document %(number)s %(day)s", **values)
    elif piece.is_document:
        name = _("document %(number)s %(day)s", **values)
    elif key:
        name = _("item %(key)s picture %(number)s %(day)s", **values)
    else:
        name = _("picture %(number)s %(day)s", **values)
    return f"{_storable(name)}{piece.suffix}"
