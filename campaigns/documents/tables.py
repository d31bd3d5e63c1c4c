"""Reading a table from an Excel or CSV file: cells by column name, faults by row and column.

Formulas are never evaluated: what the file stores as their result is taken. Full-width digits,
leading zeros, both date systems of Excel and merged header cells survive.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO, StringIO
from itertools import islice
from typing import TypeVar

from python_calamine import CalamineWorkbook

from campaigns.documents import archives
from campaigns.errors import Fault, Refused, fault

Value = TypeVar("Value")
Cell = str | int | float | bool | date | time | timedelta | None

#: Rows and columns of one file, its cells in all, and how far down the line of column names may
#: stand.
ROWS = 200_000
WIDEST = 500
CELLS = 4_000_000
HEADER_WITHIN = 10
#: Digits, letters, dot, slash, hyphen in full width; other full-width signs are right in Chinese.
_FULL = [*range(0xFF0D, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)]
_NARROW = {code: code - 0xFEE0 for code in _FULL}
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name for us, and those that may stand above it in a file."""

    name: str
    zh: str
    en: str
    required: bool = False

    @property
    def headings(self) -> frozenset[str]:
        """What the line of names may call it."""
        return frozenset({_plain(self.name), _plain(self.zh), _plain(self.en)})


@dataclass(frozen=True, slots=True)
class RowFault:
    """Something wrong in a file. ``row`` counts from 1 as a spreadsheet does; ``column`` is the
    heading as the file has it, none when the whole row is meant."""

    row: int
    column: str | None
    fault: Fault


@dataclass(slots=True)
class Record:
    """One line of a table; reading a cell that is wrong notes a fault and gives none."""

    row: int
    cells: dict[str, Cell]
    headings: dict[str, str]
    faults: list[RowFault] = field(default_factory=list)

    def wrong(self, column: str | None, code: str, **values: object) -> None:
        """Notes a fault of the row, or of one of its cells."""
        heading = self.headings.get(column, column) if column else None
        self.faults.append(RowFault(self.row, heading, fault(code, column, **values)))

    def text(self, column: str, limit: int = 200, *, required: bool = False) -> str:
        """A cell as text, as it would be read aloud: 12.0 is ``12``, a date is ISO 8601."""
        value = as_text(self.cells.get(column))
        if required and not value:
            self.wrong(column, "cell_missing")
        if len(value) > limit:
            self.wrong(column, "text_too_long", limit=limit, length=len(value))
            return ""
        return value

    def integer(self, column: str, *, least: int = 0, most: int = 10**9) -> int | None:
        """A cell as a whole number between two bounds; none when it is empty."""
        value = self._number(column)
        if value is None:
            return None
        if not least <= value <= most:
            self.wrong(column, "cell_out_of_range", least=least, most=most)
            return None
        return value

    def _number(self, column: str) -> int | None:
        plain = as_text(self.cells.get(column)).replace(",", "").replace(" ", "")
        if not plain:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.0*)?", plain):
            self.wrong(column, "number_invalid")
            return None
        return int(plain.partition(".")[0])

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A cell as a day: a spreadsheet's date, or text such as 2026-09-30 or 2026年9月30日."""
        value = self.cells.get(column)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        plain = as_text(value)
        if not plain:
            if required:
                self.wrong(column, "cell_missing")
            return None
        found = re.fullmatch(
            r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]0?0:00(:00)?)?", plain
        ) or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", plain)
        try:
            if found:
                return date(*(int(part) for part in found.groups()[:3]))
        except ValueError:
            pass
        self.wrong(column, "date_invalid")
        return None

    def choice(
        self, column: str, choices: Callable[[str], Value | None], *, required: bool = False
    ) -> Value | None:
        """A cell as one of a list; ``choices`` gives the value that a word stands for, or none."""
        plain = as_text(self.cells.get(column))
        if not plain:
            if required:
                self.wrong(column, "cell_missing")
            return None
        found = choices(plain)
        if found is None:
            self.wrong(column, "cell_unknown", value=plain[:40])
        return found

    def yes(self, column: str) -> bool:
        """A cell as yes or no; empty is no."""
        plain = as_text(self.cells.get(column)).lower()
        if plain in {"", "no", "n", "false", "0", "否", "×"}:
            return False
        if plain not in {"yes", "y", "true", "1", "是", "√"}:
            self.wrong(column, "cell_unknown", value=plain[:40])
        return True


