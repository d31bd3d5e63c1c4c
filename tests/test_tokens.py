"""Tokens of programs: made once and shown once, ended by day, by hand, or with the person."""

import hashlib
import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import clock, people
from campaigns.database import db
from campaigns.errors import NotFound, Refused
from campaigns.jurisdictions import Jurisdiction
from campaigns.pages import limits
from campaigns.people import Grant, Person, Role, tokens
from campaigns.people.tokens import ApiToken
from tests.cast import PASSWORD, TIANGONG, Cast
from tests.conftest import Site, Time
from tests.doing import events
from tests.test_upload import jpeg
from tests.tus import CHUNK, Sender
from tests.visiting import Visitor, form, forms, meanwhile

TODAY = date(2026, 9, 16)
PHOTO = jpeg(1)


def token_of(site: Site, username: str, until: date = TODAY) -> str:
    with meanwhile(site):
        return tokens.make(site.cast.people[username], "a program", until)


def ask(site: Site, token: str, url: str = "/api/v1/units", **headers: str) -> TestResponse:
    sent = {"Authorization": f"Bearer {token}"} | headers
    return site.app.test_client().get(url, headers=sent)


def test_only_the_hash_is_kept_and_its_making_is_told(cast: Cast) -> None:
    person = cast.people["office"]
    token = tokens.make(person, " Province ", TODAY)
    kept = db.session.scalars(sa.select(ApiToken)).one()
    assert token.startswith("pingan_")
    assert len(token) > 45
    assert kept.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(vars(kept))
    assert kept.name == "Province"
    assert events("api_token", kept.id) == ["token_made"]


@pytest.mark.parametrize(
    ("name", "until", "code"),
    [
        ("", TODAY, "token_name_missing"),
        ("x", TODAY - timedelta(days=1), "due_in_the_past"),
        ("x", TODAY + timedelta(days=366), "token_too_long"),
        ("11010519491231002X", TODAY, "identity_number"),
    ],
)
def test_a_token_has_a_name_and_a_year_at_most(
    cast: Cast, name: str, until: date, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        tokens.make(cast.people["office"], name, until)
    tokens.make(cast.people["office"], "x", TODAY + tokens.LONGEST)


def test_a_person_has_ten_in_use_at_most(cast: Cast) -> None:
    for _ in range(tokens.MOST):
        tokens.make(cast.people["office"], "x", TODAY)
    with pytest.raises(Refused, match="token_too_many"):
        tokens.make(cast.people["office"], "x", TODAY)
    tokens.make(cast.people["leader"], "x", TODAY)
    tokens.revoke(tokens.listed(cast.people["office"])[0].id, cast.people["office"])
    tokens.make(cast.people["office"], "x", TODAY)


def test_nobody_revokes_what_is_not_hers_and_nothing_twice(cast: Cast) -> None:
    person = cast.people["office"]
    tokens.make(person, "x", TODAY)
    (token,) = tokens.listed(person)
    with pytest.raises(NotFound):
        tokens.revoke(token.id, cast.people["leader"])
    tokens.revoke(token.id, person)
    with pytest.raises(NotFound):
        tokens.revoke(token.id, person)
    assert events("api_token", token.id) == ["token_made", "token_revoked"]


def test_a_token_reads_until_its_last_day_is_over(site: Site, time: Time) -> None:
    token = token_of(site, "office", TODAY + timedelta(days=1))
    assert ask(site, token).status_code == 200
    time.pass_by(hours=37)
    assert clock.today() == TODAY + timedelta(days=1)
    assert ask(site, token).status_code == 200
    time.pass_by(hours=1)
    answer = ask(site, token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=api, error=invalid_token"


def test_a_revoked_token_reads_nothing(site: Site) -> None:
    token = token_of(site, "office")
    with meanwhile(site):
        tokens.revoke(db.session.scalars(sa.select(ApiToken.id)).one(), site.cast.people["office"])
    assert ask(site, token).status_code == 401


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer \xff",
        "Bearer a=b",
        "Basic b2ZmaWNlOnBhc3N3b3Jk",
        "Token {token}",
        "Bearer {token}x",
        "Bearer {hash}",
    ],
)
def test_what_is_no_token_opens_nothing(site: Site, header: str | None) -> None:
    token = token_of(site, "office")
    known = hashlib.sha256(token.encode()).hexdigest()
    sent = {"Authorization": header.format(token=token, hash=known)} if header is not None else {}
    answer = site.app.test_client().get("/api/v1/units", headers=sent)
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "canary" not in answer.text


