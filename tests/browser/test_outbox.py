"""The outbox: what is chosen is kept on the phone first and arrives once, whatever happens."""

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from campaigns.database import db
from campaigns.evidence.records import Evidence
from tests.browser.conftest import PLAIN, Live
from tests.cast import PASSWORD
from tests.conftest import Site
from tests.serving import served
from tests.test_upload import item_url, jpeg
from tests.visiting import meanwhile

pytestmark = pytest.mark.browser
UPLOADS = "**/uploads**"


def photo(folder: Path, seed: int = 1, size: tuple[int, int] = (640, 480)) -> Path:
    """A photo in the phone's gallery."""
    file = folder / f"photo-{seed}.jpg"
    file.write_bytes(jpeg(seed, size))
    return file


def arrived(site: Site) -> list[Evidence]:
    """What the server has."""
    with meanwhile(site):
        found = list(db.session.scalars(sa.select(Evidence).order_by(Evidence.id)))
        db.session.expunge_all()
    return found


def opened(live: Live) -> Page:
    """The liaison's phone with an item open."""
    page = live.visit("liaison", language="en-GB")
    page.goto(item_url(live.site))
    return page


def choose(page: Page, *files: Path) -> None:
    """Chooses from the gallery."""
    page.set_input_files("#file", list(files))
    expect(page.locator("[data-queue] li, #evidence li")).to_have_count(len(files))


def unsent(page: Page, number: int) -> None:
    """The strip has counted, and says how many have not arrived; without any there is none."""
    expect(page.locator("#outbox")).to_have_attribute("data-unsent", str(number))
    if number:
        words = f"{number} photo{'s' if number > 1 else ''} not sent yet"
        expect(page.locator("#outbox strong")).to_have_text(words)
    expect(page.locator("#outbox")).to_be_visible(visible=number > 0)


def sign_in(page: Page, username: str) -> None:
    """Signs in on the page that asks for it."""
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/login" not in url)


