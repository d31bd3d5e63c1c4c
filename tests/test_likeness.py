"""Same picture? What is found, for whom, and what is never taken for the same."""

import functools
import io

import numpy as np
import pytest
import sqlalchemy as sa

from campaigns import commands, database
from campaigns.database import db
from campaigns.errors import NotFound
from campaigns.evidence import intake, likeness, records, shades
from campaigns.evidence.index import Index
from campaigns.evidence.records import Evidence
from campaigns.evidence.store import Folder
from campaigns.history import Event
from campaigns.pages.application import create_app
from campaigns.settings import Settings
from tests.bench.scenes import EDITS, scene, shot
from tests.conftest import Site, Time
from tests.visiting import meanwhile


@functools.cache
def photo(number: int = 1, of: int = 1, edit: str | None = None) -> bytes:
    """A photo of some scene, or what became of it."""
    picture = shot(scene(of), number)
    if edit is not None:
        picture = EDITS[edit](picture, np.random.default_rng(5))
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=70 if edit else 88)
    return stream.getvalue()


def kept(site: Site, content: bytes, unit: str = "village") -> int:
    """The id of the picture as evidence of a unit of the cast."""
    file = site.folder / "sent"
    file.write_bytes(content)
    taken = intake.look_at(file, "a.jpg", documents=False, scanner=None)
    with meanwhile(site):
        sent = db.session.scalar(sa.select(sa.func.count(Evidence.id)))
        made = records.add(
            store(site),
            taken,
            unit_id=site.cast.units[unit],
            uploader_id=site.cast.people["liaison"],
            client_key=f"key-{sent}",
        )
        return made.id


def store(site: Site) -> Folder:
    return Folder(site.folder / "evidence")


def everywhere(site: Site, evidence_id: int) -> dict[int, int]:
    """What looks like it and how much, wherever it is."""
    with site.app.app_context():
        piece = db.session.get_one(Evidence, evidence_id)
        found = likeness.everywhere(store(site), [piece])[evidence_id]
        return {each.evidence.id: each.percent for each in found}


def in_unit(site: Site, evidence_id: int) -> list[int]:
    with site.app.app_context():
        piece = db.session.get_one(Evidence, evidence_id)
        found = likeness.in_unit(store(site), [piece])[evidence_id]
        return [each.evidence.id for each in found]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_picture_is_found_again_from_either_side(site: Site, edit: str) -> None:
    first = kept(site, photo(), "far village")
    second = kept(site, photo(edit=edit))
    for one, other in ((first, second), (second, first)):
        assert list(everywhere(site, one)) == [other]
        assert everywhere(site, one)[other] >= 88


def test_a_copy_is_the_same_to_the_last_percent(committing: Site) -> None:
    first, second = kept(committing, photo()), kept(committing, photo(), "school")
    assert everywhere(committing, second) == {first: 100}


def test_a_blank_wall_is_alike_to_none_but_its_copy(site: Site) -> None:
    from tests.test_upload import jpeg

    first, second, third = (kept(site, each) for each in (jpeg(1), jpeg(2), jpeg(1)))
    with site.app.app_context():
        assert db.session.get_one(Evidence, first).difference_hash is None
    assert everywhere(site, second) == {}
    assert everywhere(site, third) == {first: 100}


def test_another_photo_of_the_same_scene_is_another_picture(site: Site) -> None:
    for number in range(4):
        kept(site, photo(number), "far village")
    assert everywhere(site, kept(site, photo(9))) == {}


def test_the_most_alike_come_first(site: Site) -> None:
    edits = ("crop", "stamp", "darker")
    ids = {edit: kept(site, photo(edit=edit), "neighbour") for edit in edits}
    found = everywhere(site, kept(site, photo()))
    assert set(found) == {*ids.values()}
    assert [*found.values()] == sorted(found.values(), reverse=True)
    assert next(iter(found)) == ids["darker"]


def test_a_unit_is_told_of_its_own_earlier_pictures_only(committing: Site) -> None:
    kept(committing, photo(), "neighbour")
    first = kept(committing, photo(edit="resize"))
    second = kept(committing, photo(edit="darker"))
    assert in_unit(committing, second) == [first]
    assert in_unit(committing, first) == []


def test_what_was_told_apart_is_not_told_again(committing: Site) -> None:
    first, second = kept(committing, photo()), kept(committing, photo(edit="stamp"))
    by = committing.cast.people["liaison"]
    with meanwhile(committing):
        piece = db.session.get_one(Evidence, second)
        likeness.tell_apart(piece, first, by=by)
        likeness.tell_apart(piece, first, by=by)
        assert likeness.told_apart([second]) == {(second, first)}
    assert in_unit(committing, second) == []
    # The reviewer still sees both, and what the unit says of them.
    assert list(everywhere(committing, second)) == [first]


def test_what_was_removed_is_found_no_longer(committing: Site, time: Time) -> None:
    first, second = kept(committing, photo()), kept(committing, photo(edit="crop"))
    assert list(everywhere(committing, second)) == [first]
    with meanwhile(committing):
        db.session.get_one(Evidence, first).removed_at = time.now
    assert everywhere(committing, second) == {}
    assert in_unit(committing, second) == []


