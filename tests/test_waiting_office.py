"""What waits for the city office: counted with its age, and named where she begins her day."""

from datetime import date

import pytest

from campaigns import clock, incidents, jurisdictions, titles
from campaigns.database import db
from campaigns.enrolment import extensions
from campaigns.enrolment.objections import Objection
from campaigns.incidents.touching import touched
from campaigns.jurisdictions import NOWHERE, Scope, interval
from campaigns.review import disputes
from campaigns.titles import withdrawing
from campaigns.titles.withdrawing import Withdrawal
from campaigns.waiting import office
from campaigns.waiting.office import Errand
from tests.cast import NOW, QIAOLOU, Cast
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE, enrolment, give_back, send, slot, statements, version_of, wish
from tests.test_incidents import UNTIL, hold, recorded
from tests.visiting import Visitor, counted, meanwhile


def piles(cast: Cast, scope: Scope = EVERYWHERE, by: str = "office") -> dict[Errand, int]:
    return {each.errand: each.number for each in office.of_office(scope, by=cast.people[by])}


def objected(cast: Cast) -> Objection:
    made = Objection(
        enrolment_id=cast.enrolment("neighbour", "drug-free-village"), text="No.", raised_at=NOW
    )
    db.session.add(made)
    db.session.flush()
    return made


def withdrawn(cast: Cast) -> Withdrawal:
    """A withdrawal that was announced to the unit."""
    title = titles.find(hold(cast, "neighbour").id, EVERYWHERE)
    return withdrawing.announce(title, "It failed.", "1", by=cast.people["office"])


def answered(cast: Cast) -> Withdrawal:
    found = withdrawn(cast)
    withdrawing.answer(found, found.row_version, "Not so.", by=cast.people["neighbour"])
    return found


def disputed(cast: Cast, time: Time) -> None:
    found = enrolment(cast)
    item = give_back(cast, found, send(cast, found, "1.3"))
    time.pass_by(minutes=6)
    disputes.dispute(found, item, "No.", item.row_version, by=cast.people["liaison"])


def appealed(cast: Cast) -> incidents.Incident:
    hold(cast)
    found, by = recorded(cast), cast.people["office"]
    incidents.confirm(found, found.row_version, touched(found).names, UNTIL, by=by)
    unit, liaison = cast.units["village"], cast.people["liaison"]
    incidents.appeal(found, found.row_version, unit, "It was elsewhere.", by=liaison)
    return found


def everything(cast: Cast, time: Time) -> None:
    """One of each, and two incidents."""
    appealed(cast)
    recorded(cast)
    recorded(cast, at="far village")
    objected(cast)
    answered(cast)
    disputed(cast, time)
    wish(cast, "village", "liaison")


ALL = {
    Errand.INCIDENTS: 2,
    Errand.APPEALS: 1,
    Errand.OBJECTIONS: 1,
    Errand.DISPUTES: 1,
    Errand.MORE_TIME: 1,
    Errand.WITHDRAWALS: 1,
}


def test_nothing_waits_in_an_untouched_world(cast: Cast) -> None:
    assert piles(cast) == {}


def test_each_kind_is_counted_within_the_scope(cast: Cast, time: Time) -> None:
    everything(cast, time)
    assert piles(cast) == ALL
    assert list(piles(cast)) == list(Errand)
    town = Scope((interval(jurisdictions.find(QIAOLOU, EVERYWHERE).path),))
    assert piles(cast, town) == {Errand.INCIDENTS: 1}
    assert piles(cast, NOWHERE) == {}


def test_one_statement_tells_unless_requests_for_more_time_wait(cast: Cast, time: Time) -> None:
    recorded(cast)
    objected(cast)
    with statements() as sent:
        piles(cast)
    assert len(sent) == 1
    everything(cast, time)
    with statements() as sent:
        piles(cast)
    assert len(sent) <= 3


