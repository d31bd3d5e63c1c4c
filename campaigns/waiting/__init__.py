"""Waiting for whom: what each enrolment waits for, who has to do it, and by when.

No state is a dead end: every enrolment waits for something, if only for the last day of its title.
"""

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, incidents
from campaigns.campaign import Campaign, CampaignState, Slot
from campaigns.database import UTCDateTime, db
from campaigns.enrolment import impartiality, objections, records, transitions
from campaigns.enrolment.records import ANSWERABLE, LEFT, Enrolment, EnrolmentState, Item, ItemState
from campaigns.jurisdictions import (
    TOWN_LEVELS,
    VILLAGE_LEVELS,
    Jurisdiction,
    Level,
    interval,
)
from campaigns.people import Department
from campaigns.titles import Standing, Title, standing


class Whom(enum.StrEnum):
    """Who has to act."""

    UNIT = "unit"
    TOWN = "town"
    DEPARTMENT = "department"
    TEAM = "team"
    OFFICE = "office"
    NOBODY = "nobody"


class Need(enum.StrEnum):
    """What has to happen next; of those that are nobody's to do, what is waited for or is over."""

    MEND = "mend"
    SEND = "send"
    REVIEW = "review"
    CONFIRM = "confirm"
    EXAMINE = "examine"
    ACCEPT = "accept"
    PUBLICISE = "publicise"
    NAME = "name"
    PERIOD = "period"
    NOTICE = "notice"
    OBJECTION = "objection"
    APPEAL = "appeal"
    HELD = "held"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"
    LEFT = "left"
    CLOSED = "closed"
    NO_APPROVAL = "no_approval"
    APPROVAL_OVER = "approval_over"


