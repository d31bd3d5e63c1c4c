"""Reading the files that leave, as somebody with a spreadsheet would."""

import csv
import io
from datetime import datetime
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

Rows = list[dict[str, Any]]


def sheet(content: bytes) -> Worksheet:
    """The one sheet of an Excel file."""
    book = load_workbook(io.BytesIO(content))
    assert len(book.worksheets) == 1
    return book.worksheets[0]


def excel(content: bytes) -> Rows:
    """The rows of an Excel file by their headings; days as days."""
    headings, *rows = sheet(content).iter_rows(values_only=True)
    return [dict(zip(headings, map(_day, row), strict=True)) for row in rows]


def _day(value: Any) -> Any:
    is_midnight = isinstance(value, datetime) and not (value.hour or value.minute)
    return value.date() if is_midnight else value


def comma(content: bytes) -> Rows:
    """The rows of a CSV file by their headings."""
    assert content.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8 by this mark only"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def rows(answer: TestResponse) -> Rows:
    """The rows of a file that was sent."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    return comma(answer.data) if "csv" in answer.content_type else excel(answer.data)
