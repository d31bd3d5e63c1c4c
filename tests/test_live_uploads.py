"""Uploads against the product's own server: standard clients, faulty lines, slow phones."""

import base64
import hashlib
import io
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from campaigns import clock
from campaigns.database import db
from campaigns.people.tokens import ApiToken
from tests.conftest import Site
from tests.serving import HOST, Server, faulty, served
from tests.test_tus import pieces
from tests.test_upload import jpeg
from tests.tus import Sender, packed
from tests.visiting import meanwhile

TOKEN = {"Authorization": "Bearer sends"}


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    """A live server; the liaison has a token with which a program may upload."""
    with meanwhile(site):
        db.session.add(
            ApiToken(
                person_id=site.cast.people["liaison"],
                name="program",
                token_sha256=hashlib.sha256(b"sends").hexdigest(),
                created_at=clock.now(),
                expires_on=clock.today() + timedelta(days=9),
                uploads=True,
            )
        )
    with served(site) as found:
        yield found


def metadata(site: Site, client_key: str, key: str = "2.2") -> dict[str, str]:
    enrolment = site.cast.enrolment("village", "drug-free-village")
    return {
        "enrolment": str(enrolment),
        "key": key,
        "client_key": client_key,
        "filename": "IMG_1.jpg",
        "filetype": "image/jpeg",
    }


def send(address: str, said: dict[str, str], photo: bytes, chunk: int, patience: float) -> None:
    """Sends a photo by the standard client, again and again until it is told that it is there."""
    client, until, url = TusClient(f"{address}/uploads", TOKEN), time.monotonic() + patience, None
    while time.monotonic() < until:
        with suppress(TusCommunicationError, TusUploadFailed, requests.RequestException):
            uploader = client.uploader(
                file_stream=io.BytesIO(photo),
                chunk_size=chunk,
                metadata=said,
                url=url,
                upload_checksum=False,
            )
            try:
                uploader.upload()
                return
            finally:
                url = uploader.url
        time.sleep(0.1)
    raise AssertionError("the photo did not arrive")


def test_the_standard_python_client_sends_by_token_and_by_session(server: Server) -> None:
    site, photo = server.site, jpeg(3)
    send(server.url, metadata(site, "token"), photo, 10_000, 20)
    liaison = Sender(site)
    cookie = liaison.visitor.client.get_cookie("session")
    assert cookie is not None
    headers = {"Cookie": f"session={cookie.value}", "X-CSRFToken": liaison.token}
    uploader = TusClient(f"{server.url}/uploads", headers).uploader(
        file_stream=io.BytesIO(jpeg(4)),
        chunk_size=10_000,
        metadata=metadata(site, "session"),
        upload_checksum=True,
    )
    uploader.upload()
    assert [each.sent_sha256 for each in pieces(site)] == [
        hashlib.sha256(each).hexdigest() for each in (photo, jpeg(4))
    ]


def curl(*arguments: str) -> dict[str, str]:
    """Runs curl with the token; gives the answer's status and headers."""
    command = ["curl", "-sS", "-i", "-H", f"Authorization: {TOKEN['Authorization']}"]
    command += ["-H", "Tus-Resumable: 1.0.0", *arguments]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
    # curl asks first whether a body is welcome, and is told so in a head of its own.
    head = [each for each in answer.split("\r\n\r\n") if each.startswith("HTTP/")][-1]
    first, *lines = head.split("\r\n")
    pairs = (each.partition(": ") for each in lines)
    return {"status": first.split()[1]} | {name.lower(): value for name, _, value in pairs}


def test_curl_sends_a_photo(server: Server, tmp_path: Path) -> None:
    photo, file = jpeg(5, (1600, 1200)), tmp_path / "photo.jpg"
    file.write_bytes(photo)
    said = packed(**metadata(server.site, "curl"))
    made = curl(
        *("-X", "POST", "-H", f"Upload-Length: {len(photo)}", "-H", f"Upload-Metadata: {said}"),
        f"{server.url}/uploads",
    )
    assert made["status"] == "201"
    url = server.url + made["location"]
    digest = base64.b64encode(hashlib.sha256(photo).digest()).decode()
    sent = curl(
        *("-X", "PATCH", "-H", "Upload-Offset: 0", "-H", f"Upload-Checksum: sha256 {digest}"),
        *("-H", "Content-Type: application/offset+octet-stream", "--data-binary", f"@{file}", url),
    )
    assert (sent["status"], sent["upload-offset"]) == ("204", str(len(photo)))
    assert curl("--head", url)["upload-offset"] == str(len(photo))
    [piece] = pieces(server.site)
    assert piece.sent_sha256 == hashlib.sha256(photo).hexdigest()


