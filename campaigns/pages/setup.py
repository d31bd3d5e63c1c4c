"""The city office sets a campaign up in steps: what and where, approval and dates, burden. The
fourth step, opening, is the draft's own page."""

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from campaigns import clock, jurisdictions, settings, standards
from campaigns.campaign import Approval, Campaign, Step, burden, setup
from campaigns.campaign.setup import Terms
from campaigns.errors import Fault, Refused, fault
from campaigns.jurisdictions import TOWN_LEVELS, Jurisdiction, Level
from campaigns.pages import access, answers, languages, typed, words
from campaigns.permissions import Permission
from campaigns.standards import Version
from campaigns.text import Bilingual

blueprint = Blueprint("setup", __name__)

_HERE = f"/campaigns/<int(max={2**31 - 1}):id>"
_AREAS = TOWN_LEVELS | {Level.COUNTY}
_NAME = 60
#: A public notice of more working days than these is a slip of the keyboard.
_MOST_NOTICE = 60
WITH, WITHOUT = "with", "without"


def _draft(id: int) -> Campaign:
    return setup.find(id, access.scope(Permission.RUN_CAMPAIGNS))


@blueprint.get("/campaigns/new")
@access.permits(Permission.RUN_CAMPAIGNS)
def new() -> ResponseReturnValue:
    """The first step of a new campaign: version, area, names."""
    return _scope(None)


@blueprint.get(f"{_HERE}/scope")
@access.permits(Permission.RUN_CAMPAIGNS)
def scope(id: int) -> ResponseReturnValue:
    """The first step again, of a draft that is there already."""
    return _scope(_draft(id))


def _scope(draft: Campaign | None) -> ResponseReturnValue:
    return answers.show(
        "setup/scope.html",
        campaign=draft,
        versions=[(each.id, _version_name(each)) for each in standards.published()],
        places=[(each.code, languages.local(each.name)) for each in _areas()],
        chosen_places=request.form.getlist("place") or (draft.area_codes if draft else ()),
    )


def _version_name(version: Version) -> str:
    name = languages.local(version.standard.name)
    return str(_("%(standard)s, version %(number)s", standard=name, number=version.number))


def _areas() -> list[Jurisdiction]:
    top = jurisdictions.top(access.scope(Permission.RUN_CAMPAIGNS))
    return list(jurisdictions.within(top, _AREAS)) if top else []


@blueprint.post("/campaigns/new")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(new)
def create() -> ResponseReturnValue:
    """Begins a draft; nothing is asked of anybody until it opens."""
    made = setup.begin(*_chosen(), by=access.actor().id)
    return answers.go(url_for("setup.terms", id=made.id), said="drafted")


@blueprint.post(f"{_HERE}/scope")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(scope)
def choose(id: int) -> ResponseReturnValue:
    """Changes version, area or names of a draft."""
    setup.choose(_draft(id), typed.version(), *_chosen(), by=access.actor().id)
    return answers.go(url_for("setup.terms", id=id), said="drafted")


def _chosen() -> tuple[Version, list[Jurisdiction], Bilingual]:
    found: list[Fault] = []
    wish, codes = request.form.get("version_id", ""), request.form.getlist("place")
    version = next((each for each in standards.published() if str(each.id) == wish), None)
    places = [each for each in _areas() if each.code in codes]
    if version is None:
        found.append(fault("choice_missing", "version_id"))
    if not places or len(places) < len({*codes}):
        found.append(fault("choice_missing", "place"))
    name = Bilingual(
        typed.noted(found, typed.words, "name_zh", _NAME) or "",
        typed.noted(found, typed.words, "name_en", _NAME) or "",
    )
    if not (name.zh and name.en) and not {"name_zh", "name_en"} & {each.field for each in found}:
        found.append(fault("campaign_name_missing", "name_en" if name.zh else "name_zh"))
    if found or version is None:
        raise Refused(*found)
    return version, places, name