def test_what_somebody_else_has_to_do_is_left_out(cast: Cast, time: Time) -> None:
    everything(cast, time)
    assert Errand.INCIDENTS not in piles(cast, by="police")
    assert Errand.APPEALS not in piles(cast, by="police")
    assert Errand.DISPUTES not in piles(cast, by="reviewer")


def test_a_request_that_the_town_may_decide_is_the_town_s(cast: Cast) -> None:
    found, by = enrolment(cast), cast.people["liaison"]
    wanted = slot(found, "2.1@2026Q3")
    version = version_of(found, wanted.key)
    extensions.ask(found, wanted, version, date(2026, 10, 10), "Rain.", by=by)
    assert piles(cast) == {}
    wish(cast, "village", "liaison")
    assert piles(cast) == {Errand.MORE_TIME: 1}


def test_a_withdrawal_waits_once_the_unit_was_heard_or_its_days_are_over(
    cast: Cast, time: Time
) -> None:
    found = withdrawn(cast)
    assert not found.awaits_office
    assert piles(cast) == {}
    time.pass_by(days=(found.answer_by - clock.today()).days + 1)
    assert found.awaits_office
    assert piles(cast) == {Errand.WITHDRAWALS: 1}
    assert [each.id for each in withdrawing.page(EVERYWHERE, offset=0, limit=9)] == [found.title_id]
    why, by = "It mended.", cast.people["office"]
    withdrawing.drop(found, found.row_version, why, by=by)
    assert piles(cast) == {}
    assert withdrawing.page(EVERYWHERE, offset=0, limit=9) == []


def test_an_appeal_against_what_is_over_waits_no_longer(cast: Cast, time: Time) -> None:
    appealed(cast)
    assert piles(cast) == {Errand.APPEALS: 1}
    time.pass_by(days=61)
    assert piles(cast) == {}


def test_the_age_is_that_of_the_oldest(cast: Cast, time: Time) -> None:
    recorded(cast)
    time.pass_by(days=3)
    recorded(cast, day=date(2026, 9, 15))
    (pile,) = office.of_office(EVERYWHERE, by=cast.people["office"])
    assert (pile.number, pile.days) == (2, 3)


@pytest.fixture
def busy(site: Site, time: Time) -> Site:
    with meanwhile(site):
        everything(site.cast, time)
    return site


LINKS = {
    "2 incidents to confirm": "/incidents",
    "1 appeal to decide on": "/incidents",
    "1 objection to answer": "/objections",
    "1 disputed return to settle": "/review",
    "1 request for more time": "/extensions",
    "1 withdrawal to decide on": "/titles?show=withdrawals",
}


@pytest.mark.parametrize("where", ["/", "/inbox"])
def test_the_office_reads_it_where_her_day_begins_and_in_the_inbox(busy: Site, where: str) -> None:
    office_ = Visitor(busy, "office")
    page = office_.get(where, follow_redirects=True).text
    for told, url in LINKS.items():
        assert f'href="{url}"' in page, url
        assert told in page, told
        assert office_.get(url).status_code == 200, url
    for username in ("leader", "reviewer", "auditor", "liaison"):
        other = Visitor(busy, username).get(where, follow_redirects=True).text
        assert "data-errands" not in other, username


def test_its_lists_hold_what_is_counted(busy: Site) -> None:
    office_ = Visitor(busy, "office")
    listed = office_.get("/titles?show=withdrawals").text
    assert "No withdrawal is under way." not in listed
    assert listed.count('class="ttl"') == 1
    assert Visitor(busy, "far_liaison").get("/titles?show=withdrawals").text.count("ttl") == 0


def test_the_office_s_board_asks_for_it_in_three_statements(busy: Site) -> None:
    sent: dict[str, int] = {}
    for username in ("office", "leader"):
        visitor = Visitor(busy, username)
        visitor.get("/", follow_redirects=True)
        with counted(busy) as statements_:
            visitor.get("/coverage/511381")
        sent[username] = len(statements_)
    assert sent["office"] <= sent["leader"] + 3
