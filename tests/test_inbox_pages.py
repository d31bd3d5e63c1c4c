"""The inbox, who acts next on every page, and being written to: as people see them."""

import re

from campaigns import history
from tests.cast import PASSWORD, TIANGONG
from tests.conftest import Site, Time
from tests.doing import approve, enrolment, entitle, give_back, handed_over, send
from tests.visiting import Visitor, counted, form, forms, meanwhile


def decided(site: Site, time: Time) -> None:
    """One item came back and two were approved, for all to see."""
    time.pass_by(minutes=1)
    with meanwhile(site):
        village = enrolment(site.cast)
        give_back(site.cast, village, send(site.cast, village, "1.3"))
        for key in ("2.2", "1.1"):
            approve(site.cast, village, send(site.cast, village, key))
    time.pass_by(minutes=6)


def unread(text: str) -> int:
    """The number in the navigation."""
    found = re.search(r'data-unread="(\d+)"', text)
    return int(found[1]) if found else 0


def test_the_inbox_tells_what_happened_why_and_what_now(site: Site, time: Time) -> None:
    decided(site, time)
    liaison = Visitor(site, "liaison")
    page = liaison.get("/inbox")
    assert unread(page.text) == unread(liaison.get("/").text) == 2
    assert "Item 1.3 was returned" in page.text
    assert "Cannot be made out" in page.text
    assert "Mend it and send it again" in page.text
    assert "2 items were approved" in page.text
    assert page.text.count('data-read="no"') == 2
    fragment = liaison.get("/inbox", headers={"HX-Request": "true"})
    assert unread(fragment.text) == 0


def test_opening_a_notice_leads_to_the_item_and_is_reading_it(site: Site, time: Time) -> None:
    decided(site, time)
    liaison = Visitor(site, "liaison")
    keys = [each for each in forms(liaison.get("/inbox")) if each.action == "/inbox/read"]
    answers = [liaison.send(each) for each in keys[:2]]
    village = site.cast.enrolment("village", "drug-free-village")
    assert {each.location for each in answers} == {
        f"/enrolments/{village}/items/1.3",
        f"/enrolments/{village}?show=passed",
    }
    assert unread(liaison.get("/inbox").text) == 0


def test_what_happens_to_a_title_is_told_with_its_name(site: Site, time: Time) -> None:
    time.pass_by(minutes=1)
    with meanwhile(site):
        unit_id, title_id = site.cast.units["village"], entitle(site.cast, "village")
        told = {"by": None, "unit_id": unit_id, "reason": "So it was found."}
        history.record("suspended", "title", title_id, **told)
    liaison = Visitor(site, "liaison")
    page = liaison.get("/inbox")
    assert re.search("The title “.+” is suspended", page.text)
    assert "So it was found." in page.text
    answer = liaison.send(next(f for f in forms(page) if f.action == "/inbox/read"))
    assert answer.location == f"/units/{unit_id}"


def test_all_is_read_at_once_and_stays_there(site: Site, time: Time) -> None:
    decided(site, time)
    liaison = Visitor(site, "liaison")
    answer = liaison.send(form(liaison.get("/inbox"), "/read-all"), follow=True)
    assert "Everything is read." in answer.text
    assert unread(answer.text) == 0
    assert "Item 1.3 was returned" in answer.text
    assert 'data-read="no"' not in answer.text


def test_what_is_nobodys_notice_or_no_instant_is_refused_in_words(site: Site, time: Time) -> None:
    decided(site, time)
    key = re.findall(r'data-notice="([^"]+)"', Visitor(site, "liaison").get("/inbox").text)[0]
    neighbour = Visitor(site, "neighbour")
    token = neighbour.token()
    for wrong in (key, "event-1", "", "x" * 5000, "overdue"):
        sent = {"csrf_token": token, "key": wrong}
        answer = neighbour.client.post("/inbox/read", data=sent)
        assert answer.status_code == 422, wrong
        assert "not there any more" in answer.text
    for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        sent = {"csrf_token": token, "until": edge}
        assert neighbour.client.post("/inbox/read-all", data=sent).status_code == 303, edge
    for wrong in ("", "yesterday", "2026-09-16", "2026-09-16T10:00:00", "9" * 400):
        sent = {"csrf_token": token, "until": wrong}
        assert neighbour.client.post("/inbox/read-all", data=sent).status_code == 422, wrong


def test_nobody_is_counted_to_who_is_told_of_nothing(site: Site) -> None:
    leader = Visitor(site, "leader")
    leader.get("/inbox")
    with counted(site) as sent:
        page = leader.get("/inbox")
    assert "No notice of the last 90 days" in page.text
    assert not [each for each in sent if "notice_mark" in each]


