"""Certificates and plaques on paper, made of ``templates/print``, in both languages at once.

A stamp is never drawn: there is a place for the real one. Whether a title is still valid does not
stand on paper but at the address that its code leads to.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from campaigns import clock, jurisdictions, settings, standards
from campaigns.database import db
from campaigns.documents import printing, qr
from campaigns.errors import NotFound, Refused, fault
from campaigns.jurisdictions import Jurisdiction, Level, Scope
from campaigns.text import Bilingual
from campaigns.titles.records import WHOLE, Standing, Title, listed, standing, suspended_on
from campaigns.units import Unit

#: The papers of a title: their templates.
CERTIFICATE, PLAQUE = "certificate", "plaque"
_BANNER = "样张 SPECIMEN · 演示数据 Demonstration data"
#: Of these days a certificate can be had: a title that ended, rests or is withdrawn has none.
_PRINTED = frozenset({Standing.VALID, Standing.NOT_YET})

#: Levels that a certificate of the city does not mention.
_ABOVE = frozenset({Level.PROVINCE, Level.PREFECTURE})


def find(serial: str, scope: Scope) -> Title:
    """The title with this serial within the scope, with its standard, unit and place; raises
    NotFound."""
    query = listed(scope).options(*WHOLE).where(Title.serial == serial)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(serial)
    return found


def of_document(number: str, scope: Scope, *, part: int = 1) -> Sequence[Title]:
    """The titles of one naming document that have certificates today, in the order of places, as
    many as one file holds; raises NotFound when there is none in that part."""
    size = settings.CERTIFICATES_AT_ONCE
    query = (
        listed(scope)
        .options(*WHOLE)
        .where(Title.document_number == number, *_current())
        .order_by(None)
        .order_by(Jurisdiction.path, Unit.code, Title.id)
        .offset((part - 1) * size)
        .limit(size)
    )
    found = db.session.scalars(query).all()
    if not found:
        raise NotFound(number)
    return found


def documents(scope: Scope, *, limit: int) -> Sequence[tuple[str, date, int]]:
    """The latest documents by which somebody was named within the scope: number, first day, and
    how many titles of it have papers today."""
    query = (
        listed(scope)
        .where(*_current())
        .order_by(None)
        .with_only_columns(
            Title.document_number, sa.func.max(Title.valid_from), sa.func.count(Title.id)
        )
        .group_by(Title.document_number)
        .order_by(sa.func.max(Title.valid_from).desc(), Title.document_number)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def _current() -> tuple[sa.ColumnElement[bool], ...]:
    """The same as ``_has_papers``, in a query."""
    today = clock.today()
    return (
        ~suspended_on(today),
        Title.valid_to >= today,
        sa.or_(Title.ended_on.is_(None), Title.ended_on >= today),
        sa.or_(Title.withdrawn_on.is_(None), Title.withdrawn_on > today),
    )


def _has_papers(title: Title) -> bool:
    return standing(title, clock.today()) in _PRINTED


def printed(
    paper: str,
    found: Sequence[Title],
    address: Callable[[Title], str],
    *,
    demonstration: bool,
) -> bytes:
    """The certificates or plaques of these titles, a sheet for each, as one PDF.

    ``address`` is where the public verifies a title. Refuses a title that is not valid.
    """
    if not all(map(_has_papers, found)):
        raise Refused(fault("certificate_not_valid"))
    facts = {
        "title": "命名证书 Certificate" if paper == CERTIFICATE else "牌匾 Plaque",
        "banner": _BANNER if demonstration else None,
        "sheets": list(_sheets(found, address)),
    }
    return printing.pdf(paper, facts, at=clock.now().replace(microsecond=0))


def _sheets(found: Sequence[Title], address: Callable[[Title], str]) -> Iterator[dict[str, Any]]:
    ways = jurisdictions.ways_to({each.unit.place.path for each in found})
    for each in found:
        way = [place for place in ways[each.unit.place.path] if place.level not in _ABOVE]
        yield _sheet(each, [place.name for place in way], address(each))


def _sheet(title: Title, way: Sequence[Bilingual], address: str) -> dict[str, Any]:
    """``way`` are the names of the places that the unit lies in, from the city down."""
    name, version = title.standard.name, standards.version(title.version_id).number
    first, last = title.valid_from, title.last_day
    unit = title.unit.name
    many = title.number > 1
    city, where = way[0], [place for place in way if place != unit]
    code = qr.drawn(address)
    return {
        "city": _pair(f"{city.zh}平安创建", f"Safe-construction campaigns of {city.en}"),
        "title": name._asdict(),
        "unit": _pair(
            "".join(place.zh for place in (*where, unit)),
            ", ".join(place.en for place in (unit, *reversed(where)) if place.en),
        ),
        "named": _pair(
            f"符合《{name.zh}》创建标准（第 {version} 版），予以命名"
            f"{f'（共 {title.number} 户）' if many else ''}。",
            f"named for meeting version {version} of its standard"
            f"{f', with {title.number} households' if many else ''}",
        ),
        "validity": _pair(
            f"有效期 {_zh(first)} 至 {_zh(last)}", f"Valid from {_en(first)} to {_en(last)}"
        ),
        "day": _pair(_zh(first), _en(first)),
        "serial": title.serial,
        "document": title.document_number,
        "code": (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.size} {code.size}">'
            f'<path fill="#fff" d="M0 0h{code.size}v{code.size}H0z"/><path d="{code.path}"/></svg>'
        ),
    }


def _pair(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _en(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