def test_a_token_in_the_address_opens_nothing(site: Site) -> None:
    token = token_of(site, "office")
    answer = site.app.test_client().get(f"/api/v1/units?token={token}&access_token={token}")
    assert answer.status_code == 401


def test_a_cookie_opens_no_interface_and_a_token_no_page(site: Site) -> None:
    office = Visitor(site, "office")
    assert office.get("/api/v1/units").status_code == 401
    token = token_of(site, "office")
    assert ask(site, token, "/units").status_code == 303
    liaison = Visitor(site, "liaison")
    both = liaison.get("/api/v1/units", headers={"Authorization": f"Bearer {token}"})
    assert len(both.json["items"]) > 10, "the token counts, whoever sits at the browser"


def test_a_disabled_person_has_no_program(site: Site) -> None:
    token = token_of(site, "office")
    with meanwhile(site):
        person = db.session.get_one(Person, site.cast.people["office"])
        person.disabled_at = clock.now()
    assert ask(site, token).status_code == 401


def test_a_role_that_ended_ends_for_the_program_too(site: Site, time: Time) -> None:
    token = token_of(site, "reviewer", TODAY + timedelta(days=30))
    assert ask(site, token).status_code == 200
    with meanwhile(site):
        grant = db.session.scalars(
            sa.select(Grant).where(Grant.person_id == site.cast.people["reviewer"])
        ).one()
        grant.valid_to = TODAY
    assert ask(site, token).status_code == 200
    time.pass_by(days=1)
    assert ask(site, token).status_code == 403
    assert ask(site, token, f"/api/v1/coverage/{TIANGONG}").status_code == 403
    assert ask(site, token, "/api/v1/standards").status_code == 200


def test_a_role_somewhere_else_moves_the_program_too(site: Site) -> None:
    token = token_of(site, "reviewer")
    with meanwhile(site):
        grant = db.session.scalars(
            sa.select(Grant).where(Grant.person_id == site.cast.people["reviewer"])
        ).one()
        grant.jurisdiction_id = site.cast.places["511381212"]
    assert ask(site, token, f"/api/v1/units/{site.cast.units['village']}").status_code == 404
    assert ask(site, token, f"/api/v1/units/{site.cast.units['far village']}").status_code == 200


def test_the_last_use_is_written_at_most_every_five_minutes(site: Site, time: Time) -> None:
    token, first = token_of(site, "office"), time.now

    def last_used() -> object:
        with site.app.app_context():
            return db.session.scalars(sa.select(ApiToken.last_used_at)).one()

    assert last_used() is None
    ask(site, token)
    assert last_used() == first
    time.pass_by(minutes=4)
    ask(site, token)
    assert last_used() == first
    time.pass_by(minutes=1)
    ask(site, token)
    assert last_used() == time.now


