"""One proof, many items: where a piece fits too, until when it is fresh, what attaching leaves."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from campaigns import campaign as campaigns
from campaigns import clock, settings, standards
from campaigns.campaign.burden import Likeness
from campaigns.database import db
from campaigns.enrolment import checklist, fitting, records, recount, transitions
from campaigns.enrolment.checklist import Line
from campaigns.enrolment.fitting import Elsewhere, Fit
from campaigns.enrolment.records import Enrolment, ItemState
from campaigns.errors import NotFound, Refused
from campaigns.evidence.intake import ProofKind
from campaigns.evidence.records import Evidence
from campaigns.standards import Cadence
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import enrolment, events, give_back, picture, send, slot, statements
from tests.earlier import campaign, taking_part

TALK = "2.1@2026Q3"
MAY = datetime(2026, 5, 3, 4, 0, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 3, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nobody_minds_the_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many campaigns as a test likes."""
    monkeypatch.setattr(settings, "BURDEN_PIECES", 9_999)


def other(cast: Cast, slug: str = "drug-free-village", *, month: int = 1) -> Enrolment:
    """The village in one more campaign of this year."""
    return taking_part(cast, campaign(cast, standards.versions_of(slug)[0], 2026, month=month))


def beside(cast: Cast, found: Enrolment, key: str, taken: datetime | None = None) -> Evidence:
    """A picture beside an item."""
    made = picture(found.unit_id, cast.people["liaison"])
    made.captured_at = taken
    db.session.flush()
    transitions.attach(found, slot(found, key), made)
    return made


def line(found: Enrolment, key: str) -> Line:
    return checklist.one(found, slot(found, key), seen_by_unit=True)


def elsewhere(found: Enrolment, key: str) -> Elsewhere:
    return fitting.elsewhere(line(found, key))


def offered(found: Enrolment, key: str) -> dict[tuple[int, str], Fit]:
    return {(f.line.enrolment.id, f.line.slot.key): f for f in elsewhere(found, key).fits}


def test_a_picture_fits_where_the_same_is_asked_and_where_nearly_the_same_is(cast: Cast) -> None:
    village, again, peace = enrolment(cast), other(cast), other(cast, "safe-community")
    beside(cast, village, TALK)
    found = {target: fit.likeness for target, fit in offered(village, TALK).items()}
    assert found == {(again.id, TALK): Likeness.SAME, (peace.id, "4.1@2026Q3"): Likeness.ALIKE}


def test_nothing_is_offered_without_proof_or_where_nothing_alike_is_asked(cast: Cast) -> None:
    village = enrolment(cast)
    found = line(village, TALK)
    with statements() as sent:
        assert fitting.elsewhere(found) == Elsewhere((), ())
    assert sent == []
    beside(cast, village, TALK)
    assert offered(village, TALK) == {}


