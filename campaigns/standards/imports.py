"""Importing standards: a file is read into drafts, all or nothing.

It is taken only when every standard in it could be published as it is: whatever is wrong is named
by row and column, all of it at once.
"""

import enum
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, text
from campaigns.database import Base, db
from campaigns.documents import tables
from campaigns.documents.tables import Column, Record, RowFault
from campaigns.errors import Fault, NotFound, Refused, fault
from campaigns.people import Department
from campaigns.standards import (
    Cadence,
    Criterion,
    EvidenceKind,
    Operator,
    Registration,
    Version,
    drafts,
    rules,
    sheets,
    versions_of,
)
from campaigns.standards.rules import Frame
from campaigns.text import Bilingual
from campaigns.units import Kind

Member = TypeVar("Member", bound=enum.StrEnum)

#: Lines of one file: dozens of standards.
ROWS = 2_000


class KeptSheet(Base):
    """The file that a person had checked last, until it is imported or dropped."""

    __tablename__ = "kept_sheet"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("person.id"), primary_key=True, autoincrement=False
    )
    #: The ending of its name; the name itself is not kept.
    suffix: Mapped[str]
    content: Mapped[bytes]
    checked_at: Mapped[datetime]


@dataclass(slots=True)
class Proposed:
    """A standard as a file would have it; ``draft`` is the one that it would take the place of,
    ``last`` the newest published version."""

    frame: Frame
    sections: dict[int, Bilingual]
    criteria: list[Criterion]
    draft: Version | None
    last: Version | None


