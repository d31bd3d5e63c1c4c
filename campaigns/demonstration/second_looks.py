"""Second looks at invented units: a return that is disputed, and a note from the spot."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from campaigns import clock
from campaigns.database import db
from campaigns.demonstration.accounts import Account
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment, Item, ItemState
from campaigns.people import Role
from campaigns.review import disputes, site_notes
from campaigns.review.site_notes import Seen
from campaigns.units import HOUSEHOLD_KINDS, Unit


def write(accounts: Sequence[Account], spared: Collection[str]) -> None:
    """The liaison of an invented unit disputes a return, where one can be; the inspector notes what
    was seen at another item. Items at the ``spared`` addresses are left to visitors."""
    inspector = next(each.person_id for each in accounts if each.role is Role.INSPECTOR)
    liaisons = {each.unit_id: each.person_id for each in accounts if each.unit_id}
    for item, enrolment in _items(liaisons, ItemState.RETURNED):
        address = f"/enrolments/{enrolment.id}/items/{item.key}"
        by = liaisons[enrolment.unit_id]
        if address not in spared and disputes.may_raise(enrolment, item, by=by):
            why = "原图上能看清，请再看一次（虚构）"
            disputes.dispute(enrolment, item, why, item.row_version, by=by)
            break
    for item, enrolment in _items(liaisons, ItemState.SUBMITTED)[:1]:
        seen = "到过现场，和照片一致（虚构）"
        site_notes.note(enrolment, item, clock.today(), Seen.CLAIMED, seen, by=inspector)


def _items(liaisons: Collection[int | None], state: ItemState) -> list[tuple[Item, Enrolment]]:
    """The items of invented units in this state, with their enrolments."""
    own = (
        sa.select(Item)
        .join(Enrolment, Enrolment.id == Item.enrolment_id)
        .join(Unit, Unit.id == Enrolment.unit_id)
        .where(Item.state == state, Unit.id.in_(liaisons), Unit.kind.not_in(HOUSEHOLD_KINDS))
        .order_by(Item.id)
    )
    items = db.session.scalars(own).all()
    ids = {each.enrolment_id for each in items}
    query = records.enrolments().where(Enrolment.id.in_(ids))
    enrolments = {each.id: each for each in db.session.scalars(query)}
    return [
        (each, enrolments[each.enrolment_id]) for each in items if each.enrolment_id in enrolments
    ]
