"""Certificates and plaques: what stands on them, who gets them, and that their code is read."""

import re
from datetime import timedelta

import pypdfium2
import pytest
import segno
import sqlalchemy as sa
from PIL import Image, ImageOps

from campaigns import titles
from campaigns.database import db
from campaigns.errors import Refused
from campaigns.history import Event
from campaigns.jurisdictions import EVERYWHERE
from campaigns.titles import Title, certificates, suspending
from campaigns.titles.certificates import CERTIFICATE, PLAQUE
from tests.cast import Cast
from tests.conftest import Site, Time
from tests.doing import enrolment, entitle
from tests.visiting import Visitor, meanwhile

ADDRESS = "https://campaigns.example"
PAPERS = (CERTIFICATE, PLAQUE)


def address(title: Title) -> str:
    return f"{ADDRESS}/verify/{title.serial}"


def text(content: bytes) -> str:
    """The text of a PDF, without its spaces: they are set, not typed."""
    pages = pypdfium2.PdfDocument(content)
    return re.sub(r"\s", "", "".join(each.get_textpage().get_text_range() for each in pages))


def raster(content: bytes, number: int = 0) -> Image.Image:
    page: Image.Image = pypdfium2.PdfDocument(content)[number].render(scale=4).to_pil()
    return page.convert("L")


def held(cast: Cast, *units: str) -> list[Title]:
    ids = [entitle(cast, each) for each in units]
    found = [db.session.get_one(Title, each) for each in ids]
    return [certificates.find(each.serial, EVERYWHERE) for each in found]


@pytest.mark.parametrize("paper", PAPERS)
def test_it_says_what_in_both_languages_and_where_to_verify(cast: Cast, paper: str) -> None:
    (title,) = held(cast, "village")
    made = certificates.printed(paper, [title], address, demonstration=False)
    told = text(made)
    wanted = [
        *(title.standard.name_zh, title.standard.name_en, title.unit.name_zh, title.unit.name_en),
        *("阆中市平安创建", "有效期2025年12月1日", "1December2025", title.serial),
    ]
    wanted += ["第1版", title.document_number, "此处用印"] if paper == CERTIFICATE else []
    for part in wanted:
        assert re.sub(r"\s", "", part) in told, part
    assert "样张" not in told
    page = pypdfium2.PdfDocument(made)[0]
    assert [round(each) for each in page.get_size()] == [842, 595]
    assert "样张" in text(certificates.printed(paper, [title], address, demonstration=True))


@pytest.mark.parametrize("paper", PAPERS)
def test_its_code_is_the_public_address(cast: Cast, paper: str) -> None:
    (title,) = held(cast, "village")
    made = certificates.printed(paper, [title], address, demonstration=True)
    assert carries(made, paper, address(title))
    assert not carries(made, paper, address(title)[:-1] + "0")


def carries(content: bytes, paper: str, where: str) -> bool:
    """Whether the code on a paper is that of an address, square by square."""
    page = raster(content)
    rows = [list(row) for row in segno.make_qr(where, error="m").matrix_iter(border=0)]
    left, top, side = _square(page, paper)
    step = side / len(rows)
    return all(
        (page.getpixel((round(left + (x + 0.5) * step), round(top + (y + 0.5) * step))) < 128)
        is bool(dark)
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
    )


def _square(page: Image.Image, paper: str) -> tuple[float, float, float]:
    """Where the code lies: what is black in the white box that is kept for it."""
    unit = page.width / 297
    box = {CERTIFICATE: (200, 111, 270, 157), PLAQUE: (223, 127, 263, 167)}[paper]
    part = page.crop(tuple(round(each * unit) for each in box))
    left, top, right, bottom = ImageOps.invert(part).point(lambda v: 255 * (v > 128)).getbbox()
    assert abs((right - left) - (bottom - top)) <= 2
    return round(box[0] * unit) + left, round(box[1] * unit) + top, right - left


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_of_it_leaves_the_sheet_however_long_the_names(cast: Cast, paper: str) -> None:
    (title,) = held(cast, "village")
    title.unit.name_zh, title.unit.name_en = "示范" * 40, "Demonstration " * 20
    title.document_number = "阆委办〔2026〕" * 12
    made = certificates.printed(paper, [title], address, demonstration=True)
    page = pypdfium2.PdfDocument(made)[0]
    signs = page.get_textpage()
    boxes = [signs.get_charbox(each) for each in range(signs.count_chars())]
    assert min(box[0] for box in boxes) >= 0
    assert max(box[2] for box in boxes) <= page.get_width() - 20
    assert len(pypdfium2.PdfDocument(made)) == 1


@pytest.mark.parametrize("paper", PAPERS)
def test_in_black_and_white_everything_can_be_read(cast: Cast, paper: str) -> None:
    (title,) = held(cast, "village")
    page = raster(certificates.printed(paper, [title], address, demonstration=False))
    share = page.histogram()
    dark = sum(share[:128]) / sum(share)
    white = sum(share[250:]) / sum(share)
    assert 0.02 < dark < 0.25
    assert white > 0.6


