"""Several people at once: one wins, the others are told, and the counters stay right."""

import threading
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from campaigns import people, titles
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item, ItemState
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Role
from campaigns.review import Decision
from campaigns.text import Bilingual
from campaigns.titles import Title
from tests.cast import NOW, PASSWORD, TIANGONG
from tests.conftest import Site, Time
from tests.doing import approve, enrolment, events, give_back, pass_town, send
from tests.visiting import Visitor, form, meanwhile

CROWD = 8


def together(jobs: list[Callable[[], int]]) -> list[int]:
    """Runs the jobs at the same moment, each in a thread; their answers."""
    start, answers = threading.Barrier(len(jobs)), [0] * len(jobs)

    def run(number: int) -> None:
        start.wait()
        answers[number] = jobs[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return answers


def reviewers(site: Site) -> list[str]:
    """As many reviewers of one town as there are in the crowd."""
    with meanwhile(site):
        town = db.session.scalars(sa.select(Jurisdiction).filter_by(code=TIANGONG)).one()
        names = [f"reviewer{number}" for number in range(CROWD)]
        for username in names:
            person = people.add(username, Bilingual(username, username), PASSWORD)
            people.grant(
                person, Role.REVIEWER, place=town, valid_from=NOW.date() - timedelta(days=1)
            )
    return names


def counters() -> list[str]:
    return [*recount.check(), *titles.check()]


def test_of_eight_reviewers_of_one_item_one_wins(committing: Site) -> None:
    with meanwhile(committing):
        found = enrolment(committing.cast)
        item_id = send(committing.cast, found, "1.3").id
        decision = f"/enrolments/{found.id}/items/1.3/decision"
    crowd = [Visitor(committing, username) for username in reviewers(committing)]
    sheets = [form(each.get("/review"), decision) for each in crowd]

    def decide(number: int) -> int:
        verdict = "approve" if number % 2 else "return"
        answer = crowd[number].send(sheets[number], verdict=verdict, preset="unclear", reason="")
        return answer.status_code

    answers = together([lambda number=number: decide(number) for number in range(CROWD)])  # type: ignore[misc]
    assert sorted(answers) == [303] + [409] * (CROWD - 1)
    with meanwhile(committing):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1
        item = db.session.get_one(Item, item_id)
        assert item.state in {ItemState.APPROVED, ItemState.RETURNED}
        assert counters() == []


def test_taking_back_and_deciding_at_once_leaves_one_of_them(committing: Site) -> None:
    with meanwhile(committing):
        found = enrolment(committing.cast)
        item_id = send(committing.cast, found, "1.3").id
        address = f"/enrolments/{found.id}/items/1.3"
    liaison, reviewer = Visitor(committing, "liaison"), Visitor(committing, "reviewer")
    back = form(liaison.get(address), "/take-back")
    decide = form(reviewer.get("/review"), "/decision")
    answers = together(
        [
            lambda: liaison.send(back).status_code,
            lambda: reviewer.send(decide, verdict="approve").status_code,
        ]
    )
    assert sorted(answers) == [303, 409]
    with meanwhile(committing):
        state = db.session.get_one(Item, item_id).state
        assert state is (ItemState.OPEN if answers[0] == 303 else ItemState.APPROVED)
        assert counters() == []


def test_a_unit_is_named_once_however_many_clerks_click(committing: Site, time: Time) -> None:
    time.pass_by(days=20)  # the last quarter has begun
    with meanwhile(committing):
        found = enrolment(committing.cast, "hospital", "safe-hospital")
        pass_town(committing.cast, found)
        assert found.state is EnrolmentState.TOWN_PASSED
        number = found.id
    clerks = [Visitor(committing, "office") for _ in range(CROWD)]
    sheets = [form(each.get(f"/enrolments/{number}"), "/titles") for each in clerks]

    def name(which: int) -> int:
        return clerks[which].send(sheets[which], document_number="〔2026〕1").status_code

    answers = together([lambda which=which: name(which) for which in range(CROWD)])  # type: ignore[misc]
    assert sorted(answers) == [303] + [409] * (CROWD - 1)
    with meanwhile(committing):
        count = sa.select(sa.func.count()).select_from(Title).where(Title.enrolment_id == number)
        assert db.session.scalar(count) == 1
        assert counters() == []


def test_neighbours_who_send_at_once_are_all_counted(committing: Site) -> None:
    with meanwhile(committing):
        addresses = {
            "liaison": enrolment(committing.cast).id,
            "neighbour": enrolment(committing.cast, "neighbour").id,
            "far_liaison": enrolment(committing.cast, "far village").id,
        }
    visitors = {username: Visitor(committing, username) for username in addresses}

    def answer(username: str) -> int:
        page = visitors[username].get(f"/enrolments/{addresses[username]}/items/1.3")
        return visitors[username].send(form(page, "/submit"), value="6").status_code

    answers = together([lambda username=username: answer(username) for username in addresses])  # type: ignore[misc]
    assert answers == [303] * 3
    with meanwhile(committing):
        sent = sa.select(sa.func.sum(Enrolment.submitted)).where(
            Enrolment.id.in_([*addresses.values()])
        )
        assert db.session.scalar(sent) == 3
        assert counters() == []


def test_of_eight_single_and_bulk_decisions_of_one_item_one_wins(committing: Site) -> None:
    with meanwhile(committing):
        found = enrolment(committing.cast)
        item_id = send(committing.cast, found, "1.3").id
        decision = f"/enrolments/{found.id}/items/1.3/decision"
    crowd = [Visitor(committing, username) for username in reviewers(committing)]
    alone = [form(each.get("/review"), decision) for each in crowd]
    ticked = [form(each.get("/review"), "/review/bulk") for each in crowd]
    many = [
        form(each.send(sheet, item=item_id), "/review/bulk")
        for each, sheet in zip(crowd, ticked, strict=True)
    ]

    def decide(number: int) -> int:
        if number % 2:
            return crowd[number].send(many[number], item=item_id).status_code
        return crowd[number].send(alone[number], verdict="approve").status_code

    answers = together([lambda number=number: decide(number) for number in range(CROWD)])  # type: ignore[misc]
    assert sorted(answers) == [303] + [409] * (CROWD - 1)
    with meanwhile(committing):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 1
        assert events("item", item_id) == ["submitted", "approved"]
        assert counters() == []


def test_of_eight_who_undo_one_decision_one_does(committing: Site) -> None:
    with meanwhile(committing):
        found = enrolment(committing.cast)
        item_id = send(committing.cast, found, "1.3").id
        approve(committing.cast, found, db.session.get_one(Item, item_id))
    crowd = [Visitor(committing, "reviewer") for _ in range(CROWD)]
    sheets = [form(each.get("/review"), "/review/undo") for each in crowd]
    answers = together(
        [lambda n=n: crowd[n].send(sheets[n]).status_code for n in range(CROWD)]  # type: ignore[misc]
    )
    assert sorted(answers) == [303] + [409] * (CROWD - 1)
    with meanwhile(committing):
        assert events("item", item_id) == ["submitted", "approved", "undone"]
        assert counters() == []


def test_of_eight_who_settle_one_dispute_one_does(committing: Site, time: Time) -> None:
    with meanwhile(committing):
        found = enrolment(committing.cast)
        item = give_back(committing.cast, found, send(committing.cast, found, "1.3"))
        item_id, address = item.id, f"/enrolments/{found.id}/items/1.3/dispute"
    time.pass_by(minutes=6)
    liaison = Visitor(committing, "liaison")
    page = liaison.get(address.removesuffix("/dispute"))
    assert liaison.send(form(page, "/dispute"), dispute="x").status_code == 303
    crowd = [Visitor(committing, username) for username in reviewers(committing)]
    settle = f"{address}/settle?item={item_id}"
    sheets = [form(each.get(f"/review?item={item_id}"), settle) for each in crowd]

    def decide(number: int) -> int:
        settled = "upheld" if number % 2 else "overturned"
        return crowd[number].send(sheets[number], settled=settled, answer="x").status_code

    answers = together([lambda number=number: decide(number) for number in range(CROWD)])  # type: ignore[misc]
    assert sorted(answers) == [303] + [409] * (CROWD - 1)
    with meanwhile(committing):
        assert len(events("item", item_id)) == 4
        assert counters() == []
