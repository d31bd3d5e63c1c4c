"""Campaigns: drafted, opened, given more time, closed, archived."""

from datetime import date
from functools import partial

from campaigns import campaign as campaigns
from campaigns import jurisdictions, register, standards
from campaigns.campaign import Campaign, Step
from campaigns.enrolment import participation
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit
from tests.cast import TIANGONG
from tests.doing import EVERYWHERE
from tests.transitions import (
    CITY,
    STAYS,
    Act,
    State,
    Subject,
    World,
    id_of,
    in_each,
    last,
    of_last,
    to,
    version_of_last,
)

OPENS, DUE, LATER = date(2026, 12, 1), date(2027, 6, 30), "2027-08-31"


def _market(code: str) -> None:
    """A market more in the register."""
    made = Unit(code=code, name_zh="示范市场", name_en="Market", kind=Kind.MARKET, valid_from=OPENS)
    register.enter([(made, jurisdictions.find(TIANGONG, EVERYWHERE))])


def _drafted(world: World) -> None:
    """A campaign for markets, of which there is one."""
    _market("M1")
    campaigns.draft(
        standards.versions_of("safe-market")[0],
        jurisdictions.find("511381", EVERYWHERE),
        Bilingual("平安市场", "Safe markets"),
        opens_on=OPENS,
        due_on=DUE,
        steps=[Step.TOWN],
        approval=("阆委办〔2026〕0号", "Demonstration body", DUE),
        by=world.cast.people["office"],
    )


def _campaign() -> Campaign:
    return campaigns.lock(id_of(last(Campaign)))


def _broken_off(world: World) -> None:
    """Its units are being enrolled, and the server stopped."""
    work = participation.opening(_campaign(), 1, by=world.cast.people["office"])
    next(work)
    work.close()


def _open(world: World) -> None:
    participation.open_campaign(_campaign(), by=world.cast.people["office"])


def _with_newcomer(world: World) -> None:
    _open(world)
    _market("M2")


def _closed(world: World) -> None:
    _with_newcomer(world)
    campaigns.close(_campaign(), _campaign().row_version, by=world.cast.people["office"])


def _archived(world: World) -> None:
    _closed(world)
    campaigns.archive(_campaign(), _campaign().row_version, by=world.cast.people["office"])


STATES = {
    "drafted": State(lambda _world: None),
    "opening broken off": State(_broken_off),
    "open": State(_open),
    "open, with a newcomer": State(_with_newcomer),
    "closed": State(_closed),
    "archived": State(_archived),
}
_OPEN = ("open", "open, with a newcomer")


def _stands(_world: World) -> str:
    found = last(Campaign)
    return found.state.value if found and found.name_en == "Safe markets" else "discarded"


_path = of_last(Campaign)


_version = partial(version_of_last, Campaign)


ACTS = (
    Act(
        "open",
        "campaign.open_",
        _version(),
        {
            "drafted": to("open", *CITY),
            "opening broken off": to("open", *CITY, tells=("opened",)),
        },
        ("opening", "opened"),
        _path,
    ),
    Act(
        "discard",
        "setup.discard",
        _version(),
        {"drafted": to("discarded", *CITY)},
        ("discarded",),
        _path,
    ),
    Act(
        "enrol newcomers",
        "campaign.enrol_newcomers",
        lambda _world: {},
        {"open, with a newcomer": to(STAYS, *CITY)},
        ("enrolled",),
        _path,
        stale=None,
    ),
    Act(
        "give more time",
        "campaign.extend",
        _version(due_on=LATER, review_due_on=LATER, reason="Flood."),
        in_each(_OPEN, STAYS, *CITY),
        ("extended",),
        _path,
    ),
    Act(
        "close",
        "campaign.close",
        _version(),
        in_each(_OPEN, "closed", *CITY),
        ("closed",),
        _path,
    ),
    Act(
        "archive",
        "campaign.archive",
        _version(),
        {"closed": to("archived", *CITY)},
        ("archived",),
        _path,
    ),
)

CAMPAIGN = Subject("campaign", _drafted, STATES, _stands, ACTS)
