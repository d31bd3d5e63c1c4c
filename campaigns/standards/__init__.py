"""Standards, their published versions and the criteria of each."""

import enum
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from campaigns.database import Base, db
from campaigns.errors import NotFound
from campaigns.people import Department
from campaigns.text import Bilingual
from campaigns.units import HOUSEHOLD_KINDS, Kind


class Registration(enum.StrEnum):
    """Whether a title names the unit itself, or a number of its households."""

    UNIT = "unit"
    AGGREGATE = "aggregate"


class EvidenceKind(enum.StrEnum):
    """What proves a criterion."""

    PHOTO = "photo"
    DOCUMENT = "document"
    NUMBER = "number"
    RATIO = "ratio"
    DECLARATION = "declaration"


class Cadence(enum.StrEnum):
    """How often a criterion is answered."""

    ONCE = "once"
    YEARLY = "yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"

    @property
    def per_year(self) -> int:
        """Answers in a full year."""
        return {Cadence.QUARTERLY: 4, Cadence.MONTHLY: 12}.get(self, 1)


class Operator(enum.StrEnum):
    """How an answer is held against its threshold; 以上 includes the number itself."""

    AT_LEAST = ">="
    AT_MOST = "<="
    EQUAL = "=="


class Standard(Base):
    """A kind of creation, such as the drug-free village."""

    __tablename__ = "standard"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    registration: Mapped[Registration]
    ordinal: Mapped[int]

    kinds: Mapped[list["StandardKind"]] = relationship(lazy="raise")

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)

    @property
    def unit_kinds(self) -> tuple[Kind, ...]:
        """The kinds of unit that take part."""
        return tuple(each.kind for each in self.kinds)


class StandardKind(Base):
    """One kind of unit that a standard is for."""

    __tablename__ = "standard_kind"

    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"), primary_key=True)
    kind: Mapped[Kind] = mapped_column(primary_key=True)


