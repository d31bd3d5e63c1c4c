"""Titles: what a unit, or a number of its households, holds when named."""

import base64
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from campaigns import campaign as campaigns
from campaigns import clock, history, hold, jurisdictions, standards, tally, units
from campaigns.campaign import Campaign, CampaignState
from campaigns.campaign.spans import last_day as last_day
from campaigns.database import Base, Large, db
from campaigns.enrolment import records, scoring, transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, fault
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.standards import Registration, Standard, Version
from campaigns.tally import Ledger, TitleChange
from campaigns.units import Span, Unit, UnitPeriod

#: Bits that nobody can guess in a serial (ASVS asks for 112).
_SECRET_BYTES = 15


class Title(Base):
    """One naming. Valid from ``valid_from`` to ``valid_to``, or to ``ended_on`` when it ended
    before its time. ``number`` is 1, or the households that it names."""

    __tablename__ = "title"
    __table_args__ = (sa.CheckConstraint("number > 0", name="number_positive"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    serial: Mapped[str] = mapped_column(unique=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("version.id"))
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), unique=True)
    place_id: Mapped[int] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    town_id: Mapped[int | None] = mapped_column(sa.ForeignKey("jurisdiction.id"))
    number: Mapped[int]
    document_number: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    ended_on: Mapped[date | None]
    named_at: Mapped[datetime]
    named_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    standard: Mapped[Standard] = relationship(lazy="raise")
    unit: Mapped[Unit] = relationship(lazy="raise")

    @property
    def last_day(self) -> date:
        """The last day on which the title counts."""
        return self.valid_to if self.ended_on is None else min(self.ended_on, self.valid_to)

    def is_valid(self, day: date) -> bool:
        """Whether the title counts on a day."""
        return self.valid_from <= day <= self.last_day


def name(enrolment: Enrolment, version: int, document_number: str, *, by: int | None) -> Title:
    """Names the unit of an enrolment that passed every step; the title begins today.

    A title of the same standard that is still valid ends the day before, so that no unit counts
    twice. Refuses a campaign without approval (work list only), or past its approval.
    """
    hold.require_free()
    campaign = enrolment.campaign
    today = clock.today()
    if campaign.state not in {CampaignState.OPEN, CampaignState.CLOSED}:
        raise Refused(fault("campaign_closed", campaign=campaign.name))
    if not campaign.can_name:
        raise Refused(fault("no_approval"))
    if campaign.approval_is_over:
        raise Refused(fault("approval_over", until=campaign.approval_until))
    if not document_number:
        raise Refused(fault("document_number_missing", "document_number"))
    number = _number(enrolment)
    serial = new_serial(today.year, enrolment.id)
    transitions.mark_named(enrolment, version, by=by, serial=serial)
    _supersede(enrolment.unit_id, campaign.version.standard_id, today, by=by)
    return grant(
        enrolment.unit,
        campaign.version,
        place_id=enrolment.place_id,
        town_id=enrolment.town_id,
        number=number,
        serial=serial,
        document_number=document_number,
        valid_from=today,
        enrolment_id=enrolment.id,
        by=by,
    )


def _number(enrolment: Enrolment) -> int:
    version = enrolment.campaign.version
    if version.standard.registration is Registration.UNIT:
        return 1
    items = {each.key: each for each in records.items([enrolment.id])}
    counted = scoring.households(campaigns.slots(enrolment.campaign), items)
    number = min(counted, enrolment.unit.households or 0)
    if number == 0:
        raise Refused(fault("no_households"))
    return number


def new_serial(year: int, number: int) -> str:
    """A serial: year, running number and a part that cannot be guessed."""
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode().lower()
    return f"{year}-{number:06d}-{secret}"


def grant(
    unit: Unit,
    version: Version,
    *,
    place_id: int,
    town_id: int | None,
    number: int,
    serial: str,
    document_number: str,
    valid_from: date,
    enrolment_id: int | None,
    by: int | None,
) -> Title:
    """Writes a title with its counters and history; ``name`` is the way to it for a campaign,
    titles of earlier years come without an enrolment."""
    made = Title(
        serial=serial,
        standard_id=version.standard_id,
        version_id=version.id,
        unit_id=unit.id,
        enrolment_id=enrolment_id,
        place_id=place_id,
        town_id=town_id,
        number=number,
        document_number=document_number,
        valid_from=valid_from,
        valid_to=last_day(valid_from, version.validity_years),
        named_at=clock.now(),
        named_by=by,
    )
    db.session.add(made)
    db.session.flush()
    ledger = tally.Ledger()
    note(ledger, [made], units.periods([unit.id]))
    ledger.write()
    verb = "named" if enrolment_id is not None else "title_entered"
    history.record(verb, "title", made.id, by=by, unit_id=unit.id, serial=serial)
    return made


