"""Fills an empty database with the demonstration."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, demonstration, register, settings, standards, titles
from campaigns.campaign import Campaign, Step
from campaigns.database import db
from campaigns.demonstration import (
    acceptance,
    accounts,
    fairness,
    happening,
    notice,
    places,
    second_looks,
    visiting,
    writing,
)
from campaigns.demonstration.accounts import Account
from campaigns.demonstration.plan import Plan, Planner
from campaigns.enrolment import participation, recount
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.evidence.store import Store
from campaigns.jurisdictions import EVERYWHERE, TOWN_LEVELS, Jurisdiction
from campaigns.people import Role
from campaigns.register import changes, exemptions
from campaigns.review import assignments
from campaigns.standards import Registration, Version, catalogue
from campaigns.text import Bilingual
from campaigns.units import HOUSEHOLD_KINDS, Unit

SEED = 511381
_ALL_STEPS = (Step.TOWN, Step.CITY, Step.NOTICE)
#: The campaigns: standard, acceptance steps, and quarters that are still to come.
_CAMPAIGNS: tuple[tuple[str, tuple[Step, ...], int], ...] = (
    ("drug-free-village", _ALL_STEPS, 0),
    ("safe-school", (Step.TOWN, Step.CITY), 1),
    ("safe-hospital", (Step.TOWN, Step.CITY), 0),
    ("tech-household", (Step.TOWN,), 0),
)
#: Asked of the villages of one town only, who proved some of it for another campaign already.
_OF_ONE_TOWN = ("cult-free-village", (Step.TOWN,), 0)
#: The year before there were trials in one town: lists of work that named nobody, so that what was
#: proved then can be found still true.
_TRIALS = ("drug-free-village", "safe-school")
#: Days from the due date to the end of the reviews.
_REVIEWS = timedelta(days=20)
#: The standard of the campaign that is still a draft.
_DRAFT = "peace-village"
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
        (None, 0.3),
        (EnrolmentState.TOWN_PASSED, 0.25),
        (EnrolmentState.CITY_PASSED, 0.1),
        (EnrolmentState.NAMED, 0.15),
        (EnrolmentState.CONDITIONAL, 0.1),
        (EnrolmentState.NOT_PASSED, 0.1),
    ],
    "cult-free-village": [(None, 1.0)],
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
    accounts.of_other_towns(p for p in by_code.values() if p.level in TOWN_LEVELS)
    keeper = accounts.history_keeper().id
    first_town = by_code[accounts.TOWNS[0]]
    city = by_code[accounts.CITY]
    running = [_open(*each, city) for each in _CAMPAIGNS]
    running.append(_open(*_OF_ONE_TOWN, first_town))
    trials = [_open_trial(each, first_town) for each in running if _slug(each) in _TRIALS]
    _draft(by_code)
    shown = {a.unit_id for a in people.made if a.unit_id}
    known = {unit.id: unit for unit, _ in units}
    planner = Planner(chance, first_town.id)
    plans = _plans(planner, running, known, shown)
    earlier = _plans_of_trials(planner, trials, known)
    proof = writing.pictures(store, [*plans, *earlier], keeper)
    deciders = {each.town_id: each.id for each in assignments.reviewers(EVERYWHERE)}
    writing.write([*plans, *earlier], proof, keeper, deciders)
    for each in trials:
        campaigns.close(each, each.row_version, by=keeper)
    _name(plans)
    _earlier(units, plans, chance)
    notice.object_to(plans, next(a.person_id for a in people.made if a.role is Role.OFFICE))
    db.session.flush()
    _leave(plans, shown)
    looks = visiting.worth_a_look(plans, running, people.made)
    second_looks.write(people.made, looks["returned_item"].values())
    fairness.show(plans, people.made, by_code)
    posts = {each.username: each.person_id for each in people.made}
    happening.happen(shown, by=posts["confirmer-education"], office=posts["office"])
    _accept(running, people)
    demonstration.mark()
    wrong = [*recount.check(), *titles.check(), *register.check()]
    if wrong:
        raise AssertionError(f"the demonstration does not add up: {wrong[:3]}")
    return Filled(people.made, looks)


def _open(slug: str, steps: tuple[Step, ...], ahead: int, area: Jurisdiction) -> Campaign:
    """A campaign over twelve months; ``ahead`` quarters of them are still to come."""
    version = standards.versions_of(slug)[0]
    today = clock.today()
    quarter = today.year * 4 + (today.month - 1) // 3 + 1 + ahead
    first, after = _quarter(quarter - 4), _quarter(quarter)
    year = first.year
    number = f"示范办〔{year}〕{version.standard.ordinal}号（虚构）"
    made = campaigns.draft(
        version,
        area,
        _called(version, year),
        opens_on=first,
        due_on=after - timedelta(days=1),
        steps=steps,
        approval=(number, "示范批准机关（虚构）", date(year + 1, 12, 31)),
        review_due_on=after + _REVIEWS,
        notice_days=settings.NOTICE_DAYS if Step.NOTICE in steps else None,
        by=None,
    )
    participation.open_campaign(made, by=None)
    return made


def _slug(campaign: Campaign) -> str:
    return campaign.version.standard.slug


def _open_trial(after: Campaign, town: Jurisdiction) -> Campaign:
    """The trial that went before a campaign, in the twelve months before."""
    opens_on = after.opens_on.replace(year=after.opens_on.year - 1)
    name = _called(after.version, opens_on.year)
    made = campaigns.draft(
        after.version,
        town,
        Bilingual(f"{name.zh}（试点）", f"{name.en} (trial)"),
        opens_on=opens_on,
        due_on=after.opens_on - timedelta(days=1),
        steps=(Step.TOWN,),
        approval=None,
        by=None,
    )
    participation.open_campaign(made, by=None, on=opens_on)
    return made


def _draft(by_code: dict[str, Jurisdiction]) -> None:
    """A campaign that nobody has opened: with what villages are asked already it is above the
    cap, so that a visitor sees what the city office is told then."""
    version, today = standards.versions_of(_DRAFT)[0], clock.today()
    year = date(today.year + 1, today.month, 1)
    campaigns.draft(
        version,
        by_code[accounts.CITY],
        _called(version, year.year),
        opens_on=today,
        due_on=year - timedelta(days=1),
        steps=_ALL_STEPS,
        approval=(
            f"示范办〔{today.year}〕{version.standard.ordinal}号（虚构）",
            "示范批准机关（虚构）",
            date(year.year, 12, 31),
        ),
        review_due_on=year + _REVIEWS,
        notice_days=settings.NOTICE_DAYS,
        by=None,
    )


def _called(version: Version, year: int) -> Bilingual:
    name = version.standard.name
    return Bilingual(f"{name.zh.partition('(')[0]} {year}", f"{name.en.partition(' (')[0]} {year}")


def _quarter(number: int) -> date:
    return date(number // 4, number % 4 * 3 + 1, 1)


def _enrolled(campaign: Campaign) -> list[Enrolment]:
    rows = db.session.scalars(
        sa.select(Enrolment).where(Enrolment.campaign_id == campaign.id).order_by(Enrolment.id)
    ).all()
    for enrolment in rows:
        enrolment.campaign = campaign
    return list(rows)


def _plans_of_trials(
    planner: Planner, trials: Iterable[Campaign], units: dict[int, Unit]
) -> list[Plan]:
    """Everything that a trial asked was found true."""
    passed = EnrolmentState.TOWN_PASSED
    return [
        planner.plan(each, units[each.unit_id], campaigns.slots(trial), finish=passed)
        for trial in trials
        for each in _enrolled(trial)
    ]


def _plans(
    planner: Planner, running: Sequence[Campaign], units: dict[int, Unit], shown: set[int]
) -> list[Plan]:
    chance, plans = planner.chance, []
    for campaign in running:
        slots = campaigns.slots(campaign)
        endings = _ENDINGS[_slug(campaign)]
        for enrolment in _enrolled(campaign):
            ending = chance.choices([e for e, _ in endings], [share for _, share in endings])[0]
            if enrolment.unit_id in shown:
                ending = None
            plans.append(
                planner.plan(
                    enrolment,
                    units[enrolment.unit_id],
                    slots,
                    finish=ending,
                    shown=visiting.shown(slots, fresh=_slug(campaign) == _OF_ONE_TOWN[0])
                    if enrolment.unit_id in shown
                    else None,
                )
            )
    return plans


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


def _accept(running: Sequence[Campaign], people: accounts.Accounts) -> None:
    """The city accepts the hospitals, which are invented, by a round."""
    campaign = next(each for each in running if _slug(each) == "safe-hospital")
    ids = {each.username: each.person_id for each in people.made}
    team = (ids["acceptor"], ids["acceptor-2"])
    acceptance.build(campaign, office=ids["office"], team=team)


def _leave(plans: Sequence[Plan], shown: set[int]) -> None:
    """Some invented units are exempt, and one closed for good and left its campaign with it."""
    under_way = [
        plan
        for plan in plans
        if plan.state is EnrolmentState.APPLIED
        and plan.unit.kind not in HOUSEHOLD_KINDS
        and plan.unit.id not in shown
    ]
    for plan in under_way[:: len(under_way) // 6 + 1]:
        enrolment = plan.enrolment
        exemptions.grant(enrolment, enrolment.row_version, "停用修缮，本年不参评（虚构）", by=None)
    closed = next(each for each in under_way if each.enrolment.state is EnrolmentState.APPLIED)
    day = clock.today() - timedelta(days=30)
    changes.close(closed.unit, day, "已并入邻近单位（虚构）", by=None)
