"""Enrolments: from the town's check to the title, exemptions, and what the public objects."""

from datetime import timedelta

from campaigns import campaign as campaigns
from campaigns import titles
from campaigns.acceptance import rounds
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment import accepting, objections, participation, records, transitions
from campaigns.enrolment.objections import Objection, Result
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.register import exemptions
from tests import doing
from tests.doing import EVERYWHERE, enrolment
from tests.transitions import (
    CITY,
    PEOPLE,
    STAYS,
    TEAM,
    TODAY,
    TOWN,
    Act,
    Form,
    Sent,
    State,
    Subject,
    World,
    after,
    in_each,
    last,
    of_last,
    to,
)
from tests.transitions.incidents import confirmed

DOCUMENT = "阆委办〔2026〕1号"


def _found(world: World) -> Enrolment:
    return enrolment(world.cast)


def _ground(world: World) -> None:
    """Every item is approved, in a campaign with all three steps."""
    campaign = campaigns.lock(_found(world).campaign_id)
    campaign.steps = [each.value for each in (Step.TOWN, Step.CITY, Step.NOTICE)]
    campaign.notice_days = 5
    db.session.flush()
    with world.earlier(days=30):
        doing.finish(world.cast, _found(world))


def _incomplete(world: World) -> None:
    found = _found(world)
    item = records.item(found, "1.3")
    assert item
    due_on = TODAY + timedelta(days=8)
    transitions.reopen(found, item, "It fell down.", due_on, by=world.cast.people["inspector"])


def _examined(world: World) -> None:
    found = _found(world)
    with world.earlier(days=25):
        transitions.examine(found, found.row_version, by=world.cast.people["reviewer"])


def _given_back(world: World, state: EnrolmentState) -> None:
    _examined(world)
    until = TODAY + timedelta(days=9) if state is EnrolmentState.CONDITIONAL else None
    accepting.give_back(_found(world), state, "Two of ten.", until, by=world.cast.people["office"])


def _advanced(world: World, steps: int, **ago: float) -> None:
    _examined(world)
    found = _found(world)
    for _ in range(steps):
        with world.earlier(**ago):
            rounds.advance(found, found.row_version, by=world.cast.people["acceptor"])


def _on_notice(world: World) -> None:
    _advanced(world, 2, minutes=1)


def _after_notice(world: World) -> None:
    _advanced(world, 2, days=20)


def _objected(world: World) -> Objection:
    _after_notice(world)
    campaign = _found(world).campaign_id
    with world.earlier(days=19):
        return objections.raise_(campaign, _found(world).id, "It is not so.")


def _answered(world: World) -> None:
    made = objections.find(_objected(world).id, EVERYWHERE)
    by = world.cast.people["office"]
    objections.answer(made, made.row_version, Result.DISMISSED, "It is so.", by=by)


def _off_the_list(world: World) -> None:
    """Another objection was right, and this one waits."""
    first = objections.find(_objected(world).id, EVERYWHERE)
    with world.earlier(days=19):
        objections.raise_(first.enrolment.campaign_id, first.enrolment_id, "Nor is it clean.")
    by = world.cast.people["office"]
    objections.answer(first, first.row_version, Result.NOT_PASSED, "So it is.", by=by)


def _named(world: World) -> None:
    _after_notice(world)
    found = records.find(_found(world).id, EVERYWHERE)
    titles.name(found, found.row_version, DOCUMENT, by=world.cast.people["office"])


def _exempt(world: World) -> None:
    found = _found(world)
    exemptions.grant(found, found.row_version, "A dam.", by=world.cast.people["office"])


def _withdrawn(world: World) -> None:
    found = _found(world)
    state, why = EnrolmentState.WITHDRAWN, "Closed."
    participation.leave(found, found.row_version, state, why, by=world.cast.people["office"])


def _close(world: World) -> None:
    campaign = campaigns.lock(_found(world).campaign_id)
    campaigns.close(campaign, campaign.row_version, by=world.cast.people["office"])


def _archive(world: World) -> None:
    _close(world)
    campaign = campaigns.lock(_found(world).campaign_id)
    campaigns.archive(campaign, campaign.row_version, by=world.cast.people["office"])


