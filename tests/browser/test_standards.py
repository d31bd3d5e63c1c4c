"""A city office writes a standard of eight criteria in the browser, then the same by Excel."""

import io
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Live

pytestmark = pytest.mark.browser

SECTIONS = (("设施", "Equipment"), ("管理", "Management"))
#: Wording in both languages, points, and what else is filled in.
CRITERIA: dict[str, tuple[str, str, int, dict[str, str]]] = {
    "1.1": ("码头有救生圈", "Lifebuoys hang at the wharf", 20, {"pieces": "2"}),
    "1.2": ("护栏完好", "The railing is whole", 10, {}),
    "1.3": ("有水深标识", "The depth is marked", 10, {}),
    "1.4": (
        "照明灯亮灯率",
        "Lamps that work",
        15,
        {
            **{"evidence": "ratio", "cadence": "quarterly", "operator": ">=", "threshold": "90"},
            **{"numerator_zh": "亮灯数", "numerator_en": "lamps lit"},
            **{"denominator_zh": "灯总数", "denominator_en": "all lamps"},
        },
    ),
    "2.1": ("值班记录", "Duty log", 15, {"evidence": "document", "cadence": "quarterly"}),
    "2.2": ("应急演练", "Drill", 15, {"evidence": "document"}),
    "2.3": (
        "落水事故起数",
        "Accidents",
        5,
        {"evidence": "number", "operator": "==", "threshold": "0", "veto": "1"},
    ),
    "2.4": ("没有收费", "No fee is taken", 10, {"evidence": "declaration"}),
}


def fill(page: Page, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        field = page.locator(f"main [name={name}]").first
        if name in {"evidence", "cadence", "operator"}:
            field.select_option(value)
        elif name == "veto":
            field.check()
        else:
            field.fill(value)


def opened(page: Page) -> None:
    """Opens what is folded."""
    folded = page.locator("#criterion details:not([open]) summary")
    while folded.count():
        folded.first.click()


def write(page: Page) -> None:
    page.goto("/standards")
    page.locator("a[href='/standards/new']").click()
    fill(page, {"name_zh": "平安码头", "name_en": "Safe wharf"})
    page.locator("[name=kinds][value=village]").check()
    page.locator("main form button[type=submit]").click()
    for number, names in enumerate(SECTIONS, start=1):
        page.locator("a[href$='/sections/new']").click()
        fill(page, dict(zip(("name_zh", "name_en"), names, strict=True)))
        page.locator("main form button[type=submit]").first.click()
        lines = [code for code in CRITERIA if code.startswith(f"{number}.")]
        for code in lines:
            # The form of the next criterion comes by itself, with the next code.
            expect(page.locator("[name=code]")).to_have_value(code)
            zh, en, points, more = CRITERIA[code]
            opened(page)
            fill(page, {"text_zh": zh, "text_en": en, "points": str(points), **more})
            last = code == lines[-1]
            page.locator("#criterion .btns button").nth(0 if last else 1).click()


def publish(page: Page) -> None:
    expect(page.locator("[data-figure=points]")).to_have_attribute("data-numerator", "100")
    page.locator("a[href$='/publish']").click()
    page.locator("form[action$='/publish'] button").click()
    expect(page.locator("main .toast")).to_be_visible()
    expect(page.locator("main .it")).to_have_count(8)


@pytest.mark.parametrize(
    ("size", "scripts"), [(DESKTOP, True), (PHONE, False)], ids=["desktop", "phone, no scripts"]
)
def test_a_standard_is_written_then_brought_by_excel_and_published(
    live: Live, tmp_path: Path, size: tuple[int, int], scripts: bool
) -> None:
    page = live.visit("office", size, scripts=scripts)
    write(page)
    with page.expect_download() as taken:
        page.locator("a[href$='/draft.xlsx']").click()
    book = openpyxl.load_workbook(io.BytesIO(taken.value.path().read_bytes()))
    publish(page)

    sheet = book.active
    assert sheet is not None
    for cell, value in (("A2", "safe-ferry"), ("B2", "平安渡口"), ("C2", "Safe ferry")):
        sheet[cell] = value
    file = tmp_path / "ferry.xlsx"
    book.save(file)
    page.goto("/standards/import")
    page.locator("[name=file]").set_input_files(file)
    page.locator("form[action='/standards/import'] button").click()
    page.locator("form[action$='/apply'] button").click()
    publish(page)
    page.goto("/standards/safe-ferry")
    ferry = page.locator("main .cl-sec").all_inner_texts()
    page.goto("/standards/safe-wharf")
    assert page.locator("main .cl-sec").all_inner_texts() == ferry
