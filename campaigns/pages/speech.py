"""How a file speaks: the words of the pages, gathered before the first row is written."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _

from campaigns.campaign import CampaignState
from campaigns.enrolment.checklist import Standing
from campaigns.enrolment.records import EnrolmentState
from campaigns.exchange.tables import Reason, Speech, Verb
from campaigns.pages import words
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
    (Verb, words.verbs(), words.of_event),
    (Reason, PRESETS, words.of_preset),
)


def speech(language: str, *, demonstration: bool) -> Speech:
    """The speech of a file in the language that is spoken now, of which ``language`` is the name;
    a ``demonstration`` says so in every row."""
    found = {(of, str(name)): word(name) for of, names, word in _WORDS for name in names}
    remark = _("Demonstration data: real places, invented figures")
    return Speech(language, found, str(remark) if demonstration else None)