STATES = {
    "incomplete": State(_incomplete),
    "complete": State(lambda _world: None),
    "complete, held back": after(confirmed),
    "complete, campaign closed": after(_close),
    "conditional": State(lambda world: _given_back(world, EnrolmentState.CONDITIONAL)),
    "not passed": State(lambda world: _given_back(world, EnrolmentState.NOT_PASSED)),
    "passed by the town": State(_examined),
    "passed by the town, campaign closed": after(_examined, _close),
    "passed by the town, campaign archived": after(_examined, _archive),
    "passed by the city": State(lambda world: _advanced(world, 1, minutes=1)),
    "on notice": State(_on_notice),
    "after the notice": State(_after_notice),
    "after the notice, held back": after(_after_notice, confirmed),
    "after the notice, campaign closed": after(_after_notice, _close),
    "after the notice, campaign archived": after(_after_notice, _archive),
    "objected to": State(_objected),
    "objection answered": State(_answered),
    "off the list": State(_off_the_list),
    "named": State(_named),
    "exempt": State(_exempt),
    "exempt, campaign closed": after(_exempt, _close),
    "withdrawn": State(_withdrawn),
}


def _stands(world: World) -> str:
    return _found(world).state.value


def _path(world: World) -> Sent:
    return {"id": _found(world).id}


def _version(**sent: str) -> Form:
    return lambda world: {"version": world.version(_found(world)), **sent}


def _naming(world: World) -> Sent:
    return {"enrolment": _found(world).id, **_version(document_number=DOCUMENT)(world)}


def _naming_all(world: World) -> Sent:
    found = _found(world)
    return {"enrolment": f"{found.id}={world.version(found)}", "document_number": DOCUMENT}


def _answering(result: str) -> Form:
    return lambda world: {
        **{"version": world.version(last(Objection)), "result": result, "answer": "We looked."}
    }


_of_objection = of_last(Objection)


_NAMED = ("named", "named")
_NAMEABLE = ("after the notice", "after the notice, campaign closed", "objection answered")
_OPEN_OBJECTION = ("objected to", "off the list")

ACTS = (
    Act(
        "examine",
        "enrolment.examine",
        _version(),
        in_each(("complete", "conditional", "not passed", "off the list"), "town_passed", *TOWN),
        ("town_passed",),
        _path,
    ),
    Act(
        "accept, or put on notice",
        "enrolment.advance",
        _version(),
        {
            **in_each(
                ("passed by the town", "passed by the town, campaign closed"),
                *("city_passed", *TEAM, *CITY),
            ),
            "passed by the city": to("publicised", *TEAM, *CITY, tells=("publicised",)),
        },
        ("city_passed",),
        _path,
    ),
    Act("name", "titles.name", _naming, in_each(_NAMEABLE, "named", *CITY), _NAMED),
    Act(
        "name many",
        "naming.name",
        _naming_all,
        in_each(_NAMEABLE, "named", *CITY),
        _NAMED,
        # Whoever changed meanwhile is left, and named on the next page.
        stale=303,
    ),
    Act(
        "exempt",
        "exemptions.grant",
        _version(reason="A dam."),
        in_each(
            (
                *("incomplete", "complete", "complete, held back", "conditional"),
                *("not passed", "off the list"),
            ),
            *("exempt", *CITY),
        ),
        ("exempt",),
        _path,
    ),
    Act(
        "take the exemption back",
        "exemptions.lift",
        _version(),
        {"exempt": to("applied", *CITY)},
        ("exemption_lifted",),
        _path,
    ),
    Act(
        "object",
        "notice.object_",
        lambda world: {"enrolment": _found(world).id, "text": "It is not so.", "contact": ""},
        {"on notice": to(STAYS, *PEOPLE)},
        ("objected",),
        lambda world: {"id": _found(world).campaign_id},
        stale=None,
        public=True,
    ),
    Act(
        "dismiss an objection",
        "objections.answer",
        _answering("dismissed"),
        in_each(_OPEN_OBJECTION, STAYS, *CITY),
        ("objection_dismissed",),
        _of_objection,
    ),
    Act(
        "put on notice again",
        "objections.answer",
        _answering("again"),
        {
            "objected to": to("city_passed", *CITY, tells=("objection_upheld", "taken_off_notice")),
            "off the list": to(STAYS, *CITY),
        },
        ("objection_upheld",),
        _of_objection,
    ),
    Act(
        "take off the list",
        "objections.answer",
        _answering("not_passed"),
        {
            "objected to": to("not_passed", *CITY, tells=("objection_upheld", "taken_off_notice")),
            "off the list": to(STAYS, *CITY),
        },
        ("objection_upheld",),
        _of_objection,
    ),
)

ENROLMENT = Subject("enrolment", _ground, STATES, _stands, ACTS)
