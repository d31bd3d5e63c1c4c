"""The resumable protocol, request by request."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns.campaign import Campaign
from campaigns.commands.nightly import nightly
from campaigns.database import db
from campaigns.enrolment.records import Attachment, Item
from campaigns.evidence.records import CaptureSource, Evidence
from campaigns.evidence.uploads import Uploads, held
from tests.conftest import Site, Time
from tests.test_upload import item_url, jpeg, stored
from tests.tus import CHUNK, Sender, checksum
from tests.visiting import Visitor, form, meanwhile

PHOTO = jpeg(1)


def pieces(site: Site) -> list[Evidence]:
    with site.app.app_context():
        found = db.session.scalars(sa.select(Evidence).order_by(Evidence.id)).all()
        db.session.expunge_all()
        db.session.rollback()
    return list(found)


def parts(site: Site) -> list[str]:
    """The files of uploads on their way."""
    folder = site.folder / "uploads"
    return sorted(each.name for each in folder.rglob("*") if each.is_file() and each.suffix != "")


@pytest.fixture
def nothing_is_kept(site: Site) -> Iterator[None]:
    """Whatever happens in the test, no row and no file stays behind."""
    yield
    with site.app.app_context():
        for table in (Evidence, Attachment, Item):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
    assert stored(site) == []
    assert not list((site.folder / "uploads").glob("*/*"))


def test_what_is_spoken_here(site: Site) -> None:
    answer = site.app.test_client().options("/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Resumable"] == answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(20 * 2**20)
    assert {*answer.headers["Tus-Extension"].split(",")} == {
        *("creation", "creation-with-upload", "checksum", "expiration", "termination")
    }
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"


def test_a_photo_in_chunks_is_proof_in_the_end(site: Site) -> None:
    liaison = Sender(site)
    answer = liaison.create(len(PHOTO), captured_at="2026-09-01T08:30:00+08:00")
    assert answer.status_code == 201
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Upload-Expires"].endswith("GMT")
    url, half = answer.location, len(PHOTO) // 2
    assert url.startswith("/uploads/")
    answer = liaison.patch(url, 0, PHOTO[:half])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(half))
    assert pieces(site) == []
    answer = liaison.ask("HEAD", url)
    assert answer.status_code == 200
    assert answer.headers["Upload-Offset"] == str(half)
    assert answer.headers["Upload-Length"] == str(len(PHOTO))
    assert "captured_at MjAyNi" in answer.headers["Upload-Metadata"]
    assert answer.headers["Cache-Control"] == "no-store"
    answer = liaison.patch(url, half, PHOTO[half:])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(PHOTO)))
    [piece] = pieces(site)
    assert answer.headers["Content-Location"] == f"/evidence/{piece.id}"
    assert piece.sent_size == len(PHOTO)
    assert piece.captured_at == datetime(2026, 9, 1, 0, 30, tzinfo=UTC)
    assert piece.capture_source is CaptureSource.DEVICE
    page = liaison.visitor.get(item_url(site))
    assert form(page, "/submit").values("evidence") == [str(piece.id)]
    assert liaison.offset(url) == len(PHOTO)


def test_a_photo_can_come_with_its_creation(site: Site) -> None:
    liaison = Sender(site)
    answer = liaison.create(len(PHOTO), {**CHUNK, **checksum(PHOTO)}, PHOTO)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(PHOTO)))
    assert len(pieces(site)) == 1
    answer = liaison.create(len(PHOTO), CHUNK, PHOTO[:100], client_key="other")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "100")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_a_chunk_that_was_damaged_on_its_way_is_not_taken(site: Site, algorithm: str) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    liaison.patch(url, 0, PHOTO[:100])
    answer = liaison.patch(url, 100, b"x" * 100, **checksum(PHOTO[100:200], algorithm))
    assert answer.status_code == 460
    assert answer.json is not None
    assert answer.json["code"] == "chunk_damaged"
    assert liaison.offset(url) == 100
    answer = liaison.patch(url, 100, PHOTO[100:], **checksum(PHOTO[100:], algorithm))
    assert answer.status_code == 204
    answer = liaison.patch(url, 100, b"", **{"Upload-Checksum": "md5 AAAA"})
    assert answer.status_code == 400


def test_another_offset_is_a_conflict_and_changes_nothing(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    liaison.patch(url, 0, PHOTO[:1000])
    for offset in (0, 999, 1001, len(PHOTO)):
        assert liaison.patch(url, offset, PHOTO[1000:]).status_code == 409
    assert liaison.offset(url) == 1000
    assert liaison.patch(url, 1000, PHOTO[1000:]).status_code == 204
    assert liaison.patch(url, 1000, PHOTO[1000:]).status_code == 409


def test_more_than_was_announced_is_not_taken(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    assert liaison.patch(url, 0, PHOTO + b"x").status_code == 413
    assert liaison.offset(url) == 0
    assert liaison.create(9, CHUNK, PHOTO).status_code == 413
    header = {"Content-Type": "image/jpeg"}
    assert liaison.patch(url, 0, PHOTO, **header).status_code == 415


def test_whoever_did_not_hear_the_last_answer_finds_it_done(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO), client_key="lost").location
    liaison.patch(url, 0, PHOTO)
    assert liaison.offset(url) == len(PHOTO)
    assert liaison.patch(url, len(PHOTO), b"").status_code == 204
    # The page was reloaded and begins anew.
    answer = liaison.create(len(PHOTO), client_key="lost")
    assert answer.status_code == 201
    assert liaison.offset(answer.location) == len(PHOTO)
    answer = liaison.patch(answer.location, 0, PHOTO[:200])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(PHOTO)))
    answer = liaison.create(len(PHOTO), CHUNK, PHOTO, client_key="lost")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(PHOTO)))
    assert len(pieces(site)) == 1
    assert liaison.create(len(PHOTO) + 1, client_key="lost").status_code == 422


def test_a_stored_photo_is_put_beside_another_item_without_being_sent(site: Site) -> None:
    liaison = Sender(site)
    assert liaison.send(PHOTO, client_key="once").status_code == 204
    assert liaison.create(len(PHOTO), client_key="once", key="1.1").status_code == 201
    [piece] = pieces(site)
    page = liaison.visitor.get(item_url(site, "1.1"))
    assert form(page, "/submit").values("evidence") == [str(piece.id)]


def test_a_server_that_died_before_it_stored_asks_for_the_last_byte_again(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    liaison.patch(url, 0, PHOTO[:100])
    [file] = [each for each in (site.folder / "uploads").glob("*/*") if not each.suffix]
    file.write_bytes(PHOTO)
    assert liaison.offset(url) == len(PHOTO) - 1
    assert liaison.patch(url, len(PHOTO) - 1, PHOTO[-1:]).status_code == 204
    assert len(pieces(site)) == 1


def test_what_is_being_written_to_is_locked(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    uploads = Uploads(site.folder / "uploads")
    part = uploads.find(site.cast.people["liaison"], url.rpartition("/")[2])
    with held(part):
        assert liaison.patch(url, 0, PHOTO).status_code == 423
        assert liaison.ask("DELETE", url).status_code == 423
        assert liaison.ask("HEAD", url).status_code == 200
    assert liaison.patch(url, 0, PHOTO).status_code == 204


def test_an_upload_can_be_given_up(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    liaison.patch(url, 0, PHOTO[:100])
    assert liaison.ask("DELETE", url).status_code == 204
    assert liaison.ask("HEAD", url).status_code == 404
    assert liaison.patch(url, 100, PHOTO[100:]).status_code == 404
    assert parts(site) == []


def test_methods_that_a_proxy_stops_come_as_post(site: Site) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    header = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", **CHUNK}
    assert liaison.ask("POST", url, header, PHOTO).status_code == 204
    assert liaison.ask("POST", url, {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert liaison.ask("POST", url).status_code == 404
    assert len(pieces(site)) == 1


def test_what_waits_too_long_is_gone_and_then_swept(site: Site, time: Time) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    time.pass_by(hours=20)
    liaison = Sender(site)
    assert liaison.patch(url, 0, PHOTO[:100]).status_code == 204
    time.pass_by(hours=23)
    liaison = Sender(site)
    assert liaison.offset(url) == 100
    time.pass_by(hours=2)
    liaison = Sender(site)
    answer = liaison.patch(url, 100, PHOTO[100:])
    assert answer.status_code == 410
    assert answer.json is not None
    assert "Send the file again" in answer.json["sentence"]
    liaison.create(len(PHOTO))
    assert liaison.ask("HEAD", url).status_code == 404
    assert len(parts(site)) == 1


def test_the_night_sweeps_what_was_left_behind_once(site: Site, time: Time) -> None:
    liaison = Sender(site)
    old = liaison.create(len(PHOTO)).location
    liaison.patch(old, 0, PHOTO[:100])
    done = liaison.create(len(PHOTO), client_key="done").location
    liaison.patch(done, 0, PHOTO)
    time.pass_by(hours=25)
    young = Sender(site).create(len(PHOTO)).location
    (site.folder / "uploads" / str(site.cast.people["neighbour"])).mkdir()
    run = site.app.test_cli_runner()
    # The creation had swept already: it does now and then, where no clock calls the command.
    for _night in range(2):
        answer = run.invoke(nightly)
        assert answer.exit_code == 0
        assert "swept: 0 uploads" in answer.output
    time.pass_by(hours=25)
    assert "swept: 1 uploads" in run.invoke(nightly).output
    assert Sender(site).ask("HEAD", young).status_code == 404
    assert [*(site.folder / "uploads").glob("*/*")] == []
    assert len(pieces(site)) == 1
    assert len(stored(site)) == 2


def test_nobody_else_finds_the_upload(site: Site) -> None:
    url = Sender(site).create(len(PHOTO)).location
    for username in ("neighbour", "reviewer"):
        other = Sender(site, username)
        assert other.ask("HEAD", url).status_code == 404
        assert other.patch(url, 0, PHOTO).status_code == 404
        assert other.ask("DELETE", url).status_code == 404
    assert Sender(site, "auditor").patch(url, 0, PHOTO).status_code == 403
    for strange in ("..", "x", "0" * 32, "%2e%2e%2fsecret-key", "0" * 31 + "\n"):
        assert Sender(site).ask("HEAD", f"/uploads/{strange}").status_code == 404


def test_the_session_s_token_is_needed(site: Site) -> None:
    liaison = Sender(site)
    liaison.token = "no"
    answer = liaison.create(len(PHOTO))
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "form_expired"


def test_an_ended_session_keeps_what_arrived_for_the_next_one(site: Site, time: Time) -> None:
    liaison = Sender(site)
    url = liaison.create(len(PHOTO)).location
    liaison.patch(url, 0, PHOTO[:1000])
    time.pass_by(hours=2)
    answer = liaison.patch(url, 1000, PHOTO[1000:])
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["code"] == "unauthorized"
    assert "Sign in again" in answer.json["sentence"]
    again = Sender(site)
    assert again.offset(url) == 1000
    assert again.patch(url, 1000, PHOTO[1000:]).status_code == 204


@pytest.mark.usefixtures("nothing_is_kept")
class TestRefused:
    """What is refused leaves nothing, and where it can be, before a byte is sent."""

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"%PDF-1.4 text", "a.jpg", "not a picture that can be read"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "not a picture"),
            (PHOTO[:4000], "a.jpg", "damaged"),
        ],
    )
    def test_at_the_end(self, site: Site, content: bytes, name: str, sentence: str) -> None:
        answer = Sender(site).send(content, 1000, filename=name)
        assert answer.status_code == 422
        assert answer.json is not None
        assert sentence in answer.json["sentence"]

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"enrolment": None}, 404),
            ({"enrolment": "9" * 18}, 404),
            ({"key": "9.9"}, 404),
            ({"key": "2.1@2026Q4"}, 422),
            ({"client_key": "ä"}, 422),
            ({"filename": "a.exe"}, 422),
        ],
    )
    def test_before_a_byte(self, site: Site, changed: dict[str, object], status: int) -> None:
        assert Sender(site).create(len(PHOTO), **changed).status_code == status

    def test_a_neighbours_item(self, site: Site) -> None:
        assert Sender(site, "neighbour").create(len(PHOTO)).status_code == 404

    def test_whoever_only_reads(self, site: Site) -> None:
        assert Sender(site, "auditor").create(len(PHOTO)).status_code == 403

    @pytest.mark.parametrize(("length", "status"), [(0, 422), (20 * 2**20 + 1, 413)])
    def test_a_size_that_cannot_be(self, site: Site, length: int, status: int) -> None:
        assert Sender(site).create(length).status_code == status

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            ({"Tus-Resumable": "0.2.2"}, 412),
            ({"Upload-Length": "-1"}, 400),
            ({"Upload-Length": "many"}, 400),
            ({"Upload-Metadata": "key !"}, 400),
            ({"Upload-Metadata": "a" * 5000}, 400),
        ],
    )
    def test_headers_that_cannot_be(self, site: Site, header: dict[str, str], status: int) -> None:
        answer = Sender(site).create(len(PHOTO), header)
        assert answer.status_code == status
        assert status != 412 or answer.headers["Tus-Version"] == "1.0.0"

    def test_a_closed_campaign_and_one_that_closes_meanwhile(self, site: Site) -> None:
        liaison = Sender(site)
        url = liaison.create(len(PHOTO)).location
        with meanwhile(site):
            campaign = db.session.get_one(Campaign, site.cast.campaigns["drug-free-village"])
            campaigns.close(campaign, campaign.row_version, by=site.cast.people["office"])
        answer = liaison.patch(url, 0, PHOTO)
        assert answer.status_code == 422
        assert answer.json is not None
        assert "The campaign is not open" in answer.json["sentence"]
        assert liaison.create(len(PHOTO)).status_code == 422


def test_the_reviewer_may_send_for_a_village_without_a_phone(site: Site) -> None:
    assert Sender(site, "reviewer").send(PHOTO).status_code == 204
    assert "Pictures: 1 of 2" in Visitor(site, "liaison").get(item_url(site)).text
