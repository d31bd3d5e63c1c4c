"""The states of an item, and how each is reached."""

from datetime import date, timedelta

from campaigns import campaign as campaigns
from campaigns.enrolment import extensions, records, transitions
from campaigns.enrolment.extensions import ExtensionRequest
from campaigns.enrolment.records import Enrolment, Item
from campaigns.register import exemptions
from campaigns.review import disputes, site_notes
from campaigns.review.site_notes import Seen, SiteNote
from tests import doing, earlier
from tests.doing import approve, enrolment, give_back, picture, send, slot, version_of
from tests.transitions import TODAY, State, World, after, last

#: A number that the town decides, one that the police confirm, and photos.
NUMBER, CONFIRMED, PHOTOS = "1.3", "4.2", "2.2"
WITHIN, BEYOND = TODAY + timedelta(days=18), date(2027, 1, 10)


def village(world: World) -> Enrolment:
    """The enrolment that the item is of."""
    return enrolment(world.cast)


def stored(world: World) -> Item | None:
    """Its row, if it was ever touched."""
    return records.item(village(world), world.key)


def _there(world: World) -> Item:
    found = stored(world)
    assert found
    return found


def submitted(world: World, by: str = "liaison") -> None:
    """The unit has sent it."""
    with world.earlier(hours=2):
        send(world.cast, village(world), world.key, by=by)


def _by_the_town(world: World) -> None:
    submitted(world, by="reviewer")


def approved(world: World, **ago: float) -> None:
    """The reviewer found it true; an hour ago, unless it was later."""
    submitted(world)
    with world.earlier(**(ago or {"hours": 1})):
        approve(world.cast, village(world), _there(world))


def _approved_now(world: World) -> None:
    """So lately that it can be undone."""
    approved(world, minutes=1)


def returned(world: World, **ago: float) -> None:
    """The reviewer returned it."""
    submitted(world)
    with world.earlier(**(ago or {"hours": 1})):
        give_back(world.cast, village(world), _there(world))


def disputed(world: World) -> None:
    """The unit holds the return for wrong."""
    returned(world)
    found, item = village(world), _there(world)
    with world.earlier(minutes=30):
        by = world.cast.people["liaison"]
        disputes.dispute(found, item, "It is not so.", item.row_version, by=by)


def _upheld(world: World) -> None:
    disputed(world)
    found, item, by = village(world), _there(world), world.cast.people["second_reviewer"]
    version = item.row_version
    disputes.settle(found, item, upheld=True, answer="It is so.", version=version, by=by)


def _noted(world: World) -> None:
    submitted(world)
    by = world.cast.people["inspector"]
    site_notes.note(village(world), _there(world), TODAY, Seen.PARTLY, "Half of it.", by=by)


def _note_removed(world: World) -> None:
    _noted(world)
    note = last(SiteNote)
    assert note
    by = world.cast.people["office"]
    site_notes.remove(village(world), _there(world), note, "A name in it.", by=by)


def _asked(world: World, day: date = WITHIN) -> ExtensionRequest:
    returned(world)
    found = village(world)
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
        send(world.cast, village(world), world.key)


def _close(world: World) -> None:
    campaign = campaigns.lock(village(world).campaign_id)
    campaigns.close(campaign, campaign.row_version, by=world.cast.people["office"])


def _left(world: World) -> None:
    submitted(world)
    found = village(world)
    exemptions.grant(found, found.row_version, "It is no more.", by=world.cast.people["office"])


def _ready(world: World) -> None:
    """Its photos lie beside it, and are not sent."""
    found = village(world)
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
    "approved just now": State(_approved_now, NUMBER),
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
    "sent, then the campaign closed": after(submitted, _close, key=NUMBER),
    "approved, then the campaign closed": after(
        lambda world: approved(world, minutes=1), _close, key=NUMBER
    ),
    "disputed, then the campaign closed": after(disputed, _close, key=NUMBER),
    "more time asked, then the campaign closed": after(_asked, _close, key=NUMBER),
    "sent, then the unit left": State(_left, NUMBER),
}
#: Nothing of it can be changed any more.
OVER = {
    *("sent, then the campaign closed", "approved, then the campaign closed"),
    *("disputed, then the campaign closed", "more time asked, then the campaign closed"),
    "sent, then the unit left",
}
#: More time is asked for.
ASKED = ("more time asked", "much more time asked")
#: Returned, and the unit knows.
BACK = (
    *("returned", "disputed", "return upheld"),
    *(*ASKED, "more time given", "more time refused"),
)
#: The unit may send it.
UNSENT = ("open", "photos ready", "proved last year", *BACK)
#: Sent by the unit for its town to decide.
FOR_THE_TOWN = (
    *("sent", "sent with photos", "seen on the spot", "note removed"),
    "mended while more time is asked",
)
