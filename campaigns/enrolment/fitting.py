"""One proof, many items: where else a unit's proof fits, and until when it is fresh.

A piece fits an item of its unit that asks what an item asks which it proves, in the same words or
in similar ones; that takes its kind, can be answered now and still misses pieces; and whose time it
is of. Nothing comes of it by itself: people attach, and each item is sent and decided on its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from campaigns import clock, history
from campaigns.campaign import Slot, burden
from campaigns.campaign.burden import Likeness
from campaigns.campaign.spans import last_day
from campaigns.enrolment import checklist, proof, records, transitions
from campaigns.enrolment.checklist import Line, Proof
from campaigns.enrolment.records import Enrolment
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence.records import Evidence
from campaigns.standards import Cadence


@dataclass(frozen=True, slots=True)
class Fit:
    """An item that proof of others fits as well: ``pieces`` of it, no more than are missing."""

    line: Line
    pieces: tuple[Proof, ...]
    likeness: Likeness

    @property
    def still_missing(self) -> int:
        """How many pieces are missing when these are attached."""
        return self.line.missing - len(self.pieces)


@dataclass(frozen=True, slots=True)
class Kept:
    """A piece of a unit's proof: the items that it proves, or is about to, and those that it fits
    as well."""

    piece: Proof
    proves: tuple[Line, ...]
    fits: tuple[Fit, ...]

    @property
    def is_stale(self) -> bool:
        """Whether it proved something, and nothing that it is still fresh for."""
        today = clock.today()
        return bool(self.proves) and all(fresh_until(each) < today for each in self.proves)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What else the proof of an item is good for: items that it ``fits``, and items that it was
    attached to and that are still to be sent."""

    fits: tuple[Fit, ...]
    attached: tuple[Line, ...]


def fresh_until(line: Line) -> date:
    """The last day on which what proves an item counts as fresh.

    What is asked each quarter or month is fresh to the last day of that period; what is asked each
    year to the last day of the campaign, for the next one asks anew. What is asked once goes with
    the title: it is fresh as long as one would be valid that is named on the campaign's last day.
    Where a campaign cannot name anybody, that last day is all there is.
    """
    campaign, slot = line.enrolment.campaign, line.slot
    of_period = records.last_day(slot, line.item)
    if slot.criterion.cadence is Cadence.ONCE and campaign.can_name:
        return last_day(of_period, campaign.version.validity_years)
    return of_period


def elsewhere(line: Line) -> Elsewhere:
    """What else the proof of an item is good for; three statements, none without proof."""
    if not line.proof:
        return Elsewhere((), ())
    enrolments = records.of_unit(line.enrolment.unit_id)
    others = _lines(filter(checklist.is_answerable, enrolments), seen_by_unit=True)
    proved = {each: (line.slot,) for each in line.proof if _stands(line, each)}
    here = {each.id for each in line.proof}
    attached = [
        each
        for each in others
        if each.to_do
        and (each.enrolment.id, each.slot.key) != (line.enrolment.id, line.slot.key)
        and any(piece.id in here for piece in each.proof)
    ]
    return Elsewhere(tuple(_fits(proved, others)), tuple(attached))


def of_piece(piece: Evidence, *, seen_by_unit: bool) -> Kept:
    """One piece of a unit's proof; three statements."""
    lines = _lines(records.of_unit(piece.unit_id), seen_by_unit=seen_by_unit)
    return next(_kept([checklist.proof(piece)], lines))


def store(unit_id: int, *, seen_by_unit: bool) -> dict[str, list[Kept]]:
    """All proof of a unit, newest first, and what can be shown of it: what proves nothing, what is
    stale, what fits more. Four statements."""
    lines = _lines(records.of_unit(unit_id), seen_by_unit=seen_by_unit)
    kept = list(_kept(checklist.store(unit_id), lines))
    return {
        "all": kept,
        "unused": [each for each in kept if not each.proves],
        "stale": [each for each in kept if each.is_stale],
        "fits": [each for each in kept if each.fits],
    }


