"""The service worker: pages that were seen can be read without the server, by their owner only."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live
from tests.browser.test_outbox import photo, sign_in, unsent
from tests.conftest import Site
from tests.serving import served
from tests.test_upload import item_url

pytestmark = pytest.mark.browser


def kept(page: Page) -> list[str]:
    """The pages that the browser keeps, by their paths."""
    found: list[str] = page.evaluate(
        """async () => {
          const names = (await caches.keys()).filter((name) => name.startsWith("pages-"));
          const kept = await Promise.all(names.map((name) => caches.open(name)));
          const keys = await Promise.all(kept.map((cache) => cache.keys()));
          return keys.flat().map((each) => new URL(each.url).pathname);
        }"""
    )
    return found


def wait_until_kept(page: Page, path: str) -> None:
    """The worker keeps a page after it has shown it."""
    for _ in range(100):
        if path in kept(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{path} is not kept: {kept(page)}")


def test_pages_seen_before_open_without_the_server_and_photos_wait(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    item = item_url(site)
    with served(site) as server:
        live = Live(site, server.url, chromium, [], [])
        page = live.visit("liaison", language="en-GB", workers=True)
        wait_until_kept(page, "/outbox")
        page.goto("/")
        page.locator(f"a[href='{item.rpartition('/items')[0]}']").first.click()
        page.wait_for_url("**/enrolments/*")
        page.goto(item)
        wait_until_kept(page, item)
        server.stop()
        page.goto(item)
        expect(page.locator("h1")).to_contain_text("2.2")
        expect(page.locator("#outbox")).to_contain_text("as it was when you last opened it")
        page.set_input_files("#file", [photo(tmp_path, 1)])
        unsent(page, 1)
        # Only its fragment was seen, within another page.
        page.goto(item.rpartition("/items")[0])
        expect(page.locator("h1")).to_be_visible()
        unsent(page, 1)
        # What was never seen leads to the photos.
        page.goto("/account")
        expect(page.get_by_text("On this phone; goes on by itself")).to_be_visible()
        page.context.close()


def test_signing_out_and_another_person_leave_nothing_to_read(live: Live) -> None:
    page = live.visit("liaison", language="en-GB", workers=True)
    wait_until_kept(page, "/outbox")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    for _ in range(50):
        if not kept(page):
            break
        page.wait_for_timeout(100)
    assert kept(page) == []
    sign_in(page, "liaison")
    wait_until_kept(page, "/")
    page.context.clear_cookies()
    page.goto("/login")
    sign_in(page, "school_liaison")
    wait_until_kept(page, "/")
    names = page.evaluate("caches.keys().then((all) => all.filter((n) => n.startsWith('pages')))")
    assert names == [f"pages-1-{live.site.cast.people['school_liaison']}"]
