"""The boards: how far a jurisdiction is, opened down to its units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from campaigns import campaign as campaigns
from campaigns import clock, coverage, jurisdictions, permissions, settings
from campaigns.campaign import Campaign
from campaigns.coverage import NOTHING, STAGES, Board, Figure, Row
from campaigns.enrolment.records import LEFT
from campaigns.errors import NotFound
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction
from campaigns.pages import access, answers, asked, waiting, words
from campaigns.people import Role
from campaigns.permissions import Permission
from campaigns.review import assignments
from campaigns.review.assignments import Late
from campaigns.standards import Version

blueprint = Blueprint("coverage", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One place below: its figures, and for the grid each standard with what its cell says and how
    many units are exempt."""

    place: Jurisdiction
    url: str
    row: Row
    share: Figure
    cells: tuple[tuple[str, str, int, int, str, int], ...]


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
    found = asked.board(code, access.scope())
    made, campaign, running = found.board, found.campaign, found.running
    place, carried = made.place, _carried(campaign, made.on)
    late = assignments.late(place)
    holds_units = place.level in TOWN_LEVELS | VILLAGE_LEVELS
    units = coverage.units_at(place, made.on, made.chosen) if holds_units else []
    return answers.show(
        "coverage/board.html",
        board=made,
        late=late,
        errands=waiting.of_office() if _is_home(place) and not carried else (),
        whose_late=_(", ").join(f"{_office(each)} {each.number}" for each in late),
        review_days=settings.REVIEW_DAYS,
        share=made.total.coverage(made.headline),
        campaign=campaign,
        switch=running if campaign in running or campaign is None else [campaign, *running],
        lineage=found.lineage,
        lines=_lines(made, carried),
        below=_below([row.place for row in made.children]),
        is_wide=not holds_units,
        asked=carried,
        shares=waiting.at(made) if made.on == clock.today() else [],
        running_of={each.version.standard_id: each for each in running},
        units=[row for row in units if row.enrolments or campaign is None],
        left=LEFT,
        chosen_of={each.id: each for each in made.chosen},
        items_of={each.id: len(campaigns.slots(each)) for each in made.chosen if units},
        opens=permissions.may(access.actor(), Permission.SEE_UNITS, place.path),
        stack=Stack(),
        standards=_standards(made),
        kind_word=words.of_kind,
        state_word=words.of_enrolment_state,
    )


def _is_home(place: Jurisdiction) -> bool:
    """Whether the board is where the city office begins its day: that of its own city."""
    return any(each.role is Role.OFFICE and each.path == place.path for each in access.actor().held)


def _office(late: Late) -> str:
    """Whose it is to decide what waits too long."""
    if late.at_city:
        return str(_("city office"))
    return words.of_department(late.department) if late.department else str(_("town office"))


class Stack:
    """Puts the enrolments of a place in words: the words are looked up once for a whole board."""

    def __init__(self) -> None:
        self._words = {name: words.of_stage(name) for name in STAGES}
        self._sentence = str(
            _(
                "%(named)s named, %(accepted)s city accepted, %(town_passed)s town passed, "
                "%(in_progress)s in progress, %(not_started)s not started, %(exempt)s exempt"
            )
        )

    def parts(self, row: Row) -> list[tuple[str, int, str]]:
        """The parts of a place's stack, from the title down, with their words."""
        numbers = row.stages
        return [
            (name, numbers[name], self._words[name])
            for name in STAGES
            if name != "exempt" or numbers[name]
        ]

    def sentence(self, row: Row) -> str:
        """The same as one sentence, for whoever does not see the bar."""
        return self._sentence % row.stages


def _lines(made: Board, carried: dict[str, str | int]) -> list[Line]:
    slugs = {version.standard_id: version.standard.slug for version in made.named}
    return [
        Line(
            row.place,
            url_for("coverage.board", code=row.place.code, **carried),  # type: ignore[arg-type]
            row,
            row.coverage(made.headline),
            tuple(
                (
                    slug,
                    *_cell(*row.by_standard.get(standard_id, NOTHING)),
                    row.exempt_by.get(standard_id, 0),
                )
                for standard_id, slug in slugs.items()
            ),
        )
        for row in made.children
    ]


def _cell(valid: int, due: int) -> tuple[str, int, int, str]:
    """A cell of the grid: shaded by tenths, marked when all are valid."""
    if valid == due:
        return "hf", valid, due, f"✓ {valid}/{due}"
    return f"f{valid * 10 // due}", valid, due, f"{valid}/{due}"


def _standards(made: Board) -> list[tuple[Version, Figure]]:
    """The coverage of each standard that the place has units or households for."""
    shares = [(version, made.total.coverage([version])) for version in (*made.named, *made.counted)]
    return [(version, share) for version, share in shares if share.denominator]


def _below(children: Sequence[Jurisdiction]) -> str:
    """How many places lie directly below, in words; empty when there are none."""
    number = len(children)
    if not number:
        return ""
    if children[0].level in VILLAGE_LEVELS:
        return str(
            ngettext("%(num)s village or community", "%(num)s villages and communities", number)
        )
    if children[0].level in TOWN_LEVELS:
        return str(ngettext("%(num)s town or street", "%(num)s towns and streets", number))
    return str(ngettext("%(num)s city or county", "%(num)s cities and counties", number))


def _carried(campaign: Campaign | None, on: date) -> dict[str, str | int]:
    """What the links of a board carry on, so that a way down stays on its campaign and day."""
    carried: dict[str, str | int] = {}
    if campaign is not None:
        carried["campaign"] = campaign.id
    if on != clock.today():
        carried["on"] = on.isoformat()
    return carried
