"""How much may be sent: by a person in a day, for a unit in all, and begun without being ended."""

import pytest

from campaigns import settings
from tests.conftest import Site, Time
from tests.test_upload import item_url, jpeg, send
from tests.tus import Sender
from tests.visiting import Visitor

PHOTO = jpeg(1)


def test_the_day_s_share_is_counted_with_what_is_on_its_way(
    site: Site, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    monkeypatch.setattr(settings, "PERSON_DAY_BYTES", 2 * len(PHOTO) + 10)
    liaison = Sender(site)
    assert liaison.send(PHOTO).status_code == 204
    assert liaison.create(len(PHOTO)).status_code == 201
    answer = liaison.create(100)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 86400
    time.pass_by(days=1)
    assert Sender(site).create(100).status_code == 201


def test_a_unit_has_its_limit_and_so_have_unfinished_uploads(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    liaison = Sender(site)
    monkeypatch.setattr(settings, "OPEN_UPLOADS", 2)
    assert [liaison.create(9).status_code for _ in range(3)] == [201, 201, 429]
    monkeypatch.setattr(settings, "OPEN_UPLOADS", 200)
    monkeypatch.setattr(settings, "UNIT_BYTES", len(PHOTO) + 9)
    assert liaison.send(PHOTO).status_code == 204
    assert liaison.create(len(PHOTO)).status_code == 413


def test_the_plain_form_counts_as_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PERSON_DAY_BYTES", len(PHOTO) + 10)
    liaison = Visitor(site, "liaison")
    assert send(liaison, item_url(site), PHOTO).status_code == 303
    answer = send(liaison, item_url(site), jpeg(2))
    assert answer.status_code == 429
    assert "You have sent" in answer.text
