"""On-site notes: what somebody saw who went there. What was seen outweighs what was sent.

The unit sees a note five minutes after it was written, as it does a decision. Its words stand in
the note alone, never in the history, so that they can be removed for good, its pictures with them;
a tombstone is left.
"""

import enum
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, history, settings
from campaigns.database import Base, Large, db
from campaigns.enrolment import erasing, transitions
from campaigns.enrolment.erasing import Why
from campaigns.enrolment.records import Enrolment, Item
from campaigns.errors import NotAllowed, NotFound, Refused, Stale, fault
from campaigns.evidence import apart
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Evidence, Purpose
from campaigns.review import has_part_in


class Seen(enum.StrEnum):
    """How what was seen compares with what was sent."""

    CLAIMED = "claimed"
    PARTLY = "partly"
    OTHERWISE = "otherwise"


class SiteNote(Base):
    """What somebody saw of an item on a day, on the spot."""

    __tablename__ = "site_note"

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("item.id"), index=True)
    visited_on: Mapped[date]
    seen: Mapped[Seen]
    text: Mapped[str]
    noted_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    removed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]
    removed_why: Mapped[str | None]

    @property
    def visible_at(self) -> datetime:
        """From when the unit sees it."""
        return self.noted_at + settings.DECISION_DELAY


def note(
    enrolment: Enrolment,
    item: Item,
    visited_on: date,
    seen: Seen,
    text: str,
    *,
    by: int,
    photos: Sent | None = None,
) -> SiteNote:
    """Records what was seen on a day, today or before, with pictures where some were taken;
    refuses one without words.

    Raises NotAllowed for whoever sent the item or uploaded some of its proof.
    """
    if has_part_in(item, by):
        raise NotAllowed("own_upload")
    transitions.require_taking_part(enrolment)
    faults = []
    if visited_on > clock.today():
        faults.append(fault("visit_to_come", "visited_on"))
    if not text:
        faults.append(fault("site_note_missing", "seen_text"))
    if faults:
        raise Refused(*faults)
    made = SiteNote(
        item_id=item.id,
        visited_on=visited_on,
        seen=seen,
        text=text,
        noted_by=by,
        noted_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    apart.keep(
        photos,
        Purpose.SITE_NOTE,
        made.id,
        unit_id=enrolment.unit_id,
        by=by,
        visible_at=made.visible_at,
    )
    history.record(
        "seen_on_site",
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        visible_at=made.visible_at,
        key=item.key,
        note=made.id,
        seen=seen.value,
        visited_on=visited_on.isoformat(),
    )
    return made


def of_item(item_id: int, *, seen_by_unit: bool) -> Sequence[SiteNote]:
    """The notes on an item, the latest visit first, removed ones too: they are tombstones."""
    query = sa.select(SiteNote).where(SiteNote.item_id == item_id)
    if seen_by_unit:
        query = query.where(SiteNote.noted_at <= clock.now() - settings.DECISION_DELAY)
    query = query.order_by(SiteNote.visited_on.desc(), SiteNote.id.desc())
    return db.session.scalars(query).all()


def is_known(note_id: int, *, seen_by_unit: bool) -> bool:
    """Whether a note is to be read by now, by the unit or by anybody else who sees it."""
    found = db.session.get(SiteNote, note_id)
    return found is not None and (not seen_by_unit or found.visible_at <= clock.now())


def item_of(note_id: int) -> int:
    """The id of the item that a note is on."""
    return db.session.get_one(SiteNote, note_id).item_id


def find(item: Item, note_id: int) -> SiteNote:
    """A note on an item; raises NotFound."""
    found = db.session.get(SiteNote, note_id)
    if found is None or found.item_id != item.id:
        raise NotFound(note_id)
    return found


def remove(
    enrolment: Enrolment, item: Item, found: SiteNote, why: str, *, by: int
) -> list[Evidence]:
    """Removes a note's words and pictures for good, leaves the tombstones and gives the pictures;
    refuses without a why, raises Stale when somebody was quicker."""
    if not why:
        raise Refused(fault("why_untold", "why"))
    now = clock.now()
    removed = db.session.execute(
        sa.update(SiteNote)
        .where(SiteNote.id == found.id, SiteNote.removed_at.is_(None))
        .values(text="", removed_by=by, removed_at=now, removed_why=why)
    )
    if cast("sa.CursorResult[Any]", removed).rowcount != 1:
        raise Stale
    pictures = apart.of(Purpose.SITE_NOTE, [found.id])[found.id]
    for each in pictures:
        if each.removed_at is None:
            erasing.erase(each, Why.OTHER, why, by=by)
    history.record(
        "site_note_removed",
        "item",
        item.id,
        by=by,
        unit_id=enrolment.unit_id,
        visible_at=max(found.visible_at, now),
        key=item.key,
        note=found.id,
        reason=why,
    )
    return pictures
