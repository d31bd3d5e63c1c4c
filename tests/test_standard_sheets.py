"""Standards as Excel: what is written reads back the same, and every fault is named by its cell."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from campaigns import standards
from campaigns.documents import writing
from campaigns.errors import Refused
from campaigns.standards import EvidenceKind, comparison, drafts, imports, rules, sheets
from campaigns.standards.comparison import Change
from campaigns.standards.imports import Sheet
from tests.cast import Cast
from tests.doing import events
from tests.drafting import NAME, SLUG, line

HEADINGS = [column.zh for column in sheets.COLUMNS]
AT = {column.name: place for place, column in enumerate(sheets.COLUMNS)}


def template() -> list[list[Any]]:
    return [list(row) for row in sheets.examples(chinese=True)]


def xlsx(rows: list[list[Any]], headings: list[str] = HEADINGS) -> bytes:
    """An Excel file as a spreadsheet program writes it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [headings, *rows]:
        sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def check(rows: list[list[Any]], headings: list[str] = HEADINGS) -> Sheet:
    return imports.check(xlsx(rows, headings), "standard.xlsx")


def told(sheet: Sheet) -> set[tuple[int, str | None, str]]:
    return {(each.row, each.column, each.fault.code) for each in sheet.faults}


def changed(**cells: Any) -> list[list[Any]]:
    """The template with cells changed: ``points_2=7`` in its second line."""
    rows = template()
    for name, value in cells.items():
        column, _, number = name.rpartition("_")
        rows[int(number) - 1][AT[column]] = value
    return rows


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("chinese", [True, False], ids=["zh", "en"])
def test_the_template_can_be_imported_as_it_is(tmp_path: Path, chinese: bool) -> None:
    file = tmp_path / "t.xlsx"
    names = [column.zh if chinese else column.en for column in sheets.COLUMNS]
    writing.xlsx(file, "t", names, sheets.examples(chinese=chinese))
    sheet = imports.check(file.read_bytes(), "t.xlsx")
    assert sheet.faults == []
    made = imports.make(sheet, by=None)[0]
    assert rules.of_version(drafts.find("example-village")) == []
    assert {each.evidence for each in made.criteria} == set(EvidenceKind)
    assert events("version", made.id) == ["version_filled"]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_every_standard_survives_the_way_into_a_file_and_back(tmp_path: Path, ending: str) -> None:
    published = {each.standard.slug: each for each in standards.current()}
    lines = [row for each in published.values() for row in sheets.rows(each, chinese=True)]
    if ending == "xlsx":
        file = tmp_path / "all.xlsx"
        writing.xlsx(file, "all", HEADINGS, lines)
        content = file.read_bytes()
    else:
        content = b"".join(writing.csv_lines(HEADINGS, lines))
    sheet = imports.check(content, f"all.{ending}")
    assert sheet.faults == []
    assert [each.frame.slug for each in sheet.standards] == list(published)
    for made in imports.make(sheet, by=None):
        before = published[made.standard.slug]
        assert rules.of_version(made) == []
        pairs = comparison.pairs(before.criteria, made.criteria)
        assert {(pair.change, pair.differences) for pair in pairs} == {(Change.SAME, ())}
        assert [each.name for each in made.sections] == [each.name for each in before.sections]


