"""Signing in and out, the account, the language, and what every answer carries."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import Client, TestResponse

from campaigns import people
from campaigns.database import db
from campaigns.history import Event
from campaigns.jurisdictions import Scope, find, interval
from campaigns.people import Department, Person, Role
from campaigns.people.signin import TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, Attempt, Session
from campaigns.text import Bilingual
from tests.cast import PASSWORD, TIANGONG, YEAR
from tests.conftest import Site, Time
from tests.visiting import Visitor, form, meanwhile

NEW = "quite another long password"


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
    page = client.get("/login", headers={"Accept-Language": "en"})
    sent: dict[str, Any] = dict(form(page, "/login").fields)
    sent |= {"username": username, "password": password} | more
    return client.post("/login", data=sent, headers={"Accept-Language": "en"})


def cookie(client: Client) -> str:
    found = client.get_cookie("session")
    return found.value if found else ""


def is_signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def change(visitor: Visitor, current: str, new: str) -> TestResponse:
    found = form(visitor.get("/account"), "/account")
    return visitor.send(found, current=current, new=new)


def without_token(answer: TestResponse) -> str:
    return re.sub(r'(content|value)="[0-9A-Za-z._-]{60,}"', "", answer.text)


def test_signing_in_leads_to_the_page_that_was_asked_for(site: Site) -> None:
    client = site.app.test_client()
    answer = client.get(f"/coverage/{TIANGONG}?on=2026-09-01")
    assert answer.status_code == 303
    page = client.get(answer.location)
    sent = dict(form(page, "/login").fields) | {"username": "leader", "password": PASSWORD}
    answer = client.post("/login", data=sent)
    assert (answer.status_code, answer.location) == (303, f"/coverage/{TIANGONG}?on=2026-09-01")


def test_the_form_suits_password_managers_and_needs_no_script(site: Site) -> None:
    page = site.app.test_client().get("/login").text
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert 'type="password"' in page
    assert "onpaste" not in page
    assert re.search(r'<form class="panel" method="post" action="/login">', page)


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(site: Site) -> None:
    with meanwhile(site):
        db.session.execute(
            sa.update(Person)
            .where(Person.username == "auditor")
            .values(disabled_at=Person.created_at)
        )
    told = set()
    for username, password in (("leader", "wrong"), ("nobody", PASSWORD), ("auditor", PASSWORD)):
        answer = sign_in(site.app.test_client(), username, password)
        assert answer.status_code == 422
        assert "User name and password do not fit" in answer.text
        assert f'value="{username}"' in answer.text
        assert password not in without_token(answer)
        told.add(without_token(answer).replace(username, ""))
    assert len(told) == 1


@pytest.mark.parametrize(
    "username", ["", " ", "\0", "leader\0", "x" * 100_000, "'--", "平安", "\ud800"]
)
def test_no_user_name_breaks_the_page(site: Site, username: str) -> None:
    plain = username.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    answer = sign_in(site.app.test_client(), plain, "x" * 100_000)
    assert answer.status_code == 422


def test_too_many_wrong_attempts_have_to_wait(site: Site, time: Time) -> None:
    client = site.app.test_client()
    for _ in range(TRIES_PER_ACCOUNT):
        assert sign_in(client, "leader", "wrong").status_code == 422
    answer = sign_in(client, "leader")
    assert answer.status_code == 429
    assert "Wait ten minutes" in answer.text
    assert not is_signed_in(client)
    assert sign_in(site.app.test_client(), "auditor").status_code == 303
    time.pass_by(minutes=11)
    assert sign_in(client, "leader").status_code == 303


def test_an_address_that_tries_many_names_has_to_wait(site: Site) -> None:
    client = site.app.test_client()
    for number in range(TRIES_PER_ADDRESS):
        assert sign_in(client, f"name{number}", "wrong").status_code == 422
    assert sign_in(client, "leader").status_code == 429


def test_signing_in_brings_a_new_token(site: Site) -> None:
    client = site.app.test_client()
    client.get("/login")
    before = cookie(client)
    sign_in(client, "leader")
    assert cookie(client) not in {"", before}
    stranger = site.app.test_client()
    stranger.set_cookie("session", before)
    assert not is_signed_in(stranger)


def test_a_token_from_elsewhere_is_never_taken_over(site: Site) -> None:
    client = site.app.test_client()
    client.set_cookie("session", "s.chosen-by-somebody-else")
    sign_in(client, "leader")
    assert cookie(client) != "s.chosen-by-somebody-else"
    assert is_signed_in(client)


def test_signing_in_as_somebody_else_ends_the_first_session(site: Site) -> None:
    client = Visitor(site, "leader").client
    first = cookie(client)
    token = form(client.get("/account"), "/logout").values("csrf_token")[0]
    sent = {"username": "auditor", "password": PASSWORD, "csrf_token": token}
    assert client.post("/login", data=sent).status_code == 303
    assert '<span class="over">auditor</span>' in client.get("/account").text
    old = site.app.test_client()
    old.set_cookie("session", first)
    assert not is_signed_in(old)


def test_a_cookie_kept_from_before_signing_out_is_worth_nothing(site: Site) -> None:
    visitor = Visitor(site, "leader")
    kept = cookie(visitor.client)
    answer = visitor.send(form(visitor.get("/account"), "/logout"))
    assert (answer.status_code, answer.location) == (303, "/login")
    assert not is_signed_in(visitor.client)
    thief = site.app.test_client()
    thief.set_cookie("session", kept)
    answer = thief.get("/account")
    assert answer.status_code == 303
    assert answer.location.startswith("/login?")
    with meanwhile(site):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Session)) == 0


def test_a_session_ends_when_it_is_idle_or_old(site: Site, time: Time) -> None:
    idle, busy = Visitor(site, "leader"), Visitor(site, "auditor")
    for _ in range(12):
        time.pass_by(minutes=59)
        assert is_signed_in(busy.client)
    answer = idle.get("/account")
    assert "ended=1" in answer.location
    page = idle.get(answer.location)
    assert "You were signed out after a while. What you typed is kept on this device." in page.text
    time.pass_by(minutes=59)
    assert not is_signed_in(busy.client)


def test_htmx_is_sent_to_the_sign_in_page_as_a_whole(site: Site) -> None:
    answer = site.app.test_client().get("/coverage", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].startswith("/login")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "http:/evil.example", "javascript:alert(1)", "//[", "http://[",
        "/\t/evil.example", "/\n/evil.example", " //evil.example", "https:evil.example",
        "evil.example", "@evil.example", "/%0d%0aLocation:evil\r\nX: 1", "", "\0", "/ /evil",
        "//evil.example/%2f..", "/\\/evil.example", "data:text/html,x", "?x", "#x", "/\x7f/x",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_host(site: Site, target: str) -> None:
    client = site.app.test_client()
    assert sign_in(client, "leader", next=target).location == "/"
    followed = client.get("/login", query_string={"next": target})
    assert followed.status_code == 404 if "\0" in target else followed.location == "/"
    token = form(client.get("/account"), "/logout").values("csrf_token")[0]
    answer = client.post("/language", data={"language": "en", "next": target, "csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize(
    "target", ["/", "/units?kind=school&page=2", "/enrolments/1/items/2.1@2026Q3"]
)
def test_pages_of_our_own_are_found_again(site: Site, target: str) -> None:
    assert sign_in(site.app.test_client(), "leader", next=target).location == target


def switch(visitor: Visitor, page: str, language: str, **headers: str) -> TestResponse:
    found = form(visitor.get(page), "/language")
    data = dict(found.fields) | {"language": language}
    return visitor.client.post("/language", data=data, headers=headers)


def test_switching_the_language_keeps_the_page_and_is_remembered(site: Site) -> None:
    visitor = Visitor(site, "leader")
    page = f"/coverage/{TIANGONG}?on=2026-09-01"
    answer = switch(visitor, page, "zh")
    assert (answer.status_code, answer.location) == (303, page)
    assert 'lang="zh-Hans"' in visitor.get(page).text
    other_device = site.app.test_client()
    sign_in(other_device, "leader")
    assert '<html lang="zh-Hans">' in other_device.get("/account").text
    switch(visitor, page, "en")
    assert '<html lang="en">' in other_device.get("/account").text


def test_the_switch_stays_on_the_page_that_htmx_went_to(site: Site) -> None:
    visitor = Visitor(site, "leader")
    there = f"/coverage/{TIANGONG}?campaign=1"
    answer = switch(visitor, "/coverage/511381", "zh", Referer=f"http://localhost{there}")
    assert answer.location == there
    for referrer in ("http://localhost/logout", "http://evil.example/units", "http://localhost//x"):
        answer = switch(visitor, "/coverage/511381", "zh", Referer=referrer)
        assert answer.location == "/coverage/511381"


def test_a_language_that_is_none_changes_nothing(site: Site) -> None:
    visitor = Visitor(site, "leader")
    assert switch(visitor, "/account", "fr").status_code == 303
    assert '<html lang="en">' in visitor.get("/account").text


def test_visitors_switch_the_language_too(site: Site) -> None:
    client = site.app.test_client()
    page = client.get("/login?next=/units", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-Hans">' in page.text
    answer = client.post("/language", data=dict(form(page, "/language").fields))
    assert answer.location == "/login?next=/units"
    assert '<html lang="en">' in client.get(answer.location).text


def test_the_account_says_what_one_holds_and_where(site: Site) -> None:
    text = Visitor(site, "police").get("/account").text
    assert "Department confirmer (Police)" in text
    assert "Langzhong city" in text
    assert "Demonstration school 1" in Visitor(site, "school_liaison").get("/account").text
    with meanwhile(site):
        people.add("newcomer", Bilingual("新人", "Newcomer"), PASSWORD)
    assert "Ask the city office" in Visitor(site, "newcomer").get("/account").text


def test_every_role_finds_its_account(site: Site) -> None:
    with meanwhile(site):
        person = people.add("many", Bilingual("多", "Many"), PASSWORD)
        town = find(TIANGONG, Scope((interval("/51/"),)))
        for role in Role:
            department = Department.FIRE if role is Role.CONFIRMER else None
            people.grant(person, role, place=town, department=department, valid_from=YEAR[0])
    assert Visitor(site, "many").get("/account").text.count("Tiangong town") == len(Role)


def test_a_new_password_ends_every_other_session(site: Site) -> None:
    here, there = Visitor(site, "leader"), Visitor(site, "leader")
    bystander = Visitor(site, "auditor")
    answer = change(here, PASSWORD, NEW)
    assert (answer.status_code, answer.location) == (303, "/account?said=password_changed")
    assert "The password is changed" in here.get(answer.location).text
    assert not is_signed_in(there.client)
    assert is_signed_in(bystander.client)
    client = site.app.test_client()
    assert sign_in(client, "leader").status_code == 422
    assert sign_in(client, "leader", NEW).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "told"),
    [
        ("wrong", NEW, "The present password is not right."),
        (PASSWORD, "short", "A password needs at least 10 characters."),
        (PASSWORD, "", "A password needs at least 10 characters."),
        (PASSWORD, "x" * 201, "A password may have 200 characters at most."),
        (PASSWORD, "I am the LEADER here", "The password must not hold your user name."),
    ],
)
def test_a_password_that_will_not_do_changes_nothing(
    site: Site, current: str, new: str, told: str
) -> None:
    visitor, other = Visitor(site, "leader"), Visitor(site, "leader")
    answer = change(visitor, current, new)
    assert answer.status_code == 422
    assert told in answer.text
    assert PASSWORD not in answer.text
    assert is_signed_in(other.client)
    assert sign_in(site.app.test_client(), "leader").status_code == 303


def test_the_present_password_cannot_be_guessed_without_end(site: Site) -> None:
    visitor = Visitor(site, "leader")
    for _ in range(TRIES_PER_ACCOUNT):
        assert change(visitor, "wrong", NEW).status_code == 422
    assert change(visitor, PASSWORD, NEW).status_code == 429


def test_attempts_and_visits_are_kept_but_no_password(site: Site) -> None:
    client = site.app.test_client()
    sign_in(client, "leader", "a wrong password")
    sign_in(client, "leader")
    with meanwhile(site):
        attempt = db.session.scalars(sa.select(Attempt)).one()
        assert (attempt.username, attempt.address) == ("leader", "127.0.0.1")
        events = db.session.scalars(sa.select(Event).where(Event.subject == "person")).all()
        assert [each.verb for each in events] == ["signed_in"]
        assert PASSWORD not in str([each.detail for each in events])


def test_forms_without_a_token_are_refused(site: Site) -> None:
    client = site.app.test_client()
    answer = client.post("/login", data={"username": "leader", "password": PASSWORD})
    assert answer.status_code == 400
    assert 'name="csrf_token"' in answer.text
    visitor = Visitor(site, "leader")
    for url in ("/logout", "/account", "/language"):
        assert visitor.client.post(url, data={"next": "/"}).status_code == 400
    assert is_signed_in(visitor.client)


def test_every_answer_carries_the_headers(site: Site) -> None:
    visitor, stranger = Visitor(site, "leader"), site.app.test_client()
    answers = {
        200: visitor.get("/coverage/511381"),
        303: stranger.get("/coverage"),
        400: visitor.client.post("/language"),
        403: visitor.get("/review"),
        404: visitor.get("/coverage/999999"),
        405: visitor.get("/logout"),
        413: visitor.client.post("/language", data={"x": "x" * 600_000}),
        422: sign_in(stranger, "leader", "wrong"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none';")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "HX-Request" in answer.headers["Vary"]
        assert not re.search(r"<style|<script(?! src=)|\son\w+=|\sstyle=", answer.text)
    assert stranger.get("/static/app.css").headers["X-Content-Type-Options"] == "nosniff"


def test_the_cookie_is_for_this_host_and_no_script(site: Site) -> None:
    given = sign_in(site.app.test_client(), "leader").headers.getlist("Set-Cookie")
    session = next(each for each in given if each.startswith("session=s."))
    assert "HttpOnly" in session
    assert "SameSite=Lax" in session
    assert "Path=/" in session
    assert "Domain" not in session
