"""The desk with the hands on the keyboard, and a picture that is turned and marked."""

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.database import db
from campaigns.enrolment import records, recount, transitions
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.review import Decision
from tests.browser.conftest import DESKTOP, PHONE, Live
from tests.doing import EVERYWHERE, good
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, form, meanwhile

pytestmark = pytest.mark.browser
MANY = 40


def waiting(live: Live, number: int) -> list[int]:
    """Sends so many items of villages of the town; their ids in the order of the queue."""
    cast, made = live.site.cast, []
    with meanwhile(live.site):
        town = db.session.get_one(Enrolment, cast.enrolment("village", "drug-free-village")).town_id
        query = sa.select(Enrolment.id).where(
            Enrolment.campaign_id == cast.campaigns["drug-free-village"],
            Enrolment.town_id == town,
        )
        ids = db.session.scalars(query.order_by(Enrolment.id)).all()
        for one in ids:
            found = records.find(one, EVERYWHERE)
            for each in campaigns.slots(found.campaign):
                here = not each.criterion.department and each.is_open(clock.today())
                if here and len(made) < number:
                    answer = good(found, each, cast.people["liaison"])
                    sent = transitions.submit(found, each, answer, 1, by=cast.people["liaison"])
                    made.append(sent.id)
    assert len(made) == number
    return made


def decisions(live: Live) -> list[Any]:
    with live.site.app.app_context():
        columns = (Decision.item_id, Decision.approved, Decision.preset, Decision.marks)
        return list(db.session.execute(sa.select(*columns).order_by(Decision.id)))


def test_forty_items_are_decided_with_the_keyboard_alone(live: Live) -> None:
    items = waiting(live, MANY)
    page = live.visit("reviewer", DESKTOP, language="en-GB")
    page.goto("/review")
    chosen: list[str | None] = []
    for number, _item in enumerate(items):
        before = opened(page)
        key = str(number % 6 + 1)
        if number % 4 == 3:
            preset = page.locator(f"[data-press='{key}']").get_attribute("value")
            page.keyboard.press("r")
            page.keyboard.press(key)
            page.keyboard.press("Enter")
            chosen.append(preset)
        else:
            page.keyboard.press("a")
            chosen.append(None)
        if number < MANY - 1:
            expect(page.locator("#decision")).not_to_have_attribute("action", before)
    expect(page.locator("main")).to_contain_text("Nothing waits for you")
    made = decisions(live)
    assert [row.item_id for row in made] == items
    assert [row.approved for row in made] == [each is None for each in chosen]
    assert [row.preset for row in made] == chosen
    with live.site.app.app_context():
        states = [db.session.get_one(Item, each).state for each in items]
        assert list(recount.check()) == []
    wanted = [ItemState.APPROVED if each is None else ItemState.RETURNED for each in chosen]
    assert states == wanted


def opened(page: Page) -> str:
    return page.locator("#decision").get_attribute("action") or ""


def test_the_keys_walk_leave_text_alone_and_can_be_switched_off(live: Live) -> None:
    waiting(live, 3)
    page = live.visit("reviewer", DESKTOP, language="en-GB")
    page.goto("/review")
    first = opened(page)
    page.keyboard.press("j")
    expect(page.locator("#decision")).not_to_have_attribute("action", first)
    second = opened(page)
    page.keyboard.press("k")
    expect(page.locator("#decision")).to_have_attribute("action", first)

    page.fill("#reason", "")
    page.locator("#reason").press_sequentially("a jar")
    expect(page.locator("#reason")).to_have_value("a jar")
    assert decisions(live) == []
    page.reload()
    expect(page.locator("#reason")).to_have_value("a jar")
    page.goto(page.locator("#next").get_attribute("href") or "")
    expect(page.locator("#decision")).to_have_attribute("action", second)
    expect(page.locator("#reason")).to_have_value("")

    page.keyboard.press("?")
    expect(page.locator("#keys .keys")).to_be_visible()
    page.locator("#keys-switch input").uncheck()
    page.reload()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_have_attribute("action", second)
    assert decisions(live) == []


def proven(live: Live) -> str:
    """An item with two pictures, sent; its page."""
    liaison, url = Visitor(live.site, "liaison"), item_url(live.site)
    for seed in (1, 2):
        send(liaison, url, jpeg(seed))
    assert liaison.send(form(liaison.get(url), "/submit")).status_code == 303
    return url


def test_a_circle_and_an_arrow_are_drawn_by_pointer_and_by_keys(live: Live) -> None:
    url = proven(live)
    page = live.visit("reviewer", DESKTOP, language="en-GB")
    page.goto("/review")
    expect(page.locator("#photo image")).to_be_visible()
    page.keyboard.press("t")
    expect(page.locator("#photo")).to_have_attribute("data-turn", "90")
    page.keyboard.press("c")
    box = page.locator("#photo image").bounding_box()
    assert box is not None
    # A quarter turned to the right, what is seen top right is the upright picture's top left.
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.3)
    page.mouse.up()
    expect(page.locator("#drawn li")).to_contain_text("Circle, picture 1: top left")
    page.keyboard.press("w")
    for key in ("ArrowLeft", "ArrowUp", "+", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#drawn li")).to_have_count(2)
    page.keyboard.press("2")
    page.reload()
    expect(page.locator("#drawn li")).to_have_count(2)
    expect(page.locator("[data-press='2']")).to_be_checked()
    page.locator("[data-press='2']").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Returned")
    (made,) = decisions(live)
    circle, arrow = made.marks
    assert (circle["kind"], arrow["kind"]) == ("circle", "arrow")
    assert abs(circle["x"] - 200) <= 5
    assert abs(circle["y"] - 200) <= 5
    assert abs(circle["dx"] - 100) <= 5
    assert (arrow["x"], arrow["y"]) == (475, 475)
    plain = live.visit("auditor", PHONE, scripts=False, language="en-GB")
    plain.goto(url)
    expect(plain.locator("[data-marked] .marks")).to_contain_text("Circle, picture 1: top left")
    expect(plain.locator("[data-marked] ellipse")).to_have_count(2)


def test_without_a_script_a_part_is_circled_and_the_picture_turned(live: Live) -> None:
    proven(live)
    page = live.visit("reviewer", PHONE, scripts=False, language="en-GB")
    page.goto("/review")
    page.get_by_role("link", name="Turn", exact=True).click()
    expect(page.locator("#photo")).to_have_attribute("data-turn", "90")
    page.get_by_text("Circle a part without drawing").click()
    page.get_by_label("bottom right").check()
    page.fill("#reason", "The sign cannot be read.")
    page.get_by_role("button", name="Return this item").click()
    (made,) = decisions(live)
    assert [(each["kind"], each["x"] > 667, each["y"] > 667) for each in made.marks] == [
        ("circle", True, True)
    ]
