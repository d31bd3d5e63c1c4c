"""The pages of acceptance rounds: every role at every form, from the list to the end, the lot."""

import json
from datetime import timedelta

import pytest

from campaigns import clock
from campaigns.acceptance import lot, records, rounds
from campaigns.acceptance.records import RoundState
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment, EnrolmentState
from tests import team
from tests.conftest import Site, Time
from tests.test_matrix import EVERYBODY
from tests.visiting import Form, Visitor, form, forms, meanwhile

DECIDES = {"office", "acceptor", "second_acceptor"}
SEES = {*DECIDES, "leader", "auditor", "inspector"}


def prepared(site: Site, time: Time) -> str:
    """The address of a round of two villages with its team."""
    with meanwhile(site):
        team.waiting(site.cast, time, "village", "far village")
        return f"/acceptance/{team.begun(site.cast).id}"


def drawn(site: Site, time: Time) -> tuple[str, list[str]]:
    """The addresses of a round whose lot is drawn, and of its checks."""
    with meanwhile(site):
        team.waiting(site.cast, time, "village", "neighbour", "far village")
        found = team.drawn(site.cast, time).id
        checked = [f"/acceptance/checks/{each.id}" for each in records.chosen(found)]
    return f"/acceptance/{found}", checked


def state(site: Site) -> RoundState:
    with site.app.app_context():
        return db.session.get_one(records.Round, 1).state


def test_the_office_goes_from_the_team_to_the_end_and_the_lot_is_public(
    site: Site, time: Time
) -> None:
    with meanwhile(site):
        team.waiting(site.cast, time, *team.VILLAGES)
        team.acceptors()
        ids = [team.who(each) for each in ("acceptor", "second_acceptor")]
    office, stranger = Visitor(site, "office"), site.app.test_client()
    page = office.send(form(office.get("/acceptance"), "/acceptance"), follow=True)
    bodies = (("公安局", "Police"), ("司法局", "Justice bureau"))
    for person, (zh, en) in zip(ids, bodies, strict=True):
        sent = {"person": str(person), "body_zh": zh, "body_en": en}
        page = office.send(form(page, "/members"), follow=True, **sent)
    assert stranger.get("/lots/1").status_code == 404
    day = clock.today() + timedelta(days=2)
    terms = {"share": "50", "others": "1", "source": team.SOURCE, "draws_on": day.isoformat()}
    page = office.send(form(page, "/announce"), follow=True, **terms)
    assert "The list is closed and published." in page.text
    assert not [each for each in forms(page) if each.action.endswith("/draw")]
    assert json.loads(stranger.get("/lots/1.json").text)["seed"] is None
    time.pass_by(days=2)
    office = Visitor(site, "office")
    page = office.send(form(office.get("/acceptance/1"), "/draw"), follow=True, seed=team.SEED)
    assert "The lot is drawn." in page.text
    told = json.loads(stranger.get("/lots/1.json").text)
    assert lot.verdict(told)[1]
    assert len(told["candidates"]) == 3
    assert "03071218223105" in stranger.get("/lots/1").text
    assert stranger.get("/lots/1.csv").text.count("by_lot") == 2
    assert stranger.get("/lots/1.txt").status_code == 404
    members = [Visitor(site, each) for each in ("acceptor", "second_acceptor")]
    for number in range(2):
        check = f"/acceptance/checks/{chosen(site)[number]}"
        for member in members:
            while open_ := [f for f in forms(member.get(check)) if f.action.endswith("/findings")]:
                assert member.send(open_[0], verdict="holds").status_code == 303
        ending = form(members[0].get(check), "/conclusion")
        assert members[0].send(ending, outcome="accepted").status_code == 303
    page = office.get("/acceptance/1")
    assert 'data-figure="unchecked" data-numerator="1"' in page.text
    office.send(form(page, "/end"))
    assert state(site) is RoundState.ENDED
    with site.app.app_context():
        assert {each.state for each in whole()} == {EnrolmentState.CITY_PASSED}
        assert list(recount.check()) == []


def chosen(site: Site) -> list[int]:
    with site.app.app_context():
        return [each.id for each in records.chosen(1)]


def whole() -> list[Enrolment]:
    return [each.enrolment for each in records.chosen(1)]


def test_every_role_at_every_form_of_a_round(site: Site, time: Time) -> None:
    here = prepared(site, time)
    day = (clock.today() + timedelta(days=1)).isoformat()
    posts = {
        f"{here}/members": {"person": "1", "body_zh": "司", "body_en": "J"},
        f"{here}/members/remove": {"person": "1"},
        f"{here}/announce": {"share": "1", "others": "1", "source": "S", "draws_on": day},
        f"{here}/draw": {"seed": "123456"},
        f"{here}/add": {"code": "1", "why": "W"},
        f"{here}/call-off": {"reason": "R"},
        f"{here}/end": {},
    }
    for username in (*EVERYBODY, "second_acceptor"):
        visitor = Visitor(site, username)
        seen = visitor.get(here).status_code
        expected = 200 if username in SEES else 404 if username == "town_leader" else 403
        assert seen == expected, username
        if username == "office":
            continue
        for url, sent in posts.items():
            answer = visitor.client.post(url, data={"csrf_token": visitor.token()} | sent)
            assert answer.status_code in {403, 404}, f"{username} {url}"
    assert state(site) is RoundState.PREPARED


