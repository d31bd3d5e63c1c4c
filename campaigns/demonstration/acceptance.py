"""An acceptance round of invented units: drawn, some of it checked, one difference not settled."""

from datetime import timedelta

from campaigns import clock
from campaigns.acceptance import checks, records, rounds
from campaigns.acceptance.records import Candidate, Outcome, Verdict
from campaigns.acceptance.rounds import Terms
from campaigns.campaign import Campaign
from campaigns.text import Bilingual

_SOURCE, _DIGITS = "示范彩票第2026000期开奖号码（虚构）", "05 11 14 20 27 33 + 09"
_BODIES = (Bilingual("市公安局", "City police"), Bilingual("市司法局", "City justice bureau"))
_CLOSED_BEFORE = timedelta(days=6)
_TERMS = (30, 2)
_FAULT = "值班登记只到上月（虚构）"
#: So many units are found as they say; in the next one something fails.
_BOTH_HOLD = 3


def build(campaign: Campaign, *, office: int, team: tuple[int, int]) -> None:
    """A round of the campaign whose lot is drawn today; the list was closed some days ago."""
    today = clock.today()
    found = rounds.begin(campaign, by=office)
    for person, body in zip(team, _BODIES, strict=True):
        rounds.join(found, found.row_version, person, body, by=office)
    terms = Terms(*_TERMS, _SOURCE, today)
    rounds.announce(found, found.row_version, terms, by=office, on=today - _CLOSED_BEFORE)
    found.begun_at = found.announced_at = clock.now() - _CLOSED_BEFORE
    rounds.draw(found, found.row_version, _DIGITS, by=office)
    for number, candidate in enumerate(records.chosen(found.id)[: _BOTH_HOLD + 2]):
        _check(candidate, number, team, office)


def _check(candidate: Candidate, number: int, team: tuple[int, int], office: int) -> None:
    """Most units hold, the next one fails in one item, and of the last only one has reported."""
    spots = checks.seen(candidate, office)
    for place, each in enumerate(spots):
        fails = number == _BOTH_HOLD and place == 0
        verdict = Verdict.FAILS if fails else Verdict.HOLDS
        members = team if number <= _BOTH_HOLD else team[:1]
        for person in members:
            # Once the second one sees what the first one did not.
            differs = number == 0 and place == 0 and person == team[1]
            said = Verdict.FAILS if differs else verdict
            note = _FAULT if said is Verdict.FAILS else ""
            version = each.spot.row_version
            checks.report(candidate, each.spot.id, said, note, version, by=person)
    if number == 1:
        checks.conclude(candidate, candidate.row_version, Outcome.ACCEPTED, "", None, by=team[0])
    if number == _BOTH_HOLD:
        day = clock.today() + timedelta(days=30)
        why = "补齐值班登记后通过（虚构）"
        checks.conclude(candidate, candidate.row_version, Outcome.CONDITIONAL, why, day, by=team[1])
