"""Evidence: one stored photo of a unit; it may prove many items."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, history
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence.pictures import Picture
from campaigns.evidence.store import Store
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.units import Unit

PHOTO, THUMBNAIL = ".jpg", ".thumb.jpg"


class Evidence(Base):
    """A proof of a unit. The file is named by ``stored_sha256``; ``sent_sha256`` is of the bytes
    as they arrived, which are not kept. Removed proof leaves this row as a tombstone."""

    __tablename__ = "evidence"
    __table_args__ = (sa.UniqueConstraint("uploader_id", "client_key"),)

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    uploader_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    client_key: Mapped[str]
    sent_sha256: Mapped[str]
    stored_sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    captured_at: Mapped[datetime | None]
    sent_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


def add(
    store: Store,
    picture: Picture,
    sent_sha256: str,
    *,
    unit_id: int,
    uploader_id: int,
    client_key: str,
) -> Evidence:
    """Stores a picture and its row; the same key of the same person gives the row it made.

    The files are on disk, synced, before the row is written. Refuses a key that already stands
    for other bytes.
    """
    known = db.session.scalar(
        sa.select(Evidence).where(
            Evidence.uploader_id == uploader_id, Evidence.client_key == client_key
        )
    )
    if known is not None:
        if known.sent_sha256 != sent_sha256 or known.unit_id != unit_id:
            raise Refused(fault("key_used", "file"))
        return known
    name = store.put(picture.content, PHOTO)
    store.put_beside(name, picture.thumbnail, THUMBNAIL)
    made = Evidence(
        unit_id=unit_id,
        uploader_id=uploader_id,
        client_key=client_key,
        sent_sha256=sent_sha256,
        stored_sha256=name,
        size=len(picture.content),
        width=picture.width,
        height=picture.height,
        captured_at=_instant(picture.captured_at),
        sent_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    history.record("uploaded", "evidence", made.id, by=uploader_id, unit_id=unit_id)
    return made


def _instant(taken: datetime | None) -> datetime | None:
    """Cameras write local time: without an offset it is taken as the time in China."""
    if taken is None or taken.tzinfo is not None:
        return taken
    return taken.replace(tzinfo=clock.ZONE)


def find(evidence_id: int, scope: Scope) -> Evidence:
    """The evidence within the scope, unless it was removed; raises NotFound."""
    query = (
        sa.select(Evidence)
        .join(Unit, Unit.id == Evidence.unit_id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(
            Evidence.id == evidence_id,
            Evidence.removed_at.is_(None),
            scope.clause(Jurisdiction.path, Unit.id),
        )
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(evidence_id)
    return found


def by_keys(uploader_id: int, client_keys: Sequence[str]) -> dict[str, Evidence]:
    """What a person has uploaded under these keys."""
    query = sa.select(Evidence).where(
        Evidence.uploader_id == uploader_id, Evidence.client_key.in_(client_keys)
    )
    return {each.client_key: each for each in db.session.scalars(query)}


def of_unit(unit_id: int, ids: Sequence[int]) -> Sequence[Evidence]:
    """The unit's own evidence among these ids, in the order given, removed ones left out."""
    found = {
        each.id: each
        for each in db.session.scalars(
            sa.select(Evidence).where(
                Evidence.id.in_(ids), Evidence.unit_id == unit_id, Evidence.removed_at.is_(None)
            )
        )
    }
    return [found[each] for each in dict.fromkeys(ids) if each in found]


def check(store: Store) -> Iterator[str]:
    """Names every stored file that is missing or no longer what its name says."""
    rows = db.session.execute(
        sa.select(Evidence.stored_sha256, sa.func.min(Evidence.id))
        .where(Evidence.removed_at.is_(None))
        .group_by(Evidence.stored_sha256)
    )
    for name, evidence_id in rows:
        for suffix in (PHOTO, THUMBNAIL):
            file: Path = store.path(name, suffix)
            if not file.exists():
                yield f"evidence {evidence_id}: {suffix} file is missing"
            elif suffix == PHOTO and hashlib.sha256(file.read_bytes()).hexdigest() != name:
                yield f"evidence {evidence_id}: the file is not what was stored"
