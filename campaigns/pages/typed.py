"""What people type into the fields of a form: days, whole numbers, the version of a page.

Each reads a field of the request and refuses with a fault of that field.
"""

import re
import unicodedata
from datetime import date

from flask import request

from campaigns import clock
from campaigns.errors import Refused, Stale, fault

_FARTHEST = 30


def day(field: str) -> date:
    """A day, written 2026-09-30 as date fields send it."""
    typed = unicodedata.normalize("NFKC", request.form.get(field, "")[:20]).strip()
    try:
        found = (
            date.fromisoformat(typed)
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed)
            else None
        )
    except ValueError:
        found = None
    if found is None or not 1949 <= found.year <= clock.today().year + _FARTHEST:
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


def ticked(field: str) -> bool:
    """Whether a box was ticked."""
    return bool(request.form.get(field))


def version() -> int:
    """The version that the form was made from; whatever is none of ours is stale."""
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,18}", typed, re.ASCII):
        raise Stale
    return int(typed)
