"""The public notice over HTTP: what strangers see and send, and how the city office answers."""

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.database import db
from campaigns.enrolment.objections import Contact, Objection
from campaigns.pages import limits
from tests.conftest import Site, Time
from tests.doing import enrolment, events
from tests.test_objections import WORDS, publicised, raised
from tests.visiting import Visitor, form, meanwhile

OTHERS = ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "inspector", "admin")


@pytest.fixture
def notice(site: Site, time: Time) -> str:
    """The address of a notice with one village on it."""
    with meanwhile(site):
        publicised(site.cast, time)
    return f"/notice/{site.cast.campaigns['drug-free-village']}"


def stranger(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.set_cookie("language", "en")
    return client


def village(site: Site) -> str:
    return str(site.cast.enrolment("village", "drug-free-village"))


def send(client: FlaskClient, url: str, **fields: str) -> TestResponse:
    """Sends the form that the page offers, with some fields filled in."""
    found = form(client.get(url), url)
    return client.post(url, data=dict(found.fields) | fields)


def objections(site: Site) -> list[Objection]:
    with site.app.app_context():
        return list(db.session.scalars(sa.select(Objection).order_by(Objection.id)))


def test_everybody_sees_who_is_on_notice_and_nothing_else(site: Site, notice: str) -> None:
    page = stranger(site).get(notice)
    assert page.status_code == 200
    for part in ("Drug-free", "until 22 Dec", "objections: 0", "Tiangong", "by version 1"):
        assert part in page.text, part
    assert page.text.count('data-state="publicised"') == 1
    assert not re.findall(r'href="/(?!static|notice|"|login)', page.text)
    for kept in ("U51138", "score", "liaison", "reviewer"):
        assert kept not in page.text


def test_a_stranger_objects_without_a_name(site: Site, notice: str) -> None:
    client = stranger(site)
    answer = send(client, notice, enrolment=village(site), text=f"  {WORDS}\r\n")
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "Your objection is with the city office" in page.text
    assert "objections: 1" in page.text
    assert WORDS not in page.text
    (found,) = objections(site)
    assert (found.text, found.result) == (WORDS, None)
    with site.app.app_context():
        assert db.session.scalars(sa.select(Contact)).all() == []
        assert events("objection", found.id) == ["objected"]


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"enrolment": ""}, "enrolment", "Choose whom"),
        ({"enrolment": "x"}, "enrolment", "Choose whom"),
        ({"enrolment": "9" * 18}, "enrolment", "not on public notice any more"),
        ({"enrolment": "9" * 40}, "enrolment", "Choose whom"),
        ({"text": " \u202e "}, "text", "Say in a few words"),
        ({"text": "x" * 2001}, "text", "2001 characters"),
        ({"text": "11010519491231002X"}, "text", "identity number"),
        ({"text": "13800138000"}, "text", "looks like a phone number"),
        ({"contact": "11010519491231002X"}, "contact", "identity number"),
    ],
)
def test_an_objection_that_will_not_do_comes_back_with_what_was_typed(
    site: Site, notice: str, changed: dict[str, str], field: str, sentence: str
) -> None:
    sent = {"enrolment": village(site), "text": WORDS, "contact": "a@b.cn"} | changed
    answer = send(stranger(site), notice, **sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#{field}"' in answer.text
    again = dict(form(answer, notice).fields)
    if "\u202e" not in sent["text"]:
        assert again["text"].strip() == sent["text"]
    assert again["contact"] == sent["contact"]
    assert objections(site) == []


def test_programs_that_fill_in_everything_are_told_the_same_and_nothing_is_kept(
    site: Site, notice: str
) -> None:
    answer = send(
        stranger(site), notice, enrolment=village(site), text=WORDS, website="http://spam.example"
    )
    assert answer.status_code == 303
    assert "objected" in answer.location
    assert objections(site) == []


def test_without_the_token_the_form_comes_back_with_what_was_typed(site: Site, notice: str) -> None:
    client = stranger(site)
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 91}):
        sent = {"enrolment": village(site), "text": WORDS} | token
        answer = client.post(notice, data=sent)
        assert answer.status_code == 400
        assert dict(form(answer, notice).fields)["text"] == WORDS
    assert objections(site) == []
    assert client.post("/language", data={"language": "en"}).status_code == 400


def test_one_address_cannot_fill_the_desk(site: Site, notice: str) -> None:
    client, token = stranger(site), {}
    token = dict(form(client.get(notice), notice).fields)
    sent = token | {"enrolment": village(site), "text": WORDS}
    statuses = [client.post(notice, data=sent).status_code for _ in range(limits.OBJECTIONS + 2)]
    assert statuses == [303] * limits.OBJECTIONS + [429] * 2
    refused = client.post(notice, data=sent)
    assert "Try again in ten minutes" in refused.text
    assert dict(form(refused, notice).fields)["text"] == WORDS
    assert len(objections(site)) == limits.OBJECTIONS


