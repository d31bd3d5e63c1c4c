"""What the team finds: two members of different bodies for each item, neither knowing of the other.

What a member found is shown to nobody else before the second has said so too: that is in the query
that loads findings, and the history tells until then only that somebody checked.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaigns import campaign as campaigns
from campaigns import clock, history, review, settings
from campaigns.acceptance import agreement, records
from campaigns.acceptance.agreement import Agreement
from campaigns.acceptance.records import (
    Candidate,
    Finding,
    Member,
    Outcome,
    RoundState,
    Spot,
    Verdict,
)
from campaigns.campaign import CampaignState
from campaigns.database import db
from campaigns.enrolment import accepting, transitions
from campaigns.enrolment.records import EnrolmentState, Item
from campaigns.errors import NotAllowed, NotFound, Refused, Stale, fault
from campaigns.evidence import apart
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Purpose
from campaigns.review import Decision
from campaigns.standards import Criterion

#: Nobody is given longer to mend a condition; a later day is a slip of the finger.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Seen:
    """An item of a spot-check as one person may see it. ``reported`` members have said what they
    found; ``findings`` are those that she may know."""

    spot: Spot
    item: Item
    reported: int
    findings: tuple[Finding, ...]

    @property
    def differs(self) -> bool:
        """Whether both have reported and nobody has settled that they differ."""
        return self.reported == 2 and self.spot.verdict is None

    def by(self, person_id: int) -> Finding | None:
        """What this person found, if she reported."""
        return next((each for each in self.findings if each.person_id == person_id), None)


def seen(candidate: Candidate, person_id: int) -> list[Seen]:
    """The items of a spot-check, in the order of the checklist, as this person may see them."""
    query = (
        sa.select(Spot, Item)
        .join(Item, Item.id == Spot.item_id)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .where(Spot.candidate_id == candidate.id)
        .order_by(Criterion.id, Item.key)
    )
    rows = db.session.execute(query).all()
    spots = [row.Spot.id for row in rows]
    reported = _reported(spots)
    known: dict[int, list[Finding]] = defaultdict(list)
    for finding in db.session.scalars(known_to(person_id).where(Finding.spot_id.in_(spots))):
        known[finding.spot_id].append(finding)
    return [
        Seen(row.Spot, row.Item, reported.get(row.Spot.id, 0), tuple(known[row.Spot.id]))
        for row in rows
    ]


def known_to(person_id: int) -> sa.Select[Finding]:
    """Findings that a person may know: her own, and both where both are there."""
    second = aliased(Finding)
    both = (
        sa.select(sa.literal(1))
        .select_from(second)
        .where(second.spot_id == Finding.spot_id, second.place == 2)
        .exists()
    )
    return (
        sa.select(Finding)
        .where(sa.or_(Finding.person_id == person_id, both))
        .order_by(Finding.spot_id, Finding.place)
    )


def _reported(spots: Sequence[int]) -> dict[int, int]:
    query = (
        sa.select(Finding.spot_id, sa.func.max(Finding.place))
        .where(Finding.spot_id.in_(spots))
        .group_by(Finding.spot_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check of a unit is: its items, findings that are in, and items decided."""

    items: int
    findings: int
    decided: int


def progress(round_id: int) -> dict[int, Progress]:
    """How far each check of a round is, by candidate."""
    findings = (
        sa.select(Finding.spot_id, sa.func.count().label("number"))
        .group_by(Finding.spot_id)
        .subquery()
    )
    query = (
        sa.select(
            Spot.candidate_id,
            sa.func.count(Spot.id),
            sa.func.coalesce(sa.func.sum(findings.c.number), 0),
            sa.func.count(Spot.verdict),
        )
        .join(Candidate, Candidate.id == Spot.candidate_id)
        .outerjoin(findings, findings.c.spot_id == Spot.id)
        .where(Candidate.round_id == round_id)
        .group_by(Spot.candidate_id)
    )
    return {row[0]: Progress(row[1], int(row[2]), row[3]) for row in db.session.execute(query)}