@blueprint.get(f"{_HERE}/approval")
@access.permits(Permission.RUN_CAMPAIGNS)
def terms(id: int) -> ResponseReturnValue:
    """The second step: by whose leave, when, and how it accepts."""
    found = _draft(id)
    said_before = found.review_due_on is not None
    return answers.show(
        "setup/terms.html",
        campaign=found,
        leave=request.form.get(
            "leave", (WITH if found.can_name else WITHOUT) if said_before else ""
        ),
        steps=[(step.value, words.of_step(step)) for step in Step if step is not Step.TOWN],
        chosen_steps=request.form.getlist("steps") if request.form else found.steps,
        notice_days=found.notice_days or settings.NOTICE_DAYS,
        review_days=settings.REVIEW_DAYS,
        today=clock.today(),
    )


@blueprint.post(f"{_HERE}/approval")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(terms)
def agree(id: int) -> ResponseReturnValue:
    """Says by whose leave a draft runs, when, and how it accepts."""
    setup.agree(_draft(id), typed.version(), _terms(), by=access.actor().id)
    return answers.go(url_for("setup.weigh", id=id), said="drafted")


def _terms() -> Terms:
    found: list[Fault] = []
    approval = _approval(found)
    opens_on = typed.noted(found, typed.day, "opens_on", years=typed.NEAR)
    due_on = typed.noted(found, typed.day, "due_on", years=typed.NEAR)
    review_due_on = typed.noted(found, typed.day, "review_due_on", years=typed.NEAR)
    # The town's check is always the first step.
    steps = [Step.TOWN, *(Step(each) for each in typed.chosen("steps", ("city", "notice")))]
    days = (
        typed.noted(found, typed.between, "notice_days", 1, _MOST_NOTICE)
        if Step.NOTICE in steps
        else None
    )
    if found or opens_on is None or due_on is None or review_due_on is None:
        raise Refused(*found)
    return Terms(approval, opens_on, due_on, review_due_on, steps, days)


def _approval(found: list[Fault]) -> Approval | None:
    leave = request.form.get("leave")
    if leave == WITHOUT:
        return None
    if leave != WITH:
        found.append(fault("choice_missing", "leave"))
        return None
    before = len(found)
    number = typed.noted(found, typed.words, "approval_number", _NAME) or ""
    body = typed.noted(found, typed.words, "approval_body", _NAME) or ""
    until = typed.noted(found, typed.day, "approval_until", years=typed.NEAR)
    missing = [
        name
        for name, value in (("approval_number", number), ("approval_body", body))
        if not value and len(found) == before
    ]
    found += [fault("approval_incomplete", name) for name in missing]
    return (number, body, until) if number and body and until else None


@blueprint.get(f"{_HERE}/burden")
@access.permits(Permission.RUN_CAMPAIGNS)
def weigh(id: int) -> ResponseReturnValue:
    """The third step: the items, what they add for a unit, and where they repeat others."""
    found = _draft(id)
    return answers.show(
        "setup/burden.html",
        campaign=found,
        burden=burden.of_campaign(found),
        kind_word=words.of_kind,
        cap=settings.BURDEN_PIECES,
        unit_minutes=settings.UNIT_MINUTES,
        reviewer_minutes=settings.REVIEWER_MINUTES,
    )


@blueprint.post(f"{_HERE}/burden")
@access.permits(Permission.RUN_CAMPAIGNS)
@answers.form_of(weigh)
def explain(id: int) -> ResponseReturnValue:
    """Keeps the reason for a burden above the cap, and goes on to the last step."""
    found: list[Fault] = []
    reason = typed.noted(found, typed.words, "reason") or ""
    if found:
        raise Refused(*found)
    setup.explain(_draft(id), typed.version(), reason, by=access.actor().id)
    return answers.go(url_for("campaign.show", id=id), said="drafted")


@blueprint.post(f"{_HERE}/discard")
@access.permits(Permission.RUN_CAMPAIGNS)
def discard(id: int) -> ResponseReturnValue:
    """Throws a draft away."""
    setup.discard(_draft(id), typed.version(), by=access.actor().id)
    return answers.go(url_for("campaign.listed"), said="discarded")
