"""Where notices come from: one statement that finds what a person is to be told of."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import clock, history, settings
from campaigns.campaign import Campaign, CampaignState
from campaigns.database import Large, UTCDateTime, db
from campaigns.enrolment import records
from campaigns.enrolment.records import LEFT, Enrolment, Item, ItemState
from campaigns.history import Event
from campaigns.jurisdictions import Interval, Jurisdiction, interval
from campaigns.notices.records import ALL, Mark
from campaigns.people import Actor, Department, Person, Role
from campaigns.titles import Title
from campaigns.titles.records import suspended_on

#: What a unit's liaison is told of when it happens to the unit.
OF_UNIT = (
    *("returned", "approved", "reopened", "dispute_upheld", "dispute_overturned"),
    *("more_time_given", "more_time_refused", "town_passed", "conditional", "not_passed"),
    *("city_passed", "publicised", "taken_off_notice", "named", "exempt", "exemption_lifted"),
    *("withdrawn", "incident_confirmed", "appeal_upheld", "appeal_refused", "suspended"),
    *("suspension_lifted", "withdrawal_announced", "withdrawal_dropped", "title_withdrawn"),
)
#: ... and when it happens to a campaign that the unit takes part in.
_ENTERING = ("opened", "enrolled")
OF_CAMPAIGN = (*_ENTERING, "extended")
#: What a reviewer is told of when a queue changes hands: that of another comes to her, hers goes to
#: another, and the other one took hers back before its time.
QUEUE_TAKEN, QUEUE_GIVEN, QUEUE_RETURNED = "queue_taken", "queue_given", "queue_returned"
OF_QUEUE = (QUEUE_TAKEN, QUEUE_GIVEN, QUEUE_RETURNED)
#: What is not in the history, but follows from a day that has come.
EXPIRING, OVERDUE = "expiring", "overdue"


class Found(NamedTuple):
    """One thing to be told of, as the statement finds it."""

    id: int
    verb: str
    subject_id: int
    unit_id: int | None
    moment: datetime
    enrolment_id: int | None
    day: date | None

    @property
    def key(self) -> str:
        """What is told of together and read as one: approvals of a checklist on a day; all else is
        told of by itself."""
        if self.verb == "approved":
            return f"approved-{self.enrolment_id}-{clock.day(self.moment)}"
        if self.verb == EXPIRING:
            return f"expiring-{self.id}-{((self.day or date.max) - clock.day(self.moment)).days}"
        if self.verb == OVERDUE:
            return OVERDUE
        if self.verb in OF_CAMPAIGN:
            return f"campaign-{self.id}-{self.unit_id}"
        return f"event-{self.id}"


#: Where a person decides: an interval of paths, and the department or None for the town.
_Desk = tuple[Interval, Department | None]


class Audience(NamedTuple):
    """Whom a person is told of: units that she is liaison of, places where she decides."""

    units: tuple[int, ...]
    desks: tuple[_Desk, ...]


def audience(actor: Actor) -> Audience:
    """The person's audience, by what she holds today."""
    units = actor.scope(frozenset({Role.LIAISON})).units
    desks = [
        (interval(each.path), each.department)
        for each in actor.held
        if each.path and (each.role is Role.REVIEWER or each.department is not None)
    ]
    return Audience(tuple(sorted(units)), tuple(desks))


def found(actor: Actor, since: datetime) -> tuple[list[Found], "Marks"]:
    """Everything to be told of since then, the latest first, and what of it the person has read."""
    return _run(actor, since, new_only=False)


def unread(actor: Actor) -> list[Found]:
    """What the person has not read yet, the latest first, in one statement; none for who is told of
    nothing."""
    rows, marks = _run(actor, clock.now() - settings.NOTICE_LIFE, new_only=True)
    return [each for each in rows if not marks.has_read(each)]


class Marks:
    """How far a person has read. What happened before she had an account is read."""

    def __init__(self, until: dict[str, datetime]) -> None:
        self._until = until

    def has_read(self, each: Found) -> bool:
        """Whether the person has read a notice."""
        until = self._until
        return each.moment <= max(until[ALL], until.get(each.key, until[ALL]))


