"""Earlier years and later versions: what a unit proved before, and what is asked of it now."""

from datetime import UTC, date, datetime
from typing import Any

from campaigns import campaign as campaigns
from campaigns import clock, standards
from campaigns.campaign import Campaign, Step
from campaigns.database import db
from campaigns.enrolment import participation, records
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item
from campaigns.jurisdictions import Jurisdiction
from campaigns.standards import Criterion, Section, Version
from campaigns.text import Bilingual
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, approve, send

#: Noon in China on a day of the year before.
THEN = datetime(2025, 5, 12, 4, 0, tzinfo=UTC)


def campaign(cast: Cast, version: Version, year: int, *, month: int = 1) -> Campaign:
    """An open campaign of a year over the whole city."""
    made = campaigns.draft(
        version,
        db.session.get_one(Jurisdiction, cast.places["511381"]),
        Bilingual(f"{version.standard.name_zh} {year}", f"{version.standard.name_en} {year}"),
        opens_on=date(year, month, 1),
        due_on=date(year, 12, 31),
        steps=[Step.TOWN],
        approval=None,
        by=None,
    )
    participation.open_campaign(made, by=None, on=made.opens_on)
    return made


def taking_part(cast: Cast, found: Campaign, unit: str = "village") -> Enrolment:
    """A unit's enrolment in a campaign."""
    number = records.id_of(found.id, cast.units[unit])
    assert number is not None
    return records.find(number, EVERYWHERE)


def last_year(
    cast: Cast,
    time: Time,
    keys: tuple[str, ...],
    answers: dict[str, Answer] | None = None,
    *,
    standard: str = "drug-free-village",
    unit: str = "village",
    by: str = "liaison",
) -> dict[str, Item]:
    """A campaign of 2025 in which a unit sent these items and all were approved; closed since."""
    now, time.now = time.now, THEN
    found = campaign(cast, standards.versions_of(standard)[-1], 2025)
    enrolment = taking_part(cast, found, unit)
    items = {}
    for key in keys:
        department = campaigns.slot(found, key).criterion.department
        sent = send(cast, enrolment, key, (answers or {}).get(key), by)
        items[key] = approve(cast, enrolment, sent, "police" if department else "reviewer")
    campaigns.close(found, found.row_version, by=cast.people["office"])
    time.now = now
    return items


def next_version(slug: str, changes: dict[str, dict[str, Any]]) -> Version:
    """Publishes a version like the newest but for these changes, by the criteria's codes."""
    before = standards.versions_of(slug)[0]
    made = Version(
        standard_id=before.standard_id,
        number=before.number + 1,
        pass_mark=before.pass_mark,
        excellent_mark=before.excellent_mark,
        validity_years=before.validity_years,
        published_at=None,
        sections=[
            Section(number=each.number, name_zh=each.name_zh, name_en=each.name_en)
            for each in before.sections
        ],
        criteria=[
            Criterion(**_columns(each) | changes.get(each.code, {})) for each in before.criteria
        ],
    )
    db.session.add(made)
    db.session.flush()
    made.published_at = clock.now()
    db.session.flush()
    return standards.version(made.id)


def _columns(criterion: Criterion) -> dict[str, Any]:
    names = {each.name for each in Criterion.__table__.columns} - {"id", "version_id"}
    return {name: getattr(criterion, name) for name in names}
