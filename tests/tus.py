"""A client of the resumable protocol that sends what it is told and nothing by itself."""

import base64
import hashlib
from typing import Any

from werkzeug.test import TestResponse

from tests.conftest import Site
from tests.visiting import Visitor

CHUNK = {"Content-Type": "application/offset+octet-stream"}


def packed(**values: object) -> str:
    """The header of these metadata."""
    return ",".join(
        f"{name} {base64.b64encode(str(value).encode()).decode()}"
        for name, value in values.items()
        if value is not None
    )


def checksum(content: bytes, algorithm: str = "sha256") -> dict[str, str]:
    """The header that says what a chunk is."""
    digest = hashlib.new(algorithm, content).digest()
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(digest).decode()}"}


class Sender:
    """Somebody of the cast who sends proof for the village's item 2.2 unless told otherwise."""

    def __init__(self, site: Site, username: str = "liaison") -> None:
        self.visitor = Visitor(site, username)
        self.token = self.visitor.token()
        self.metadata: dict[str, object] = {
            "enrolment": site.cast.enrolment("village", "drug-free-village"),
            "key": "2.2",
            "filename": "IMG_1.jpg",
            "filetype": "image/jpeg",
        }

    def ask(
        self, method: str, url: str, headers: dict[str, str] | None = None, data: bytes = b""
    ) -> TestResponse:
        """A request of the protocol."""
        sent = {"Tus-Resumable": "1.0.0", "X-CSRFToken": self.token, **(headers or {})}
        return self.visitor.client.open(url, method=method, headers=sent, data=data)

    def create(
        self, length: int, headers: dict[str, str] | None = None, data: bytes = b"", **changed: Any
    ) -> TestResponse:
        """Makes an upload; a None leaves a value of the metadata out."""
        header = {"Upload-Length": str(length)}
        header["Upload-Metadata"] = packed(**(self.metadata | changed))
        return self.ask("POST", "/uploads", header | (headers or {}), data)

    def patch(self, url: str, offset: int, data: bytes, **headers: str) -> TestResponse:
        """Sends a chunk."""
        return self.ask("PATCH", url, {**CHUNK, "Upload-Offset": str(offset), **headers}, data)

    def offset(self, url: str) -> int:
        """Where the upload stands."""
        return int(self.ask("HEAD", url).headers["Upload-Offset"])

    def send(self, content: bytes, chunk: int = 1 << 30, **changed: Any) -> TestResponse:
        """The whole of a file, in chunks; gives the last answer."""
        answer = self.create(len(content), **changed)
        url, at = answer.location, 0
        while answer.status_code < 300 and at < len(content):
            answer = self.patch(url, at, content[at : at + chunk])
            at += chunk
        return answer
