"""One proof, many items in the browser: the offer is there as soon as a photo has arrived."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from campaigns import standards
from tests.browser.conftest import PHONE, Live
from tests.earlier import campaign, taking_part
from tests.test_upload import item_url, jpeg
from tests.visiting import meanwhile

pytestmark = pytest.mark.browser


def test_a_photo_that_has_arrived_is_attached_elsewhere_with_one_tap(
    live: Live, tmp_path: Path
) -> None:
    cast, key = live.site.cast, "2.1@2026Q3"
    with meanwhile(live.site):
        version = standards.versions_of("drug-free-village")[0]
        again = taking_part(cast, campaign(cast, version, 2026)).id
    page = live.visit("liaison", PHONE, language="en-GB")
    page.goto(item_url(live.site, key))
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg())
    page.set_input_files("#file", file)
    offer = page.locator("[data-fits]")
    expect(offer.locator("h2")).to_have_text("This also fits 1 item elsewhere")
    assert Axe().run(page).response["violations"] == []
    offer.locator("button").click()
    expect(page.locator(".toast")).to_contain_text("Attached")
    expect(page.locator("#fits")).to_contain_text("Ready to send")
    page.click("#fits a")
    page.wait_for_url(f"**/enrolments/{again}/items/{key}")
    expect(page.locator("#evidence li")).to_have_count(1)
