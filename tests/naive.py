"""The figures of a board, counted the plain way from the base rows: slow, and hard to get wrong."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import clock, standards
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment.records import ANSWERABLE, Enrolment, EnrolmentState, Item, ItemState
from campaigns.jurisdictions import Jurisdiction
from campaigns.standards import Registration, Version
from campaigns.titles import Title
from campaigns.units import HOUSEHOLD_KINDS, Kind, Unit

Share = tuple[int, int]


@dataclass
class World:
    """Every base row, read once."""

    units: list[Unit]
    paths: dict[int, str]
    titles: list[Title]
    enrolments: list[Enrolment]
    approved: dict[int, int]

    @staticmethod
    def read() -> "World":
        """All there is."""
        db.session.flush()
        items = db.session.scalars(sa.select(Item).where(Item.state == ItemState.APPROVED)).all()
        approved: dict[int, int] = {}
        for item in items:
            approved[item.enrolment_id] = approved.get(item.enrolment_id, 0) + 1
        places = {each.id: each.path for each in db.session.scalars(sa.select(Jurisdiction))}
        units = list(db.session.scalars(sa.select(Unit)))
        return World(
            units,
            {each.id: places[each.jurisdiction_id] for each in units},
            list(db.session.scalars(sa.select(Title))),
            list(db.session.scalars(sa.select(Enrolment))),
            approved,
        )

    def registered(self, place: Jurisdiction, kinds: frozenset[Kind], day: date) -> list[Unit]:
        """The units of these kinds at or below a place that are in the register on a day."""
        return [
            unit
            for unit in self.units
            if unit.kind in kinds
            and self.paths[unit.id].startswith(place.path)
            and unit.valid_from <= day
            and (unit.valid_to is None or day <= unit.valid_to)
        ]

    def coverage(self, place: Jurisdiction, version: Version, day: date) -> Share:
        """Units, or households, whose title is valid on the day, of those registered."""
        standard = version.standard
        aggregate = standard.registration is Registration.AGGREGATE
        kinds = HOUSEHOLD_KINDS if aggregate else frozenset(standard.unit_kinds)
        numerator = denominator = 0
        for unit in self.registered(place, kinds, day):
            held = [
                title.number
                for title in self.titles
                if title.unit_id == unit.id
                and title.standard_id == standard.id
                and title.is_valid(day)
            ]
            numerator += max(held, default=0)
            denominator += (unit.households or 0) if aggregate else 1
        return numerator, denominator

    def _chosen(self, place: Jurisdiction, chosen: list[Campaign]) -> list[Enrolment]:
        ids = {each.id for each in chosen}
        return [
            each
            for each in self.enrolments
            if each.campaign_id in ids and self.paths[each.unit_id].startswith(place.path)
        ]

    def _enrolled(self, place: Jurisdiction, chosen: list[Campaign]) -> list[Enrolment]:
        return [
            each for each in self._chosen(place, chosen) if each.state is not EnrolmentState.EXEMPT
        ]

    def participation(self, place: Jurisdiction, chosen: list[Campaign]) -> Share:
        """Units that take part, of those that could."""
        could = sum(
            len(self.registered(place, standards.taking_part(each.version.standard), clock.today()))
            for each in chosen
        )
        return len(self._enrolled(place, chosen)), could

    def progress(self, place: Jurisdiction, chosen: list[Campaign]) -> Share:
        """Approved items of all items."""
        found = self._enrolled(place, chosen)
        items = {each.id: len(campaigns.slots(each)) for each in chosen}
        approved = sum(self.approved.get(each.id, 0) for each in found)
        return approved, sum(items[each.campaign_id] for each in found)

    def stages(self, place: Jurisdiction, chosen: list[Campaign]) -> dict[str, int]:
        """The enrolments by how far they are."""
        found = self._enrolled(place, chosen)

        def number(*states: EnrolmentState) -> int:
            return sum(each.state in states for each in found)

        return {
            "named": number(EnrolmentState.NAMED),
            "accepted": number(EnrolmentState.CITY_PASSED, EnrolmentState.PUBLICISED),
            "town_passed": number(EnrolmentState.TOWN_PASSED),
            "in_progress": sum(each.started and each.state in ANSWERABLE for each in found),
            "not_started": sum(not each.started for each in found),
            "exempt": len(self._chosen(place, chosen)) - len(found),
        }
