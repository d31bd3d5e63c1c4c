"""More time, hand-overs, consistency and lateness over HTTP: what people see and send."""

import re
from datetime import timedelta

import pytest

from campaigns import campaign as campaigns
from campaigns.enrolment import records, transitions
from campaigns.enrolment.answers import Answer
from tests.cast import QIAOLOU, TIANGONG
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE
from tests.test_upload import item_url
from tests.visiting import Visitor, form, forms, meanwhile

KEY, SLUG = "1.3", "drug-free-village"


def asked(site: Site, day: str, unit: str = "village", by: str = "liaison") -> str:
    """Asks for more time; where the request is."""
    visitor = Visitor(site, by)
    page = visitor.get(f"{item_url(site, KEY, unit)}/extension")
    answer = visitor.send(form(page, "/extension"), wished_on=day, reason="The lamps come late.")
    assert answer.status_code == 303, answer.text
    found = re.search(r'href="(/extensions/\d+)"', visitor.get(item_url(site, KEY, unit)).text)
    assert found
    return found[1]


def sent(site: Site, unit: str, by: str) -> None:
    with meanwhile(site):
        found = records.find(site.cast.enrolment(unit, SLUG), EVERYWHERE)
        slot = campaigns.slot(found.campaign, KEY)
        transitions.submit(found, slot, Answer(value=6), 1, by=site.cast.people[by])


def test_a_liaison_asks_from_the_item_and_the_city_gives_beyond_the_campaign(site: Site) -> None:
    liaison, office = Visitor(site, "liaison"), Visitor(site, "office")
    assert "Ask for more time" in liaison.get(item_url(site, KEY)).text
    url = asked(site, "2027-01-20")
    assert "The answer is still to come" in liaison.get(item_url(site, KEY)).text
    reviewer = Visitor(site, "reviewer")
    assert url not in reviewer.get("/extensions").text.partition("The latest requests")[0]
    page = reviewer.get(url)
    assert "The city office decides" in page.text
    assert not [each for each in forms(page) if each.action.endswith("/decision")]
    listed = office.get("/extensions").text
    assert url in listed
    assert listed.count("data-extension=") == 1
    page = office.get(url)
    facts = re.findall(r'data-figure="town_(\w+)" data-numerator="(\d+)"', page.text)
    (_, now), (_, then) = facts
    assert int(now) - int(then) == 1
    answer = office.send(form(page, "/decision"), verdict="grant", follow=True)
    assert "More time is given" in answer.text
    assert "until 20 Jan 2027" in liaison.get(item_url(site, KEY)).text.replace("January", "Jan")
    for page in (f"/enrolments/{site.cast.enrolment('village', SLUG)}", "/"):
        assert "2027" in liaison.get(page).text


def test_the_town_gives_what_is_its_own_and_a_refusal_says_why(site: Site) -> None:
    found = asked_quarter(site)
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    page = reviewer.get(found)
    assert "Nothing: the new day lies within the campaign" in page.text
    answer = reviewer.send(form(page, "/decision"), verdict="refuse", answer="")
    assert answer.status_code == 422
    assert "Say why it is refused" in answer.text
    answer = reviewer.send(form(page, "/decision"), verdict="grant", day="2026-12-01", answer="ja")
    assert answer.status_code == 422
    assert "Longer, only the city office" in answer.text
    assert "ja</textarea>" in answer.text
    assert reviewer.send(form(page, "/decision"), verdict="").status_code == 422
    answer = reviewer.send(form(page, "/decision"), verdict="refuse", answer="It can be done.")
    assert answer.status_code == 303
    assert reviewer.send(form(page, "/decision"), verdict="grant").status_code == 409
    assert "It can be done." in liaison.get(found).text


def asked_quarter(site: Site) -> str:
    with meanwhile(site):
        found = records.find(site.cast.enrolment("village", SLUG), EVERYWHERE)
        key = next(each.key for each in campaigns.slots(found.campaign) if each.period == "2026Q3")
    liaison = Visitor(site, "liaison")
    page = liaison.get(f"{item_url(site, key)}/extension")
    answer = liaison.send(form(page, "/extension"), wished_on="2026-10-10", reason="Why not.")
    assert answer.status_code == 303
    listed = liaison.get("/extensions").text
    return re.findall(r'href="(/extensions/\d+)"', listed)[0]


def test_a_unit_takes_its_request_back_on_its_page(site: Site) -> None:
    url, liaison = asked_quarter(site), Visitor(site, "liaison")
    for username in ("reviewer", "office", "auditor"):
        page = Visitor(site, username).get(url)
        assert not [each for each in forms(page) if each.action.endswith("/withdraw")], username
    reviewer = Visitor(site, "reviewer")
    deciding = form(reviewer.get(url), "/decision")
    sheet = form(liaison.get(url), "/withdraw")
    assert "Taken back" in liaison.send(sheet, follow=True).text
    assert liaison.send(sheet).status_code == 409
    assert "Withdrawn by the unit" in liaison.get("/extensions").text
    assert reviewer.send(deciding, verdict="grant").status_code == 409
    sent = {"csrf_token": reviewer.token(), "version": "2"}
    assert reviewer.client.post(f"{url}/withdraw", data=sent).status_code == 403


