"""A throw-away PostgreSQL for the tests that need one.

    with running() as server:
        url = server.create_database("empty")

Each process that asks starts its own, on a Unix socket in a private folder; the server is gone
with the process that started it, however that ends.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

OLDEST = 15
START, STOP = 30.0, 20.0  # seconds that starting and stopping may take
# The data is thrown away, so nothing has to survive a crash.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "shared_buffers": "32MB",
}


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL; `folder` holds its socket."""

    folder: Path

    def url(self, name: str) -> str:
        """The address of a database, as SQLAlchemy and CAMPAIGNS_DATABASE_URL take it."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Makes a database, empty or as a copy of another that nobody is connected to; its url."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template or "template1")
        )
        with self.connect() as connection:
            connection.execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database, and ends the connections to it, if there is one of that name."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        with self.connect() as connection:
            connection.execute(statement)

    def connect(self) -> psycopg.Connection:
        """A connection to the maintenance database, outside any transaction."""
        return psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        )


def programs() -> Path:
    """The folder of the newest installed PostgreSQL; raises FileNotFoundError without one."""
    found = {
        int(path.parts[-3]): path.parent
        for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
        if path.parts[-3].isdigit() and int(path.parts[-3]) >= OLDEST
    }
    if not found:
        raise FileNotFoundError(f"PostgreSQL {OLDEST} or newer is missing: apt install postgresql")
    return found[max(found)]


def _identity(folder: Path) -> list[str]:
    """The words before a command that run it as somebody who may own a server: never root."""
    # The signal comes even when the tests are killed: setpriv keeps the process number.
    words = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() != 0:
        return words
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [*words, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _initialise(identity: list[str], data: Path) -> None:
    """Makes the data folder, in the first of the plain locales that this system has."""
    for locale in ("C.UTF-8", "C"):
        command = [*identity, str(programs() / "initdb"), "--pgdata", str(data), "--no-sync"]
        command += ["--username=postgres", "--auth=trust", "-E", "UTF8", f"--locale={locale}"]
        made = subprocess.run(command, capture_output=True, text=True, cwd=data.parent, check=False)
        if made.returncode == 0:
            return
    raise RuntimeError(f"initdb failed: {made.stderr}")


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while True:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)


@contextmanager
def running() -> Iterator[Server]:
    """A fresh server for as long as the block lasts; its data goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        identity = _identity(folder)
        data, log = folder / "data", folder / "log"
        _initialise(identity, data)
        command = [*identity, str(programs() / "postgres"), "-D", str(data), "-k", str(folder)]
        for name, value in SETTINGS.items():
            command += ["-c", f"{name}={value}"]
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
        server = Server(folder)
        try:
            _wait_until_ready(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown: open connections are ended
            try:
                process.wait(STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for each worker of the tests; take it up with pytest_plugins."""
    with running() as server:
        yield server