def as_text(value: Cell) -> str:
    """A cell as text: trimmed, digits and letters in half width, without control characters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    plain = str(value)
    if not plain.isascii():
        plain = plain.translate(_NARROW)
    if not plain.isprintable():
        plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return plain.strip()


def _plain(heading: str) -> str:
    """A heading without what is noted behind it: a star, or a remark in brackets."""
    plain = re.sub(r"[*(].*$", "", unicodedata.normalize("NFKC", heading))
    return re.sub(r"\s+", " ", plain).strip().lower()


def read(content: bytes, filename: str, columns: Sequence[Column]) -> list[Record]:
    """The records of the first sheet of a file that has these columns, in any order.

    Raises Refused for a file that is none (.xlsx or .csv, at most ROWS rows), that could do harm,
    or whose line of names lacks a required column. Empty lines are left out.
    """
    rows = _rows(content, filename)
    if any(len(row) > WIDEST for row in rows[: HEADER_WITHIN + 1]):
        raise Refused(fault("table_too_large", "file"))
    places, start = _header(rows, columns)
    if len(rows) - start > ROWS:
        raise Refused(fault("table_too_long", "file", limit=ROWS))
    headings = {name: as_text(rows[start - 1][place]) for name, place in places.items()}
    found = []
    for number, cells in enumerate(rows[start:], start=start + 1):
        given = {
            name: cells[place] if place < len(cells) else None for name, place in places.items()
        }
        if any(as_text(cell) for cell in given.values()):
            found.append(Record(number, given, headings))
    if not found:
        raise Refused(fault("table_empty", "file"))
    return found


def _header(rows: list[list[Cell]], columns: Sequence[Column]) -> tuple[dict[str, int], int]:
    """Where each column stands, the first of two alike, and the number of the line of names."""
    missing: list[Column] = list(columns)
    known = {heading: column.name for column in columns for heading in column.headings}
    for number, cells in enumerate(rows[:HEADER_WITHIN], start=1):
        headings = [known.get(_plain(as_text(cell))) for cell in cells]
        places = {name: headings.index(name) for name in headings if name is not None}
        lacking = [c for c in columns if c.required and c.name not in places]
        if not lacking and places:
            return places, number
        if len(lacking) < len(missing):
            missing = lacking
    names = "、".join(f"{column.zh} / {column.en}" for column in missing if column.required)
    raise Refused(fault("columns_missing", "file", columns=names))


def _rows(content: bytes, filename: str) -> list[list[Cell]]:
    if content.startswith(_ZIP) and filename.lower().endswith(".xlsx"):
        return _spreadsheet(content)
    if filename.lower().endswith(".csv") and not content.startswith((_ZIP, _OLE)):
        return list(islice(_separated(content), ROWS + HEADER_WITHIN + 1))
    if content.startswith(_OLE):
        # The old .xls, or a new file behind a password: both are saved anew in the same way.
        raise Refused(fault("table_old", "file"))
    raise Refused(fault("table_type", "file"))


def _spreadsheet(content: bytes) -> list[list[Cell]]:
    try:
        archives.check(content)
    except archives.Harmful as harmful:
        raise Refused(fault(f"table_{harmful.reason}", "file")) from None
    if archives.cells(content) > CELLS:
        raise Refused(fault("table_too_large", "file"))
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        rows: list[list[Cell]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader, which is written in Rust, is no Exception
        raise Refused(fault("table_broken", "file")) from None
    _fill_merged(rows, sheet.merged_cell_ranges or [])
    return rows


def _fill_merged(
    rows: list[list[Cell]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """A merged cell says the same wherever it reaches, as far as the line of names can stand."""
    for (top, left), (bottom, right) in ranges:
        if top >= min(HEADER_WITHIN, len(rows)):
            continue
        value = rows[top][left] if left < len(rows[top]) else None
        for row in rows[top : min(bottom, HEADER_WITHIN) + 1]:
            for place in range(left, min(right + 1, len(row))):
                row[place] = value


def _separated(content: bytes) -> Iterator[list[Cell]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            decoded = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(fault("table_broken", "file"))
    if "\0" in decoded:
        raise Refused(fault("table_type", "file"))
    separator = "\t" if "\t" in decoded.partition("\n")[0] else ","
    try:
        for row in csv.reader(StringIO(decoded, newline=""), delimiter=separator, strict=True):
            # A sign that our own export puts before what a spreadsheet would take for a formula.
            yield [
                cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@＝＋－＠") else cell
                for cell in row
            ]
    except csv.Error:
        raise Refused(fault("table_broken", "file")) from None
