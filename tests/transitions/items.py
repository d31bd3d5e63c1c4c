"""Items: sent, decided, disputed, seen on the spot, given more time."""

from datetime import date, timedelta

from campaigns import campaign as campaigns
from campaigns.enrolment import extensions, records, transitions
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.enrolment.records import Enrolment, Item
from campaigns.evidence.records import Evidence
from campaigns.register import exemptions
from campaigns.review import Decision, disputes, site_notes
from campaigns.review.site_notes import Seen, SiteNote
from tests import doing, earlier
from tests.doing import approve, enrolment, give_back, picture, send, slot, version_of
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
    State,
    Subject,
    World,
    id_of,
    in_each,
    last,
    to,
)

#: A number that the town decides, one that the police confirm, and photos.
NUMBER, CONFIRMED, PHOTOS = "1.3", "4.2", "2.2"
WITHIN, BEYOND = TODAY + timedelta(days=18), date(2027, 1, 10)


def _found(world: World) -> Enrolment:
    return enrolment(world.cast)


def _item(world: World) -> Item | None:
    return records.item(_found(world), world.key)


def _there(world: World) -> Item:
    found = _item(world)
    assert found
    return found


def submitted(world: World, by: str = "liaison") -> None:
    """The unit has sent it."""
    with world.earlier(hours=2):
        send(world.cast, _found(world), world.key, by=by)


def _by_the_town(world: World) -> None:
    submitted(world, by="reviewer")


def approved(world: World, **ago: float) -> None:
    """The reviewer found it true; an hour ago, unless it was later."""
    submitted(world)
    with world.earlier(**(ago or {"hours": 1})):
        approve(world.cast, _found(world), _there(world))


def returned(world: World, **ago: float) -> None:
    """The reviewer returned it."""
    submitted(world)
    with world.earlier(**(ago or {"hours": 1})):
        give_back(world.cast, _found(world), _there(world))


def disputed(world: World) -> None:
    """The unit holds the return for wrong."""
    returned(world)
    found, item = _found(world), _there(world)
    with world.earlier(minutes=30):
        by = world.cast.people["liaison"]
        disputes.dispute(found, item, "It is not so.", item.row_version, by=by)


def _upheld(world: World) -> None:
    disputed(world)
    found, item, by = _found(world), _there(world), world.cast.people["second_reviewer"]
    version = item.row_version
    disputes.settle(found, item, upheld=True, answer="It is so.", version=version, by=by)


def _noted(world: World) -> None:
    submitted(world)
    by = world.cast.people["inspector"]
    site_notes.note(_found(world), _there(world), TODAY, Seen.PARTLY, "Half of it.", by=by)


def _note_removed(world: World) -> None:
    _noted(world)
    note = last(SiteNote)
    assert note
    by = world.cast.people["office"]
    site_notes.remove(_found(world), _there(world), note, "A name in it.", by=by)


def _asked(world: World, day: date = WITHIN) -> ExtensionRequest:
    returned(world)
    found = _found(world)
    version = version_of(found, world.key)
    by = world.cast.people["liaison"]
    return extensions.ask(found, slot(found, world.key), version, day, "Rain.", by=by)


def _asked_much(world: World) -> None:
    _asked(world, BEYOND)


def _given(world: World) -> None:
    asked = extensions.find(_asked(world).id, doing.EVERYWHERE)
    by = world.cast.people["reviewer"]
    extensions.grant(asked, asked.row_version, WITHIN, "", by=by, city=False)


def _not_given(world: World) -> None:
    asked = extensions.find(_asked(world).id, doing.EVERYWHERE)
    extensions.refuse(asked, asked.row_version, "No.", by=world.cast.people["reviewer"])


def _mended(world: World) -> None:
    """Sent again while a request for more time waits."""
    _asked(world)
    with world.earlier(minutes=20):
        send(world.cast, _found(world), world.key)


def _close(world: World) -> None:
    campaign = campaigns.lock(_found(world).campaign_id)
    campaigns.close(campaign, campaign.row_version, by=world.cast.people["office"])


def _closed(world: World) -> None:
    submitted(world)
    _close(world)


def _closed_disputed(world: World) -> None:
    disputed(world)
    _close(world)


def _closed_approved(world: World) -> None:
    approved(world, minutes=1)
    _close(world)


def _closed_asked(world: World) -> None:
    _asked(world)
    _close(world)


def _left(world: World) -> None:
    submitted(world)
    found = _found(world)
    exemptions.grant(found, found.row_version, "It is no more.", by=world.cast.people["office"])


def _ready(world: World) -> None:
    """Its photos lie beside it, and are not sent."""
    found = _found(world)
    for _ in range(2):
        piece = picture(found.unit_id, world.cast.people["liaison"])
        transitions.attach(found, slot(found, world.key), piece)


def _offered(world: World) -> None:
    """Last year's answer can be found still true."""
    earlier.last_year(world.cast, world.time, (world.key,))


