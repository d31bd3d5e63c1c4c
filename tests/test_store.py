"""Stored files: named by their content, whole or not there, never outside their folder."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from campaigns.evidence.records import PHOTO, THUMBNAIL
from campaigns.evidence.store import Folder

CONTENT = b"what was stored"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    """An empty store whose folder is not made yet."""
    return Folder(tmp_path / "evidence")


def test_a_file_is_named_by_what_it_holds(store: Folder) -> None:
    assert store.put(CONTENT, PHOTO) == NAME
    assert store.path(NAME, PHOTO).read_bytes() == CONTENT
    assert list(store.names()) == [NAME]


def test_the_same_twice_is_one_file(store: Folder) -> None:
    store.put(CONTENT, PHOTO)
    before = store.path(NAME, PHOTO).stat().st_mtime_ns
    assert store.put(CONTENT, PHOTO) == NAME
    assert store.path(NAME, PHOTO).stat().st_mtime_ns == before
    assert [each.name for each in store.root.iterdir()] == [NAME[:2]]


def test_a_file_is_on_disk_before_it_has_its_name(
    store: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        order.append("folder" if Path(f"/proc/self/fd/{descriptor}").resolve().is_dir() else "file")
        fsync(descriptor)

    def renamed(source: Path, target: Path) -> Path:
        order.append("name")
        return replace(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    store.put(CONTENT, PHOTO)
    assert order == ["file", "name", "folder", "folder", "folder"]


def test_a_full_disk_leaves_nothing(store: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        store.put(CONTENT, PHOTO)
    assert [each for each in store.root.rglob("*") if each.is_file()] == []


def test_others_on_the_machine_cannot_look_in(store: Folder) -> None:
    store.put(CONTENT, PHOTO)
    file = store.path(NAME, PHOTO)
    assert file.stat().st_mode & 0o077 == 0
    for folder in (store.root, file.parent, file.parent.parent):
        assert folder.stat().st_mode & 0o077 == 0


def test_removing_takes_the_thumbnail_along_and_is_harmless_twice(store: Folder) -> None:
    store.put(CONTENT, PHOTO)
    store.put_beside(NAME, b"small", THUMBNAIL)
    store.remove(NAME)
    store.remove(NAME)
    assert [each for each in store.root.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("../../etc/passwd", PHOTO),
        (NAME.upper(), PHOTO),
        (NAME + "0", PHOTO),
        (NAME[:-1], PHOTO),
        ("", PHOTO),
        (NAME + "\n", PHOTO),
        (NAME, ".exe"),
        (NAME, "/../x.jpg"),
        (NAME, ""),
    ],
)
def test_no_name_leads_out_of_the_folder(store: Folder, name: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        store.path(name, suffix)


def test_the_sweep_takes_old_parts_only(store: Folder) -> None:
    store.put(CONTENT, PHOTO)
    old, young = store.root / "part-old", store.root / "part-young"
    for each in (old, young):
        each.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert store.sweep(timedelta(hours=1)) == 1
    assert not old.exists()
    assert young.exists()
    assert list(store.names()) == [NAME]
