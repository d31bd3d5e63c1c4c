"""The whole way, as each of those on it goes it: a village from its checklist to its title, and on
to an incident and back; and five hundred items approved in one go and undone. After every step the
counters are what counting gives, and the board says exactly what is so."""

import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, register, titles
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.settings import HERE
from campaigns.titles import Title
from campaigns.titles.certificates import CERTIFICATE
from tests import team
from tests.cast import QIAOLOU, TIANGONG
from tests.conftest import Site, Time
from tests.doing import enrolment, newcomers, pass_town, send
from tests.test_certificates import carries, text
from tests.test_review_pages import progress
from tests.test_upload import item_url, jpeg
from tests.test_upload import send as upload
from tests.visiting import Visitor, form, forms, meanwhile

SLUG, DOCUMENT, NOTICE = "drug-free-village", "阆委办〔2026〕9号", "阆公通〔2026〕7号"
CITY = "511381"
#: How far an enrolment is, with its word on a board.
PASSED = ("named", "accepted", "town_passed")
STAGES = dict(zip(PASSED, ("named", "city accepted", "town passed"), strict=True))
STAGES["in_progress"] = "in progress"
#: A village's checklist of that standard.
ITEMS = 15
MEMBERS = {"acceptor": team.POLICE, "second_acceptor": team.JUSTICE}
APPEAL = "The yard lies beyond our boundary stone."


class Way:
    """The village of the cast on its way, with a village of the next town beside it."""

    def __init__(self, site: Site, time: Time) -> None:
        self.site, self.time = site, time
        self.campaign, self.id = site.cast.campaigns[SLUG], site.cast.enrolment("village", SLUG)
        self.here = f"/enrolments/{self.id}"
        self.unit = f"/units/{site.cast.units['village']}"
        self.board = f"/coverage/{TIANGONG}?campaign={self.campaign}"
        codes = [row.code for row in jurisdictions.read(jurisdictions.LANGZHONG)]
        inside, beyond = (
            [each for each in codes if len(each) == 12 and each.startswith(town)]
            for town in (TIANGONG, QIAOLOU)
        )
        self.place, self.villages = inside[0], len(inside)
        self.everywhere = len(inside) + len(beyond)

    def visit(self, username: str) -> Visitor:
        """Somebody signs in: days lie between the steps."""
        return Visitor(self.site, username)

    def stands(self, stage: str = "", *, valid: int = 0, approved: int = ITEMS) -> None:
        """Recounts everything, and reads the boards: in the town the village alone has begun, and
        stands at this stage; so many titles are valid."""
        agrees(self.site)
        leader = self.visit("leader")
        page = leader.get(self.board)
        assert figure(page, "coverage") == (valid, self.villages)
        assert figure(page, "participation") == (self.villages, self.villages)
        assert figure(page, "progress") == (approved, self.villages * ITEMS)
        assert figure(page, "pass_rate") == ((1, 1) if stage in PASSED else (0, 0))
        begun = bool(stage)
        told = [f"{int(each == stage)} {words}" for each, words in STAGES.items()]
        assert f"{', '.join(told)}, {self.villages - begun} not started" in page.text
        for code, due in ((self.place, 1), (CITY, self.everywhere)):
            above = leader.get(f"/coverage/{code}?campaign={self.campaign}")
            assert figure(above, "coverage") == (valid, due)
        assert figure(leader.get(f"/coverage/{TIANGONG}"), "coverage")[0] == valid

    def valid(self, on: date) -> int:
        """How many titles of the town were valid on a day."""
        page = self.visit("leader").get(f"{self.board}&on={on}")
        return figure(page, "coverage")[0]

    def waits(self) -> str:
        """What the village's checklist says that it waits for."""
        found = re.search(r'data-wait="(\w+)"', self.visit("liaison").get(self.here).text)
        assert found
        return found[1]

    def state(self) -> str:
        """How far the village is, as its own checklist says."""
        found = re.search(r'data-state="(\w+)"', self.visit("liaison").get(self.here).text)
        assert found
        return found[1]


def figure(page: TestResponse, name: str) -> tuple[int, int]:
    """The first figure of this name on a page: that of the place itself."""
    numbers = r'data-numerator="(\d+)" data-denominator="(\d+)"'
    found = re.search(f'data-figure="{name}" {numbers}', page.text)
    assert found, name
    return int(found[1]), int(found[2])


def agrees(site: Site) -> None:
    with site.app.app_context():
        assert [*recount.check(), *titles.check(), *register.check()] == []


def offers(page: TestResponse, ending: str) -> bool:
    return any(each.action.endswith(ending) for each in forms(page))


@pytest.fixture
def way(site: Site, time: Time) -> Way:
    """In December, when every period has begun: a campaign with all its steps."""
    time.pass_by(days=80)
    with meanwhile(site):
        campaign = campaigns.lock(site.cast.campaigns[SLUG])
        campaign.steps, campaign.notice_days = [*Step], 5
        db.session.flush()
        pass_town(site.cast, enrolment(site.cast, "far village"))
        team.acceptors()
    return Way(site, time)


