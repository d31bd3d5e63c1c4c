"""What a liaison sends for an item, read from its form."""

import re
import unicodedata
from collections.abc import Sequence

from flask import request
from flask_wtf import FlaskForm
from wtforms import StringField

from campaigns import settings, text
from campaigns.enrolment.answers import GREATEST, Answer
from campaigns.errors import Fault, Refused, fault


class AnswerForm(FlaskForm):
    """What a liaison sends for an item, as it was typed."""

    version = StringField()
    value = StringField()
    numerator = StringField()
    denominator = StringField()
    none = StringField()
    not_applicable = StringField()
    declared = StringField()
    note = StringField()
    minutes = StringField()


def sent() -> Answer:
    """What was typed; refuses with every fault at once."""
    form = AnswerForm()
    found: list[Fault] = []
    none, not_applicable = _ticked(form.none.data), _ticked(form.not_applicable.data)
    plain = none or not_applicable
    note = ""
    try:
        note = text.free(form.note.data or "", "note")
    except Refused as refused:
        found += refused.faults
    made = Answer(
        evidence=_ids(request.form.getlist("evidence"), found),
        value=None if plain else _whole(form.value.data, "value", found),
        numerator=None if plain else _whole(form.numerator.data, "numerator", found),
        denominator=None if plain else _whole(form.denominator.data, "denominator", found),
        none=none,
        not_applicable=not_applicable,
        declared=_ticked(form.declared.data),
        note=note,
        minutes=_whole(form.minutes.data, "minutes", found),
    )
    if found:
        raise Refused(*found)
    return made


def _ticked(typed: str | None) -> bool:
    return (typed or "").strip().lower() in {"1", "on", "y", "yes", "true"}


def _whole(typed: str | None, field: str, found: list[Fault]) -> int | None:
    """A whole number; full-width digits of Chinese keyboards count as digits."""
    plain = unicodedata.normalize("NFKC", (typed or "")[:100]).strip()
    if not plain:
        return None
    if not re.fullmatch(r"[-+−]?[0-9]+", plain, re.ASCII):
        found.append(fault("number_invalid", field))
        return None
    if len(plain) > 18:
        found.append(fault("number_too_large", field, greatest=GREATEST))
        return None
    return int(plain.replace("−", "-"))


def _ids(typed: Sequence[str], found: list[Fault]) -> tuple[int, ...]:
    chosen = tuple(dict.fromkeys(typed))
    if any(not re.fullmatch(r"[0-9]{1,18}", each) for each in chosen):
        found.append(fault("evidence_unknown", "file"))
        return ()
    if len(chosen) > settings.PHOTOS_PER_ITEM:
        found.append(fault("too_many_photos", "file", limit=settings.PHOTOS_PER_ITEM))
        return ()
    return tuple(int(each) for each in chosen)
