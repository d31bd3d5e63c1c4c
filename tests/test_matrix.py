"""Every route for every role, at home, next door and at a thing that is not there."""

import pytest
from werkzeug.test import Client, TestResponse

from campaigns import register, titles
from campaigns.enrolment import recount
from campaigns.pages import access
from tests.cast import Cast
from tests.conftest import Site
from tests.everything import (
    EVERYBODY,
    HERE,
    KEY,
    NOWHERE,
    PROTOCOL,
    READERS,
    THERE,
    World,
    asked,
    build,
    is_of_one,
    plausible,
    rules,
)
from tests.visiting import Visitor, form


@pytest.fixture
def world(site: Site) -> World:
    """Everything in it once, at home and next door."""
    return build(site)


def test_everybody_of_the_cast_is_tried(template: tuple[object, Cast]) -> None:
    assert set(EVERYBODY) == set(template[1].people)


def fine(answer: TestResponse, told: str) -> None:
    assert answer.status_code < 500, f"{told}: {answer.status_code}"
    assert answer.status_code != 400, f"{told}: the token was not taken"


def test_no_page_breaks_and_none_changes_anything(world: World) -> None:
    before = world.digest()
    for username in EVERYBODY:
        visitor, token = Visitor(world.site, username), world.token(username)
        for _rule, _where, url in asked(world, "GET"):
            fine(visitor.get(url, headers=token), f"{username} GET {url}")
    assert world.digest() == before


def test_a_foreign_thing_and_one_that_is_not_there_get_the_same_answer(world: World) -> None:
    for username in ("liaison", "reviewer", "signer", "town_leader"):
        visitor = Visitor(world.site, username)
        token = world.token(username)
        # A form about a picture names an item, here one that is the person's own.
        sent = {"csrf_token": visitor.token(), "key": "2.2", "version": "1"}
        sent["enrolment"] = str(world.site.cast.enrolment("village", "drug-free-village"))
        for method in ("GET", "POST"):
            for rule in rules(world.site.app, method):
                if not is_of_one(rule) or rule.endpoint in OPEN_TO_ALL:
                    continue
                data = sent if method == "POST" else None
                foreign, missing = (
                    visitor.client.open(
                        world.url(rule, where), method=method, data=data, headers=token | PROTOCOL
                    )
                    for where in (THERE, NOWHERE)
                )
                told = f"{username} {method} {rule.rule}"
                assert foreign.status_code == missing.status_code, told
                assert foreign.status_code in {403, 404}, told
                assert abs(len(foreign.data) - len(missing.data)) < 100, told


#: Standards are no secret, campaigns of the city reach into every town, files are for all, and so
#: is what is there to be verified.
OPEN_TO_ALL = {
    *("standards.show", "standards.compare", "exchange.criteria", "api.get_standard"),
    *("campaign.show", "exchange.enrolments", "api.get_campaign", "static"),
    *("verify.unit", "verify.seal", "verify.title", "lot.show", "lot.download"),
}


@pytest.mark.parametrize("username", READERS)
def test_whoever_only_reads_changes_nothing(world: World, username: str) -> None:
    visitor = Visitor(world.site, username)
    full = plausible(world, visitor)
    before = world.digest()
    for rule, _where, url in asked(world, "POST"):
        if rule.endpoint in ("account.logout", "account.language"):
            continue
        for sent in ({"csrf_token": full["csrf_token"]}, full):
            answer = visitor.client.post(url, data=sent)
            fine(answer, f"{username} POST {url}")
            assert answer.status_code >= 403 or url == "/login", f"{username} POST {url}"
    assert world.digest() == before


@pytest.mark.parametrize("username", [each for each in EVERYBODY if each not in READERS])
def test_no_form_breaks_anything_for_those_who_work(world: World, username: str) -> None:
    visitor = Visitor(world.site, username)
    full = plausible(world, visitor)
    for sent in ({"csrf_token": full["csrf_token"]}, full):
        for rule, _where, url in asked(world, "POST"):
            if rule.endpoint != "account.logout":
                fine(visitor.client.post(url, data=sent), f"{username} POST {url}")
    with world.site.app.app_context():
        assert [*recount.check(), *titles.check(), *register.check()] == []


def test_without_the_token_nothing_changes(world: World) -> None:
    before = world.digest()
    for username in ("liaison", "reviewer", "office"):
        visitor = Visitor(world.site, username)
        full = plausible(world, visitor)
        for token in (None, "", "0" * 91):
            sent = {name: each for name, each in full.items() if name != "csrf_token"}
            sent |= {} if token is None else {"csrf_token": token}
            for _rule, _where, url in asked(world, "POST"):
                answer = visitor.client.post(url, data=sent)
                # Whoever is signed in and lands on the sign-in form is led home.
                expected = 303 if url == "/login" else 400
                assert answer.status_code == expected, f"{username} POST {url}"
    assert world.digest() == before


def test_a_program_sends_proof_when_its_token_says_so_and_changes_nothing_else(
    world: World,
) -> None:
    before = world.digest()
    app = world.site.app
    sent = {"enrolment": str(world.site.cast.enrolment("village", "drug-free-village")), "key": KEY}
    for username, uploads in (("liaison", True), ("liaison", False), ("office", True)):
        headers = world.token(username, uploads=uploads) | PROTOCOL
        for rule, where, url in asked(world, "POST"):
            if access.declared(app, rule.endpoint) == access.PUBLIC:
                continue
            answer = app.test_client().post(url, data=sent, headers=headers)
            expected = 303
            if rule.endpoint.partition(".")[0] in access.SENDERS:
                known = {"uploads.create": 400}.get(rule.endpoint, 204 if where == HERE else 404)
                expected = 401 if not uploads else 403 if username == "office" else known
            assert answer.status_code == expected, f"{username} {uploads} POST {url}"
    assert world.digest() == before


def test_strangers_are_sent_to_sign_in(world: World) -> None:
    before = world.digest()
    app = world.site.app
    client: Client = app.test_client()
    token = form(client.get("/login"), "/login").values("csrf_token")[0]
    for method in ("GET", "POST"):
        for rule, _where, url in asked(world, method):
            if access.declared(app, rule.endpoint) == access.PUBLIC:
                continue
            if access.is_for_programs(app, rule.endpoint):
                assert client.open(url, method=method).status_code == 401, url
                continue
            for sent in ({}, {"csrf_token": token}):
                told = f"{method} {url}"
                answer = client.open(url, method=method, data=sent or None)
                if rule.endpoint.partition(".")[0] in access.SENDERS:
                    assert answer.status_code == 401, told
                    continue
                assert answer.status_code == 303, told
                assert answer.location.startswith("/login"), told
                answer = client.open(
                    url, method=method, data=sent or None, headers={"HX-Request": "true"}
                )
                assert answer.headers["HX-Redirect"].startswith("/login"), told
                assert answer.data == b"", told
    assert world.digest() == before
