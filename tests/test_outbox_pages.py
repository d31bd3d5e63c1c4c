"""The outbox over HTTP: its page, whose pages may be kept, and who sends nothing."""

import pytest

from tests.conftest import Site
from tests.visiting import Visitor


def test_whoever_proves_has_the_strip_and_her_pages_say_whose_they_are(site: Site) -> None:
    for username in ("liaison", "reviewer"):
        page = Visitor(site, username).get("/outbox")
        person = str(site.cast.people[username])
        assert page.headers["Outbox-Person"] == person
        assert f'data-person="{person}"' in page.text
        assert 'id="leaving"' in page.text


@pytest.mark.parametrize("username", ["leader", "auditor", "office"])
def test_nobody_else_has_an_outbox(site: Site, username: str) -> None:
    visitor = Visitor(site, username)
    assert visitor.get("/outbox").status_code == 403
    page = visitor.get("/account")
    assert "Outbox-Person" not in page.headers
    assert "outbox" not in page.text


def test_a_stranger_s_page_is_nobody_s(site: Site) -> None:
    page = site.app.test_client().get("/login")
    assert page.status_code == 200
    assert "Outbox-Person" not in page.headers
    assert "outbox" not in page.text


def test_the_service_worker_lies_at_the_root_and_is_always_asked_anew(site: Site) -> None:
    answer = site.app.test_client().get("/service-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
