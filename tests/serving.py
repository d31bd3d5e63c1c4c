"""A real server of its own process on a site, and a proxy that loses what passes through it."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.conftest import Site

HOST = "127.0.0.1"


@dataclass
class Server:
    """The product's own server on a site; it can be killed and comes back on the same port."""

    site: Site
    port: int
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
        command += ["--port", str(self.port), "--log-level", "error", "tests.served:app"]
        environment = dict(os.environ) | {"CAMPAIGNS_INSTANCE": str(self.site.folder)}
        environment.pop("CAMPAIGNS_DATABASE_URL", None)
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        for _ in range(200):
            try:
                connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """Kills it and its workers, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """Ends it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)

    def memory(self) -> int:
        """The most that its processes have held at once, in bytes; decoding left out."""
        peak = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                text = status.read_text()
                command = (status.parent / "cmdline").read_bytes()
                same = os.getpgid(int(status.parent.name)) == self.process.pid
            except OSError:
                continue
            if same and b"decoding" not in command:
                peak += int(text.partition("VmHWM:")[2].split()[0]) * 1024
        return peak


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(site: Site) -> Iterator[Server]:
    """A live server on a site."""
    # The sessions of the site's visitors are good on the server too.
    (site.folder / "secret-key").write_text(str(site.app.secret_key))
    server = Server(site, free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def faulty(port: int, *, share: float, seed: int) -> Iterator[str]:
    """A proxy before a port that fails this share of requests: refused, cut within the body, or
    answered without the answer arriving; gives its address. HEAD always passes."""
    chance = random.Random(seed)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def passed(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fails = self.command != "HEAD" and chance.random() < share
            fault = chance.choice(("refused", "cut", "lost")) if fails else ""
            self.close_connection = self.close_connection or fails
            if fault == "refused":
                return
            upstream = http.client.HTTPConnection(HOST, port, timeout=20)
            try:
                upstream.putrequest(self.command, self.path, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in {"host", "connection"}:
                        upstream.putheader(name, value)
                upstream.endheaders(body[: len(body) // 2] if fault == "cut" else body)
                if fault == "cut":
                    return
                answer = upstream.getresponse()
                content = answer.read()
                if fault == "lost":
                    return
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"connection", "transfer-encoding"}:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True
            finally:
                upstream.close()

        do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = do_OPTIONS = passed

    proxy = ThreadingHTTPServer((HOST, 0), Passing)
    proxy.daemon_threads = True
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{proxy.server_port}"
    finally:
        proxy.shutdown()
        proxy.server_close()
