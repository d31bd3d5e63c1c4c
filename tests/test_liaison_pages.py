"""The liaison's screens over HTTP: home, checklist, item; what she can send and what not."""

import gzip
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, review
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item
from campaigns.jurisdictions import Scope, interval
from campaigns.people import Person
from campaigns.review import Verdict
from tests.conftest import Site, Time
from tests.test_upload import jpeg, send
from tests.visiting import Visitor, counted, form, forms, meanwhile, states

EVERYWHERE = Scope((interval("/51/"),))


def checklist(site: Site, unit: str = "village", standard: str = "drug-free-village") -> str:
    return f"/enrolments/{site.cast.enrolment(unit, standard)}"


def item(site: Site, key: str, unit: str = "village", standard: str = "drug-free-village") -> str:
    return f"{checklist(site, unit, standard)}/items/{key}"


def enrolment(site: Site, unit: str = "village", standard: str = "drug-free-village") -> Enrolment:
    return records.find(site.cast.enrolment(unit, standard), EVERYWHERE)


def returned(site: Site, key: str, reason: str = "The wall cannot be seen.") -> None:
    """The item was sent by the unit and came back."""
    with meanwhile(site):
        village = enrolment(site)
        slot = campaigns.slot(village.campaign, key)
        sent = transitions.submit(village, slot, Answer(value=6), 1, by=site.cast.people["liaison"])
        verdict = Verdict(False, reason=reason)
        review.decide(village, sent, verdict, sent.row_version, by=site.cast.people["reviewer"])


def nothing_written(site: Site) -> bool:
    with site.app.app_context():
        return db.session.scalars(sa.select(Item)).all() == [] and list(recount.check()) == []


def test_home_leads_everybody_to_her_work(site: Site) -> None:
    for username, target in (
        ("reviewer", "/review"),
        ("police", "/review"),
        ("leader", "/coverage"),
        ("auditor", "/coverage"),
    ):
        answer = Visitor(site, username).get("/")
        assert answer.status_code == 303
        assert answer.location.startswith(target)


def test_the_work_list_holds_what_is_open_now_by_deadline(site: Site) -> None:
    page = Visitor(site, "liaison").get("/")
    assert page.status_code == 200
    assert "3rd quarter" in page.text
    assert "4th quarter" not in page.text
    assert "left by 30 Sep" in page.text
    assert page.text.index("left by 30 Sep") < page.text.index("left by 31 Dec")
    assert 'data-figure="progress" data-numerator="0" data-denominator="15"' in page.text


def test_an_item_that_came_back_stands_first_when_the_unit_may_see_it(
    site: Site, time: Time
) -> None:
    liaison = Visitor(site, "liaison")
    returned(site, "1.3")
    early = liaison.get("/")
    assert "The wall cannot be seen." not in early.text
    assert "Waiting for others" in early.text
    assert "The wall cannot be seen." not in liaison.get(item(site, "1.3")).text
    time.pass_by(minutes=6)
    page = liaison.get("/")
    assert "The wall cannot be seen." in page.text
    assert "by 24 Sep, 8 days left" in page.text
    assert 'data-state="returned"' in liaison.get(item(site, "1.3")).text
    assert states(liaison.get(checklist(site)))["1.3"] == "returned"


def test_a_late_office_is_late_not_the_village(site: Site, time: Time) -> None:
    with meanwhile(site):
        village = enrolment(site)
        slot = campaigns.slot(village.campaign, "4.2")
        transitions.submit(village, slot, Answer(value=0), 1, by=site.cast.people["liaison"])
    time.pass_by(days=14)
    page = Visitor(site, "liaison").get("/")
    assert "Police" in page.text
    assert "4 days late" in page.text
    assert "not held against you" in page.text


