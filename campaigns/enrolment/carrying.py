"""Last time's proof carried forward: what is asked as before can be found still true in one tap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import clock, standards
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import answers, checklist, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.checklist import Line, Proof, Standing
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.errors import NotFound, Refused, Stale, fault
from campaigns.standards import Criterion, Version
from campaigns.text import Bilingual


@dataclass(frozen=True, slots=True)
class Origin:
    """When and in which campaign something was proved; confirming it later changes neither."""

    campaign: Bilingual
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """An item that can be confirmed as still true: ``then`` is last time's answer and proof, held
    against what is asked now, ``answer`` what confirming sends."""

    line: Line
    then: Line
    origin: Origin
    answer: Answer


@dataclass(frozen=True, slots=True)
class LastTime:
    """What earlier campaigns leave for a checklist, by the keys of its items: what can be
    confirmed, and since which year something else is asked than what was proved then."""

    offers: Mapping[str, Offer]
    changed: Mapping[str, int]


def last_time(enrolment: Enrolment, lines: Sequence[Line]) -> LastTime:
    """What the unit proved in earlier campaigns of the standard, for items not begun yet.

    The latest approved answer to the same wording and rule counts, whatever its code was; codes
    only tell what has changed. Two statements, none when nothing is left to do.
    """
    open_lines = [each for each in lines if each.to_do and each.state is ItemState.OPEN]
    if not open_lines:
        return LastTime({}, {})
    asked = {each.fingerprint for each in enrolment.campaign.version.criteria}
    same: dict[str, sa.Row[Any]] = {}
    other: dict[str, int] = {}
    for row in db.session.execute(_proved(enrolment)):
        criterion = _criterion(row.version_id, row.Item.criterion_id)
        if criterion.fingerprint in asked:
            same.setdefault(criterion.fingerprint, row)
        else:
            other.setdefault(criterion.code, row.opens_on.year)
    proof = checklist.proofs([row.Item.id for row in same.values()])
    offers: dict[str, Offer] = {}
    changed: dict[str, int] = {}
    for line in open_lines:
        criterion = line.slot.criterion
        found = same.get(criterion.fingerprint)
        if found is None:
            if criterion.code in other:
                changed[line.slot.key] = other[criterion.code]
        elif _is_untouched(line) and (offer := _offer(line, found, proof)) is not None:
            offers[line.slot.key] = offer
    return LastTime(offers, changed)


def _proved(enrolment: Enrolment) -> sa.Select[*tuple[Any, ...]]:
    """The unit's approved items of earlier campaigns of the standard, the latest first."""
    proved, then, there = aliased(Item), aliased(Enrolment), aliased(Campaign)
    return (
        sa.select(
            Item,
            Campaign.version_id,
            Campaign.opens_on,
            proved.id.label("proved_id"),
            proved.submitted_at.label("proved_at"),
            there.name_zh,
            there.name_en,
        )
        .join(Item.enrolment)
        .join(Enrolment.campaign)
        .join(Version, Version.id == Campaign.version_id)
        .join(proved, proved.id == sa.func.coalesce(Item.carried_from_id, Item.id))
        .join(then, then.id == proved.enrolment_id)
        .join(there, there.id == then.campaign_id)
        .where(
            Enrolment.unit_id == enrolment.unit_id,
            Version.standard_id == enrolment.campaign.version.standard_id,
            Campaign.opens_on < enrolment.campaign.opens_on,
            Item.state == ItemState.APPROVED,
            sa.or_(Item.visible_at.is_(None), Item.visible_at <= clock.now()),
        )
        .order_by(Campaign.opens_on.desc(), Item.key.desc())
    )


def _criterion(version_id: int, criterion_id: int) -> Criterion:
    criteria = standards.version(version_id).criteria
    return next(each for each in criteria if each.id == criterion_id)


def _is_untouched(line: Line) -> bool:
    """Whether nothing new lies beside the item; what was confirmed and taken back is not new."""
    carried = line.item is not None and line.item.carried_from_id is not None
    return carried or line.standing is Standing.NOT_STARTED


def _offer(line: Line, found: sa.Row[Any], proof: Mapping[int, tuple[Proof, ...]]) -> Offer | None:
    """None when last time's answer would not be taken today: proof was removed since, or the
    register counts fewer households."""
    item: Item = found.Item
    pieces = proof.get(item.id, ())
    answer = Answer(
        evidence=tuple(each.id for each in pieces),
        value=item.value,
        numerator=item.numerator,
        denominator=item.denominator,
        none=item.none,
        not_applicable=item.not_applicable,
        declared=item.declared,
        # The reason why it does not apply; other notes were of their day.
        note=item.note if item.not_applicable else "",
        carried_from=found.proved_id,
    )
    wrong = answers.faults(
        line.slot,
        line.enrolment.campaign.version.standard.registration,
        answer,
        pieces=len(pieces),
        households=line.enrolment.unit.households,
    )
    if next(wrong, None) is not None:
        return None
    then = Line(line.enrolment, line.slot, item, ItemState.APPROVED, pieces, None, False)
    return Offer(
        line, then, Origin(Bilingual(found.name_zh, found.name_en), found.proved_at), answer
    )


def confirm(enrolment: Enrolment, versions: Mapping[str, int], *, by: int) -> None:
    """Sends items with last time's proof, dated today: all of them, or none.

    ``versions`` has the keys, and the version of each that the person saw. Raises NotFound for a
    key that the campaign does not have, Stale, and Refused where nothing can be carried forward.
    """
    lines = checklist.lines([enrolment], seen_by_unit=True)[enrolment.id]
    known = {each.slot.key: each for each in lines}
    offers = last_time(enrolment, lines).offers
    for key, version in versions.items():
        if key not in known:
            raise NotFound(key)
        transitions.require_answerable(enrolment, known[key].slot)
        if known[key].version != version:
            raise Stale
        if key not in offers:
            raise Refused(fault("nothing_to_carry", item=key.replace("@", " ")))
        transitions.submit(enrolment, known[key].slot, offers[key].answer, version, by=by)


def origin(item: Item) -> Origin | None:
    """Where the proof of an item was carried forward from, if it was."""
    if item.carried_from_id is None:
        return None
    row = db.session.execute(
        sa.select(Item.submitted_at, Campaign.name_zh, Campaign.name_en)
        .join(Item.enrolment)
        .join(Enrolment.campaign)
        .where(Item.id == item.carried_from_id)
    ).one()
    return Origin(Bilingual(row.name_zh, row.name_en), row.submitted_at)
