"""What a visitor of the demonstration finds to try out, and where."""

from collections.abc import Iterable, Sequence
from typing import Any

from campaigns import campaign as campaigns
from campaigns import clock
from campaigns.campaign import Campaign, Slot
from campaigns.demonstration.accounts import Account
from campaigns.demonstration.plan import Plan, Shown
from campaigns.enrolment import transitions
from campaigns.enrolment.records import EnrolmentState
from campaigns.errors import Refused, fault
from campaigns.standards import EvidenceKind, Registration


def shown(slots: Sequence[Slot], *, fresh: bool) -> Shown:
    """What a visitor finds of her own unit; where it is ``fresh``, no photo was sent yet."""
    kept = _photo_items(slots)
    returned, drafted = frozenset(kept[1:2]), frozenset(kept[2:3])
    # What is sent for another campaign is then offered here too.
    first = kept if fresh else kept[:1]
    untouched = frozenset((*first, *_once(slots)[:4])) - returned - drafted
    return Shown(untouched, returned, drafted)


def _photo_items(slots: Iterable[Slot]) -> list[str]:
    """Photo items that are open now and due later, those that want most pieces first."""
    today = clock.today()
    found = [
        slot
        for slot in slots
        if slot.criterion.evidence is EvidenceKind.PHOTO
        and slot.is_open(today)
        and slot.due_on >= today
    ]
    return [slot.key for slot in sorted(found, key=lambda slot: -slot.pieces)]


def _once(slots: Iterable[Slot]) -> list[str]:
    """The items that are answered once, the first of the checklist first."""
    return [slot.key for slot in slots if slot.period is None]


def worth_a_look(
    plans: Sequence[Plan], running: Sequence[Campaign], made: Sequence[Account]
) -> dict[str, Any]:
    """The pages that a visitor should open first."""
    by_unit: dict[int, list[Plan]] = {}
    for plan in plans:
        by_unit.setdefault(plan.unit.id, []).append(plan)
    open_item: dict[str, str] = {}
    returned_item: dict[str, str] = {}
    for account in made:
        own = by_unit.get(account.unit_id or 0, [])
        for plan in own:
            keys = _photo_items(campaigns.slots(plan.enrolment.campaign))
            if len(keys) > 1:
                address = f"/enrolments/{plan.enrolment.id}/items/"
                open_item.setdefault(account.username, address + keys[0])
                returned_item.setdefault(account.username, address + keys[1])
    ready: dict[int, str] = {}
    for plan in plans:
        standard = plan.enrolment.campaign.version.standard
        if standard.registration is Registration.AGGREGATE:
            continue  # names households: a visitor should see coverage move by one unit
        waits = transitions.next_state(plan.enrolment) is EnrolmentState.NAMED
        if waits and not transitions.is_on_notice(plan.enrolment):
            ready.setdefault(plan.enrolment.town_id or 0, f"/enrolments/{plan.enrolment.id}")
    if not open_item or not ready:
        raise Refused(fault("nothing_ready"))
    return {
        "open_item": open_item,
        "returned_item": returned_item,
        "campaign": f"/campaigns/{running[0].id}",
        "ready_to_name": list(ready.values())[:8],
    }
