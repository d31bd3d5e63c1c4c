"""Files apart from proof: pictures of notes, findings and re-checks, and scans of letters.

They are taken in and stored as proof is, and never are any: no query of proof finds them.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from campaigns.database import db
from campaigns.evidence import quota, records
from campaigns.evidence.intake import Taken
from campaigns.evidence.records import Evidence, Purpose
from campaigns.evidence.store import Store


class Sent(NamedTuple):
    """What was taken in, and the store that it goes to."""

    store: Store
    taken: Sequence[Taken]


def keep(
    sent: Sent | None,
    purpose: Purpose,
    about_id: int,
    *,
    unit_id: int,
    by: int,
    visible_at: datetime | None = None,
) -> list[Evidence]:
    """Stores what was taken in, if anything, for what ``about_id`` names: all or nothing.

    Refuses what there is no room for in the person's day. The history tells the unit of it from
    ``visible_at`` on, else at once.
    """
    if sent is None:
        return []
    quota.require_day(by, [each.sent_size for each in sent.taken], ())
    return [
        records.add(
            sent.store,
            each,
            unit_id=unit_id,
            uploader_id=by,
            client_key=secrets.token_urlsafe(16),
            purpose=purpose,
            about_id=about_id,
            visible_at=visible_at,
        )
        for each in sent.taken
    ]


def of(purpose: Purpose, about_ids: Sequence[int]) -> dict[int, list[Evidence]]:
    """What is kept for each of these, in order, tombstones among it; without any no statement."""
    found: dict[int, list[Evidence]] = defaultdict(list)
    if about_ids:
        query = sa.select(Evidence).where(
            Evidence.purpose == purpose, Evidence.about_id.in_(about_ids)
        )
        for each in db.session.scalars(query.order_by(Evidence.id)):
            found[each.about_id or 0].append(each)
    return found
