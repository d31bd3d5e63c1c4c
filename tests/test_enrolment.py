"""Items: sending, taking back, deciding, and what the counters then say."""

from campaigns import campaign as campaigns
from campaigns import review
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, ItemState
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Verdict
from tests.cast import Cast

EVERYWHERE = Scope((interval("/51/"),))


def enrolment(cast: Cast, unit: str = "village", standard: str = "drug-free-village") -> Enrolment:
    return records.find(cast.enrolment(unit, standard), EVERYWHERE)


def test_an_approved_item_moves_the_counters_of_the_village_and_its_town(cast: Cast) -> None:
    village = enrolment(cast)
    slot = campaigns.slot(village.campaign, "1.3")
    item = transitions.submit(village, slot, Answer(value=6), 1, by=cast.people["liaison"])
    review.decide(village, item, Verdict(True), item.row_version, by=cast.people["reviewer"])
    assert item.state is ItemState.APPROVED
    assert village.approved == 1
    assert list(recount.check()) == []
