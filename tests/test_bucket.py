"""The store in a bucket, on a real SeaweedFS: the same promises as the folder's, and its faults."""

import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
import sqlalchemy as sa

from campaigns import commands, standards
from campaigns.database import db
from campaigns.evidence import likeness, records
from campaigns.evidence.bucket import Bucket, bucket_at
from campaigns.evidence.records import PHOTO, THUMBNAIL, Evidence
from campaigns.evidence.store import CHUNK, Folder, NotStored, Store, StoreAway, place
from campaigns.pages.application import create_app
from campaigns.standards import drafts, examples, orphans
from tests.cast import Cast
from tests.conftest import Site, settings_for
from tests.doing import taken
from tests.seaweed import Seaweed
from tests.serving import HOST, free_port
from tests.test_upload import item_url, jpeg, send
from tests.tus import Sender
from tests.visiting import Visitor, form

CONTENT = b"what was stored"
NAME = hashlib.sha256(CONTENT).hexdigest()
PDF = ".pdf"
AWAY = "does not answer. Keep what you have"


@pytest.fixture
def address(seaweed: Seaweed, tmp_path: Path) -> str:
    """Of an empty store."""
    return seaweed.address(hashlib.sha256(bytes(tmp_path)).hexdigest()[:16])


@pytest.fixture
def bucket(address: str) -> Bucket:
    """An empty store in a bucket."""
    return bucket_at(address)


@pytest.fixture
def remote(template: tuple[Path, Cast], tmp_path: Path, address: str) -> Iterator[Site]:
    """A site whose evidence lies in a bucket."""
    shutil.copy(template[0], tmp_path / "campaigns.db")
    app = create_app(replace(settings_for(tmp_path), store=address))
    yield Site(app, template[1], tmp_path)
    with app.app_context():
        db.engine.dispose()
    standards.forget()


def store_at(site: Site, address: str) -> None:
    """From now on the site keeps its evidence there."""
    site.app.config["CAMPAIGNS"] = replace(site.app.config["CAMPAIGNS"], store=address)


def nowhere() -> str:
    """The address of a store that is not there."""
    return f"s3://evidence/away?endpoint=http://{HOST}:{free_port()}"


def number_of(page_url: str, visitor: Visitor) -> str:
    return form(visitor.get(page_url), "/submit").values("evidence")[0]


def test_what_is_put_can_be_read_listed_and_removed(bucket: Bucket) -> None:
    assert bucket.put(CONTENT, PHOTO) == NAME
    assert bucket.put(CONTENT, PHOTO) == NAME
    bucket.put_beside(NAME, b"small", THUMBNAIL)
    assert bucket.read(NAME, PHOTO) == CONTENT
    assert (bucket.size(NAME, PHOTO), bucket.size(NAME, PDF)) == (len(CONTENT), None)
    assert {(each.name, each.suffix, each.size) for each in bucket.listed()} == {
        (NAME, PHOTO, len(CONTENT)),
        (NAME, THUMBNAIL, 5),
    }
    assert list(bucket.names()) == [NAME]
    bucket.remove(NAME, [THUMBNAIL])
    assert [each.suffix for each in bucket.listed()] == [PHOTO]
    bucket.remove(NAME)
    bucket.remove(NAME)
    assert list(bucket.listed()) == []
    with pytest.raises(NotStored):
        bucket.chunks(NAME, PHOTO)


def test_a_large_document_comes_in_chunks(bucket: Bucket) -> None:
    content = os.urandom(6 * CHUNK + 1)
    name = bucket.put(content, PDF)
    assert [len(chunk) for chunk in bucket.chunks(name, PDF)] == [*[CHUNK] * 6, 1]
    assert bucket.digest(name, PDF) == name


def test_without_its_bucket_a_store_is_away_and_not_empty(seaweed: Seaweed) -> None:
    store = bucket_at(seaweed.address("any").replace("s3://evidence", "s3://none-of-that-name"))
    with pytest.raises(StoreAway, match="no such bucket"):
        store.read(NAME, PHOTO)
    with pytest.raises(StoreAway):
        list(store.listed())


def test_of_eight_at_once_one_writes_and_all_are_content(bucket: Bucket) -> None:
    contents = [bytes([n]) * 100 for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: bucket.put_beside(NAME, each, THUMBNAIL), contents))
    first = bucket.read(NAME, THUMBNAIL)
    assert first in contents
    bucket.put_beside(NAME, b"later", THUMBNAIL)
    assert bucket.read(NAME, THUMBNAIL) == first


