"""Printed documents: every character of ours is in the font, and text is never markup."""

import io
import json
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import typst
from PIL import Image

from campaigns import jurisdictions
from campaigns.documents import printing
from campaigns.exchange.ledger.paper import SIGNS
from tests.cast import NOW

#: A character that no font has: what a missing one looks like.
MISSING = "\ue000"
_COLUMNS, _CELL = 40, 24
_SHEET = """
#set page(width: 480pt, height: auto, margin: 0pt)
#set text(font: "WenQuanYi Micro Hei", size: 9pt, fallback: false)
#grid(columns: (12pt,) * 40, rows: 12pt,
  ..json(bytes(sys.inputs.signs)).map(each => align(center + horizon, each)))
"""
NOTHING: dict[str, Any] = {
    "language": "en",
    "product": "Safe Langzhong",
    "banner": None,
    "day": "2026-09-16",
    "unit": "示范村",
    "cover": [],
    "seal": None,
    "titles": [],
    "campaigns": [],
    "files": [],
}
WORDS = ("title", "contents", "titles", "no_titles", "no_campaigns")


def drawn(signs: list[str]) -> list[bytes]:
    """How our font draws each character."""
    sheet = typst.Compiler(font_paths=[str(printing.FONTS)], ignore_system_fonts=True).compile(
        _SHEET.encode(), format="png", ppi=144, sys_inputs={"signs": json.dumps(signs)}
    )
    page = Image.open(io.BytesIO(sheet)).convert("L")
    places = [divmod(number, _COLUMNS) for number in range(len(signs))]
    boxes = [
        (column * _CELL, row * _CELL, (column + 1) * _CELL, (row + 1) * _CELL)
        for row, column in places
    ]
    return [page.crop(each).tobytes() for each in boxes]


def text(content: bytes) -> str:
    """The text of a PDF."""
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


@pytest.fixture
def facts() -> dict[str, Any]:
    return NOTHING | {"words": dict.fromkeys(WORDS, "word")}


def test_the_font_has_every_hanzi_and_every_character_of_langzhong_and_every_sign() -> None:
    names = jurisdictions.LANGZHONG.read_text(encoding="utf-8")
    hanzi = {chr(code) for code in range(0x4E00, 0x9FA6)}
    wanted = (
        hanzi | {c for c in names if not c.isspace()} | set("".join(SIGNS.values()) + "←≥≤＝〔〕")
    )
    missing, *found = drawn([MISSING, *sorted(wanted)])
    assert [c for c, each in zip(sorted(wanted), found, strict=True) if each == missing] == []


def test_a_missing_character_would_be_seen() -> None:
    first, second, known = drawn([MISSING, "\ue001", "阆"])
    assert first == second != known


def test_what_people_typed_is_never_markup(facts: dict[str, Any]) -> None:
    typed = '#panic("x") *bold* $x^2$ [a] `b` // c \\ <d> @e = f'
    assert text(printing.pdf("ledger", facts | {"unit": typed}, at=NOW)).count(typed) >= 1


def test_what_has_no_space_to_break_at_stays_on_its_page(facts: dict[str, Any]) -> None:
    pages = pypdfium2.PdfDocument(
        printing.pdf("ledger", facts | {"cover": [["Unit code", "U" * 300]]}, at=NOW)
    )
    page = pages[0]
    signs = page.get_textpage()
    rights = [signs.get_charbox(each)[2] for each in range(signs.count_chars())]
    assert len(rights) > 300
    assert max(rights) < page.get_width() - 45


def test_the_same_facts_at_the_same_instant_are_the_same_bytes(facts: dict[str, Any]) -> None:
    first = printing.pdf("ledger", facts, at=NOW)
    assert printing.pdf("ledger", facts, at=NOW) == first
    assert printing.pdf("ledger", facts, at=NOW + timedelta(days=1)) != first


def test_a_template_that_does_not_fit_its_facts_says_so(
    facts: dict[str, Any], tmp_path: Any
) -> None:
    del facts["unit"]
    with pytest.raises(printing.NotPrinted, match="unit"):
        printing.pdf_of_folder("ledger", facts, tmp_path, tmp_path / "x.pdf", at=NOW)
    with pytest.raises(printing.NotPrinted, match="unit"):
        printing.pdf("ledger", facts, at=NOW)
