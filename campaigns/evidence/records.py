"""Evidence: one stored photo or document of a unit; it may prove many items."""

import enum
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history, people
from campaigns.database import Base, Large, db
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence.intake import ProofKind, Taken, ending_of
from campaigns.evidence.store import NotStored, Store, place
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.units import Unit

PHOTO, THUMBNAIL = ".jpg", ".thumb.jpg"
#: What to do about a damaged file; and rows read at once.
_REMEDY = "bring it back from a backup"
_ROWS = 1000

#: A capture time before this is a clock that was never set.
EARLIEST = datetime(2000, 1, 1, tzinfo=clock.ZONE)


class CaptureSource(enum.StrEnum):
    """Who says when a proof was taken: the photo itself, or the page that sent it."""

    CAMERA = "camera"
    DEVICE = "device"


class Purpose(enum.StrEnum):
    """What a stored file is there for. Only proof counts as proof; the others are pictures and
    scans that somebody else keeps of a unit, beside what it says itself."""

    PROOF = "proof"
    SITE_NOTE = "site_note"
    FINDING = "finding"
    RECHECK = "recheck"
    LETTER = "letter"


class Evidence(Base):
    """A proof of a unit, or a file kept of it for another purpose. The file is named by
    ``stored_sha256``; ``sent_sha256`` and ``sent_size`` are of the bytes as they arrived, which are
    not kept; nor are position and camera. A capture time may be missing, which is no fault. What
    was removed leaves this row as a tombstone."""

    __tablename__ = "evidence"
    __table_args__ = (
        sa.UniqueConstraint("uploader_id", "client_key"),
        sa.Index("ix_evidence_uploader_id_sent_at", "uploader_id", "sent_at"),
        sa.Index("ix_evidence_sent_sha256", "sent_sha256"),
        sa.Index(
            "ix_evidence_about",
            "purpose",
            "about_id",
            sqlite_where=sa.text("about_id IS NOT NULL"),
            postgresql_where=sa.text("about_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Large, primary_key=True)
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    uploader_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    client_key: Mapped[str]
    kind: Mapped[ProofKind]
    media_type: Mapped[str]
    sent_sha256: Mapped[str]
    sent_size: Mapped[int]
    stored_sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    #: In pixels; 0 of a document.
    width: Mapped[int]
    height: Mapped[int]
    captured_at: Mapped[datetime | None]
    capture_source: Mapped[CaptureSource | None]
    sent_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    #: Whether the town uploaded it for the unit.
    by_town: Mapped[bool] = mapped_column(default=False)
    #: The bits by which pictures that look alike are found (``shades``); none where there are none.
    difference_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(16))
    purpose: Mapped[Purpose] = mapped_column(default=Purpose.PROOF)
    #: The note, item of a spot-check, re-check or letter that the file belongs to; none of proof.
    about_id: Mapped[int | None] = mapped_column(Large)

    @property
    def is_document(self) -> bool:
        """Whether it is a document, and not a picture."""
        return self.kind is ProofKind.DOCUMENT

    @property
    def suffix(self) -> str:
        """How the name of the stored file ends."""
        return ending_of(self.media_type)


def add(
    store: Store,
    taken: Taken,
    *,
    unit_id: int,
    uploader_id: int,
    client_key: str,
    device_time: datetime | None = None,
    purpose: Purpose = Purpose.PROOF,
    about_id: int | None = None,
    visible_at: datetime | None = None,
) -> Evidence:
    """Stores what was taken in and its row; the same key of the same person gives the row it made.

    The files are on disk, synced, before the row is written. Refuses a key that already stands
    for other bytes. The history tells the unit of it from ``visible_at`` on, else at once.
    """
    known = db.session.scalar(
        sa.select(Evidence).where(
            Evidence.uploader_id == uploader_id, Evidence.client_key == client_key
        )
    )
    if known is not None:
        if not is_same(known, taken, unit_id, purpose):
            raise Refused(fault("key_used", "file"))
        return known
    name = put(store, taken)
    captured_at, source = _capture(taken.captured_at, device_time)
    is_proof = purpose is Purpose.PROOF
    made = Evidence(
        unit_id=unit_id,
        uploader_id=uploader_id,
        client_key=client_key,
        kind=taken.kind,
        media_type=taken.media_type,
        sent_sha256=taken.sent_sha256,
        sent_size=taken.sent_size,
        stored_sha256=name,
        size=len(taken.content),
        width=taken.width,
        height=taken.height,
        captured_at=captured_at,
        capture_source=source,
        sent_at=clock.now(),
        # Only proof is compared with other proof.
        difference_hash=taken.difference_hash if is_proof else None,
        by_town=is_proof and not people.is_liaison(uploader_id, unit_id),
        purpose=purpose,
        about_id=about_id,
    )
    db.session.add(made)
    db.session.flush()
    # With the hash in it, the sealed history proves which bytes were sent in.
    told = {"sha256": name} if is_proof else {"sha256": name, "purpose": purpose.value}
    history.record(
        "uploaded",
        "evidence",
        made.id,
        by=uploader_id,
        unit_id=unit_id,
        visible_at=visible_at,
        **told,
    )
    return made


def is_same(known: Evidence, taken: Taken, unit_id: int, purpose: Purpose = Purpose.PROOF) -> bool:
    """Whether what is sent under a known key is what it stands for already."""
    return (known.sent_sha256, known.unit_id, known.purpose) == (
        taken.sent_sha256,
        unit_id,
        purpose,
    )


def put(store: Store, taken: Taken) -> str:
    """Stores the files of what was taken in, and gives their name.

    Until the transaction ends, nobody sweeps bytes of that name out of the store.
    """
    database.hold(hashlib.sha256(taken.content).hexdigest(), db.session.connection())
    name = store.put(taken.content, ending_of(taken.media_type))
    if taken.thumbnail is not None:
        store.put_beside(name, taken.thumbnail, THUMBNAIL)
    return name


def _capture(
    by_camera: datetime | None, by_device: datetime | None
) -> tuple[datetime | None, CaptureSource | None]:
    """When a proof was taken, and who says so; a camera is believed before the page that sent it.

    Cameras write local time: without an offset it is taken as the time in China.
    """
    for said, source in ((by_camera, CaptureSource.CAMERA), (by_device, CaptureSource.DEVICE)):
        if said is None:
            continue
        instant = said if said.tzinfo else said.replace(tzinfo=clock.ZONE)
        if EARLIEST <= instant <= clock.now() + timedelta(days=1):
            return instant, source
    return None, None


def find(evidence_id: int, scope: Scope) -> Evidence:
    """The proof within the scope; raises NotFound, also for what was removed."""
    found = stored(evidence_id, scope)
    if found.removed_at is not None or found.purpose is not Purpose.PROOF:
        raise NotFound(evidence_id)
    return found


def stored(evidence_id: int, scope: Scope) -> Evidence:
    """Whatever was stored of a unit within the scope, for any purpose, tombstones too; raises
    NotFound. Whoever asks sees to it that the viewer may know of it."""
    query = (
        sa.select(Evidence)
        .join(Unit, Unit.id == Evidence.unit_id)
        .join(Jurisdiction, Jurisdiction.id == Unit.jurisdiction_id)
        .where(
            Evidence.id == evidence_id,
            scope.clause(Jurisdiction.path, Unit.id),
        )
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(evidence_id)
    return found


def by_keys(uploader_id: int, client_keys: Sequence[str]) -> dict[str, Evidence]:
    """What a person has uploaded under these keys, for whatever purpose."""
    query = sa.select(Evidence).where(
        Evidence.uploader_id == uploader_id, Evidence.client_key.in_(client_keys)
    )
    return {each.client_key: each for each in db.session.scalars(query)}


def of_unit(unit_id: int, ids: Sequence[int]) -> Sequence[Evidence]:
    """The unit's own proof among these ids, in the order given, removed ones left out."""
    found = {
        each.id: each
        for each in db.session.scalars(
            sa.select(Evidence).where(
                Evidence.id.in_(ids), Evidence.unit_id == unit_id, is_living_proof()
            )
        )
    }
    return [found[each] for each in dict.fromkeys(ids) if each in found]


def living(ids: Sequence[int]) -> Sequence[Evidence]:
    """The proof among these ids that was not removed."""
    query = sa.select(Evidence).where(Evidence.id.in_(ids), is_living_proof())
    return db.session.scalars(query).all()


def is_living_proof() -> sa.ColumnElement[bool]:
    """The condition that evidence is proof, and was not removed."""
    return sa.and_(Evidence.purpose == Purpose.PROOF, Evidence.removed_at.is_(None))


def referred(names: Sequence[str]) -> set[str]:
    """Which of these names of stored files are of evidence that was not removed."""
    query = sa.select(Evidence.stored_sha256)
    query = query.where(Evidence.stored_sha256.in_(names), Evidence.removed_at.is_(None))
    return set(db.session.scalars(query))


def check(store: Store) -> Iterator[str]:
    """Names every stored file that is missing or no longer what its name says."""
    rows = db.session.execute(
        sa.select(Evidence.stored_sha256, Evidence.media_type, sa.func.min(Evidence.id))
        .where(Evidence.removed_at.is_(None))
        .group_by(Evidence.stored_sha256, Evidence.media_type)
        .execution_options(yield_per=_ROWS)
    )
    for name, media_type, evidence_id in rows:
        for wrong in damage(store, name, ending_of(media_type)):
            yield f"evidence {evidence_id}: {wrong}"


def damage(store: Store, name: str, suffix: str) -> Iterator[str]:
    """What is wrong with a stored file and its thumbnail, and what to do about it."""
    try:
        if store.digest(name, suffix) != name:
            yield f"{place(name, suffix)} is not what was stored: {_REMEDY}"
    except NotStored:
        yield f"{place(name, suffix)} is missing: {_REMEDY}"
    except OSError as wrong:
        yield f"{place(name, suffix)} cannot be read ({wrong.strerror}): {_REMEDY}"
    if suffix == PHOTO and not store.size(name, THUMBNAIL):
        yield f"{place(name, THUMBNAIL)} is missing: {_REMEDY}"
