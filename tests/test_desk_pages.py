"""The desk over HTTP: filters, marks, kept reasons, what stands beside, what is fetched ahead."""

import re

import pytest
import sqlalchemy as sa

from campaigns.database import db
from campaigns.enrolment import records
from campaigns.history import Event
from tests.conftest import Site, Time
from tests.test_review_pages import EVERYWHERE, SLUG, decision, opened, sent, stored
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, form


def test_the_filter_is_kept_from_item_to_item(site: Site, time: Time) -> None:
    for key in ("3.2", "1.3"):
        for unit, by in (("village", "liaison"), ("neighbour", "neighbour")):
            sent(site, key, unit, by)
            time.pass_by(minutes=1)
    reviewer = Visitor(site, "reviewer")
    page = reviewer.get("/review?criterion=1.3&returned=0")
    assert "2 items wait" in page.text
    found = form(page, "/decision")
    assert found.action == f"{item_url(site, '1.3')}/decision"
    answer = reviewer.send(found, verdict="approve")
    assert answer.location == "/review?criterion=1.3"
    again = form(reviewer.get(answer.location), "/decision")
    assert again.action == f"{item_url(site, '1.3', 'neighbour')}/decision"
    refused = reviewer.send(again, verdict="return")
    assert refused.status_code == 422
    assert form(refused, "/decision").values("criterion") == ["1.3"]


def test_who_passes_an_item_over_goes_on_behind_it(site: Site, time: Time) -> None:
    for key in ("3.2", "1.3", "4.1"):
        sent(site, key)
        time.pass_by(minutes=1)
    reviewer = Visitor(site, "reviewer")
    second = stored(site, "1.3")
    found = form(reviewer.get(f"/review?item={second.id}"), "/decision")
    page = reviewer.send(found, verdict="approve", follow=True)
    assert form(page, "/decision").action == f"{item_url(site, '4.1')}/decision"
    assert "Back to the oldest" in page.text
    page = reviewer.send(form(page, "/decision"), verdict="approve", follow=True)
    assert form(page, "/decision").action == f"{item_url(site, '3.2')}/decision"


@pytest.mark.parametrize("name", ["campaign", "age", "after", "before"])
@pytest.mark.parametrize("wish", ["x", "-1", "9" * 19, "１"])
def test_no_wish_breaks_the_desk(site: Site, name: str, wish: str) -> None:
    sent(site)
    assert Visitor(site, "reviewer").get(f"/review?{name}={wish}").status_code == 404


def test_a_kept_reason_is_offered_and_can_be_taken_away(site: Site) -> None:
    sent(site)
    sent(site, "1.3", "neighbour", "neighbour")
    reviewer, other = Visitor(site, "reviewer"), Visitor(site, "second_reviewer")
    found = decision(reviewer, site)
    reviewer.send(found, verdict="return", reason="Count the lamps.", keep="1")
    page = opened(other, site, unit="neighbour")
    assert page.text.count("Count the lamps.") == 1
    mine = opened(reviewer, site, unit="neighbour")
    assert "Take away: Count the lamps." in mine.text
    fields = {"retired": "kept-1", "item": str(stored(site, unit="neighbour").id)}
    given = {"csrf_token": other.token(), **fields}
    assert other.client.post("/review/reasons/retire", data=given).status_code == 403
    given["csrf_token"] = reviewer.token()
    assert reviewer.client.post("/review/reasons/retire", data=given).status_code == 303
    assert reviewer.client.post("/review/reasons/retire", data=given).status_code == 404
    assert "Count the lamps." not in opened(other, site, unit="neighbour").text


def marked(site: Site) -> tuple[str, list[int]]:
    """An item with two pictures, sent: its address and the pictures."""
    liaison, url = Visitor(site, "liaison"), item_url(site)
    for seed in (1, 2):
        send(liaison, url, jpeg(seed))
    assert liaison.send(form(liaison.get(url), "/submit")).status_code == 303
    with site.app.app_context():
        item = records.item(
            records.find(site.cast.enrolment("village", SLUG), EVERYWHERE), url[-3:]
        )
        assert item is not None
        return url, [each.id for each in records.attached(item.id)]


def test_a_mark_is_drawn_and_told_where_the_unit_looks(site: Site, time: Time) -> None:
    url, (first, second) = marked(site)
    reviewer, liaison = Visitor(site, "reviewer"), Visitor(site, "liaison")
    found = form(reviewer.get(f"/review?piece={second}"), "/decision")
    assert found.values("piece") == [str(second)]
    assert reviewer.send(found, verdict="return", reason="Here.", zone="9").status_code == 303
    for page in (liaison.get(url), liaison.get(f"/evidence/{second}")):
        assert "ellipse" not in page.text
    time.pass_by(minutes=5)
    page = liaison.get(url)
    assert "Circle, picture 2: bottom right" in page.text
    assert "Circle, picture 1: bottom right" in liaison.get(f"/evidence/{second}").text
    assert "ellipse" not in liaison.get(f"/evidence/{first}").text
    desk = reviewer.get(f"/review?item={_item(site, url)}&piece={second}&turn=90&zoom=1")
    assert "Marked at the last review" in desk.text
    assert 'data-turn="90"' in desk.text
    assert "is-large" in desk.text


def _item(site: Site, url: str) -> int:
    return stored(site, url[-3:]).id


@pytest.mark.parametrize("wrong", ["x", '[{"piece": 1}]', "[" * 2000])
def test_marks_that_are_none_are_given_back(site: Site, wrong: str) -> None:
    marked(site)
    reviewer = Visitor(site, "reviewer")
    found = form(reviewer.get("/review"), "/decision")
    answer = reviewer.send(found, verdict="return", reason="Kept.", marks=wrong)
    assert answer.status_code == 422
    assert "The marks could not be read" in answer.text
    assert form(answer, "/decision").values("reason")[0].strip() == "Kept."


def test_the_closest_picture_stands_beside_and_the_look_is_in_the_history(site: Site) -> None:
    for unit in ("liaison", "neighbour"):
        visitor = Visitor(site, unit)
        url = item_url(site, unit="village" if unit == "liaison" else "neighbour")
        for seed in (1, 2):
            send(visitor, url, jpeg(seed))
        visitor.send(form(visitor.get(url), "/submit"))
    reviewer = Visitor(site, "reviewer")
    page = reviewer.get("/review")
    assert "Side by side" in page.text
    assert 'id="pair"' not in page.text
    with site.app.app_context():
        assert db.session.scalar(sa.select(Event.id).where(Event.verb == "compared")) is None
    link = re.search(r'href="([^"]*beside=1)"', page.text)
    assert link is not None
    page = reviewer.get(link[1].replace("&amp;", "&"))
    assert 'id="pair"' in page.text
    thumb = re.search(r'src="(/evidence/\d+/alike/\d+/thumb)"', page.text)
    assert thumb is not None
    assert reviewer.get(thumb[1]).status_code == 200


def test_what_is_fetched_ahead_is_the_same_page_and_kept_for_seconds(site: Site) -> None:
    sent(site)
    reviewer = Visitor(site, "reviewer")
    ahead = reviewer.get("/review", headers={"X-Ahead": "1"})
    assert ahead.headers["Cache-Control"] == "private, max-age=15"
    assert reviewer.get("/review").headers["Cache-Control"] == "no-store"
    assert form(ahead, "/decision").action == form(reviewer.get("/review"), "/decision").action
