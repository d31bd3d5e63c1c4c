"""Sending pictures over HTTP: what is kept, what is refused, and that a refusal leaves nothing."""

import functools
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from werkzeug.test import TestResponse

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment.records import Attachment, Item
from campaigns.evidence.records import Evidence
from campaigns.pages.application import LARGEST
from campaigns.people import Person
from tests.conftest import Site
from tests.visiting import Visitor, form, forms, meanwhile


@functools.cache
def jpeg(seed: int = 1, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG photo; another seed gives another picture."""
    picture = Image.effect_noise(size, 20 + seed).convert("RGB")
    made = io.BytesIO()
    picture.save(made, "JPEG")
    return made.getvalue()


def item_url(site: Site, key: str = "2.2", unit: str = "village") -> str:
    return f"/enrolments/{site.cast.enrolment(unit, 'drug-free-village')}/items/{key}"


def send(
    visitor: Visitor,
    url: str,
    *contents: bytes,
    names: tuple[str, ...] = (),
    headers: dict[str, str] | None = None,
    **changed: Any,
) -> TestResponse:
    """Sends pictures with the form of an item's page."""
    found = form(visitor.get(url), "/evidence")
    files = [
        (io.BytesIO(content), names[n] if names else f"IMG_{n}.jpg")
        for n, content in enumerate(contents)
    ]
    data = dict(found.fields) | changed | {"file": files}
    return visitor.client.post("/evidence", data=data, headers=headers)


@pytest.fixture
def nothing_is_kept(site: Site) -> Iterator[None]:
    """Whatever happens in the test, no row, file or temporary folder stays behind."""
    yield
    with site.app.app_context():
        for table in (Evidence, Attachment):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        assert db.session.scalars(sa.select(Item)).all() == []
    assert stored(site) == []
    assert list(site.folder.glob("upload-*")) == []


def stored(site: Site) -> list[Path]:
    """The files of the evidence folder."""
    return [each for each in (site.folder / "evidence").rglob("*") if each.is_file()]


def test_two_photos_are_enough_and_can_be_sent(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site)
    answer = send(liaison, url, jpeg(1), jpeg(2))
    assert answer.status_code == 303
    assert answer.location == f"{url}?said=uploaded"
    page = liaison.get(answer.location)
    assert "Pictures: 2 of 2" in page.text
    assert "enough" in page.text
    sending = form(page, "/submit")
    assert len(sending.values("evidence")) == 2
    answer = liaison.send(sending, follow=True)
    assert answer.status_code == 200
    assert 'data-state="submitted"' in answer.text
    assert "Sent to the town" in answer.text


def test_what_is_stored_is_re_encoded_and_served_as_a_picture_only(site: Site) -> None:
    liaison, sent = Visitor(site, "liaison"), jpeg()
    page = liaison.get(send(liaison, item_url(site), sent).location)
    number = form(page, "/submit").values("evidence")[0]
    for part, kept in (("file", "no-cache"), ("thumb", "max-age=300")):
        answer = liaison.get(f"/evidence/{number}/{part}")
        assert answer.status_code == 200
        assert answer.mimetype == "image/jpeg"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == f"private, {kept}"
        again = liaison.get(
            f"/evidence/{number}/{part}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert again.status_code == 304
        assert answer.data != sent
        assert "IMG_0" not in str(answer.headers)
    named = liaison.get(f"/evidence/{number}/file").headers["Content-Disposition"]
    assert "filename=item-2-2-picture-" in named
    page = liaison.get(f"/evidence/{number}")
    assert page.status_code == 200
    assert "What it proves" in page.text
    assert "2.2" in page.text


@pytest.mark.parametrize("part", ["", "/file", "/thumb"])
def test_a_neighbour_finds_no_picture_of_the_village(site: Site, part: str) -> None:
    liaison = Visitor(site, "liaison")
    page = liaison.get(send(liaison, item_url(site), jpeg()).location)
    number = form(page, "/submit").values("evidence")[0]
    for username in ("neighbour", "far_reviewer"):
        assert Visitor(site, username).get(f"/evidence/{number}{part}").status_code == 404
    assert Visitor(site, "auditor").get(f"/evidence/{number}{part}").status_code == 200


def test_the_same_key_stores_once(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site)
    for _attempt in range(2):
        assert send(liaison, url, jpeg(1), client_key="once").status_code == 303
    with site.app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(Evidence.id))) == 1
    answer = send(liaison, url, jpeg(2), client_key="once")
    assert answer.status_code == 422
    assert "sent before for something else" in answer.text
    assert len(stored(site)) == 2


