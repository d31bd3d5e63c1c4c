"""What is kept of a document: checked, written anew, without its properties.

Only the limited process loads this. Author, company, application and last-saved-by go, and with
them who commented, where on whose disk it lay, and what cameras wrote into pictures.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from campaigns.documents import archives

#: The main part of each kind of Office file: where it lies, and what it is declared as.
_OFFICE = {
    ".docx": (b"word/", b"wordprocessingml.document.main+xml"),
    ".xlsx": (b"xl/", b"spreadsheetml.sheet.main+xml"),
    ".pptx": (b"ppt/", b"presentationml.presentation.main+xml"),
}
_TYPES = "[Content_Types].xml"
_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http:'
    b'//schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http:'
    b'//schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_CUSTOM = _APP.replace(b"extended-properties", b"custom-properties")
_PROPERTIES = {
    "docprops/core.xml": _CORE,
    "docprops/app.xml": _APP,
    "docprops/custom.xml": _CUSTOM,
}
#: What says who wrote, or where the file lay, outside the properties: members, words, and instead.
_TRACES = (
    (r"word/.*\.xml", rb'(\bw(?:15)?:(?:author|initials|userId)=)"[^"]*"', rb'\1""'),
    (r"ppt/.*authors.*\.xml", rb'(\b(?:name|initials|userId)=)"[^"]*"', rb'\1""'),
    (r"xl/comments.*\.xml", rb"<author>[^<]*</author>", rb"<author/>"),
    (r"xl/persons/.*\.xml", rb'(\b(?:displayName|userId)=)"[^"]*"', rb'\1""'),
    (r"xl/workbook\.xml", rb'(\b(?:url|userName)=)"[^"]*"', rb'\1""'),
    # A template on somebody's disk, or on a stranger's server.
    (r".*\.rels", rb'(/attachedTemplate"[^>]*\bTarget=)"[^"]*"', rb'\1"Normal.dotm"'),
    (r".*\.rels", rb'(\bTarget=)"[^"]*"([^>]*/attachedTemplate")', rb'\1"Normal.dotm"\2'),
)
#: Parts that run, whatever they are called.
_ACTIVE = re.compile(r"(vbaproject|vbadata|activex|oleobject|macrosheets|dialogsheets)", re.I)
_ACTIVE_TYPES = (b"macroEnabled", b"vbaProject", b"oleObject", b"activeX")
_DATE = (1980, 1, 1, 0, 0, 0)
_RUNS = frozenset({"/JS", "/JavaScript", "/Launch", "/EmbeddedFiles", "/RichMedia", "/XFA"})
_PRIVATE = ("/Metadata", "/PieceInfo", "/LastModified")


class Unkeepable(Exception):
    """The document cannot be taken; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def clean(path: Path, ending: str) -> bytes:
    """The document as it is kept; raises Unkeepable unless it is what its name's ending says."""
    content = path.read_bytes()
    if ending == ".pdf":
        return _pdf(content)
    try:
        archives.check(content)
    except archives.Harmful as harmful:
        known = content.startswith(b"PK\x03\x04") or harmful.reason != "broken"
        raise Unkeepable(harmful.reason if known else "type") from harmful
    return _office(content, ending)


def _office(content: bytes, ending: str) -> bytes:
    if not content.startswith(b"PK\x03\x04"):
        raise Unkeepable("type")
    with zipfile.ZipFile(io.BytesIO(content)) as sent:
        members = [each for each in sent.infolist() if not each.is_dir()]
        names = [each.filename for each in members]
        if len({name.lower() for name in names}) < len(names) or any(
            name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names
        ):
            raise Unkeepable("broken")
        if any(_ACTIVE.search(name) for name in names):
            raise Unkeepable("macros")
        folder, main = _OFFICE[ending]
        types = sent.read(_TYPES) if _TYPES in names else b""
        if any(word in types for word in _ACTIVE_TYPES):
            raise Unkeepable("macros")
        if main not in types or not any(name.encode().startswith(folder) for name in names):
            raise Unkeepable("type")
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as kept:
            for name in sorted(names, key=lambda each: (each != _TYPES, each)):
                kept.writestr(zipfile.ZipInfo(name, _DATE), _member(name, sent.read(name)), 8)
    return made.getvalue()


def _member(name: str, content: bytes) -> bytes:
    low = name.lower()
    if low in _PROPERTIES:
        return _PROPERTIES[low]
    if low.endswith((".jpg", ".jpeg", ".png")):
        return without_camera(content)
    for members, words, instead in _TRACES:
        if re.fullmatch(members, low):
            content = re.sub(words, instead, content)
    return content


def _pdf(content: bytes) -> bytes:
    if not content.startswith(b"%PDF-") or zipfile.is_zipfile(io.BytesIO(content)):
        raise Unkeepable("type")
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Unkeepable("encrypted")
    if not len(reader.pages):
        raise Unkeepable("broken")
    kept = PdfWriter(clone_from=reader)
    kept.metadata = None
    for each in kept._objects:
        for found in _dictionaries(each):
            _plain(found)
    kept.root_object.pop("/OpenAction", None)
    kept.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
    made = io.BytesIO()
    kept.write(made)
    return made.getvalue()


def _dictionaries(found: object) -> Iterator[dict[str, Any]]:
    """A dictionary of a PDF and those that lie in it; what it only refers to comes by itself."""
    if isinstance(found, dict):
        yield found
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from _dictionaries(each)


def _plain(found: dict[str, Any]) -> None:
    """Takes from a dictionary of a PDF what says who made it; refuses what runs."""
    if _RUNS & {*found, str(found.get("/S"))}:
        raise Unkeepable("active")
    for name in _PRIVATE:
        found.pop(name, None)
    if found.get("/Type") == "/Annot" and found.get("/Subtype") != "/Widget":
        found.pop("/T", None)  # who commented
    if found.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]) and hasattr(found, "_data"):
        found._data = without_camera(found._data)


def without_camera(content: bytes) -> bytes:
    """A JPEG or PNG with every pixel, and nothing that its camera or program wrote beside them.

    How a JPEG wants to be turned is kept; what cannot be read is left as it is.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _plain_png(content)
    if content.startswith(b"\xff\xd8"):
        return _plain_jpeg(content)
    return content


def _plain_jpeg(content: bytes) -> bytes:
    kept, at = [content[:2]], 2
    turned = _turned(content)
    if turned:
        kept.append(b"\xff\xe1" + (len(turned) + 2).to_bytes(2, "big") + turned)
    while content[at : at + 1] == b"\xff":
        mark = content[at + 1]
        if mark == 0xFF:  # padding
            at += 1
            continue
        if mark == 0xDA:  # the picture itself, up to its end and no further
            end = content.rfind(b"\xff\xd9")
            kept.append(content[at : end + 2] if end > at else content[at:])
            break
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        # Of the application's segments JFIF, colours (ICC) and Adobe's say how to show it.
        if not (mark in {0xE1, 0xFE} or 0xE3 <= mark <= 0xED or mark == 0xEF):
            kept.append(content[at : at + 2 + size])
        at += 2 + size
    return b"".join(kept)


def _turned(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as found:
            orientation = found.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        return b""
    if orientation not in range(2, 9):
        return b""
    only = Image.Exif()
    only[ExifTags.Base.Orientation] = orientation
    return only.tobytes()


def _plain_png(content: bytes) -> bytes:
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind not in {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}:
            kept.append(content[at : at + 12 + size])
        at += 12 + size
        if kind == b"IEND":
            break
    return b"".join(kept)
