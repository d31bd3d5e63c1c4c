"""Over HTTP: undoing, bulk approval, disputes and notes from the spot, and who may do what."""

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from campaigns.enrolment import recount
from campaigns.enrolment.records import ItemState
from tests.conftest import Site, Time
from tests.test_review_pages import decision, opened, sent, stored
from tests.test_upload import item_url
from tests.visiting import Visitor, form, forms, meanwhile

TEXT = "From the road one sees three signs."


def url_of(site: Site, key: str = "1.3") -> str:
    return item_url(site, key)


def offers(page: TestResponse, ending: str) -> bool:
    return any(each.action.endswith(ending) for each in forms(page))


def agrees(site: Site) -> bool:
    with meanwhile(site):
        return list(recount.check()) == []


def decided(site: Site, verdict: str = "approve", key: str = "1.3") -> tuple[Visitor, TestResponse]:
    """A reviewer who decided an item, and the desk as she sees it then."""
    sent(site, key)
    reviewer = Visitor(site, "reviewer")
    found = decision(reviewer, site, key)
    return reviewer, reviewer.send(found, verdict=verdict, preset="unclear", follow=True)


def test_the_desk_offers_to_undo_the_last_decision_for_five_minutes(site: Site, time: Time) -> None:
    reviewer, page = decided(site)
    assert 'id="undo"' in page.text
    assert "Approved: " in page.text
    time.pass_by(minutes=5)
    assert 'id="undo"' not in reviewer.get("/review").text
    late = reviewer.send(form(page, "/review/undo"))
    assert late.status_code == 422
    assert "The 5 minutes are over" in late.text
    assert stored(site).state is ItemState.APPROVED


@pytest.mark.parametrize("verdict", ["approve", "return"])
def test_undone_the_item_waits_again_and_the_unit_saw_nothing(
    site: Site, time: Time, verdict: str
) -> None:
    reviewer, page = decided(site, verdict)
    again = reviewer.send(form(page, "/review/undo"), follow=True)
    assert again.status_code == 200
    assert "Undone. It waits again" in again.text
    assert stored(site).state is ItemState.SUBMITTED
    assert agrees(site)
    assert reviewer.send(form(page, "/review/undo")).status_code == 409
    time.pass_by(hours=1)
    seen = Visitor(site, "liaison").get(url_of(site)).text
    assert not [word for word in ("Decision undone", "Approved", "Returned") if word in seen]
    assert "Decision undone" in opened(Visitor(site, "reviewer"), site).text


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("second_reviewer", 403),
        ("far_reviewer", 404),
        ("police", 403),
        ("office", 303),
        ("liaison", 403),
        ("acceptor", 403),
        ("leader", 403),
        ("auditor", 403),
        ("inspector", 403),
        ("admin", 403),
    ],
)
def test_who_undoes_what_a_reviewer_decided(site: Site, username: str, status: int) -> None:
    _, page = decided(site)
    visitor = Visitor(site, username)
    found = form(page, "/review/undo")
    answer = visitor.send(found, csrf_token=visitor.token())
    assert answer.status_code == status
    undone = stored(site).state is ItemState.SUBMITTED
    assert undone is (status == 303)
    assert agrees(site)


def test_the_office_finds_the_decision_of_another_on_the_item(site: Site) -> None:
    decided(site)
    office = Visitor(site, "office")
    assert not offers(office.get("/review"), "/review/undo")
    assert offers(opened(office, site), "/review/undo")
    assert not offers(opened(Visitor(site, "second_reviewer"), site), "/review/undo")


@pytest.mark.parametrize("typed", ["", "x", "0", "9" * 30, "-1"])
def test_nothing_is_undone_that_is_not_there(site: Site, typed: str) -> None:
    reviewer = Visitor(site, "reviewer")
    for field in ("decision", "batch"):
        given = {"csrf_token": reviewer.token(), field: typed}
        answer = reviewer.client.post("/review/undo", data=given)
        assert answer.status_code in {404, 422}


def ticked(site: Site) -> tuple[Visitor, list[int], TestResponse]:
    """A reviewer who ticked the same item of two villages, and the preview."""
    sent(site)
    sent(site, "1.3", "neighbour", "neighbour")
    ids = [stored(site).id, stored(site, "1.3", "neighbour").id]
    reviewer = Visitor(site, "reviewer")
    return reviewer, ids, reviewer.send(form(reviewer.get("/review"), "/review/bulk"), item=ids)