def test_a_wish_that_is_none_comes_back_with_what_was_typed(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    page = liaison.get(f"{item_url(site, KEY)}/extension")
    for day in ("", "2026-09-01", "2026-12-31", "tomorrow"):
        answer = liaison.send(form(page, "/extension"), wished_on=day, reason="The lamps.")
        assert answer.status_code == 422
        assert "The lamps." in answer.text
    answer = liaison.send(form(page, "/extension"), wished_on="2027-01-20", version="9")
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("username", "status"),
    [("auditor", 403), ("leader", 403), ("liaison", 403), ("far_reviewer", 404), ("reviewer", 403)],
)
def test_who_does_not_decide_on_a_wish(site: Site, username: str, status: int) -> None:
    url = asked(site, "2027-01-20")
    visitor = Visitor(site, username)
    data = {"csrf_token": visitor.token(), "version": "1", "verdict": "grant", "day": "2027-01-20"}
    assert visitor.client.post(f"{url}/decision", data=data).status_code == status
    assert "With the city office" in Visitor(site, "office").get(url).text


def test_what_the_only_reviewer_sent_waits_for_the_city_and_says_so(site: Site) -> None:
    sent(site, "far village", "far_reviewer")
    url = item_url(site, KEY, "far village")
    for username in ("far_liaison", "far_reviewer", "office"):
        page = Visitor(site, username).get(url)
        assert "The city office decides, since the town sent it." in page.text
    assert "City office" in Visitor(site, "far_liaison").get("/").text
    assert "Nothing waits for you" in Visitor(site, "far_reviewer").get("/review").text
    office = Visitor(site, "office")
    answer = office.send(form(office.get("/review"), "/decision"), verdict="approve")
    assert answer.status_code == 303


def test_late_is_who_decides_and_not_the_village(site: Site, time: Time) -> None:
    sent(site, "village", "liaison")
    sent(site, "far village", "far_reviewer")
    time.pass_by(days=11)
    leader = Visitor(site, "leader")
    page = leader.get("/coverage/511381").text
    assert "2 items wait longer than 10 days" in page
    assert re.search(r"town office 1.*city office 1", page)
    assert "1 item waits longer" in leader.get(f"/coverage/{TIANGONG}").text
    assert "city office 1" in leader.get(f"/coverage/{QIAOLOU}").text
    liaison = Visitor(site, "liaison")
    assert "Late at the town; it does not count" in liaison.get(item_url(site, KEY)).text
    assert (
        "that does not count against the unit"
        in liaison.get(f"/enrolments/{site.cast.enrolment('village', SLUG)}").text
    )


def test_a_hand_over_shows_on_both_desks_and_is_taken_back(site: Site) -> None:
    sent(site, "village", "liaison")
    reviewer, second = Visitor(site, "reviewer"), Visitor(site, "second_reviewer")
    found = form(reviewer.get("/handovers"), "/handovers")
    assert reviewer.send(found, last_day="").status_code == 422
    assert reviewer.send(found, last_day="2026-09-20", to="x").status_code == 422
    answer = reviewer.send(found, last_day="2026-09-20", follow=True)
    assert "Handed over" in answer.text
    page = reviewer.get("/review").text
    assert "is with second_reviewer until" in page
    assert "Nothing waits for you" in page
    page = second.get("/review").text
    assert "You also have the queue of reviewer" in page
    assert "1 item waits" in page
    assert not [f for f in forms(second.get("/handovers")) if f.action.endswith("/end")]
    ending = form(reviewer.get("/handovers"), "/end")
    assert reviewer.send(ending, version="7").status_code == 409
    assert reviewer.send(ending).status_code == 303
    assert "1 item waits" in reviewer.get("/review").text


def test_the_city_office_sends_a_reviewer_to_help(site: Site, time: Time) -> None:
    sent(site, "far village", "far_reviewer")
    office = Visitor(site, "office")
    found = form(office.get("/handovers"), "/lend")
    fields = {"lent": str(site.cast.people["reviewer"]), "place": QIAOLOU}
    answer = office.send(found, lent_last_day="2026-09-20", follow=True, **fields)
    assert "helps out there" in answer.text
    assert office.send(found, lent_last_day="2026-09-20", **fields).status_code == 422
    assert office.send(found, lent_last_day="2026-09-20", lent="1", place="9").status_code == 404
    assert "1 item waits" in Visitor(site, "reviewer").get("/review").text
    time.now += timedelta(days=5)
    assert "Nothing waits for you" in Visitor(site, "reviewer").get("/review").text
    token = Visitor(site, "reviewer")
    data = {"csrf_token": token.token(), **fields}
    assert token.client.post("/handovers/lend", data=data).status_code == 403


def test_consistency_is_a_mirror_for_her_and_by_posts_for_the_office(site: Site) -> None:
    sent(site, "village", "liaison")
    reviewer = Visitor(site, "reviewer")
    reviewer.send(form(reviewer.get("/review"), "/decision"), verdict="approve")
    with meanwhile(site):
        version = records.find(site.cast.enrolment("village", SLUG), EVERYWHERE).campaign.version_id
    page = reviewer.get(f"/review/consistency?version={version}")
    assert "All the others" in page.text
    assert "All the others" in reviewer.get("/review/consistency").text
    assert "second_reviewer" not in page.text
    assert 'data-numerator="0" data-denominator="1"' in page.text
    page = Visitor(site, "office").get(f"/review/consistency?version={version}&criterion={KEY}")
    assert '<th scope="row">reviewer</th>' in page.text
    for query in (
        "?version=x&from=x&to=0001-01-01",
        "?criterion=9.9&from=2026-09-30&to=2026-09-01",
    ):
        assert reviewer.get(f"/review/consistency{query}").status_code == 200
        assert Visitor(site, "office").get(f"/review/consistency{query}").status_code == 200
    assert Visitor(site, "leader").get("/review/consistency").status_code == 403
