"""What an Office file may hold before anything opens it (OWASP ASVS 5.2.3, 1.5.1)."""

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