def test_a_script_gets_the_list_alone(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site)
    answer = send(liaison, url, jpeg(), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'name="evidence"' in answer.text
    assert 'data-have="1" data-want="2"' in answer.text
    answer = send(liaison, url, b"%PDF-1.4", names=("a.jpg",), headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "data-error" in answer.text


def test_a_picture_can_be_taken_away_again(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site)
    page = liaison.get(send(liaison, url, jpeg(1), jpeg(2)).location)
    sending = form(page, "/submit")
    first, second = sending.values("evidence")
    sending.action = f"/evidence/{first}/remove"
    page = liaison.send(sending, follow=True)
    assert page.status_code == 200
    assert form(page, "/submit").values("evidence") == [second]
    sending.action = f"/evidence/{first}/remove"
    assert liaison.send(sending).status_code == 404


@pytest.mark.usefixtures("nothing_is_kept")
class TestRefused:
    """Each bad upload gets its sentence and leaves nothing behind."""

    def test_a_file_that_is_too_large(self, site: Site) -> None:
        content = b"\xff\xd8\xff" + b"0" * 40 * 1024 * 1024
        answer = send(Visitor(site, "liaison"), item_url(site), content)
        assert answer.status_code == 413
        assert "larger than 20 MB" in answer.text
        assert form(answer, "/evidence").values("key") == ["2.2"]

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"GIF89a", "a.gif", "not a picture that can be read"),
            (b"%PDF-1.4 text", "a.jpg", "not a picture that can be read"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "not a picture"),
            (jpeg()[:4000], "a.jpg", "damaged"),
            (b"", "a.jpg", "damaged"),
        ],
        ids=["type", "disguised", "svg", "broken", "empty"],
    )
    def test_what_is_no_good_picture(
        self, site: Site, content: bytes, name: str, sentence: str
    ) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), content, names=(name,))
        assert answer.status_code == 422
        assert sentence in answer.text
        assert form(answer, "/evidence").values("key") == ["2.2"]

    def test_all_or_none_of_a_request(self, site: Site) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), b"no picture")
        assert answer.status_code == 422

    def test_no_picture_chosen(self, site: Site) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site))
        assert answer.status_code == 422
        assert "No picture was chosen" in answer.text

    def test_more_than_is_sensible(self, site: Site) -> None:
        small = [jpeg(n, (64, 48)) for n in range(13)]
        answer = send(Visitor(site, "liaison"), item_url(site), *small)
        assert answer.status_code == 422
        assert "12 pictures already" in answer.text

    def test_more_than_one_request_may_hold(self, site: Site) -> None:
        visitor = Visitor(site, "liaison")
        answer = send(visitor, item_url(site), *[b"\xff\xd8\xff" + b"0" * 33 * 2**20] * 2)
        assert answer.status_code == 413

    @pytest.mark.parametrize("typed", ["0", "-1", "x", "9" * 18, "9" * 400, "\x00"])
    def test_an_enrolment_that_does_not_exist(self, site: Site, typed: str) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), enrolment=typed)
        assert answer.status_code == 404

    def test_a_neighbours_enrolment(self, site: Site) -> None:
        other = site.cast.enrolment("neighbour", "drug-free-village")
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), enrolment=other)
        assert answer.status_code == 404

    @pytest.mark.parametrize("key", ["9.9", "2.1@2025Q3", "", "2.1@2026Q3\x00"])
    def test_a_key_that_the_campaign_does_not_have(self, site: Site, key: str) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), key=key)
        assert answer.status_code == 404

    def test_a_period_to_come(self, site: Site) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), key="2.1@2026Q4")
        assert answer.status_code == 422
        assert "opens on 1 Oct" in answer.text

    def test_a_closed_campaign(self, site: Site) -> None:
        liaison = Visitor(site, "liaison")
        found = form(liaison.get(item_url(site)), "/evidence")
        with meanwhile(site):
            campaign = db.session.get_one(Campaign, site.cast.campaigns["drug-free-village"])
            campaigns.close(campaign, campaign.row_version, by=site.cast.people["office"])
        data = dict(found.fields) | {"file": (io.BytesIO(jpeg()), "a.jpg")}
        answer = liaison.client.post("/evidence", data=data)
        assert answer.status_code == 422
        assert "The campaign is not open" in answer.text

    @pytest.mark.parametrize("key", ["ä", "x" * 101, "a b", "\x00"])
    def test_a_client_key_that_no_form_makes(self, site: Site, key: str) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), client_key=key)
        assert answer.status_code == 422

    def test_somebody_who_only_reads(self, site: Site) -> None:
        auditor = Visitor(site, "auditor")
        page = auditor.get(item_url(site))
        assert page.status_code == 200
        assert not [each for each in forms(page) if each.action == "/evidence"]
        data = {
            "csrf_token": auditor.token(),
            "enrolment": site.cast.enrolment("village", "drug-free-village"),
            "key": "2.2",
            "file": (io.BytesIO(jpeg()), "a.jpg"),
        }
        assert auditor.client.post("/evidence", data=data).status_code == 403

    def test_a_form_without_its_token(self, site: Site) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg(), csrf_token="no")
        assert answer.status_code == 400

    def test_an_ended_session_sends_a_script_to_sign_in(self, site: Site) -> None:
        liaison = Visitor(site, "liaison")
        found = form(liaison.get(item_url(site)), "/evidence")
        with meanwhile(site):
            db.session.execute(
                sa.update(Person)
                .where(Person.id == site.cast.people["liaison"])
                .values(disabled_at=clock.now())
            )
        data = dict(found.fields) | {"file": (io.BytesIO(jpeg()), "a.jpg")}
        answer = liaison.client.post("/evidence", data=data, headers={"HX-Request": "true"})
        assert answer.headers["HX-Redirect"].startswith("/login")


