"""Text in two languages, and what free text may hold."""

import re
import unicodedata
from typing import NamedTuple

from campaigns.errors import Refused, fault

# Area, birthday, order and check digit, as people write them: in one, or parted.
_IDENTITY = re.compile(r"(?<![0-9])([0-9]{6})[ -]?([0-9]{8})[ -]?([0-9]{3}[0-9Xx])(?![0-9])")
_PHONE = re.compile(
    r"(?<![0-9])(?:1[3-9][0-9](?:[ -]?[0-9]{4}){2}|0[0-9]{2,3}[ -]?[0-9]{7,8})(?![0-9])"
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F])


class Bilingual(NamedTuple):
    """The same text in Chinese and in English."""

    zh: str
    en: str


def free(value: str, field: str, limit: int = 500) -> str:
    """Free text as it may be stored: trimmed, one kind of line end, no control characters.

    Refuses more than ``limit`` characters, and a resident identity number with a valid check
    digit (GB 11643-1999): places and events are recorded, never residents.
    """
    cleaned = value.replace("\r\n", "\n").replace("\r", "\n").translate(_BIDI)
    cleaned = "".join(
        c for c in cleaned if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"}
    ).strip()
    if len(cleaned) > limit:
        raise Refused(fault("text_too_long", field, limit=limit, length=len(cleaned)))
    if holds_identity_number(cleaned):
        raise Refused(fault("identity_number", field))
    return cleaned


def holds_identity_number(value: str) -> bool:
    """Whether the text holds a resident identity number whose check digit is right."""
    plain = "".join(
        c for c in unicodedata.normalize("NFKC", value) if unicodedata.category(c) != "Cf"
    )
    return any(_checks("".join(parts)) for parts in _IDENTITY.findall(plain))


def _checks(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[-1].upper()


def looks_like_phone(value: str) -> bool:
    """Whether the text holds what looks like a Chinese phone number, mobile or of a landline."""
    return _PHONE.search(unicodedata.normalize("NFKC", value)) is not None