_WHOM: dict[Need, Whom] = {
    Need.MEND: Whom.UNIT,
    Need.SEND: Whom.UNIT,
    Need.REVIEW: Whom.TOWN,
    Need.CONFIRM: Whom.DEPARTMENT,
    Need.EXAMINE: Whom.TOWN,
    Need.ACCEPT: Whom.TEAM,
    Need.PUBLICISE: Whom.TEAM,
    Need.NAME: Whom.OFFICE,
    Need.OBJECTION: Whom.OFFICE,
    Need.APPEAL: Whom.OFFICE,
}


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that an enrolment waits for. ``number`` are the items that it is about, ``due_on``
    the day by which it should have happened, or on which it begins or ends by itself."""

    need: Need
    number: int = 1
    due_on: date | None = None
    department: Department | None = None
    #: Whether whoever decides otherwise has a part in it (``impartiality``).
    at_city: bool = False

    @property
    def whom(self) -> Whom:
        """Who has to do it."""
        return Whom.OFFICE if self.at_city else _WHOM.get(self.need, Whom.NOBODY)

    @property
    def late_by(self) -> int:
        """Days past its day, for what somebody has to do."""
        if self.due_on is None or self.whom is Whom.NOBODY:
            return 0
        return max(0, (clock.today() - self.due_on).days)


def of(
    enrolments: Sequence[Enrolment],
    *,
    seen_by_unit: bool,
    items: Sequence[Item] | None = None,
) -> dict[int, tuple[Wait, ...]]:
    """What each of these enrolments waits for, the unit's own share first; never nothing.

    Five statements at most for all of them; none for the items when they are known already.
    """
    rows: dict[int, dict[str, Item]] = {each.id: {} for each in enrolments if _is_answerable(each)}
    for item in records.items(list(rows)) if items is None and rows else items or ():
        if item.enrolment_id in rows:
            rows[item.enrolment_id][item.key] = item
    sent = [
        each.id
        for own in rows.values()
        for each in own.values()
        if each.state is ItemState.SUBMITTED
    ]
    at_city = impartiality.at_city(sent)
    held = _led_to([each.id for each in enrolments if each.state is EnrolmentState.NAMED])
    appealed = _appealed(held.values())
    on_notice = [each.id for each in enrolments if each.state is EnrolmentState.PUBLICISED]
    objected = objections.with_open(on_notice) if on_notice else set[int]()
    return {
        each.id: tuple(_of_items(each, rows[each.id], at_city, seen_by_unit))
        if each.id in rows
        else (appealed.get(each.id) or _of_state(each, held.get(each.id), each.id in objected),)
        for each in enrolments
    }


def _is_answerable(enrolment: Enrolment) -> bool:
    return enrolment.campaign.state is CampaignState.OPEN and enrolment.state in ANSWERABLE


def _led_to(named: Sequence[int]) -> dict[int, Title]:
    """The title that each of these enrolments led to."""
    if not named:
        return {}
    query = sa.select(Title).where(Title.enrolment_id.in_(named))
    return {each.enrolment_id or 0: each for each in db.session.scalars(query)}


def _appealed(held: Iterable[Title]) -> dict[int, Wait]:
    """Of the suspended among these titles, by enrolment, those that wait for the city office to
    decide on an appeal."""
    today = clock.today()
    suspended = [each for each in held if standing(each, today) is Standing.SUSPENDED]
    days = incidents.decided_by([each.id for each in suspended])
    return {
        each.enrolment_id or 0: Wait(Need.APPEAL, due_on=days[each.id])
        for each in suspended
        if each.id in days
    }


def _of_items(
    enrolment: Enrolment, items: Mapping[str, Item], at_city: Collection[int], seen_by_unit: bool
) -> Iterator[Wait]:
    """What a checklist waits for that can still be worked on."""
    now, slots = clock.now(), campaigns.slots(enrolment.campaign)
    by_state: dict[ItemState, list[Slot]] = {each: [] for each in ItemState}
    for slot in slots:
        item = items.get(slot.key)
        if item is None:
            by_state[ItemState.OPEN].append(slot)
        else:
            state = item.state_for_unit(now) if seen_by_unit else item.state
            by_state[state].append(slot)
    today = clock.day(now)
    begun = [each for each in by_state[ItemState.OPEN] if each.is_open(today)]
    returned, sent = by_state[ItemState.RETURNED], by_state[ItemState.SUBMITTED]
    if returned:
        days = [records.deadline(each, items[each.key], returned=True) for each in returned]
        yield Wait(Need.MEND, len(returned), min(days))
    if begun:
        days = [records.deadline(each, items.get(each.key), returned=False) for each in begun]
        yield Wait(Need.SEND, len(begun), min(days))
    yield from _with_others([items[each.key] for each in sent], at_city)
    if returned or begun or sent:
        return
    if ahead := by_state[ItemState.OPEN]:
        yield Wait(Need.PERIOD, len(ahead), min(each.opens_on for each in ahead))
    else:
        yield Wait(Need.EXAMINE, due_on=enrolment.mend_by or _review_due(enrolment.campaign))


def _with_others(sent: Sequence[Item], at_city: Collection[int]) -> Iterator[Wait]:
    """Items that wait for an answer: the town's, each department's, then the city office's."""
    since: dict[tuple[bool, Department | None], list[datetime]] = {}
    for item in sent:
        if item.submitted_at is not None:
            whose = (True, None) if item.id in at_city else (False, item.department)
            since.setdefault(whose, []).append(item.submitted_at)
    for city, department in sorted(since, key=lambda each: (each[0], each[1] or "")):
        instants = since[city, department]
        need = Need.REVIEW if department is None else Need.CONFIRM
        due_on = records.answer_due(min(instants))
        yield Wait(need, len(instants), due_on, department, city)


def _review_due(campaign: Campaign) -> date:
    return campaign.review_due_on or campaign.due_on


def _of_state(enrolment: Enrolment, title: Title | None, objected: bool) -> Wait:
    """What an enrolment waits for whose items are done with."""
    campaign = enrolment.campaign
    if enrolment.state in LEFT:
        return Wait(Need.LEFT)
    if enrolment.state is EnrolmentState.NAMED:
        return _of_title(title)
    following = transitions.next_state(enrolment)
    if following is None or campaign.is_archived:
        return Wait(Need.CLOSED)
    if following is EnrolmentState.CITY_PASSED:
        return Wait(Need.ACCEPT, due_on=_review_due(campaign))
    if following is EnrolmentState.PUBLICISED:
        return Wait(Need.PUBLICISE, due_on=_review_due(campaign))
    if objected:
        return Wait(Need.OBJECTION)
    if transitions.is_on_notice(enrolment):
        return Wait(Need.NOTICE, due_on=enrolment.notice_until)
    if not campaign.can_name:
        return Wait(Need.NO_APPROVAL)
    if campaign.approval_is_over:
        return Wait(Need.APPROVAL_OVER, due_on=campaign.approval_until)
    return Wait(Need.NAME, due_on=campaign.approval_until)