def test_every_role_at_every_form_of_a_check(site: Site, time: Time) -> None:
    _, (check, _other) = drawn(site, time)
    page = Visitor(site, "acceptor").get(check)
    spot = form(page, "/findings").values("spot")[0]
    for username in (*EVERYBODY, "second_acceptor"):
        visitor = Visitor(site, username)
        expected = 200 if username in {*SEES, "town_leader"} else 403
        assert visitor.get(check).status_code == expected, username
        if username in DECIDES:
            continue
        token = {"csrf_token": visitor.token(), "spot": spot, "version": "1"}
        for url, sent in (
            ("findings", {"verdict": "holds"}),
            ("settle", {"verdict": "holds", "reason": "R"}),
            ("conclusion", {"outcome": "accepted"}),
        ):
            answer = visitor.client.post(f"{check}/{url}", data=token | sent)
            assert answer.status_code == 403, f"{username} {url}"
    office = Visitor(site, "office")
    sent = {"csrf_token": office.token(), "spot": spot, "version": "1", "verdict": "holds"}
    assert office.client.post(f"{check}/findings", data=sent).status_code == 403, "not of the team"


NOTE = "the lamp by the gate is dark"


def test_no_page_shows_what_the_first_found_before_the_second_reported(
    site: Site, time: Time
) -> None:
    here, (check, _other) = drawn(site, time)
    first, second = Visitor(site, "acceptor"), Visitor(site, "second_acceptor")
    sheet = form(first.get(check), "/findings")
    assert first.send(sheet, verdict="fails", note=NOTE).status_code == 303
    with site.app.app_context():
        candidate = records.candidate(int(check.rpartition("/")[2]), team.EVERYWHERE)
        enrolment, unit = candidate.enrolment_id, candidate.enrolment.unit_id
    places = (here, check, f"/enrolments/{enrolment}", f"/units/{unit}", "/lots/1", "/acceptance")
    files = (f"/units/{unit}/history.csv", "/lots/1.json", "/lots/1.csv")
    assert NOTE in first.get(check).text
    assert "<strong>Does not hold" in first.get(check).text
    for username in ("second_acceptor", "third_acceptor", "office", "leader", "auditor"):
        visitor = Visitor(site, username)
        for url in (*places, *files):
            text = visitor.get(url).text
            assert NOTE not in text, f"{username} {url}"
            assert "<strong>Does not hold" not in text, f"{username} {url}"
    assert second.send(same(second, check, sheet), verdict="holds").status_code == 303
    for username in ("acceptor", "second_acceptor", "office"):
        page = Visitor(site, username).get(check)
        assert NOTE in page.text, username
    settling = form(Visitor(site, "office").get(check), "/settle")
    assert settling.values("spot") == sheet.values("spot")


def same(visitor: Visitor, check: str, sheet: Form) -> Form:
    """The form of the same item, as somebody else finds it."""
    return next(
        each
        for each in forms(visitor.get(check))
        if each.action.endswith("/findings") and each.values("spot") == sheet.values("spot")
    )


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"share": "0"}, "from 1 to 100"),
        ({"others": "21"}, "from 1 to 20"),
        ({"source": ""}, "Name the public draw"),
        ({"draws_on": "2026-01-01"}, "must be still to come"),
        ({"source": "510681199001011232 11010519491231002X"}, "resident identity number"),
    ],
)
def test_what_cannot_be_announced_comes_back_with_what_was_typed(
    site: Site, time: Time, sent: dict[str, str], sentence: str
) -> None:
    here = prepared(site, time)
    office = Visitor(site, "office")
    good = {"share": "42", "others": "3", "source": "S"}
    answer = office.send(form(office.get(here), "/announce"), **(good | sent))
    assert answer.status_code == 422
    assert sentence in answer.text
    again = form(answer, "/announce")
    assert again.values("share") == [(good | sent)["share"]]
    assert state(site) is RoundState.PREPARED


def test_two_who_close_the_list_at_once_close_it_once(site: Site, time: Time) -> None:
    here = prepared(site, time)
    office = Visitor(site, "office")
    sheet = form(office.get(here), "/announce")
    answers = [office.send(sheet, source="S").status_code for _ in range(2)]
    assert answers == [303, 409]
    with site.app.app_context():
        assert len(records.candidates(1)) == 2


def test_an_enrolment_says_why_it_is_not_accepted_by_itself(site: Site, time: Time) -> None:
    prepared(site, time)
    village = f"/enrolments/{site.cast.enrolment('village', team.STANDARD)}"
    office = Visitor(site, "office")
    assert form(office.get(village), "/advance")
    assert "recommended by the town: reviewer" in office.get(village).text
    with meanwhile(site):
        found = records.find(1, team.EVERYWHERE)
        rounds.announce(found, found.row_version, team.terms(), by=site.cast.people["office"])
    page = office.get(village)
    assert not [each for each in forms(page) if each.action.endswith("/advance")]
    assert "An acceptance round is running" in page.text
    sent = {"csrf_token": office.token(), "version": "99"}
    assert office.client.post(f"{village}/advance", data=sent).status_code == 422