def _run(actor: Actor, since: datetime, *, new_only: bool) -> tuple[list[Found], Marks]:
    whose = audience(actor)
    if not whose.units and not whose.desks:
        return [], Marks({ALL: clock.now()})
    query = _query(bool(whose.units), whose.desks, new_only)
    values: dict[str, Any] = {
        "person": actor.id,
        "now": clock.now(),
        "since": since,
        "late": records.answer_late_before(),
    }
    if whose.units:
        today = clock.today()
        soon = today + timedelta(days=max(settings.TITLE_WARNINGS))
        values |= {"units": whose.units, "today": today, "soon": soon}
    told: list[Found] = []
    until: dict[str, datetime] = {}
    for row in db.session.execute(query, values):
        each = Found(*row)
        if each.id == _MARK:
            until[each.verb] = each.moment
        elif each.verb == EXPIRING:
            told += _warnings(each)
        elif each.verb == OVERDUE:
            told += _overdue(each)
        else:
            told.append(each)
    told = [each for each in told if each.moment > since]
    told.sort(key=lambda each: (each.moment, each.id), reverse=True)
    return told, Marks(until)


def _warnings(title: Found) -> Iterator[Found]:
    """A title that ends soon, for each number of days before its end that has come."""
    for days in settings.TITLE_WARNINGS:
        first = (title.day or date.max) - timedelta(days=days)
        if first <= clock.today():
            yield title._replace(moment=_begin(first))


def _overdue(item: Found) -> Iterator[Found]:
    """The item whose answer came to be late last, from the day on which it did."""
    if item.moment is not None:
        yield item._replace(moment=_begin(records.answer_due(item.moment) + timedelta(days=1)))


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, clock.ZONE)


_PERSON = sa.bindparam("person", type_=sa.Integer())
_NOW, _SINCE, _LATE = (sa.bindparam(n, type_=UTCDateTime()) for n in ("now", "since", "late"))
_UNITS = sa.bindparam("units", expanding=True, type_=sa.Integer())
#: Stands where an event has its id.
_MARK = -1


@lru_cache(maxsize=512)
def _query(has_units: bool, desks: tuple[_Desk, ...], new_only: bool) -> sa.CompoundSelect[Any]:
    """The statement for an audience; making it takes longer than running it, so it is kept."""
    parts = _own_marks()
    if has_units:
        parts += [_of_units(new_only), _of_campaigns(new_only), _of_titles()]
    if desks:
        parts += [_late_answers(desks), _of_queues(new_only)]
    return sa.union_all(*parts)