def _of_title(title: Title | None) -> Wait:
    if title is None:
        return Wait(Need.HELD)
    found = standing(title, clock.today())
    if found is Standing.SUSPENDED:
        return Wait(Need.SUSPENDED, due_on=title.suspended_until(clock.today()))
    over = found in {Standing.LAPSED, Standing.WITHDRAWN}
    return Wait(Need.LAPSED if over else Need.HELD, due_on=title.last_day)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits at a place for the same people: items, or checklists from ``EXAMINE`` on.
    ``since`` is when the oldest began to."""

    need: Need
    number: int
    department: Department | None = None
    since: datetime | None = None

    @property
    def whom(self) -> Whom:
        """Who has to do it."""
        return _WHOM.get(self.need, Whom.NOBODY)

    @property
    def days(self) -> int | None:
        """Full days that the oldest has waited."""
        return None if self.since is None else (clock.now() - self.since).days


#: Above these a board is about so many checklists that counting the complete ones would take long.
_NEAR = frozenset(Level) - {Level.PROVINCE, Level.PREFECTURE}
_EXAMINE = "examine"


def at(place: Jurisdiction, chosen: Sequence[Campaign], counts: Mapping[str, int]) -> list[Queue]:
    """Who has how much to do at a place in these open campaigns, in the order of a campaign's life.

    ``counts`` are the place's counters. One statement, for what they do not tell: how old the
    items are that wait for an answer, and which checklists are complete.
    """
    if not chosen:
        return []
    parts = [_sent(place, chosen)]
    if place.level in _NEAR:
        parts.append(_complete(place, chosen))
    asked: dict[str, tuple[int, datetime | None]] = {
        name: (int(number), since)
        for name, number, since in db.session.execute(sa.union_all(*parts))
    }
    ahead = counts["items"] - counts["approved"] - counts["submitted"] - counts["returned"]
    passed = counts["town_passed"] + counts["city_passed"] + counts["publicised"]
    found = [Queue(Need.MEND, counts["returned"]), Queue(Need.SEND, ahead)]
    for department in (None, *Department):
        number, since = asked.get(department or "", (0, None))
        need = Need.REVIEW if department is None else Need.CONFIRM
        found.append(Queue(need, number, department, since))
    found.append(Queue(Need.EXAMINE, asked.get(_EXAMINE, (0, None))[0]))
    found.append(Queue(Need.ACCEPT, passed))
    return [each for each in found if each.number > 0]


def _row(*columns: sa.SQLColumnExpression[Any]) -> sa.Select[Any]:
    """A part of the statement: name, number and the oldest."""
    return sa.select(*columns)


def _sent(place: Jurisdiction, chosen: Sequence[Campaign]) -> sa.Select[Any]:
    """The items that wait for an answer, by who owes it."""
    name = sa.func.coalesce(sa.type_coerce(Item.department, sa.String), "")
    return (
        _row(
            name.label("name"),
            sa.func.count().label("number"),
            sa.func.min(Item.submitted_at).label("since"),
        )
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .where(
            *_here(place, Item.town_id),
            Item.state == ItemState.SUBMITTED,
            Enrolment.campaign_id.in_([each.id for each in chosen]),
            Enrolment.state.not_in(LEFT),
        )
        .group_by(name)
    )


def _complete(place: Jurisdiction, chosen: Sequence[Campaign]) -> sa.Select[Any]:
    """The checklists whose items are all approved and that nobody has examined."""
    whole = [
        sa.and_(Enrolment.campaign_id == each.id, Enrolment.approved == len(campaigns.slots(each)))
        for each in chosen
    ]
    nothing = sa.cast(sa.null(), UTCDateTime())
    return (
        _row(sa.literal(_EXAMINE), sa.func.count(), nothing)
        .select_from(Enrolment)
        .where(
            *_here(place, Enrolment.town_id),
            sa.or_(*whole),
            Enrolment.state == EnrolmentState.APPLIED,
        )
    )


def _here(
    place: Jurisdiction, town_id: sa.SQLColumnExpression[int | None]
) -> list[sa.ColumnElement[bool]]:
    """Conditions on an enrolment, and the town that it or its item is found by, for a place."""
    if place.level in VILLAGE_LEVELS:
        return [town_id == place.town_id, Enrolment.place_id == place.id]
    if place.level in TOWN_LEVELS:
        return [town_id == place.id]
    low, high = interval(place.path)
    towns = sa.select(Jurisdiction.id).where(
        Jurisdiction.path >= low, Jurisdiction.path < high, Jurisdiction.id == Jurisdiction.town_id
    )
    return [town_id.in_(towns)]