def test_a_preview_names_and_counts_and_changes_nothing(site: Site) -> None:
    reviewer, ids, page = ticked(site)
    assert page.status_code == 200
    assert "2 items: look at each, then confirm" in page.text
    for each in ids:
        assert f'name="item" value="{each}" checked' in page.text
    assert stored(site).state is ItemState.SUBMITTED
    criterion = stored(site).criterion_id
    assert f"/review/bulk?criterion={criterion}" in reviewer.get("/review").text
    assert "2 items: look at" in reviewer.get(f"/review/bulk?criterion={criterion}").text


def test_what_is_ticked_is_approved_and_undone_as_one(site: Site) -> None:
    reviewer, ids, page = ticked(site)
    done = reviewer.send(form(page, "/review/bulk"), item=ids, follow=True)
    assert "2 items approved together" in done.text
    assert stored(site).state is stored(site, "1.3", "neighbour").state is ItemState.APPROVED
    assert agrees(site)
    assert "Approved together: 2 items" in reviewer.get("/review").text
    assert reviewer.send(form(done, "/review/undo")).status_code == 303
    assert stored(site).state is stored(site, "1.3", "neighbour").state is ItemState.SUBMITTED
    assert agrees(site)


def test_what_changed_meanwhile_is_named_and_the_rest_is_done(site: Site) -> None:
    reviewer, ids, page = ticked(site)
    other = Visitor(site, "second_reviewer")
    other.send(decision(other, site), verdict="approve")
    done = reviewer.send(form(page, "/review/bulk"), item=ids, follow=True)
    assert "1 item approved together" in done.text
    assert "1 item was left as it is" in done.text
    assert "Somebody decided, took back or changed it" in done.text
    again = reviewer.send(form(page, "/review/bulk"), item=ids)
    assert again.status_code == 409
    assert "Nothing to approve together" in again.text
    assert agrees(site)


def test_what_is_not_ticked_stays_in_the_queue(site: Site) -> None:
    reviewer, ids, page = ticked(site)
    reviewer.send(form(page, "/review/bulk"), item=ids[:1])
    assert stored(site, "1.3", "neighbour").state is ItemState.SUBMITTED
    nothing = reviewer.send(form(page, "/review/bulk"), item=None)
    assert nothing.status_code == 422
    assert "Nothing is ticked" in nothing.text


@pytest.mark.parametrize("typed", ["\x00", "x", "-1", "9" * 30, ""])
def test_nothing_is_approved_that_is_no_item(site: Site, typed: str) -> None:
    reviewer = Visitor(site, "reviewer")
    for confirm in ("1", ""):
        given = {"csrf_token": reviewer.token(), "item": typed, "seen": typed, "confirm": confirm}
        answer = reviewer.client.post("/review/bulk", data=given)
        assert answer.status_code == 422
        assert "Nothing is ticked" in answer.text


def test_items_of_several_criteria_are_not_approved_together(site: Site) -> None:
    reviewer, ids, _ = ticked(site)
    sent(site, "3.2")
    mixed = [ids[1], stored(site, "3.2").id]
    answer = reviewer.send(form(reviewer.get("/review"), "/review/bulk"), item=mixed)
    assert answer.status_code == 422
    assert "several criteria" in answer.text


@pytest.mark.parametrize("username", ["far_reviewer", "police", "acceptor", "leader", "liaison"])
def test_nobody_approves_together_what_others_decide(site: Site, username: str) -> None:
    _, ids, page = ticked(site)
    visitor = Visitor(site, username)
    answer = visitor.send(form(page, "/review/bulk"), item=ids, csrf_token=visitor.token())
    assert answer.status_code in {403, 404}
    assert stored(site).state is ItemState.SUBMITTED


def returned(site: Site, time: Time) -> None:
    decided(site, "return")
    time.pass_by(minutes=6)


def disputed(site: Site, time: Time) -> None:
    returned(site, time)
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(url_of(site)), "/dispute")
    page = liaison.send(found, dispute="The wall is on the left.", follow=True)
    assert "The return is disputed" in page.text
    assert not offers(page, "/dispute")


def test_a_dispute_needs_its_reason_and_keeps_what_was_typed(site: Site, time: Time) -> None:
    returned(site, time)
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(url_of(site)), "/dispute")
    answer = liaison.send(found, dispute=" ")
    assert answer.status_code == 422
    assert "why the return is wrong" in answer.text
    typed = "511381199003078516 lives there"
    assert typed in liaison.send(found, dispute=typed, version="1").text
    assert liaison.send(found, dispute="x", version="1").status_code == 409


