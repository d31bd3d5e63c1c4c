"""Tables from Excel and CSV: awkward files are read right or refused in plain words."""

from datetime import date

import pytest

from campaigns.documents import archives, tables
from campaigns.documents.tables import Column, Record
from campaigns.errors import Refused
from tests import sheets

COLUMNS = (
    Column("code", "代码", "Code", required=True),
    Column("name", "名称", "Name"),
    Column("number", "户数", "Households"),
    Column("day", "日期", "Day"),
)
HEAD = ["代码", "名称", "户数", "日期"]


def read(content: bytes, name: str = "a.xlsx") -> list[Record]:
    return tables.read(content, name, COLUMNS)


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(Refused) as refused:
        read(content, name)
    return refused.value.faults[0].code


def test_full_width_digits_and_spaces_are_read_as_digits() -> None:
    (row,) = read(
        sheets.csv([HEAD, ["５１１３８１", "　五龙村　", "３１２", "２０２６－０１－０１"]]),
        "a.csv",
    )
    assert (row.text("code"), row.text("name")) == ("511381", "五龙村")
    assert (row.integer("number"), row.day("day")) == (312, date(2026, 1, 1))


def test_leading_zeros_stay_and_numbers_have_no_point() -> None:
    rows = read(sheets.xlsx([HEAD, ["007", "a", 12, None], [511381128202, "b", 12.0, None]]))
    assert [row.text("code") for row in rows] == ["007", "511381128202"]
    assert [row.integer("number") for row in rows] == [12, 12]


@pytest.mark.parametrize("since_1904", [False, True])
def test_days_are_the_same_in_both_systems_of_excel(since_1904: bool) -> None:
    (row,) = read(sheets.xlsx([HEAD, ["1", "a", 1, date(2026, 2, 28)]], since_1904=since_1904))
    assert row.day("day") == date(2026, 2, 28)


@pytest.mark.parametrize(
    "typed", ["2026-02-28", "2026/2/28", "2026.2.28", "2026年2月28日", "20260228"]
)
def test_days_are_read_as_people_write_them(typed: str) -> None:
    (row,) = read(sheets.csv([HEAD, ["1", "a", "", typed]]), "a.csv")
    assert row.day("day") == date(2026, 2, 28)


def test_the_names_may_stand_below_a_merged_title_and_in_any_order() -> None:
    rows = [
        ["单位名册（2026）", "", ""],
        ["日期", "Code *", "户数（户）"],
        [date(2026, 1, 1), "X1", 3],
    ]
    (row,) = read(sheets.xlsx(rows, merged="A1:C1"))
    assert (row.row, row.text("code"), row.integer("number")) == (3, "X1", 3)
    assert row.headings["number"] == "户数（户）"


def test_a_merged_name_says_the_same_wherever_it_reaches() -> None:
    (row,) = read(sheets.xlsx([["代码", None, "户数"], ["X1", "X2", 4]], merged="A1:B1"))
    assert row.text("code") == "X1"


def test_a_formula_is_not_evaluated_its_stored_result_is_taken() -> None:
    rows = read(sheets.xlsx([HEAD, ["1", "a", "=1+1", None], ["2", "=HYPERLINK(A1)", 1, None]]))
    assert rows[0].integer("number") == 7
    assert rows[1].text("name") == "7"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_is_read_in_the_encodings_of_the_country(encoding: str) -> None:
    (row,) = read(sheets.csv([HEAD, ["1", "五龙村㙍", "3", ""]], encoding), "a.csv")
    assert row.text("name") == "五龙村㙍"


def test_what_our_own_export_defused_comes_back_as_it_was() -> None:
    (row,) = read(sheets.csv([HEAD, ["1", "'=A1", "3", ""]]), "a.csv")
    assert row.text("name") == "=A1"


def test_a_cell_that_is_wrong_is_named_by_row_and_column() -> None:
    (row,) = read(sheets.csv([HEAD, ["", "a" * 300, "3.5", "31.2.2026"]]), "a.csv")
    row.text("code", required=True)
    row.text("name", 200)
    row.integer("number")
    row.day("day")
    assert [(each.row, each.column, each.fault.code) for each in row.faults] == [
        (2, "代码", "cell_missing"),
        (2, "名称", "text_too_long"),
        (2, "户数", "number_invalid"),
        (2, "日期", "date_invalid"),
    ]


@pytest.mark.parametrize("code", sorted(sheets.harmful([HEAD, ["1", "a", 1, ""]])))
def test_a_harmful_or_useless_file_is_refused_whole(code: str) -> None:
    name, content = sheets.harmful([HEAD, ["1", "a", 1, ""]])[code]
    assert refusal(content, name) == code


def test_a_picture_with_another_ending_is_no_table() -> None:
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(100), "photo.xlsx") == "table_type"
    assert refusal(b"a,b\0c", "nul.csv") == "table_type"


def test_a_hundred_thousand_columns_are_refused_and_not_waited_for() -> None:
    wide = ["x"] * 100_000
    assert refusal(sheets.csv([wide, wide]), "wide.csv") == "table_too_large"


def test_the_cell_in_the_last_corner_costs_no_memory() -> None:
    good = sheets.xlsx([HEAD, ["1", "a", 1, ""]])
    assert archives.cells(good) == 8
    assert archives.cells(sheets.harmful([HEAD])["table_too_large"][1]) == 16_384 * 1_048_576


def test_more_rows_than_a_file_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROWS", 3)
    rows = [HEAD, *(["1", "a", "1", ""] for _ in range(4))]
    assert refusal(sheets.csv(rows), "long.csv") == "table_too_long"
    assert refusal(sheets.xlsx(rows), "long.xlsx") == "table_too_long"