def test_only_a_title_that_is_valid_or_about_to_be_has_papers(cast: Cast, time: Time) -> None:
    (title,) = held(cast, "village")
    today = time.now
    for days, fine in ((-365, True), (0, True), (366 * 6, False)):
        time.now = today + timedelta(days=days)
        if fine:
            assert certificates.printed(CERTIFICATE, [title], address, demonstration=False)
        else:
            with pytest.raises(Refused, match="certificate_not_valid"):
                certificates.printed(CERTIFICATE, [title], address, demonstration=False)
    time.now = today
    title.withdrawn_on = time.now.date()
    with pytest.raises(Refused, match="certificate_not_valid"):
        certificates.printed(CERTIFICATE, [title], address, demonstration=False)


def test_a_document_has_a_sheet_for_each_of_its_titles_in_parts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(cast, "village", "neighbour", "far village")
    ((number, _day, count),) = certificates.documents(EVERYWHERE, limit=5)
    assert (number, count) == ("1", 3)
    monkeypatch.setattr("campaigns.settings.CERTIFICATES_AT_ONCE", 2)
    parts = [certificates.of_document("1", EVERYWHERE, part=each) for each in (1, 2)]
    assert [len(each) for each in parts] == [2, 1]
    made = certificates.printed(CERTIFICATE, parts[0], address, demonstration=False)
    assert len(pypdfium2.PdfDocument(made)) == 2


def test_of_a_document_only_those_are_counted_that_have_papers(cast: Cast, time: Time) -> None:
    suspended, other = held(cast, "village", "neighbour")
    day, until = time.now.date(), time.now.date() + timedelta(days=30)
    suspending.suspend([suspended], "1", until=until, incident_id=None, by=cast.people["office"])
    assert [each[2] for each in certificates.documents(EVERYWHERE, limit=5)] == [1]
    assert list(certificates.of_document("1", EVERYWHERE)) == [other]
    titles.end(other, day - timedelta(days=1))
    assert certificates.documents(EVERYWHERE, limit=5) == []


def test_a_household_title_says_how_many(cast: Cast) -> None:
    village = enrolment(cast, standard="tech-household")
    title = titles.grant(
        village.unit,
        village.campaign.version,
        place_id=village.place_id,
        town_id=village.town_id,
        number=87,
        serial=titles.new_serial(2026, 1),
        document_number="1",
        valid_from=village.campaign.opens_on,
        enrolment_id=None,
        by=None,
    )
    found = certificates.find(title.serial, EVERYWHERE)
    told = text(certificates.printed(CERTIFICATE, [found], address, demonstration=False))
    assert "共87户" in told
    assert "87households" in told


@pytest.fixture
def serials(site: Site) -> dict[str, str]:
    """The serials of titles held in two towns."""
    with meanwhile(site):
        made = {each: entitle(site.cast, each) for each in ("village", "far village")}
        return {unit: db.session.get_one(Title, id).serial for unit, id in made.items()}


def test_the_papers_are_sent_to_whoever_sees_the_unit(site: Site, serials: dict[str, str]) -> None:
    seen = ("liaison", "office", "auditor", "reviewer")
    for username in (*seen, "far_reviewer", "neighbour"):
        visitor = Visitor(site, username)
        for ending in (".pdf", "/plaque.pdf"):
            url, sees = f"/titles/{serials['village']}{ending}", username in seen
            answer = visitor.get(url, headers={"X-Forwarded-Host": "evil.example"})
            assert answer.status_code == (200 if sees else 404), f"{username} {url}"
            if sees:
                assert answer.mimetype == "application/pdf"
                assert answer.data.startswith(b"%PDF")
                assert "attachment" in answer.headers["Content-Disposition"]
    with site.app.app_context():
        verbs = db.session.scalars(sa.select(Event.verb).where(Event.subject == CERTIFICATE)).all()
        assert set(verbs) == {"exported"}
        assert len(verbs) == 4


@pytest.mark.usefixtures("serials")
def test_a_document_gives_each_person_what_she_may_see(site: Site) -> None:
    for username, pages in (("office", 2), ("reviewer", 1), ("neighbour", None)):
        for url in ("/titles/certificates.pdf?document=1", "/titles/plaques.pdf?document=1"):
            answer = Visitor(site, username).get(url)
            if pages is None:
                assert answer.status_code == 404
            else:
                assert len(pypdfium2.PdfDocument(answer.data)) == pages
    office = Visitor(site, "office")
    assert "document=1" in office.get("/titles/documents").text
    parts = ("2", "x", "0", "1000", "")
    for wrong in ("", "?document=2", *(f"?document=1&part={each}" for each in parts)):
        assert office.get(f"/titles/certificates.pdf{wrong}").status_code == 404
    assert Visitor(site, "auditor").get("/titles/documents").status_code == 403


def test_a_title_that_is_over_has_no_papers(
    site: Site, serials: dict[str, str], time: Time
) -> None:
    time.pass_by(days=366 * 6)
    answer = Visitor(site, "office").get(f"/titles/{serials['village']}.pdf")
    assert answer.status_code == 422
    assert "only while its title is valid" in answer.text