@dataclass(slots=True)
class Sheet:
    """A file that was checked: what it would make, and everything that is wrong with it."""

    standards: list[Proposed] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether it can be imported."""
        return not self.faults


def check(content: bytes, filename: str) -> Sheet:
    """Reads a file and says what it would make; changes nothing.

    Raises Refused for a file that cannot be read as a table of standards.
    """
    records = tables.read(content, filename, sheets.COLUMNS)
    if len(records) > ROWS:
        raise Refused(fault("table_too_long", "file", limit=ROWS))
    groups: dict[str, list[Record]] = {}
    slug = ""
    for record in records:
        slug = record.text("slug", 60).lower() or slug
        groups.setdefault(slug, []).append(record)
    made = Sheet([_standard(slug, lines) for slug, lines in groups.items()])
    found = (each for record in records for each in record.faults)
    made.faults = list(dict.fromkeys(sorted(found, key=lambda each: each.row)))
    return made


def make(sheet: Sheet, *, by: int | None) -> list[Version]:
    """Makes or replaces a draft for every standard of a clean sheet; raises ValueError otherwise.

    Nothing is published.
    """
    if not sheet.is_clean:
        raise ValueError("a sheet with faults cannot be imported")
    return [_make(each, by) for each in sheet.standards]


def _make(proposed: Proposed, by: int | None) -> Version:
    draft = proposed.draft
    if draft is None and proposed.last is not None:
        draft = drafts.begin(proposed.frame.slug, by=by)
    if draft is None:
        draft = drafts.create(proposed.frame, by=by)
    drafts.fill(draft, proposed.frame, proposed.sections, proposed.criteria, by=by)
    return draft


def _standard(slug: str, records: list[Record]) -> Proposed:
    """One standard; faults are noted in its records."""
    first = records[0]
    if not slug:
        first.wrong("slug", "cell_missing")
    for each in records[1:]:
        _repeats(each, first, sheets.FRAME)
    draft, last = _known(slug)
    frame = _frame(first, slug)
    faults = rules.of_frame(frame) if frame else []
    if frame and last is not None:
        faults += rules.of_standard(last.standard, frame)
    _note(first, faults)
    sections: dict[int, Bilingual] = {}
    openers: dict[int, Record] = {}
    criteria, seen = [], dict[str, int]()
    for record in records:
        criterion = _criterion(record)
        if criterion.code in seen:
            record.wrong("code", "criterion_code_twice", row=seen[criterion.code])
        seen.setdefault(criterion.code, record.row)
        criteria.append(criterion)
        _section(record, criterion.code, sections, openers)
    if len(criteria) > rules.LINES:
        first.wrong(None, "too_many_lines", most=rules.LINES)
    unread = {each.fault.field for record in records for each in record.faults}
    registration = frame.registration if frame else Registration.UNIT
    sums = rules.of_lines(criteria, registration)
    _note(first, (each for each in sums if each.field not in unread))
    return Proposed(frame or _NO_FRAME, sections, criteria, draft, last)


#: Stands in for a frame that could not be read; a sheet with such a one has faults.
_NO_FRAME = Frame("", Bilingual("", ""), Registration.UNIT, frozenset(), 0, 0, 0)


def _known(slug: str) -> tuple[Version | None, Version | None]:
    """The draft and the newest published version of a standard."""
    draft = last = None
    with suppress(NotFound):
        last = versions_of(slug)[0]
    with suppress(NotFound):
        draft = drafts.find(slug)
    return draft, last


def _note(record: Record, faults: Iterable[Fault]) -> None:
    """Notes faults of a row, but for cells that something is wrong with already."""
    known = {each.fault.field for each in record.faults}
    for each in faults:
        if each.field not in known:
            record.wrong(each.field, each.code, **dict(each.values))


def _repeats(record: Record, first: Record, columns: Sequence[Column]) -> None:
    """Notes every cell that says something else than the first line of the same standard."""
    for column in columns:
        given = tables.as_text(record.cells.get(column.name))
        if given and given != tables.as_text(first.cells.get(column.name)):
            record.wrong(column.name, "cell_differs", row=first.row)


def _frame(record: Record, slug: str) -> Frame | None:
    registration = record.choice("registration", _chooser(Registration), required=True)
    kinds = record.choice("kinds", _kinds) or frozenset()
    marks = [
        _required(record, name, record.integer(name))
        for name in ("pass_mark", "excellent_mark", "validity_years")
    ]
    name = Bilingual(*(_free(record, each, rules.NAME) for each in ("name_zh", "name_en")))
    if registration is None or None in marks:
        return None
    return Frame(slug, name, registration, kinds, *(each or 0 for each in marks))


def _free(record: Record, column: str, limit: int) -> str:
    found = record.text(column, limit)
    if text.holds_identity_number(found):
        record.wrong(column, "identity_number")
    return found


def _required(record: Record, column: str, value: int | None) -> int | None:
    if value is None and not tables.as_text(record.cells.get(column)):
        record.wrong(column, "cell_missing")
    return value


def _section(
    record: Record, code: str, sections: dict[int, Bilingual], openers: dict[int, Record]
) -> None:
    """The section of a line, named in the first of its lines."""
    try:
        number = rules.place(code)[0]
    except ValueError:
        return
    if number in openers:
        _repeats(record, openers[number], sheets.SECTION)
        return
    openers[number] = record
    names = [_free(record, column.name, rules.SECTION_NAME) for column in sheets.SECTION]
    for column, name in zip(sheets.SECTION, names, strict=True):
        if not name:
            record.wrong(column.name, "cell_missing")
    sections[number] = Bilingual(*names)


def _criterion(record: Record) -> Criterion:
    evidence = record.choice("evidence", _chooser(EvidenceKind), required=True)
    cadence = record.choice("cadence", _chooser(Cadence), required=True)
    points = _required(record, "points", record.integer("points"))
    made = Criterion(
        code=record.text("code", 10),
        points=points or 0,
        evidence=evidence or EvidenceKind.NUMBER,
        pieces=record.integer("pieces") or 0,
        cadence=cadence or Cadence.MONTHLY,
        veto=record.yes("veto"),
        department=record.choice("department", _chooser(Department)),
        none_is_full=record.yes("none_is_full"),
        operator=record.choice("operator", _chooser(Operator)),
        threshold=record.integer("threshold"),
        threshold_yearly=record.yes("threshold_yearly"),
        **{name: record.text(name, 10_000) for name in rules.TEXTS},
    )
    _note(record, rules.tidy(made))
    if evidence and cadence:
        _note(record, [*rules.of_criterion(made), *rules.languages_of(made)])
    return made


def _chooser(members: type[Member]) -> Callable[[str], Member | None]:
    """What a word of a file stands for, in any case and in either language."""
    known = {
        word.lower(): member for member in members for word in (member.value, *sheets.WORDS[member])
    }
    return lambda word: known.get(word.lower())


def _kinds(words: str) -> frozenset[Kind] | None:
    """Kinds of unit, parted by commas of any sort."""
    choose = _chooser(Kind)
    found = [choose(word.strip()) for word in re.split("[、,，;；/]", words) if word.strip()]
    return None if None in found else frozenset(each for each in found if each)


def keep(content: bytes, filename: str, *, by: int) -> None:
    """Keeps a checked file of a person in the place of the one before."""
    drop(by)
    suffix = filename.lower().rpartition(".")[2]
    db.session.add(KeptSheet(person_id=by, suffix=suffix, content=content, checked_at=clock.now()))
    db.session.flush()


def kept(person_id: int) -> tuple[Sheet, str] | None:
    """The kept file of a person, checked anew, and the token of what it would do now."""
    found = db.session.get(KeptSheet, person_id)
    if found is None:
        return None
    sheet = check(found.content, f"kept.{found.suffix}")
    now = [
        (each.draft and (each.draft.id, each.draft.row_version), each.last and each.last.id)
        for each in sheet.standards
    ]
    return sheet, hashlib.sha256(repr(now).encode() + found.content).hexdigest()


def drop(person_id: int) -> None:
    """Forgets the kept file of a person."""
    db.session.execute(sa.delete(KeptSheet).where(KeptSheet.person_id == person_id))