def test_what_came_later_is_found_without_a_restart(committing: Site) -> None:
    first = kept(committing, photo())
    assert everywhere(committing, first) == {}
    second = kept(committing, photo(edit="brighter"), "school")
    assert list(everywhere(committing, first)) == [second]
    third = kept(committing, photo(edit="turn"), "hospital")
    assert set(everywhere(committing, first)) == {second, third}


def test_another_process_finds_the_same(site: Site) -> None:
    first, second = kept(site, photo()), kept(site, photo(edit="turn"), "school")
    chosen: Settings = site.app.config["CAMPAIGNS"]
    other = Site(create_app(chosen), site.cast, site.folder)
    assert everywhere(site, first).keys() == everywhere(other, first).keys() == {second}


def test_what_is_committed_after_a_higher_id_is_found(committing: Site) -> None:
    first, second = kept(committing, photo()), kept(committing, photo(edit="crop"), "school")
    with meanwhile(committing):
        db.session.execute(sa.update(Evidence).where(Evidence.id == second).values(id=60))
    assert set(everywhere(committing, first)) == {60}
    # PostgreSQL counts on from where it was; SQLite from the highest.
    third = kept(committing, photo(edit="stamp"), "school")
    assert set(everywhere(committing, first)) == {60, third}


def test_what_was_never_committed_is_not_remembered(committing: Site) -> None:
    first = kept(committing, photo())
    with committing.app.app_context():
        database.begin_mode(writing=True)
        piece = db.session.get_one(Evidence, first)
        columns = {each.name: getattr(piece, each.name) for each in Evidence.__table__.c}
        ghost = Evidence(**columns | {"id": None, "client_key": "ghost"})
        db.session.add(ghost)
        db.session.flush()
        likeness.everywhere(store(committing), [piece])
        db.session.rollback()
    assert everywhere(committing, first) == {}
    second = kept(committing, photo(edit="crop"), "school")
    assert list(everywhere(committing, first)) == [second]


def test_a_picture_without_its_file_breaks_nothing(site: Site) -> None:
    first, second = kept(site, photo()), kept(site, photo(edit="crop"))
    with site.app.app_context():
        name = db.session.get_one(Evidence, first).stored_sha256
    store(site).remove(name)
    assert everywhere(site, second) == {}
    assert everywhere(site, first) == {}


def test_a_look_is_kept_and_opens_the_other_picture_for_a_while(
    committing: Site, time: Time
) -> None:
    first, second = kept(committing, photo(), "far village"), kept(committing, photo(edit="crop"))
    reviewer, colleague = (committing.cast.people[n] for n in ("reviewer", "second_reviewer"))
    with committing.app.app_context(), database.reading():
        piece = db.session.get_one(Evidence, second)
        with pytest.raises(NotFound):
            likeness.compared(piece, first, by=reviewer)
        alike = likeness.everywhere(store(committing), [piece])[second]
        likeness.note_look(piece, alike, by=reviewer, address="-")
        db.session.rollback()  # the next request
        assert likeness.compared(piece, first, by=reviewer).id == first
        for other, by in ((second, reviewer), (first + 99, reviewer), (first, colleague)):
            with pytest.raises(NotFound):
                likeness.compared(piece, other, by=by)
        event = db.session.scalars(sa.select(Event).where(Event.verb == "compared")).one()
        assert (event.subject_id, event.person_id) == (second, reviewer)
        assert event.detail == {"others": [first]}
    time.pass_by(hours=13)
    with committing.app.app_context(), pytest.raises(NotFound):
        likeness.compared(db.session.get_one(Evidence, second), first, by=reviewer)


def test_pictures_of_before_are_hashed_afterwards(committing: Site) -> None:
    first, second = kept(committing, photo()), kept(committing, photo(edit="stamp"), "school")
    with meanwhile(committing):
        db.session.execute(sa.update(Evidence).values(difference_hash=None))
    assert everywhere(committing, first) == {}
    with meanwhile(committing):
        assert likeness.hash_earlier(store(committing), 0, 1) == [first]
    commands.register(committing.app)
    told = committing.app.test_cli_runner().invoke(args=["likeness"])
    assert told.output == "pictures looked at: 1\n", told.output
    chosen: Settings = committing.app.config["CAMPAIGNS"]
    restarted = Site(create_app(chosen), committing.cast, committing.folder)
    assert list(everywhere(restarted, first)) == [second]


def test_an_index_finds_every_hash_within_so_many_bits() -> None:
    chance = np.random.default_rng(1)
    hashes = [chance.bytes(16) for _ in range(3000)]
    index = Index()
    for number, each in enumerate(hashes):
        index.extend([number + 10], [each])
    wanted = bytearray(hashes[1234])
    wanted[0] ^= 0b1110_0000
    wanted[15] ^= 0b0001_1111
    assert index.near([bytes(wanted)], 8, 5) == [(1244, 0)]
    assert index.near([bytes(wanted)], 7, 5) == []
    assert index.near([bytes(wanted), hashes[1234]], 8, 5) == [(1244, 1)]
    assert index.near([hashes[1234]], 8, 5, since=1235) == []
    assert len(index.near(hashes[:9], 0, 5)) == 5


def test_shades_of_the_wrong_size_are_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        shades.read(b"\0" * 100)
