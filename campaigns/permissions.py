"""Who may do what: every permission and its roles on one screen.

A permission is held where one of its roles is held: for a unit, or for a subtree.
"""

import enum
from collections.abc import Iterable

from campaigns.errors import NotAllowed
from campaigns.evidence.records import Evidence, Purpose
from campaigns.jurisdictions import Scope, interval
from campaigns.people import Actor, Role
from campaigns.review import CITY, Desk

_READERS = frozenset(Role) - {Role.ADMIN}
_BOARD = _READERS - {Role.LIAISON}
#: Who removes proof: whoever sends it or decides on it there, and whoever answers for all of it.
_ERASERS = frozenset({Role.LIAISON, Role.REVIEWER, Role.OFFICE})


class Permission(enum.StrEnum):
    """What a route may ask for."""

    SIGNED_IN = "signed_in"
    SEE_UNITS = "see_units"
    SEE_COVERAGE = "see_coverage"
    PROVE = "prove"
    REVIEW = "review"
    DECIDE = "decide"
    OBSERVE = "observe"
    COMPARE = "compare"
    ERASE = "erase"
    GIVE_TIME = "give_time"
    SHARE_WORK = "share_work"
    EXAMINE = "examine"
    ACCEPT = "accept"
    SEE_ROUNDS = "see_rounds"
    RUN_ROUNDS = "run_rounds"
    NAME = "name"
    RUN_CAMPAIGNS = "run_campaigns"
    EDIT_STANDARDS = "edit_standards"
    LOOK_BACK = "look_back"
    EXCHANGE = "exchange"
    KEEP_REGISTER = "keep_register"
    RECORD_INCIDENTS = "record_incidents"
    JUDGE_INCIDENTS = "judge_incidents"
    ANSWER = "answer"
    RECHECK = "recheck"
    WITHDRAW = "withdraw"


ROLES: dict[Permission, frozenset[Role]] = {
    # Everybody with an account, whatever she holds.
    Permission.SIGNED_IN: frozenset(Role),
    # Units, their checklists, items, evidence and titles.
    Permission.SEE_UNITS: _READERS,
    # The boards of a jurisdiction.
    Permission.SEE_COVERAGE: _BOARD | {Role.ADMIN},
    # Upload and send. A town may do it for a village without a phone; somebody else decides then.
    Permission.PROVE: frozenset({Role.LIAISON, Role.REVIEWER}),
    # Sit at the desk.
    Permission.REVIEW: frozenset({Role.REVIEWER, Role.CONFIRMER, Role.OFFICE}),
    # Approve or return; departments decide their own items, nobody what he uploaded.
    Permission.DECIDE: frozenset({Role.REVIEWER, Role.CONFIRMER, Role.OFFICE}),
    # Go there, and note what was seen on the spot.
    Permission.OBSERVE: frozenset(
        {Role.REVIEWER, Role.CONFIRMER, Role.OFFICE, Role.ACCEPTOR, Role.INSPECTOR}
    ),
    # See which pictures look like one that she may decide on, whoever sent them.
    Permission.COMPARE: frozenset({Role.REVIEWER, Role.OFFICE}),
    # Remove a picture or document for good, at any time: ``may_erase`` says whose is whose.
    Permission.ERASE: _ERASERS | {Role.CONFIRMER, Role.ACCEPTOR, Role.INSPECTOR},
    # More time for one item: the town up to its limit, the city office beyond.
    Permission.GIVE_TIME: frozenset({Role.REVIEWER, Role.OFFICE}),
    # Hand one's queue over to another reviewer; send somebody to a town that needs help.
    Permission.SHARE_WORK: frozenset({Role.REVIEWER, Role.OFFICE}),
    # The town's check of a complete checklist.
    Permission.EXAMINE: frozenset({Role.REVIEWER}),
    # The city's acceptance and public notice.
    Permission.ACCEPT: frozenset({Role.ACCEPTOR, Role.OFFICE}),
    # How the city accepts: the rounds, what was drawn and found.
    Permission.SEE_ROUNDS: frozenset(
        {Role.ACCEPTOR, Role.OFFICE, Role.INSPECTOR, Role.LEADER, Role.AUDITOR}
    ),
    # The city office puts the team together, has the lot drawn and ends the round.
    Permission.RUN_ROUNDS: frozenset({Role.OFFICE}),
    # Towns recommend; only the city office names (rules of 2022 on creation campaigns).
    Permission.NAME: frozenset({Role.OFFICE}),
    # Only the city office opens and closes.
    Permission.RUN_CAMPAIGNS: frozenset({Role.OFFICE}),
    # Standards are the city's: the office writes and publishes them, nobody else sees a draft.
    Permission.EDIT_STANDARDS: frozenset({Role.OFFICE}),
    # What a year of a standard asked and found: for those who can shorten it, or say that it is
    # too long.
    Permission.LOOK_BACK: frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR}),
    # The city office hands figures upward, so it knows which columns are wanted there.
    Permission.EXCHANGE: frozenset({Role.OFFICE}),
    # Imports, changes of units, exemptions, the calendar.
    Permission.KEEP_REGISTER: frozenset({Role.OFFICE}),
    # Departments enter what is theirs to know, the office what it is told.
    Permission.RECORD_INCIDENTS: frozenset({Role.CONFIRMER, Role.OFFICE}),
    # Confirm an incident that somebody else recorded, decide on appeals, lift; keep the kinds.
    Permission.JUDGE_INCIDENTS: frozenset({Role.OFFICE}),
    # Speak for a unit when its title is at stake; the town may do it for a village.
    Permission.ANSWER: frozenset({Role.LIAISON, Role.REVIEWER}),
    # Visit the holder of a title unannounced, and say what was found.
    Permission.RECHECK: frozenset({Role.ACCEPTOR, Role.INSPECTOR, Role.OFFICE}),
    # Only whoever names withdraws.
    Permission.WITHDRAW: frozenset({Role.OFFICE}),
}


