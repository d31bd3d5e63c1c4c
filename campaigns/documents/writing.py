"""Writing a table as Excel or CSV, row by row, in memory that does not grow with it.

Text stays text: nothing that a spreadsheet could take for a formula becomes one (CWE-1236).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import StringIO
from pathlib import Path

import xlsxwriter

from campaigns import clock

Written = str | int | float | bool | date | None
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_WIDEST = 48
#: The most rows that a sheet can hold, its line of names among them.
SHEET_ROWS = 1_048_576


def defused(value: str) -> str:
    """Text as a CSV cell: what begins like a formula gets an apostrophe before it."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def csv_lines(names: Sequence[str], rows: Iterable[Sequence[Written]]) -> Iterator[bytes]:
    """A CSV file piece by piece, UTF-8 with the mark that lets Excel know it."""
    yield b"\xef\xbb\xbf"
    stream = StringIO()
    writer = csv.writer(stream)
    writer.writerow([defused(name) for name in names])
    for number, row in enumerate(rows, start=1):
        writer.writerow([_cell(value) for value in row])
        if number % 500 == 0:
            yield _taken(stream)
    yield _taken(stream)


def _taken(stream: StringIO) -> bytes:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text.encode()


def _cell(value: Written) -> str | int | float:
    if isinstance(value, str):
        return defused(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return value


def xlsx(file: Path, sheet: str, names: Sequence[str], rows: Iterable[Sequence[Written]]) -> None:
    """An Excel file with one sheet: bold names in a line that stays, dates as dates.

    ``sheet`` is cut to the 31 characters that Excel allows. Raises ValueError past SHEET_ROWS.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "tmpdir": str(file.parent),
    }
    with xlsxwriter.Workbook(str(file), options) as book:
        title = "".join(c for c in sheet if c not in r"[]:*?/\'")[:31] or "1"
        page = book.add_worksheet(title)
        bold = book.add_format({"bold": True, "bottom": 1})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        page.freeze_panes(1, 0)
        for place, name in enumerate(names):
            page.set_column(place, place, min(_WIDEST, max(10, 2 * len(name) + 2)))
            page.write_string(0, place, name, bold)
        for line, row in enumerate(rows, start=1):
            if line >= SHEET_ROWS:
                raise ValueError("a sheet cannot hold so many rows")
            for place, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, str):
                    page.write_string(line, place, value)
                elif isinstance(value, bool):
                    page.write_number(line, place, int(value))
                elif isinstance(value, datetime):
                    local = value.astimezone(clock.ZONE).replace(tzinfo=None)
                    page.write_datetime(line, place, local, moments)
                elif isinstance(value, date):
                    page.write_datetime(line, place, value, days)
                else:
                    page.write_number(line, place, value)
