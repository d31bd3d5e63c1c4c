"""Campaigns: the list, one campaign, and for the city office opening, more time, closing."""

from datetime import date
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import clock, coverage, database, jurisdictions, permissions, settings, workdays
from campaigns.campaign import HIDDEN, Campaign, CampaignState, Step, burden, extension
from campaigns.enrolment import participation
from campaigns.errors import Fault, Refused
from campaigns.jurisdictions import Jurisdiction
from campaigns.pages import access, answers, typed, waiting, words
from campaigns.permissions import Permission
from campaigns.register.extension import give_more_time

blueprint = Blueprint("campaign", __name__)

_HERE = f"/campaigns/<int(max={2**31 - 1}):id>"


@blueprint.get("/campaigns")
@access.permits(Permission.SEE_UNITS)
def listed() -> ResponseReturnValue:
    """The campaigns that reach into the scope, with their progress in the person's own area."""
    drafts = access.scope(Permission.RUN_CAMPAIGNS)
    found, area = campaigns.listed(access.scope(), drafts=drafts), _area()
    begun = [each for each in found if each.state not in HIDDEN]
    return answers.show(
        "campaign/campaigns.html",
        campaigns=found,
        areas=campaigns.area_names(found),
        area=area,
        progress=coverage.progress(area, begun) if area else {},
        runs=permissions.holds(access.actor(), Permission.RUN_CAMPAIGNS),
        state_word=words.of_campaign_state,
    )


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def show(id: int) -> ResponseReturnValue:
    """One campaign, with its figures as far as the person may see boards; of one that is not
    open yet, the last step of its set-up."""
    found = _found(id)
    facts: dict[str, Any] = {
        "campaign": found,
        "areas": campaigns.area_names([found]),
        "items": len(campaigns.slots(found)),
        "state_word": words.of_campaign_state,
        "step_word": words.of_step,
        "notice_end": _notice_end(found),
        "data_year": workdays.DATA_YEAR,
    }
    if found.state in HIDDEN:
        return answers.show(
            "setup/open.html",
            burden=burden.of_campaign(found),
            cap=settings.BURDEN_PIECES,
            enrolled=participation.enrolled(found),
            left=participation.newcomers(found),
            **facts,
        )
    runs = permissions.may(access.actor(), Permission.RUN_CAMPAIGNS, found.place.path)
    board = _board(found)
    return answers.show(
        "campaign/campaign.html",
        board=board,
        parts=_parts(board) if board else [],
        shares=waiting.at(board) if board and found.state is CampaignState.OPEN else [],
        runs=runs,
        extensions=extension.of_campaign(found),
        newcomers=participation.newcomers(found) if runs and _is_under_way(found) else 0,
        **facts,
    )


def _found(id: int) -> Campaign:
    drafts = access.scope(Permission.RUN_CAMPAIGNS)
    return campaigns.find(id, access.scope(Permission.SEE_UNITS), drafts=drafts)


def _is_under_way(found: Campaign) -> bool:
    return found.state is CampaignState.OPEN and found.opens_on <= clock.today()


def _notice_end(found: Campaign) -> date | None:
    """The last day of the public notice when the list is put up on the last day of reviews."""
    if Step.NOTICE not in found.acceptance or not found.notice_days:
        return None
    return workdays.after(found.review_due_on or found.due_on, found.notice_days)


def _parts(board: coverage.Board) -> list[tuple[str, int, str]]:
    return [
        (name, number, words.of_stage(name))
        for name, number in board.total.stages.items()
        if number or name != "exempt"
    ]


def _area() -> Jurisdiction | None:
    """The highest place whose boards the person may see."""
    return jurisdictions.top(access.scope(Permission.SEE_COVERAGE))


def _board(found: Campaign) -> coverage.Board | None:
    """The figures of the campaign, as far as the person's own area reaches."""
    if access.scope(Permission.SEE_COVERAGE).covers(found.place.path):
        return coverage.board(found.place, clock.today(), [found], found)
    area = _area()
    return coverage.board(area, clock.today(), [found], found) if area else None


@blueprint.post(f"{_HERE}/open")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def open_(id: int) -> ResponseReturnValue:
    """Opens a campaign, or goes on opening it: every unit of its kinds in its area takes part."""
    work = participation.opening(_own(id), typed.version(), by=access.actor().id)
    database.in_parts(work)
    return answers.go(url_for("campaign.show", id=id), said="opened")


@blueprint.post(f"{_HERE}/newcomers")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def enrol_newcomers(id: int) -> ResponseReturnValue:
    """Enrols the units that entered the register since the campaign opened."""
    database.in_parts(participation.newcomers_entering(_own(id), by=access.actor().id))
    return answers.go(url_for("campaign.show", id=id), said="newcomers_enrolled")


@blueprint.post(f"{_HERE}/extend")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def extend(id: int) -> ResponseReturnValue:
    """Gives every unit more time, with a reason."""
    campaign, found = _own(id), list[Fault]()
    due_on = typed.noted(found, typed.day, "due_on", years=typed.NEAR)
    review_due_on = typed.noted(found, typed.day, "review_due_on", years=typed.NEAR)
    reason = typed.noted(found, typed.words, "reason") or ""
    if found or due_on is None or review_due_on is None:
        raise Refused(*found)
    version = typed.version()
    give_more_time(campaign, version, due_on, review_due_on, reason, by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="extended")


@blueprint.post(f"{_HERE}/close")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def close(id: int) -> ResponseReturnValue:
    """Closes a campaign; who passed can still be named."""
    campaigns.close(_own(id), typed.version(), by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="closed")


@blueprint.post(f"{_HERE}/archive")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def archive(id: int) -> ResponseReturnValue:
    """Archives a closed campaign; from then on it is only read."""
    campaigns.archive(_own(id), typed.version(), by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="archived")


def _own(id: int) -> Campaign:
    found = _found(id)
    permissions.require(access.actor(), Permission.RUN_CAMPAIGNS, found.place.path)
    return found