def test_from_the_first_photo_to_the_title_and_from_the_incident_back_to_it(way: Way) -> None:
    way.stands(approved=0)
    submit(way)
    way.stands("in_progress", approved=0)
    decide(way)
    way.stands("in_progress")
    examine(way)
    way.stands("town_passed")
    accept(way)
    way.stands("accepted")
    publicise(way)
    way.stands("accepted")
    serial = name(way)
    way.stands("named", valid=1)
    code = printed(way, serial)
    assert verified(way, code) == "valid"
    ledger = record(way)
    way.stands("named", valid=1)
    suspend(way, ledger)
    way.stands("named", valid=0)
    assert verified(way, code) == "suspended"
    appeal(way, ledger)
    way.stands("named", valid=0)
    assert verified(way, code) == "suspended"
    restore(way, ledger)
    way.stands("named", valid=1)
    assert verified(way, code) == "valid"


def submit(way: Way) -> None:
    """The liaison takes two photos and sends them; the rest of the checklist follows."""
    liaison, url = way.visit("liaison"), item_url(way.site)
    assert upload(liaison, url, jpeg(1), jpeg(2)).status_code == 303
    assert liaison.send(form(liaison.get(url), "/submit")).status_code == 303
    with meanwhile(way.site):
        found = enrolment(way.site.cast)
        for each in campaigns.slots(found.campaign):
            if each.key != "2.2":
                send(way.site.cast, found, each.key)


def decide(way: Way) -> None:
    """The town and the police empty their desks, one decision after the other."""
    numbers = {}
    for username in ("reviewer", "police"):
        person, numbers[username] = way.visit(username), 0
        page = person.get("/review")
        while offers(page, "/decision"):
            page = person.send(form(page, "/decision"), verdict="approve", follow=True)
            numbers[username] += 1
        assert "Nothing waits for you" in page.text
    assert numbers == {"reviewer": ITEMS - 1, "police": 1}
    way.time.pass_by(minutes=6)


def examine(way: Way) -> None:
    """The town's check of the whole checklist."""
    reviewer = way.visit("reviewer")
    assert reviewer.send(form(reviewer.get(way.here), "/examine")).status_code == 303
    assert way.state() == "town_passed"


def accept(way: Way) -> None:
    """A team of two bodies, a closed list, the lot, a check that two look at, the end."""
    office = way.visit("office")
    page = office.send(form(office.get("/acceptance"), "/acceptance"), follow=True)
    with way.site.app.app_context():
        ids = {each: team.who(each) for each in MEMBERS}
    for username, body in MEMBERS.items():
        sent = {"person": str(ids[username]), "body_zh": body.zh, "body_en": body.en}
        page = office.send(form(page, "/members"), follow=True, **sent)
    draws_on = (clock.today() + timedelta(days=1)).isoformat()
    terms = {"share": "50", "others": "2", "source": team.SOURCE, "draws_on": draws_on}
    assert office.send(form(page, "/announce"), **terms).status_code == 303
    way.time.pass_by(days=1)
    office = way.visit("office")
    page = office.send(form(office.get("/acceptance/1"), "/draw"), follow=True, seed=team.SEED)
    checks = sorted(set(re.findall(r"/acceptance/checks/\d+", page.text)))
    assert len(checks) == 2, "one of each town"
    members = [way.visit(each) for each in MEMBERS]
    for check in checks:
        for member in members:
            while offers(member.get(check), "/findings"):
                sheet = form(member.get(check), "/findings")
                assert member.send(sheet, verdict="holds").status_code == 303
        ending = form(members[0].get(check), "/conclusion")
        assert members[0].send(ending, outcome="accepted").status_code == 303
    assert office.send(form(office.get("/acceptance/1"), "/end")).status_code == 303
    assert way.state() == "city_passed"


def publicise(way: Way) -> None:
    """The city puts it on public notice; a stranger sees it there; nobody names it meanwhile."""
    office, notice = way.visit("office"), f"/notice/{way.campaign}"
    assert office.send(form(office.get(way.here), "/advance")).status_code == 303
    assert way.state() == "publicised"
    stranger = way.site.app.test_client()
    assert stranger.get(notice).text.count('data-state="publicised"') == 1
    assert not offers(office.get(f"/titles/naming?enrolment={way.id}"), "/titles/naming")
    way.time.pass_by(days=9)
    assert 'name="text"' not in stranger.get(notice).text


def name(way: Way) -> str:
    """The office names by a document; gives the serial."""
    office = way.visit("office")
    found = form(office.get(f"/titles/naming?enrolment={way.id}"), "/titles/naming")
    assert office.send(found, document_number=DOCUMENT).status_code == 303
    assert way.state() == "named"
    told = way.visit("liaison").get(way.unit).text.partition("<h2>History</h2>")[2]
    assert told.count(">Named<") == 1
    with way.site.app.app_context():
        made = db.session.scalars(sa.select(Title)).one()
        assert (made.document_number, made.valid_from) == (DOCUMENT, clock.today())
        return made.serial


