"""Fills an empty database with the demonstration."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, demonstration, register, standards, titles
from campaigns.campaign import Campaign, Slot, Step
from campaigns.database import db
from campaigns.demonstration import accounts, places, writing
from campaigns.demonstration.accounts import Account
from campaigns.demonstration.plan import Plan, Planner
from campaigns.enrolment import participation, records, recount, transitions
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.errors import Refused, fault
from campaigns.evidence.store import Store
from campaigns.jurisdictions import Jurisdiction
from campaigns.register import exemptions
from campaigns.standards import EvidenceKind, Registration, Version, catalogue
from campaigns.text import Bilingual
from campaigns.units import Unit

SEED = 511381
_ALL_STEPS = (Step.TOWN, Step.CITY, Step.NOTICE)
#: The campaigns: standard, acceptance steps, and quarters that are still to come.
_CAMPAIGNS: tuple[tuple[str, tuple[Step, ...], int], ...] = (
    ("drug-free-village", _ALL_STEPS, 0),
    ("safe-school", (Step.TOWN, Step.CITY), 1),
    ("safe-hospital", (Step.TOWN,), 0),
    ("tech-household", (Step.TOWN,), 0),
)
#: How the finished checklists of a standard ended; the rest is under way.
_ENDINGS: dict[str, list[tuple[EnrolmentState | None, float]]] = {
    "drug-free-village": [
        (None, 0.62),
        (EnrolmentState.TOWN_PASSED, 0.1),
        (EnrolmentState.CITY_PASSED, 0.06),
        (EnrolmentState.PUBLICISED, 0.08),
        (EnrolmentState.NAMED, 0.14),
    ],
    "safe-school": [(None, 1.0)],
    "safe-hospital": [
        (None, 0.4),
        (EnrolmentState.TOWN_PASSED, 0.2),
        (EnrolmentState.NAMED, 0.2),
        (EnrolmentState.CONDITIONAL, 0.1),
        (EnrolmentState.NOT_PASSED, 0.1),
    ],
    "tech-household": [
        (None, 0.7),
        (EnrolmentState.TOWN_PASSED, 0.1),
        (EnrolmentState.NAMED, 0.2),
    ],
}


@dataclass
class Filled:
    """What the demonstration holds: accounts, and places worth a look."""

    accounts: list[Account]
    ids: dict[str, Any]


def fill(store: Store) -> Filled:
    """Builds everything in the transaction at hand; raises AssertionError if a counter is off."""
    chance = random.Random(SEED)  # noqa: S311 - invented figures, no secrets
    year = clock.today().year
    units = places.build(chance, year)
    catalogue.publish()
    by_code = {place.code: place for _, place in units}
    by_code |= {p.code: p for p in db.session.scalars(sa.select(Jurisdiction))}
    people = accounts.build(units, by_code)
    keeper = accounts.history_keeper().id
    running = [_open(slug, steps, ahead, by_code) for slug, steps, ahead in _CAMPAIGNS]
    shown = {a.unit_id for a in people.made if a.unit_id}
    first_town = by_code[accounts.TOWNS[0]].id
    plans = _plans(running, {unit.id: unit for unit, _ in units}, shown, first_town, chance)
    proof = writing.pictures(store, plans, keeper)
    writing.write(plans, proof, keeper)
    _exempt(plans, shown)
    _name(plans)
    _earlier(units, plans, chance)
    db.session.flush()
    demonstration.mark()
    wrong = [*recount.check(), *titles.check(), *register.check()]
    if wrong:
        raise AssertionError(f"the demonstration does not add up: {wrong[:3]}")
    return Filled(people.made, _worth_a_look(plans, running, people.made))


def _open(
    slug: str, steps: tuple[Step, ...], ahead: int, by_code: dict[str, Jurisdiction]
) -> Campaign:
    """A campaign over twelve months; ``ahead`` quarters of them are still to come."""
    version = standards.versions_of(slug)[0]
    today = clock.today()
    quarter = today.year * 4 + (today.month - 1) // 3 + 1 + ahead
    first, after = _quarter(quarter - 4), _quarter(quarter)
    year = first.year
    number = f"示范办〔{year}〕{version.standard.ordinal}号（虚构）"
    made = campaigns.draft(
        version,
        by_code[accounts.CITY],
        _called(version, year),
        opens_on=first,
        due_on=after - timedelta(days=1),
        steps=steps,
        approval=(number, "示范批准机关（虚构）", date(year + 1, 12, 31)),
        by=None,
    )
    participation.open_campaign(made, by=None)
    return made


def _called(version: Version, year: int) -> Bilingual:
    name = version.standard.name
    return Bilingual(f"{name.zh.partition('(')[0]} {year}", f"{name.en.partition(' (')[0]} {year}")


def _quarter(number: int) -> date:
    return date(number // 4, number % 4 * 3 + 1, 1)


def _plans(
    running: Sequence[Campaign],
    units: dict[int, Unit],
    shown: set[int],
    first_town: int,
    chance: random.Random,
) -> list[Plan]:
    planner, plans = Planner(chance, first_town), []
    for campaign in running:
        slots = campaigns.slots(campaign)
        endings = _ENDINGS[campaign.version.standard.slug]
        kept = _photo_items(slots)
        rows = db.session.scalars(
            sa.select(Enrolment).where(Enrolment.campaign_id == campaign.id).order_by(Enrolment.id)
        )
        for enrolment in rows:
            enrolment.campaign = campaign
            ending = chance.choices([e for e, _ in endings], [share for _, share in endings])[0]
            if enrolment.unit_id in shown:
                ending = None
            plans.append(
                planner.plan(
                    enrolment,
                    units[enrolment.unit_id],
                    slots,
                    finish=ending,
                    untouched=frozenset(kept[:1]) if enrolment.unit_id in shown else frozenset(),
                    returned=frozenset(kept[1:2]) if enrolment.unit_id in shown else frozenset(),
                )
            )
    return plans


def _photo_items(slots: Iterable[Slot]) -> list[str]:
    """Photo items that are open now and due later, those that want most pieces first."""
    today = clock.today()
    found = [
        slot
        for slot in slots
        if slot.criterion.evidence is EvidenceKind.PHOTO
        and slot.is_open(today)
        and slot.due_on >= today
    ]
    return [slot.key for slot in sorted(found, key=lambda slot: -slot.pieces)]


#: Why schools of the demonstration are left out of their campaign this year.
_EXEMPT = ("校舍重建，今年停课（虚构）", "与邻校合并办学，明年参评（虚构）")


def _exempt(plans: Sequence[Plan], shown: set[int]) -> None:
    """Exempts a few schools, so that their colour is seen: none that a visitor works for."""
    free = [
        plan
        for plan in plans
        if plan.enrolment.campaign.version.standard.slug == "safe-school"
        and plan.state is EnrolmentState.APPLIED
        and plan.unit.id not in shown
    ]
    for plan, reason in zip(free[:: max(1, len(free) // len(_EXEMPT))], _EXEMPT, strict=False):
        # Plans are written in bulk, past the objects at hand.
        db.session.refresh(plan.enrolment)
        found = records.find(plan.enrolment.id, places.EVERYWHERE)
        exemptions.grant(found, found.row_version, reason, by=None)


def _name(plans: Iterable[Plan]) -> None:
    """The titles of the enrolments that are named, since some weeks."""
    for number, plan in enumerate(plans):
        if plan.state is not EnrolmentState.NAMED:
            continue
        version = plan.enrolment.campaign.version
        counts = [i.answer["numerator"] for i in plan.items if i.answer["numerator"] is not None]
        aggregate = version.standard.registration is Registration.AGGREGATE
        since = clock.today() - timedelta(days=7 + number % 20)
        _grant(plan.unit, version, since, plan.enrolment, min(counts) if aggregate else 1)


def _grant(
    unit: Unit, version: Version, since: date, enrolment: Enrolment | None, number: int
) -> None:
    place = db.session.get_one(Jurisdiction, unit.jurisdiction_id)
    titles.grant(
        unit,
        version,
        place_id=place.id,
        town_id=place.town_id,
        number=number,
        serial=titles.new_serial(since.year, unit.id),
        document_number=f"示范命名〔{since.year}〕1号（虚构）",
        valid_from=since,
        enrolment_id=enrolment.id if enrolment else None,
        by=None,
    )


def _earlier(
    units: Sequence[tuple[Unit, Jurisdiction]], plans: Iterable[Plan], chance: random.Random
) -> None:
    """Titles of earlier years: valid, about to expire, expired. A unit that is being named now
    holds none of that standard, so that nobody counts twice."""
    busy = {
        (plan.unit.id, plan.enrolment.campaign.version.standard_id)
        for plan in plans
        if plan.state not in {EnrolmentState.APPLIED, EnrolmentState.NOT_PASSED}
    }
    today = clock.today()
    for version in standards.current():
        if version.standard.registration is Registration.AGGREGATE:
            continue
        whole = version.validity_years * 365
        kinds = standards.taking_part(version.standard)
        for unit, _ in units:
            if unit.kind not in kinds or (unit.id, version.standard_id) in busy:
                continue
            drawn = chance.random()
            if drawn < 0.45:
                age = chance.randint(60, whole - 100)
            elif drawn < 0.52:
                age = whole - chance.randint(10, 80)
            elif drawn < 0.62:
                age = whole + chance.randint(20, 300)
            else:
                continue
            _grant(unit, version, today - timedelta(days=age), None, 1)


def _worth_a_look(
    plans: Sequence[Plan], running: Sequence[Campaign], made: Sequence[Account]
) -> dict[str, Any]:
    """The pages that a visitor should open first."""
    by_unit: dict[int, list[Plan]] = {}
    for plan in plans:
        by_unit.setdefault(plan.unit.id, []).append(plan)
    open_item: dict[str, str] = {}
    returned_item: dict[str, str] = {}
    for account in made:
        own = by_unit.get(account.unit_id or 0, [])
        for plan in own:
            keys = _photo_items(campaigns.slots(plan.enrolment.campaign))
            if len(keys) > 1:
                address = f"/enrolments/{plan.enrolment.id}/items/"
                open_item.setdefault(account.username, address + keys[0])
                returned_item.setdefault(account.username, address + keys[1])
    ready: dict[int, str] = {}
    for plan in plans:
        if transitions.next_state(plan.enrolment) is EnrolmentState.NAMED:
            ready.setdefault(plan.enrolment.town_id or 0, f"/enrolments/{plan.enrolment.id}")
    if not open_item or not ready:
        raise Refused(fault("nothing_ready"))
    return {
        "open_item": open_item,
        "returned_item": returned_item,
        "campaign": f"/campaigns/{running[0].id}",
        "ready_to_name": list(ready.values())[:8],
    }