def _nothing(column: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(sa.null(), column)


_NO_ID, _NO_DAY = _nothing(Large), _nothing(sa.Date())


def _read_until() -> sa.ScalarSelect[Any]:
    """Up to when the person has read everything: since she came, if she never said so."""
    marked = sa.select(Mark.read_until).where(Mark.person_id == _PERSON, Mark.key == ALL)
    came = sa.select(Person.created_at).where(Person.id == _PERSON)
    return sa.select(
        sa.func.coalesce(marked.scalar_subquery(), came.scalar_subquery(), type_=UTCDateTime())
    ).scalar_subquery()


def _row(*columns: sa.SQLColumnExpression[Any]) -> sa.Select[Any]:
    """A part of the statement; each has the columns of ``Found``."""
    return sa.select(*columns)


def _own_marks() -> list[sa.Select[Any]]:
    number = sa.literal(_MARK, Large)
    everything = _row(
        *(number, sa.literal(ALL, sa.String()), number, _NO_ID),
        *(sa.type_coerce(_read_until(), UTCDateTime()), _NO_ID, _NO_DAY),
    )
    single = _row(*(number, Mark.key, number, _NO_ID, Mark.read_until, _NO_ID, _NO_DAY)).where(
        Mark.person_id == _PERSON, Mark.key != ALL
    )
    return [everything, single]


def _between(moment: sa.SQLColumnExpression[datetime], new_only: bool) -> sa.ColumnElement[bool]:
    since = [moment > _read_until()] if new_only else []
    return sa.and_(moment > _SINCE, moment <= _NOW, *since)


def _of_units(new_only: bool) -> sa.Select[Any]:
    moment = sa.func.coalesce(Event.visible_at, Event.at, type_=UTCDateTime())
    # Of an item its enrolment; an event of an enrolment names it itself.
    enrolment = sa.case((Event.subject == "enrolment", Event.subject_id), else_=Item.enrolment_id)
    return (
        _row(
            *(Event.id, Event.verb, Event.subject_id, Event.unit_id),
            *(moment, enrolment, _NO_DAY),
        )
        .outerjoin(Item, sa.and_(Event.subject == "item", Item.id == Event.subject_id))
        .where(
            Event.unit_id.in_(_UNITS),
            Event.verb.in_(OF_UNIT),
            # A naming is told once: the title has an event beside the enrolment's.
            sa.or_(Event.subject != "title", Event.verb != "named"),
            _between(moment, new_only),
            sa.not_(history.was_undone()),
        )
    )


def _of_campaigns(new_only: bool) -> sa.Select[Any]:
    earlier = aliased(Event)
    entered = sa.select(earlier.id).where(
        earlier.subject == "campaign",
        earlier.subject_id == Event.subject_id,
        earlier.verb.in_(_ENTERING),
        earlier.id < Event.id,
        earlier.at >= Enrolment.enrolled_at,
    )
    return (
        _row(
            *(Event.id, Event.verb, Event.subject_id, Enrolment.unit_id),
            *(Event.at, Enrolment.id, _NO_DAY),
        )
        .join(Enrolment, Enrolment.campaign_id == Event.subject_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(
            Event.subject == "campaign",
            # Of one that is over there is nothing to be done any more.
            Campaign.state == CampaignState.OPEN,
            Event.verb.in_(OF_CAMPAIGN),
            Enrolment.unit_id.in_(_UNITS),
            Enrolment.enrolled_at <= Event.at,
            # Who took part already is not told of the newcomers.
            sa.or_(Event.verb.not_in(_ENTERING), ~entered.exists()),
            _between(Event.at, new_only),
        )
    )


def _of_queues(new_only: bool) -> sa.Select[Any]:
    """Hand-overs from the person and to her, and those to her that ended early."""
    to_her = Event.detail["to"].as_integer() == _PERSON
    verb = sa.case(
        (Event.verb == "handover_ended", QUEUE_RETURNED), (to_her, QUEUE_TAKEN), else_=QUEUE_GIVEN
    )
    hers = sa.and_(Event.verb == "handed_over", Event.person_id == _PERSON)
    return _row(
        *(Event.id, verb, Event.subject_id, _NO_ID),
        *(Event.at, _NO_ID, _NO_DAY),
    ).where(
        Event.subject == "handover",
        sa.or_(hers, sa.and_(Event.verb.in_(("handed_over", "handover_ended")), to_her)),
        _between(Event.at, new_only),
    )


def _of_titles() -> sa.Select[Any]:
    return _row(
        *(Title.id, sa.literal(EXPIRING, sa.String()), Title.id, Title.unit_id),
        *(Title.named_at, Title.enrolment_id, Title.valid_to),
    ).where(
        Title.unit_id.in_(_UNITS),
        Title.ended_on.is_(None),
        ~suspended_on(sa.bindparam("today", type_=sa.Date())),
        Title.valid_to >= sa.bindparam("today", type_=sa.Date()),
        Title.valid_to <= sa.bindparam("soon", type_=sa.Date()),
    )


def _late_answers(desks: tuple[_Desk, ...]) -> sa.Select[Any]:
    """Of the items that wait too long at these desks, the one that came to be late last."""
    here = [
        sa.and_(
            Item.town_id.in_(
                sa.select(Jurisdiction.town_id).where(
                    Jurisdiction.path >= low, Jurisdiction.path < high
                )
            ),
            Item.department == department,
        )
        for (low, high), department in desks
    ]
    return (
        _row(
            *(sa.literal(0, Large), sa.literal(OVERDUE, sa.String()), sa.literal(0, Large)),
            *(_NO_ID, sa.func.max(Item.submitted_at, type_=UTCDateTime()), _NO_ID, _NO_DAY),
        )
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Campaign, Campaign.id == Enrolment.campaign_id)
        .where(
            sa.or_(*here),
            Item.state == ItemState.SUBMITTED,
            Item.submitted_at < _LATE,
            Campaign.state == CampaignState.OPEN,
            Enrolment.state.not_in(LEFT),
        )
    )
