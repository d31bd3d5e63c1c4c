"""What an upload costs beside the bare work on its picture, and what slow ones cost others."""

import base64
import hashlib
import http.client
import io
import os
import socket
import statistics
import threading
import time
from pathlib import Path

from PIL import Image, ImageDraw

from tests.bench.measuring import Browser, Measured
from tests.bench.world import World

PHOTOS = 16
SIZE = (4000, 3000)
PHONES = 50
PAGES = 200
_PIECE, _PAUSE = 1000, 0.2
_CHUNK = "application/offset+octet-stream"


def photos() -> list[bytes]:
    """Pictures of 12 megapixels, as large as a phone's, no two alike."""
    ground = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 60).resize(SIZE).convert("RGB")
    made = []
    for number in range(PHOTOS + 1):
        ImageDraw.Draw(ground).ellipse((number * 90, 200, number * 90 + 900, 1100), fill="teal")
        stream = io.BytesIO()
        ground.save(stream, "JPEG", quality=88)
        made.append(stream.getvalue())
    return made


def raw(photo: Path, folder: Path) -> float:
    """Milliseconds of the bare work: hash, decode, two encodes, each on disk."""
    began = time.perf_counter()
    with photo.open("rb") as stream:
        name = hashlib.file_digest(stream, "sha256").hexdigest()
    with Image.open(photo) as picture:
        picture.draft("RGB", (1920, 1920))
        picture.thumbnail((1920, 1920), reducing_gap=2.0)
        large = picture.convert("RGB")
    small = large.copy()
    small.thumbnail((320, 320))
    for each, quality, ending in ((large, 82, ".jpg"), (small, 72, ".thumb.jpg")):
        with (folder / f"{name}{ending}").open("wb") as stream:
            each.save(stream, "JPEG", quality=quality)
            stream.flush()
            os.fsync(stream.fileno())
    return (time.perf_counter() - began) * 1000


class Phone:
    """Sends by the resumable protocol, in the session of a browser."""

    def __init__(self, port: int, browser: Browser, world: World) -> None:
        self.port, self.world = port, world
        self.headers = {
            "Tus-Resumable": "1.0.0",
            "Cookie": browser.cookie,
            "X-CSRFToken": browser.token,
        }

    def create(self, length: int, name: str, key: str) -> str:
        """Begins an upload and gives its address."""
        said = {"enrolment": self.world.enrolment, "key": key, "client_key": name}
        said["filename"] = "photo.jpg"
        pairs = [f"{n} {base64.b64encode(str(v).encode()).decode()}" for n, v in said.items()]
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Upload-Length": str(length), "Upload-Metadata": ",".join(pairs)}
        line.request("POST", "/uploads", headers=self.headers | headers)
        answer = line.getresponse()
        if answer.status != 201:
            raise RuntimeError(f"{answer.status} {answer.read()[:300]!r}")
        return str(answer.getheader("Location"))

    def begin(self, url: str, length: int) -> socket.socket:
        """A chunk of which only the head is sent yet."""
        line = socket.create_connection(("127.0.0.1", self.port), 30)
        headers = {"Upload-Offset": "0", "Content-Type": _CHUNK, "Content-Length": str(length)}
        head = "".join(f"{n}: {v}\r\n" for n, v in (self.headers | headers).items())
        line.sendall(f"PATCH {url} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode())
        return line

    def finish(self, photo: bytes, name: str, key: str) -> float:
        """Milliseconds from the last byte of a photo to the answer."""
        with self.begin(self.create(len(photo), name, key), len(photo)) as line:
            line.sendall(photo[:-1])
            time.sleep(0.2)
            began = time.perf_counter()
            line.sendall(photo[-1:])
            answer = line.recv(4096)
            took = (time.perf_counter() - began) * 1000
        if b" 204 " not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(answer[:300])
        return took


def last_byte_to_answer(phone: Phone, folder: Path) -> tuple[Measured, float]:
    """The product's work, and how many times the bare work it is: by turns, the first of each not
    counted, each at its quickest, since whatever else the machine does only ever adds.
    """
    bare: list[float] = []
    took: list[float] = []
    file = folder / "photo.jpg"
    for number, photo in enumerate(photos()):
        file.write_bytes(photo)
        bare.append(raw(file, folder))
        key = phone.world.open_items[number // 10]
        took.append(phone.finish(photo, f"measured-{number}", key))
    return _measured("photo, 12 MP", took[1:]), min(took[1:]) / min(bare[1:])


def pages_meanwhile(phone: Phone, reader: Browser, path: str) -> tuple[Measured, float]:
    """Another person's page beside fifty slow uploads, and how many times its 95th percentile is
    that of the same page while nothing else happens."""
    idle = [reader.request("GET", path) for _ in range(PAGES)]
    over = threading.Event()

    def trickle(url: str) -> None:
        with phone.begin(url, 4_000_000) as line:
            while not over.wait(_PAUSE):
                line.sendall(bytes(_PIECE))

    urls = [phone.create(4_000_000, f"slow-{n}", phone.world.open_items[-1]) for n in range(PHONES)]
    threads = [threading.Thread(target=trickle, args=(url,)) for url in urls]
    for each in threads:
        each.start()
    time.sleep(1)
    busy = [reader.request("GET", path) for _ in range(PAGES)]
    over.set()
    for each in threads:
        each.join()
    alone, beside = _measured("page, idle", idle), _measured("page, 50 uploads", busy)
    return beside, beside.p95 / alone.p95


def _measured(work: str, times: list[float]) -> Measured:
    return Measured(
        work,
        statistics.median(times),
        statistics.quantiles(times, n=20)[18],
        statistics.fmean(times),
    )
