"""Pictures of findings: known to whom the finding is, and to the unit once it has to mend.

A picture belongs to the item of the spot-check and to whoever took it: each member reports once.
"""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from campaigns.acceptance.checks import known_to
from campaigns.acceptance.records import Candidate, Finding, Outcome, Spot, Verdict
from campaigns.database import db
from campaigns.evidence import apart
from campaigns.evidence.records import Evidence, Purpose
from campaigns.history import Event


def of_findings(findings: Sequence[Finding]) -> dict[tuple[int, int], list[Evidence]]:
    """The pictures of these findings, by item of the spot-check and person; tombstones too."""
    told = {(each.spot_id, each.person_id) for each in findings}
    found: dict[tuple[int, int], list[Evidence]] = defaultdict(list)
    for spot_id, pictures in apart.of(Purpose.FINDING, [spot for spot, _ in told]).items():
        for each in pictures:
            if (spot_id, each.uploader_id) in told:
                found[spot_id, each.uploader_id].append(each)
    return found


def is_known(picture: Evidence, person_id: int) -> bool:
    """Whether somebody who sees the check may know of a picture of it: never before the second
    member has reported, unless it is her own."""
    query = known_to(person_id).where(
        Finding.spot_id == picture.about_id, Finding.person_id == picture.uploader_id
    )
    return db.session.scalar(query) is not None


def is_told(picture: Evidence) -> bool:
    """Whether everybody who sees the unit may know of a picture: it shows what is to be mended."""
    return db.session.scalar(_told().where(Evidence.id == picture.id)) is not None


def item_of(spot_id: int) -> int:
    """The id of the item that was checked."""
    return db.session.get_one(Spot, spot_id).item_id


def told(item_id: int, events: Sequence[Event]) -> Sequence[Evidence]:
    """The pictures of what the city's team found to be mended of an item, tombstones too; asked for
    only where its events say that a check opened it again."""
    if not any(each.verb == "reopened" for each in events):
        return []
    return db.session.scalars(_told().where(Spot.item_id == item_id).order_by(Evidence.id)).all()


def _told() -> sa.Select[Evidence]:
    """Pictures of findings that say no, of items for which that counts, of checks that ended so."""
    return (
        sa.select(Evidence)
        .join(Spot, Spot.id == Evidence.about_id)
        .join(Candidate, Candidate.id == Spot.candidate_id)
        .join(
            Finding,
            sa.and_(Finding.spot_id == Spot.id, Finding.person_id == Evidence.uploader_id),
        )
        .where(
            Evidence.purpose == Purpose.FINDING,
            Finding.verdict == Verdict.FAILS,
            Spot.verdict == Verdict.FAILS,
            Candidate.outcome != Outcome.ACCEPTED,
        )
    )
