"""Erasing: what is removed for good, what follows for items, and crashes at any point."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaigns import review
from campaigns.campaign import CampaignState
from campaigns.database import db
from campaigns.enrolment import checklist, erasing, proof, records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.erasing import Erasure, Why
from campaigns.enrolment.records import Item, ItemState
from campaigns.errors import Refused
from campaigns.evidence import quota
from campaigns.evidence import records as evidence_records
from campaigns.evidence.records import PHOTO, THUMBNAIL, Evidence
from campaigns.evidence.store import Folder, place
from campaigns.standards import Criterion, orphans
from tests.cast import Cast
from tests.conftest import Site
from tests.doing import approve, enrolment, events, give_back, picture, send, slot, taken
from tests.visiting import meanwhile


def first(item: Item) -> Evidence:
    return records.attached(item.id)[0]


def shows_a_face(cast: Cast, piece: Evidence, by: str = "liaison") -> None:
    erasing.erase(piece, Why.FACE, by=cast.people[by])


def test_what_is_removed_leaves_a_note_and_nothing_to_know_it_by(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, "2.2")
    piece = first(item)
    piece.difference_hash = bytes(16)
    erasing.erase(piece, Why.OTHER, "A door with a name.", by=cast.people["office"])
    assert piece.removed_at is not None
    assert piece.captured_at is piece.capture_source is piece.difference_hash is None
    ((gone, erasure),) = erasing.of_item(item.id)
    assert gone is piece
    assert (erasure.why, erasure.note) == (Why.OTHER, "A door with a name.")
    assert erasure.erased_by == cast.people["office"]
    assert events("evidence", piece.id) == ["erased"]
    assert "erased" in events("item", item.id)


def test_another_reason_has_to_be_told(cast: Cast) -> None:
    piece = picture(cast.units["village"], cast.people["liaison"])
    with pytest.raises(Refused, match="why_untold"):
        erasing.erase(piece, Why.OTHER, by=cast.people["liaison"])
    assert piece.removed_at is None


def test_whoever_comes_second_changes_nothing(cast: Cast) -> None:
    piece = picture(cast.units["village"], cast.people["liaison"])
    assert erasing.erase(piece, Why.FACE, by=cast.people["liaison"]) == 1
    assert erasing.erase(piece, Why.PLATE, by=cast.people["office"]) == 0
    assert erasing.of_piece(piece).why is Why.FACE


def test_an_item_that_waits_and_lacks_a_piece_opens_again_without_blame(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, "2.2")
    shows_a_face(cast, first(item), "reviewer")
    assert item.state is ItemState.OPEN
    assert item.reason is item.due_on is None
    assert events("item", item.id)[-2:] == ["erased", "opened_again"]
    assert [*recount.check()] == []
    line = checklist.one(village, slot(village, "2.2"), seen_by_unit=True)
    assert (line.pieces, line.missing, line.to_do) == (1, 1, True)


def test_an_item_with_pieces_enough_goes_on_waiting(cast: Cast) -> None:
    village = enrolment(cast)
    wanted = slot(village, "2.2")
    by = cast.people["liaison"]
    more = tuple(picture(village.unit_id, by).id for _ in range(wanted.pieces + 1))
    item = send(cast, village, "2.2", Answer(evidence=more))
    shows_a_face(cast, first(item))
    assert item.state is ItemState.SUBMITTED
    assert [*recount.check()] == []


def test_what_is_approved_stays_approved(cast: Cast) -> None:
    village = enrolment(cast)
    item = approve(cast, village, send(cast, village, "2.2"))
    shows_a_face(cast, first(item))
    assert item.state is ItemState.APPROVED
    assert len(erasing.of_item(item.id)) == 1
    assert [*recount.check()] == []


def test_what_came_back_stays_as_it_is_and_lacks_a_piece(cast: Cast) -> None:
    village = enrolment(cast)
    item = give_back(cast, village, send(cast, village, "2.2"))
    reason, due_on = item.reason, item.due_on
    shows_a_face(cast, first(item))
    assert (item.state, item.reason, item.due_on) == (ItemState.RETURNED, reason, due_on)
    assert records.pieces([item.id]) == {item.id: 1}


def test_in_a_closed_campaign_nothing_moves_but_the_picture_goes(cast: Cast) -> None:
    village = enrolment(cast)
    item = send(cast, village, "2.2")
    village.campaign.state = CampaignState.CLOSED
    shows_a_face(cast, first(item))
    assert item.state is ItemState.SUBMITTED
    assert records.pieces([item.id]) == {item.id: 1}


def test_copies_of_the_unit_go_too_and_those_of_others_stay(cast: Cast) -> None:
    liaison = cast.people["liaison"]
    piece, copy = (picture(cast.units["village"], liaison) for _ in range(2))
    foreign = picture(cast.units["neighbour"], liaison)
    copy.stored_sha256 = foreign.stored_sha256 = piece.stored_sha256
    db.session.flush()
    assert erasing.copies(piece) == [piece, copy]
    assert erasing.erase(piece, Why.FACE, by=liaison) == 2
    assert copy.removed_at is not None
    assert foreign.removed_at is None


def test_removed_pieces_leave_their_place_and_their_share(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = enrolment(cast)
    wanted, by = slot(village, "2.2"), cast.people["liaison"]
    monkeypatch.setattr("campaigns.settings.PHOTOS_PER_ITEM", 1)
    piece = picture(village.unit_id, by)
    transitions.attach(village, wanted, piece)
    shows_a_face(cast, piece)
    transitions.attach(village, wanted, picture(village.unit_id, by))
    monkeypatch.setattr("campaigns.settings.UNIT_BYTES", 2)
    quota.require(by, village.unit_id, [1], [])


def test_a_phone_that_sends_it_again_does_not_bring_it_back(cast: Cast, tmp_path: Path) -> None:
    village = enrolment(cast)
    wanted, by = slot(village, "2.2"), cast.people["liaison"]
    sent, store = {"key": taken(b"photo", b"small")}, Folder(tmp_path / "evidence")
    (piece,) = proof.keep(store, village, wanted, sent, by=by)
    shows_a_face(cast, piece)
    other = slot(village, "2.3")
    assert proof.keep(store, village, other, sent, by=by) == [piece]
    assert records.item(village, other.key) is None


def test_it_is_said_when_the_town_sends_for_the_unit(cast: Cast) -> None:
    village = enrolment(cast)
    assert not send(cast, village, "2.3").by_town
    item = send(cast, village, "2.2", by="reviewer")
    assert item.by_town
    assert checklist.one(village, slot(village, "2.2"), seen_by_unit=True).by_town
    assert review.has_part_in(item, cast.people["reviewer"])
    transitions.take_back(village, item, item.row_version, by=cast.people["reviewer"])
    assert not item.by_town
    again = send(cast, village, "2.2")
    assert not again.by_town


def test_what_the_town_uploads_is_its_own_until_it_is_sent(cast: Cast, tmp_path: Path) -> None:
    village = enrolment(cast)
    wanted, store = slot(village, "2.2"), Folder(tmp_path / "evidence")
    sent = {"key": taken(b"photo", b"small")}
    proof.keep(store, village, wanted, sent, by=cast.people["reviewer"])
    line = checklist.one(village, wanted, seen_by_unit=True)
    assert line.by_town
    assert line.item is not None
    assert not line.item.by_town


def store_of(site: Site) -> Folder:
    return Folder(site.folder / "evidence")


def kept(site: Site, unit: str = "village", by: str = "liaison", key: str = "key") -> int:
    """A stored picture, always of the same bytes; gives its id."""
    with meanwhile(site):
        made = evidence_records.add(
            store_of(site),
            taken(b"a face", b"a small face"),
            unit_id=site.cast.units[unit],
            uploader_id=site.cast.people[by],
            client_key=key,
        )
        return made.id


def erase(site: Site, evidence_id: int) -> str:
    """Removes it, and stops before the bytes go; gives their name."""
    with meanwhile(site):
        piece = db.session.get_one(Evidence, evidence_id)
        erasing.erase(piece, Why.FACE, by=site.cast.people["liaison"])
        return piece.stored_sha256


def checked(site: Site) -> list[str]:
    with site.app.app_context():
        store = store_of(site)
        later = datetime.now(UTC) + timedelta(hours=1)
        return [*orphans.check(store, later), *evidence_records.check(store)]


def sweep(site: Site) -> int:
    with site.app.app_context():
        return erasing.sweep(store_of(site))


def test_a_crash_before_the_commit_loses_nothing(committing: Site) -> None:
    evidence_id = kept(committing)
    with committing.app.app_context():
        piece = db.session.get_one(Evidence, evidence_id)
        erasing.erase(piece, Why.FACE, by=committing.cast.people["liaison"])
        db.session.rollback()
    assert sweep(committing) == 0
    assert checked(committing) == []
    assert [*store_of(committing).names()] != []


def test_a_crash_after_the_commit_keeps_nothing_for_long(committing: Site) -> None:
    evidence_id = kept(committing)
    name = erase(committing, evidence_id)
    assert checked(committing) == [
        f"orphan {place(name, each)}: it belongs to nothing: delete it"
        for each in (PHOTO, THUMBNAIL)
    ]
    assert sweep(committing) == 1
    assert not any(store_of(committing).path(name, each).exists() for each in (PHOTO, THUMBNAIL))
    assert checked(committing) == []
    assert sweep(committing) == 0


def test_a_crash_while_the_bytes_go_is_made_good_the_next_night(
    committing: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = erase(committing, kept(committing))

    def half(store: Folder, gone: str) -> None:
        store.path(gone, PHOTO).unlink()
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "remove", half)
        with pytest.raises(OSError, match="power"):
            sweep(committing)
    assert store_of(committing).path(name, THUMBNAIL).exists()
    assert sweep(committing) == 1
    assert not store_of(committing).path(name, THUMBNAIL).exists()


def test_bytes_that_others_use_stay_until_the_last_of_them_goes(committing: Site) -> None:
    own, foreign = kept(committing), kept(committing, "far village", "far_liaison")
    erase(committing, own)
    assert sweep(committing) == 0
    assert checked(committing) == []
    erase(committing, foreign)
    assert sweep(committing) == 1
    with committing.app.app_context():
        assert None not in db.session.scalars(sa.select(Erasure.swept_at)).all()


def test_an_example_picture_of_the_same_bytes_stays(site: Site) -> None:
    name = erase(site, kept(site))
    with meanwhile(site):
        for trigger in db.session.scalars(
            sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            db.session.execute(sa.text(f"DROP TRIGGER {trigger}"))
        some = db.session.scalars(sa.select(Criterion.id)).first()
        changed = sa.update(Criterion).where(Criterion.id == some)
        db.session.execute(changed.values(example_sha256=name))
    assert sweep(site) == 0
    assert checked(site) == []
    assert store_of(site).path(name, PHOTO).exists()


def test_the_same_picture_sent_anew_after_the_removal_is_safe_from_the_sweep(
    committing: Site,
) -> None:
    erase(committing, kept(committing))
    kept(committing, key="another")
    assert sweep(committing) == 0
    assert checked(committing) == []


def test_the_sweep_waits_for_whoever_stores_the_same_bytes(committing: Site) -> None:
    """The row of an upload is not committed yet when the sweep comes by: its bytes stay."""
    name = erase(committing, kept(committing))
    result: list[int] = []
    sweeping = threading.Thread(target=lambda: result.append(sweep(committing)))
    with meanwhile(committing):
        evidence_records.add(
            store_of(committing),
            taken(b"a face", b"a small face"),
            unit_id=committing.cast.units["village"],
            uploader_id=committing.cast.people["liaison"],
            client_key="another",
        )
        sweeping.start()
        sweeping.join(0.5)
        assert sweeping.is_alive()
    sweeping.join()
    assert result == [0]
    assert store_of(committing).path(name, PHOTO).exists()