@pytest.mark.parametrize(
    "wrong",
    [
        "http://127.0.0.1/evidence",
        "s3://",
        "s3://key:secret@evidence",
        "s3://evidence?secret=x",
        "s3://evidence/a#b",
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the address of a store"):
        create_app(replace(settings_for(tmp_path), store=wrong))


def test_from_upload_to_likeness_and_check_on_a_bucket(remote: Site, bucket: Bucket) -> None:
    liaison, url = Visitor(remote, "liaison"), item_url(remote)
    assert send(liaison, url, jpeg(1), client_key="one").status_code == 303
    assert send(liaison, url, jpeg(1), client_key="two").status_code == 303
    assert not (remote.folder / "evidence").exists()
    number = number_of(url, liaison)
    for part, suffix in (("file", PHOTO), ("thumb", THUMBNAIL)):
        answer = liaison.get(f"/evidence/{number}/{part}")
        (name,) = bucket.names()
        assert answer.data == bucket.read(name, suffix)
        assert answer.content_length == len(answer.data)
        head = liaison.client.head(f"/evidence/{number}/{part}")
        assert (head.status_code, head.content_length) == (200, len(answer.data))
    with remote.app.app_context():
        pieces = db.session.scalars(sa.select(Evidence)).all()
        found = likeness.everywhere(bucket, pieces)
        assert all(len(alike) == 1 for alike in found.values())
    commands.register(remote.app)
    checked = remote.app.test_cli_runner().invoke(args=["check"])
    assert (checked.exit_code, checked.output) == (0, "0 differences\n")
    store_at(remote, nowhere())
    answer = liaison.get(
        f"/evidence/{number}/thumb", headers={"If-None-Match": f'"{name}{THUMBNAIL}"'}
    )
    assert answer.status_code == 304
    assert liaison.get(url).status_code == 200  # what looks alike is a hint: left out, no more


def test_while_the_store_is_away_nothing_is_half_kept(remote: Site, address: str) -> None:
    liaison, sender, url = Visitor(remote, "liaison"), Sender(remote), item_url(remote)
    assert send(liaison, url, jpeg(3)).status_code == 303
    number = number_of(url, liaison)
    store_at(remote, nowhere())
    for answer in (send(liaison, url, jpeg(1)), liaison.get(f"/evidence/{number}/file")):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert AWAY in answer.text
    photo = jpeg(2)
    part = sender.create(len(photo), client_key="on-the-phone").location
    answer = sender.patch(part, 0, photo)
    assert (answer.status_code, answer.json["code"]) == (503, "store_away")
    assert liaison.get(url).status_code == 200
    with remote.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evidence.id))) == 1
    assert list(remote.folder.glob("upload-*")) == []
    store_at(remote, address)
    at = sender.offset(part)
    assert at == len(photo) - 1  # the last byte brings it in
    assert sender.patch(part, at, photo[at:]).status_code == 204
    assert send(liaison, url, jpeg(1)).status_code == 303
    with remote.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evidence.id))) == 3


def test_commands_say_in_one_line_that_the_store_is_away(remote: Site) -> None:
    liaison, url = Visitor(remote, "liaison"), item_url(remote)
    send(liaison, url, jpeg(1))
    store_at(remote, nowhere())
    commands.register(remote.app)
    checked = remote.app.test_cli_runner().invoke(args=["check"])
    assert checked.exit_code == 1
    assert checked.output.startswith("Error: the store does not answer: ")


