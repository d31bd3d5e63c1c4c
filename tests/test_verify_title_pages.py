"""What anybody sees of a title whose serial she has before her."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaigns.database import db
from campaigns.pages import limits
from campaigns.titles import Suspension, Title
from tests.conftest import Site, Time
from tests.doing import entitle
from tests.visiting import counted, meanwhile


@pytest.fixture
def serial(site: Site) -> str:
    with meanwhile(site):
        return title(entitle(site.cast, "village")).serial


def title(number: int = 1) -> Title:
    return db.session.get_one(Title, number)


def public(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.set_cookie("language", "en")
    return client


def test_a_valid_title_is_shown_and_nothing_but_it(site: Site, serial: str) -> None:
    page = public(site).get(f"/verify/{serial}")
    assert page.status_code == 200
    assert 'data-standing="valid"' in page.text
    for part in ("Peace village", "version 1", "2025-12-01", serial, "Tiangong", "is valid"):
        assert part in page.text, part
    assert not re.findall(r'href="/(?!static|"|login)', page.text)
    for kept in ("U51138", "liaison", "reason", "document"):
        assert kept not in page.text
    assert public(site).get(f"/verify/{serial.upper()}").status_code == 200


def test_a_household_title_says_how_many(site: Site, serial: str) -> None:
    with meanwhile(site):
        found = title()
        found.number = 87
    assert "87 households" in public(site).get(f"/verify/{serial}").text


@pytest.mark.parametrize(
    ("standing", "days"), [("valid", 0), ("not_yet", -300), ("lapsed", 366 * 6)]
)
def test_the_day_says_what_it_is(
    site: Site, serial: str, time: Time, standing: str, days: int
) -> None:
    time.now += timedelta(days=days)
    assert f'data-standing="{standing}"' in public(site).get(f"/verify/{serial}").text


def test_a_suspended_and_a_withdrawn_title_say_so_and_not_why(
    site: Site, serial: str, time: Time
) -> None:
    today = time.now.date()
    with meanwhile(site):
        found = title()
        found.suspensions.append(
            Suspension(valid_from=today, reason="内部原因", suspended_at=time.now)
        )
    page = public(site).get(f"/verify/{serial}").text
    assert 'data-standing="suspended"' in page
    assert "内部原因" not in page
    with meanwhile(site):
        found = title()
        found.withdrawn_on, found.withdrawn_why = today, "另一个原因"
    page = public(site).get(f"/verify/{serial}").text
    assert 'data-standing="withdrawn"' in page
    assert "since 16 Sep" in page
    assert "另一个原因" not in page


def test_only_the_whole_serial_opens_it(site: Site, serial: str) -> None:
    client = public(site)
    head, _, secret = serial.rpartition("-")
    absent = client.get(f"/verify/{head}-{'a' * 24}")
    wrong = (
        *(head, secret, f"{serial}a", serial[:-1], f"{head}-{secret[::-1]}", "1", "x" * 3000),
        *("%25", "%00x", "%F0%9F%8F%A1", "' or 1=1 --", "..%2f..", f"{serial}%20x"),
    )
    for each in wrong:
        answer = client.get(f"/verify/{each}")
        assert answer.status_code == 404, each
    assert "No title has this serial" in absent.text
    assert abs(len(client.get(f"/verify/{head}").data) - len(absent.data)) < 50


def test_an_unknown_serial_costs_about_the_same(site: Site, serial: str) -> None:
    client = public(site)
    head = serial.rpartition("-")[0]
    client.get(f"/verify/{serial}")  # what is asked once for all
    with counted(site) as known:
        client.get(f"/verify/{serial}")
    with counted(site) as unknown:
        client.get(f"/verify/{head}-{'a' * 24}")
    assert unknown
    assert len(known) - len(unknown) <= 2


def main(page: TestResponse) -> str:
    """What a page says, without the address that it stands at."""
    return page.text.partition("<main")[2].partition("</main>")[0]


def test_a_serial_typed_by_hand_gets_the_same_answer(site: Site, serial: str) -> None:
    visitor = public(site)
    assert 'name="serial"' in visitor.get("/verify").text
    known = main(visitor.get(f"/verify/{serial}"))
    typed = f" {serial[:11].upper()} {serial[11:]} "
    assert main(visitor.get("/verify", query_string={"serial": typed})) == known
    unknown = visitor.get("/verify?serial=2025-000001-no")
    assert unknown.status_code == 404
    assert "No title has this serial" in unknown.text
    assert 'value="2025-000001-no"' in unknown.text
    for wrong in ("x" * 5000, "<script>", "..%2f", "%00"):
        assert visitor.get(f"/verify?serial={wrong}").status_code == 404, wrong
    assert visitor.get("/verify?serial=++").status_code == 200


def test_typing_is_looked_at_as_often_as_scanning(
    site: Site, serial: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOKS", 2)
    visitor = public(site)
    found = [visitor.get(f"/verify?serial={serial}").status_code for _ in range(3)]
    assert found == [200, 200, 429]
    assert visitor.get("/verify").status_code == 429
