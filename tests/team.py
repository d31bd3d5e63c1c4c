"""What the city's acceptance team does: units that wait, a team, a round up to any step."""

from datetime import date, timedelta

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, people
from campaigns.acceptance import checks, records, rounds
from campaigns.acceptance.checks import Seen
from campaigns.acceptance.records import Candidate, Chosen, Outcome, Round, RoundState, Verdict
from campaigns.acceptance.rounds import Terms
from campaigns.campaign import Step
from campaigns.database import db
from campaigns.enrolment.records import Enrolment
from campaigns.people import Person, Role
from campaigns.text import Bilingual
from tests.cast import NOW, PASSWORD, YEAR, Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, enrolment, pass_town

STANDARD = "drug-free-village"
#: Two in one town, one in the next.
VILLAGES = ("village", "neighbour", "far village")
POLICE, JUSTICE = Bilingual("公安局", "Police"), Bilingual("司法局", "Justice bureau")
TEAM = {"acceptor": POLICE, "second_acceptor": JUSTICE, "third_acceptor": POLICE}
SEED = "03 07 12 18 22 31 + 05"
SOURCE = "示范彩票 2026110"


def acceptors() -> None:
    """Two more members for a team: one of another body, and a third. They are none of the cast."""
    city = jurisdictions.find("511381", EVERYWHERE)
    for username in ("second_acceptor", "third_acceptor"):
        if not who(username):
            person = people.add(username, Bilingual(username, username), PASSWORD)
            people.grant(person, Role.ACCEPTOR, place=city, valid_from=YEAR[0])


def who(username: str) -> int:
    """A person by user name; 0 for nobody."""
    return db.session.scalar(sa.select(Person.id).where(Person.username == username)) or 0


def waiting(cast: Cast, time: Time, *units: str) -> list[Enrolment]:
    """In December: villages that their towns passed, in a campaign that the city accepts."""
    time.pass_by(days=80)
    campaign = campaigns.lock(cast.campaigns[STANDARD])
    campaign.steps = [Step.TOWN.value, Step.CITY.value]
    db.session.flush()
    found = [enrolment(cast, each) for each in units or VILLAGES]
    for each in found:
        pass_town(cast, each)
    return found


def terms(share: int = 50, others: int = 2) -> Terms:
    """Terms that can be announced today."""
    return Terms(share, others, SOURCE, clock.today() + timedelta(days=1))


def begun(cast: Cast) -> Round:
    """A round with a team of two bodies, and a third member who shares the first one's."""
    acceptors()
    office = cast.people["office"]
    found = rounds.begin(campaigns.lock(cast.campaigns[STANDARD]), by=office)
    for username, body in TEAM.items():
        rounds.join(found, found.row_version, who(username), body, by=office)
    return found


def announced(cast: Cast, share: int = 50, others: int = 2) -> Round:
    """A round whose list is closed."""
    found = begun(cast)
    terms_ = terms(share, others)
    rounds.announce(found, found.row_version, terms_, by=cast.people["office"])
    return found


def drawn(cast: Cast, time: Time, share: int = 50, others: int = 2) -> Round:
    """A round whose lot is drawn, a day later."""
    found = announced(cast, share, others)
    time.pass_by(days=1)
    rounds.draw(found, found.row_version, SEED, by=cast.people["office"])
    return found


def checked(found: Round, person_id: int) -> tuple[Candidate, list[Seen]]:
    """The first unit that is checked, and its items as a person sees them."""
    candidate = records.chosen(found.id)[0]
    return candidate, checks.seen(candidate, person_id)


def report(candidate: Candidate, of: Seen, username: str, verdict: Verdict = Verdict.HOLDS) -> None:
    """A member says what she found."""
    by, version = who(username), of.spot.row_version
    checks.report(candidate, of.spot.id, verdict, "路灯不亮（虚构）", version, by=by)


def report_all(candidate: Candidate, failing: int = 0) -> None:
    """Both members report on every item and agree; so many do not hold."""
    for number, each in enumerate(checks.seen(candidate, who("office"))):
        for username in ("acceptor", "second_acceptor"):
            verdict = Verdict.FAILS if number < failing else Verdict.HOLDS
            report(candidate, each, username, verdict)


def conclude(candidate: Candidate, outcome: Outcome, mend_by: date | None = None) -> None:
    """A member ends the check."""
    why, by = "两项不实（虚构）", who("acceptor")
    checks.conclude(candidate, candidate.row_version, outcome, why, mend_by, by=by)


def posed(cast: Cast, units: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """A round in which these are checked, without the way to it; gives the ids by the pages that
    name them."""
    made = Round(
        campaign_id=cast.campaigns[STANDARD],
        state=RoundState.DRAWN,
        share=100,
        others=1,
        source=SOURCE,
        draws_on=NOW.date(),
        candidates_sha256="0" * 64,
        seed="123456",
        begun_at=NOW,
        announced_at=NOW,
        drawn_at=NOW,
    )
    db.session.add(made)
    db.session.flush()
    known: dict[str, int] = {}
    for unit in units:
        candidate = Candidate(
            round_id=made.id,
            enrolment_id=cast.enrolment(unit, STANDARD),
            town_code="1",
            unit_code=unit,
            listed=True,
            chosen=Chosen.BY_LOT,
        )
        db.session.add(candidate)
        db.session.flush()
        known[unit] = candidate.id
    here = {units[0]: made.id}
    return {"acceptance": here, "lot": here, "spotcheck": known}


def plausible(cast: Cast) -> dict[str, str]:
    """What the forms of rounds and checks might hold."""
    return {
        "campaign": str(cast.campaigns[STANDARD]),
        "person": str(cast.people["acceptor"]),
        "share": "10",
        "seed": "123456",
        "spot": "1",
        "outcome": "accepted",
    }
