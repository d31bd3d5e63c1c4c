"""A real server, a real Chromium: what the browser tests stand on."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.cast import PASSWORD
from tests.conftest import Site

PHONE, DESKTOP = (390, 844), (1280, 900)
CHROMIUM = "/usr/bin/chromium"
#: A name that the browser reaches the server by as a village does: without HTTPS, and not its own.
PLAIN = "village.test"
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
ARGUMENTS += [f"--host-resolver-rules=MAP {PLAIN} 127.0.0.1"]


@dataclass
class Live:
    """A site being served; opens browsers on it, and notes every request that leaves it."""

    site: Site
    url: str
    browser: Browser
    strangers: list[str]
    contexts: list[BrowserContext]

    def visit(
        self,
        username: str | None,
        size: tuple[int, int] = PHONE,
        *,
        scripts: bool = True,
        language: str = "zh-CN",
        workers: bool = False,
    ) -> Page:
        """A new browser of this size, signed in unless ``username`` is None. With ``workers`` it
        keeps pages for days without a network; then nothing can be intercepted on its way."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            locale=language,
            base_url=self.url,
            service_workers="allow" if workers else "block",
        )
        context.set_default_timeout(15_000)
        context.on("request", lambda request: self._note(request.url))
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.strangers.append(f"script error: {error}"))
        if username is not None:
            page.goto("/login")
            page.fill("[name=username]", username)
            page.fill("[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _note(self, url: str) -> None:
        if not url.startswith((self.url, "blob:", "data:")):
            self.strangers.append(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, one for each worker."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def live(site: Site, chromium: Browser) -> Iterator[Live]:
    """A served site; fails the test when a page asked another host, or a script failed."""
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found = Live(site, f"http://127.0.0.1:{server.server_port}", chromium, [], [])
    yield found
    for context in found.contexts:
        context.close()
    server.shutdown()
    thread.join()
    assert found.strangers == []


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos as a phone would take them."""
    from campaigns.demonstration.drawing import draw

    made = []
    for number, scene in enumerate(("board", "room")):
        file = tmp_path / f"photo-{number}.jpg"
        file.write_bytes(draw(scene, number, f"test picture {number}"))
        made.append(file)
    return made
