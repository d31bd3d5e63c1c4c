"""Text goes compressed over a weak network; pictures, which are packed already, as they are."""

import gzip
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, form

TAKES_GZIP = {"Accept-Encoding": "gzip, deflate, br"}
#: What every page of a phone brings along the first time.
STYLES = ("vendor/govuk-frontend-6.6/forms.css", "app.css", "screens.css")


def test_a_page_comes_compressed_to_whoever_takes_that(site: Site) -> None:
    url = item_url(site)
    liaison = Visitor(site, "liaison")
    page = liaison.get(url, headers=TAKES_GZIP)
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert int(page.headers["Content-Length"]) == len(page.data) < 5000
    assert "</html>" in gzip.decompress(page.data).decode()
    fragment = liaison.get(url, headers=TAKES_GZIP | {"HX-Request": "true"})
    assert "</html>" not in gzip.decompress(fragment.data).decode()


@pytest.mark.parametrize("takes", ["", "identity", "br", "gzip;q=0"])
def test_whoever_does_not_take_it_gets_plain_text(site: Site, takes: str) -> None:
    page = site.app.test_client().get("/login", headers={"Accept-Encoding": takes})
    assert "Content-Encoding" not in page.headers
    assert "</html>" in page.text
    assert "Accept-Encoding" in page.headers["Vary"]


def test_a_refusal_comes_compressed_too(site: Site) -> None:
    page = Visitor(site, "liaison").get("/nothing", headers=TAKES_GZIP)
    assert page.status_code == 404
    assert "</html>" in gzip.decompress(page.data).decode()


def test_a_picture_is_left_as_it_is(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    page = liaison.get(send(liaison, item_url(site), jpeg()).location)
    address = form(page, "/submit").values("evidence")[0]
    picture = liaison.get(f"/evidence/{address}/file", headers=TAKES_GZIP)
    assert "Content-Encoding" not in picture.headers
    assert picture.data.startswith(b"\xff\xd8")


def test_a_style_sheet_is_compressed_and_asked_for_once(site: Site) -> None:
    client = site.app.test_client()
    sheet = client.get("/static/app.css", headers=TAKES_GZIP)
    plain = client.get("/static/app.css")
    assert gzip.decompress(sheet.data) == plain.data
    assert "Accept-Ranges" not in sheet.headers
    again = client.get(
        "/static/app.css", headers=TAKES_GZIP | {"If-None-Match": sheet.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_a_part_of_the_file_itself(site: Site) -> None:
    client = site.app.test_client()
    part = client.get("/static/app.css", headers=TAKES_GZIP | {"Range": "bytes=0-9"})
    assert part.status_code == 206
    assert part.data == Path("static/app.css").read_bytes()[:10]


def test_the_first_visit_of_a_phone_is_small(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    sheets = sum(len(liaison.get(f"/static/{name}", headers=TAKES_GZIP).data) for name in STYLES)
    page = liaison.get(item_url(site).partition("/items")[0], headers=TAKES_GZIP)
    assert len(page.data) + sheets <= 25 * 1024
