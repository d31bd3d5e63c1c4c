"""What shows fairness in the demonstration: requests for more time, a hand-over, an item that a
town sent itself. Of invented reasons, through the functions that people use."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.campaign import Slot
from campaigns.demonstration.accounts import Account
from campaigns.demonstration.plan import Plan
from campaigns.enrolment import extensions, records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import EnrolmentState
from campaigns.jurisdictions import EVERYWHERE, Jurisdiction
from campaigns.people import Role
from campaigns.review import assignments
from campaigns.standards import EvidenceKind

#: More time as a town may give it, and as only the city office may.
_FEW, _MANY = timedelta(days=10), timedelta(days=40)


def show(
    plans: Sequence[Plan], made: Sequence[Account], places: Mapping[str, Jurisdiction]
) -> None:
    """Two liaisons ask for more time, one of them for more than the town may give; a town of one
    reviewer sends for a village; of two reviewers one will be away next week."""
    under_way = [plan for plan in plans if plan.enrolment.state is EnrolmentState.APPLIED]
    liaisons = {each.unit_id: each.person_id for each in made if each.unit_id}
    own = [plan for plan in under_way if plan.unit.id in liaisons]
    asking: set[int] = set()
    # On some days of the year nothing is free, and then nobody asks.
    for days, may_ask in ((_FEW, _may_town_give), (_MANY, lambda _plan, _slot: True)):
        free = ((plan, slot) for plan in own for slot in _free(plan) if may_ask(plan, slot))
        for plan, slot in free:
            if plan.unit.id not in asking:
                asking.add(plan.unit.id)
                _ask(plan, slot, days, by=liaisons[plan.unit.id])
                break
    reviewers = [each for each in made if each.role is Role.REVIEWER]
    first, alone, *_rest, second = reviewers
    town = places[alone.scope].id
    for plan in under_way:
        if plan.enrolment.town_id == town and _send(plan, by=alone.person_id):
            break
    monday = clock.today() + timedelta(days=7 - clock.today().weekday())
    days_away = monday, monday + timedelta(days=4)
    assignments.hand_over(
        places[first.scope].id, None, first.person_id, *days_away, by=second.person_id
    )


def _free(plan: Plan) -> list[Slot]:
    """The items that could be sent today, are due later, and were not touched."""
    today = clock.today()
    touched = {each.slot.key for each in plan.items}
    return [
        each
        for each in campaigns.slots(plan.enrolment.campaign)
        if each.opens_on <= today <= each.due_on and each.key not in touched
    ]


def _may_town_give(plan: Plan, slot: Slot) -> bool:
    campaign = plan.enrolment.campaign
    return slot.due_on + _FEW <= extensions.town_limit(slot, None, campaign)


def _ask(plan: Plan, slot: Slot, longer: timedelta, *, by: int) -> None:
    day = slot.due_on + longer
    extensions.ask(plan.enrolment, slot, 1, day, "器材要晚些才到货（虚构）", by=by)


def _send(plan: Plan, *, by: int) -> bool:
    """The town sends a number for a unit without a phone; whether there was one to send."""
    for slot in _free(plan):
        criterion = slot.criterion
        if criterion.evidence is EvidenceKind.NUMBER and criterion.department is None:
            answer = Answer(value=criterion.threshold or 0)
            transitions.submit(records.find(plan.enrolment.id, EVERYWHERE), slot, answer, 1, by=by)
            return True
    return False
