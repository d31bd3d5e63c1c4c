"""Items: sent, decided, disputed, seen on the spot, given more time."""

from functools import partial

from campaigns.enrolment import records
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.evidence.records import Evidence
from campaigns.review import Decision
from campaigns.review.site_notes import SiteNote
from tests.transitions import (
    CITY,
    PROVERS,
    STAYS,
    TEAM,
    TODAY,
    TOWN,
    Act,
    Cell,
    Form,
    Sent,
    Subject,
    World,
    id_of,
    in_each,
    last,
    of_last,
    to,
    version_of_last,
)
from tests.transitions.item_states import (
    ASKED,
    BACK,
    BEYOND,
    FOR_THE_TOWN,
    OVER,
    STATES,
    UNSENT,
    WITHIN,
    stored,
    village,
)


def _stands(world: World) -> str:
    item = stored(world)
    return "open" if item is None else item.state.value


def _path(world: World) -> Sent:
    return {"id": village(world).id, "key": world.key}


def _of_unit(world: World) -> Sent:
    return {"id": village(world).id}


def _version(world: World) -> Sent:
    return {"version": world.version(stored(world))}


def _answer(world: World) -> Sent:
    """An answer to whatever it asks, with the photos that lie beside it."""
    item = stored(world)
    proof = [each.id for each in records.attached(item.id)] if item else []
    return {**_version(world), "value": "6", "evidence": proof}


def _with_version(**sent: str) -> Form:
    return lambda world: {**_version(world), **sent}


def _undoing(_world: World) -> Sent:
    return {"decision": id_of(last(Decision))}


def _bulk(world: World) -> Sent:
    item = stored(world)
    seen = f"{id_of(item)}-{world.version(item)}"
    return {"confirm": "yes", "item": id_of(item), "seen": seen}


def _still_true(world: World) -> Sent:
    return {"item": f"{world.key}={world.version(stored(world))}"}


def _note(_world: World) -> Sent:
    return {"visited_on": TODAY.isoformat(), "seen": "otherwise", "seen_text": "All of it."}


def _of_note(world: World) -> Sent:
    return {**_path(world), "number": id_of(last(SiteNote))}


def _asking(world: World) -> Sent:
    return {**_version(world), "wished_on": BEYOND.isoformat(), "reason": "Snow."}


_deciding = partial(version_of_last, ExtensionRequest)


_of_request, _piece = of_last(ExtensionRequest), of_last(Evidence)


def _decided(after: str) -> dict[str, Cell]:
    return {
        **in_each(FOR_THE_TOWN, after, *TOWN, *CITY),
        "sent to the department": to(after, "police", *CITY),
        "sent by the town": to(after, "second_reviewer", *CITY),
    }


_ONLOOKERS = (*TOWN, *CITY, *TEAM, "police", "fire", "inspector")

