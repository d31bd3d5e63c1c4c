"""Campaigns: the list, one campaign, and for the city office setting up, opening, closing."""

import re
from datetime import date

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import StringField

from campaigns import campaign as campaigns
from campaigns import clock, coverage, jurisdictions, permissions, standards, text
from campaigns.campaign import Campaign, CampaignState, Step
from campaigns.enrolment import participation
from campaigns.errors import Fault, Refused, Stale, fault
from campaigns.jurisdictions import TOWN_LEVELS, Jurisdiction, Level
from campaigns.pages import access, answers, words
from campaigns.permissions import Permission
from campaigns.standards import Version
from campaigns.text import Bilingual

blueprint = Blueprint("campaign", __name__)

_HERE = f"/campaigns/<int(max={2**31 - 1}):id>"
_AREAS = TOWN_LEVELS | {Level.COUNTY}


class CampaignForm(FlaskForm):
    """A campaign as the office typed it."""

    version = StringField()
    place = StringField()
    name_zh = StringField()
    name_en = StringField()
    opens_on = StringField()
    due_on = StringField()
    approval_number = StringField()
    approval_body = StringField()
    approval_until = StringField()


@blueprint.get("/campaigns")
@access.permits(Permission.SEE_UNITS)
def listed() -> ResponseReturnValue:
    """The campaigns that reach into the scope, with their progress in the person's own area."""
    found, area = campaigns.listed(access.scope()), _area()
    return answers.show(
        "campaign/campaigns.html",
        campaigns=found,
        area=area,
        progress=coverage.progress(area, found) if area else {},
        runs=permissions.holds(access.actor(), Permission.RUN_CAMPAIGNS),
        state_word=words.of_campaign_state,
    )


@blueprint.get(_HERE)
@access.permits(Permission.SEE_UNITS)
def show(id: int) -> ResponseReturnValue:
    """One campaign, with its figures as far as the person may see boards."""
    found = campaigns.find(id, access.scope(Permission.SEE_UNITS))
    actor, board = access.actor(), _board(found)
    return answers.show(
        "campaign/campaign.html",
        campaign=found,
        items=len(campaigns.slots(found)),
        board=board,
        parts=[
            (name, number, words.of_stage(name))
            for name, number in board.total.stages.items()
            if number or name != "exempt"
        ]
        if board
        else [],
        runs=permissions.may(actor, Permission.RUN_CAMPAIGNS, found.place.path),
        state_word=words.of_campaign_state,
        step_word=words.of_step,
    )


def _area() -> Jurisdiction | None:
    """The highest place whose boards the person may see."""
    return jurisdictions.top(access.scope(Permission.SEE_COVERAGE))


def _board(found: Campaign) -> coverage.Board | None:
    """The figures of the campaign, as far as the person's own area reaches."""
    if access.scope(Permission.SEE_COVERAGE).covers(found.place.path):
        return coverage.board(found.place, clock.today(), [found], found)
    area = _area()
    return coverage.board(area, clock.today(), [found], found) if area else None


@blueprint.get("/campaigns/new")
@access.permits(Permission.RUN_CAMPAIGNS)
def new() -> ResponseReturnValue:
    """The form that sets up a campaign."""
    year = clock.today().year
    return answers.show(
        "campaign/new.html",
        versions=standards.current(),
        places=_areas(),
        steps=[(step.value, words.of_step(step)) for step in Step],
        chosen_steps=request.form.getlist("steps") or [Step.TOWN.value],
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )


def _areas() -> list[Jurisdiction]:
    top = jurisdictions.top(access.scope(Permission.RUN_CAMPAIGNS))
    return list(jurisdictions.within(top, _AREAS)) if top else []


@blueprint.post("/campaigns/new")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(new)
def create() -> ResponseReturnValue:
    """Sets up a campaign; nothing is asked of anybody until it opens."""
    form = CampaignForm()
    found: list[Fault] = []
    version, place = _chosen(form, found)
    name = Bilingual(
        text.free(form.name_zh.data or "", "name_zh", 60),
        text.free(form.name_en.data or "", "name_en", 60),
    )
    if not (name.zh and name.en):
        found.append(fault("campaign_name_missing", "name_zh" if not name.zh else "name_en"))
    opens_on, due_on = _date(form.opens_on, found), _date(form.due_on, found)
    approval = _approval(form, found)
    if found or version is None or place is None or opens_on is None or due_on is None:
        raise Refused(*found)
    made = campaigns.draft(
        version,
        place,
        name,
        opens_on=opens_on,
        due_on=due_on,
        steps=_steps(),
        approval=approval,
        by=access.actor().id,
    )
    return answers.go(url_for("campaign.show", id=made.id), said="drafted")


def _chosen(form: CampaignForm, found: list[Fault]) -> tuple[Version | None, Jurisdiction | None]:
    version = next((v for v in standards.current() if str(v.id) == form.version.data), None)
    place = next((each for each in _areas() if each.code == form.place.data), None)
    for chosen, field in ((version, "version"), (place, "place")):
        if chosen is None:
            found.append(fault("choice_missing", field))
    return version, place


def _steps() -> list[Step]:
    """The steps that were ticked; the town's check is always the first."""
    ticked = set(request.form.getlist("steps"))
    return [step for step in Step if step is Step.TOWN or step.value in ticked]


def _date(field: StringField, found: list[Fault]) -> date | None:
    try:
        day = date.fromisoformat((field.data or "").strip())
    except ValueError:
        found.append(fault("date_invalid", field.name))
        return None
    if abs(day.year - clock.today().year) > 5:
        found.append(fault("date_invalid", field.name))
        return None
    return day


def _approval(form: CampaignForm, found: list[Fault]) -> tuple[str, str, date] | None:
    number = text.free(form.approval_number.data or "", "approval_number", 60)
    body = text.free(form.approval_body.data or "", "approval_body", 60)
    typed = (form.approval_until.data or "").strip()
    if not (number or body or typed):
        return None
    if not (number and body and typed):
        found.append(fault("approval_incomplete", "approval_number"))
        return None
    until = _date(form.approval_until, found)
    return (number, body, until) if until else None


@blueprint.post(f"{_HERE}/open")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def open_(id: int) -> ResponseReturnValue:
    """Opens a campaign: every unit of its kinds in its area takes part."""
    participation.open_campaign(_own(id), by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="opened")


@blueprint.post(f"{_HERE}/close")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(show)
def close(id: int) -> ResponseReturnValue:
    """Closes a campaign; who passed can still be named."""
    campaigns.close(_own(id), _version(), by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="closed")


def _own(id: int) -> Campaign:
    found = campaigns.find(id, access.scope(Permission.SEE_UNITS))
    permissions.require(access.actor(), Permission.RUN_CAMPAIGNS, found.place.path)
    if found.state is CampaignState.DRAFT and found.row_version != _version():
        raise Stale
    return found


def _version() -> int:
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,18}", typed):
        raise Stale
    return int(typed)
