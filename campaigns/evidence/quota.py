"""How much may be sent: by one person in a day, and for one unit in all."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import sqlalchemy as sa

from campaigns import clock, settings
from campaigns.database import db
from campaigns.errors import TooMuch, fault
from campaigns.evidence.records import Evidence, is_living_proof

_MB = 1024 * 1024


def require(person_id: int, unit_id: int, sizes: Sequence[int], waiting: Sequence[int]) -> None:
    """Refuses proof of these ``sizes`` when it is too large or too much, for the person's day or
    for the unit.

    ``waiting`` are the sizes of the person's other uploads that are on their way.
    """
    require_day(person_id, sizes, waiting)
    if _kept(unit_id) + sum(sizes) > settings.UNIT_BYTES:
        raise TooMuch(fault("unit_full", "file", limit=settings.UNIT_BYTES // _MB))


def require_day(person_id: int, sizes: Sequence[int], waiting: Sequence[int]) -> None:
    """Refuses files of these ``sizes`` when one is too large, or all are too much for a day of
    the person, whatever they are sent for."""
    if max(sizes, default=0) > settings.PHOTO_BYTES:
        raise TooMuch(fault("file_too_large", "file", limit=settings.PHOTO_BYTES // _MB))
    if len(waiting) >= settings.OPEN_UPLOADS:
        raise TooMuch(fault("uploads_open", "file"), again_in=600)
    if _sent_today(person_id) + sum(waiting) + sum(sizes) > settings.PERSON_DAY_BYTES:
        limit = settings.PERSON_DAY_BYTES // _MB
        raise TooMuch(fault("day_full", "file", limit=limit), again_in=_seconds_left())


def _sent_today(person_id: int) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(Evidence.sent_size), 0)).where(
        Evidence.uploader_id == person_id, Evidence.sent_at >= _midnight()
    )
    return db.session.scalar(query) or 0


def _kept(unit_id: int) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(Evidence.size), 0)).where(
        Evidence.unit_id == unit_id, is_living_proof()
    )
    return db.session.scalar(query) or 0


def _midnight() -> datetime:
    return datetime.combine(clock.today(), time(), clock.ZONE)


def _seconds_left() -> int:
    return int((_midnight() + timedelta(days=1) - clock.now()).total_seconds()) + 1
