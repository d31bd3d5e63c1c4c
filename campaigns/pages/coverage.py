"""The boards: how far a jurisdiction is, down to its units."""

from datetime import date, timedelta

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import clock, coverage, jurisdictions
from campaigns.campaign import Campaign
from campaigns.coverage import STAGES, Row
from campaigns.errors import NotFound
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS
from campaigns.pages import access, answers, sentences
from campaigns.permissions import Permission

blueprint = Blueprint("coverage", __name__)

#: Titles are given for a few years: further ahead nothing is known.
FURTHEST = timedelta(days=3 * 366)


@blueprint.get("/coverage")
@access.permits(Permission.SEE_COVERAGE)
def top() -> ResponseReturnValue:
    """The board of the highest place that the person looks after."""
    place = jurisdictions.top(access.scope())
    if place is None:
        raise NotFound
    return answers.go(url_for("coverage.board", code=place.code))


@blueprint.get("/coverage/<code>")
@access.permits(Permission.SEE_COVERAGE)
def board(code: str) -> ResponseReturnValue:
    """The board of a jurisdiction, over all open campaigns or for one, on a day."""
    place = jurisdictions.find(code, access.scope())
    every = coverage.running(campaigns.listed(access.scope()))
    chosen = _chosen(every)
    made = coverage.board(place, _day(), every, chosen)
    is_small = place.level in TOWN_LEVELS | VILLAGE_LEVELS
    shown = [chosen] if chosen else every
    return answers.show(
        "coverage/board.html",
        board=made,
        lineage=jurisdictions.lineage(place, access.scope()),
        campaigns=every,
        chosen=chosen,
        versions=made.named or made.counted,
        stages=stages(made.total),
        stages_of=stages,
        units=coverage.units_at(place, shown) if is_small else [],
        shown=shown,
        items_of={each.id: len(campaigns.slots(each)) for each in shown},
        state_word=sentences.of_enrolment_state,
    )


def stages(row: Row) -> list[tuple[str, int, str]]:
    """The parts of a place's stack, in order, with their words."""
    numbers = row.stages
    return [(name, numbers[name], sentences.of_stage(name)) for name in STAGES]


def _chosen(every: list[Campaign]) -> Campaign | None:
    wish = request.args.get("campaign")
    if not wish:
        return None
    for each in every:
        if str(each.id) == wish:
            return each
    raise NotFound(wish)


def _day() -> date:
    wish = request.args.get("on")
    if not wish:
        return clock.today()
    try:
        day = date.fromisoformat(wish)
    except ValueError:
        raise NotFound(wish) from None
    if day > clock.today() + FURTHEST:
        raise NotFound(wish)
    return day
