"""Notices: what a person is told of in the system, and once a day at most by mail.

``source`` finds what there is to tell, this gathers it into notices and keeps how far she has
read, ``digest`` writes to her, ``mail`` is the way out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from campaigns import clock, database, jurisdictions, people, settings
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import records as enrolments
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import NotFound
from campaigns.history import Event
from campaigns.notices import source
from campaigns.notices.records import ALL, Mark
from campaigns.notices.source import EXPIRING, OVERDUE, Found, Marks
from campaigns.people import Actor
from campaigns.standards import Standard
from campaigns.text import Bilingual
from campaigns.titles import Title
from campaigns.units import Unit

#: A change is on its way for so long at most before others see it (its event has its time from
#: the beginning): whoever marks all as read does not mark what she cannot have seen.
_ON_ITS_WAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that changed hands: whose it is and who has it, where, of which campaign or all, and
    from which day to which."""

    giver: Bilingual
    taker: Bilingual
    town: Bilingual
    campaign: Bilingual | None
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told of at once: ``number`` things of one kind, the last at ``at``.

    ``verb`` is the history's, or one of ``source``. ``detail`` is the event's; ``standard``
    is that of the title that it is about, and ``day`` the last day of one that ends soon. Nothing
    of it is in the language of anybody yet.
    """

    key: str
    verb: str
    at: datetime
    number: int
    is_read: bool
    enrolment: Enrolment | None = None
    campaign: Campaign | None = None
    unit: Bilingual | None = None
    unit_id: int | None = None
    standard: Bilingual | None = None
    item_key: str | None = None
    day: date | None = None
    queue: Queue | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def unread(actor: Actor) -> int:
    """How many notices the person has not read, in one statement at most."""
    return len({each.key for each in source.unread(actor)})


def listed(actor: Actor, *, offset: int = 0, limit: int | None = None) -> list[Notice]:
    """The notices of a person, the latest first."""
    rows, marks = source.found(actor, clock.now() - settings.NOTICE_LIFE)
    groups = list(_groups(rows, marks).values())
    end = None if limit is None else offset + limit
    return _told(groups[offset:end], marks)


def new(actor: Actor, since: datetime | None) -> list[Notice]:
    """What the person has not read, and that came after ``since``; the latest first."""
    rows, marks = source.found(actor, since or clock.now() - settings.NOTICE_LIFE)
    fresh = [each for each in rows if not marks.has_read(each)]
    return _told(list(_groups(fresh, marks).values()), marks)


def find(actor: Actor, key: str) -> Notice:
    """One notice of a person; raises NotFound."""
    rows, marks = source.found(actor, clock.now() - settings.NOTICE_LIFE)
    group = _groups(rows, marks).get((key, True)) or []
    group = (_groups(rows, marks).get((key, False)) or []) + group
    if not group:
        raise NotFound(key)
    return _told([group], marks)[0]


def _groups(rows: Sequence[Found], marks: Marks) -> dict[tuple[str, bool], list[Found]]:
    """What is told of together: what came after the person read the rest is told of anew."""
    groups: dict[tuple[str, bool], list[Found]] = {}
    for each in rows:
        groups.setdefault((each.key, marks.has_read(each)), []).append(each)
    return groups


def _told(groups: Sequence[list[Found]], marks: Marks) -> list[Notice]:
    """The notices with what they mention, in a few statements for all of them."""
    first = [group[0] for group in groups]
    found = _enrolments([each.enrolment_id for each in first])
    events = _events([each.id for each in first if each.verb not in {EXPIRING, OVERDUE}])
    keys = _item_keys([each.subject_id for each in events.values() if each.subject == "item"])
    held = _titles([_title_id(each, events) for each in first])
    names = _unit_names([each.unit_id for each in first])
    queues = _queues([each for each in events.values() if each.subject == "handover"])
    made: list[Notice] = []
    for group in groups:
        latest = group[0]
        event, enrolment = events.get(latest.id), found.get(latest.enrolment_id or 0)
        is_item = event is not None and event.subject == "item" and len(group) == 1
        made.append(
            Notice(
                key=latest.key,
                verb=latest.verb,
                at=latest.moment,
                number=len(group),
                is_read=marks.has_read(latest),
                enrolment=enrolment,
                campaign=enrolment.campaign if enrolment else None,
                unit=names.get(latest.unit_id or 0),
                unit_id=latest.unit_id,
                standard=held.get(_title_id(latest, events)),
                item_key=keys.get(latest.subject_id) if is_item else None,
                day=latest.day,
                queue=queues.get(latest.id),
                detail=event.detail if event else {},
            )
        )
    return made


def _enrolments(ids: Sequence[int | None]) -> dict[int, Enrolment]:
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    query = enrolments.enrolments().where(Enrolment.id.in_(wanted))
    return {each.id: each for each in db.session.scalars(query)}


def _events(ids: Sequence[int]) -> dict[int, Event]:
    if not ids:
        return {}
    query = sa.select(Event).where(Event.id.in_(ids))
    return {each.id: each for each in db.session.scalars(query)}


def _item_keys(ids: Sequence[int | None]) -> dict[int, str]:
    if not ids:
        return {}
    query = sa.select(Item.id, Item.key).where(Item.id.in_(ids))
    return {row.id: row.key for row in db.session.execute(query)}


def _queues(handed: Sequence[Event]) -> dict[int, Queue]:
    """What these events tell of queues that changed hands, by their ids."""
    if not handed:
        return {}
    posts = people.names([each for event in handed for each in (event.person_id, _to(event))])
    towns = jurisdictions.names([each.detail["town"] for each in handed])
    wanted = {each.detail["campaign"] for each in handed} - {None}
    query = sa.select(Campaign).where(Campaign.id.in_(wanted))
    chosen = {each.id: each.name for each in db.session.scalars(query)} if wanted else {}
    return {
        each.id: Queue(
            giver=posts[each.person_id or 0],
            taker=posts[_to(each)],
            town=towns[each.detail["town"]],
            campaign=chosen.get(each.detail["campaign"]),
            first_day=date.fromisoformat(each.detail["first_day"]),
            last_day=date.fromisoformat(each.detail["last_day"]),
        )
        for each in handed
    }


def _to(handed: Event) -> int:
    return int(handed.detail["to"])


def _title_id(found: Found, events: Mapping[int, Event]) -> int:
    """The title that something is about; 0 where it is about another thing."""
    if found.verb == EXPIRING:
        return found.id
    event = events.get(found.id)
    return found.subject_id if event is not None and event.subject == "title" else 0


def _titles(ids: Sequence[int]) -> dict[int, Bilingual]:
    """The names of the standards of titles."""
    if not any(ids):
        return {}
    query = (
        sa.select(Title.id, Standard.name_zh, Standard.name_en)
        .join(Standard, Standard.id == Title.standard_id)
        .where(Title.id.in_(ids))
    )
    return {row.id: Bilingual(row.name_zh, row.name_en) for row in db.session.execute(query)}


def _unit_names(ids: Sequence[int | None]) -> dict[int, Bilingual]:
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    query = sa.select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(wanted))
    return {row.id: Bilingual(row.name_zh, row.name_en) for row in db.session.execute(query)}


def mark_read(actor: Actor, notice: Notice) -> None:
    """The person has read a notice: what comes to it later is new again."""
    _mark(actor.id, notice.key, notice.at)


def mark_all_read(actor: Actor, until: datetime) -> None:
    """The person has read everything that was there up to an instant, which she was shown."""
    now = clock.now()
    sure = max(now - settings.NOTICE_LIFE, min(until, now - _ON_ITS_WAY))
    last = [each for each in listed(actor) if sure < each.at <= until]
    whole = Mark.key != ALL, Mark.read_until <= sure
    db.session.execute(sa.delete(Mark).where(Mark.person_id == actor.id, *whole))
    _mark(actor.id, ALL, sure)
    for each in last:
        _mark(actor.id, each.key, each.at)


def _mark(person_id: int, key: str, until: datetime) -> None:
    made = database.insert(Mark).values(person_id=person_id, key=key, read_until=until)
    later = made.on_conflict_do_update(
        index_elements=["person_id", "key"],
        set_={"read_until": until},
        where=Mark.read_until < until,
    )
    db.session.execute(later)
