"""The steps of an acceptance round: its team, the closed list, the lot, the end.

While a round runs nobody of its campaign is accepted outside it, not even who was not on its list:
otherwise a unit that comes late would never be drawn. Once a campaign had a round, all of it is
accepted by rounds; only who was passed on condition and has mended needs no second one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import flag_modified

from campaigns import campaign as campaigns
from campaigns import clock, history, people
from campaigns.acceptance import lot, records
from campaigns.acceptance.records import (
    RUNNING,
    UNFINISHED,
    Candidate,
    Chosen,
    Member,
    Outcome,
    Round,
    RoundState,
    Spot,
)
from campaigns.campaign import Campaign, CampaignState, Step
from campaigns.database import db
from campaigns.enrolment import accepting, transitions
from campaigns.enrolment.records import LEFT, Enrolment, EnrolmentState, Item, ItemState
from campaigns.errors import Refused, Stale, fault
from campaigns.history import Happened
from campaigns.jurisdictions import Jurisdiction, Scope
from campaigns.people import Role
from campaigns.standards import Criterion
from campaigns.text import Bilingual
from campaigns.units import Unit

#: A draw further ahead keeps units waiting.
FARTHEST = timedelta(days=60)
#: More items than these are no spot-check any more.
MOST_OTHERS = 20
_ACCEPTING = frozenset({CampaignState.OPEN, CampaignState.CLOSED})


@dataclass(frozen=True, slots=True)
class Terms:
    """What is fixed and published before anybody can know the seed."""

    share: int
    others: int
    source: str
    draws_on: date


@dataclass(frozen=True, slots=True)
class Ending:
    """What ending a round does: ``unchecked`` are accepted with it, ``pending`` have to be decided
    first; the others have been."""

    unchecked: int
    pending: int
    outcomes: Mapping[Outcome, int]


def begin(campaign: Campaign, *, by: int) -> Round:
    """A new round, whose team can be put together."""
    campaign = campaigns.lock(campaign.id)
    if campaign.state not in _ACCEPTING:
        raise Refused(fault("campaign_closed", campaign=campaign.name))
    if Step.CITY not in campaign.acceptance:
        raise Refused(fault("no_city_step", "campaign"))
    if any(each.state in UNFINISHED for each in records.of_campaign(campaign.id)):
        raise Refused(fault("round_unfinished", "campaign"))
    made = Round(campaign=campaign, state=RoundState.PREPARED, begun_at=clock.now())
    db.session.add(made)
    db.session.flush()
    _tell(made, "round_begun", by, campaign=campaign.id)
    return made


def possible(scope: Scope) -> list[tuple[Campaign, int]]:
    """The campaigns that a round can be begun for, each with how many units wait for it."""
    busy = {each.campaign_id for each in records.listed(scope) if each.state in UNFINISHED}
    able = [
        each
        for each in campaigns.listed(scope)
        if each.state in _ACCEPTING and Step.CITY in each.acceptance and each.id not in busy
    ]
    return [(each, waiting(each.id)) for each in able if scope.covers(each.place.path)]


def waiting(campaign_id: int) -> int:
    """How many units of a campaign the town has passed and the city not yet."""
    query = sa.select(sa.func.count(Enrolment.id)).where(
        Enrolment.campaign_id == campaign_id, Enrolment.state == EnrolmentState.TOWN_PASSED
    )
    return db.session.scalar(query) or 0


def join(found: Round, version: int, person_id: int, body: Bilingual, *, by: int) -> None:
    """Puts an acceptor on the team, for the body that sent her; again, to change the body."""
    _require(found, version, RoundState.PREPARED)
    able = people.holders(Role.ACCEPTOR, found.campaign.place.path)
    if person_id not in {each.id for each in able}:
        raise Refused(fault("not_acceptor", "person"))
    if not body.zh or not body.en:
        raise Refused(fault("body_missing", "body_zh" if not body.zh else "body_en"))
    member = Member(round_id=found.id, person_id=person_id, body_zh=body.zh, body_en=body.en)
    db.session.merge(member)
    _touch(found)
    _tell(found, "member_joined", by, member=person_id, body=body.zh)


def leave(found: Round, version: int, person_id: int, *, by: int) -> None:
    """Takes somebody off the team."""
    _require(found, version, RoundState.PREPARED)
    member = db.session.get(Member, (found.id, person_id))
    if member is None:
        raise Stale
    db.session.delete(member)
    _touch(found)
    _tell(found, "member_left", by, member=person_id)


def announce(found: Round, version: int, terms: Terms, *, by: int, on: date | None = None) -> int:
    """Closes the list: whoever the town has passed by now. Gives how many there are.

    Refuses a team of one body, and a draw that may have been held already ``on`` the day of
    closing, today unless an earlier one is told.
    """
    campaigns.lock(found.campaign_id)
    _require(found, version, RoundState.PREPARED)
    _require_terms(terms, on or clock.today())
    if len({each.body_zh for each in records.team(found.id)}) < 2:
        raise Refused(fault("one_body"))
    rows = _passed(found.campaign_id)
    if not rows:
        raise Refused(fault("no_candidates"))
    db.session.execute(
        sa.insert(Candidate), [{**row, "round_id": found.id, "listed": True} for row in rows]
    )
    found.share, found.others = terms.share, terms.others
    found.source, found.draws_on = terms.source, terms.draws_on
    found.candidates_sha256 = lot.hash_of((row["town_code"], row["unit_code"]) for row in rows)
    found.announced_at = clock.now()
    _become(found, RoundState.ANNOUNCED)
    _tell(
        found,
        "round_announced",
        by,
        candidates=len(rows),
        candidates_sha256=found.candidates_sha256,
        share=terms.share,
        source=terms.source,
        draws_on=terms.draws_on.isoformat(),
    )
    return len(rows)


def _require_terms(terms: Terms, today: date) -> None:
    found = []
    if not 1 <= terms.share <= 100:
        found.append(fault("number_between", "share", least=1, most=100))
    if not 1 <= terms.others <= MOST_OTHERS:
        found.append(fault("number_between", "others", least=1, most=MOST_OTHERS))
    if not terms.source:
        found.append(fault("source_missing", "source"))
    if not today < terms.draws_on <= today + FARTHEST:
        found.append(fault("draw_not_ahead", "draws_on", most=FARTHEST.days))
    if found:
        raise Refused(*found)


def _passed(campaign_id: int) -> list[dict[str, Any]]:
    place, town = aliased(Jurisdiction), aliased(Jurisdiction)
    query = (
        sa.select(
            Enrolment.id.label("enrolment_id"),
            Unit.code.label("unit_code"),
            # A unit that sits in no town is drawn with those of its own place.
            sa.func.coalesce(town.code, place.code).label("town_code"),
        )
        .join(Unit, Unit.id == Enrolment.unit_id)
        .join(place, place.id == Enrolment.place_id)
        .outerjoin(town, town.id == Enrolment.town_id)
        .where(Enrolment.campaign_id == campaign_id, Enrolment.state == EnrolmentState.TOWN_PASSED)
        .order_by(Unit.code)
    )
    return [dict(row) for row in db.session.execute(query).mappings()]


def draw(found: Round, version: int, typed: str, *, by: int) -> int:
    """Draws the lot by the digits that were published; gives how many units are drawn."""
    _require(found, version, RoundState.ANNOUNCED)
    if found.draws_on is None or found.share is None or clock.today() < found.draws_on:
        raise Refused(fault("draw_to_come", "seed", day=found.draws_on))
    seed = lot.digits(typed)
    if len(seed) < lot.FEWEST_DIGITS:
        raise Refused(fault("seed_too_short", "seed", least=lot.FEWEST_DIGITS))
    listed = {(each.town_code, each.unit_code): each for each in records.candidates(found.id)}
    drawn = [listed[each] for each in lot.draw(listed, seed, found.share)]
    found.seed, found.drawn_at = seed, clock.now()
    for each in drawn:
        each.chosen = Chosen.BY_LOT
    _become(found, RoundState.DRAWN)
    _tell(found, "lot_drawn", by, seed=seed, drawn=len(drawn))
    units = _spot(found, drawn)
    history.record_all(
        [Happened("drawn", "candidate", each.id, units[each.enrolment_id], {}) for each in drawn],
        by=by,
    )
    return len(drawn)


def _spot(found: Round, drawn: list[Candidate]) -> dict[int, int]:
    """Chooses the items to be checked, vetoes always and others by the same lot; gives the units
    by enrolment."""
    by_enrolment = {each.enrolment_id: each for each in drawn}
    numbered = sa.select(Candidate.enrolment_id).where(
        Candidate.round_id == found.id, Candidate.chosen.is_not(None)
    )
    query = (
        sa.select(Item.id, Item.key, Item.enrolment_id, Criterion.veto)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .where(Item.enrolment_id.in_(numbered), Item.state == ItemState.APPROVED)
    )
    items: dict[int, list[Any]] = {each: [] for each in by_enrolment}
    for row in db.session.execute(query):
        if row.enrolment_id in items:
            items[row.enrolment_id].append(row)
    rows: list[dict[str, int]] = []
    for enrolment_id, candidate in by_enrolment.items():
        ids = {row.key: row.id for row in items[enrolment_id] if not row.veto}
        others = lot.ordered(f"{found.seed}:{candidate.unit_code}", ids)[: found.others]
        wanted = [row.id for row in items[enrolment_id] if row.veto]
        wanted += [ids[key] for key in others]
        rows += [{"candidate_id": candidate.id, "item_id": each} for each in wanted]
    if rows:
        db.session.execute(sa.insert(Spot), [{**row, "row_version": 1} for row in rows])
    of_units = sa.select(Enrolment.id, Enrolment.unit_id).where(Enrolment.id.in_(numbered))
    return {row.id: row.unit_id for row in db.session.execute(of_units)}


def add_by_name(found: Round, version: int, enrolment: Enrolment, why: str, *, by: int) -> None:
    """Adds a unit to those to be checked because of an incident; it is shown as not by lot."""
    _require(found, version, RoundState.DRAWN)
    if not why:
        raise Refused(fault("why_missing", "why"))
    passed = enrolment.state is EnrolmentState.TOWN_PASSED
    if enrolment.campaign_id != found.campaign_id or not passed:
        raise Refused(fault("enrolment_not_ready", "code"))
    query = sa.select(Candidate).where(
        Candidate.round_id == found.id, Candidate.enrolment_id == enrolment.id
    )
    candidate = db.session.scalar(query)
    if candidate is None:
        town = db.session.get(Jurisdiction, enrolment.town_id or enrolment.place_id)
        candidate = Candidate(
            round_id=found.id,
            enrolment_id=enrolment.id,
            unit_code=enrolment.unit.code,
            town_code=town.code if town else "",
            listed=False,
        )
        db.session.add(candidate)
    elif candidate.chosen is not None:
        raise Refused(fault("already_chosen", "code"))
    candidate.chosen, candidate.why = Chosen.BY_NAME, why
    _touch(found)
    db.session.flush()
    _spot(found, [candidate])
    history.record(
        "added_by_name", "candidate", candidate.id, by=by, unit_id=enrolment.unit_id, reason=why
    )


def call_off(found: Round, version: int, reason: str, *, by: int) -> None:
    """Gives a round up, with a reason; from the day of the draw on it is too late for that, so
    that no lot can be thrown away because of what it drew."""
    campaigns.require_not_archived(found.campaign)
    if found.row_version != version:
        raise Stale
    early = found.draws_on is None or clock.today() < found.draws_on
    if found.state not in {RoundState.PREPARED, RoundState.ANNOUNCED} or not early:
        raise Refused(fault("too_late_to_call_off"))
    if not reason:
        raise Refused(fault("why_missing", "reason"))
    found.ended_at = clock.now()
    _become(found, RoundState.CALLED_OFF)
    _tell(found, "round_called_off", by, reason=reason)


def ending(found: Round) -> Ending:
    """What ending the round would do now."""
    query = (
        sa.select(Candidate.chosen, Candidate.outcome, Enrolment.state, sa.func.count())
        .join(Enrolment, Enrolment.id == Candidate.enrolment_id)
        .where(Candidate.round_id == found.id)
        .group_by(Candidate.chosen, Candidate.outcome, Enrolment.state)
    )
    unchecked = pending = 0
    outcomes = dict.fromkeys(Outcome, 0)
    for chosen, outcome, state, number in db.session.execute(query):
        if outcome is not None:
            outcomes[outcome] += number
        elif chosen is not None and state not in LEFT:
            pending += number
        elif chosen is None and state is EnrolmentState.TOWN_PASSED:
            unchecked += number
    return Ending(unchecked, pending, outcomes)


def end(found: Round, version: int, *, by: int) -> int:
    """Accepts whoever was on the list and not drawn, in one transaction; gives how many."""
    campaigns.lock(found.campaign_id)
    _require(found, version, RoundState.DRAWN)
    pending = ending(found).pending
    if pending:
        raise Refused(fault("checks_open", left=pending))
    which = sa.select(Candidate.enrolment_id).where(
        Candidate.round_id == found.id, Candidate.chosen.is_(None)
    )
    number = accepting.accept_all(which, by=by)
    found.ended_at = clock.now()
    _become(found, RoundState.ENDED)
    _tell(found, "round_ended", by, accepted=number)
    return number


def advance(enrolment: Enrolment, version: int, *, by: int) -> EnrolmentState:
    """The next acceptance step of one enrolment, where no round has to come first."""
    if transitions.next_state(enrolment) is EnrolmentState.CITY_PASSED:
        campaigns.lock(enrolment.campaign_id)
        why = obstacle(enrolment)
        if why is not None:
            raise Refused(fault(why))
    return transitions.advance(enrolment, version, by=by)


def obstacle(enrolment: Enrolment) -> str | None:
    """Why an enrolment that the town passed is not accepted by itself; none when it may be."""
    states = {each.state for each in records.of_campaign(enrolment.campaign_id)}
    if states & RUNNING:
        return "round_running"
    if RoundState.ENDED in states:
        last = records.last_candidacy(enrolment.id)
        if last is None or last.outcome is not Outcome.CONDITIONAL:
            return "round_needed"
    return None


def published(found: Round) -> dict[str, Any]:
    """The lot as it is published: list, terms, seed and result, for ``lot`` to be repeated."""
    everybody = records.candidates(found.id)

    def rows(chosen: list[Candidate]) -> list[dict[str, str]]:
        return [{"town": each.town_code, "unit": each.unit_code} for each in chosen]

    return {
        "round": found.id,
        "campaign": found.campaign.name_zh,
        "share": found.share,
        "source": found.source,
        "draws_on": found.draws_on.isoformat() if found.draws_on else None,
        "candidates_sha256": found.candidates_sha256,
        "seed": found.seed,
        "candidates": rows([each for each in everybody if each.listed]),
        "drawn": rows([each for each in everybody if each.chosen is Chosen.BY_LOT]),
        "not_by_lot": rows([each for each in everybody if each.chosen is Chosen.BY_NAME]),
    }


def _require(found: Round, version: int, state: RoundState) -> None:
    campaigns.require_not_archived(found.campaign)
    if found.row_version != version:
        raise Stale
    if found.state is not state:
        raise Refused(fault("round_not_ready"))


def _become(found: Round, state: RoundState) -> None:
    found.state = state
    db.session.flush()


def _touch(found: Round) -> None:
    """A page that shows another team, or other units, is out of date."""
    flag_modified(found, "state")
    db.session.flush()


def _tell(found: Round, verb: str, by: int, **detail: Any) -> None:
    history.record(verb, "acceptance_round", found.id, by=by, **detail)