def test_all_addresses_together_cannot_either(
    site: Site, notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ALL_OBJECTIONS", 3)
    client, statuses = stranger(site), []
    sent = dict(form(client.get(notice), notice).fields)
    sent |= {"enrolment": village(site), "text": WORDS}
    for number in range(4):
        where = {"REMOTE_ADDR": f"10.0.0.{number}"}
        statuses.append(client.post(notice, data=sent, environ_overrides=where).status_code)
    assert statuses == [303, 303, 303, 429]


def test_public_pages_have_a_share_for_each_address_and_one_for_all(
    site: Site, notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOKS", 2)
    monkeypatch.setattr(limits, "ALL_LOOKS", 3)
    monkeypatch.setattr(limits, "LOOKS_PER_SECOND", 0)
    monkeypatch.setattr(limits, "ALL_LOOKS_PER_SECOND", 0)
    client = stranger(site)

    def look(address: str) -> int:
        return client.get(notice, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert [look("10.0.0.1") for _ in range(3)] == [200, 200, 429]
    assert [look("10.0.0.2") for _ in range(2)] == [200, 429]
    # A form that comes back is no look, so the refusal itself is never an error.
    assert client.post(notice).status_code in {400, 429}


@pytest.mark.parametrize("bad", ["0", "x", "-1", "9" * 12, "2147483647"])
def test_no_other_campaign_has_a_notice(site: Site, notice: str, bad: str) -> None:
    client = stranger(site)
    assert client.get(f"/notice/{bad}").status_code == 404
    school = site.cast.campaigns["safe-school"]
    assert client.get(f"/notice/{school}").status_code == 404
    token = dict(form(client.get(notice), notice).fields)
    assert client.post(f"/notice/{school}", data=token).status_code == 404


def test_when_the_notice_is_over_the_form_is_gone(site: Site, notice: str, time: Time) -> None:
    time.pass_by(days=8)
    page = stranger(site).get(notice)
    assert "the notice is over" in page.text
    assert 'name="text"' not in page.text
    assert "The time to object is over." in page.text
    assert "can say so here" not in page.text


def test_the_list_is_turned_page_by_page(
    site: Site, notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.pages.paging.PAGE_ROWS", 1)
    monkeypatch.setattr("campaigns.pages.notice.PAGE_ROWS", 1)
    with meanwhile(site):
        neighbour = enrolment(site.cast, "neighbour")
        neighbour.state = enrolment(site.cast).state
    client = stranger(site)
    assert 'data-state="publicised"' in client.get(f"{notice}?page=2").text
    answer = send(
        client,
        f"{notice}?page=2",
        enrolment=str(site.cast.enrolment("neighbour", "drug-free-village")),
        text=WORDS,
    )
    assert answer.status_code == 303
    assert client.get(f"{notice}?page=x").status_code == 404


def test_the_city_office_answers_and_the_unit_reads_it(site: Site, notice: str) -> None:
    send(stranger(site), notice, enrolment=village(site), text=WORDS, contact="13800138000")
    office = Visitor(site, "office")
    assert "1 objection waits" in office.get("/titles").text
    listed = office.get("/objections")
    url = re.search(r'href="(/objections/\d+)"', listed.text)
    assert url
    page = office.get(url[1])
    assert WORDS in page.text
    assert "13800138000" in page.text
    found = form(page, "/answer")
    assert office.send(found).status_code == 422
    answer = office.send(found, result="dismissed", answer="灯已修好", follow=True)
    assert "The answer is given." in answer.text
    assert "looks like a phone number" not in answer.text
    assert office.send(found, result="dismissed", answer="灯").status_code == 409
    assert "13800138000" not in office.get(url[1]).text
    checklist = Visitor(site, "liaison").get(f"/enrolments/{village(site)}")
    assert "灯已修好" in checklist.text
    assert WORDS not in checklist.text


def test_where_it_was_right_the_unit_is_off_the_list(site: Site, notice: str) -> None:
    send(stranger(site), notice, enrolment=village(site), text=WORDS)
    office = Visitor(site, "office")
    found = form(office.get("/objections/1"), "/answer")
    assert office.send(found, result="not_passed", answer="属实").status_code == 303
    assert "Nobody of this campaign is on public notice now." in stranger(site).get(notice).text
    page = office.get(f"/enrolments/{village(site)}")
    assert 'data-state="not_passed"' in page.text


@pytest.mark.usefixtures("notice")
def test_others_neither_see_nor_answer_objections(site: Site) -> None:
    with meanwhile(site):
        number = raised(enrolment(site.cast)).id
    for username in OTHERS:
        other = Visitor(site, username)
        for url in ("/objections", f"/objections/{number}"):
            assert other.get(url).status_code == 403
        sent = {"csrf_token": other.token(), "version": "1", "result": "dismissed", "answer": "x"}
        assert other.client.post(f"/objections/{number}/answer", data=sent).status_code == 403
    assert [each.result for each in objections(site)] == [None]
