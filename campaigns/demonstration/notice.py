"""The public notice of the demonstration: who is on it, and what was objected to."""

from collections.abc import Iterable
from datetime import date, timedelta

from campaigns import clock
from campaigns.campaign import Step
from campaigns.demonstration.plan import Plan
from campaigns.enrolment import objections
from campaigns.enrolment.objections import Result
from campaigns.enrolment.records import EnrolmentState
from campaigns.jurisdictions import EVERYWHERE

#: Of so many on the list one still has its notice before it.
_ONE_IN = 3
_WORDS = "（虚构的示例）村务公开栏上没有看到这份名单。"
_ANSWER = "（虚构的示例）已到村里核对，名单当天已经贴出，异议不成立。"


def until(plan: Plan) -> date | None:
    """The last day of an enrolment's notice: running for some, over for those who wait to be named
    or were named."""
    if Step.NOTICE not in plan.enrolment.campaign.acceptance:
        return None
    today = clock.today()
    if plan.state is EnrolmentState.NAMED:
        return today - timedelta(days=28)
    if plan.state is not EnrolmentState.PUBLICISED:
        return None
    return today + timedelta(days=3 if plan.unit.id % _ONE_IN == 0 else -4)


def object_to(plans: Iterable[Plan], office: int) -> None:
    """Two of those on notice were objected to: one objection is answered, the other waits."""
    found = [plan.enrolment for plan in plans if objections.may_be_raised(plan.enrolment)]
    made = [objections.raise_(each.campaign_id, each.id, _WORDS) for each in found[:2]]
    for each in made[:1]:
        whole = objections.find(each.id, EVERYWHERE)
        objections.answer(whole, whole.row_version, Result.DISMISSED, _ANSWER, by=office)