STATES = {
    "open": State(lambda _world: None, NUMBER),
    "photos ready": State(_ready, PHOTOS),
    "proved last year": State(_offered, NUMBER),
    "sent": State(submitted, NUMBER),
    "sent with photos": State(submitted, PHOTOS),
    "sent to the department": State(submitted, CONFIRMED),
    "sent by the town": State(_by_the_town, NUMBER),
    "seen on the spot": State(_noted, NUMBER),
    "note removed": State(_note_removed, NUMBER),
    "approved just now": State(lambda world: approved(world, minutes=1), NUMBER),
    "approved": State(approved, NUMBER),
    "returned just now": State(lambda world: returned(world, minutes=1), NUMBER),
    "returned": State(returned, NUMBER),
    "disputed": State(disputed, NUMBER),
    "return upheld": State(_upheld, NUMBER),
    "more time asked": State(_asked, NUMBER),
    "much more time asked": State(_asked_much, NUMBER),
    "more time given": State(_given, NUMBER),
    "more time refused": State(_not_given, NUMBER),
    "mended while more time is asked": State(_mended, NUMBER),
    "sent, then the campaign closed": State(_closed, NUMBER),
    "approved, then the campaign closed": State(_closed_approved, NUMBER),
    "disputed, then the campaign closed": State(_closed_disputed, NUMBER),
    "more time asked, then the campaign closed": State(_closed_asked, NUMBER),
    "sent, then the unit left": State(_left, NUMBER),
}
_OVER = {
    *("sent, then the campaign closed", "approved, then the campaign closed"),
    *("disputed, then the campaign closed", "more time asked, then the campaign closed"),
    "sent, then the unit left",
}
_ASKED = ("more time asked", "much more time asked")
#: Returned, and the unit knows.
_BACK = (
    *("returned", "disputed", "return upheld"),
    *(*_ASKED, "more time given", "more time refused"),
)
_UNSENT = ("open", "photos ready", "proved last year", *_BACK)
#: Sent by the unit for its town to decide.
_FOR_THE_TOWN = (
    *("sent", "sent with photos", "seen on the spot", "note removed"),
    "mended while more time is asked",
)


def _stands(world: World) -> str:
    item = _item(world)
    return "open" if item is None else item.state.value


def _path(world: World) -> Sent:
    return {"id": _found(world).id, "key": world.key}


def _of_unit(world: World) -> Sent:
    return {"id": _found(world).id}


def _version(world: World) -> Sent:
    return {"version": world.version(_item(world))}


def _answer(world: World) -> Sent:
    """An answer to whatever it asks, with the photos that lie beside it."""
    item = _item(world)
    proof = [each.id for each in records.attached(item.id)] if item else []
    return {**_version(world), "value": "6", "evidence": proof}


def _with_version(**sent: str) -> Form:
    return lambda world: {**_version(world), **sent}


def _undoing(_world: World) -> Sent:
    return {"decision": id_of(last(Decision))}


def _bulk(world: World) -> Sent:
    item = _item(world)
    seen = f"{id_of(item)}-{world.version(item)}"
    return {"confirm": "yes", "item": id_of(item), "seen": seen}


def _still_true(world: World) -> Sent:
    return {"item": f"{world.key}={world.version(_item(world))}"}


def _note(_world: World) -> Sent:
    return {"visited_on": TODAY.isoformat(), "seen": "otherwise", "seen_text": "All of it."}


def _of_note(world: World) -> Sent:
    return {**_path(world), "number": id_of(last(SiteNote))}


def _asking(world: World) -> Sent:
    return {**_version(world), "wished_on": BEYOND.isoformat(), "reason": "Snow."}


def _deciding(**sent: str) -> Form:
    return lambda world: {"version": world.version(last(ExtensionRequest)), **sent}


def _of_request(_world: World) -> Sent:
    return {"id": id_of(last(ExtensionRequest))}


def _piece(_world: World) -> Sent:
    return {"id": id_of(last(Evidence))}


def _decided(after: str) -> dict[str, Cell]:
    return {
        **in_each(_FOR_THE_TOWN, after, *TOWN, *CITY),
        "sent to the department": to(after, "police", *CITY),
        "sent by the town": to(after, "second_reviewer", *CITY),
    }


_ONLOOKERS = (*TOWN, *CITY, *TEAM, "police", "fire", "inspector")

ACTS = (
    Act(
        "submit",
        "enrolment.submit",
        _answer,
        in_each(_UNSENT, "submitted", *PROVERS),
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
            **in_each((*_FOR_THE_TOWN, "sent to the department"), "open", "liaison"),
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
            **in_each(_FOR_THE_TOWN, "approved", *TOWN, *CITY),
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
        in_each(set(_BACK) - {"disputed", "return upheld"}, "returned", "liaison"),
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
                set(STATES) - {"open", "proved last year", "sent by the town", *_OVER},
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
        in_each(set(_UNSENT) - set(_ASKED), STAYS, *PROVERS),
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
        "take a photo away",
        "evidence.remove",
        lambda world: {"enrolment": _found(world).id, "key": world.key},
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
