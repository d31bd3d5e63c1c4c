"""Last time's proof on a phone: one tap on the item, one on the checklist, several at once."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, Live
from tests.conftest import Time
from tests.earlier import last_year
from tests.visiting import meanwhile

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_one_tap_says_that_it_is_still_true(live: Live, time: Time, scripts: bool) -> None:
    with meanwhile(live.site):
        last_year(live.site.cast, time, ("1.3", "3.2", "4.1", "4.2"))
    url = f"/enrolments/{live.site.cast.enrolment('village', 'drug-free-village')}"
    page = live.visit("liaison", PHONE, scripts=scripts, language="en-GB")

    page.goto(f"{url}/items/1.3")
    page.get_by_role("button", name="Yes, still true today").click()
    expect(page.get_by_role("status")).to_contain_text("Confirmed as still true")
    expect(page.locator("[data-key='1.3']")).to_have_attribute("data-state", "submitted")

    expect(page.locator("[data-still-true]")).to_contain_text("3 items can be confirmed")
    tap = page.get_by_role("button", name="Still true 3.2")
    box = tap.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    tap.click()
    expect(page.locator("[data-key='3.2']")).to_have_attribute("data-state", "submitted")

    page.get_by_role("link", name="Confirm several at once").click()
    for code in ("4.1", "4.2"):
        page.get_by_label(code).check()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.get_by_role("button", name="Confirm what is ticked").click()
    expect(page.locator("[data-key='4.2']")).to_have_attribute("data-state", "submitted")
    expect(page.locator("[data-still-true]")).to_have_count(0)

    reviewer = live.visit("reviewer", DESKTOP, scripts=scripts, language="en-GB")
    reviewer.goto("/review")
    expect(reviewer.locator("[data-carried]")).to_contain_text("confirmed still true on 16 Sep")
