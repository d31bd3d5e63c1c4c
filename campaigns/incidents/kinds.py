"""Kinds of incident: what may happen, which department knows of it, and against what it speaks.

The city office keeps them. A kind that an incident was recorded under keeps its code; whatever else
of it changes counts for what is confirmed from then on.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from campaigns import history, standards
from campaigns.database import db
from campaigns.errors import Fault, NotFound, Refused, Stale, fault
from campaigns.incidents.records import Incident, IncidentKind, IncidentVeto, veto_name
from campaigns.people import Department
from campaigns.standards import Criterion, Standard
from campaigns.text import Bilingual

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Against(NamedTuple):
    """A veto criterion that an incident may speak to; as it is in the standard's latest version."""

    standard: Standard
    criterion: Criterion

    @property
    def name(self) -> str:
        """How a form and the history name it."""
        return veto_name(self.standard.slug, self.criterion.code)


class Written(NamedTuple):
    """What the city office writes into a kind; ``against`` names veto criteria."""

    code: str
    name: Bilingual
    department: Department
    against: frozenset[str]


def find(kind_id: int) -> IncidentKind:
    """A kind with the veto criteria that it speaks to; raises NotFound."""
    query = sa.select(IncidentKind).options(selectinload(IncidentKind.vetoes))
    found = db.session.scalar(query.where(IncidentKind.id == kind_id))
    if found is None:
        raise NotFound(kind_id)
    return found


def listed() -> Sequence[IncidentKind]:
    """Every kind, in its order, with the veto criteria that it speaks to."""
    query = sa.select(IncidentKind).options(selectinload(IncidentKind.vetoes))
    return db.session.scalars(query.order_by(IncidentKind.id)).all()


def offered() -> list[Against]:
    """Every veto criterion of the standards in force, in the order of the catalogue."""
    return [
        Against(version.standard, each)
        for version in standards.current()
        for each in version.criteria
        if each.veto
    ]


def is_used(kind: IncidentKind) -> bool:
    """Whether an incident was recorded under the kind."""
    query = sa.select(Incident.id).where(Incident.kind_id == kind.id).limit(1)
    return db.session.scalar(query) is not None


def against(kind: IncidentKind) -> frozenset[str]:
    """The names of the veto criteria that a kind speaks to."""
    return frozenset(each.name for each in kind.vetoes)


def add(written: Written, *, by: int) -> IncidentKind:
    """Adds a kind; refuses a code that is taken, a missing name, and what is no veto criterion."""
    _require(written, known=frozenset(), but=None)
    made = IncidentKind(vetoes=[])
    _write(made, written)
    db.session.add(made)
    db.session.flush()
    _tell("incident_kind_added", made, by)
    return made


def change(kind: IncidentKind, version: int, written: Written, *, by: int) -> None:
    """Changes a kind; refuses another code once it is in use, and what ``add`` refuses. What the
    kind spoke to before may stay, although it is no veto criterion any more."""
    if kind.row_version != version:
        raise Stale
    if written.code != kind.code and is_used(kind):
        raise Refused(fault("kind_in_use", "code"))
    _require(written, known=against(kind), but=kind.id)
    _write(kind, written)
    # Another set of criteria is news as well: pages opened before are stale.
    flag_modified(kind, "code")
    db.session.flush()
    _tell("incident_kind_changed", kind, by)


def _write(kind: IncidentKind, written: Written) -> None:
    kind.code, kind.department = written.code, written.department
    kind.name_zh, kind.name_en = written.name
    kept = {each.name: each for each in kind.vetoes}
    kind.vetoes = [kept.get(each) or _veto(each) for each in sorted(written.against)]


def _veto(name: str) -> IncidentVeto:
    slug, _slash, code = name.partition("/")
    return IncidentVeto(standard_slug=slug, criterion_code=code)


def _require(written: Written, *, known: frozenset[str], but: int | None) -> None:
    found = list(_faults(written, known, but))
    if found:
        raise Refused(*found)


def _faults(written: Written, known: frozenset[str], but: int | None) -> Iterator[Fault]:
    if not _CODE.fullmatch(written.code):
        yield fault("kind_code", "code")
    else:
        taken = sa.select(IncidentKind.id).where(IncidentKind.code == written.code)
        if db.session.scalar(taken) not in {None, but}:
            yield fault("kind_code_taken", "code")
    if not written.name.zh:
        yield fault("kind_name_missing", "name_zh")
    if not written.name.en:
        yield fault("kind_name_missing", "name_en")
    if not written.against:
        yield fault("kind_against_nothing", "against")
    elif not written.against <= known | {each.name for each in offered()}:
        yield fault("kind_against_unknown", "against")


def _tell(verb: str, kind: IncidentKind, by: int) -> None:
    history.record(
        verb,
        "incident_kind",
        kind.id,
        by=by,
        code=kind.code,
        name_zh=kind.name_zh,
        name_en=kind.name_en,
        department=kind.department.value,
        against=sorted(against(kind)),
    )
