"""Moving evidence between a folder and a bucket: killed half-way and run again, all is there."""

import hashlib
import os
import signal
import subprocess
import sys
import time as real_time
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from campaigns import commands
from campaigns.evidence import moving
from campaigns.evidence.records import PHOTO, THUMBNAIL
from campaigns.evidence.store import Folder, Store, open_store, place
from tests.conftest import Site
from tests.seaweed import Seaweed

FILES = 160


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A store in a folder."""
    return Folder(tmp_path / "evidence")


@pytest.fixture
def address(seaweed: Seaweed, tmp_path: Path) -> str:
    """Of an empty store in a bucket."""
    return seaweed.address(hashlib.sha256(bytes(tmp_path)).hexdigest()[:16])


@pytest.fixture
def runner(site: Site) -> FlaskCliRunner:
    """Runs commands on a site of its own."""
    commands.register(site.app)
    return site.app.test_cli_runner()


def filled(store: Store, number: int = 3) -> dict[str, bytes]:
    """Puts so many pictures with thumbnails; gives what lies where."""
    for n in range(number):
        store.put_beside(store.put(b"picture %d" % n, PHOTO), b"small %d" % n, THUMBNAIL)
    return held(store)


def held(store: Store) -> dict[str, bytes]:
    return {each.place: store.read(each.name, each.suffix) for each in store.listed()}


def test_there_and_back_everything_arrives_and_nothing_is_removed_unasked(
    runner: FlaskCliRunner, folder: Folder, address: str, tmp_path: Path
) -> None:
    files, bucket, back = filled(folder), open_store(address), Folder(tmp_path / "back")
    moved = runner.invoke(args=["move-evidence", str(folder.root), address])
    assert (moved.exit_code, moved.output) == (0, "copied 6 files, 0 MB\n")
    assert held(bucket) == held(folder) == files
    folder.put(b"meanwhile", PHOTO)
    again = runner.invoke(args=["move-evidence", str(folder.root), address])
    assert again.output == "copied 1 files, 0 MB, 6 were there already\n"
    moved = runner.invoke(args=["move-evidence", "--remove", address, str(back.root)])
    assert moved.output.splitlines() == [
        "copied 7 files, 0 MB",
        "compared 7 files, 0 MB",
        "removed 7 files, 0 MB",
    ]
    assert held(back) == held(folder)
    assert held(bucket) == {}


def test_what_is_wrong_is_named_and_then_nothing_is_removed(
    runner: FlaskCliRunner, folder: Folder, tmp_path: Path
) -> None:
    files, other = filled(folder), tmp_path / "other"
    name = next(folder.names())
    folder.path(name, PHOTO).write_bytes(b"altered")
    moved = runner.invoke(args=["move-evidence", "--remove", str(folder.root), str(other)])
    assert moved.exit_code == 1
    assert f"{place(name, PHOTO)} is not what was stored" in moved.output
    assert "1 files are wrong, nothing is removed" in moved.output
    assert held(folder).keys() == files.keys()
    folder.path(name, PHOTO).write_bytes(files[place(name, PHOTO)])
    (other / place(name, THUMBNAIL)).write_bytes(b"altere?")
    moved = runner.invoke(args=["move-evidence", "--remove", str(folder.root), str(other)])
    assert moved.exit_code == 1
    assert f"{place(name, THUMBNAIL)} is not the same there" in moved.output
    assert held(folder) == files


def test_one_store_under_two_addresses_is_never_emptied(
    runner: FlaskCliRunner, folder: Folder, address: str, tmp_path: Path
) -> None:
    files = filled(folder)
    (tmp_path / "link").symlink_to(folder.root)
    for other in (folder.root, tmp_path / "link"):
        moved = runner.invoke(args=["move-evidence", "--remove", str(folder.root), str(other)])
        assert moved.exit_code == 1
        assert "the two addresses are of one store" in moved.output
    assert held(folder) == files
    files = filled(open_store(address))
    other = address.replace("127.0.0.1", "localhost")
    moved = runner.invoke(args=["move-evidence", "--remove", address, other])
    assert "the two addresses are of one store" in moved.output
    assert held(open_store(address)) == files


def test_what_comes_in_while_the_source_is_emptied_stays(folder: Folder, tmp_path: Path) -> None:
    filled(folder)
    other = Folder(tmp_path / "other")
    assert all(step.done for step in moving.copy(folder, other))
    late = folder.put(b"late", PHOTO)
    assert len(list(moving.remove(folder, other))) == 6
    assert list(folder.names()) == [late]


def test_killed_half_way_and_run_again_everything_is_there(
    folder: Folder, address: str, tmp_path: Path
) -> None:
    files, bucket = filled(folder, FILES // 2), open_store(address)
    command = [sys.executable, "-m", "flask", "--app", "app", "move-evidence", "--remove"]
    command += [str(folder.root), address]
    environment = os.environ | {"CAMPAIGNS_INSTANCE": str(tmp_path / "instance")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and len(list(bucket.listed())) < FILES // 10:
        real_time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(list(bucket.listed())) < FILES
    assert held(folder) == files
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert held(bucket) == files
    assert held(folder) == {}
