"""What people type into any form: the version that a form was made from, days, small numbers."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from flask import request

from campaigns import clock, text
from campaigns.errors import Fault, Refused, Stale, fault

#: Whoever types a day further away than this mistyped the year.
_YEARS = 5


def row_version() -> int:
    """The version that the form was made from; whatever is none of ours is stale."""
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,18}", typed):
        raise Stale
    return int(typed)


def day(field: str, found: list[Fault]) -> date | None:
    """The day in a field, near enough to be meant; a fault is added for any other."""
    try:
        typed = date.fromisoformat(request.form.get(field, "").strip())
    except ValueError:
        typed = None
    if typed is None or abs(typed.year - clock.today().year) > _YEARS:
        found.append(fault("date_invalid", field))
        return None
    return typed


def whole(field: str, least: int, most: int, found: list[Fault]) -> int | None:
    """The whole number in a field; full-width digits of Chinese keyboards count as digits."""
    typed = unicodedata.normalize("NFKC", request.form.get(field, "")[:20]).strip()
    if not re.fullmatch(r"[0-9]{1,9}", typed, re.ASCII) or not least <= int(typed) <= most:
        found.append(fault("number_between", field, least=least, most=most))
        return None
    return int(typed)


def words(field: str, found: list[Fault], limit: int = 500) -> str:
    """Free text of a field; a fault is added for what may not be stored."""
    try:
        return text.free(request.form.get(field, ""), field, limit)
    except Refused as refused:
        found += refused.faults
        return ""


def ticked(field: str, known: Sequence[str]) -> list[str]:
    """Those of the known values that were ticked, in their order."""
    sent = set(request.form.getlist(field))
    return [each for each in known if each in sent]
