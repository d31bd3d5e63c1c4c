"""The virus scanner, where there is one: clamd, by its INSTREAM command."""

import socket
from pathlib import Path

from campaigns.errors import CampaignError, Refused, fault

#: Seconds that the scanner may take for each step.
PATIENCE = 30.0
_CHUNK = 1 << 16


class ScannerAway(CampaignError):
    """The scanner does not answer, so that nothing can be taken in now."""


def scan(file: Path, address: str) -> None:
    """Refuses an infected file; raises ScannerAway unless the scanner says that it is clean.

    ``address`` is a path of a socket, or host:port.
    """
    try:
        with _connected(address) as line, file.open("rb") as stream:
            line.sendall(b"zINSTREAM\0")
            while chunk := stream.read(_CHUNK):
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            verdict = _answer(line)
    except (OSError, ValueError) as wrong:
        raise ScannerAway from wrong
    if verdict.endswith(b" FOUND"):
        raise Refused(fault("file_infected", "file"))
    if verdict != b"stream: OK":
        raise ScannerAway(verdict.decode("ascii", "replace")[:200])


def _connected(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def _answer(line: socket.socket) -> bytes:
    found = b""
    while not found.endswith(b"\0") and len(found) < 4096 and (more := line.recv(4096)):
        found += more
    return found.strip(b"\0\n ")
