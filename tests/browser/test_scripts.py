"""The two scripts of the liaison: pictures sent one by one, typed words that are not lost."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Live
from tests.cast import PASSWORD
from tests.test_upload import item_url, jpeg

pytestmark = pytest.mark.browser


def photo(folder: Path, name: str, content: bytes) -> Path:
    """A file as the phone's gallery has it."""
    file = folder / name
    file.write_bytes(content)
    return file


def test_each_picture_is_sent_by_itself_and_a_bad_one_stops_none(
    live: Live, tmp_path: Path
) -> None:
    page = live.visit("liaison", language="en-GB")
    page.goto(item_url(live.site))
    page.set_input_files(
        "#file",
        [
            photo(tmp_path, "a.jpg", jpeg(1)),
            photo(tmp_path, "bad.jpg", b"no picture"),
            photo(tmp_path, "b.jpg", jpeg(2)),
        ],
    )
    expect(page.locator("#evidence li")).to_have_count(2)
    expect(page.locator("#evidence h2")).to_have_text("Pictures: 2 of 2, enough")
    expect(page.locator("#standing")).to_contain_text("Ready to send")
    expect(page.locator("[data-queue]")).to_contain_text("not a picture that can be read")
    expect(page.locator("[data-plain]")).to_have_count(0)
    page.locator("#answer .btns button").click()
    expect(page.locator("[data-state=submitted]").first).to_be_visible()


def test_what_was_typed_outlives_a_picture_taken_away_and_an_ended_session(
    live: Live, tmp_path: Path
) -> None:
    page = live.visit("liaison", language="en-GB")
    page.goto(item_url(live.site, "3.2"))
    page.fill("#numerator", "4")
    page.fill("#note", "kept")
    page.locator("details summary").first.click()
    page.set_input_files("#file", [photo(tmp_path, "a.jpg", jpeg(1))])
    expect(page.locator("#evidence li")).to_have_count(1)
    page.locator("#evidence button").click()
    expect(page.locator("#evidence li")).to_have_count(0)
    expect(page.locator("#note")).to_have_value("kept")
    page.context.clear_cookies()
    page.locator("#answer .btns button").click()
    page.wait_for_url("**/login**")
    page.fill("[name=username]", "liaison")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/items/3.2")
    expect(page.locator("#numerator")).to_have_value("4")
    expect(page.locator("#note")).to_have_value("kept")
    page.fill("#denominator", "5")
    page.press("#denominator", "Enter")
    expect(page.locator("[data-state=submitted]").first).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#note")).to_have_value("kept")
