"""The folder over HTTP: it verifies by itself wherever it is taken, and hides what it must."""

import io
import json
import logging
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pypdfium2
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import demonstration
from campaigns.database import db
from campaigns.enrolment import erasing, records
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.erasing import Why
from campaigns.evidence.records import Evidence
from campaigns.history import Event
from tests.conftest import Site, Time
from tests.doing import approve, enrolment, give_back
from tests.doing import send as submit
from tests.papers import pdf as document
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, counted, meanwhile

MARKUP = '#panic("x") *b* $x$ [c] <d>'


def url(site: Site, ending: str = "zip", unit: str = "village") -> str:
    return f"/units/{site.cast.units[unit]}/ledger.{ending}"


def opened(answer: TestResponse) -> zipfile.ZipFile:
    assert answer.status_code == 200, answer.text
    return zipfile.ZipFile(io.BytesIO(answer.data))


def facts(answer: TestResponse) -> Any:
    return json.loads(opened(answer).read("folder.json"))


def text(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def verified(folder: Path) -> int:
    """What the folder's own script says of it."""
    command = [sys.executable, "-I", "verify.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture
def proved(site: Site, time: Time) -> Site:
    """A village that sent two pictures, a document and a reason, and was answered."""
    liaison = Visitor(site, "liaison")
    send(liaison, item_url(site, "2.2"), jpeg(1), jpeg(2))
    send(liaison, item_url(site, "1.1"), document(), names=("plan.pdf",))
    with meanwhile(site):
        found = enrolment(site.cast)
        for key in ("2.2", "1.1"):
            item = records.item(found, key)
            assert item is not None
            pieces = tuple(each.id for each in records.attached(item.id))
            give_back(site.cast, found, submit(site.cast, found, key, Answer(evidence=pieces)))
        apply = Answer(not_applicable=True, note=MARKUP)
        approve(site.cast, found, submit(site.cast, found, "2.4", apply))
    time.pass_by(minutes=6)
    return site


def piece(site: Site) -> Evidence:
    """The first picture of the village."""
    with site.app.app_context():
        found = db.session.scalars(sa.select(Evidence).order_by(Evidence.id)).first()
        assert found is not None
        return found


def stored(site: Site) -> Path:
    name = piece(site).stored_sha256
    return site.folder / "evidence" / name[:2] / name[2:4] / f"{name}.jpg"


def test_a_folder_verifies_by_its_own_script_when_it_is_taken_away(
    proved: Site, tmp_path: Path
) -> None:
    found = opened(Visitor(proved, "inspector").get(url(proved)))
    names = found.namelist()
    assert names[:2] == ["README.txt", "ledger.pdf"]
    assert names[-6:] == [
        *("folder.json", "history.jsonl", "proofs.jsonl", "seals.jsonl", "verify.py", "hashes.txt")
    ]
    assert len([each for each in names if each.startswith("evidence/")]) == 3
    away = tmp_path / "away"
    found.extractall(away)
    assert verified(away) == 0


def test_one_changed_byte_is_found_wherever_it_is(proved: Site, tmp_path: Path) -> None:
    away = tmp_path / "away"
    opened(Visitor(proved, "auditor").get(url(proved))).extractall(away)
    files = [each for each in away.rglob("*") if each.is_file() and each.name != "verify.py"]
    assert len(files) == 10
    for file in files:
        content = file.read_bytes()
        half = len(content) // 2
        file.write_bytes(content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :])
        assert verified(away) == 1, file
        file.write_bytes(content)
    assert verified(away) == 0


def test_who_does_not_see_the_unit_finds_no_folder(proved: Site) -> None:
    for ending in ("pdf", "zip"):
        for stranger in ("far_liaison", "neighbour", "far_reviewer"):
            assert Visitor(proved, stranger).get(url(proved, ending)).status_code == 404
        assert Visitor(proved, "admin").get(url(proved, ending)).status_code == 403
    office = Visitor(proved, "office")
    for wish in ("999", "x", str(proved.cast.campaigns["safe-school"])):
        assert office.get(f"{url(proved)}?campaign={wish}").status_code == 404


def test_one_campaign_can_be_taken_alone(proved: Site) -> None:
    campaign, office = proved.cast.campaigns["drug-free-village"], Visitor(proved, "office")
    own = f"{url(proved)}?campaign={campaign}"
    page = office.get(f"/enrolments/{proved.cast.enrolment('village', 'drug-free-village')}")
    assert f'href="{own}"' in page.text
    told = facts(office.get(own))
    assert [each["id"] for each in told["campaigns"]] == [campaign]


def test_the_unit_does_not_learn_of_a_decision_too_early(site: Site) -> None:
    send(Visitor(site, "liaison"), item_url(site), jpeg(1), jpeg(2))
    with meanwhile(site):
        found = enrolment(site.cast)
        item = records.item(found, "2.2")
        assert item is not None
        pieces = tuple(each.id for each in records.attached(item.id))
        give_back(site.cast, found, submit(site.cast, found, "2.2", Answer(evidence=pieces)))
    for who, seen in (("liaison", False), ("reviewer", True)):
        found_zip = opened(Visitor(site, who).get(url(site)))
        assert (b'"returned"' in found_zip.read("folder.json")) is seen
        assert (b'"returned"' in found_zip.read("history.jsonl")) is seen
        assert ("returned" in text(found_zip.read("ledger.pdf"))) is seen


def test_when_a_proof_was_taken_is_for_those_who_send_and_decide(proved: Site) -> None:
    for who, sees in (("liaison", True), ("reviewer", True), ("leader", False), ("auditor", False)):
        told = facts(Visitor(proved, who).get(url(proved)))
        assert ("captured_at" in told["evidence"][0]) is sees, who


def test_the_paper_says_what_was_typed_as_it_was_typed(proved: Site) -> None:
    office = Visitor(proved, "office")
    answer = office.get(url(proved, "pdf"))
    assert answer.mimetype == "application/pdf"
    pages = text(answer.data)
    assert MARKUP in pages
    assert "Demonstration data" not in pages
    assert "Cannot be made out" in pages
    office.client.set_cookie("language", "zh")
    with meanwhile(proved):
        demonstration.mark()
    chinese = text(office.get(url(proved, "pdf")).data)
    assert "演示数据" in chinese
    assert "看不清" in chinese


def test_it_is_called_after_the_unit_and_kept_by_nobody_on_the_way(proved: Site) -> None:
    office = Visitor(proved, "office")
    office.client.set_cookie("language", "zh")
    answer = office.get(url(proved))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    plain, _, full = answer.headers["Content-Disposition"].partition("; filename*=UTF-8''")
    assert plain.isascii()
    assert unquote(full).endswith("档案 2026-09-16.zip")


def test_a_missing_file_is_told_and_the_rest_still_comes(
    proved: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stored(proved).unlink()
    with caplog.at_level(logging.ERROR):
        answer = Visitor(proved, "office").get(url(proved))
    told = facts(answer)
    assert [each["id"] for each in told["missing"]] == [piece(proved).id]
    assert len(told["evidence"]) == 2
    assert "missing" in text(opened(answer).read("ledger.pdf"))
    assert "is missing" in caplog.text
    opened(answer).extractall(tmp_path / "away")
    assert verified(tmp_path / "away") == 0


def test_a_file_that_goes_while_the_folder_is_sent_is_told_too(
    proved: Site, tmp_path: Path
) -> None:
    answer = Visitor(proved, "office").get(url(proved), buffered=False)
    chunks = iter(answer.response)
    content = next(chunks)
    stored(proved).unlink()
    content += b"".join(chunks)
    found = zipfile.ZipFile(io.BytesIO(content))
    told = json.loads(found.read("folder.json"))
    assert [each["id"] for each in told["missing"]] == [piece(proved).id]
    found.extractall(tmp_path / "away")
    assert verified(tmp_path / "away") == 0


def test_a_file_that_was_altered_in_the_store_does_not_verify(proved: Site, tmp_path: Path) -> None:
    stored(proved).write_bytes(jpeg(3))
    opened(Visitor(proved, "office").get(url(proved))).extractall(tmp_path / "away")
    assert verified(tmp_path / "away") == 1


def test_a_removed_picture_leaves_a_tombstone(proved: Site) -> None:
    with meanwhile(proved):
        gone = db.session.get_one(Evidence, piece(proved).id)
        erasing.erase(gone, Why.FACE, by=proved.cast.people["liaison"])
    stored(proved).unlink()
    answer = Visitor(proved, "office").get(url(proved))
    assert [each["id"] for each in facts(answer)["removed"]] == [piece(proved).id]
    assert re.search(
        r"removed 2026-09-16 · .+ · shows a face", text(opened(answer).read("ledger.pdf"))
    )


def test_taking_it_is_in_the_history_and_the_room_it_took_is_free_again(
    proved: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    answer = Visitor(proved, "inspector").get(url(proved))
    answer.close()
    assert list(room.iterdir()) == []
    with proved.app.app_context():
        event = db.session.scalars(sa.select(Event).where(Event.verb == "exported")).one()
        assert (event.subject, event.subject_id) == ("ledger", proved.cast.units["village"])
        assert event.person_id == proved.cast.people["inspector"]


def test_the_page_of_the_unit_offers_it_and_nothing_is_asked_while_it_is_sent(
    proved: Site,
) -> None:
    liaison = Visitor(proved, "liaison")
    page = liaison.get(f"/units/{proved.cast.units['village']}").text
    assert f'href="{url(proved, "pdf")}"' in page
    assert f'href="{url(proved)}"' in page
    assert "3 pieces" in page
    answer = liaison.get(url(proved), buffered=False)
    with counted(proved) as statements:
        assert b"".join(answer.response)
    assert statements == []
