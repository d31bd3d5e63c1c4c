"""Lists as they leave in a file: their columns, the words in them, and how they are written."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from campaigns.documents import writing
from campaigns.documents.writing import SHEET_ROWS, Written
from campaigns.errors import Refused, fault
from campaigns.text import Bilingual

#: The kinds of file, by the ending of their names.
ENDINGS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class Verb(str):
    """What happened, as the history names it."""


class Reason(str):
    """Why something came back: a preset by its name, a reviewer's own words, or both in lines."""


#: What a column may give: names in both languages, and what has a word for people (members of
#: an enumeration, a Verb, a Reason), are put in one language when they are written.
Value = Written | Bilingual


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list: the name that never changes, the heading, and what a row gives."""

    name: str
    heading: Bilingual
    value: Callable[[Any], Value]


def column(name: str, zh: str, en: str, value: Callable[[Any], Value]) -> Column:
    """A column with its heading in both languages."""
    return Column(name, Bilingual(zh, en), value)


def share(
    name: str, heading: Bilingual, figure: Callable[[Any], tuple[int, int]]
) -> tuple[Column, ...]:
    """The three columns of a figure: numerator, denominator, and the percentage as a number, cut
    after one decimal as on the pages and empty where there is no case."""
    return (
        column(
            f"{name}_numerator",
            f"{heading.zh}（分子）",
            f"{heading.en}, numerator",
            lambda row: figure(row)[0],
        ),
        column(
            f"{name}_denominator",
            f"{heading.zh}（分母）",
            f"{heading.en}, denominator",
            lambda row: figure(row)[1],
        ),
        column(
            f"{name}_percent",
            f"{heading.zh}（%）",
            f"{heading.en}, %",
            lambda row: _percent(*figure(row)),
        ),
    )


def _percent(numerator: int, denominator: int) -> float | None:
    return numerator * 1000 // denominator / 10 if denominator else None


def dated(columns: tuple[Column, ...], as_of: date | None = None) -> tuple[Column, ...]:
    """The columns of a list with the day that it is as of, at the end."""
    return (*columns, column("as_of", "截至日期", "As of", lambda _: as_of))


@dataclass(frozen=True, slots=True)
class Table:
    """A list ready to be written. ``rows`` come one by one and can be gone through once;
    ``as_of`` is the day of what they say, which stands in every row."""

    name: str
    title: Bilingual
    as_of: date
    columns: tuple[Column, ...]
    rows: Iterable[Any]


@dataclass(frozen=True, slots=True)
class Speech:
    """How a file speaks: ``zh`` or ``en``, the words of its values, and the remark that has to
    stand in every row (that the figures are invented), if any."""

    language: str
    words: Mapping[tuple[type[Any], str], str]
    remark: str | None = None

    def text(self, value: Bilingual) -> str:
        """A text in this language; English falls back to Chinese."""
        return value.zh if self.language == "zh" else value.en or value.zh

    def say(self, value: Value) -> Written:
        """A value as it is written."""
        if value is None or type(value) is str:
            return value
        if isinstance(value, Bilingual):
            return self.text(value)
        if isinstance(value, Reason):
            name, line, own = value.partition("\n")
            return f"{self.words.get((Reason, name), name)}{line}{own}"
        if isinstance(value, str):
            return self.words.get((type(value), value), str(value))
        return value


#: Which columns, in which order, under which headings: what a profile keeps.
Chosen = Sequence[tuple[str, str]]


def write(table: Table, file: Path, speech: Speech, chosen: Chosen | None = None) -> int:
    """Writes a list as the kind of file that its ending says; gives the number of rows.

    The rows pass through one by one, so memory does not grow with them. A column ``chosen`` that
    the list no longer has stays empty. Refuses more rows than an Excel sheet can hold.
    """
    columns = list(dated(table.columns, table.as_of))
    headings = [speech.text(each.heading) for each in columns]
    if chosen is not None:
        known = {each.name: each for each in columns}
        columns = [known.get(name) or column(name, "", "", lambda _: None) for name, _ in chosen]
        headings = [heading for _, heading in chosen]
    if speech.remark is not None:
        columns.append(column("remark", "说明", "Remark", lambda _: speech.remark))
        headings.append(speech.text(columns[-1].heading))
    counter = itertools.count()
    rows = _spoken(table.rows, [each.value for each in columns], speech, counter)
    if file.suffix == ".csv":
        with file.open("wb") as stream:
            stream.writelines(writing.csv_lines(headings, rows))
    else:
        writing.xlsx(file, speech.text(table.title), headings, _within_a_sheet(rows))
    return next(counter)


def _spoken(
    rows: Iterable[Any],
    values: Sequence[Callable[[Any], Value]],
    speech: Speech,
    counter: Iterator[int],
) -> Iterator[list[Written]]:
    say = speech.say
    for row in rows:
        next(counter)
        yield [say(value(row)) for value in values]


def _within_a_sheet(rows: Iterable[list[Written]]) -> Iterator[list[Written]]:
    for number, row in enumerate(rows, start=1):
        if number >= SHEET_ROWS:
            raise Refused(fault("sheet_full", limit=SHEET_ROWS - 1))
        yield row
