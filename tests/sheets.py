"""Files of tables as offices send them, good and awkward ones: made here, byte by byte."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[Any]]


def csv(rows: Rows, encoding: str = "utf-8") -> bytes:
    """A CSV file."""
    return "\r\n".join(",".join(str(cell) for cell in row) for row in rows).encode(encoding)


def xlsx(rows: Rows, *, since_1904: bool = False, merged: str | None = None) -> bytes:
    """An Excel file; days are dates as Excel keeps them, ``=`` begins a formula."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": since_1904}) as book:
        sheet = book.add_worksheet()
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, place, value, days)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(line, place, value, None, 7)
                elif value is not None:
                    sheet.write(line, place, value)
        if merged:
            sheet.merge_range(merged, rows[0][0])
    return file.getvalue()


def with_member(content: bytes, name: str, data: bytes) -> bytes:
    """The same archive with one member more, or another in its place."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for each in old.infolist():
            if each.filename != name:
                new.writestr(each.filename, old.read(each), zipfile.ZIP_DEFLATED)
        new.writestr(name, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _first_sheet(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def harmful(rows: Rows) -> dict[str, tuple[str, bytes]]:
    """Files that are refused whole: their name and content by the code of the refusal."""
    good = xlsx(rows)
    sheet = _first_sheet(good)
    far = sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"/></row></sheetData>')
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    members = io.BytesIO()
    with zipfile.ZipFile(members, "w") as archive:
        for number in range(2_001):
            archive.writestr(f"{number}.xml", b"")
    return {
        "table_old": ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000)),
        "table_type": ("table.txt", csv(rows)),
        "table_broken": ("broken.xlsx", good[:-400]),
        "table_macros": ("macros.xlsx", with_member(good, "xl/vbaProject.bin", b"x")),
        "table_entities": (
            "entities.xlsx",
            with_member(good, "xl/worksheets/sheet1.xml", entities + sheet),
        ),
        "table_unpacked": ("bomb.xlsx", with_member(good, "xl/media/a.bin", bytes(101 * 2**20))),
        "table_members": ("members.xlsx", members.getvalue()),
        "table_too_large": ("far.xlsx", with_member(good, "xl/worksheets/sheet1.xml", far)),
        "table_empty": ("empty.csv", csv(rows[:1])),
        "columns_missing": ("columns.csv", csv([["a", "b"], ["1", "2"]])),
    }
