"""Taking in what was sent: is it what it says it is, and what of it is kept."""

import enum
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaigns import settings
from campaigns.errors import Refused, TooMuch, fault
from campaigns.evidence import pictures, scanning, shades
from campaigns.evidence.pictures import NotTaken


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


_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
PHOTO_TYPE = "image/jpeg"
_ENDINGS = {PHOTO_TYPE: ".jpg"} | {media_type: ending for ending, media_type in _TYPES.items()}


def ending_of(media_type: str) -> str:
    """How the names of stored files of this type end."""
    return _ENDINGS[media_type]


def require_name(filename: str, *, documents: bool) -> None:
    """Refuses a name that does not end like anything that is taken in here.

    ``documents`` says whether documents are, beside photos.
    """
    if pictures.allowed_name(filename):
        return
    if Path(filename.lower()).suffix not in _TYPES:
        raise Refused(fault("file_type" if documents else "picture_type", "file"))
    if not documents:
        raise Refused(fault("document_not_asked", "file"))


def look_at(file: Path, filename: str, *, documents: bool, scanner: str | None) -> Taken:
    """What is kept of a sent file, looked at in the limited process; refuses the rest.

    ``scanner`` is the address of a virus scanner, which is asked first; raises ScannerAway.
    """
    require_name(filename, documents=documents)
    size = file.stat().st_size
    if size > settings.PHOTO_BYTES:
        limit = settings.PHOTO_BYTES // 2**20
        raise TooMuch(fault("file_too_large", "file", limit=limit))
    ending = Path(filename.lower()).suffix
    sort = "document" if ending in _TYPES else "picture"
    if size == 0:
        raise Refused(fault(f"{sort}_broken", "file"))
    if scanner is not None:
        scanning.scan(file, scanner)
    with file.open("rb") as stream:
        sent_sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        if ending in _TYPES:
            return _document(file, ending, sent_sha256)
        return _photo(file, sent_sha256)
    except NotTaken as refused:
        raise Refused(fault(f"{sort}_{refused.reason}", "file")) from refused


def _photo(file: Path, sent_sha256: str) -> Taken:
    picture = pictures.intake(file)
    return Taken(
        kind=ProofKind.PHOTO,
        media_type=PHOTO_TYPE,
        content=picture.content,
        thumbnail=picture.thumbnail,
        width=picture.width,
        height=picture.height,
        captured_at=picture.captured_at,
        sent_sha256=sent_sha256,
        sent_size=file.stat().st_size,
        difference_hash=shades.difference_hash(shades.read(picture.shades)),
    )


def _document(file: Path, ending: str, sent_sha256: str) -> Taken:
    return Taken(
        kind=ProofKind.DOCUMENT,
        media_type=_TYPES[ending],
        content=pictures.intake_document(file, ending),
        thumbnail=None,
        width=0,
        height=0,
        captured_at=None,
        sent_sha256=sent_sha256,
        sent_size=file.stat().st_size,
    )
