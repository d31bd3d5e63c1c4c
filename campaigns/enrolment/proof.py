"""Proof for an item: whether it may come, asked before a byte of it, and how it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.campaign import Slot
from campaigns.enrolment import records, transitions
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, fault
from campaigns.evidence import intake, quota
from campaigns.evidence import records as evidence_records
from campaigns.evidence.intake import Taken
from campaigns.evidence.records import Evidence
from campaigns.evidence.store import Store
from campaigns.standards import EvidenceKind


def takes_documents(slot: Slot) -> bool:
    """Whether documents prove the item as well as photos do."""
    return slot.criterion.evidence is EvidenceKind.DOCUMENT


def require_welcome(
    enrolment: Enrolment, slot: Slot, files: Mapping[str, int], *, by: int, waiting: Sequence[int]
) -> None:
    """Refuses files, given by name and size, that are of no use or that there is no room for: in
    the item, for the person today (where ``waiting`` others are on their way), for the unit."""
    for filename in files:
        intake.require_name(filename, documents=takes_documents(slot))
    sizes = list(files.values())
    transitions.require_room(enrolment, slot, (), len(sizes))
    quota.require(by, enrolment.unit_id, sizes, waiting)


def keep(
    store: Store,
    enrolment: Enrolment,
    slot: Slot,
    taken: Mapping[str, Taken],
    *,
    by: int,
    device_time: datetime | None = None,
) -> list[Evidence]:
    """Stores what was taken in, by the sender's keys, and puts it beside the item: all or nothing.

    What is stored under a key already is not stored again, and what was removed since does not come
    back. Every refusal comes before a file.
    ``device_time`` is when the page that sent it says it was taken.
    """
    known = evidence_records.by_keys(by, list(taken))
    for key, piece in known.items():
        if not evidence_records.is_same(piece, taken[key], enrolment.unit_id):
            raise Refused(fault("key_used", "file"))
    if all(key in known and _is_done(enrolment, slot, known[key]) for key in taken):
        return list(known.values())
    fresh = [each.sent_size for key, each in taken.items() if key not in known]
    transitions.require_room(enrolment, slot, [each.id for each in known.values()], len(fresh))
    quota.require(by, enrolment.unit_id, fresh, ())
    kept = []
    for key, each in taken.items():
        piece = evidence_records.add(
            store,
            each,
            unit_id=enrolment.unit_id,
            uploader_id=by,
            client_key=key,
            device_time=device_time,
        )
        if piece.removed_at is None:
            transitions.attach(enrolment, slot, piece)
        kept.append(piece)
    return kept


def _is_done(enrolment: Enrolment, slot: Slot, piece: Evidence) -> bool:
    return piece.removed_at is not None or is_attached(enrolment, slot, piece)


def is_attached(enrolment: Enrolment, slot: Slot, piece: Evidence) -> bool:
    """Whether the piece stands beside the item already."""
    item = records.item(enrolment, slot.key)
    return item is not None and piece.id in {each.id for each in records.attached(item.id)}