def _supersede(unit_id: int, standard_id: int, day: date, *, by: int | None) -> None:
    held = db.session.scalars(
        sa.select(Title).where(
            Title.unit_id == unit_id, Title.standard_id == standard_id, Title.valid_to >= day
        )
    ).all()
    for title in held:
        if title.last_day < day:
            continue
        end(title, day - timedelta(days=1))
        history.record("superseded", "title", title.id, by=by, unit_id=unit_id)


def end(title: Title, last_day: date) -> None:
    """Ends a title before its time; it counts up to the last day."""
    hold.require_free()
    ledger, periods = tally.Ledger(), units.periods([title.unit_id])
    note(ledger, [title], periods, -1)
    title.ended_on = last_day
    note(ledger, [title], periods)
    db.session.flush()
    ledger.write()


def note(
    ledger: Ledger,
    held: Iterable[Title],
    periods: Mapping[int, Sequence[UnitPeriod | Span]],
    sign: int = 1,
) -> None:
    """Notes titles where their units sit, period by period."""
    for title in held:
        first, last = title.valid_from, title.last_day
        found = periods[title.unit_id]
        ledger.title(title.standard_id, found, first, last, title.number, sign)


def of_units(unit_ids: Sequence[int]) -> Sequence[Title]:
    """The titles of these units with their standards, the latest first."""
    query = (
        sa.select(Title)
        .join(Title.standard)
        .options(contains_eager(Title.standard))
        .where(Title.unit_id.in_(unit_ids))
        .order_by(Title.valid_from.desc(), Title.id.desc())
    )
    return db.session.scalars(query).all()


def due(
    unit: Unit, held: Sequence[Title], day: date, exempt: Collection[int] = ()
) -> tuple[int, int]:
    """Valid titles of a unit on a day, and those that it is due: every standard in force for its
    kind but those that it is exempt from. A unit that left the register is due none."""
    if unit.valid_to is not None and unit.valid_to < day:
        return 0, 0
    wanted = {
        version.standard_id
        for version in standards.current()
        if unit.kind in version.standard.unit_kinds and version.standard_id not in exempt
    }
    valid = {title.standard_id for title in held if title.is_valid(day)}
    return len(wanted & valid), len(wanted)


def listed(scope: Scope) -> sa.Select[Title]:
    """The query for the titles of the units within the scope, the latest first, joined with
    units, places and standards."""
    return (
        sa.select(Title)
        .join(Title.standard)
        .join(Title.unit)
        .join(Unit.place)
        .where(scope.clause(Jurisdiction.path, Unit.id))
        .order_by(Title.valid_from.desc(), Title.id.desc())
    )


#: Loads what ``listed`` joins.
WHOLE = (contains_eager(Title.standard), contains_eager(Title.unit).contains_eager(Unit.place))


def page(scope: Scope, *, offset: int, limit: int) -> Sequence[Title]:
    """The titles of the units within the scope, the latest first, with units and standards."""
    query = listed(scope).options(*WHOLE).offset(offset).limit(limit)
    return db.session.scalars(query).all()


def ready(scope: Scope, *, limit: int) -> Sequence[Enrolment]:
    """The enrolments within the scope that only wait to be named, oldest first."""
    naming = sa.select(Campaign).where(
        Campaign.approval_number.is_not(None),
        sa.or_(Campaign.approval_until.is_(None), Campaign.approval_until >= clock.today()),
        Campaign.state.in_([CampaignState.OPEN, CampaignState.CLOSED]),
    )
    passed = [
        sa.and_(Enrolment.campaign_id == each.id, Enrolment.state == transitions.last_state(each))
        for each in db.session.scalars(naming)
    ]
    query = (
        sa.select(Enrolment)
        .join(Enrolment.unit)
        .join(Unit.place)
        .join(Enrolment.campaign)
        .options(
            contains_eager(Enrolment.unit).contains_eager(Unit.place),
            contains_eager(Enrolment.campaign),
        )
        .where(
            sa.or_(sa.false(), *passed),
            sa.or_(Enrolment.notice_until.is_(None), Enrolment.notice_until < clock.today()),
            scope.clause(Jurisdiction.path, Unit.id),
        )
        .order_by(Enrolment.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def check() -> Iterator[str]:
    """Names each counter of titles that is not what counting the titles gives."""
    codes = jurisdictions.codes()
    slugs = {row.id: row.slug for row in db.session.execute(sa.select(Standard.id, Standard.slug))}

    def key(standard_id: int, place_id: int, day: date) -> tuple[str, ...]:
        return (f"standard={slugs[standard_id]}", f"place={codes[place_id]}", f"day={day}")

    stored = {
        key(row.standard_id, row.place_id, row.day): {"titles": row.number}
        for row in db.session.scalars(sa.select(TitleChange))
    }
    ledger, held = Ledger(), db.session.scalars(sa.select(Title)).all()
    note(ledger, held, units.all_periods())
    counted = {key(*where): {"titles": numbers[0]} for where, numbers in ledger.titles.items()}
    yield from tally.differences("title_change", stored, counted)
