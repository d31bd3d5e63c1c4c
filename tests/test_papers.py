"""What intake keeps of a document, and what it refuses."""

import io
import socket
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pypdf
import pytest
from PIL import ExifTags, Image

from campaigns.evidence.papers import without_camera
from campaigns.evidence.pictures import Decoder, NotTaken
from campaigns.evidence.records import ProofKind
from tests import papers
from tests.conftest import Site
from tests.papers import AUTHOR, office, pdf
from tests.test_tus import nothing_is_kept, pieces  # noqa: F401 - a fixture of theirs
from tests.test_upload import item_url, jpeg, send
from tests.tus import Sender
from tests.visiting import Visitor, form

DOCUMENT_ITEM = "1.2"
PHOTO_ITEM = "2.2"


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """One limited process for these tests."""
    found = Decoder()
    yield found
    found.close()


def kept(decoder: Decoder, folder: Path, content: bytes, ending: str) -> bytes:
    file = folder / "sent"
    file.write_bytes(content)
    return decoder.clean(file, ending)


def everything(content: bytes) -> bytes:
    """All that an archive holds, unpacked, names and all."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"".join(each.encode() + archive.read(each) for each in archive.namelist())


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_an_office_file_loses_who_made_it_and_keeps_what_it_says(
    decoder: Decoder, tmp_path: Path, kind: str
) -> None:
    more = {
        "word/comments.xml": f'<w:comment w:author="{AUTHOR}" w:initials="WX">said</w:comment>',
        "ppt/commentAuthors.xml": f'<p:cmAuthor id="0" name="{AUTHOR}" initials="WX"/>',
        "xl/comments1.xml": f"<authors><author>{AUTHOR}</author></authors>",
        "word/_rels/settings.xml.rels": '<Relationship Id="r1" Type="http:/x/attachedTemplate"'
        f' Target="file:///C:/Users/{AUTHOR}/a.dotm" TargetMode="External"/>',
        "word/media/image1.jpeg": papers.photo(),
    }
    content = office(kind, **more)
    assert AUTHOR.encode() in everything(content)
    found = kept(decoder, tmp_path, content, f".{kind}")
    unpacked = everything(found)
    assert AUTHOR.encode() not in unpacked
    assert b"what it says" in unpacked
    assert b"Normal.dotm" in unpacked
    assert b"Company" not in unpacked
    assert found == kept(decoder, tmp_path, content, f".{kind}")


def test_excel_still_opens_what_was_kept(decoder: Decoder, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.properties.creator = AUTHOR
    book.active["A1"] = "26 of 30"  # type: ignore[index]
    book.save(tmp_path / "book.xlsx")
    found = kept(decoder, tmp_path, (tmp_path / "book.xlsx").read_bytes(), ".xlsx")
    again = openpyxl.load_workbook(io.BytesIO(found))
    assert again.active["A1"].value == "26 of 30"  # type: ignore[index]
    assert AUTHOR not in str(again.properties)


def test_a_pdf_loses_who_made_it_and_keeps_what_it_says(decoder: Decoder, tmp_path: Path) -> None:
    content = pdf()
    assert content.count(AUTHOR.encode()) >= 3
    found = kept(decoder, tmp_path, content + b"<html>trailing</html>", ".pdf")
    assert AUTHOR.encode() not in found
    assert b"trailing" not in found
    reader = pypdf.PdfReader(io.BytesIO(found))
    assert len(reader.pages) == 1
    assert "what it says" in str(reader.pages[0].get_contents().get_data())  # type: ignore[union-attr]
    assert not reader.metadata
    assert reader.xmp_metadata is None


def test_photos_inside_lose_their_camera_and_stand_as_they_did(
    decoder: Decoder, tmp_path: Path
) -> None:
    found = kept(decoder, tmp_path, papers.pdf_with_photo(), ".pdf")
    assert AUTHOR.encode() not in found
    assert b"\xff\xd9" in found
    plain = without_camera(papers.photo())
    with Image.open(io.BytesIO(plain)) as picture:
        assert dict(picture.getexif()) == {ExifTags.Base.Orientation: 6}
        assert picture.tobytes() == Image.open(io.BytesIO(papers.photo())).tobytes()
    tagged = io.BytesIO()
    data = Image.Exif()
    data[ExifTags.Base.Artist] = AUTHOR
    Image.new("RGB", (9, 9), "red").save(tagged, "PNG", exif=data)
    assert AUTHOR.encode() in tagged.getvalue()
    assert AUTHOR.encode() not in without_camera(tagged.getvalue())
    assert Image.open(io.BytesIO(without_camera(tagged.getvalue()))).size == (9, 9)
    assert without_camera(b"GIF89a") == b"GIF89a"


DOCX = office("docx")
ENTITIES = {"word/document.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}
MACRO_TYPE = (
    '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
)


@pytest.mark.parametrize(
    ("content", "ending", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".docx", "type"),
        (b"<html>", ".docx", "type"),
        (pdf(), ".docx", "type"),
        (DOCX, ".xlsx", "type"),
        (DOCX, ".pdf", "type"),
        (b"MZ" + DOCX, ".docx", "type"),
        (b"MZ" + pdf(), ".pdf", "type"),
        (pdf() + DOCX, ".pdf", "type"),
        (jpeg(), ".pdf", "type"),
        (b"%PDF-1.7\n" + b"\0" * 400, ".pdf", "broken"),
        (DOCX[:200], ".docx", "broken"),
        (office("docx", **{"../x.xml": "x"}), ".docx", "broken"),
        (office("docx", **{"WORD/document.xml": "x"}), ".docx", "broken"),
        (office("docx", **{"word/vbaProject.bin": "x"}), ".docx", "macros"),
        (office("docx", **{"[Content_Types].xml": MACRO_TYPE}), ".docx", "macros"),
        (office("docx", **{"word/embeddings/oleObject1.bin": "x"}), ".docx", "macros"),
        (office("docx", **{"word/activeX/activeX1.xml": "x"}), ".docx", "macros"),
        (office("docx", **ENTITIES), ".docx", "entities"),
        (office("docx", **{"a.xml": b"\0" * (101 << 20)}), ".docx", "unpacked"),
        (office("docx", **{f"{n}.xml": "" for n in range(2001)}), ".docx", "members"),
        (pdf(OpenAction=papers.script()), ".pdf", "active"),
        (pdf(OpenAction=papers.launching()), ".pdf", "active"),
        (pdf(Names=papers.named("/EmbeddedFiles")), ".pdf", "active"),
        (pdf(Names=papers.named("/JavaScript")), ".pdf", "active"),
        (papers.locked(), ".pdf", "encrypted"),
    ],
)
def test_what_is_no_plain_document_is_refused_with_its_reason(
    decoder: Decoder, tmp_path: Path, content: bytes, ending: str, reason: str
) -> None:
    with pytest.raises(NotTaken) as refused:
        kept(decoder, tmp_path, content, ending)
    assert refused.value.reason == reason
    assert decoder.pid is not None


def test_a_document_proves_an_item_that_asks_for_one(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    url = item_url(site, DOCUMENT_ITEM)
    assert "Choose a document" in liaison.get(url).text
    answer = send(liaison, url, pdf(), names=("Wang.PDF",))
    assert answer.status_code == 303
    [piece] = pieces(site)
    assert (piece.kind, piece.media_type) == (ProofKind.DOCUMENT, "application/pdf")
    assert (piece.captured_at, piece.capture_source, piece.width) == (None, None, 0)
    page = liaison.get(url)
    assert form(page, "/submit").values("evidence") == [str(piece.id)]
    assert "Document 1" in page.text
    answer = liaison.get(f"/evidence/{piece.id}/file")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment;")
    assert quote(f"item {DOCUMENT_ITEM} document {piece.id} ") in said
    assert ".pdf" in said
    assert "Wang" not in said
    answer = liaison.get(f"/evidence/{piece.id}/thumb")
    assert answer.mimetype == "image/svg+xml"
    assert ">PDF<" in answer.text
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    page = liaison.get(f"/evidence/{piece.id}")
    assert "Save the document" in page.text
    assert "Document of" in page.text


def test_a_document_comes_in_parts_as_well_and_photos_stay_welcome(site: Site) -> None:
    liaison = Sender(site)
    content = office("xlsx")
    answer = liaison.send(content, 500, key=DOCUMENT_ITEM, filename="a.xlsx", client_key="a")
    assert answer.status_code == 204
    assert liaison.send(jpeg(), key=DOCUMENT_ITEM).status_code == 204
    assert [each.kind for each in pieces(site)] == [ProofKind.DOCUMENT, ProofKind.PHOTO]
    # Stored for one item, it does not slip beside one that asks for photos.
    answer = liaison.create(len(content), key=PHOTO_ITEM, filename="a.xlsx", client_key="a")
    assert answer.status_code == 422
    answer = liaison.visitor.send(
        form(liaison.visitor.get(item_url(site)), "/submit"), evidence=[str(pieces(site)[0].id)]
    )
    assert answer.status_code == 422


@pytest.mark.usefixtures("nothing_is_kept")
class TestRefused:
    """A refused document says why and what to do, and leaves nothing."""

    @pytest.mark.parametrize(
        ("content", "name", "key", "sentence"),
        [
            (pdf(), "a.pdf", PHOTO_ITEM, "Photos prove this item"),
            (b"x", "a.doc", DOCUMENT_ITEM, "save older files"),
            (DOCX, "a.xlsx", DOCUMENT_ITEM, "not what its name says"),
            (pdf(OpenAction=papers.script()), "a.pdf", DOCUMENT_ITEM, "Print it into a new PDF"),
            (b"", "a.pdf", DOCUMENT_ITEM, "damaged"),
        ],
    )
    def test_by_form(self, site: Site, content: bytes, name: str, key: str, sentence: str) -> None:
        answer = send(Visitor(site, "liaison"), item_url(site, key), content, names=(name,))
        assert answer.status_code == 422
        assert sentence in answer.text

    def test_in_parts(self, site: Site) -> None:
        liaison = Sender(site)
        assert liaison.create(9, key=PHOTO_ITEM, filename="a.pdf").status_code == 422
        answer = liaison.send(DOCX, key=DOCUMENT_ITEM, filename="a.pdf")
        assert answer.status_code == 422
        assert answer.json is not None
        assert answer.json["code"] == "document_type"


class Clamd:
    """A scanner that says what the test wants; ``seen`` is what it was given."""

    def __init__(self, verdict: bytes) -> None:
        self.verdict, self.seen = verdict, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.door.getsockname()[1]}"

    def serve(self) -> None:
        """Answers one scan after another."""
        while True:
            try:
                line, _address = self.door.accept()
            except OSError:
                return
            with line, line.makefile("rb") as stream:
                self.seen = b""
                assert stream.read(10) == b"zINSTREAM\0"
                while size := int.from_bytes(stream.read(4), "big"):
                    self.seen += stream.read(size)
                line.sendall(self.verdict)


def scanned(site: Site, address: str) -> Site:
    site.app.config["CAMPAIGNS"] = replace(site.app.config["CAMPAIGNS"], clamd=address)
    return site


def test_the_scanner_sees_what_was_sent_and_lets_it_pass(site: Site) -> None:
    clamd = Clamd(b"stream: OK\0")
    scanned(site, clamd.address)
    assert send(Visitor(site, "liaison"), item_url(site), jpeg()).status_code == 303
    assert clamd.seen == jpeg()


def test_what_the_scanner_finds_is_refused(site: Site, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("nothing_is_kept")
    scanned(site, Clamd(b"stream: Eicar-Test-Signature FOUND\0").address)
    answer = send(Visitor(site, "liaison"), item_url(site), jpeg())
    assert answer.status_code == 422
    assert "virus scanner stopped this file" in answer.text
    answer = Sender(site).send(jpeg())
    assert answer.status_code == 422


def test_without_its_scanner_nothing_is_taken_in_and_nothing_lost(
    site: Site, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("nothing_is_kept")
    away = Clamd(b"")
    for address in (away.address, str(site.folder / "no-socket")):
        scanned(site, address)
        answer = send(Visitor(site, "liaison"), item_url(site), jpeg())
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "scanner does not answer" in answer.text


def test_an_upload_waits_for_the_scanner_to_come_back(site: Site) -> None:
    scanned(site, str(site.folder / "no-socket"))
    liaison, photo = Sender(site), jpeg()
    url = liaison.create(len(photo)).location
    assert liaison.patch(url, 0, photo).status_code == 503
    assert pieces(site) == []
    scanned(site, Clamd(b"stream: OK\0").address)
    assert liaison.offset(url) == len(photo) - 1
    assert liaison.patch(url, len(photo) - 1, photo[-1:]).status_code == 204
    assert len(pieces(site)) == 1