@pytest.mark.parametrize(
    ("photos", "kills"),
    [(4, 2), pytest.param(24, 10, marks=pytest.mark.faults)],
    ids=["short", "long"],
)
def test_every_photo_arrives_once_whatever_is_lost_on_the_way(
    server: Server, photos: int, kills: int
) -> None:
    site = server.site
    keys = ["1.1", "2.2", "3.1"]
    sent = {f"photo-{n}": jpeg(n + 1) for n in range(photos)}
    with faulty(server.port, share=0.3, seed=photos) as address:
        threads = [
            threading.Thread(
                target=send,
                args=(address, metadata(site, key, keys[n // 10]), photo, 8_000, 240),
            )
            for n, (key, photo) in enumerate(sent.items())
        ]
        for n in range(0, len(threads), 4):
            for each in threads[n : n + 4]:
                each.start()
            for _ in range(kills // max(1, len(threads) // 4) + 1):
                if kills:
                    time.sleep(0.4)
                    server.kill()
                    server.start()
                    kills -= 1
            for each in threads[n : n + 4]:
                each.join()
    found = {each.client_key: each.sent_sha256 for each in pieces(site)}
    assert found == {key: hashlib.sha256(each).hexdigest() for key, each in sent.items()}
    assert len(pieces(site)) == photos


class Phone(threading.Thread):
    """Sends a chunk of four megabytes: two pieces of it at once, the rest at 5 kB in a second."""

    def __init__(self, server: Server, url: str) -> None:
        super().__init__()
        self.server, self.url, self.sent = server, url, 0
        self.more, self.over = threading.Event(), threading.Event()

    def run(self) -> None:
        """Sends until it is over."""
        with socket.create_connection((HOST, self.server.port), 30) as line:
            head = f"PATCH {self.url} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
            head += "Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
            head += f"Content-Length: {LENGTH}\r\nAuthorization: {TOKEN['Authorization']}\r\n"
            line.sendall(f"{head}\r\n".encode())
            line.sendall(bytes(PIECE))
            self.sent += PIECE
            while not self.over.wait(0.2):
                if self.more.is_set() and self.sent < 2 * PIECE:
                    line.sendall(bytes(PIECE))
                    self.sent += PIECE
                line.sendall(bytes(1000))
                self.sent += 1000


LENGTH, PIECE = 4_000_000, 1_500_000


@pytest.mark.parametrize(
    ("phones", "seconds"),
    [(20, 2.0), pytest.param(50, 60.0, marks=pytest.mark.faults)],
    ids=["short", "long"],
)
def test_slow_phones_cost_no_memory_and_stop_nobody(
    server: Server, phones: int, seconds: float
) -> None:
    client = requests.Session()
    header = {"Tus-Resumable": "1.0.0", "Upload-Length": str(LENGTH), **TOKEN}

    def begin(number: int) -> str:
        said = packed(**metadata(server.site, f"slow-{number}"))
        sent = header | {"Upload-Metadata": said}
        answer = client.post(f"{server.url}/uploads", headers=sent, timeout=20)
        return answer.headers["Location"]

    def pages(seconds: float) -> float:
        """Somebody reads meanwhile; gives the slowest of her pages."""
        until, slowest = time.monotonic() + seconds, 0.0
        while time.monotonic() < until:
            began = time.perf_counter()
            answer = requests.get(f"{server.url}/", cookies=cookies, timeout=10)
            assert (answer.status_code, "data-state" in answer.text) == (200, True)
            slowest = max(slowest, time.perf_counter() - began)
            time.sleep(0.1)
        return slowest

    liaison = Sender(server.site)
    cookie = liaison.visitor.client.get_cookie("session")
    assert cookie is not None
    cookies = {"session": cookie.value}
    senders = [Phone(server, begin(number)) for number in range(phones)]
    for each in senders:
        each.start()
    slowest = pages(seconds)
    early = server.memory()
    for each in senders:
        each.more.set()
    slowest = max(slowest, pages(seconds))
    late = server.memory()
    offsets = [liaison.offset(each.url) for each in senders]
    for each in senders:
        each.over.set()
        each.join()
    assert min(each.sent for each in senders) > 2 * PIECE
    # What came lies on disk, but for the piece that each is filling.
    assert min(offsets) > 2 * PIECE - 65536

    assert late - early < phones * PIECE / 2
    assert slowest < 2