def scope(actor: Actor, permission: Permission) -> Scope:
    """Where the person holds the permission."""
    return actor.scope(ROLES[permission])


def holds(actor: Actor, permission: Permission) -> bool:
    """Whether the person holds the permission anywhere."""
    return bool(actor.roles & ROLES[permission]) or permission is Permission.SIGNED_IN


def may(actor: Actor, permission: Permission, path: str, unit_id: int | None = None) -> bool:
    """Whether the person holds the permission for this place, or this unit in it."""
    return scope(actor, permission).covers(path, unit_id)


def require(actor: Actor, permission: Permission, path: str, unit_id: int | None = None) -> None:
    """Raises NotAllowed unless the person holds the permission here."""
    if not may(actor, permission, path, unit_id):
        raise NotAllowed


def sees_as_unit(actor: Actor, path: str, unit_id: int) -> bool:
    """Whether a person sees a unit as it sees itself: by no other role than liaison's."""
    return not actor.scope(_READERS - {Role.LIAISON}).covers(path, unit_id)


def sees_capture(actor: Actor, path: str, unit_id: int) -> bool:
    """Whether a person is told when a unit's proof was taken: whoever proves there, or decides."""
    return any(may(actor, each, path, unit_id) for each in (Permission.PROVE, Permission.DECIDE))


def may_decide(actor: Actor, path: str, department: str | None) -> bool:
    """Whether an item at this place is the person's to decide: the town's, or her department's.

    The city office decides only where the town cannot, so it may decide either.
    """
    if actor.scope(frozenset({Role.OFFICE})).covers(path):
        return True
    if department is not None:
        return department in actor.departments(path)
    return actor.scope(frozenset({Role.REVIEWER})).covers(path)


def may_undo(actor: Actor, decided_by: int, paths: Iterable[str]) -> bool:
    """Whether what somebody decided at these places is the person's to undo: her own is, and the
    city office may undo anybody's."""
    office = actor.scope(frozenset({Role.OFFICE}))
    return actor.id == decided_by or all(office.covers(path) for path in paths)


def may_erase(actor: Actor, piece: Evidence, path: str) -> bool:
    """Whether a stored file, of a unit at this place, is the person's to remove for good: proof is
    whoever's sends or decides there, any other picture only hers who took it; the city office may
    remove any."""
    if piece.purpose is Purpose.PROOF:
        return actor.scope(_ERASERS).covers(path, piece.unit_id)
    return may_undo(actor, piece.uploader_id, [path])


def desks(actor: Actor) -> list[Desk]:
    """Where items wait for the person: the town's (None), those that her departments confirm, and
    those that the city office decides.

    The city office is shown the town's too: a department's item waits for the department.
    """
    made: list[Desk] = []
    town, office = (actor.scope(frozenset({each})) for each in (Role.REVIEWER, Role.OFFICE))
    if town.intervals:
        made.append((town, None))
    if office.intervals:
        made.append((office, CITY))
    made += [
        (Scope((interval(each.path),)), each.department)
        for each in actor.held
        if each.role is Role.CONFIRMER and each.department and each.path
    ]
    return made
