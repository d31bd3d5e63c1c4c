"""The lists as files: what stands in them, within the scope, on both databases."""

import time
import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import jurisdictions, standards, units
from campaigns.database import db
from campaigns.documents import writing
from campaigns.enrolment import checklist
from campaigns.errors import Refused
from campaigns.exchange import boards, lists, profiles, tables
from campaigns.exchange.tables import Reason, Speech, Table, Verb, column
from campaigns.jurisdictions import NOWHERE, Scope, interval
from campaigns.text import Bilingual
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.boards import name
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.doing import EVERYWHERE, approve, enrolment, give_back, send, statements
from tests.files import Rows, comma, excel, sheet

PLAIN = Speech("en", {})
#: What a spreadsheet may take for a formula: the signs, white space before them, full width.
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A1")


def town(code: str) -> Scope:
    return Scope((interval(f"/51/5113/511381/{code}/"),))


def written(table: Table, folder: Path, speech: Speech = PLAIN, **more: Any) -> Rows:
    """A list as its Excel file has it; its CSV must say the same."""
    kept = list(table.rows)
    found: list[Rows] = []
    for ending, read in (("xlsx", excel), ("csv", comma)):
        file = folder / f"{table.name}.{ending}"
        again = Table(table.name, table.title, table.as_of, table.columns, iter(kept))
        assert tables.write(again, file, speech, **more) == len(kept)
        found.append(read(file.read_bytes()))
    as_sheet, as_text = found
    assert [list(row) for row in as_sheet] == [list(row) for row in as_text]
    for one, other in zip(as_sheet, as_text, strict=True):
        for heading, value in one.items():
            assert _says(other[heading], value), f"{heading}: {value!r}, {other[heading]!r}"
    return as_sheet


def _says(text: str, value: Any) -> bool:
    """Whether a CSV cell says the same as a cell of a sheet."""
    if isinstance(value, int | float):
        return float(text) == value
    if isinstance(value, datetime):
        return text == f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return text == value.isoformat()
    # XML has no carriage return of its own; spreadsheets write and read it as an escape.
    return text == writing.defused((value or "").replace("_x000D_", "\r"))


@pytest.mark.usefixtures("cast")
def test_the_register_holds_what_the_page_shows_all_of_it_in_its_order(tmp_path: Path) -> None:
    found = written(lists.of_units(EVERYWHERE), tmp_path)
    shown = units.page(EVERYWHERE, limit=1000)
    assert [row["Unit code"] for row in found] == [each.code for each in shown]
    village = next(row for row in found if row["Unit code"] == f"U{TIANGONG}202")
    assert village == {
        "Unit code": "U511381128202",
        "Unit": "Wulong village",
        "Kind": "village",
        "Place code": "511381128202",
        "Place": "Wulong village",
        "Town code": TIANGONG,
        "Town": "Tiangong town",
        "Households": 100,
        "Households as of": date(2026, 1, 1),
        "In the register from": date(2023, 6, 30),
        "As of": date(2026, 9, 16),
    }


def test_filters_and_scope_are_those_of_the_page(cast: Cast, tmp_path: Path) -> None:
    schools = written(lists.of_units(EVERYWHERE, kind=Kind.SCHOOL), tmp_path)
    assert [row["Unit code"] for row in schools] == ["S1", "S2", "S3"]
    within = interval(f"/51/5113/511381/{QIAOLOU}/")
    assert {
        row["Town code"] for row in written(lists.of_units(EVERYWHERE, within=within), tmp_path)
    } == {QIAOLOU}
    assert {row["Town code"] for row in written(lists.of_units(town(TIANGONG)), tmp_path)} == {
        TIANGONG
    }
    own = Scope(units=frozenset({cast.units["school"]}))
    assert [row["Unit code"] for row in written(lists.of_units(own), tmp_path)] == ["S1"]
    assert written(lists.of_units(Scope()), tmp_path) == []


def test_titles_say_whether_they_count(cast: Cast, tmp_path: Path) -> None:
    name(cast)
    made = db.session.scalars(sa.select(Title)).one()
    (row,) = written(lists.of_titles(EVERYWHERE), tmp_path)
    assert row["Serial"] == made.serial
    assert (row["Standard code"], row["Number named"]) == ("drug-free-village", 1)
    assert (row["Valid from"], row["Last day"]) == (made.valid_from, made.valid_to)
    assert row["State"] == "valid"
    made.ended_on = date(2026, 9, 15)
    db.session.flush()
    (row,) = written(lists.of_titles(EVERYWHERE), tmp_path)
    assert (row["Last day"], row["State"]) == (date(2026, 9, 15), "expired")
    assert written(lists.of_titles(town(QIAOLOU)), tmp_path) == []


