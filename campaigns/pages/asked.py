"""What the address of a list or a board asks for: the page, its file and the API read it alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import request

from campaigns import campaign as campaigns
from campaigns import clock, coverage, jurisdictions
from campaigns.campaign import Campaign
from campaigns.coverage import Board
from campaigns.errors import NotFound
from campaigns.jurisdictions import Interval, Jurisdiction, Scope, interval
from campaigns.units import Kind

#: Titles are given for a few years: further ahead nothing is known.
YEARS_AHEAD = 3


@dataclass(frozen=True, slots=True)
class AskedUnits:
    """Of which place and kind the register is to be shown."""

    place: str
    within: Interval | None
    kind: Kind | None


def units(scope: Scope) -> AskedUnits:
    """The place and kind asked for, none for all; raises NotFound for what does not exist."""
    place, kind = request.args.get("place") or "", request.args.get("kind")
    if kind and kind not in set(Kind):
        raise NotFound(kind)
    within = interval(jurisdictions.find(place, scope).path) if place else None
    return AskedUnits(place, within, Kind(kind) if kind else None)


@dataclass(frozen=True, slots=True)
class AskedBoard:
    """A board with the places above and below, and the campaigns that run there."""

    board: Board
    lineage: Sequence[Jurisdiction]
    children: Sequence[Jurisdiction]
    running: Sequence[Campaign]
    campaign: Campaign | None


def board(code: str, scope: Scope) -> AskedBoard:
    """The board of a jurisdiction, over all open campaigns or for one, on a day.

    Raises NotFound for what does not exist or lies outside the scope.
    """
    on = day()
    lineage, children = jurisdictions.around(_code(code), scope)
    place = lineage[-1]
    known = campaigns.listed(scope)
    running = coverage.running(known, place)
    campaign = _campaign(known, place)
    made = coverage.board(place, on, running, campaign, children)
    return AskedBoard(made, lineage, children, running, campaign)


def day() -> date:
    """The day asked for, today when none is; no day that cannot be read or is far ahead."""
    wish, today = request.args.get("on"), clock.today()
    if not wish:
        return today
    try:
        found = date.fromisoformat(wish)
    except ValueError:
        raise NotFound from None
    ahead = (found.year - YEARS_AHEAD, found.month, found.day)
    if wish != found.isoformat() or ahead > (today.year, today.month, today.day):
        raise NotFound
    return found


def _code(typed: str) -> str:
    """A code as official codes look; anything else is no place."""
    if not re.fullmatch(r"[0-9A-Za-z]{1,20}", typed):
        raise NotFound
    return typed


def _campaign(known: Sequence[Campaign], place: Jurisdiction) -> Campaign | None:
    """The campaign asked for, none for all; one that does not reach here is not found."""
    wish = request.args.get("campaign")
    if not wish:
        return None
    for each in known:
        if str(each.id) == wish and each.reaches(place.path):
            return each
    raise NotFound
