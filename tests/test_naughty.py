"""Hostile text in every field and every query: no page breaks, none gives it back as it came."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import campaign as campaigns
from campaigns import standards
from campaigns.acceptance import rounds
from campaigns.acceptance.records import Round
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment, EnrolmentState, ItemState
from campaigns.pages.application import create_app
from campaigns.standards import drafts
from campaigns.titles import Title
from tests.cast import TIANGONG
from tests.conftest import Site, filled, settings_for
from tests.doing import enrolment, send, version_of
from tests.visiting import Visitor, form, meanwhile

#: What a template or a browser that took text for code would make of it.
SUM, MARK = "62773913", "<b>naughty"
STRINGS: tuple[str | bytes, ...] = (
    *("\x1b[31m", "\x7f", "\n" * 50, " ", "　", b"\xff\xfe", b"\xc0\xaf", "\ufffe", "\U0010ffff"),
    *("\u202e\u2066gnp.exe", "\u200b\u200d\ufeff", "Z" + "\u0335" * 500, "字" * 30_000),
    *("' OR 1=1; DROP TABLE item;--", '"; --', "\\", "%", "%s%n", "%(num)s", "{0.__class__}"),
    *("{% raise %}", "${7919*7927}", "2147483648", "-9223372036854775809", "9" * 5_000),
    *("NaN", "Infinity", "-0", "0x10", "1_0", "１２", "٣", "Ⅷ", "½", "1.0", "true"),
    *("0000-00-00", "2026-W01-1", "20260930", "2026-09-30T00:00:00Z", "٢٠٢٦-٠٩-٣٠"),
    *("../../../../etc/passwd", "javascript:alert(1)", "//evil.example"),
)
#: These into every field; of the others each field gets some, so that this ends in time.
WORST: tuple[str | bytes, ...] = (
    *("\0", "1\0", b"\xed\xa0\x80", "\r\nSet-Cookie: a=b", "9223372036854775808", "1e999"),
    *(f"'\"></textarea></select>{MARK} onload=x>", "{{7919*7927}}", "9999-12-31", "x" * 100_000),
)
SHARE = 4
QUERIES = {
    "/units": ("page", "kind", "place"),
    "/inbox": ("page", "said"),
    "/titles": ("page", "said", "warned", "show"),
    "/incidents": ("page", "place"),
    "/standards/drug-free-village/look-back": ("year",),
    "/calendar": ("year",),
    "/jurisdictions": ("branch",),
    "/units/new": ("place",),
    "/review": ("item",),
    "/review/bulk": ("criterion", "batch"),
    f"/coverage/{TIANGONG}": ("campaign", "on"),
    "/standards/drug-free-village": ("version",),
    "/standards/drug-free-village/compare": ("from", "to"),
    "/login": ("next", "ended"),
    "/titles/naming": ("campaign", "enrolment", "named"),
    "/titles/certificates.pdf": ("document", "part"),
    "/units.csv": ("kind", "place", "profile"),
    f"/coverage/{TIANGONG}.csv": ("campaign", "on"),
    "/standards/safe-school.csv": ("version",),
    "/exchange/new": ("table",),
    "/api/v1/openapi.json": ("cursor",),
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("site")
        return
    server = request.getfixturevalue("postgresql")
    server.drop_database("naughty")
    app = create_app(settings_for(tmp_path / "pg", server.create_database("naughty")))
    yield Site(app, filled(app), tmp_path)
    with app.app_context():
        db.engine.dispose()
    standards.forget()


def strings(turn: int) -> tuple[str | bytes, ...]:
    """What the next field gets."""
    return WORST + STRINGS[turn % SHARE :: SHARE]


def shown(typed: str | bytes) -> str:
    return repr(typed[:40])


def sound(answer: TestResponse, told: str) -> None:
    """Neither a fault of ours nor text taken for code."""
    assert answer.status_code < 500, told
    assert MARK not in answer.text, told
    assert SUM not in answer.text, told
    assert "Set-Cookie: a=b" not in str(answer.headers), told
    assert "evil.example" not in answer.headers.get("Location", "")[:20], told


def post(
    visitor: Visitor, url: str, fields: dict[str, Any], field: str, typed: Any
) -> TestResponse:
    """Sends a form as a browser would that does not look at what it sends."""
    plain = {name: each for name, each in fields.items() if name != field}
    raw = typed if isinstance(typed, bytes) else typed.encode()
    body = f"{urlencode(plain, doseq=True)}&{field}={quote_from_bytes(raw)}"
    kind = "application/x-www-form-urlencoded"
    return visitor.client.post(url, data=body.encode(), content_type=kind)


@dataclass
class Case:
    """A form: whose, where, and what it holds when nothing is wrong with it."""

    username: str
    url: str
    fields: dict[str, Any]
    page: str


def cases(site: Site) -> list[Case]:
    village = f"/enrolments/{site.cast.enrolment('village', 'drug-free-village')}"
    number, campaign_id = village.rpartition("/")[2], site.cast.campaigns["safe-school"]
    approval = {"approval_number": "1", "approval_body": "B", "approval_until": "2026-12-31"}
    campaign = {"version": "1", "place": TIANGONG, "name_zh": "名", "name_en": "Name"}
    campaign |= {"opens_on": "2026-01-01", "due_on": "2026-12-31", "steps": "town"}
    answer = {"version": "1", "value": "6", "note": "", "evidence": [], "declared": ""}
    answer["minutes"] = ""
    share = {"version": "1", "numerator": "1", "denominator": "2", "none": "", "not_applicable": ""}
    verdict = {"version": "2", "verdict": "return", "reason": "So.", "preset": "", "due_on": ""}
    visit = {"visited_on": "2026-09-16", "seen": "partly", "seen_text": "So."}
    settled = {"version": "1", "settled": "upheld", "answer": "So."}
    naming = {"enrolment": number, "version": "1", "document_number": "1"}
    frame = {"name_zh": "名", "name_en": "N", "slug": "n", "registration": "unit"}
    frame |= {"kinds": "village", "pass_mark": "1", "excellent_mark": "1", "validity_years": "1"}
    names = ("code", "text_zh", "text_en", "points", "evidence", "cadence", "pieces", "department")
    line = dict.fromkeys((*names, "operator", "threshold", "numerator_zh", "guidance_zh"), "")
    line |= {"version": "1", "text_zh": "问", "points": "1", "evidence": "photo", "pieces": "1"}
    line |= {"cadence": "yearly"}
    draft = "/standards/drug-free-village/draft"
    proof = {"enrolment": number, "key": "2.2", "client_key": "k", "file": ""}
    attached = {"enrolment": number, "key": "2.2", "evidence": "1"}
    profile = {"table": "units", "name": "P", "place-unit": "1", "heading-unit": "U"}
    token = {"token_name": "P", "expires_on": "2026-12-31", "password": "wrong"}
    named = {"name_zh": "名", "name_en": "Name"}
    unit = {"kind": "school", "code": "N1", "place": "", "valid_from": "", "households": ""}
    school = f"/units/{site.cast.units['school']}"
    return [
        Case("office", "/exchange/new", profile, "/exchange"),
        Case("signer", "/account/tokens", token, "/account"),
        Case("liaison", f"{village}/items/1.3/submit", answer, f"{village}/items/1.3"),
        Case("liaison", f"{village}/items/3.2/submit", share, f"{village}/items/3.2"),
        Case("liaison", f"{village}/items/3.2/take-back", {"version": "1"}, village),
        Case("liaison", f"{village}/items/2.3/still-true", {"version": "1"}, village),
        Case("liaison", f"{village}/still-true", {"item": "2.3=1"}, village),
        Case("liaison", "/evidence", proof, village),
        Case("liaison", "/evidence/1/remove", proof, village),
        Case("liaison", "/evidence/1/erase", {"why": "other", "note": ""}, village),
        Case("liaison", "/evidence/1/attach", attached, village),
        Case("reviewer", f"{village}/items/4.1/decision", verdict, "/review"),
        Case("reviewer", "/review/undo", {"decision": "1", "batch": ""}, "/review"),
        Case("reviewer", "/review/bulk", {"item": "1", "seen": "1-2", "confirm": "1"}, "/review"),
        Case("inspector", f"{village}/items/4.1/site-notes", visit, f"{village}/items/4.1"),
        Case("liaison", f"{village}/items/4.1/dispute", {"version": "1", "dispute": "x"}, village),
        Case("office", f"{village}/items/4.1/dispute/settle", settled, "/review"),
        Case("reviewer", f"{village}/examine", {"version": "1"}, village),
        Case("office", "/titles", naming, "/titles"),
        Case("office", "/titles/naming", {"enrolment": f"{number}=1", "document_number": ""}, "/"),
        Case("office", f"{village}/advance", {"version": "1"}, village),
        Case("office", "/campaigns/new", campaign | approval, "/campaigns"),
        Case("office", "/standards/new", frame, "/standards"),
        Case("office", f"{draft}/criteria/new", line, draft),
        Case("office", f"{draft}/sections/1", {"version": "1", "name_zh": "名"}, draft),
        Case("office", f"/campaigns/{campaign_id}/close", {"version": ""}, "/campaigns"),
        Case("office", "/units/new", unit | named, "/units"),
        Case("office", f"{school}/rename", {"version": "1"} | named, school),
        Case("office", f"{school}/close", {"version": "1", "reason": "", "day": ""}, school),
        Case("office", f"{school}/move", {"version": "1", "place": "", "day": ""}, school),
        Case("office", f"{village}/exemption", {"version": "9", "reason": "So."}, village),
        Case(
            "office", "/calendar", {"day": "2026-10-08", "working": "no", "note": "n"}, "/calendar"
        ),
        Case("office", "/calendar/remove", {"day": "2026-10-08"}, "/calendar"),
        *rounds_of(site),
        Case("leader", "/account", {"current": "wrong", "new": "x"}, "/account"),
        Case("liaison", "/inbox/read", {"key": "event-1"}, "/inbox"),
        Case("liaison", "/inbox/read-all", {"until": "2026-09-16T10:00:00+08:00"}, "/inbox"),
        Case("auditor", "/language", {"language": "en", "next": "/"}, "/account"),
    ]


def rounds_of(site: Site) -> list[Case]:
    """The forms of an acceptance round that is being prepared."""
    with meanwhile(site):
        campaign = campaigns.lock(site.cast.campaigns["safe-hospital"])
        campaign.steps = [Step.TOWN.value, Step.CITY.value]
        here = f"/acceptance/{rounds.begin(campaign, by=site.cast.people['office']).id}"
    member = {"version": "1", "person": str(site.cast.people["acceptor"])}
    member |= {"body_zh": "公安局", "body_en": "Police"}
    terms = {"version": "1", "share": "10", "others": "2", "source": "S", "draws_on": "2026-09-20"}
    return [
        Case("office", "/acceptance", {"campaign": "1"}, "/acceptance"),
        Case("office", f"{here}/members", member, here),
        Case("office", f"{here}/announce", terms, here),
        Case("office", f"{here}/call-off", {"version": "0", "reason": "So."}, here),
        Case("office", f"{here}/draw", {"version": "1", "seed": "123456"}, here),
    ]


def reset(site: Site, case: Case) -> None:
    """Puts things back so that the same form can be taken again."""
    with meanwhile(site):
        found = enrolment(site.cast)
        if "/items/" in case.url:
            key, to_decide = case.url.split("/")[-2], case.url.endswith("/decision")
            item = records.item(found, key) or (to_decide and send(site.cast, found, key))
            if item:
                item.state = ItemState.SUBMITTED if to_decide else ItemState.OPEN
                item.visible_at = None
                db.session.flush()
            case.fields["version"] = str(version_of(found, key))
        elif "/draft/" in case.url:
            draft = drafts.begin("drug-free-village", by=None)
            case.fields["version"] = str(draft.row_version)
            if "code" in case.fields:
                case.fields["code"] = drafts.next_code(draft, 1)
        elif case.url.endswith("/members"):
            case.fields["version"] = str(db.session.scalars(sa.select(Round.row_version)).one())
        elif case.url == "/titles":
            db.session.execute(sa.delete(Title).where(Title.enrolment_id == found.id))
            query = sa.update(Enrolment).where(Enrolment.id == found.id)
            db.session.execute(query.values(state=EnrolmentState.TOWN_PASSED))
            case.fields["version"] = str(found.row_version)


def test_no_form_breaks_on_hostile_text(place: Site) -> None:
    taken = 0
    for case in cases(place):
        visitor = Visitor(place, case.username)
        case.fields["csrf_token"] = visitor.token()
        reset(place, case)
        for turn, field in enumerate([each for each in case.fields if each != "csrf_token"]):
            for typed in strings(turn):
                told = f"{case.url} {field}={shown(typed)}"
                answer = post(visitor, case.url, case.fields, field, typed)
                sound(answer, told)
                assert answer.status_code != 400, told
                if answer.status_code == 303 and case.page != "/account":
                    taken += 1
                    sound(visitor.get(case.page), told)
                    reset(place, case)
    assert taken > 10, "what may be stored is stored, and shown as text"
    for username in ("liaison", "reviewer", "office", "auditor"):
        visitor = Visitor(place, username)
        village = f"/enrolments/{place.cast.enrolment('village', 'drug-free-village')}"
        unit = f"/units/{place.cast.units['village']}"
        for url in (village, f"{village}/items/1.3", f"{village}/items/4.1", unit, "/titles"):
            sound(visitor.get(url), f"{username} {url}")


def test_no_query_breaks_a_page(place: Site) -> None:
    visitor, stranger = Visitor(place, "office"), place.app.test_client()
    village = f"/enrolments/{place.cast.enrolment('village', 'drug-free-village')}"
    store = f"/units/{place.cast.units['village']}/evidence"
    queries = QUERIES | {
        village: ("show",),
        store: ("show", "page"),
        f"{village}/items/1.3": ("instead",),
    }
    for url, names in queries.items():
        client = stranger if url == "/login" else visitor.client
        for turn, name in enumerate(names):
            for typed in strings(turn):
                raw = typed if isinstance(typed, bytes) else typed[:8_000].encode()
                asked = f"{name}={quote_from_bytes(raw)}"
                sound(client.get(url, query_string=asked), f"{url}?{name}={shown(typed)}")


def test_no_address_breaks_a_page(place: Site) -> None:
    visitor = Visitor(place, "office")
    village = f"/enrolments/{place.cast.enrolment('village', 'drug-free-village')}"
    token = {"csrf_token": visitor.token()}
    before = (
        "/coverage/",
        "/jurisdictions/",
        "/imports/",
        "/standards/",
        "/units/",
        "/enrolments/",
        "/evidence/",
        "/campaigns/",
        "/acceptance/",
        "/lots/",
    )
    for typed in WORST + STRINGS:
        raw = quote_from_bytes(typed if isinstance(typed, bytes) else typed[:4_000].encode(), "")
        for start in (*before, f"{village}/items/"):
            sound(visitor.get(f"{start}{raw}"), f"{start}{shown(typed)}")
        for verb in ("submit", "decision", "take-back", "still-true"):
            url = f"{village}/items/{raw}/{verb}"
            sound(visitor.client.post(url, data=token), f"{verb} {shown(typed)}")


def test_no_sign_in_breaks(place: Site) -> None:
    client = place.app.test_client()
    token = form(client.get("/login"), "/login").values("csrf_token")[0]
    whole = {"csrf_token": token, "username": "nobody", "password": "x", "next": "/"}
    visitor = Visitor(place, "leader")
    visitor.client = client
    for turn, field in enumerate(("username", "password", "next")):
        for typed in strings(turn):
            answer = post(visitor, "/login", whole, field, typed)
            sound(answer, f"{field}={shown(typed)}")
            assert answer.status_code in {422, 429}
    for typed in WORST + STRINGS:
        raw = typed if isinstance(typed, bytes) else typed[:2_000].encode()
        plain = quote_from_bytes(raw)
        headers = {"Cookie": f"session=s.{plain}; language={plain}", "Accept-Language": plain}
        headers |= {"Referer": f"http://localhost/{plain}", "HX-Request": "true"}
        headers |= {"HX-Current-URL": f"http://localhost/{plain}"}
        sound(place.app.test_client().get("/coverage", headers=headers), shown(typed))
        sound(place.app.test_client().get("/login", headers=headers), shown(typed))