def test_a_campaign_lists_its_units_with_how_far_they_are(cast: Cast, tmp_path: Path) -> None:
    found = enrolment(cast)
    approve(cast, found, send(cast, found, "1.3"))
    give_back(cast, found, send(cast, found, "1.1"))
    send(cast, found, "1.2")
    made = written(lists.of_enrolments(found.campaign, EVERYWHERE), tmp_path)
    row = next(each for each in made if each["Unit code"] == found.unit.code)
    items = len(campaigns.slots(found.campaign))
    assert (row["Items waiting"], row["Items returned"]) == (1, 1)
    share = [row[f"Items approved, {part}"] for part in ("numerator", "denominator", "%")]
    assert share == [1, items, 1000 // items / 10]
    assert len(made) == 13
    here = written(lists.of_enrolments(found.campaign, town(TIANGONG)), tmp_path)
    assert {each["Town code"] for each in here} == {TIANGONG}


@pytest.mark.usefixtures("cast")
def test_campaigns_standards_and_the_tree(tmp_path: Path) -> None:
    city = jurisdictions.find("511381", EVERYWHERE)
    found = written(lists.of_campaigns(EVERYWHERE, NOWHERE, city), tmp_path)
    assert [row["Area code"] for row in found] == ["511381"] * 4
    assert all(row["Progress, denominator"] > 0 for row in found)
    version = standards.versions_of("safe-school")[0]
    lines = written(lists.of_criteria(version), tmp_path)
    assert [row["Code"] for row in lines] == [each.code for each in version.criteria]
    assert sum(row["Points"] for row in lines) == 100
    tree = written(lists.of_jurisdictions(town(TIANGONG)), tmp_path)
    assert tree[0]["Code"] == TIANGONG
    assert {row["Code of the level above"] for row in tree[1:]} == {TIANGONG}


def test_a_checklist_says_only_what_its_viewer_sees(cast: Cast, tmp_path: Path) -> None:
    found = enrolment(cast)
    give_back(cast, found, send(cast, found, "1.1"))
    speech = Speech("en", {(Reason, "unclear"): "Cannot be made out"})
    for as_unit, state, reason in (
        (True, "submitted", None),
        (False, "returned", "Cannot be made out"),
    ):
        lines = checklist.lines([found], seen_by_unit=as_unit)[found.id]
        made = written(lists.of_checklist(found, lines), tmp_path, speech)
        assert len(made) == len(campaigns.slots(found.campaign))
        row = next(each for each in made if each["Item"] == "1.1")
        assert (row["State"], row["Why it came back"]) == (state, reason)


def test_a_file_says_the_chosen_reason_and_the_reviewer_s_own_words() -> None:
    speech = Speech("en", {(Reason, "unclear"): "Cannot be made out"})
    assert speech.say(Reason("unclear\nCloser.")) == "Cannot be made out\nCloser."
    assert speech.say(Reason("Closer.\nPlease.")) == "Closer.\nPlease."


def test_the_queue_is_the_whole_queue_of_the_person(cast: Cast, tmp_path: Path) -> None:
    found = enrolment(cast)
    for key in ("1.2", "1.1"):
        send(cast, found, key)
    desks = [(town(TIANGONG), None)]
    made = written(lists.of_queue(desks, by=cast.people["reviewer"]), tmp_path)
    assert [row["Item"] for row in made] == ["1.2", "1.1"]
    assert {row["Unit code"] for row in made} == {found.unit.code}
    assert written(lists.of_queue(desks, by=cast.people["liaison"]), tmp_path) == []
    assert written(lists.of_queue([(town(QIAOLOU), None)], by=0), tmp_path) == []


def test_the_history_of_a_unit_hides_a_decision_until_it_can_no_longer_be_undone(
    cast: Cast, tmp_path: Path
) -> None:
    found = enrolment(cast)
    give_back(cast, found, send(cast, found, "1.1"))
    speech = Speech("en", {(Verb, "returned"): "Returned", (Reason, "unclear"): "Unclear"})
    seen = written(lists.of_history(found.unit, seen_by_unit=False), tmp_path, speech)
    assert [(row["What"], row["Reason chosen"], row["Who"]) for row in seen] == [
        ("Returned", "Unclear", "reviewer"),
        ("submitted", None, "liaison"),
    ]
    hidden = written(lists.of_history(found.unit, seen_by_unit=True), tmp_path, speech)
    assert [row["What"] for row in hidden] == ["submitted"]


def test_a_share_is_two_numbers_and_a_percentage_that_is_never_rounded_up(tmp_path: Path) -> None:
    columns = tables.share("x", Bilingual("率", "Rate"), lambda row: row)
    made = Table("x", Bilingual("率", "Rates"), date(2026, 9, 16), columns, [(0, 0), (1999, 2000)])
    none, most = written(made, tmp_path)
    assert [none[f"Rate, {part}"] for part in ("numerator", "denominator", "%")] == [0, 0, None]
    assert most["Rate, %"] == 99.9


@pytest.mark.usefixtures("cast")
def test_nothing_becomes_a_formula(tmp_path: Path) -> None:
    shown = units.page(EVERYWHERE, limit=len(FORMULAS))
    for unit, text in zip(shown, FORMULAS, strict=True):
        unit.name_en = unit.name_zh = text
    db.session.flush()
    written(lists.of_units(EVERYWHERE), tmp_path)
    cells = [
        cell for row in sheet((tmp_path / "units.xlsx").read_bytes()).iter_rows() for cell in row
    ]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    texts = {cell.value for cell in cells}
    assert {each.replace("\r", "_x000D_") for each in FORMULAS} <= texts
    found = {row["Unit"] for row in comma((tmp_path / "units.csv").read_bytes())}
    assert {f"'{each}" for each in FORMULAS} <= found


@pytest.mark.usefixtures("cast")
def test_a_profile_chooses_columns_order_and_headings(tmp_path: Path) -> None:
    chosen = [("households", "总户数"), ("gone", "备用"), ("unit_code", "单位代码")]
    found = written(lists.of_units(EVERYWHERE), tmp_path, chosen=chosen)
    assert list(found[0]) == ["总户数", "备用", "单位代码"]
    row = next(each for each in found if each["单位代码"] == f"U{TIANGONG}202")
    assert row == {"总户数": 100, "备用": None, "单位代码": f"U{TIANGONG}202"}


def test_a_remark_stands_in_every_row_whatever_a_profile_says(tmp_path: Path) -> None:
    columns = (column("a", "甲", "A", lambda row: row),)
    made = Table("x", Bilingual("表", "Table"), date(2026, 9, 16), columns, [1, 2])
    speech = Speech("zh", {}, "演示数据")
    assert written(made, tmp_path, speech, chosen=[("a", "数")]) == [
        {"数": 1, "说明": "演示数据"},
        {"数": 2, "说明": "演示数据"},
    ]


def test_english_falls_back_to_chinese() -> None:
    assert PLAIN.say(Bilingual("阆中", "")) == "阆中"
    assert Speech("zh", {(Kind, "school"): "学校"}).say(Kind.SCHOOL) == "学校"


def test_a_sheet_that_cannot_hold_the_list_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "SHEET_ROWS", 4)
    columns = (column("a", "甲", "A", lambda row: row),)

    def made(rows: int) -> Table:
        return Table("x", Bilingual("表", "T"), date(2026, 9, 16), columns, range(rows))

    assert tables.write(made(3), tmp_path / "full.xlsx", PLAIN) == 3
    with pytest.raises(Refused, match="sheet_full"):
        tables.write(made(4), tmp_path / "over.xlsx", PLAIN)
    assert tables.write(made(4), tmp_path / "over.csv", PLAIN) == 4