def test_without_a_network_photos_are_kept_and_go_when_it_is_back(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    page.context.set_offline(True)
    choose(page, photo(tmp_path, 1), photo(tmp_path, 2))
    unsent(page, 2)
    expect(page.locator("[data-queue]")).to_contain_text("goes on by itself")
    page.context.set_offline(False)
    expect(page.locator("#evidence li")).to_have_count(2)
    expect(page.locator("[data-queue] li")).to_have_count(0)
    expect(page.locator("#standing")).to_contain_text("Ready to send")
    unsent(page, 0)


def test_a_page_left_in_the_middle_goes_on_where_it_was(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(route.request.method)
        if sent.count("PATCH") > 1:
            route.abort()
        else:
            route.continue_()

    page.route(UPLOADS, lose)
    page.evaluate("localStorage.setItem('outbox:' + outbox.dataset.person, '{\"full\": true}')")
    large = photo(tmp_path, 90, (1600, 1200))
    choose(page, large)
    expect(page.locator("[data-queue]")).to_contain_text("goes on by itself")
    page.unroute(UPLOADS)
    offsets: list[str] = []
    page.on("request", lambda asked: offsets.append(asked.headers.get("upload-offset", "")))
    page.goto("/")
    unsent(page, 0)
    assert next(each for each in offsets if each) == str(256 * 1024)
    [piece] = arrived(live.site)
    assert piece.sent_sha256 == hashlib.sha256(large.read_bytes()).hexdigest()


def test_nothing_of_it_needs_https(live: Live, tmp_path: Path) -> None:
    live.url = live.url.replace("127.0.0.1", PLAIN)
    page = opened(live)
    assert page.evaluate("!isSecureContext && !navigator.locks && !navigator.serviceWorker")
    page.route(UPLOADS, lambda route: route.abort())
    choose(page, photo(tmp_path, 1))
    unsent(page, 1)
    page.unroute(UPLOADS)
    page.goto("/")
    unsent(page, 0)
    assert len(arrived(live.site)) == 1


def test_of_two_tabs_one_sends(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    other = page.context.new_page()
    other.goto("/outbox")
    made: list[str] = []
    page.context.on("request", lambda r: made.append(r.url) if r.method == "POST" else None)
    page.context.set_offline(True)
    choose(page, photo(tmp_path, 1), photo(tmp_path, 2))
    unsent(other, 2)
    page.context.set_offline(False)
    unsent(page, 0)
    unsent(other, 0)
    assert len(arrived(live.site)) == 2
    assert len(made) == 2


def test_a_server_that_is_killed_in_the_middle_gets_the_rest_when_it_is_back(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    with served(site) as server:
        live = Live(site, server.url, chromium, [], [])
        page = opened(live)
        page.evaluate("localStorage.setItem('outbox:' + outbox.dataset.person, '{\"full\": true}')")

        down: list[str] = []

        def cut(route: Route) -> None:
            if route.request.headers.get("upload-offset", "0") != "0" and not down:
                down.append(route.request.url)
                server.kill()
            route.continue_()

        page.route(UPLOADS, cut)
        large = photo(tmp_path, 90, (1600, 1200))
        choose(page, large)
        expect(page.locator("[data-queue]")).to_contain_text("goes on by itself")
        server.start()
        expect(page.locator("#evidence li")).to_have_count(1, timeout=60_000)
        unsent(page, 0)
        page.context.close()
    [piece] = arrived(site)
    assert piece.sent_sha256 == hashlib.sha256(large.read_bytes()).hexdigest()


def test_two_persons_on_one_phone_do_not_meet(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    page.route(UPLOADS, lambda route: route.abort())
    choose(page, photo(tmp_path, 1))
    unsent(page, 1)
    page.context.clear_cookies()
    page.goto("/login")
    sign_in(page, "school_liaison")
    page.unroute(UPLOADS)
    page.goto("/outbox")
    expect(page.get_by_text("Everything has arrived.")).to_be_visible()
    unsent(page, 0)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert arrived(live.site) == []
    sign_in(page, "liaison")
    unsent(page, 0)
    [piece] = arrived(live.site)
    assert piece.uploader_id == live.site.cast.people["liaison"]


def test_a_session_that_ended_keeps_the_photo_until_the_same_person_is_back(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    page.context.clear_cookies()
    choose(page, photo(tmp_path, 1))
    expect(page.locator("#outbox")).to_contain_text("Sign in again, then it goes on")
    unsent(page, 1)
    page.locator("#outbox a").click()
    page.wait_for_url("**/login**")
    sign_in(page, "liaison")
    page.wait_for_url("**/items/2.2")
    expect(page.locator("#evidence li")).to_have_count(1)
    unsent(page, 0)


def test_a_tab_whose_token_is_old_takes_a_new_one(live: Live, tmp_path: Path) -> None:
    page = opened(live)
    page.context.clear_cookies()
    other = page.context.new_page()
    other.goto("/login")
    sign_in(other, "liaison")
    choose(page, photo(tmp_path, 1))
    expect(page.locator("#evidence li")).to_have_count(1)
    assert len(arrived(live.site)) == 1


@pytest.mark.parametrize("choice", ["send", "keep", "delete", "stay"])
def test_signing_out_asks_what_becomes_of_unsent_photos(
    live: Live, tmp_path: Path, choice: str
) -> None:
    page = opened(live)
    page.route(UPLOADS, lambda route: route.abort())
    choose(page, photo(tmp_path, 1))
    unsent(page, 1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("What shall become of them?")
    page.unroute(UPLOADS)
    page.locator(f"dialog button[value={choice}]").click()
    if choice == "stay":
        expect(page.get_by_role("dialog")).to_have_count(0)
        unsent(page, 1)
        return
    page.wait_for_url("**/login")
    assert len(arrived(live.site)) == (1 if choice == "send" else 0)
    sign_in(page, "liaison")
    unsent(page, 0)
    assert len(arrived(live.site)) == (0 if choice == "delete" else 1)


def test_three_photos_take_one_tap_each_and_one_to_send_the_item(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    page.evaluate("window.taps = 0; addEventListener('pointerdown', () => taps++, true)")
    for seed in (1, 2, 3):
        with page.expect_file_chooser() as chooser:
            page.locator("label[for=camera]").click()
        chooser.value.set_files(photo(tmp_path, seed))
    # Pressed at once: it goes by itself when the last photo has arrived.
    page.locator("#answer .btns button").click()
    expect(page.locator("[data-state=submitted]").first).to_be_visible()
    assert page.evaluate("taps") <= 3 * 3
    assert len(arrived(live.site)) == 3


def test_what_the_server_turns_down_stays_with_its_reason_until_it_is_deleted(
    live: Live, tmp_path: Path
) -> None:
    page = opened(live)
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    choose(page, bad, photo(tmp_path, 1))
    expect(page.locator("#evidence li")).to_have_count(1)
    expect(page.locator("[data-queue]")).to_contain_text("not a picture that can be read")
    unsent(page, 1)
    page.goto("/outbox")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Really delete? Tap again").click()
    unsent(page, 0)
    expect(page.get_by_text("Everything has arrived.")).to_be_visible()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_on_what_the_outbox_shows(
    live: Live, tmp_path: Path, language: str
) -> None:
    page, found = live.visit("liaison", language=language), []

    def look(where: str) -> None:
        violations = Axe().run(page).response["violations"]
        found.extend(f"{where}: {v['id']} {v['nodes'][0]['html'][:150]}" for v in violations)

    page.route(UPLOADS, lambda route: route.abort())
    page.goto(item_url(live.site))
    choose(page, photo(tmp_path, 1))
    expect(page.locator("#outbox")).to_be_visible()
    look("item")
    page.locator("[data-queue] button").first.click()
    expect(page.locator("dialog canvas")).to_be_visible()
    look("painter")
    page.locator("dialog [value=cancel]").click()
    page.goto("/outbox")
    expect(page.locator("[data-photo] img")).to_be_visible()
    look("outbox")
    page.locator("form[action='/logout'] button").click()
    look("leaving")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert found == []
