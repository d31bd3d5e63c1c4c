"""Taking in what was sent: is it what it says it is, and what of it is kept."""

import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaigns import settings
from campaigns.errors import Refused, TooMuch, fault
from campaigns.evidence import pictures, shades
from campaigns.evidence.pictures import NotAPicture


class ProofKind(enum.StrEnum):
    """What a piece of evidence is."""

    PHOTO = "photo"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Taken:
    """What intake makes of one sent file: what is kept of it, and what is known of what came.

    Width and height are 0 of a document; ``captured_at`` is the time that a photo itself names,
    naive when it names no offset. ``difference_hash`` is missing of a document, and of a photo that
    is nearly flat.
    """

    kind: ProofKind
    media_type: str
    content: bytes
    thumbnail: bytes | None
    width: int
    height: int
    captured_at: datetime | None
    sent_sha256: str
    sent_size: int
    difference_hash: bytes | None = None


def require_name(filename: str) -> None:
    """Refuses a name that does not end like anything that is taken in."""
    if not pictures.allowed_name(filename):
        raise Refused(fault("picture_type", "file"))


def look_at(file: Path, filename: str) -> Taken:
    """What is kept of a sent file, looked at in the limited process; refuses the rest."""
    require_name(filename)
    size = file.stat().st_size
    if size > settings.PHOTO_BYTES:
        limit = settings.PHOTO_BYTES // 2**20
        raise TooMuch(fault("file_too_large", "file", limit=limit))
    if size == 0:
        raise Refused(fault("picture_broken", "file"))
    with file.open("rb") as stream:
        sent_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        picture = pictures.intake(file)
    except NotAPicture as refused:
        raise Refused(fault(f"picture_{refused.reason}", "file")) from refused
    return Taken(
        kind=ProofKind.PHOTO,
        media_type="image/jpeg",
        content=picture.content,
        thumbnail=picture.thumbnail,
        width=picture.width,
        height=picture.height,
        captured_at=picture.captured_at,
        sent_sha256=sent_sha256,
        sent_size=size,
        difference_hash=shades.difference_hash(shades.read(picture.shades)),
    )