def test_a_program_that_asks_too_often_waits_and_its_neighbour_does_not(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CALLS", 3)
    monkeypatch.setattr(limits, "CALLS_PER_SECOND", 0.0)
    token, other = token_of(site, "office"), token_of(site, "leader")
    assert [ask(site, token).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = ask(site, token)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Retry-After"] == "1"
    assert ask(site, other).status_code == 200
    assert Visitor(site, "office").get("/units").status_code == 200
    monkeypatch.setattr(limits, "CALLS_PER_SECOND", 1e9)
    assert ask(site, token).status_code == 200


def sends_for(site: Site, username: str = "liaison") -> dict[str, str]:
    """The header of a program that may send proof."""
    with meanwhile(site):
        token = tokens.make(site.cast.people[username], "a program", TODAY, uploads=True)
    return {"Authorization": f"Bearer {token}"}


def test_a_token_that_may_upload_needs_no_session(site: Site) -> None:
    program, sends = Sender(site), sends_for(site)
    program.visitor.client.delete_cookie("session")
    reads = {"Authorization": f"Bearer {token_of(site, 'liaison')}"}
    unknown = {"Authorization": "Bearer x"}
    for header, status in ((sends, 201), (reads, 401), ({}, 401), (unknown, 401)):
        answer = program.create(len(PHOTO), {**header, "X-CSRFToken": ""})
        assert answer.status_code == status
        if status == 401:
            assert answer.json is not None
            assert "You are signed out" in answer.json["sentence"]
    answer = program.create(len(PHOTO), sends | CHUNK, PHOTO)
    assert answer.headers["Upload-Offset"] == str(len(PHOTO))
    assert program.visitor.client.get("/account", headers=sends).status_code == 303
    assert program.visitor.client.get("/api/v1/units", headers=sends).status_code == 200
    with meanwhile(site):
        person = db.session.get_one(Person, site.cast.people["liaison"])
        person.disabled_at = clock.now()
    assert program.create(len(PHOTO), sends).status_code == 401


def test_a_program_that_sends_too_often_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", 2)
    monkeypatch.setattr(limits, "CALLS_PER_SECOND", 0.0)
    program, header = Sender(site), sends_for(site)
    program.visitor.client.delete_cookie("session")
    assert [program.create(9, header).status_code for _ in range(3)] == [201, 201, 429]
    answer = program.create(9, header)
    assert answer.headers["Retry-After"] == "1"
    assert answer.json is not None
    assert answer.json["code"] == "calls_used_up"


def test_whoever_must_change_her_password_sends_nothing_before(site: Site) -> None:
    liaison, program, header = Sender(site), Sender(site), sends_for(site)
    program.visitor.client.delete_cookie("session")
    with meanwhile(site):
        person = db.session.get_one(Person, site.cast.people["liaison"])
        person.password_until = clock.now() + timedelta(days=3)
    assert liaison.create(len(PHOTO)).status_code == 401
    assert program.create(len(PHOTO), header).status_code == 401


def make(visitor: Visitor, **changed: str) -> TestResponse:
    found = form(visitor.get("/account"), "/account/tokens")
    return visitor.send(found, **({"token_name": "Province", "password": PASSWORD} | changed))


def test_a_person_makes_a_token_sees_it_once_and_revokes_it(site: Site) -> None:
    leader = Visitor(site, "leader")
    answer = make(leader)
    assert answer.status_code == 200
    (token,) = re.findall(r"pingan_[\w-]+", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert ask(site, token).status_code == 200
    page = leader.get("/account")
    assert token not in page.text
    assert "Province" in page.text
    assert "last used 16 Sep 10:00" in page.text
    revoking = next(each for each in forms(page) if each.action.endswith("/revoke"))
    assert "The token is revoked" in leader.send(revoking, follow=True).text
    assert "Province" not in leader.get("/account").text
    assert ask(site, token).status_code == 401
    assert leader.send(revoking).status_code == 404


def test_who_proves_something_may_let_a_program_send_and_nobody_else(site: Site) -> None:
    liaison, leader = Visitor(site, "liaison"), Visitor(site, "leader")
    for sent, told in (({}, 401), ({"uploads": "1"}, 201)):
        (token,) = re.findall(r"pingan_[\w-]+", make(liaison, **sent).text)
        program = Sender(site)
        program.visitor.client.delete_cookie("session")
        header = {"Authorization": f"Bearer {token}"}
        assert program.create(len(PHOTO), header).status_code == told
        assert ("may send proof" in liaison.get("/account").text) == (told == 201)
    assert 'name="uploads"' not in leader.get("/account").text
    assert make(leader, uploads="1").status_code == 403
    assert "may send proof" not in leader.get("/account").text


def test_making_one_asks_for_the_password_and_wrong_ones_are_throttled(site: Site) -> None:
    leader = Visitor(site, "leader")
    answer = make(leader, password="not hers at all")
    assert answer.status_code == 422
    assert "The present password is not right" in answer.text
    assert form(answer, "/account/tokens").values("token_name") == ["Province"]
    assert form(answer, "/account/tokens").values("password") == [""]
    for _ in range(9):
        make(leader, password="not hers at all")
    assert make(leader).status_code == 429
    with site.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(ApiToken.id))) == 0


@pytest.mark.parametrize("wish", ["", "soon", "2027-12-31", "2020-01-01"])
def test_a_day_that_cannot_be_is_refused(site: Site, wish: str) -> None:
    answer = make(Visitor(site, "leader"), expires_on=wish)
    assert answer.status_code == 422
    assert "pingan_" not in answer.text


def test_of_two_roles_the_program_has_both(site: Site) -> None:
    with meanwhile(site):
        place = db.session.get_one(Jurisdiction, site.cast.places["511381212"])
        person = db.session.get_one(Person, site.cast.people["liaison"])
        people.grant(person, Role.REVIEWER, place=place, valid_from=TODAY)
    found = ask(site, token_of(site, "liaison")).json["items"]
    towns = {each["town"]["code"] for each in found}
    assert towns == {TIANGONG, "511381212"}
    assert [e["id"] for e in found if e["town"]["code"] == TIANGONG] == [site.cast.units["village"]]
