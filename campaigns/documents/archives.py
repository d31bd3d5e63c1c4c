"""What an Office file may hold before anything opens it (OWASP ASVS 5.2.3, 1.5.1)."""

import re
import zipfile
from io import BytesIO

MEMBERS = 2_000
UNPACKED = 100 * 1024 * 1024
_CHUNK = 1 << 16
#: What an XML part of a harmless file never holds: entities could read files or explode.
_FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"))


class Harmful(Exception):
    """The archive holds what a plain Office file does not; ``reason`` says what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(content: bytes) -> None:
    """Raises Harmful for too many members, too much unpacked data, macros or XML entities.

    What members unpack to is counted while it is read: sizes that the file states are not trusted.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as wrong:
        raise Harmful("broken") from wrong
    if len(members) > MEMBERS:
        raise Harmful("members")
    left = UNPACKED
    for member in members:
        if member.filename.lower().endswith(("vbaproject.bin", "vbadata.xml")):
            raise Harmful("macros")
        left -= _size(archive, member, left)


_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")


def cells(content: bytes) -> int:
    """How many cells the largest sheet of a spreadsheet spans, from A1 to its last.

    A few hundred bytes can name the last cell of the last row, and a reader that makes room for
    all cells in between would need 26 GB: asked before one is called. The file passed ``check``.
    """
    most = 0
    with zipfile.ZipFile(BytesIO(content)) as archive:
        for member in archive.infolist():
            rows, letters, tail = 0, {b"A"}, b""
            with archive.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    found = _REFERENCE.findall(tail + chunk)
                    letters.update({each[0] for each in found})
                    rows = max(rows, *(int(each[1]) for each in found), 0)
                    tail = chunk[-32:]
            most = max(most, rows * max(_column(each) for each in letters))
    return most


def _column(letters: bytes) -> int:
    number = 0
    for each in letters.upper():
        number = number * 26 + each - 64
    return number


def _size(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> int:
    size, is_xml = 0, member.filename.lower().endswith((".xml", ".rels"))
    tail = b""
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise Harmful("unpacked")
                if is_xml and any(word in (tail + chunk) for word in _FORBIDDEN):
                    raise Harmful("entities")
                tail = chunk[-32:]
    except Harmful:
        raise
    except Exception as wrong:  # encrypted, damaged, or compressed in an unknown way
        raise Harmful("broken") from wrong
    return size