ACTS = (
    Act(
        "submit",
        "enrolment.submit",
        _answer,
        in_each(UNSENT, "submitted", *PROVERS),
        ("submitted",),
        _path,
    ),
    Act(
        "submit what is ready",
        "enrolment.submit_ready",
        lambda _world: {},
        {"photos ready": to("submitted", *PROVERS)},
        ("submitted",),
        _of_unit,
        stale=None,
    ),
    Act(
        "find still true",
        "carrying.one",
        _version,
        {"proved last year": to("submitted", *PROVERS)},
        ("confirmed",),
        _path,
    ),
    Act(
        "find several still true",
        "carrying.confirm",
        _still_true,
        {"proved last year": to("submitted", *PROVERS)},
        ("confirmed",),
        _of_unit,
    ),
    Act(
        "take back",
        "enrolment.take_back",
        _version,
        {
            **in_each((*FOR_THE_TOWN, "sent to the department"), "open", "liaison"),
            "sent by the town": to("open", "liaison", "reviewer"),
        },
        ("taken_back",),
        _path,
    ),
    Act(
        "approve",
        "review.decision",
        _with_version(verdict="approve"),
        _decided("approved"),
        ("approved",),
        _path,
    ),
    Act(
        "return",
        "review.decision",
        _with_version(verdict="return", preset="unclear"),
        _decided("returned"),
        ("returned",),
        _path,
    ),
    Act(
        "approve in bulk",
        "bulk.bulk",
        _bulk,
        {
            **in_each(FOR_THE_TOWN, "approved", *TOWN, *CITY),
            "sent to the department": to("approved", "police"),
            "sent by the town": to("approved", "second_reviewer", *CITY),
        },
        ("approved",),
    ),
    Act(
        "undo",
        "undoing.undo",
        _undoing,
        in_each(("approved just now", "returned just now"), "submitted", "reviewer", *CITY),
        ("undone",),
        stale=None,
    ),
    Act(
        "dispute",
        "disputes.dispute",
        _with_version(dispute="It is not so."),
        in_each(set(BACK) - {"disputed", "return upheld"}, "returned", "liaison"),
        ("disputed",),
        _path,
    ),
    Act(
        "uphold",
        "disputes.settle",
        _with_version(settled="upheld", answer="It is so."),
        {"disputed": to("returned", "second_reviewer", *CITY)},
        ("dispute_upheld",),
        _path,
    ),
    Act(
        "overturn",
        "disputes.settle",
        _with_version(settled="overturned", answer="It was so."),
        {"disputed": to("approved", "second_reviewer", *CITY)},
        ("dispute_overturned",),
        _path,
    ),
    Act(
        "note on the spot",
        "site_notes.note",
        _note,
        {
            **in_each(
                set(STATES) - {"open", "proved last year", "sent by the town", *OVER},
                STAYS,
                *_ONLOOKERS,
            ),
            "sent by the town": to(STAYS, *(set(_ONLOOKERS) - {"reviewer"})),
        },
        ("seen_on_site",),
        _path,
        stale=None,
    ),
    Act(
        "remove a note",
        "site_notes.remove",
        lambda _world: {"why": "A name in it."},
        {"seen on the spot": to(STAYS, "inspector", *CITY)},
        ("site_note_removed",),
        _of_note,
        stale=None,
    ),
    Act(
        "ask for more time",
        "extensions.ask",
        _asking,
        in_each(set(UNSENT) - set(ASKED), STAYS, *PROVERS),
        ("more_time_asked",),
        _path,
    ),
    Act(
        "give more time",
        "extensions.decision",
        _deciding(verdict="grant", day=WITHIN.isoformat()),
        {
            "more time asked": to("returned", *TOWN, *CITY),
            "much more time asked": to("returned", *CITY),
        },
        ("more_time_given",),
        _of_request,
    ),
    Act(
        "refuse more time",
        "extensions.decision",
        _deciding(verdict="refuse", answer="No."),
        {
            "more time asked": to("returned", *TOWN, *CITY),
            "much more time asked": to("returned", *CITY),
        },
        ("more_time_refused",),
        _of_request,
    ),
    Act(
        "take a request for more time back",
        "extensions.withdraw",
        _deciding(),
        in_each(ASKED, "returned", "liaison"),
        ("more_time_withdrawn",),
        _of_request,
    ),
    Act(
        "take a photo away",
        "evidence.remove",
        lambda world: {"enrolment": village(world).id, "key": world.key},
        {"photos ready": to("open", *PROVERS)},
        ("detached",),
        _piece,
        stale=None,
    ),
    Act(
        "erase a photo",
        "evidence.erase",
        lambda _world: {"why": "face"},
        {
            "photos ready": to("open", "liaison", *TOWN, *CITY),
            "sent with photos": to(
                *("open", "liaison", *TOWN, *CITY), tells=("erased", "erased", "opened_again")
            ),
        },
        ("erased", "erased"),
        _piece,
        stale=None,
    ),
)

ITEM = Subject("item", lambda _world: None, STATES, _stands, ACTS)
