"""The whole way in a real browser: a photo on a phone becomes a percentage on the board."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Live
from tests.cast import TIANGONG

pytestmark = pytest.mark.browser
#: A photo item of which two pieces are wanted.
ITEM = "2.2"


def approved(page: Page, code: str, campaign: int) -> int:
    """How many items the board of a place counts as approved."""
    page.goto(f"/coverage/{code}?campaign={campaign}")
    figure = page.locator("main [data-figure=progress]").first
    return int(figure.get_attribute("data-numerator") or -1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_two_photos_are_sent_approved_and_counted(
    live: Live, photos: list[Path], size: tuple[int, int], scripts: bool
) -> None:
    cast = live.site.cast
    campaign = cast.campaigns["drug-free-village"]
    places = ("511381", TIANGONG)
    leader = live.visit("leader", DESKTOP, scripts=scripts)
    before = [approved(leader, code, campaign) for code in places]

    liaison = live.visit("liaison", size, scripts=scripts)
    enrolment = cast.enrolment("village", "drug-free-village")
    liaison.goto(f"/enrolments/{enrolment}/items/{ITEM}")
    if scripts:
        liaison.locator("input[type=file][multiple]").set_input_files(photos)
        expect(liaison.locator("input[name=evidence]")).to_have_count(2)
    else:
        for number, photo in enumerate(photos, start=1):
            liaison.locator("input[type=file]").last.set_input_files(photo)
            liaison.locator("form[action='/evidence'] button[type=submit]").last.click()
            expect(liaison.locator("input[name=evidence]")).to_have_count(number)
    liaison.locator("form[action$='/submit'] button[type=submit]").last.click()
    expect(liaison.locator("main [data-state=submitted]").first).to_be_visible()

    reviewer = live.visit("reviewer", DESKTOP, scripts=scripts)
    reviewer.goto("/review")
    reviewer.locator("button[name=verdict][value=approve]").first.click()
    expect(reviewer.get_by_role("status").first).to_be_visible()

    after = [approved(leader, code, campaign) for code in places]
    assert after == [number + 1 for number in before]