def test_the_town_may_send_for_a_village_without_a_phone(site: Site) -> None:
    reviewer, url = Visitor(site, "reviewer"), item_url(site)
    assert not [each for each in forms(reviewer.get(url)) if each.action == "/evidence"]
    assert send(reviewer, f"{url}?instead=1", jpeg(1), jpeg(2)).status_code == 303
    page = reviewer.send(form(reviewer.get(f"{url}?instead=1"), "/submit"), follow=True)
    assert 'data-state="submitted"' in page.text


def test_names_of_units_stay_out_of_file_names(site: Site) -> None:
    send(Visitor(site, "liaison"), item_url(site), jpeg(), names=("王小明.jpg",))
    with site.app.app_context():
        assert "王" not in str(db.session.execute(sa.select(Evidence.__table__)).mappings().one())
    assert all(each.name.isascii() for each in stored(site))


@pytest.mark.usefixtures("nothing_is_kept")
def test_too_much_at_once_leads_back_to_the_item(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LARGEST, "evidence.upload", 20_000)
    liaison, url = Visitor(site, "liaison"), item_url(site)
    answer = send(liaison, url, jpeg(1), headers={"Referer": f"http://localhost{url}"})
    assert answer.status_code == 413
    assert f'href="{url}"' in answer.text
    for elsewhere in ("http://evil.example/x", "http://localhost//evil.example/x", ""):
        answer = send(liaison, url, jpeg(1), headers={"Referer": elsewhere})
        assert answer.status_code == 413
        assert 'href="//' not in answer.text
        assert "http" not in answer.text.partition("<main")[2]
