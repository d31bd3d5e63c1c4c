"""Drafts: the version of a standard that is being written. Publishing freezes it for ever.

A standard has one draft at most. Every change checks the version that its page showed, and is a
new version of the whole draft: two people never write over each other unseen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from campaigns import clock, history, text
from campaigns.database import db
from campaigns.errors import Fault, NotFound, Refused, Stale, fault
from campaigns.evidence import records as evidence_records
from campaigns.evidence.intake import Taken
from campaigns.evidence.store import Store
from campaigns.standards import (
    WRITTEN,
    Criterion,
    Registration,
    Section,
    Standard,
    StandardKind,
    Version,
    comparison,
    rules,
    versions_of,
    whole,
)
from campaigns.standards.rules import Frame
from campaigns.text import Bilingual


def find(slug: str) -> Version:
    """The draft of a standard with its sections and criteria; raises NotFound."""
    found = db.session.scalar(
        whole(sa.select(Version))
        .join(Standard, Standard.id == Version.standard_id)
        .where(Standard.slug == slug, Version.published_at.is_(None))
    )
    if found is None:
        raise NotFound(slug)
    return found


def every() -> Sequence[Version]:
    """All drafts, in the order of the catalogue."""
    query = (
        whole(sa.select(Version))
        .join(Standard, Standard.id == Version.standard_id)
        .where(Version.published_at.is_(None))
    )
    return db.session.scalars(query.order_by(Standard.ordinal)).all()


def create(frame: Frame, *, by: int | None) -> Version:
    """A new standard, with an empty draft of its version 1."""
    faults = rules.of_frame(frame)
    if faults:
        raise Refused(*faults)
    if db.session.scalar(sa.select(Standard.id).where(Standard.slug == frame.slug)) is not None:
        raise Refused(fault("slug_taken", "slug"))
    last = db.session.scalar(sa.select(sa.func.max(Standard.ordinal))) or 0
    standard = Standard(slug=frame.slug, ordinal=last + 1, kinds=[])
    draft = Version(standard=standard, number=1, published_at=None, sections=[], criteria=[])
    _describe(draft, frame)
    db.session.add(draft)
    db.session.flush()
    history.record("standard_added", "standard", standard.id, by=by, slug=frame.slug)
    return draft


def begin(slug: str, *, by: int | None) -> Version:
    """The next version of a standard, as a copy of the last; the draft there is, if there is one.

    Raises NotFound for a standard without a published version.
    """
    last = versions_of(slug)[0]
    known = db.session.scalar(
        sa.select(Version.id).where(
            Version.standard_id == last.standard_id, Version.published_at.is_(None)
        )
    )
    if known is None:
        draft = Version(
            standard_id=last.standard_id,
            number=last.number + 1,
            pass_mark=last.pass_mark,
            excellent_mark=last.excellent_mark,
            validity_years=last.validity_years,
            published_at=None,
            sections=[
                Section(number=each.number, name_zh=each.name_zh, name_en=each.name_en)
                for each in last.sections
            ],
            criteria=[_copy(each) for each in last.criteria],
        )
        db.session.add(draft)
        db.session.flush()
        history.record("version_begun", "version", draft.id, by=by, number=draft.number)
    return find(slug)


def _copy(criterion: Criterion) -> Criterion:
    return Criterion(
        section_number=criterion.section_number,
        ordinal=criterion.ordinal,
        example_sha256=criterion.example_sha256,
        **{name: getattr(criterion, name) for name in WRITTEN},
    )


def describe(draft: Version, frame: Frame, version: int, *, by: int | None) -> None:
    """Changes the frame of a draft.

    The address never changes; names, registration and kinds are the standard's and stay once a
    version has been published.
    """
    _begin_change(draft, version)
    faults = rules.of_frame(frame)
    if draft.number > 1:
        faults += rules.of_standard(draft.standard, frame)
    if faults:
        raise Refused(*faults)
    _describe(draft, frame)
    db.session.flush()
    _record("version_described", draft, by)


def _describe(draft: Version, frame: Frame) -> None:
    draft.pass_mark, draft.excellent_mark = frame.pass_mark, frame.excellent_mark
    draft.validity_years = frame.validity_years
    if draft.number > 1:
        return
    standard = draft.standard
    standard.name_zh, standard.name_en = frame.name
    standard.registration = frame.registration
    # Households are counted by the villages and communities that they live in.
    kinds = frame.kinds if frame.registration is Registration.UNIT else frozenset()
    for known in [each for each in standard.kinds if each.kind not in kinds]:
        standard.kinds.remove(known)
        db.session.delete(known)
    standard.kinds += [StandardKind(kind=each) for each in sorted(kinds - {*standard.unit_kinds})]


def save_section(
    draft: Version, number: int | None, name: Bilingual, version: int, *, by: int | None
) -> Section:
    """Renames a section, or adds one at the end when no number is given; raises NotFound."""
    _begin_change(draft, version)
    zh = text.free(name.zh, "name_zh", rules.SECTION_NAME)
    en = text.free(name.en, "name_en", rules.SECTION_NAME)
    if not zh:
        raise Refused(fault("section_name_missing", "name_zh"))
    if number is None:
        number = max((each.number for each in draft.sections), default=0) + 1
        if number > rules.LINES:
            raise Refused(fault("too_many_lines", "name_zh", most=rules.LINES))
        draft.sections.append(Section(number=number, name_zh="", name_en=""))
    found = section(draft, number)
    found.name_zh, found.name_en = zh, en
    db.session.flush()
    _record("section_saved", draft, by, section=number)
    return found


def section(draft: Version, number: int) -> Section:
    """A section of a draft; raises NotFound."""
    found = next((each for each in draft.sections if each.number == number), None)
    if found is None:
        raise NotFound(number)
    return found


def remove_section(draft: Version, number: int, version: int, *, by: int | None) -> None:
    """Takes away a section in which no criterion is left."""
    _begin_change(draft, version)
    found = section(draft, number)
    if any(each.section_number == number for each in draft.criteria):
        raise Refused(fault("section_in_use"))
    draft.sections.remove(found)
    db.session.delete(found)
    db.session.flush()
    _record("section_removed", draft, by, section=number)


def next_code(draft: Version, number: int) -> str:
    """The first code after those in use in a section."""
    used = [rules.place(each.code)[1] for each in draft.criteria if each.section_number == number]
    return f"{number}.{max(used, default=0) + 1}"


def criterion(draft: Version, code: str) -> Criterion:
    """A criterion of a draft; raises NotFound."""
    found = next((each for each in draft.criteria if each.code == code), None)
    if found is None:
        raise NotFound(code)
    return found


def save_criterion(
    draft: Version, code: str | None, written: Criterion, version: int, *, by: int | None
) -> Criterion:
    """Changes the criterion of this code to what is written, or adds one when no code is given.

    ``written`` is only read; its code says in which section it stands, and where.
    """
    _begin_change(draft, version)
    found = criterion(draft, code) if code is not None else None
    faults = [*rules.tidy(written), *rules.of_criterion(written), *_placing(draft, found, written)]
    if faults:
        raise Refused(*faults)
    if found is None:
        found = Criterion(example_sha256=None)
        draft.criteria.append(found)
    _write(found, written)
    _order(draft.criteria)
    db.session.flush()
    _record("criterion_saved", draft, by, code=found.code)
    return found


def _placing(draft: Version, found: Criterion | None, written: Criterion) -> list[Fault]:
    """What is wrong with the place that the code of a criterion names."""
    others = [each for each in draft.criteria if each is not found]
    if len(others) >= rules.LINES:
        return [fault("too_many_lines", "code", most=rules.LINES)]
    if any(each.code == written.code for each in others):
        return [fault("criterion_code_taken", "code")]
    try:
        number = rules.place(written.code)[0]
    except ValueError:
        return []  # said already
    known = {each.number for each in draft.sections}
    return [] if number in known else [fault("section_unknown", "code", number=number)]


def _write(found: Criterion, written: Criterion) -> None:
    for name in WRITTEN:
        setattr(found, name, getattr(written, name))
    found.section_number = rules.place(found.code)[0]


def _order(criteria: list[Criterion]) -> None:
    in_order = sorted(criteria, key=lambda each: rules.place(each.code))
    for ordinal, each in enumerate(in_order, start=1):
        each.ordinal = ordinal


def remove_criterion(draft: Version, code: str, version: int, *, by: int | None) -> None:
    """Takes a criterion away; in the versions before it stays."""
    _begin_change(draft, version)
    found = criterion(draft, code)
    draft.criteria.remove(found)
    db.session.delete(found)
    _order(draft.criteria)
    db.session.flush()
    _record("criterion_removed", draft, by, code=code)


def illustrate(
    draft: Version,
    code: str,
    picture: Taken | None,
    store: Store,
    version: int,
    *,
    by: int | None,
) -> None:
    """Gives a criterion the picture that shows how to prove it, as it was taken in; or takes it
    away."""
    _begin_change(draft, version)
    found = criterion(draft, code)
    name = evidence_records.put(store, picture) if picture is not None else None
    found.example_sha256 = name
    db.session.flush()
    _record("criterion_illustrated", draft, by, code=code, picture=name)


def fill(
    draft: Version,
    frame: Frame,
    sections: Mapping[int, Bilingual],
    criteria: Sequence[Criterion],
    *,
    by: int | None,
) -> None:
    """Puts a whole content in the place of what the draft holds; example pictures stay with the
    criteria that they belong to. The content must have been checked (``sheets``)."""
    _begin_change(draft, draft.row_version)
    pictures = {
        pair.after.code: pair.before.example_sha256
        for pair in comparison.pairs(draft.criteria, criteria)
        if pair.before and pair.after
    }
    gone = (*draft.sections, *draft.criteria)
    draft.sections, draft.criteria = [], []
    for each in gone:
        db.session.delete(each)
    db.session.flush()
    _describe(draft, frame)
    draft.sections = [Section(number=n, name_zh=zh, name_en=en) for n, (zh, en) in sections.items()]
    made = [Criterion(example_sha256=pictures.get(each.code)) for each in criteria]
    for found, written in zip(made, criteria, strict=True):
        _write(found, written)
    _order(made)
    draft.criteria = made
    db.session.flush()
    _record("version_filled", draft, by, criteria=len(criteria))


def publish(draft: Version, version: int, *, by: int | None) -> None:
    """Publishes a draft that lacks nothing; from then on the database refuses every change.

    Campaigns that run on an earlier version stay on it.
    """
    _begin_change(draft, version)
    lacks = rules.of_version(draft)
    if lacks:
        raise Refused(fault("draft_incomplete", None, number=len(lacks)))
    draft.published_at = clock.now()
    db.session.flush()
    _record("version_published", draft, by, number=draft.number)


def discard(draft: Version, version: int, *, by: int | None) -> None:
    """Throws a draft away, and with it a standard that never had a published version."""
    _begin_change(draft, version)
    standard, number = draft.standard, draft.number
    for each in (*draft.sections, *draft.criteria):
        db.session.delete(each)
    db.session.delete(draft)
    db.session.flush()
    if number == 1:
        for kind in standard.kinds:
            db.session.delete(kind)
        db.session.delete(standard)
        db.session.flush()
    history.record(
        "version_discarded", "version", draft.id, by=by, slug=standard.slug, number=number
    )


def _begin_change(draft: Version, version: int) -> None:
    """Makes the change a new version of the draft, whatever it changes; raises Stale."""
    if draft.row_version != version or draft.published_at is not None:
        raise Stale
    flag_modified(draft, "number")
    db.session.flush()


def _record(verb: str, draft: Version, by: int | None, **detail: Any) -> None:
    history.record(verb, "version", draft.id, by=by, **detail)
