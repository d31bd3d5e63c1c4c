"""Reading the coverage board, and the two changes that move it: an approval and a naming."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from campaigns import campaign as campaigns
from campaigns import review, tally, titles
from campaigns.database import db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, EnrolmentState
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Verdict
from tests.cast import TIANGONG, Cast
from tests.visiting import Visitor

CITY = "511381"
EVERYWHERE = Scope((interval("/51/"),))

Figures = dict[str, tuple[int, int]]


@dataclass
class Board(HTMLParser):
    """What a board says: figures by place, and by place and standard; codes in their order."""

    figures: dict[str, Figures] = field(default_factory=dict)
    by_standard: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.in_legend = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.open.append((tag, given))
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "tr" and "data-code" in given:
            self.places.append(given["data-code"])
        if "data-state" in given:
            self.states.append(given["data-state"])
        if "data-figure" in given and (code := self._nearest("data-code")):
            share = int(given["data-numerator"]), int(given["data-denominator"])
            assert 0 <= share[0] <= share[1]
            if standard := self._nearest("data-standard"):
                self.by_standard[code, standard] = share
            else:
                before = self.figures.setdefault(code, {}).setdefault(given["data-figure"], share)
                assert before == share, "one page says one thing of one place"

    def _nearest(self, name: str) -> str:
        return next((given[name] for _, given in reversed(self.open) if name in given), "")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if (
            self.open
            and self.open[-1][0] == "b"
            and any(given.get("class") == "legend" for _, given in self.open)
        ):
            self.parts.append(int(data.replace(",", "")))


def board(visitor: Visitor, code: str, query: str = "") -> Board:
    answer = visitor.get(f"/coverage/{code}{query}")
    assert answer.status_code == 200
    found = Board()
    found.feed(answer.text)
    return found


def village(cast: Cast) -> str:
    return next(code for code in sorted(cast.places) if len(code) == 12 and TIANGONG in code)


def enrolment(cast: Cast, unit: str = "village", standard: str = "drug-free-village") -> Enrolment:
    return records.find(cast.enrolment(unit, standard), EVERYWHERE)


def approve(cast: Cast) -> None:
    found = enrolment(cast)
    slot = campaigns.slot(found.campaign, "1.3")
    item = transitions.submit(found, slot, Answer(value=6), 1, by=cast.people["liaison"])
    review.decide(found, item, Verdict(True), item.row_version, by=cast.people["reviewer"])


def name(cast: Cast, unit: str = "village", standard: str = "drug-free-village") -> None:
    found = enrolment(cast, unit, standard)
    found.state, found.started = EnrolmentState.TOWN_PASSED, True
    tally.progress(found.campaign_id, found.place_id, found.town_id, town_passed=1, started=1)
    db.session.flush()
    titles.name(found, found.row_version, "1", by=cast.people["office"])