def spot(candidate: Candidate, spot_id: int) -> tuple[Spot, Item]:
    """An item of this check; raises NotFound."""
    query = (
        sa.select(Spot, Item)
        .join(Item, Item.id == Spot.item_id)
        .where(Spot.id == spot_id, Spot.candidate_id == candidate.id)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(spot_id)
    return row.Spot, row.Item


def obstacle(candidate: Candidate, of: Seen, person_id: int) -> str | None:
    """Why a person cannot report on an item now; none when she can."""
    body = _bodies(candidate.round_id).get(person_id)
    if body is None:
        return "not_of_the_team"
    if _had_part(of.item, person_id):
        return "own_upload"
    if of.by(person_id) is not None or of.reported == 2:
        return "reported_before"
    first = _first(of.spot.id)
    if first is not None and _bodies(candidate.round_id).get(first.person_id) == body:
        return "same_body"
    return None


def report(
    candidate: Candidate,
    spot_id: int,
    verdict: Verdict,
    note: str,
    version: int,
    *,
    by: int,
    photos: Sent | None = None,
) -> None:
    """One member says what she found of an item, with pictures where she took some; when both say
    the same, that is the verdict.

    Raises NotAllowed for who is not of the team, had a part in the item, or is of the body that has
    reported already.
    """
    _require_open(candidate)
    found, item = spot(candidate, spot_id)
    if found.row_version != version:
        raise Stale
    first = _first(spot_id)
    own = tuple(each for each in (first,) if each is not None and each.person_id == by)
    view = Seen(found, item, _reported([spot_id]).get(spot_id, 0), own)
    why = obstacle(candidate, view, by)
    if why == "reported_before":
        raise Stale
    if why is not None:
        raise NotAllowed(why)
    if verdict is Verdict.FAILS and not note:
        raise Refused(fault("finding_missing", "note"))
    place = view.reported + 1
    values = {"spot_id": spot_id, "place": place, "person_id": by, "verdict": verdict}
    db.session.execute(sa.insert(Finding).values(**values, note=note, found_at=clock.now()))
    unit_id = candidate.enrolment.unit_id
    apart.keep(photos, Purpose.FINDING, spot_id, unit_id=unit_id, by=by)
    history.record("checked", "spot", spot_id, by=by, unit_id=unit_id, key=item.key)
    if first is None:
        return
    if first.verdict is verdict:
        found.verdict = verdict
        db.session.flush()
    history.record(
        "check_compared",
        "spot",
        spot_id,
        by=by,
        unit_id=unit_id,
        key=item.key,
        first=first.verdict.value,
        second=verdict.value,
    )


def settle(
    candidate: Candidate, spot_id: int, verdict: Verdict, reason: str, version: int, *, by: int
) -> None:
    """Decides where two members differ: somebody who is neither of them, with a reason."""
    _require_open(candidate)
    found, item = spot(candidate, spot_id)
    if found.row_version != version or found.verdict is not None:
        raise Stale
    both = db.session.scalars(sa.select(Finding).where(Finding.spot_id == spot_id)).all()
    if len(both) < 2:
        raise Refused(fault("findings_missing"))
    if by in {each.person_id for each in both} or _had_part(item, by):
        raise NotAllowed("settled_by_others")
    if not reason:
        raise Refused(fault("why_missing", "reason"))
    found.verdict, found.reason, found.settled_by = verdict, reason, by
    db.session.flush()
    history.record(
        "check_settled",
        "spot",
        spot_id,
        by=by,
        unit_id=candidate.enrolment.unit_id,
        key=item.key,
        verdict=verdict.value,
        reason=reason,
    )


def conclude(
    candidate: Candidate,
    version: int,
    outcome: Outcome,
    reason: str,
    mend_by: date | None,
    *,
    by: int,
) -> None:
    """Ends a check: accepted when every item holds; else conditional with a last day, or returned.

    The items that fail are open again, each with what was found, and the town checks anew.
    """
    _require_open(candidate)
    if candidate.row_version != version:
        raise Stale
    known = seen(candidate, by)
    if any(each.spot.verdict is None for each in known):
        raise Refused(fault("items_unsettled"))
    failing = [each for each in known if each.spot.verdict is Verdict.FAILS]
    if outcome is Outcome.ACCEPTED:
        if failing:
            raise Refused(fault("items_fail", "outcome", number=len(failing)))
    else:
        _require_reasons(failing, reason)
    enrolment = candidate.enrolment
    conditional = outcome is Outcome.CONDITIONAL
    mend_by = _required_day(candidate, mend_by) if conditional else None
    candidate.outcome, candidate.reason, candidate.mend_by = outcome, reason or None, mend_by
    candidate.settled_by, candidate.settled_at = by, clock.now()
    db.session.flush()
    if outcome is Outcome.ACCEPTED:
        transitions.advance(enrolment, enrolment.row_version, by=by)
        return
    _reopen(candidate, failing, mend_by, by)
    state = EnrolmentState.CONDITIONAL if conditional else EnrolmentState.NOT_PASSED
    accepting.give_back(enrolment, state, reason, mend_by, by=by)


def _require_reasons(failing: Sequence[Seen], reason: str) -> None:
    if not failing:
        raise Refused(fault("nothing_fails", "outcome"))
    if not reason:
        raise Refused(fault("why_missing", "reason"))


def _required_day(candidate: Candidate, day: date | None) -> date:
    if candidate.enrolment.campaign.state is not CampaignState.OPEN:
        raise Refused(fault("campaign_closed", campaign=candidate.enrolment.campaign.name))
    if day is None or not clock.today() < day <= clock.today() + LONGEST:
        raise Refused(fault("mend_by_missing", "mend_by"))
    return day


def _reopen(candidate: Candidate, failing: Sequence[Seen], mend_by: date | None, by: int) -> None:
    """Opens what fails; in a campaign that is closed by now nothing can be sent any more."""
    enrolment = candidate.enrolment
    if enrolment.campaign.state is not CampaignState.OPEN:
        return
    due_on = mend_by or clock.today() + timedelta(days=settings.MEND_DAYS)
    for each in failing:
        notes = [every.note for every in each.findings if every.verdict is Verdict.FAILS]
        why = each.spot.reason or "\n".join(notes)
        transitions.reopen(enrolment, each.item, why, due_on, by=by)


def is_open(candidate: Candidate) -> bool:
    """Whether anything can still be said of a unit in its round."""
    if candidate.enrolment.campaign.is_archived:
        return False
    drawn = candidate.round.state is RoundState.DRAWN
    return drawn and not candidate.has_left and candidate.outcome is None


def _require_open(candidate: Candidate) -> None:
    campaigns.require_not_archived(candidate.enrolment.campaign)
    if candidate.round.state is not RoundState.DRAWN:
        raise Refused(fault("round_not_ready"))
    if candidate.has_left:
        raise Refused(fault("enrolment_left"))
    if candidate.outcome is not None:
        raise Refused(fault("check_concluded"))


def _bodies(round_id: int) -> dict[int, str]:
    return {each.person_id: each.body_zh for each in records.team(round_id)}


def is_member(round_id: int, person_id: int) -> bool:
    """Whether the person is on the team."""
    return db.session.get(Member, (round_id, person_id)) is not None


def _first(spot_id: int) -> Finding | None:
    return db.session.get(Finding, (spot_id, 1))


def _had_part(item: Item, person_id: int) -> bool:
    """Whether a person sent the item, uploaded proof of it or decided it in the town."""
    decided = sa.select(Decision.id).where(
        Decision.item_id == item.id, Decision.decided_by == person_id
    )
    return review.has_part_in(item, person_id) or db.session.scalar(decided.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Agreements:
    """How far the members of a round agree: in all, per criterion and per reviewer. Only items on
    which both have reported count."""

    overall: Agreement
    by_criterion: list[tuple[Criterion, Agreement]]
    by_person: list[tuple[int, Agreement]]


def agreements(round_id: int) -> Agreements:
    """The agreement of a round; per reviewer with whoever checked the same items."""
    first, second = aliased(Finding), aliased(Finding)
    query = (
        sa.select(Criterion, first, second)
        .select_from(Spot)
        .join(Candidate, Candidate.id == Spot.candidate_id)
        .join(Item, Item.id == Spot.item_id)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .join(first, sa.and_(first.spot_id == Spot.id, first.place == 1))
        .join(second, sa.and_(second.spot_id == Spot.id, second.place == 2))
        .where(Candidate.round_id == round_id)
        .order_by(Criterion.id, Spot.id)
    )
    pairs: list[tuple[Verdict, Verdict]] = []
    criteria: dict[int, Criterion] = {}
    by_criterion: dict[int, list[tuple[Verdict, Verdict]]] = defaultdict(list)
    by_person: dict[int, list[tuple[Verdict, Verdict]]] = defaultdict(list)
    for criterion, one, other in db.session.execute(query):
        criteria[criterion.id] = criterion
        pairs.append((one.verdict, other.verdict))
        by_criterion[criterion.id].append(pairs[-1])
        by_person[one.person_id].append(pairs[-1])
        by_person[other.person_id].append((other.verdict, one.verdict))
    return Agreements(
        agreement.of(pairs),
        [(criteria[each], agreement.of(found)) for each, found in by_criterion.items()],
        [(each, agreement.of(by_person[each])) for each in sorted(by_person)],
    )