@pytest.mark.usefixtures("cast")
def test_the_columns_of_a_list_have_names_of_their_own() -> None:
    for table, listing in profiles.lists().items():
        for part in ("name", "heading"):
            found = [getattr(each, part) for each in listing.columns]
            assert len(found) == len(set(found)), table
    assert len(boards.known_columns()) > len(lists.UNITS)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_memory_does_not_grow_with_the_list(tmp_path: Path, ending: str) -> None:
    columns = tuple(column(f"c{n}", "甲", "A", lambda row: f"text {row}") for n in range(6))

    def peak(number: int) -> int:
        rows: Iterator[int] = iter(range(number))
        made = Table("x", Bilingual("表", "Table"), date(2026, 9, 16), columns, rows)
        tracemalloc.start()
        tables.write(made, tmp_path / f"list.{ending}", PLAIN)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(6000) < peak(1000) + 300_000


def test_a_long_list_is_read_in_one_statement_piece_by_piece(cast: Cast, tmp_path: Path) -> None:
    place = cast.places[f"{TIANGONG}202"]
    db.session.execute(
        sa.insert(Unit),
        [
            {
                "code": f"L{n:05d}",
                "name_zh": f"第{n}校",
                "name_en": f"School {n}",
                "kind": Kind.SCHOOL,
                "jurisdiction_id": place,
                "valid_from": date(2023, 6, 30),
            }
            for n in range(3000)
        ],
    )
    with statements() as sent:
        assert tables.write(lists.of_units(EVERYWHERE), tmp_path / "long.csv", PLAIN) > 3000
    assert len(sent) == 1
    began = time.process_time()
    tables.write(lists.of_units(EVERYWHERE), tmp_path / "long.xlsx", PLAIN)
    # The share of ten seconds for 100,000 rows, three times over on a busy machine.
    assert time.process_time() - began < 3 * 10 * 3000 / 100_000
