"""A world of any size for measuring: real places, invented units, half of the items answered."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, people, register
from campaigns.campaign import Campaign, Step
from campaigns.database import db
from campaigns.enrolment import participation, recount
from campaigns.enrolment.records import Enrolment, EnrolmentState, Item, ItemState
from campaigns.jurisdictions import Jurisdiction
from campaigns.people import Role
from campaigns.standards import (
    Cadence,
    Criterion,
    EvidenceKind,
    Registration,
    Section,
    Standard,
    StandardKind,
    Version,
    catalogue,
)
from campaigns.tally import Progress, places
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit

PASSWORD = "measured many times"
ITEMS = 12
_SHARES: list[tuple[ItemState | None, float]] = [
    (None, 0.3),
    (ItemState.SUBMITTED, 0.2),
    (ItemState.APPROVED, 0.45),
    (ItemState.RETURNED, 0.05),
]
_CROWDED: list[tuple[ItemState | None, float]] = [(ItemState.SUBMITTED, 1.0)]


@dataclass(frozen=True)
class World:
    """Where to look: one unit's checklist, the items that wait at one town, and the unit's items
    that nobody has touched."""

    enrolment: int
    town: str
    city: str
    waiting: list[tuple[int, str, int]]
    open_items: list[str]


def build(units: int, *, crowded: bool = False) -> World:
    """Fills the database at hand and commits; the same numbers each time. In a crowded world all
    units lie in one town, and all that they answered waits."""
    jurisdictions.add_all(jurisdictions.read(jurisdictions.LANGZHONG), date(2023, 6, 30))
    catalogue.publish()
    scope = jurisdictions.Scope((jurisdictions.interval("/51/"),))
    city = jurisdictions.find("511381", scope)
    town = jurisdictions.within(city, jurisdictions.TOWN_LEVELS)[0]
    villages = jurisdictions.within(town if crowded else city, jurisdictions.VILLAGE_LEVELS)
    made = [
        Unit(
            code=f"B{number:07d}",
            name_zh=f"测量第{number}校",
            name_en=f"Measured school {number}",
            kind=Kind.SCHOOL,
            valid_from=date(2023, 6, 30),
        )
        for number in range(units)
    ]
    register.enter([(unit, villages[n % len(villages)]) for n, unit in enumerate(made)])
    campaign = _campaign(city)
    _answer(campaign, _CROWDED if crowded else _SHARES)
    _people(made[0], town, city)
    db.session.commit()
    if differences := list(recount.check()):
        raise AssertionError(differences[:3])
    first = db.session.scalar(sa.select(Enrolment.id).where(Enrolment.unit_id == made[0].id))
    rows = db.session.execute(
        sa.select(Item.enrolment_id, Item.key, Item.row_version)
        .where(Item.state == ItemState.SUBMITTED, Item.town_id == town.id)
        .order_by(Item.id)
    )
    touched = {*db.session.scalars(sa.select(Item.key).where(Item.enrolment_id == first))}
    return World(
        first or 0,
        town.code,
        city.code,
        [(r[0], r[1], r[2]) for r in rows],
        [each.key for each in campaigns.slots(campaign) if each.key not in touched],
    )


def _campaign(city: Jurisdiction) -> Campaign:
    version = Version(
        standard=Standard(
            slug="measured",
            name_zh="测量标准",
            name_en="Measured standard",
            registration=Registration.UNIT,
            ordinal=99,
            kinds=[StandardKind(kind=Kind.SCHOOL)],
        ),
        number=1,
        pass_mark=85,
        excellent_mark=95,
        validity_years=1,
        published_at=None,
        sections=[
            Section(number=n, name_zh=f"第{n}部分", name_en=f"Section {n}") for n in (1, 2, 3)
        ],
        criteria=[_criterion(n) for n in range(ITEMS)],
    )
    db.session.add(version)
    db.session.flush()
    # The database lets nobody add to what is published.
    version.published_at = clock.now()
    db.session.flush()
    year = clock.today().year
    made = campaigns.draft(
        version,
        city,
        Bilingual(f"测量 {year}", f"Measured {year}"),
        opens_on=date(year, 1, 1),
        due_on=date(year, 12, 31),
        steps=[Step.TOWN],
        approval=("0", "-", date(year, 12, 31)),
        by=None,
    )
    participation.open_campaign(made, by=None)
    return made


def _criterion(number: int) -> Criterion:
    return Criterion(
        section_number=1 + number // 4,
        ordinal=number,
        code=f"{1 + number // 4}.{1 + number % 4}",
        text_zh="村综治中心(工作站)有场地、有值守、能办事,允许一室多用、合署共用一块牌子",
        text_en="The office has a room and someone on duty; shared rooms are accepted",
        points=12 if number == 0 else 8,
        evidence=EvidenceKind.NUMBER,
        pieces=1,
        cadence=Cadence.YEARLY,
        veto=False,
        none_is_full=True,
        threshold_yearly=False,
    )


def _answer(campaign: Campaign, shares: list[tuple[ItemState | None, float]]) -> None:
    """Answers every checklist in these shares, with counters to match, in bulk."""
    chance = random.Random(7)
    slots = campaigns.slots(campaign)
    sent = datetime(clock.today().year, 3, 1, tzinfo=UTC)
    states = [state for state, _ in shares]
    weights = [share for _, share in shares]
    rows: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    totals: dict[int, dict[str, int]] = {}
    for enrolment in db.session.scalars(sa.select(Enrolment)):
        count = {"submitted": 0, "approved": 0, "returned": 0}
        for slot in slots:
            state = chance.choices(states, weights)[0]
            if state is None:
                continue
            count[state.value] += 1
            rows.append(
                {
                    "enrolment_id": enrolment.id,
                    "criterion_id": slot.criterion.id,
                    "key": slot.key,
                    "town_id": enrolment.town_id,
                    "state": state,
                    "value": chance.randint(0, 9),
                    "submitted_at": sent + timedelta(minutes=len(rows)),
                }
            )
        updates.append({"id": enrolment.id, "started": any(count.values()), **count})
        for place in places(enrolment.place_id, enrolment.town_id):
            total = totals.setdefault(place, dict.fromkeys([*count, "started"], 0))
            for name, number in count.items():
                total[name] += number
            total["started"] += any(count.values())
    db.session.execute(sa.insert(Item), rows)
    for row in updates:
        key = row.pop("id")
        db.session.execute(
            sa.update(Enrolment)
            .where(Enrolment.id == key, Enrolment.state == EnrolmentState.APPLIED)
            .values(row)
            .execution_options(synchronize_session=False)
        )
    for place, total in totals.items():
        db.session.execute(
            sa.update(Progress)
            .where(Progress.campaign_id == campaign.id, Progress.place_id == place)
            .values(total)
        )


def _people(unit: Unit, town: Jurisdiction, city: Jurisdiction) -> None:
    since = date(clock.today().year, 1, 1)
    for name, role, place in (
        ("liaison", Role.LIAISON, None),
        ("reviewer", Role.REVIEWER, town),
        ("leader", Role.LEADER, city),
        ("office", Role.OFFICE, city),
    ):
        person = people.add(name, Bilingual(name, name), PASSWORD)
        people.grant(person, role, place=place, unit=None if place else unit, valid_from=since)