def attach(pieces: Sequence[Evidence], targets: Iterable[tuple[int, str]], *, by: int) -> None:
    """Puts pieces of a unit's proof beside other items of it, named by enrolment and key: of those
    that fit as many as are missing there. All or nothing; what lies there already is no fault.

    Raises NotFound for an item that the unit does not have, and Refused where nothing fits.
    """
    lines = _lines(records.of_unit(pieces[0].unit_id), seen_by_unit=True)
    known = {(each.enrolment.id, each.slot.key): each for each in lines}
    own = {each.id: each for each in pieces}
    by_piece = _by_piece(lines)
    proved = {
        piece: _slots(piece, by_piece.get(piece.id, [])) for piece in map(checklist.proof, pieces)
    }
    fits = {(each.line.enrolment.id, each.line.slot.key): each for each in _fits(proved, lines)}
    for target in dict.fromkeys(targets):
        if target not in known:
            raise NotFound(target)
        line, fit = known[target], fits.get(target)
        if fit is None and own.keys() & {each.id for each in line.proof}:
            continue
        transitions.require_answerable(line.enrolment, line.slot)
        if fit is None:
            raise Refused(fault("fits_no_more", "fits", item=line.slot.key.replace("@", " ")))
        for piece in fit.pieces:
            item = transitions.attach(line.enrolment, line.slot, own[piece.id])
        history.record(
            "attached",
            "item",
            item.id,
            by=by,
            unit_id=line.enrolment.unit_id,
            key=item.key,
            evidence=[each.id for each in fit.pieces],
        )


def _lines(enrolments: Iterable[Enrolment], *, seen_by_unit: bool) -> list[Line]:
    found = checklist.lines(list(enrolments), seen_by_unit=seen_by_unit)
    return [line for lines in found.values() for line in lines]


def _kept(pieces: Iterable[Proof], lines: Sequence[Line]) -> Iterator[Kept]:
    by_piece = _by_piece(lines)
    wanting = [each for each in lines if _wants(each)]
    for piece in pieces:
        own = by_piece.get(piece.id, [])
        yield Kept(piece, tuple(own), tuple(_fits({piece: _slots(piece, own)}, wanting)))


def _by_piece(lines: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for line in lines:
        for each in line.proof:
            found.setdefault(each.id, []).append(line)
    return found


def _slots(piece: Proof, proves: Iterable[Line]) -> list[Slot]:
    return [each.slot for each in proves if _stands(each, piece)]


def _stands(line: Line, piece: Proof) -> bool:
    """Whether a piece may be passed on: not what came back with its item."""
    decided = line.item.decided_at if line.item and line.is_returned else None
    return decided is None or piece.sent_at > decided


def _wants(line: Line) -> bool:
    return line.to_do and line.missing > 0


def _fits(proved: Mapping[Proof, Sequence[Slot]], lines: Iterable[Line]) -> Iterator[Fit]:
    """Where else pieces fit that prove these slots."""
    for line in filter(_wants, lines):
        held = {each.id for each in line.proof}
        found = {
            piece: likeness
            for piece, slots in proved.items()
            if piece.id not in held and (likeness := _fit(piece, slots, line)) is not None
        }
        if found:
            chosen = tuple(found)[: line.missing]
            same = all(found[each] is Likeness.SAME for each in chosen)
            yield Fit(line, chosen, Likeness.SAME if same else Likeness.ALIKE)


def _fit(piece: Proof, proved: Sequence[Slot], line: Line) -> Likeness | None:
    if piece.is_document and not proof.takes_documents(line.slot):
        return None
    if not _is_of_its_time(piece, proved, line):
        return None
    found = {burden.repeats(each.criterion, line.slot.criterion) for each in proved}
    return next((each for each in Likeness if each in found), None)


def _is_of_its_time(piece: Proof, proved: Sequence[Slot], line: Line) -> bool:
    """Whether a piece can be proof for a period: it is not older than the period.

    Nor is it younger, unless it proves the same period elsewhere and was only sent late. Of what
    has no capture time, the period that it proves tells more than the day when it was sent: it
    does not pass from one quarter to the next.
    """
    wanted = line.slot
    if piece.day < wanted.opens_on:
        return False
    if wanted.period is None:
        return True
    cadence = wanted.criterion.cadence
    periods = {each.period for each in proved if each.criterion.cadence is cadence}
    if wanted.period in periods:
        return True
    if periods and piece.captured_at is None:
        return False
    return piece.day <= records.last_day(wanted, line.item)