FAULTS = [
    ({"points_2": 12}, {(2, "分值", "points_too_few")}),
    ({"points_2": 25}, {(2, "分值", "points_too_many")}),
    ({"points_2": "十二"}, {(3, "分值", "number_invalid")}),
    ({"points_2": None}, {(3, "分值", "cell_missing")}),
    ({"points_2": 101}, {(3, "分值", "points_out_of_range")}),
    ({"code_2": "1.1"}, {(3, "编号", "criterion_code_twice")}),
    ({"code_2": "第二"}, {(3, "编号", "criterion_code_invalid")}),
    ({"code_2": None}, {(3, "编号", "criterion_code_invalid")}),
    ({"text_zh_2": None}, {(3, "评分项", "criterion_text_missing")}),
    ({"text_en_2": None}, {(3, "评分项英文", "language_missing")}),
    ({"text_en_2": "x" * 501}, {(3, "评分项英文", "text_too_long")}),
    ({"text_zh_2": "问11010519491231002X"}, {(3, "评分项", "identity_number")}),
    ({"name_zh_1": "11010519491231002X"}, {(2, "标准名称", "identity_number")}),
    ({"evidence_2": "录音"}, {(3, "佐证", "cell_unknown")}),
    ({"evidence_2": None}, {(3, "佐证", "cell_missing")}),
    ({"cadence_2": "每天"}, {(3, "周期", "cell_unknown")}),
    ({"veto_2": "也许"}, {(3, "否决项", "cell_unknown")}),
    ({"department_4": "气象"}, {(5, "核实部门", "cell_unknown")}),
    ({"pieces_1": 0}, {(2, "每年份数", "pieces_needed")}),
    ({"operator_3": None}, {(4, "比较", "operator_missing")}),
    ({"threshold_3": None}, {(4, "标准值", "threshold_missing")}),
    ({"threshold_3": 0.9}, {(4, "标准值", "number_invalid")}),
    ({"numerator_zh_3": None, "numerator_en_3": None}, {(4, "分子", "numerator_missing")}),
    ({"numerator_en_1": "good"}, {(2, "分子英文", "wording_needs_ratio")}),
    ({"slug_1": None}, {(2, "标准代号", "cell_missing")}),
    ({"slug_1": "平安村"}, {(2, "标准代号", "slug_invalid")}),
    ({"registration_1": "个人"}, {(2, "登记方式", "cell_unknown")}),
    ({"kinds_1": "村、工地"}, {(2, "参评单位", "cell_unknown")}),
    ({"kinds_1": None}, {(2, "参评单位", "kinds_missing")}),
    ({"pass_mark_1": None}, {(2, "合格分", "cell_missing")}),
    ({"excellent_mark_1": 80}, {(2, "优秀分", "excellent_below_pass")}),
    ({"validity_years_1": 9}, {(2, "有效年数", "validity_out_of_range")}),
    ({"pass_mark_3": 60}, {(4, "合格分", "cell_differs")}),
    ({"section_zh_1": None}, {(2, "部分", "cell_missing")}),
    ({"section_zh_2": "别的"}, {(3, "部分", "cell_differs")}),
]


@pytest.mark.usefixtures("cast")
def test_each_fault_is_named_by_row_and_column() -> None:
    for cells, expected in FAULTS:
        assert told(check(changed(**cells))) == expected, cells


@pytest.mark.usefixtures("cast")
def test_all_faults_are_named_at_once_and_nothing_is_imported() -> None:
    cells = {"points_1": "x", "evidence_2": "录音", "text_en_4": None, "pass_mark_1": 120}
    sheet = check(changed(**cells))
    assert told(sheet) == {
        (2, "分值", "number_invalid"),
        (2, "合格分", "mark_out_of_range"),
        (2, "优秀分", "excellent_below_pass"),
        (3, "佐证", "cell_unknown"),
        (5, "评分项英文", "language_missing"),
    }
    with pytest.raises(ValueError, match="faults"):
        imports.make(sheet, by=None)
    assert drafts.every() == []


@pytest.mark.usefixtures("cast")
def test_full_width_digits_numbers_and_merged_headings_survive() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["示例市创建标准"])
    sheet.merge_cells("A1:H1")
    sheet.append([f"{each}*" for each in HEADINGS])
    rows = changed(points_1="３０", code_3="２．１", threshold_3="９０", pieces_2="4.0", veto_4="√")
    rows[1][AT["code"]] = 1.2
    for row in rows:
        sheet.append(row)
    checked = imports.check(saved(book), "standard.XLSX")
    assert checked.faults == []
    assert [each.code for each in checked.standards[0].criteria] == [
        *("1.1", "1.2", "2.1", "2.2", "2.3")
    ]
    assert checked.standards[0].criteria[0].points == 30


@pytest.mark.usefixtures("cast")
def test_columns_may_stand_in_any_order_and_optional_ones_may_be_absent() -> None:
    wanted = [c.name for c in reversed(sheets.COLUMNS) if c.required]
    rows = [[row[AT[name]] for name in wanted] for row in template()[:2]]
    rows[1][wanted.index("points")] = 70
    sheet = check(rows, [sheets.COLUMNS[AT[name]].en for name in wanted])
    assert sheet.faults == []
    rows[1][wanted.index("evidence")] = "ratio"
    assert {each.fault.code for each in check(rows, wanted).faults} == {
        *("numerator_missing", "denominator_missing")
    }


