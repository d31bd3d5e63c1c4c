"""What anybody may see without signing in: the titles of a unit, and the seals of the history."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import segno
import sqlalchemy as sa
from flask.testing import FlaskClient

from campaigns import seals
from campaigns.database import db
from campaigns.documents import qr
from campaigns.pages import limits
from campaigns.titles import Title
from tests.at_stake import entitle
from tests.conftest import Site, Time
from tests.visiting import Visitor, counted, meanwhile


def public(site: Site) -> FlaskClient:
    """Somebody who is not signed in, reading English."""
    client = site.app.test_client()
    client.set_cookie("language", "en")
    return client


def address(site: Site, unit: str = "village") -> str:
    """Where the card of a unit leads."""
    page = Visitor(site, "office").get(f"/units/{site.cast.units[unit]}/card").text
    found = re.search(r'href="http://127.0.0.1:8000(/verify/units/[^"]+)"', page)
    assert found
    return found[1]


def test_the_card_leads_to_the_titles_that_are_valid_today(site: Site, time: Time) -> None:
    with meanwhile(site):
        entitle(site.cast, "village")
    page = public(site).get(address(site))
    assert page.status_code == 200
    for part in ("Peace village", "1 Dec 2025", "by version 1 of the standard"):
        assert part in page.text, part
    assert page.text.count('class="ttl"') == 1
    with meanwhile(site):
        last = db.session.scalars(sa.select(Title.valid_to)).one()
    time.pass_by(days=(last - date(2026, 9, 16)).days)
    assert 'class="ttl"' in public(site).get(address(site)).text
    time.pass_by(days=1)
    assert "No title of this unit is valid today." in public(site).get(address(site)).text


def test_a_title_that_ended_before_its_time_is_not_shown(site: Site, time: Time) -> None:
    with meanwhile(site):
        entitle(site.cast, "village")
        ended = time.now.date() - timedelta(days=1)
        db.session.execute(sa.update(Title).values(ended_on=ended))
    assert 'class="ttl"' not in public(site).get(address(site)).text


def test_the_public_list_tells_of_titles_and_nothing_else(site: Site) -> None:
    page = public(site).get(address(site)).text
    assert not re.findall(r'href="/(?!static|"|login)', page)
    for kept in ("Drug-free", "U51138", "timeline", "liaison"):
        assert kept not in page


def test_only_the_whole_code_opens_the_list(site: Site) -> None:
    client, good = public(site), address(site)
    other = address(site, "neighbour")
    assert good != other
    head, secret = good.rsplit("-", 1)
    wrong = (
        *(head, f"{head}-", f"{head}-{secret[:-1]}", f"{good}a", f"{head}-{secret.upper()}"),
        f"{other.rsplit('-', 1)[0]}-{secret}",
        good.replace("/units/", "/units/0"),
        f"/verify/units/9999999999-{secret}",
        f"/verify/units/²-{secret}",
        "/verify/units/x",
        "/verify/units/" + "9" * 500,
    )
    absent = client.get(f"/verify/units/{2**31 - 1}-{secret}")
    assert absent.status_code == 404
    for each in wrong:
        answer = client.get(each)
        assert answer.status_code == 404, each
        assert abs(len(answer.data) - len(absent.data)) < 600
    assert client.get(good).status_code == 200


def test_the_code_is_this_installations_and_lasts(site: Site) -> None:
    good = address(site)
    assert address(site) == good
    site.app.config["CAMPAIGNS"] = _with_another_key(site)
    assert address(site) != good
    assert public(site).get(good).status_code == 404


def _with_another_key(site: Site) -> object:
    return replace(site.app.config["CAMPAIGNS"], secret_key="1" * 64)


def test_the_card_is_for_whoever_sees_the_unit_and_trusts_no_host(site: Site) -> None:
    unit = site.cast.units["village"]
    liaison = Visitor(site, "liaison")
    page = liaison.get(f"/units/{unit}/card", headers={"X-Forwarded-Host": "evil.example"})
    assert page.status_code == 200
    assert "evil" not in page.text
    assert f"/units/{unit}/card" in liaison.get(f"/units/{unit}").text
    assert liaison.get(f"/units/{site.cast.units['far village']}/card").status_code == 404
    assert public(site).get(f"/units/{unit}/card").status_code == 303


def test_the_code_is_drawn_as_it_is() -> None:
    text = "http://127.0.0.1:8000/verify/units/1-aaaaaaaaaaaaaaaaaaaaaaaa"
    code = qr.drawn(text)
    dark = {
        (int(x) + step, int(y))
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", code.path)
        for step in range(int(length))
    }
    wanted = segno.make_qr(text, error="m").matrix_iter(border=4)
    rows = [list(row) for row in wanted]
    assert dark == {(x, y) for y, row in enumerate(rows) for x, each in enumerate(row) if each}
    assert code.size == len(rows)


def test_a_seal_is_shown_as_it_is(site: Site) -> None:
    with site.app.app_context():
        seals.seal()
        wanted = seals.find(1).hash
        db.session.rollback()
    client = public(site)
    page = client.get("/verify/seals/1")
    shown = re.search(r"<code>([0-9a-f ]+)</code>", page.text)
    assert shown
    assert shown[1].replace(" ", "") == wanted
    assert "16 Sep 10:00" in page.text
    for absent in ("/verify/seals/2", "/verify/seals/0", f"/verify/seals/{2**31}"):
        assert client.get(absent).status_code == 404
    assert client.get("/verify/seals/x").status_code == 404


def test_an_older_seal_leads_to_the_newest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "_EVENTS", 3)
    with site.app.app_context():
        seals.seal()
        newest = seals.newest()
        assert newest is not None
        number = newest.number
        db.session.rollback()
    client = public(site)
    assert f"Newest seal: {number}" in client.get("/verify/seals/1").text
    assert "Newest seal" not in client.get(f"/verify/seals/{number}").text


def test_one_address_may_look_only_so_often(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    good = address(site)
    client = public(site)
    monkeypatch.setattr(limits.time, "monotonic", lambda: 100.0)
    for _ in range(limits.LOOKS):
        assert client.get("/verify/seals/1").status_code == 404
    for each in (good, "/verify/seals/1", "/verify/units/x"):
        answer = client.get(each)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "1"
    assert "Try again in a moment." in answer.text
    elsewhere = client.get(good, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert elsewhere.status_code == 200
    monkeypatch.setattr(limits.time, "monotonic", lambda: 101.0)
    assert client.get(good).status_code == 200


def test_limits_do_not_grow_with_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_REMEMBERED", 3)
    for number in range(10):
        limits.look_of(f"192.0.2.{number}")
    assert len(limits._shares) == 3


def test_the_public_pages_ask_the_database_little(site: Site) -> None:
    good = address(site)
    client = public(site)
    client.get(good)
    with counted(site) as sent:
        client.get(good)
    assert len(sent) <= 5