def test_the_checklist_shows_every_item_and_period(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    page = liaison.get(checklist(site))
    shown = states(page)
    assert len(shown) == 15
    assert {"2.1@2026Q1", "2.1@2026Q4", "4.1"} <= shown.keys()
    assert "opens 1 Oct" in page.text
    assert "Pass mark 85" in page.text
    assert states(liaison.get(f"{checklist(site)}?show=waiting")) == {}
    assert liaison.get(f"{checklist(site)}?show=nonsense").status_code == 200
    assert "2.1@2026Q4" not in states(liaison.get(f"{checklist(site)}?show=todo"))


def test_a_ratio_says_how_many_more_are_needed(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(item(site, "4.1")), "/submit")
    page = liaison.send(found, numerator="26", denominator="30", follow=True)
    assert "26 / 30 = <strong>86.6 %</strong>" in page.text
    assert "One more (27 of 30) meets it" in page.text


def test_a_household_standard_offers_the_number_of_the_register(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    url = item(site, "1.1", standard="tech-household")
    found = form(liaison.get(url), "/submit")
    assert found.values("denominator") == ["100"]
    answer = liaison.send(found, numerator="60", denominator="101")
    assert answer.status_code == 422
    assert "counts 100 households" in answer.text


@pytest.mark.parametrize(
    ("key", "sent", "sentence"),
    [
        ("3.2", {"numerator": "-1", "denominator": "5"}, "below 0"),
        ("3.2", {"numerator": "0", "denominator": "0"}, "say below that it does not apply"),
        ("4.1", {"numerator": "0", "denominator": "0"}, "as soon as there are some"),
        ("3.2", {"numerator": "6", "denominator": "5"}, "cannot be more than the total"),
        ("3.2", {"numerator": "", "denominator": "5"}, "Enter the number"),
        ("3.2", {"numerator": "a", "denominator": "5"}, "whole number in digits"),
        ("3.2", {"numerator": "1.5", "denominator": "5"}, "whole number in digits"),
        ("1.3", {"value": "9" * 400}, "number is too large"),
        ("1.3", {"value": "1_0"}, "whole number in digits"),
        ("1.3", {"value": "5", "note": "x" * 501}, "501 characters"),
        ("1.3", {"value": "5", "note": "11010519491231002X"}, "identity number"),
        ("1.3", {"value": "5", "evidence": ["999999"]}, "no longer there"),
        ("1.3", {"value": "5", "evidence": ["x", "\x00"]}, "no longer there"),
        ("1.3", {"none": "1"}, "“none” cannot be chosen"),
        ("1.3", {"not_applicable": "1", "note": ""}, "why this does not apply"),
        ("4.2", {"not_applicable": "1", "note": "no"}, "always applies"),
        ("2.2", {}, "2 pictures are needed and 0 are here"),
        ("2.1@2026Q4", {"none": "1"}, "opens on 1 Oct"),
    ],
)
def test_bad_input_gets_the_form_back_with_a_sentence(
    site: Site, key: str, sent: dict[str, Any], sentence: str
) -> None:
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(item(site, "1.3")), "/submit")
    found.action = f"{item(site, key)}/submit"
    answer = liaison.send(found, **({"value": None} | sent))
    assert answer.status_code == 422
    assert sentence in answer.text
    if key != "2.1@2026Q4":
        again = form(answer, "/submit")
        kept = {name: again.values(name)[0] for name in sent if name in {"numerator", "value"}}
        assert kept == {name: sent[name] for name in kept}
    assert nothing_written(site)


def test_full_width_digits_are_digits(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    page = liaison.send(form(liaison.get(item(site, "1.3")), "/submit"), value="６", follow=True)
    assert "<strong>6</strong>" in page.text


def test_a_stale_form_is_given_back_with_what_was_typed(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(item(site, "1.3")), "/submit")
    for version in ("7", "", "x", "9" * 400):
        answer = liaison.send(found, value="6", version=version)
        assert answer.status_code == 409
        assert "Somebody else changed this" in answer.text
        assert form(answer, "/submit").values("value") == ["6"]
    assert nothing_written(site)


@pytest.mark.parametrize("verb", ["submit", "take-back"])
def test_a_foreign_or_absent_item_is_not_found(site: Site, verb: str) -> None:
    liaison = Visitor(site, "liaison")
    token = {"csrf_token": liaison.token(), "version": "1", "value": "6"}
    own = checklist(site)
    for url in (
        item(site, "1.3", "neighbour"),
        f"/enrolments/{2**63}/items/1.3",
        f"/enrolments/{2**63 - 1}/items/1.3",
        f"{own}/items/9.9",
        f"{own}/items/2.1",
        f"{own}/items/2.1@2025Q3",
        f"{own}/items/1.3@2026Q3",
    ):
        assert liaison.get(url).status_code == 404
        assert liaison.client.post(f"{url}/{verb}", data=token).status_code == 404
    assert nothing_written(site)


def test_nothing_is_sent_in_a_closed_campaign(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(item(site, "1.3")), "/submit")
    with meanwhile(site):
        campaign = db.session.get_one(Campaign, site.cast.campaigns["drug-free-village"])
        campaigns.close(campaign, campaign.row_version, by=site.cast.people["office"])
    answer = liaison.send(found, value="6")
    assert answer.status_code == 422
    assert "The campaign is not open" in answer.text
    assert nothing_written(site)
    assert not [f for f in forms(liaison.get(item(site, "1.3"))) if f.action.endswith("/submit")]


def test_an_ended_session_in_the_middle_sends_htmx_to_sign_in_and_back(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(item(site, "1.3")), "/submit")
    with meanwhile(site):
        disable = sa.update(Person).where(Person.id == site.cast.people["liaison"])
        db.session.execute(disable.values(disabled_at=clock.now()))
    page = f"http://localhost{item(site, '1.3')}"
    answer = liaison.client.post(
        found.action,
        data=dict(found.fields) | {"value": "6"},
        headers={"HX-Request": "true", "HX-Current-URL": page},
    )
    assert (
        "next=%2Fenrolments" in answer.headers["HX-Redirect"]
        or "next=/enrolments" in (answer.headers["HX-Redirect"])
    )
    assert nothing_written(site)


def test_none_is_reported_in_one_tap_and_can_be_taken_back(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item(site, "2.1@2026Q3")
    page = liaison.get(url)
    assert 'name="none" value="1"' in page.text
    page = liaison.send(form(page, "/submit"), none="1", follow=True)
    assert 'data-state="submitted"' in page.text
    assert "none this period" in page.text
    page = liaison.send(form(page, "/take-back"), follow=True)
    assert 'data-state="open"' in page.text
    assert "Taken back" in page.text


def test_a_decided_item_cannot_be_taken_back(site: Site, time: Time) -> None:
    liaison, url = Visitor(site, "liaison"), item(site, "1.3")
    page = liaison.send(form(liaison.get(url), "/submit"), value="6", follow=True)
    found = form(page, "/take-back")
    with meanwhile(site):
        village = enrolment(site)
        sent = records.item(village, "1.3")
        assert sent is not None
        reviewer = site.cast.people["reviewer"]
        review.decide(village, sent, Verdict(True), sent.row_version, by=reviewer)
    assert liaison.send(found).status_code == 409
    time.pass_by(minutes=6)
    page = liaison.get(url)
    assert 'data-state="approved"' in page.text
    assert not [each for each in forms(page) if each.action.endswith(("/submit", "/take-back"))]


def test_everything_ready_is_sent_at_once(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    assert not [f for f in forms(liaison.get(checklist(site))) if f.action.endswith("/submit")]
    send(liaison, item(site, "2.2"), jpeg(1), jpeg(2))
    send(liaison, item(site, "1.1"), jpeg(3))
    send(liaison, item(site, "3.1"), jpeg(4))  # one of two: not ready
    page = liaison.get(checklist(site))
    assert "2 items ready to send" in page.text
    found = form(page, "/submit")
    page = liaison.send(found, follow=True)
    shown = states(page)
    assert (shown["2.2"], shown["1.1"], shown["3.1"]) == ("submitted", "submitted", "open")
    again = liaison.send(found)
    assert again.status_code == 422
    assert "No item is ready" in again.text
    with site.app.app_context():
        assert list(recount.check()) == []


def test_a_returned_item_is_ready_only_with_new_proof(site: Site, time: Time) -> None:
    liaison, url = Visitor(site, "liaison"), item(site, "1.1")
    send(liaison, url, jpeg(1))
    liaison.send(form(liaison.get(url), "/submit"))
    with meanwhile(site):
        village = enrolment(site)
        sent = records.item(village, "1.1")
        assert sent is not None
        verdict = Verdict(False, preset="unclear")
        reviewer = site.cast.people["reviewer"]
        review.decide(village, sent, verdict, sent.row_version, by=reviewer)
    time.pass_by(minutes=6)
    page = liaison.get(checklist(site))
    assert "Cannot be made out" in page.text
    assert "ready to send" not in page.text
    send(liaison, url, jpeg(2))
    assert "1 item ready to send" in liaison.get(checklist(site)).text


def test_the_steps_to_a_title(site: Site) -> None:
    with meanwhile(site):
        village = enrolment(site)
        for slot in campaigns.slots(village.campaign):
            sent = transitions.touch(village, slot)
            sent.state = records.ItemState.APPROVED
            sent.value = 0 if slot.key == "4.2" else 5
            if slot.key in {"3.2", "4.1"}:
                sent.numerator = sent.denominator = 9
    reviewer, office = Visitor(site, "reviewer"), Visitor(site, "office")
    page = reviewer.get(checklist(site))
    found = form(page, "/examine")
    assert reviewer.send(found, version="99").status_code == 409
    page = reviewer.send(found, follow=True)
    assert 'data-state="town_passed"' in page.text
    naming = form(office.get(checklist(site)), "/titles")
    assert [name for name, _value in naming.fields] == [
        "csrf_token",
        "enrolment",
        "version",
        "document_number",
    ]
    with site.app.app_context():
        assert enrolment(site).state is EnrolmentState.TOWN_PASSED
        assert naming.values("version") == [str(enrolment(site).row_version)]


def test_the_citys_steps_come_before_naming(site: Site) -> None:
    with meanwhile(site):
        village = enrolment(site)
        village.campaign.steps = ["town", "city", "notice"]
        village.state = EnrolmentState.TOWN_PASSED
    acceptor, office = Visitor(site, "acceptor"), Visitor(site, "office")
    page = acceptor.send(form(acceptor.get(checklist(site)), "/advance"), follow=True)
    assert 'data-state="city_passed"' in page.text
    page = office.send(form(office.get(checklist(site)), "/advance"), follow=True)
    assert 'data-state="publicised"' in page.text
    assert [each for each in forms(page) if each.action == "/titles"]
    assert not [f for f in forms(acceptor.get(checklist(site))) if f.action == "/titles"]


def test_an_incomplete_checklist_cannot_be_examined(site: Site) -> None:
    reviewer = Visitor(site, "reviewer")
    page = reviewer.get(checklist(site))
    assert "15 items are not approved yet" in page.text
    token = {"csrf_token": reviewer.token(), "version": "1"}
    answer = reviewer.client.post(f"{checklist(site)}/examine", data=token)
    assert answer.status_code == 422
    answer = Visitor(site, "far_reviewer").get(checklist(site))
    assert answer.status_code == 404


@pytest.mark.parametrize("username", ["leader", "auditor", "inspector", "police"])
def test_readers_see_no_form_to_send(site: Site, username: str) -> None:
    reader = Visitor(site, username)
    for url in (checklist(site), item(site, "2.2"), f"{item(site, '2.2')}?instead=1"):
        page = reader.get(url)
        assert page.status_code == 200
        assert {each.action for each in forms(page)} == {"/language", "/logout"}


def test_a_reviewer_is_led_to_the_desk(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    liaison.send(form(liaison.get(item(site, "1.3")), "/submit"), value="6")
    assert "Decide at the desk" in Visitor(site, "reviewer").get(item(site, "1.3")).text
    assert "Decide at the desk" not in Visitor(site, "police").get(item(site, "1.3")).text
    assert "Decide at the desk" not in liaison.get(item(site, "1.3")).text


def test_pages_are_few_statements_and_small(site: Site) -> None:
    liaison = Visitor(site, "school_liaison")
    urls = ["/", checklist(site, "school", "safe-school")]
    urls.append(f"{urls[1]}/items/2.2")
    for url in urls:
        liaison.get(url)  # what is published is read once per process
        with counted(site) as sent:
            page = liaison.get(url)
        assert len(sent) <= 10, "\n".join(sent)
        assert len(gzip.compress(page.data)) <= 25 * 1024
