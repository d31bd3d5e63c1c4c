"""On-site notes: what was seen outweighs what was sent, and its words can be removed for good."""

from datetime import date, timedelta

import pytest

from campaigns import history
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotAllowed, NotFound, Refused, Stale
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen, SiteNote
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import enrolment, send

TODAY = date(2026, 9, 16)


def noted(cast: Cast, by: str = "inspector") -> tuple[Enrolment, Item, SiteNote]:
    found = enrolment(cast)
    item = send(cast, found, "1.3")
    made = site_notes.note(found, item, TODAY, Seen.PARTLY, "只有三块牌", by=cast.people[by])
    return found, item, made


def test_a_note_stands_beside_the_item_and_changes_nothing_of_it(cast: Cast) -> None:
    found, item, made = noted(cast)
    assert (item.state, found.submitted) == (ItemState.SUBMITTED, 1)
    assert list(site_notes.of_item(item.id, seen_by_unit=False)) == [made]
    assert list(recount.check()) == []


def test_the_unit_sees_it_after_five_minutes(cast: Cast, time: Time) -> None:
    _, item, _note = noted(cast)
    for minutes, seen in ((4, False), (1, True)):
        time.pass_by(minutes=minutes)
        assert bool(site_notes.of_item(item.id, seen_by_unit=True)) is seen
        verbs = [each.verb for each in history.of_item(item.id, seen_by_unit=True)]
        assert ("seen_on_site" in verbs) is seen


def test_a_removed_note_leaves_a_tombstone_and_none_of_its_words(cast: Cast) -> None:
    found, item, made = noted(cast)
    by = cast.people["inspector"]
    with pytest.raises(Refused, match="why_untold"):
        site_notes.remove(found, item, made, "", by=by)
    site_notes.remove(found, item, made, "写了人名", by=by)
    db.session.refresh(made)
    assert (made.text, made.removed_by, made.removed_why) == ("", by, "写了人名")
    told = history.of_item(item.id, seen_by_unit=False)
    assert [each.verb for each in told][:2] == ["site_note_removed", "seen_on_site"]
    assert not [each for each in told if "只有三块牌" in str(each.detail)]
    with pytest.raises(Stale):
        site_notes.remove(found, item, made, "again", by=by)


def test_what_a_note_needs(cast: Cast) -> None:
    found = enrolment(cast)
    item = send(cast, found, "1.3", by="reviewer")
    by = cast.people["inspector"]
    with pytest.raises(Refused, match="visit_to_come, site_note_missing"):
        site_notes.note(found, item, TODAY + timedelta(days=1), Seen.CLAIMED, "", by=by)
    with pytest.raises(NotAllowed, match="own_upload"):
        site_notes.note(found, item, TODAY, Seen.CLAIMED, "x", by=cast.people["reviewer"])
    with pytest.raises(NotFound):
        site_notes.find(item, 10**6)
