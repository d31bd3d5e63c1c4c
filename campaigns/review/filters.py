"""What a reviewer wants to see of the queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaigns import settings
from campaigns.campaign import Campaign
from campaigns.enrolment.records import Item
from campaigns.review import Decision, undoing
from campaigns.standards import Criterion
from campaigns.units import Unit

#: Ages to choose from, in days waited; the last is past the reviewer's deadline.
AGES = (3, 7, settings.REVIEW_DAYS)


@dataclass(frozen=True, slots=True)
class Filter:
    """A part of the queue: one campaign, units whose name holds some letters, the criteria of one
    code, what has waited so many days, what was returned before."""

    campaign: int | None = None
    unit: str = ""
    criterion: str = ""
    age: int | None = None
    returned: bool = False

    def conditions(self, now: datetime) -> list[sa.ColumnElement[bool]]:
        """The conditions on the query of ``review.waiting``."""
        found: list[sa.ColumnElement[bool]] = []
        if self.campaign is not None:
            found.append(Campaign.id == self.campaign)
        if self.unit:
            names = (Unit.name_zh, Unit.name_en)
            found.append(sa.or_(*(each.icontains(self.unit, autoescape=True) for each in names)))
        if self.criterion:
            found.append(Criterion.code == self.criterion)
        if self.age is not None:
            found.append(Item.submitted_at <= now - timedelta(days=self.age))
        if self.returned:
            before = sa.select(sa.literal(1)).select_from(Decision)
            here = Decision.item_id == Item.id
            found.append(
                before.where(here, Decision.approved.is_(False), undoing.stands()).exists()
            )
        return found
