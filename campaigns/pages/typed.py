"""What people type into the fields of a form: days, numbers, words, the version of a page.

Each reads a field of the request and refuses with a fault of that field; ``noted`` collects the
faults of several fields, so that a form names them all at once.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import ParamSpec, TypeVar

from flask import request

from campaigns import clock, text
from campaigns.errors import Fault, Refused, Stale, fault

Value = TypeVar("Value")
Given = ParamSpec("Given")
#: Whoever types a day further ahead than this mistyped the year.
_FARTHEST = 30
_EARLIEST = 1949
#: Years around today in which what is planned or decided now lies.
NEAR = 5


def noted(
    found: list[Fault],
    read: Callable[Given, Value],
    *given: Given.args,
    **named: Given.kwargs,
) -> Value | None:
    """What a field holds; none when it cannot be taken, and its faults are added to those found."""
    try:
        return read(*given, **named)
    except Refused as refused:
        found += refused.faults
        return None


def day(field: str, *, years: int | None = None) -> date:
    """A day, written 2026-09-30 as date fields send it; no further from today than so many
    ``years``, when they are given."""
    typed = unicodedata.normalize("NFKC", request.form.get(field, "")[:20]).strip()
    today = clock.today().year
    first, last = (today - years, today + years) if years else (_EARLIEST, today + _FARTHEST)
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed, re.ASCII):
            raise ValueError(typed)
        found = date.fromisoformat(typed)
    except ValueError:
        raise Refused(fault("date_invalid", field)) from None
    if not first <= found.year <= last:
        raise Refused(fault("date_invalid", field))
    return found


def number(field: str, *, most: int = 10**9) -> int | None:
    """A whole number from 0 on, in half-width or full-width digits; none when it is empty."""
    typed = unicodedata.normalize("NFKC", request.form.get(field, "")[:40]).strip()
    if not typed:
        return None
    if not re.fullmatch(r"[0-9]+", typed, re.ASCII):
        raise Refused(fault("number_invalid", field))
    if len(typed) > 18 or int(typed) > most:
        raise Refused(fault("number_too_large", field, greatest=most))
    return int(typed)


def between(field: str, least: int, most: int) -> int:
    """A whole number within bounds, which has to be given."""
    try:
        found = number(field, most=most)
    except Refused:
        found = None
    if found is None or found < least:
        raise Refused(fault("number_between", field, least=least, most=most))
    return found


def words(field: str, limit: int = 500) -> str:
    """Free text as it may be stored."""
    return text.free(request.form.get(field, ""), field, limit)


def ticked(field: str) -> bool:
    """Whether a box was ticked."""
    return bool(request.form.get(field))


def chosen(field: str, known: Sequence[str]) -> list[str]:
    """Those of the known values that were ticked, in their order."""
    sent = set(request.form.getlist(field))
    return [each for each in known if each in sent]


def version() -> int:
    """The version that the form was made from; whatever is none of ours is stale."""
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,18}", typed, re.ASCII):
        raise Stale
    return int(typed)
