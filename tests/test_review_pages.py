"""The desk over HTTP: the queue, the decision, and who may not decide."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import campaign as campaigns
from campaigns import tally
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Item, ItemState
from campaigns.history import Event
from campaigns.jurisdictions import Scope, interval
from campaigns.people import Department
from campaigns.register import exemptions
from campaigns.review import Decision
from tests.conftest import Site, Time
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Form, Visitor, counted, form, forms, meanwhile

EVERYWHERE = Scope((interval("/51/"),))
SLUG = "drug-free-village"


def sent(site: Site, key: str = "1.3", unit: str = "village", by: str = "liaison") -> str:
    """Sends an item with a plain answer; where it is decided."""
    with meanwhile(site):
        found = records.find(site.cast.enrolment(unit, SLUG), EVERYWHERE)
        slot, answer = campaigns.slot(found.campaign, key), Answer(value=6)
        if key in {"3.2", "4.1"}:
            answer = Answer(numerator=26, denominator=30)
        transitions.submit(found, slot, answer, 1, by=site.cast.people[by])
    return item_url(site, key, unit)


def stored(site: Site, key: str = "1.3", unit: str = "village") -> Item:
    with site.app.app_context():
        query = sa.select(Item).where(
            Item.enrolment_id == site.cast.enrolment(unit, SLUG), Item.key == key
        )
        found = db.session.scalars(query).one()
        db.session.expunge(found)
    return found


def opened(visitor: Visitor, site: Site, key: str = "1.3", unit: str = "village") -> TestResponse:
    return visitor.get(f"/review?item={stored(site, key, unit).id}")


def decision(visitor: Visitor, site: Site, key: str = "1.3", unit: str = "village") -> Form:
    return form(opened(visitor, site, key, unit), "/decision")


def post(visitor: Visitor, url: str, **fields: Any) -> TestResponse:
    given = {"csrf_token": visitor.token(), "version": "2", "verdict": "approve"} | fields
    return visitor.client.post(f"{url}/decision", data=given)


def progress(site: Site) -> dict[str, tuple[int, int, int]]:
    """Submitted, approved and returned items of each counter of the campaign."""
    with site.app.app_context():
        rows = db.session.scalars(
            sa.select(tally.Progress).where(tally.Progress.campaign_id == site.cast.campaigns[SLUG])
        )
        return {f"{row.place_id}": (row.submitted, row.approved, row.returned) for row in rows}


def agrees(site: Site) -> bool:
    with site.app.app_context():
        return list(recount.check()) == []


def undecided(site: Site, key: str = "1.3") -> bool:
    with site.app.app_context():
        made = db.session.scalar(sa.select(sa.func.count()).select_from(Decision))
    return made == 0 and stored(site, key).state is ItemState.SUBMITTED and agrees(site)


def test_the_queue_shows_the_oldest_first(site: Site, time: Time) -> None:
    sent(site, "3.2")
    time.pass_by(days=1)
    sent(site, "1.3", "neighbour", "neighbour")
    time.pass_by(days=1)
    sent(site, "1.3")
    page = Visitor(site, "reviewer").get("/review")
    queue = page.text.partition('class="q"')[2].partition("</ul>")[0]
    order = [int(each) for each in re.findall(r"/review\?item=(\d+)\" hx-get", queue)]
    wanted = [stored(site, "3.2"), stored(site, "1.3", "neighbour"), stored(site)]
    assert order == [each.id for each in wanted]
    assert "3 items wait" in page.text
    assert form(page, "/decision").action == f"{item_url(site, '3.2')}/decision"


def test_an_empty_desk_says_so(site: Site) -> None:
    page = Visitor(site, "reviewer").get("/review")
    assert "Nothing waits for you" in page.text
    assert not [each for each in forms(page) if each.action.endswith("/decision")]


def test_approving_moves_the_counters_by_one_and_opens_the_next(site: Site) -> None:
    sent(site)
    sent(site, "3.2")
    before = progress(site)
    reviewer = Visitor(site, "reviewer")
    page = reviewer.send(decision(reviewer, site), verdict="approve", follow=True)
    assert page.status_code == 200
    assert form(page, "/decision").action == f"{item_url(site, '3.2')}/decision"
    after = progress(site)
    moved = {p: tuple(b - a for a, b in zip(before[p], after[p], strict=True)) for p in after}
    assert [each for each in moved.values() if any(each)] == [(-1, 1, 0)] * 2
    assert stored(site).state is ItemState.APPROVED
    assert agrees(site)


def test_a_return_reaches_the_unit_after_five_minutes(site: Site, time: Time) -> None:
    url = sent(site)
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    found = decision(reviewer, site)
    told = "The wall cannot be seen."
    answer = reviewer.send(found, verdict="return", preset="unclear", reason=told)
    assert (answer.status_code, answer.location) == (303, "/review")
    assert stored(site).state is ItemState.RETURNED
    for minutes, visible in ((4, False), (1, True)):
        time.pass_by(minutes=minutes)
        for page in (liaison.get(url), liaison.get("/")):
            assert (told in page.text) is visible
        assert ('data-state="returned"' in liaison.get(url).text) is visible
    assert "Cannot be made out" in liaison.get(url).text


def test_a_decision_is_written_down(site: Site) -> None:
    sent(site)
    reviewer = Visitor(site, "reviewer")
    found = decision(reviewer, site)
    reviewer.send(found, verdict="return", preset="period", reason="", due_on="2026-09-30")
    with site.app.app_context():
        made = db.session.scalars(sa.select(Decision)).one()
        assert (made.approved, made.preset, made.reason) == (False, "period", "")
        assert made.due_on is not None
        assert made.due_on.isoformat() == "2026-09-30"
        assert made.decided_by == site.cast.people["reviewer"]
        event = db.session.scalars(sa.select(Event).where(Event.verb == "returned")).one()
        assert (event.subject, event.subject_id) == ("item", made.item_id)
        assert event.unit_id == site.cast.units["village"]
        assert event.visible_at == made.decided_at + timedelta(minutes=5)


def test_nobody_decides_what_she_uploaded_or_sent(site: Site) -> None:
    reviewer, other = Visitor(site, "reviewer"), Visitor(site, "second_reviewer")
    for seed in (1, 2):
        send(reviewer, f"{item_url(site)}?instead=1", jpeg(seed))
    liaison = Visitor(site, "liaison")
    assert liaison.send(form(liaison.get(item_url(site)), "/submit")).status_code == 303
    sent(site, by="reviewer")
    assert "Nothing waits for you" in reviewer.get("/review").text
    for key in ("2.2", "1.3"):
        page = opened(reviewer, site, key)
        assert "somebody else has to decide" in page.text
        assert not [each for each in forms(page) if each.action.endswith("/decision")]
        item = stored(site, key)
        for verdict in ("approve", "return"):
            answer = post(
                reviewer, item_url(site, key), version=item.row_version, verdict=verdict, reason="x"
            )
            assert answer.status_code == 403
            assert "somebody else has to decide" in answer.text
        assert undecided(site, key)
    for key in ("2.2", "1.3"):
        answer = other.send(decision(other, site, key), verdict="approve")
        assert answer.status_code == 303


def test_the_second_of_two_reviewers_is_told_that_it_is_decided(site: Site) -> None:
    sent(site)
    first, second = Visitor(site, "reviewer"), Visitor(site, "second_reviewer")
    hers, his = decision(first, site), decision(second, site)
    assert first.send(hers, verdict="approve").status_code == 303
    before = progress(site)
    answer = second.send(his, verdict="return", reason="I do not see it.")
    assert answer.status_code == 409
    assert "Somebody else changed this" in answer.text
    assert "This item is decided" in answer.text
    again = second.send(hers, verdict="approve", csrf_token=second.token())
    assert again.status_code == 409
    assert (stored(site).state, progress(site)) == (ItemState.APPROVED, before)


def test_what_was_taken_back_and_sent_anew_is_not_what_was_looked_at(site: Site) -> None:
    url = sent(site)
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    found = decision(reviewer, site)
    liaison.send(form(liaison.get(url), "/take-back"))
    assert reviewer.send(found, verdict="approve").status_code == 409
    liaison.send(form(liaison.get(url), "/submit"), value="9")
    answer = reviewer.send(found, verdict="approve")
    assert answer.status_code == 409
    assert form(answer, "/decision").values("version") == [str(stored(site).row_version)]
    assert undecided(site)


def test_the_next_towns_item_is_not_found(site: Site) -> None:
    url = sent(site)
    stranger = Visitor(site, "far_reviewer")
    assert "Nothing waits for you" in stranger.get("/review").text
    assert opened(stranger, site).status_code == 404
    assert post(stranger, url).status_code == 404
    assert undecided(site)


def test_the_department_decides_its_own_items_and_no_others(site: Site) -> None:
    sent(site, "4.2")
    sent(site, "1.3")
    police, reviewer = Visitor(site, "police"), Visitor(site, "reviewer")
    assert stored(site, "4.2").department is Department.POLICE
    assert "1 item waits" in police.get("/review").text
    assert "1 item waits" in reviewer.get("/review").text
    for person, key in ((reviewer, "4.2"), (police, "1.3")):
        page = opened(person, site, key)
        assert page.status_code == 200
        assert "not yours to change" in page.text
        assert post(person, item_url(site, key)).status_code == 403
        assert undecided(site, key)
    assert police.send(decision(police, site, "4.2"), verdict="approve").status_code == 303
    assert reviewer.send(decision(reviewer, site), verdict="approve").status_code == 303


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict": "return", "due_on": "2026-09-20"}, "A return needs a reason"),
        ({"verdict": "return", "reason": " \t\r\n"}, "A return needs a reason"),
        ({"verdict": "return", "preset": "nonsense"}, "one of the reasons of the list"),
        ({"verdict": "return", "reason": "Words.", "due_on": "2026-09-15"}, "has passed"),
        ({"verdict": "return", "reason": "Words.", "due_on": "30/9"}, "date cannot be read"),
        ({"verdict": "return", "reason": "Words.", "due_on": "9" * 50}, "date cannot be read"),
        ({"verdict": "return", "reason": "Words.", "due_on": "9999-12-31"}, "date cannot be read"),
        ({"verdict": "", "reason": "Words."}, "Choose to approve or to return"),
        ({"verdict": None, "reason": "Words."}, "Choose to approve or to return"),
        ({"verdict": "APPROVE", "reason": "Words."}, "Choose to approve or to return"),
        ({"verdict": "return", "reason": "x" * 501}, "501 characters"),
        ({"verdict": "return", "reason": "He: 11010519491231002X"}, "identity number"),
    ],
)
def test_a_decision_that_will_not_do_is_given_back_as_typed(
    site: Site, fields: dict[str, Any], sentence: str
) -> None:
    sent(site)
    reviewer = Visitor(site, "reviewer")
    found = decision(reviewer, site)
    answer = reviewer.send(found, **({"verdict": "return"} | fields))
    assert answer.status_code == 422
    assert sentence in answer.text
    again = form(answer, "/decision")
    assert again.action == found.action
    for name in {"reason", "due_on"} & fields.keys():
        assert again.values(name)[0].split() == str(fields[name]).split()
    assert undecided(site)


@pytest.mark.parametrize("version", ["", "x", "0", "1", "-2", "９", "2.0", "1e3", "9" * 400, None])
def test_a_version_that_is_none_of_ours_is_stale(site: Site, version: str | None) -> None:
    sent(site)
    reviewer = Visitor(site, "reviewer")
    answer = reviewer.send(decision(reviewer, site), verdict="approve", version=version)
    assert answer.status_code == 409
    assert undecided(site)


@pytest.mark.parametrize("wish", ["0", "-1", "x", "9" * 18, "9" * 400, "%00", "1;--", "１"])
def test_no_item_asked_for_breaks_the_desk(site: Site, wish: str) -> None:
    assert Visitor(site, "reviewer").get(f"/review?item={wish}").status_code == 404


def test_nothing_is_decided_before_it_is_sent_or_in_a_closed_campaign(site: Site) -> None:
    reviewer, office = Visitor(site, "reviewer"), Visitor(site, "office")
    assert post(reviewer, item_url(site, "1.3")).status_code == 404
    sent(site)
    found = decision(reviewer, site)
    campaign = office.get(f"/campaigns/{site.cast.campaigns[SLUG]}")
    assert office.send(form(campaign, "/close")).status_code == 303
    answer = reviewer.send(found, verdict="approve")
    assert answer.status_code == 422
    assert "The campaign is not open" in answer.text
    assert undecided(site)
    assert "Nothing waits for you" in reviewer.get("/review").text


def test_the_desk_and_a_decision_are_few_statements(site: Site) -> None:
    sent(site)
    sent(site, "3.2")
    sent(site, "1.3", "neighbour", "neighbour")
    reviewer = Visitor(site, "reviewer")
    found = form(reviewer.get("/review"), "/decision")  # what is published is read once
    with counted(site) as asked:
        page = reviewer.get("/review")
    assert len(asked) <= 15, "\n".join(asked)
    assert len(gzip.compress(page.data)) <= 50 * 1024
    with counted(site) as asked:
        answer = reviewer.send(found, verdict="approve")
    assert answer.status_code == 303
    assert len(asked) <= 12, "\n".join(asked)


@pytest.mark.parametrize("who", ["reviewer", "office"])
def test_a_full_desk_asks_no_more_than_an_empty_one(site: Site, who: str) -> None:
    sent(site)
    visitor, asked = Visitor(site, who), []
    for more in ((), ("1.3", "3.2", "4.1")):
        for key in more:
            sent(site, key, "neighbour", "neighbour")
        visitor.get("/review")  # what is published is read once
        with counted(site) as found:
            page = visitor.get("/review")
        assert page.text.count('form="bulk" aria-label') == 2 * (1 + len(more))
        asked.append(len(found))
    assert asked[0] == asked[1] <= 15


def test_what_cannot_be_decided_any_more_shows_no_form(site: Site) -> None:
    with meanwhile(site):
        village = records.find(site.cast.enrolment("village", "drug-free-village"), EVERYWHERE)
        slot = campaigns.slot(village.campaign, "1.3")
        sent = transitions.submit(
            village, slot, Answer(value=6), 1, by=site.cast.people["liaison"]
        ).id
        exemptions.grant(village, village.row_version, "Moved.", by=site.cast.people["office"])
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    page = reviewer.get(f"/review?item={sent}")
    assert "takes no part in the campaign" in page.text
    item = f"/enrolments/{site.cast.enrolment('village', 'drug-free-village')}/items/1.3"
    assert "/decision" not in page.text
    assert "Decide at the desk" not in reviewer.get(item).text
    assert "/take-back" not in liaison.get(item).text


def test_the_unit_reads_the_chosen_reason_and_the_reviewer_s_own_words(
    site: Site, time: Time
) -> None:
    url = sent(site)
    told = {"verdict": "return", "preset": "figures", "reason": "Two boards, not six."}
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    assert reviewer.send(decision(reviewer, site), **told).status_code == 303
    time.pass_by(minutes=6)
    for where in (url, "/", url.partition("/items")[0], "/inbox"):
        text = liaison.get(where).text
        assert "do not fit together" in text, where
        assert "Two boards, not six." in text, where
    liaison.client.set_cookie("language", "zh")
    chinese = liaison.get(url).text
    assert "Two boards, not six." in chinese
    assert "do not fit together" not in chinese
