"""Measures over HTTP on one process, and counts statements inside one."""

import gzip
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask

from tests.bench.statements import counted
from tests.bench.world import PASSWORD, World

ROUNDS = 30
PER_ROUND = 8
DECISIONS = 4
#: The fields of a form, some of them with several values.
Form = Mapping[str, str | list[str]]
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Limit:
    """The most that a page or file may cost: times the floor's median, statements, and
    milliseconds, where they count."""

    ratio: float | None
    statements: int | None
    longest: float | None = None


@dataclass(frozen=True)
class Measured:
    """What one kind of work took, in milliseconds."""

    work: str
    p50: float
    p95: float
    mean: float

    @classmethod
    def of(cls, work: str, times: list[float]) -> "Measured":
        """What these times come to."""
        if len(times) == 1:
            return cls(work, times[0], times[0], times[0])
        longest = statistics.quantiles(times, n=20)[18]
        return cls(work, statistics.median(times), longest, statistics.fmean(times))


class Browser:
    """A signed-in client that keeps its connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie, self.token = "", ""

    def request(self, method: str, path: str, form: Form | None = None) -> float:
        """Sends a request and gives the milliseconds it took; raises unless it succeeds."""
        headers = {"Cookie": self.cookie, "Accept-Language": "zh-CN", "Accept-Encoding": "gzip"}
        body = None
        if form is not None:
            body = urlencode({**form, "csrf_token": self.token}, doseq=True)
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.getheader("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        if answer.status not in {200, 303}:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
        if set_cookie := answer.getheader("Set-Cookie"):
            self.cookie = set_cookie.partition(";")[0]
        # A file is no page, and has no token.
        if found := _TOKEN.search(text.decode(errors="ignore")):
            self.token = found[1]
        return took

    def sign_in(self, username: str) -> "Browser":
        """Signs in and picks up the token of the new session."""
        self.request("GET", "/login")
        self.request("POST", "/login", {"username": username, "password": PASSWORD})
        self.request("GET", "/account")
        return self


@contextmanager
def server() -> Iterator[int]:
    """One process that serves the world; gives its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
    command += ["--port", str(port), "--log-level", "error", "tests.bench.served:app"]
    process = subprocess.Popen(command, env=dict(os.environ))
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def pages(world: World) -> dict[str, tuple[str, str]]:
    """The pages measured: who asks, and for what."""
    return {
        "floor": ("liaison", "/floor/"),
        "checklist": ("liaison", f"/enrolments/{world.enrolment}"),
        "item": ("liaison", f"/enrolments/{world.enrolment}/items/1.1"),
        "desk": ("reviewer", "/review"),
        "board": ("leader", f"/coverage/{world.city}"),
        "town board": ("leader", f"/coverage/{world.town}"),
    }


def measure(world: World) -> list[Measured]:
    """The floor first, then every page: in rounds by turns, so that noise meets all alike."""
    with server() as port:
        browsers = {name: Browser(port).sign_in(name) for name in ("liaison", "reviewer", "leader")}
        took: dict[str, list[float]] = {name: [] for name in [*pages(world), "decision"]}
        waiting = iter(world.waiting)
        for number in range(ROUNDS + 1):
            for name, (who, path) in pages(world).items():
                times = [browsers[who].request("GET", path) for _ in range(PER_ROUND)]
                took[name] += times if number else []
            for enrolment, key, version in _next(waiting, DECISIONS):
                path = f"/enrolments/{enrolment}/items/{key}/decision"
                form = {"version": str(version), "verdict": "approve"}
                times = [browsers["reviewer"].request("POST", path, form)]
                took["decision"] += times if number else []
    return [Measured.of(name, times) for name, times in took.items()]


def _next(waiting: Iterator[tuple[int, str, int]], number: int) -> Iterator[tuple[int, str, int]]:
    for _ in range(number):
        yield next(waiting)


def statements(app: Flask, world: World) -> dict[str, int]:
    """How many statements each page sends, signed in and warm."""
    app.config["WTF_CSRF_ENABLED"] = False
    found: dict[str, int] = {}
    for name, (who, path) in pages(world).items():
        if name == "floor":
            found[name] = 1
            continue
        client = app.test_client()
        client.post("/login", data={"username": who, "password": PASSWORD})
        client.get(path)
        with counted() as seen:
            client.get(path)
        found[name] = len(seen)
    client = app.test_client()
    client.post("/login", data={"username": "reviewer", "password": PASSWORD})
    enrolment, key, version = world.waiting.pop()
    with counted() as seen:
        client.post(
            f"/enrolments/{enrolment}/items/{key}/decision",
            data={"version": version, "verdict": "approve"},
        )
    found["decision"] = len(seen)
    app.config["WTF_CSRF_ENABLED"] = True
    return found
