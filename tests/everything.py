"""Everything that a route can be asked for, at home, next door and where nothing is."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from campaigns import campaign as campaigns
from campaigns import seals
from campaigns.database import db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.evidence.records import Evidence
from campaigns.evidence.uploads import Uploads
from campaigns.jurisdictions import Scope, interval
from campaigns.pages import verify
from campaigns.people import tokens
from campaigns.register import imports
from campaigns.review import site_notes
from campaigns.review.site_notes import Seen
from campaigns.standards import drafts
from tests import at_stake, team
from tests.at_stake import AtStake
from tests.cast import PASSWORD, QIAOLOU, TIANGONG
from tests.conftest import Site
from tests.doing import begun, entitle, handed_over, wish
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, meanwhile

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
            "incident_kinds": {"village": 1},
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


def build(site: Site) -> World:
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
