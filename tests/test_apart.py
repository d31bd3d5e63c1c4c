"""Files apart from proof: kept with what they belong to, and never taken for proof."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from campaigns import history, settings
from campaigns.acceptance import checks, pictures, records
from campaigns.acceptance.records import Candidate, Outcome, Verdict
from campaigns.database import db
from campaigns.enrolment import checklist, erasing, fitting, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotFound, Refused, TooMuch
from campaigns.evidence import apart, likeness, quota
from campaigns.evidence import records as evidence_records
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Evidence, Purpose
from campaigns.evidence.store import open_store
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen, SiteNote
from tests import team
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, picture, send, slot, taken

TODAY = date(2026, 9, 16)

Photos = Callable[..., Sent]


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    """What somebody brings home from a visit."""
    return lambda *what: Sent(open_store(str(tmp_path)), [taken(each, b"small") for each in what])


def noted(cast: Cast, sent: Sent, by: str = "inspector") -> tuple[Item, SiteNote, list[Evidence]]:
    found = enrolment(cast)
    item = send(cast, found, "1.3")
    made = site_notes.note(
        found, item, TODAY, Seen.PARTLY, "Three boards.", by=cast.people[by], photos=sent
    )
    return item, made, apart.of(Purpose.SITE_NOTE, [made.id])[made.id]


def test_a_note_has_its_pictures_and_they_are_nobody_s_proof(cast: Cast, photos: Photos) -> None:
    item, _note, (one, other) = noted(cast, photos(b"one", b"other"))
    village, by = enrolment(cast), cast.people["liaison"]
    assert {one.purpose, other.purpose} == {Purpose.SITE_NOTE}
    assert (one.unit_id, one.by_town, one.difference_hash) == (village.unit_id, False, None)
    own = picture(village.unit_id, by)
    assert [each.id for each in checklist.store(village.unit_id)] == [own.id]
    kept = fitting.store(village.unit_id, seen_by_unit=True)
    assert {each.piece.id for each in kept["all"]} == {own.id}
    assert evidence_records.of_unit(village.unit_id, [one.id]) == []
    assert evidence_records.living([one.id, own.id]) == [own]
    with pytest.raises(NotFound):
        evidence_records.find(one.id, EVERYWHERE)
    assert checklist.one(village, slot(village, "1.3"), seen_by_unit=False).pieces == 0
    assert item.state is ItemState.SUBMITTED


def test_nobody_sends_it_as_proof(cast: Cast, photos: Photos) -> None:
    _item, _note, (one, other) = noted(cast, photos(b"one", b"other"))
    village = enrolment(cast)
    answer = Answer(evidence=(one.id, other.id))
    with pytest.raises(Refused, match="evidence_unknown"):
        transitions.submit(village, slot(village, "2.2"), answer, 1, by=cast.people["liaison"])


def test_it_is_like_nothing_even_where_the_bytes_are_the_same(cast: Cast, photos: Photos) -> None:
    sent = photos(b"the same")
    noted(cast, sent)
    by, unit = cast.people["liaison"], cast.units["village"]
    own = evidence_records.add(
        sent.store, sent.taken[0], unit_id=unit, uploader_id=by, client_key="own"
    )
    assert likeness.in_unit(sent.store, [own])[own.id] == []
    db.session.flush()
    assert likeness.everywhere(sent.store, [own])[own.id] == []


def test_it_takes_none_of_the_unit_s_room_and_some_of_the_person_s_day(
    cast: Cast, photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted(cast, photos(b"x" * 50))
    unit = cast.units["village"]
    monkeypatch.setattr(settings, "UNIT_BYTES", 40)
    quota.require(cast.people["liaison"], unit, [40], ())
    monkeypatch.setattr(settings, "PERSON_DAY_BYTES", 60)
    with pytest.raises(TooMuch, match="day_full"):
        quota.require_day(cast.people["inspector"], [40], ())


def test_the_history_tells_the_unit_of_it_when_it_sees_the_note(
    cast: Cast, photos: Photos, time: Time
) -> None:
    _item, note, (one,) = noted(cast, photos(b"one"))

    def told() -> bool:
        seen = history.of_unit(one.unit_id, seen_by_unit=True)
        return any(each.subject == "evidence" for each in seen)

    assert not told()
    assert not site_notes.is_known(note.id, seen_by_unit=True)
    assert site_notes.is_known(note.id, seen_by_unit=False)
    time.pass_by(minutes=6)
    assert told()
    assert site_notes.is_known(note.id, seen_by_unit=True)


def test_a_face_on_it_is_removed_and_leaves_a_tombstone(cast: Cast, photos: Photos) -> None:
    item, _note, (one, other) = noted(cast, photos(b"one", b"other"))
    assert erasing.copies(one) == [one]
    assert erasing.erase(one, Why.FACE, by=cast.people["inspector"]) == 1
    found = apart.of(Purpose.SITE_NOTE, [one.about_id or 0])[one.about_id or 0]
    assert [each.removed_at is None for each in found] == [False, True]
    assert found[1] is other
    assert item.state is ItemState.SUBMITTED


def test_a_copy_that_is_proof_stays_when_the_picture_of_a_note_goes(
    cast: Cast, photos: Photos
) -> None:
    sent = photos(b"the same")
    _item, _note, (one,) = noted(cast, sent)
    own = evidence_records.add(
        sent.store,
        sent.taken[0],
        unit_id=one.unit_id,
        uploader_id=cast.people["liaison"],
        client_key="own",
    )
    assert erasing.erase(one, Why.FACE, by=cast.people["inspector"]) == 1
    assert own.removed_at is None


def test_a_removed_note_takes_its_pictures_with_it(cast: Cast, photos: Photos) -> None:
    item, note, (one,) = noted(cast, photos(b"one"))
    by = cast.people["inspector"]
    site_notes.remove(enrolment(cast), item, note, "It names somebody.", by=by)
    assert one.removed_at is not None
    assert erasing.of_piece(one).note == "It names somebody."


def drawn(cast: Cast, time: Time) -> Candidate:
    team.waiting(cast, time, "village")
    return records.chosen(team.drawn(cast, time).id)[0]


def report(candidate: Candidate, username: str, verdict: Verdict, sent: Sent) -> Evidence:
    """A member reports on the first item, with a picture."""
    by = team.who(username)
    spot = checks.seen(candidate, by)[0].spot
    checks.report(
        candidate, spot.id, verdict, "No lamp burns.", spot.row_version, by=by, photos=sent
    )
    return next(
        each for each in apart.of(Purpose.FINDING, [spot.id])[spot.id] if each.uploader_id == by
    )


def test_the_picture_of_a_first_finding_is_as_blind_as_the_finding(
    cast: Cast, time: Time, photos: Photos
) -> None:
    candidate = drawn(cast, time)
    one = report(candidate, "acceptor", Verdict.FAILS, photos(b"one"))
    assert pictures.is_known(one, team.who("acceptor"))
    for username in ("second_acceptor", "third_acceptor", "office", "auditor"):
        assert not pictures.is_known(one, team.who(username)), username
        known = checks.seen(candidate, team.who(username))[0].findings
        assert pictures.of_findings(known) == {}
    other = report(candidate, "second_acceptor", Verdict.FAILS, photos(b"other"))
    known = checks.seen(candidate, team.who("office"))[0].findings
    found = pictures.of_findings(known)
    assert [[each.id for each in found[f.spot_id, f.person_id]] for f in known] == [
        [one.id],
        [other.id],
    ]
    assert not pictures.is_told(one)


def told(item_id: int) -> Sequence[Evidence]:
    return pictures.told(item_id, history.of_item(item_id, seen_by_unit=True))


def test_the_unit_sees_what_it_has_to_mend_once_the_check_has_ended(
    cast: Cast, time: Time, photos: Photos
) -> None:
    candidate = drawn(cast, time)
    failing = report(candidate, "acceptor", Verdict.FAILS, photos(b"one"))
    report(candidate, "second_acceptor", Verdict.FAILS, photos(b"other"))
    first, *others = checks.seen(candidate, team.who("office"))
    for each in others:
        for username in ("acceptor", "second_acceptor"):
            team.report(candidate, each, username)
    assert told(first.item.id) == []
    team.conclude(candidate, Outcome.RETURNED)
    assert failing in told(first.item.id)
    assert pictures.is_told(failing)
    assert all(told(each.item.id) == [] for each in others)


def all_of(found: Enrolment) -> int:
    """How many pieces of proof a checklist has."""
    return sum(each.pieces for each in checklist.lines([found], seen_by_unit=False)[found.id])


def test_a_checklist_counts_only_proof(cast: Cast, photos: Photos) -> None:
    before = all_of(enrolment(cast))
    noted(cast, photos(b"one", b"two"))
    assert all_of(enrolment(cast)) == before