class Version(Base):
    """A version of a standard: published once, never edited afterwards. Marks are of 100."""

    __tablename__ = "version"
    __table_args__ = (sa.UniqueConstraint("standard_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    number: Mapped[int]
    pass_mark: Mapped[int]
    excellent_mark: Mapped[int]
    validity_years: Mapped[int]
    published_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": row_version}  # noqa: RUF012 - SQLAlchemy reads a dict

    standard: Mapped[Standard] = relationship(lazy="raise")
    sections: Mapped[list["Section"]] = relationship(lazy="raise", order_by="Section.number")
    criteria: Mapped[list["Criterion"]] = relationship(lazy="raise", order_by="Criterion.ordinal")

    def section(self, number: int) -> "Section":
        """The section of this number."""
        return next(each for each in self.sections if each.number == number)

    @property
    def points(self) -> int:
        """The sum of all points: 100 in every published version."""
        return sum(each.points for each in self.criteria)


class Section(Base):
    """A part of a version."""

    __tablename__ = "section"

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_zh: Mapped[str]
    name_en: Mapped[str]

    @property
    def name(self) -> Bilingual:
        """The name in both languages."""
        return Bilingual(self.name_zh, self.name_en)


class Criterion(Base):
    """One line of a version.

    ``pieces`` is the proof wanted in a year. A threshold on a number is of the year's total when
    ``threshold_yearly`` says so, else of each answer. ``none_is_full``: "none this period" is a
    complete answer (nothing happened), not a missing one.
    """

    __tablename__ = "criterion"
    __table_args__ = (sa.UniqueConstraint("version_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"), index=True)
    section_number: Mapped[int]
    ordinal: Mapped[int]
    code: Mapped[str]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    points: Mapped[int]
    evidence: Mapped[EvidenceKind]
    pieces: Mapped[int]
    cadence: Mapped[Cadence]
    veto: Mapped[bool]
    department: Mapped[Department | None]
    none_is_full: Mapped[bool]
    operator: Mapped[Operator | None]
    threshold: Mapped[int | None]
    threshold_yearly: Mapped[bool]
    measure_unit: Mapped[str | None]
    numerator_zh: Mapped[str | None]
    numerator_en: Mapped[str | None]
    denominator_zh: Mapped[str | None]
    denominator_en: Mapped[str | None]
    #: How to prove it, in a few words, and the stored picture that shows it.
    guidance_zh: Mapped[str | None]
    guidance_en: Mapped[str | None]
    example_sha256: Mapped[str | None]

    @property
    def text(self) -> Bilingual:
        """The wording in both languages."""
        return Bilingual(self.text_zh, self.text_en)

    @property
    def fingerprint(self) -> str:
        """A hash of wording and rule: equal where the same is asked, whatever the points."""
        asked = [getattr(self, name) for name in _ASKED]
        return hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()

    @property
    def guidance(self) -> Bilingual | None:
        """How to prove it, in a few words."""
        if not self.guidance_zh:
            return None
        return Bilingual(self.guidance_zh, self.guidance_en or "")

    @property
    def numerator(self) -> Bilingual | None:
        """What is counted, for a ratio."""
        if self.numerator_zh is None or self.numerator_en is None:
            return None
        return Bilingual(self.numerator_zh, self.numerator_en)

    @property
    def denominator(self) -> Bilingual | None:
        """Of what it is counted, for a ratio."""
        if self.denominator_zh is None or self.denominator_en is None:
            return None
        return Bilingual(self.denominator_zh, self.denominator_en)


#: What makes one criterion the same as another: its wording and its rule.
_ASKED = (
    *("text_zh", "text_en", "evidence", "pieces", "cadence", "veto", "department"),
    *("none_is_full", "operator", "threshold", "threshold_yearly", "measure_unit"),
    *("numerator_zh", "numerator_en", "denominator_zh", "denominator_en"),
)
#: What a person writes into a criterion; its section and its place follow from its code.
WRITTEN = ("code", "points", *_ASKED, "guidance_zh", "guidance_en")

_published: WeakKeyDictionary[Engine, dict[int, Version]] = WeakKeyDictionary()


def version(version_id: int) -> Version:
    """A published version with its standard, sections and criteria.

    Kept in memory, apart from any session: what is published never changes. Raises NotFound.
    """
    known = _published.setdefault(db.engine, {})
    if version_id not in known:
        found = db.session.scalar(
            whole(sa.select(Version)).where(
                Version.id == version_id, Version.published_at.is_not(None)
            )
        )
        if found is None:
            raise NotFound(version_id)
        _detach(found)
        known[version_id] = found
    return known[version_id]


def forget() -> None:
    """Empties the memory of published versions (tests roll publications back)."""
    _published.clear()


def current() -> Sequence[Version]:
    """The newest published version of every standard, in the order of the catalogue."""
    newest = (
        sa.select(sa.func.max(Version.id))
        .where(Version.published_at.is_not(None))
        .group_by(Version.standard_id)
    )
    ids = db.session.scalars(
        sa.select(Version.id)
        .join(Standard, Standard.id == Version.standard_id)
        .where(Version.id.in_(newest))
        .order_by(Standard.ordinal)
    )
    return [version(each) for each in ids]


def published() -> Sequence[Version]:
    """Every published version, in the order of the catalogue, of each standard the newest first."""
    ids = db.session.scalars(
        sa.select(Version.id)
        .join(Standard, Standard.id == Version.standard_id)
        .where(Version.published_at.is_not(None))
        .order_by(Standard.ordinal, Version.number.desc())
    )
    return [version(each) for each in ids]


def versions_of(slug: str) -> Sequence[Version]:
    """The published versions of a standard, newest first; raises NotFound when there is none."""
    ids = db.session.scalars(
        sa.select(Version.id)
        .join(Standard, Standard.id == Version.standard_id)
        .where(Standard.slug == slug, Version.published_at.is_not(None))
        .order_by(Version.number.desc())
    ).all()
    if not ids:
        raise NotFound(slug)
    return [version(each) for each in ids]


def taking_part(standard: Standard) -> frozenset[Kind]:
    """The kinds of unit that enrol: for household standards, those that answer for households."""
    if standard.registration is Registration.AGGREGATE:
        return HOUSEHOLD_KINDS
    return frozenset(standard.unit_kinds)


def whole(query: sa.Select[Version]) -> sa.Select[Version]:
    """The same query, which loads each version with its standard, sections and criteria."""
    return query.options(
        selectinload(Version.standard).selectinload(Standard.kinds),
        selectinload(Version.sections),
        selectinload(Version.criteria),
    )


def _detach(found: Version) -> None:
    db.session.flush()
    for each in (found, found.standard, *found.standard.kinds, *found.sections, *found.criteria):
        if each in db.session:
            db.session.expunge(each)
