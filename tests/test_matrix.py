"""Every route for every role, at home, next door and at a thing that is not there."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from campaigns import campaign as campaigns
from campaigns import register, seals, titles
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.answers import Answer
from campaigns.evidence.records import Evidence
from campaigns.evidence.uploads import Uploads
from campaigns.jurisdictions import Scope, interval
from campaigns.pages import access, verify
from campaigns.people import tokens
from campaigns.register import imports
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen
from campaigns.standards import drafts
from tests import at_stake, team
from tests.at_stake import AtStake
from tests.cast import PASSWORD, QIAOLOU, TIANGONG, Cast
from tests.conftest import Site
from tests.doing import begun, entitle, handed_over, wish
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, form, meanwhile

READERS = ("leader", "town_leader", "auditor", "signer", "admin")
EVERYBODY = (
    *("liaison", "neighbour", "school_liaison", "far_liaison", "reviewer", "second_reviewer"),
    *("far_reviewer", "police", "acceptor", "inspector", "office"),
    *READERS,
)
#: What a request may leave behind although it changes nothing.
TRACES = {"session", "login_attempt", "event", "seal", "api_token"}
#: Routes beside the pages of a noun that are about the same things.
NOUNS = {
    "exchange.unit_history": "units",
    "verify.card": "units",
    "exchange.enrolments": "campaign",
    "exchange.checklist": "enrolment",
    "api.get_unit": "units",
    "api.get_campaign": "campaign",
    "api.get_enrolment": "enrolment",
    "api.get_title": "titles",
    "fitting.store": "units",
    "fitting.attach": "evidence",
    "extensions.wish": "enrolment",
    "extensions.ask": "enrolment",
}
HERE, THERE, NOWHERE = "here", "there", "nowhere"
TODAY, KEY = date(2026, 9, 16), "1.3"
#: What lets a form through to an upload.
PROTOCOL = {"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "DELETE"}


def test_everybody_of_the_cast_is_tried(template: tuple[object, Cast]) -> None:
    assert set(EVERYBODY) == set(template[1].people)


@dataclass
class World:
    """A site with an item sent and a picture in each of two towns, and where things lie."""

    site: Site
    evidence: dict[str, int]
    titles: dict[str, int]
    at_stake: AtStake
    draft: int
    #: An import that the office has had checked.
    run: int
    #: Notes that the inspector wrote on the spot.
    notes: dict[str, int]
    #: A round whose lot is drawn, and what is checked in it, as pages name them.
    round: dict[str, dict[str, int]]
    #: Uploads of the two liaisons that are under way.
    parts: dict[str, str]
    #: Requests of the two liaisons for more time.
    wishes: dict[str, int]
    #: A reviewer's queue in another's hands.
    handover: int

    def value(self, rule: Rule, argument: str, where: str) -> Any:
        """What stands for an argument of a route: in Tiangong, in Qiaolou, or nowhere."""
        cast = self.site.cast
        blueprint = NOUNS.get(rule.endpoint, rule.endpoint.partition(".")[0])
        unit = {HERE: "village", THERE: "far village"}.get(where, "")
        ids: dict[str, dict[str, int]] = {
            "enrolment": {
                u: i for (u, s), i in cast.enrolments.items() if s == "drug-free-village"
            },
            "units": cast.units,
            "campaign": {"village": cast.campaigns["drug-free-village"]},
            "setup": {"village": self.draft},
            "evidence": self.evidence,
            "titles": self.titles,
            "standing": self.titles,
            "incidents": self.at_stake.incidents,
            "objections": self.at_stake.objections,
            "notice": {"village": cast.campaigns["drug-free-village"]},
            # The profiles of the office and the tokens of others are nobody else's.
            "profiles": {},
            "account": {},
            "imports": {"village": self.run},
            "extensions": self.wishes,
            "handovers": {"village": self.handover},
            **self.round,
        }
        ids["review"] = ids["carrying"] = ids["exemptions"] = ids["enrolment"]
        ids["disputes"] = ids["site_notes"] = ids["enrolment"]
        ids["changes"], ids["likeness"] = cast.units, ids["evidence"]
        ids["ledger"] = cast.units
        known: dict[str, dict[str, Any]] = {
            "key": {HERE: KEY, THERE: KEY, NOWHERE: "9.9"},
            "code": {HERE: TIANGONG, THERE: QIAOLOU, NOWHERE: "999999"},
            "slug": {HERE: "drug-free-village", NOWHERE: "no-such-standard"},
            "filename": {HERE: "app.css", NOWHERE: "absent.css"},
            "ending": {HERE: "csv", THERE: "csv", NOWHERE: "csv"},
        }
        if blueprint == "ledger":
            known["ending"] = dict.fromkeys((HERE, THERE, NOWHERE), "pdf")
        if blueprint == "verify":
            with self.site.app.app_context():
                code = verify._code(cast.units[unit]) if unit else "1-" + "a" * 24
            known |= {"code": {where: code, NOWHERE: code}, "number": {HERE: 1, NOWHERE: 99}}
        if blueprint == "standards":
            known |= {
                "code": {HERE: "1.1", NOWHERE: "9.9"},
                "number": {HERE: 1, NOWHERE: 99},
                "name": {NOWHERE: "0" * 64},
            }
        if blueprint == "site_notes":
            known |= {"number": {HERE: self.notes[HERE], THERE: self.notes[THERE], NOWHERE: 2**31}}
        if blueprint == "standing" and argument == "number":
            stake = self.at_stake
            found = stake.withdrawals if "withdrawals" in rule.rule else stake.rechecks
            return found.get(unit, 2**31 - 1)
        if argument == "serial":
            return self.at_stake.serials.get(unit, f"2025-000001-{'a' * 24}")
        if argument in (rule.defaults or {}):
            return rule.defaults[argument]
        if blueprint == "uploads":
            return self.parts.get(where, "0" * 32)
        if argument == "other":
            return self.evidence[unit] if unit else 2**31 - 1
        if argument == "id" and blueprint in ids:
            return ids[blueprint].get(unit, 2**31 - 1)
        if argument in known:
            return known[argument].get(where, known[argument][NOWHERE])
        raise AssertionError(
            f"{rule.rule}: say in tests/test_matrix.py what <{argument}> of {blueprint} may be"
        )

    def token(self, username: str, *, uploads: bool = False) -> dict[str, str]:
        """The header of a program of somebody of the cast."""
        with meanwhile(self.site):
            made = tokens.make(self.site.cast.people[username], "matrix", TODAY, uploads=uploads)
        return {"Authorization": f"Bearer {made}"}

    def url(self, rule: Rule, where: str) -> str:
        """The address of a route at a place."""
        values = {each: self.value(rule, each, where) for each in rule.arguments}
        built = self.site.app.url_map.bind("localhost").build(rule.endpoint, values)
        return str(built)

    def digest(self) -> str:
        """Everything stored but traces, in short."""
        with self.site.app.app_context():
            lines = [
                f"{table.name}{[tuple(row) for row in db.session.execute(sa.select(table))]}"
                for table in db.metadata.sorted_tables
                if table.name not in TRACES
            ]
            db.session.rollback()
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.fixture
def world(site: Site) -> World:
    everywhere = Scope((interval("/51/"),))
    notes: dict[str, int] = {}
    for unit, username in (("village", "liaison"), ("far village", "far_liaison")):
        send(Visitor(site, username), item_url(site, "2.2", unit), jpeg())
        with meanwhile(site):
            found = records.find(site.cast.enrolment(unit, "drug-free-village"), everywhere)
            slot, by = campaigns.slot(found.campaign, KEY), site.cast.people[username]
            item = transitions.submit(found, slot, Answer(value=6), 1, by=by)
            inspector = site.cast.people["inspector"]
            seen = site_notes.note(found, item, TODAY, Seen.CLAIMED, "So it is.", by=inspector)
            notes[HERE if unit == "village" else THERE] = seen.id
    with meanwhile(site):
        draft = begun(site.cast).id
        drafts.begin("drug-free-village", by=None)
    with meanwhile(site):
        query = sa.select(Evidence.unit_id, Evidence.id)
        pictures = {row.unit_id: row.id for row in db.session.execute(query)}
        named = {unit: entitle(site.cast, unit) for unit in ("village", "far village")}
        stake = at_stake.make(site, named.items())
        round_ = team.posed(site.cast, ("village", "far village"))
    pictured = {name: pictures[i] for name, i in site.cast.units.items() if i in pictures}
    with site.app.app_context():
        file = "单位代码,单位名称,类别,所在村\nM1,新校,学校," + TIANGONG
        by = site.cast.people["office"]
        seals.seal()
        run = imports.check("units", file.encode(), "units.csv", everywhere, by=by)
    parts = {
        where: Uploads(site.folder / "uploads").create(
            site.cast.people[username], 9, "", "", known=False
        )
        for where, username in ((HERE, "liaison"), (THERE, "far_liaison"))
    }
    sent = {where: part.id for where, part in parts.items()}
    with meanwhile(site):
        who = {"village": "liaison", "far village": "far_liaison"}
        wishes = {unit: wish(site.cast, unit, by) for unit, by in who.items()}
        handover = handed_over(site.cast)
    return World(site, pictured, named, stake, draft, run, notes, round_, sent, wishes, handover)


def rules(app: Flask, method: str) -> list[Rule]:
    """The routes that answer a method, the one that ends the session last."""
    found = [each for each in app.url_map.iter_rules() if method in (each.methods or ())]
    return sorted(found, key=lambda each: (each.endpoint == "account.logout", each.endpoint))


def is_of_one(rule: Rule) -> bool:
    """Whether a route is about one thing, not a list."""
    return bool(rule.arguments - {"ending"})


def places(rule: Rule) -> tuple[str, ...]:
    return (HERE, THERE, NOWHERE) if is_of_one(rule) else (HERE,)


def asked(world: World, method: str) -> Iterator[tuple[Rule, str, str]]:
    for rule in rules(world.site.app, method):
        for where in places(rule):
            yield rule, where, world.url(rule, where)


def plausible(world: World, visitor: Visitor) -> dict[str, Any]:
    """One form that has something sensible in every field of every form."""
    return {
        "csrf_token": visitor.token(),
        "version": "1",
        "enrolment": str(world.site.cast.enrolment("village", "drug-free-village")),
        "key": KEY,
        "value": "5",
        "verdict": "approve",
        "reason": "So it is.",
        "document_number": "1",
        "name_zh": "示范",
        "name_en": "Demonstration",
        "leave": "without",
        "opens_on": "2026-01-01",
        "due_on": "2026-12-31",
        "review_due_on": "2027-01-31",
        "place": TIANGONG,
        "username": "nobody",
        "password": "wrong",
        "current": "wrong",
        "new": PASSWORD,
        "visited_on": "2026-09-01",
        "seen": "partly",
        "seen_text": "So it is.",
        "dispute": "It is not so.",
        "settled": "upheld",
        "answer": "So it is.",
        "language": "zh",
        "next": "/",
        "kind": "school",
        "code": "NEW-1",
        "valid_from": "2026-09-01",
        "day": "2026-09-01",
        "households": "5",
        "into": str(world.site.cast.units["neighbour"]),
        "working": "no",
        "wished_on": "2026-10-10",
        "town": "1",
        "to": "1",
        "first_day": "2026-09-20",
        "last_day": "2026-09-21",
        **team.plausible(world.site.cast),
        "note": "So it is.",
        **at_stake.FIELDS,
    }


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