def printed(way: Way, serial: str) -> str:
    """The liaison fetches the certificate; gives the address that its code leads to."""
    paper = way.visit("liaison").get(f"/titles/{serial}.pdf")
    assert paper.mimetype == "application/pdf"
    assert serial in text(paper.data)
    where = f"{HERE}/verify/{serial}"
    assert carries(paper.data, CERTIFICATE, where)
    return where


def verified(way: Way, address: str) -> str:
    """What a phone that belongs to nobody is told of the title that the code leads to."""
    phone = way.site.app.test_client()
    page = phone.get(urlsplit(address).path)
    assert page.status_code == 200
    assert NOTICE not in page.text
    assert APPEAL not in page.text
    found = re.search(r'data-standing="(\w+)"', page.text)
    assert found
    return found[1]


def record(way: Way) -> str:
    """The police enter an incident; the unit sees nothing of it yet. Gives its address."""
    way.time.pass_by(days=2)
    police = way.visit("police")
    told = {"kind": "drug_site", "day": clock.today().isoformat(), "notice_number": NOTICE}
    page = police.get(f"/incidents?place={way.place}")
    made = police.send(form(page, "/incidents"), **told)
    assert made.status_code == 303
    ledger = made.location.partition("?")[0]
    assert way.visit("liaison").get(ledger).status_code == 404
    assert not offers(police.get(ledger), "/confirm")
    return ledger


def suspend(way: Way, ledger: str) -> None:
    """The office is shown what it touches, and confirms it."""
    office = way.visit("office")
    page = office.get(ledger)
    assert form(page, "/confirm").values("touched") == ["title-1"]
    until = (clock.today() + timedelta(days=60)).isoformat()
    assert office.send(form(page, "/confirm"), until=until).status_code == 303
    liaison = way.visit("liaison")
    assert "suspended, not counted" in liaison.get(way.unit).text
    title = liaison.get("/titles/1")
    assert f'href="{ledger}"' in title.text, "from her title to the form to appeal"
    with way.site.app.app_context():
        serial = db.session.get_one(Title, 1).serial
    assert liaison.get(f"/titles/{serial}.pdf").status_code == 422
    assert way.waits() == "suspended"
    assert "·suspended" in text(liaison.get(f"{way.unit}/ledger.pdf").data)
    yesterday = clock.today() - timedelta(days=1)
    assert way.valid(yesterday) == 1, "past days stay"


def appeal(way: Way, ledger: str) -> None:
    """The unit says why it does not concern it."""
    way.time.pass_by(days=3)
    liaison = way.visit("liaison")
    assert liaison.send(form(liaison.get(ledger), "/appeal"), reason=APPEAL).status_code == 303
    assert way.waits() == "appeal"


def restore(way: Way, ledger: str) -> None:
    """The office finds it right; the title counts again, from today."""
    office = way.visit("office")
    page = office.get(ledger)
    assert APPEAL in page.text
    sent = {"lifted": ["suspension-1"], "why": "It was elsewhere."}
    assert office.send(form(page, "/decide"), **sent).status_code == 303
    assert "suspended, not counted" not in way.visit("liaison").get(way.unit).text
    yesterday = clock.today() - timedelta(days=1)
    assert way.valid(yesterday) == 0, "what was, was"


#: As many as a reviewer may have of one item; one of them is the village's.
MANY = 500


@pytest.mark.slow
def test_five_hundred_are_approved_in_one_go_and_undone_as_one(site: Site) -> None:
    with meanwhile(site):
        found = [*newcomers(site.cast, MANY - 1), enrolment(site.cast)]
        for each in found:
            send(site.cast, each, "1.3")
    before, town = progress(site), str(site.cast.places[TIANGONG])
    assert before[town] == (MANY, 0, 0)
    reviewer, liaison, mine = (
        Visitor(site, "reviewer"),
        Visitor(site, "liaison"),
        item_url(site, "1.3"),
    )
    link = re.search(r"/review/bulk\?criterion=\d+", reviewer.get("/review").text)
    assert link
    page = reviewer.get(link[0])
    assert figure(page, "bulk") == (MANY, MANY)
    done = reviewer.send(form(page, "/review/bulk"), follow=True)
    assert figure(done, "batch") == (MANY, MANY)
    agrees(site)
    assert progress(site)[town] == (0, MANY, 0)
    assert 'data-state="submitted"' in liaison.get(mine).text
    assert reviewer.send(form(done, "/review/undo")).status_code == 303
    agrees(site)
    assert progress(site) == before
    assert 'data-state="submitted"' in liaison.get(mine).text
    assert figure(reviewer.get(link[0]), "bulk") == (MANY, MANY)