def test_another_reviewer_finds_the_dispute_on_top_and_settles_it(site: Site, time: Time) -> None:
    disputed(site, time)
    first, second = Visitor(site, "reviewer"), Visitor(site, "second_reviewer")
    assert "1 disputed return" not in first.get("/review").text
    page = second.get("/review")
    assert "1 disputed return" in page.text
    assert "The wall is on the left." in page.text
    assert "Decide at the desk" not in first.get(url_of(site)).text
    assert "Decide at the desk" in second.get(url_of(site)).text
    item = stored(site).id
    assert "somebody else has to look at the dispute" in opened(first, site).text
    found = form(opened(second, site), f"/settle?item={item}")
    told = second.send(found, settled="upheld", answer="")
    assert told.status_code == 422
    assert "Say why the return stands" in told.text
    assert offers(told, f"/settle?item={item}")
    again = second.send(found, settled="upheld", answer="It is not there.", follow=True)
    assert "The return stands." in again.text
    page = Visitor(site, "liaison").get(url_of(site))
    assert "It is not there." in page.text
    assert stored(site).due_on == (time.now + timedelta(days=8)).date()
    assert second.send(found, settled="overturned", answer="x").status_code == 409
    assert agrees(site)


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("reviewer", 403),
        ("second_reviewer", 303),
        ("far_reviewer", 404),
        ("police", 403),
        ("office", 303),
        ("liaison", 403),
        ("acceptor", 403),
        ("inspector", 403),
        ("leader", 403),
        ("auditor", 403),
    ],
)
def test_who_settles_a_dispute(site: Site, time: Time, username: str, status: int) -> None:
    disputed(site, time)
    visitor = Visitor(site, username)
    given = {"csrf_token": visitor.token(), "version": str(stored(site).row_version)}
    given |= {"settled": "overturned", "answer": "It is there."}
    answer = visitor.client.post(f"{url_of(site)}/dispute/settle", data=given)
    assert answer.status_code == status
    wanted = ItemState.APPROVED if status == 303 else ItemState.RETURNED
    assert stored(site).state is wanted
    assert agrees(site)


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("liaison", 303),
        ("neighbour", 404),
        ("reviewer", 403),
        ("office", 403),
        ("auditor", 403),
        ("far_reviewer", 404),
    ],
)
def test_who_disputes_a_return(site: Site, time: Time, username: str, status: int) -> None:
    returned(site, time)
    visitor = Visitor(site, username)
    given = {"csrf_token": visitor.token(), "version": str(stored(site).row_version)}
    answer = visitor.client.post(f"{url_of(site)}/dispute", data=given | {"dispute": "x"})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("username", "status"),
    [
        ("reviewer", 303),
        ("acceptor", 303),
        ("inspector", 303),
        ("police", 303),
        ("office", 303),
        ("liaison", 403),
        ("far_reviewer", 404),
        ("leader", 403),
        ("auditor", 403),
    ],
)
def test_who_notes_what_was_seen_on_the_spot(site: Site, username: str, status: int) -> None:
    sent(site)
    visitor = Visitor(site, username)
    given = {"csrf_token": visitor.token(), "visited_on": "2026-09-15", "seen": "partly"}
    url = f"{url_of(site)}/site-notes"
    answer = visitor.client.post(url, data=given | {"seen_text": TEXT})
    assert answer.status_code == status
    assert (TEXT in opened(Visitor(site, "second_reviewer"), site).text) is (status == 303)


def test_a_note_outweighs_the_files_and_can_be_removed(site: Site, time: Time) -> None:
    sent(site)
    inspector, liaison = Visitor(site, "inspector"), Visitor(site, "liaison")
    found = form(inspector.get(url_of(site)), "/site-notes")
    told = inspector.send(found, seen="", seen_text=TEXT)
    assert told.status_code == 422
    assert TEXT in told.text
    page = inspector.send(found, seen="otherwise", seen_text=TEXT, follow=True)
    assert "What was seen outweighs the files below." in page.text
    assert TEXT not in liaison.get(url_of(site)).text
    time.pass_by(minutes=5)
    assert TEXT in liaison.get(url_of(site)).text
    assert not offers(Visitor(site, "acceptor").get(url_of(site)), "/remove")
    gone = inspector.send(form(page, "/remove"), why="A name was in it.", follow=True)
    assert "A name was in it." in gone.text
    assert TEXT not in gone.text + liaison.get(url_of(site)).text


def test_a_department_s_item_shows_its_own_date(site: Site, time: Time) -> None:
    sent(site, "4.2")
    police = Visitor(site, "police")
    desk = opened(police, site, "4.2")
    assert "Decide by" in desk.text
    assert "26 Sep" in desk.text
    item = Visitor(site, "liaison").get(url_of(site, "4.2"))
    assert "Police · by 26 Sep" in item.text
    time.pass_by(days=11)
    assert "Police · was due 26 Sep" in Visitor(site, "police").get(url_of(site, "4.2")).text
