"""What the forms of the editor have in common: how their fields are read."""

import enum
import re
import unicodedata
from typing import TypeVar

from flask import request

from campaigns.errors import Fault, Stale, fault

Member = TypeVar("Member", bound=enum.StrEnum)


def version() -> int:
    """The version of the draft that the page of the form showed; raises Stale without one."""
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise Stale
    return int(typed)


def words(name: str) -> str:
    """A text as it was typed."""
    return request.form.get(name, "").strip()


def ticked(name: str) -> bool:
    """Whether a box is ticked."""
    return name in request.form


def whole(name: str, faults: list[Fault], *, empty: int | None = None) -> int | None:
    """A whole number, ``empty`` for none; anything else is a fault."""
    typed = unicodedata.normalize("NFKC", words(name))
    if not typed:
        return empty
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        faults.append(fault("number_invalid", name))
        return empty
    return int(typed)


def chosen(name: str, members: type[Member], faults: list[Fault]) -> Member | None:
    """One of a list, none for nothing; anything else is a fault."""
    typed = words(name)
    if not typed:
        return None
    try:
        return members(typed)
    except ValueError:
        faults.append(fault("choice_missing", name))
        return None