@contextmanager
def breaking(port: int, *, sent: int, answered: int) -> Iterator[int]:
    """A line to a port on which only so many bytes of what is sent, and of what is answered, pass;
    then it breaks. Gives its own port."""
    listener = socket.create_server((HOST, 0))

    def relay(source: socket.socket, target: socket.socket, left: int) -> None:
        with suppress(OSError):
            while left > 0 and (chunk := source.recv(min(left, 65536))):
                target.sendall(chunk)
                left -= len(chunk)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            while True:
                near, _peer = listener.accept()
                far = socket.create_connection((HOST, port))
                for ends in ((near, far, sent), (far, near, answered)):
                    threading.Thread(target=relay, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_a_line_that_breaks_while_sending_leaves_nothing(seaweed: Seaweed, bucket: Bucket) -> None:
    content = os.urandom(300_000)
    name = hashlib.sha256(content).hexdigest()
    with breaking(seaweed.port, sent=100_000, answered=100_000) as port:
        broken = bucket_at(seaweed.address(bucket.prefix, port))
        with pytest.raises(StoreAway):
            broken.put(content, PHOTO)
    assert bucket.size(name, PHOTO) is None
    assert bucket.put(content, PHOTO) == name
    assert bucket.digest(name, PHOTO) == name


def test_a_lost_answer_is_made_good_by_sending_again(seaweed: Seaweed, bucket: Bucket) -> None:
    with breaking(seaweed.port, sent=1 << 30, answered=0) as port:
        deaf = bucket_at(seaweed.address(bucket.prefix, port))
        with pytest.raises(StoreAway):
            deaf.put(CONTENT, PHOTO)
    assert bucket.put(CONTENT, PHOTO) == NAME
    assert bucket.read(NAME, PHOTO) == CONTENT


def test_a_line_that_breaks_while_reading_is_never_a_shorter_file(
    seaweed: Seaweed, bucket: Bucket
) -> None:
    name = bucket.put(os.urandom(300_000), PHOTO)
    line = breaking(seaweed.port, sent=100_000, answered=50_000)
    with line as port, pytest.raises(StoreAway):
        bucket_at(seaweed.address(bucket.prefix, port)).read(name, PHOTO)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store, of each kind in turn."""
    return (
        Folder(tmp_path / "evidence")
        if request.param == "folder"
        else request.getfixturevalue("bucket")
    )


def alter(store: Store, name: str, suffix: str, content: bytes) -> None:
    """Writes over a stored file, as no store of ours does."""
    if isinstance(store, Folder):
        store.path(name, suffix).write_bytes(content)
    elif isinstance(store, Bucket):
        obstore.put(store._client, place(name, suffix), content)


def picture(store: Store, cast: Cast, content: bytes) -> Evidence:
    """A stored picture."""
    return records.add(
        store,
        taken(content, b"small"),
        unit_id=cast.units["village"],
        uploader_id=cast.people["liaison"],
        client_key=content.hex(),
    )


def found(store: Store, *, hours: int = -1) -> list[str]:
    """What ``flask check`` says about the stored files, those of so many last hours left out."""
    before = datetime.now(UTC) - timedelta(hours=hours)
    return [*records.check(store), *examples.check(store), *orphans.check(store, before)]


def test_missing_altered_and_orphaned_files_are_named(cast: Cast, store: Store) -> None:
    lost, other, bare, removed = (picture(store, cast, each) for each in (b"1", b"2", b"3", b"4"))
    draft = drafts.begin("drug-free-village", by=None)
    drafts.illustrate(draft, "2.2", taken(b"5", b"s"), store, draft.row_version, by=None)
    example = drafts.criterion(draft, "2.2").example_sha256
    assert example
    assert found(store) == []
    store.remove(lost.stored_sha256, [PHOTO])
    assert found(store) == [
        f"evidence {lost.id}: {place(lost.stored_sha256, PHOTO)} is missing: "
        "bring it back from a backup"
    ]
    lost.removed_at = lost.sent_at
    db.session.flush()
    store.remove(lost.stored_sha256)
    alter(store, other.stored_sha256, PHOTO, b"!")
    assert found(store) == [
        f"evidence {other.id}: {place(other.stored_sha256, PHOTO)} is not what was stored: "
        "bring it back from a backup"
    ]
    alter(store, other.stored_sha256, PHOTO, b"2")
    store.remove(bare.stored_sha256, [THUMBNAIL])
    (line,) = found(store)
    assert f"{place(bare.stored_sha256, THUMBNAIL)} is missing" in line
    store.put_beside(bare.stored_sha256, b"small", THUMBNAIL)
    alter(store, example, PHOTO, b"!")
    (line,) = found(store)
    assert line.startswith("example of criterion ")
    alter(store, example, PHOTO, b"5")
    removed.removed_at = removed.sent_at
    db.session.flush()
    assert sorted(found(store)) == sorted(
        f"orphan {place(removed.stored_sha256, suffix)}: it belongs to nothing: delete it"
        for suffix in (PHOTO, THUMBNAIL)
    )
    assert found(store, hours=1) == []
    store.remove(removed.stored_sha256)
    assert found(store) == []
