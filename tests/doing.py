"""What the people of the cast do, without pages: prove, send, decide, examine, name."""

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaigns import campaign as campaigns
from campaigns import clock, jurisdictions, register, review, standards, titles
from campaigns.campaign import Campaign, Slot, setup
from campaigns.database import db
from campaigns.enrolment import extensions, participation, records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.evidence.intake import ProofKind, Taken
from campaigns.evidence.records import Evidence
from campaigns.history import Event
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Verdict, assignments
from campaigns.standards import EvidenceKind, Operator
from campaigns.text import Bilingual
from campaigns.titles import Title
from campaigns.units import Kind, Unit
from tests.cast import NOW, TIANGONG, YEAR, Cast

EVERYWHERE = Scope((interval("/51/"),))
_names = itertools.count(1)


def enrolment(cast: Cast, unit: str = "village", standard: str = "drug-free-village") -> Enrolment:
    """The enrolment of a unit of the cast."""
    return records.find(cast.enrolment(unit, standard), EVERYWHERE)


def slot(found: Enrolment, key: str) -> Slot:
    """One of its items to be."""
    return campaigns.slot(found.campaign, key)


def taken(content: bytes, thumbnail: bytes) -> Taken:
    """What intake might have made of a photo."""
    name = hashlib.sha256(content).hexdigest()
    return Taken(ProofKind.PHOTO, "image/jpeg", content, thumbnail, 4, 3, None, name, len(content))


def picture(unit_id: int, uploader_id: int) -> Evidence:
    """The row of a picture; where no file is looked at, none is needed."""
    name = f"{next(_names):064x}"
    made = Evidence(
        unit_id=unit_id,
        uploader_id=uploader_id,
        client_key=name,
        kind=ProofKind.PHOTO,
        media_type="image/jpeg",
        sent_sha256=name,
        sent_size=1,
        stored_sha256=name,
        size=1,
        width=1,
        height=1,
        captured_at=None,
        sent_at=NOW,
        removed_at=None,
    )
    db.session.add(made)
    db.session.flush()
    return made


def good(found: Enrolment, wanted: Slot, by: int) -> Answer:
    """An answer that meets the criterion, with its proof."""
    criterion = wanted.criterion
    if criterion.evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}:
        made = [picture(found.unit_id, by).id for _ in range(wanted.pieces)]
        return Answer(evidence=tuple(made))
    if criterion.evidence is EvidenceKind.NUMBER:
        few = criterion.operator in {Operator.EQUAL, Operator.AT_MOST}
        return Answer(value=0 if few else (criterion.threshold or 0))
    if criterion.evidence is EvidenceKind.RATIO:
        return Answer(numerator=10, denominator=10)
    return Answer(declared=True)


def version_of(found: Enrolment, key: str) -> int:
    """The version that a page of the item would carry."""
    item = records.item(found, key)
    return 1 if item is None else item.row_version


def send(
    cast: Cast, found: Enrolment, key: str, answer: Answer | None = None, by: str = "liaison"
) -> Item:
    """Sends an item; with a good answer unless another is given."""
    person, wanted = cast.people[by], slot(found, key)
    answer = answer or good(found, wanted, person)
    return transitions.submit(found, wanted, answer, version_of(found, key), by=person)


def approve(cast: Cast, found: Enrolment, item: Item, by: str = "reviewer") -> Item:
    """A reviewer finds it true."""
    review.decide(found, item, Verdict(True), item.row_version, by=cast.people[by])
    return item


def give_back(cast: Cast, found: Enrolment, item: Item, by: str = "reviewer") -> Item:
    """A reviewer returns it."""
    review.decide(found, item, Verdict(False, "unclear"), item.row_version, by=cast.people[by])
    return item


def finish(cast: Cast, found: Enrolment, **instead: Answer) -> None:
    """Sends and approves every item that is not approved, some with an answer ``instead``.

    Keys are written ``k1_3`` for ``1.3``. All periods must have begun.
    """
    given = {name[1:].replace("_", "."): answer for name, answer in instead.items()}
    for each in campaigns.slots(found.campaign):
        item = records.item(found, each.key)
        if item is None or item.state is not ItemState.APPROVED:
            approve(cast, found, send(cast, found, each.key, given.get(each.key)))


def pass_town(cast: Cast, found: Enrolment, **instead: Answer) -> None:
    """The whole checklist, and the town's check."""
    finish(cast, found, **instead)
    transitions.examine(found, found.row_version, by=cast.people["reviewer"])


def name(cast: Cast, found: Enrolment, document: str = "阆委办〔2026〕1号") -> Title:
    """The city office names the unit."""
    return titles.name(found, found.row_version, document, by=cast.people["office"])


def entitle(cast: Cast, unit: str) -> int:
    """A title held since an earlier year; gives its id."""
    version = standards.versions_of("peace-village")[0]
    found = db.session.get_one(Unit, cast.units[unit], options=[joinedload(Unit.place)])
    made = titles.grant(
        found,
        version,
        place_id=found.jurisdiction_id,
        town_id=found.place.town_id,
        number=1,
        serial=titles.new_serial(2025, found.id),
        document_number="1",
        valid_from=date(2025, 12, 1),
        enrolment_id=None,
        by=None,
    )
    return made.id


def begun(cast: Cast, slug: str = "safe-market") -> Campaign:
    """A campaign of which the city office has done the first step, over the whole city."""
    return setup.begin(
        standards.versions_of(slug)[0],
        [jurisdictions.find("511381", EVERYWHERE)],
        Bilingual("示范活动", "A campaign"),
        by=cast.people["office"],
    )


def newcomers(cast: Cast, number: int) -> list[Enrolment]:
    """So many villages more, entered in the town itself and enrolled in the running campaign."""
    town = jurisdictions.find(TIANGONG, EVERYWHERE)
    made = [
        Unit(
            code=f"V{each}",
            name_zh=f"示范村{each}",
            name_en=f"Demonstration village {each}",
            kind=Kind.VILLAGE,
            households=10,
            households_on=YEAR[0],
            valid_from=YEAR[0],
        )
        for each in range(number)
    ]
    register.enter([(each, town) for each in made])
    campaign = enrolment(cast).campaign
    participation.enrol_newcomers(campaign, by=cast.people["office"])
    query = sa.select(Enrolment.id).where(
        Enrolment.campaign_id == campaign.id, Enrolment.unit_id.in_([each.id for each in made])
    )
    return list(titles.chosen(db.session.scalars(query).all(), EVERYWHERE))


def wish(cast: Cast, unit: str, by: str) -> int:
    """A unit asks for more time, beyond its campaign's end; gives the id of the request."""
    found = enrolment(cast, unit)
    wanted, day = slot(found, "2.3"), date(2027, 1, 10)
    version = version_of(found, wanted.key)
    return extensions.ask(found, wanted, version, day, "why", by=cast.people[by]).id


def handed_over(cast: Cast) -> int:
    """A reviewer hands her queue to the other one of her town, today; gives the id of it."""
    people, town = cast.people, cast.places[TIANGONG]
    to, by = people["second_reviewer"], people["reviewer"]
    return assignments.hand_over(town, None, to, clock.today(), clock.today(), by=by).id


def events(subject: str, subject_id: int) -> list[str]:
    """The verbs of what happened to something, oldest first."""
    query = sa.select(Event.verb).where(Event.subject == subject, Event.subject_id == subject_id)
    return list(db.session.scalars(query.order_by(Event.id)))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects what is sent to the database inside, in a transaction that has begun."""
    db.session.connection()
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
