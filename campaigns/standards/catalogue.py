"""The catalogue of standards that comes with the system, read into published versions."""

import json
import re
from pathlib import Path
from typing import Any

from campaigns import clock
from campaigns.database import db
from campaigns.people import Department
from campaigns.standards import (
    Cadence,
    Criterion,
    EvidenceKind,
    Operator,
    Registration,
    Section,
    Standard,
    StandardKind,
    Version,
)
from campaigns.units import Kind

CATALOGUE = Path(__file__).parent.parent / "data" / "catalogue.json"

# A period without hazards, faults, disputes or complaints is a complete answer for these.
_CAN_BE_NONE = re.compile("隐患|故障|维修|纠纷|投诉|排查")
#: Who confirms the counts that the catalogue leaves to a department's notice.
_DEPARTMENTS = {
    "peace-village.5.1": Department.EMERGENCY,
    "peace-village.5.2": Department.POLICE,
    "drug-free-village.4.2": Department.POLICE,
    "safe-community.4.3": Department.EMERGENCY,
    "safe-school.4.3": Department.EDUCATION,
    "safe-hospital.4.4": Department.HEALTH,
    "safe-place.4.3": Department.POLICE,
    "safe-market.4.3": Department.FIRE,
    "safe-avenue.4.1": Department.TRAFFIC,
    "tech-unit.3.4": Department.POLICE,
}


def publish(file: Path = CATALOGUE) -> list[Version]:
    """Adds every standard of the file as version 1, published; raises ValueError for a sum of
    points other than 100."""
    types = json.loads(file.read_text(encoding="utf-8"))["types"]
    return [_publish(entry, ordinal) for ordinal, entry in enumerate(types, start=1)]


def _publish(entry: dict[str, Any], ordinal: int) -> Version:
    aggregate = entry["registration"] == "aggregate"
    standard = Standard(
        slug=entry["id"],
        name_zh=entry["title"]["zh"],
        name_en=entry["title"]["en"],
        registration=Registration.AGGREGATE if aggregate else Registration.UNIT,
        ordinal=ordinal,
        kinds=[] if aggregate else [StandardKind(kind=Kind(k)) for k in entry["unit_kinds"]],
    )
    version = Version(
        standard=standard,
        number=1,
        pass_mark=entry["pass_mark"],
        excellent_mark=entry["excellent_mark"],
        validity_years=entry["validity_years"],
        published_at=None,
        sections=[
            Section(number=part["no"], name_zh=part["zh"], name_en=part["en"])
            for part in entry["sections"]
        ],
        criteria=[
            _criterion(line, part["no"], entry["id"], aggregate)
            for part in entry["sections"]
            for line in part["criteria"]
        ],
    )
    for place, criterion in enumerate(version.criteria, start=1):
        criterion.ordinal = place
    if sum(criterion.points for criterion in version.criteria) != 100:
        raise ValueError(f"the points of {standard.slug} do not sum to 100")
    db.session.add(version)
    db.session.flush()
    # The database refuses sections and criteria of a version that is published already.
    version.published_at = clock.now()
    db.session.flush()
    return version


def _criterion(line: dict[str, Any], section: int, slug: str, aggregate: bool) -> Criterion:
    threshold = line.get("threshold") or {}
    cadence = Cadence(line["cadence"])
    evidence = EvidenceKind(line["evidence"])
    unit = threshold.get("unit")
    # A household standard is answered in counts: n of N households for every criterion.
    counted = aggregate and evidence is EvidenceKind.DECLARATION
    return Criterion(
        section_number=section,
        code=line["code"].removeprefix(f"{slug}."),
        text_zh=line["zh"],
        text_en=line["en"],
        points=line["points"],
        evidence=EvidenceKind.RATIO if counted else evidence,
        pieces=line["min_pieces"],
        cadence=cadence,
        veto=line["veto"],
        department=_DEPARTMENTS.get(line["code"]),
        none_is_full=evidence in {EvidenceKind.RATIO, EvidenceKind.NUMBER}
        or bool(_CAN_BE_NONE.search(line["zh"])),
        operator=Operator(threshold["op"]) if threshold else None,
        threshold=threshold.get("value"),
        threshold_yearly=cadence.per_year > 1
        and evidence is EvidenceKind.NUMBER
        and "year" in (unit or ""),
        measure_unit=unit,
        numerator_zh="做到的户数" if counted else _part(line, "numerator", "zh"),
        numerator_en="households that do" if counted else _part(line, "numerator", "en"),
        denominator_zh="总户数" if counted else _part(line, "denominator", "zh"),
        denominator_en="all households" if counted else _part(line, "denominator", "en"),
    )


def _part(line: dict[str, Any], name: str, language: str) -> str | None:
    part = line.get(name)
    return part[language] if part else None