def test_an_error_page_asks_for_no_notices(site: Site, time: Time) -> None:
    decided(site, time)
    liaison = Visitor(site, "liaison")
    with counted(site) as sent:
        page = liaison.get("/no-such-page")
    assert page.status_code == 404
    assert 'href="/inbox"' in page.text
    assert not [each for each in sent if "notice_mark" in each]


def test_every_page_says_who_acts_next(site: Site, time: Time) -> None:
    decided(site, time)
    cast = site.cast
    with meanwhile(site):
        village = enrolment(cast)
        send(cast, village, "4.2")
    time.pass_by(days=11)
    liaison, reviewer = Visitor(site, "liaison"), Visitor(site, "reviewer")
    number = cast.enrolment("village", "drug-free-village")
    for page in (
        liaison.get(f"/enrolments/{number}"),
        reviewer.get(f"/enrolments/{number}"),
        reviewer.get(f"/units/{cast.units['village']}"),
    ):
        assert "mend 1 returned item" in page.text
        assert "confirm 1 item" in page.text
        assert "1 day late" in page.text
    home = liaison.get("/").text
    assert "Who waits for whom" in home
    assert "confirm 1 item" in home
    assert "not held against you" in home


def test_leaders_see_who_waits_for_whom_with_ages(site: Site, time: Time) -> None:
    decided(site, time)
    with meanwhile(site):
        send(site.cast, enrolment(site.cast), "4.2")
        send(site.cast, enrolment(site.cast), "1.2")
    time.pass_by(days=11)
    leader = Visitor(site, "leader")
    campaign = site.cast.campaigns["drug-free-village"]
    for url in (f"/coverage/{TIANGONG}", "/coverage/511381", f"/campaigns/{campaign}"):
        page = leader.get(url).text
        assert "Who waits for whom" in page
        assert "items to review" in page
        assert "11 days" in page
    past = leader.get(f"/coverage/{TIANGONG}?on=2026-09-01").text
    assert "Who waits for whom" not in past


def test_a_person_says_herself_where_she_is_written_to(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    wanted = form(liaison.get("/account"), "/account/email")
    wrong = liaison.send(wanted, email="a@example.cn", email_password="wrong")
    assert wrong.status_code == 422
    assert "The present password is not right." in wrong.text
    assert 'value="a@example.cn"' in wrong.text
    for typed in (
        *("no address", "a@b", "a@example.cn, b@example.cn", "A <a@example.cn>", "a@例.cn"),
        *("a@example.cn\r\nBcc: b@example.cn", "a" * 65 + "@example.cn", "a@" + "b." * 130 + "cn"),
    ):
        answer = liaison.send(wanted, email=typed, email_password=PASSWORD)
        assert answer.status_code == 422, typed
        assert "This is not an e-mail address" in answer.text
    kept = liaison.send(wanted, follow=True, email=" a@example.cn ", email_password=PASSWORD)
    assert "Kept." in kept.text
    assert 'value="a@example.cn"' in kept.text
    off = liaison.send(form(kept, "/account/digest"), follow=True)
    assert "You are not written to." in off.text
    token = liaison.token()
    assert liaison.client.post("/account/digest", data={"csrf_token": token}).status_code == 422
    on = liaison.send(form(off, "/account/digest"), follow=True)
    assert "You are written to." in on.text
    liaison.send(wanted, email="", email_password=PASSWORD)
    assert "/account/digest" not in liaison.get("/account").text


def test_nobody_else_sees_the_address(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    wanted = form(liaison.get("/account"), "/account/email")
    liaison.send(wanted, email="secret-box@example.cn", email_password=PASSWORD)
    unit = site.cast.units["village"]
    for username in ("reviewer", "office", "admin", "auditor"):
        visitor = Visitor(site, username)
        for url in ("/account", f"/units/{unit}", f"/units/{unit}/history.csv", "/units.csv"):
            assert "secret-box" not in visitor.get(url).text, (username, url)


def test_who_takes_a_queue_reads_from_whom_where_and_from_when_to_when(site: Site) -> None:
    with meanwhile(site):
        handed_over(site.cast)
    page = Visitor(site, "second_reviewer").get("/inbox").text
    assert "reviewer hands you a queue" in page
    assert "From 16 Sep to 16 Sep." in page
    assert (
        "Your queue is in the hands of second_reviewer"
        in Visitor(site, "reviewer").get("/inbox").text
    )