def test_attached_it_stands_beside_the_other_item_which_is_sent_on_its_own(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    piece = beside(cast, village, TALK)
    fitting.attach([piece], [(again.id, TALK)], by=cast.people["liaison"])
    item = records.item(again, TALK)
    assert item is not None
    assert (item.state, records.attached(item.id)) == (ItemState.OPEN, [piece])
    assert events("item", item.id) == ["attached"]
    after = elsewhere(village, TALK)
    assert after.fits == ()
    assert [each.enrolment.id for each in after.attached] == [again.id]
    fitting.attach([piece], [(again.id, TALK)], by=cast.people["liaison"])
    assert events("item", item.id) == ["attached"], "once more changes nothing"
    send(cast, again, TALK, line(again, TALK).ready)
    assert line(village, TALK).state is ItemState.OPEN
    assert elsewhere(village, TALK).attached == ()
    assert list(recount.check()) == []


def test_no_more_is_offered_than_is_missing(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    pieces = [beside(cast, village, "2.2") for _ in range(3)]
    fit = offered(village, "2.2")[again.id, "2.2"]
    assert [each.id for each in fit.pieces] == [each.id for each in pieces[:2]]
    assert fit.still_missing == 0
    beside(cast, again, "2.2")
    assert len(offered(village, "2.2")[again.id, "2.2"].pieces) == 1
    fitting.attach(pieces, [(again.id, "2.2")], by=cast.people["liaison"])
    assert line(again, "2.2").pieces == 2
    assert offered(village, "2.2") == {}


def test_a_picture_is_no_proof_for_what_began_after_it_was_taken(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast, month=9)
    piece = beside(cast, village, "2.2", MAY)
    assert offered(village, "2.2") == {}
    piece.captured_at = SEPTEMBER
    db.session.flush()
    assert offered(village, "2.2").keys() == {(again.id, "2.2")}


def test_what_proves_a_quarter_late_proves_that_quarter_elsewhere_and_no_other(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    spring = "2.1@2026Q2"
    beside(cast, village, spring)
    assert offered(village, spring).keys() == {(again.id, spring)}


def test_a_picture_known_to_be_of_another_quarter_is_offered_there(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    beside(cast, village, TALK, MAY)
    keys = {target for target in offered(village, TALK) if target[0] == again.id}
    assert keys == {(again.id, "2.1@2026Q2")}


def test_a_document_fits_only_where_documents_are_taken(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    piece = beside(cast, village, TALK)
    assert offered(village, TALK).keys() == {(again.id, TALK)}
    piece.kind = ProofKind.DOCUMENT
    db.session.flush()
    assert offered(village, TALK) == {}
    one, two = other(cast, "safe-community"), other(cast, "safe-community")
    minutes = beside(cast, one, "4.2")
    minutes.kind = ProofKind.DOCUMENT
    db.session.flush()
    assert offered(one, "4.2").keys() == {(two.id, "4.2")}


def test_what_came_back_is_not_passed_on_but_what_was_sent_since(cast: Cast, time: Time) -> None:
    village, again = enrolment(cast), other(cast)
    give_back(cast, village, send(cast, village, "2.2"))
    time.pass_by(minutes=6)
    assert offered(village, "2.2") == {}
    (old, *_rest) = line(village, "2.2").proof
    piece = db.session.get_one(Evidence, old.id)
    assert fitting.of_piece(piece, seen_by_unit=True).fits == ()
    with pytest.raises(Refused):
        fitting.attach([piece], [(again.id, "2.2")], by=cast.people["liaison"])
    new = beside(cast, village, "2.2")
    new.sent_at = clock.now()
    db.session.flush()
    assert [each.id for each in offered(village, "2.2")[again.id, "2.2"].pieces] == [new.id]


def test_nothing_is_offered_where_nothing_can_be_answered(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    beside(cast, village, TALK)
    send(cast, again, TALK)
    assert offered(village, TALK) == {}
    third = other(cast)
    assert offered(village, TALK).keys() == {(third.id, TALK)}
    campaigns.close(third.campaign, third.campaign.row_version, by=cast.people["office"])
    assert offered(village, TALK) == {}


def test_only_items_of_the_same_unit_are_named(cast: Cast) -> None:
    village, neighbour = enrolment(cast), enrolment(cast, "neighbour")
    piece = beside(cast, village, TALK)
    assert offered(village, TALK) == {}
    with pytest.raises(NotFound):
        fitting.attach([piece], [(neighbour.id, TALK)], by=cast.people["liaison"])


def test_attaching_is_refused_where_it_does_not_fit_and_then_nothing_is(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    piece = beside(cast, village, TALK)
    with pytest.raises(Refused) as refused:
        fitting.attach([piece], [(again.id, "2.2")], by=cast.people["liaison"])
    assert refused.value.faults[0].code == "fits_no_more"
    with pytest.raises(Refused) as refused:
        fitting.attach([piece], [(again.id, "2.1@2026Q4")], by=cast.people["liaison"])
    assert refused.value.faults[0].code == "period_not_open"
    assert records.item(again, "2.2") is None


def test_three_statements_find_it_however_many_campaigns_there_are(cast: Cast) -> None:
    village = enrolment(cast)
    beside(cast, village, TALK)
    found = line(village, TALK)
    for number in (1, 3):
        for _ in range(number):
            other(cast)
        fitting.elsewhere(found)  # the versions are kept in memory from now on
        with statements() as sent:
            fits = fitting.elsewhere(found).fits
        assert len(sent) == 3
    assert len(fits) == 4


def test_proof_is_fresh_for_its_period_its_year_or_its_title(cast: Cast) -> None:
    village = enrolment(cast)
    assert fitting.fresh_until(line(village, TALK)) == date(2026, 9, 30)
    yearly = line(village, "2.2")
    assert fitting.fresh_until(yearly) == date(2026, 12, 31)
    criterion = SimpleNamespace(cadence=Cadence.ONCE)
    once = replace(yearly, slot=replace(yearly.slot, criterion=criterion))  # type: ignore[arg-type]
    years = village.campaign.version.validity_years
    assert fitting.fresh_until(once) == date(2026 + years, 12, 30)
    village.campaign.approval_number = None
    assert fitting.fresh_until(once) == date(2026, 12, 31)


def test_the_store_has_all_proof_of_the_unit_with_what_each_piece_is_for(cast: Cast) -> None:
    village, again = enrolment(cast), other(cast)
    spare = picture(village.unit_id, cast.people["liaison"])
    old = beside(cast, village, "2.1@2026Q2", MAY)
    new = beside(cast, village, "2.2")
    gone = beside(cast, village, "2.2")
    gone.removed_at = clock.now()
    foreign = enrolment(cast, "neighbour")
    picture(foreign.unit_id, cast.people["neighbour"])
    fitting.attach([new], [(again.id, "2.2")], by=cast.people["liaison"])
    with statements() as sent:
        found = fitting.store(village.unit_id, seen_by_unit=True)
    assert len(sent) == 4
    ids = {name: [each.piece.id for each in kept] for name, kept in found.items()}
    assert ids == {
        "all": [new.id, old.id, spare.id],
        "unused": [spare.id],
        "stale": [old.id],
        "fits": [old.id],
    }
    assert {each.enrolment.id for each in found["all"][0].proves} == {village.id, again.id}
