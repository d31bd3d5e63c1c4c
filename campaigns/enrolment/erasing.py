"""Erasing: proof that shows a face or personal data is removed for good, and leaves a tombstone.

What follows is never a punishment. An item that was approved stays approved, for it was decided
on what was seen; one that came back stays as it is. An item that waits for a decision and now
lacks pieces is opened again, as if it had been taken back, and the unit may send another picture.
Where nothing can be sent any more, it stays as it is, with the tombstone.

Rows change first, in one transaction; the bytes go once it is committed. A crash before leaves
both, a crash after leaves bytes that no page shows: the nightly sweep takes them, and until then
they are ``orphans``. Bytes that other living proof or an example picture is made of stay.
"""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, contains_eager, mapped_column

from campaigns import campaign as campaigns
from campaigns import clock, database, history
from campaigns.database import Base, db
from campaigns.enrolment import checklist, transitions
from campaigns.enrolment.records import Attachment, Enrolment, Item, ItemState
from campaigns.errors import Refused, fault
from campaigns.evidence import likeness
from campaigns.evidence.records import Evidence
from campaigns.evidence.store import Store
from campaigns.history import Happened
from campaigns.standards import Criterion


class Why(enum.StrEnum):
    """Why proof is removed; ``pages.words`` has the words."""

    FACE = "face"
    PLATE = "plate"
    PAPERS = "papers"
    MISTAKE = "mistake"
    OTHER = "other"


class Erasure(Base):
    """Who removed a piece of evidence and why; when is the evidence's own ``removed_at``."""

    __tablename__ = "erasure"

    evidence_id: Mapped[int] = mapped_column(
        sa.ForeignKey("evidence.id"), primary_key=True, autoincrement=False
    )
    erased_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    why: Mapped[Why]
    note: Mapped[str]
    #: Since when its bytes are gone from the store.
    swept_at: Mapped[datetime | None] = mapped_column(index=True)


def copies(piece: Evidence) -> Sequence[Evidence]:
    """The living evidence of the unit that is made of the same bytes and there for the same
    purpose, the piece itself too."""
    return db.session.scalars(_copies(piece)).all()


def _copies(piece: Evidence) -> sa.Select[Evidence]:
    return (
        sa.select(Evidence)
        .where(
            Evidence.stored_sha256 == piece.stored_sha256,
            Evidence.unit_id == piece.unit_id,
            Evidence.purpose == piece.purpose,
            Evidence.removed_at.is_(None),
        )
        .order_by(Evidence.id)
    )


def erase(piece: Evidence, why: Why, note: str = "", *, by: int) -> int:
    """Removes a piece of evidence and every copy that its unit has of it; gives how many. None
    when somebody was quicker, which is no fault.

    When it was taken and what it looks like is forgotten with it. The hash of what was sent stays,
    so that a phone that sends it again is known and does not bring it back.
    """
    if why is Why.OTHER and not note:
        raise Refused(fault("why_untold", "note"))
    locked = _copies(piece).with_for_update().execution_options(populate_existing=True)
    gone = db.session.scalars(locked).all()
    for each in gone:
        each.removed_at = clock.now()
        each.captured_at = each.capture_source = each.difference_hash = None
        db.session.add(Erasure(evidence_id=each.id, erased_by=by, why=why, note=note))
    db.session.flush()
    detail: dict[str, Any] = {"why": why.value, "note": note}
    history.record_all(
        [Happened("erased", "evidence", each.id, each.unit_id, detail) for each in gone], by=by
    )
    for item in _proved_by([each.id for each in gone]):
        _follow(item, detail, by=by)
    return len(gone)


def _proved_by(evidence_ids: Sequence[int]) -> Sequence[Item]:
    beside = sa.select(Attachment.item_id).where(Attachment.evidence_id.in_(evidence_ids))
    query = (
        sa.select(Item)
        .join(Item.enrolment)
        .join(Enrolment.unit)
        .join(Enrolment.campaign)
        .options(
            contains_eager(Item.enrolment).contains_eager(Enrolment.unit),
            contains_eager(Item.enrolment).contains_eager(Enrolment.campaign),
        )
        .where(Item.id.in_(beside))
        .order_by(Item.id)
    )
    return db.session.scalars(query).all()


def _follow(item: Item, detail: dict[str, Any], *, by: int) -> None:
    """What becomes of an item that one of its pieces was taken from."""
    enrolment = item.enrolment
    told = {"key": item.key, **detail}
    history.record("erased", "item", item.id, by=by, unit_id=enrolment.unit_id, **told)
    if item.state in {ItemState.OPEN, ItemState.RETURNED}:
        transitions.no_longer_carried(item)
    elif item.state is ItemState.SUBMITTED and checklist.is_answerable(enrolment):
        slot = campaigns.slot(enrolment.campaign, item.key)
        left = checklist.one(enrolment, slot, seen_by_unit=False)
        if left.missing and not (item.none or item.not_applicable):
            transitions.take_back(enrolment, item, item.row_version, by=by, verb="opened_again")


def of_item(item_id: int) -> list[tuple[Evidence, Erasure]]:
    """The removed proof of an item, in order."""
    query = (
        sa.select(Evidence, Erasure)
        .join(Erasure, Erasure.evidence_id == Evidence.id)
        .join(Attachment, Attachment.evidence_id == Evidence.id)
        .where(Attachment.item_id == item_id)
        .order_by(Attachment.position)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def of_piece(piece: Evidence) -> Erasure:
    """How a removed piece was removed."""
    return db.session.get_one(Erasure, piece.id)


def of_pieces(evidence_ids: Sequence[int]) -> dict[int, Erasure]:
    """How these were removed, by their ids; without any of them no statement."""
    if not evidence_ids:
        return {}
    query = sa.select(Erasure).where(Erasure.evidence_id.in_(evidence_ids))
    return {each.evidence_id: each for each in db.session.scalars(query)}


def sweep(store: Store, name: str | None = None) -> int:
    """Takes the bytes of removed evidence out of the store, of one name or of all that still
    wait; gives how many files. Only what is committed counts; done twice it is harmless."""
    with database.short(write=False) as connection:
        names = connection.scalars(_waiting(name)).all()
    return sum(_swept(store, each) for each in names)


def _swept(store: Store, name: str) -> bool:
    with database.short(write=True) as connection:
        # Whoever stores the same bytes just now has them first: then they are in use.
        database.hold(name, connection, alone=True)
        if connection.scalar(_waiting(name)) is None:
            return False
        store.remove(name)
        own = sa.select(Evidence.id).where(Evidence.stored_sha256 == name)
        swept = sa.update(Erasure).where(Erasure.evidence_id.in_(own))
        connection.execute(swept.values(swept_at=clock.now()))
    likeness.forget()
    return True


def _waiting(name: str | None) -> sa.Select[str]:
    """The names of files that only removed evidence is made of, and that nobody has swept."""
    query = (
        sa.select(Evidence.stored_sha256)
        .join(Erasure, Erasure.evidence_id == Evidence.id)
        .where(Erasure.swept_at.is_(None), _unused())
        .distinct()
    )
    return query if name is None else query.where(Evidence.stored_sha256 == name)


def _unused() -> sa.ColumnElement[bool]:
    living = aliased(Evidence)
    proof = sa.select(living.id).where(
        living.stored_sha256 == Evidence.stored_sha256, living.removed_at.is_(None)
    )
    example = sa.select(Criterion.id).where(Criterion.example_sha256 == Evidence.stored_sha256)
    return ~sa.or_(proof.exists(), example.exists())