def macros() -> bytes:
    stream = io.BytesIO(xlsx(template()))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO(xlsx(template()))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zero.bin", b"\0" * 120_000_000)
    return stream.getvalue()


def entities() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    return stream.getvalue()


BAD_FILES = [
    (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.xls", "table_old"),
    (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old.xlsx", "table_old"),
    (macros, "macro.xlsx", "table_macros"),
    (macros, "macro.xlsm", "table_type"),
    (bomb, "bomb.xlsx", "table_unpacked"),
    (entities, "entities.xlsx", "table_entities"),
    (lambda: b"PK\x03\x04broken", "broken.xlsx", "table_broken"),
    (lambda: xlsx(template(), ["甲", *HEADINGS[1:]]), "columns.xlsx", "columns_missing"),
    (lambda: xlsx([]), "empty.xlsx", "table_empty"),
    (lambda: b"", "empty.csv", "columns_missing"),
    (lambda: xlsx(template())[:3000], "half.xlsx", "table_broken"),
    (lambda: xlsx(template() * 401), "long.xlsx", "table_too_long"),
    (lambda: b"<html></html>", "page.html", "table_type"),
]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(("make", "name", "code"), BAD_FILES, ids=[b[1] for b in BAD_FILES])
def test_a_bad_file_is_refused_as_a_whole(make: Any, name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        imports.check(make(), name)
    assert [each.code for each in refused.value.faults] == [code]


@pytest.mark.usefixtures("cast")
def test_formulas_are_text_on_the_way_out_and_never_run_on_the_way_in() -> None:
    draft = drafts.begin(SLUG, by=None)
    copy = line("1.9", 0, text_zh="=1+1", text_en="@SUM(A1)")
    drafts.save_criterion(draft, None, copy, draft.row_version, by=None)
    lines = list(sheets.rows(drafts.find(SLUG), chinese=True))
    content = b"".join(writing.csv_lines(HEADINGS, lines))
    assert "'=1+1" in {cell for row in csv.reader(content.decode().splitlines()) for cell in row}
    found = imports.check(content, "back.csv").standards[0].criteria
    assert ("=1+1", "@SUM(A1)") in {(each.text_zh, each.text_en) for each in found}


@pytest.mark.usefixtures("cast")
def test_a_file_takes_the_place_of_the_draft_and_keeps_its_pictures() -> None:
    draft = drafts.begin(SLUG, by=None)
    drafts.criterion(draft, "2.2").example_sha256 = "0" * 64
    drafts.save_criterion(draft, None, line("1.9", 0), draft.row_version, by=None)
    seen = draft.row_version
    lines = list(sheets.rows(standards.versions_of(SLUG)[0], chinese=True))
    lines[0][AT["pass_mark"]] = 88
    made = imports.make(check([list(row) for row in lines]), by=None)[0]
    assert made.id == draft.id
    assert made.row_version > seen
    found = drafts.find(SLUG)
    assert found.pass_mark == 88
    assert "1.9" not in {each.code for each in found.criteria}
    assert drafts.criterion(found, "2.2").example_sha256 == "0" * 64


@pytest.mark.usefixtures("cast")
def test_a_file_cannot_rename_what_is_published() -> None:
    lines = [list(row) for row in sheets.rows(standards.versions_of(SLUG)[0], chinese=True)]
    lines[0][AT["name_zh"]] = NAME.zh
    lines[0][AT["kinds"]] = "学校"
    assert told(check(lines)) == {
        (2, "标准名称", "standard_is_kept"),
        (2, "参评单位", "standard_is_kept"),
    }


def test_a_checked_file_is_kept_for_its_person_until_it_is_dropped(cast: Cast) -> None:
    person = cast.people["office"]
    imports.keep(xlsx(template()), "a.xlsx", by=person)
    first = imports.kept(person)
    assert first
    assert first[0].is_clean
    imports.keep(xlsx(changed(points_1=29, points_2=21)), "b.XLSX", by=person)
    second = imports.kept(person)
    assert second
    assert second[0].standards[0].criteria[0].points == 29
    assert first[1] != second[1]
    imports.make(second[0], by=person)
    # What it would do has changed: there is a draft now whose place it would take.
    assert imports.kept(person) not in (None, second)
    assert imports.kept(cast.people["admin"]) is None
    imports.drop(person)
    assert imports.kept(person) is None
