"""The register kept the plain way: for each unit, day by day, where it is and how many households
it answers for. Slow, and hard to get wrong."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from campaigns.units import HOUSEHOLD_KINDS, Kind

DAY = timedelta(days=1)


@dataclass
class Page:
    """One unit: its place and its households on each day of the diary, none when it is not there;
    the days on which households were counted, and its titles as number, first and last day."""

    kind: Kind
    place: dict[date, str | None]
    households: dict[date, int]
    counted: set[date] = field(default_factory=set)
    titles: list[tuple[str, int, date, date]] = field(default_factory=list)
    exempt: list[tuple[str, date, date]] = field(default_factory=list)


@dataclass
class Diary:
    """Every unit from the first day to the last."""

    first: date
    last: date
    pages: dict[str, Page] = field(default_factory=dict)

    def days(self, since: date | None = None, until: date | None = None) -> list[date]:
        """The days of the diary from one on, up to another."""
        first, last = max(self.first, since or self.first), min(self.last, until or self.last)
        return [first + n * DAY for n in range((last - first).days + 1)]

    def enter(
        self, name: str, kind: Kind, place: str, households: int, since: date, counted: date | None
    ) -> None:
        """A unit begins."""
        self.pages[name] = Page(
            kind,
            {day: place if day >= since else None for day in self.days()},
            dict.fromkeys(self.days(), households),
            {counted} if counted else set(),
        )

    def close(self, name: str, day: date) -> None:
        """A unit is not there from a day on."""
        for each in self.days(day):
            self.pages[name].place[each] = None

    def move(self, name: str, place: str, day: date) -> None:
        """A unit is somewhere else from a day on, as long as it is there at all."""
        for each in self.days(day):
            if self.pages[name].place[each] is not None:
                self.pages[name].place[each] = place

    def begin_earlier(self, name: str, day: date, before: date) -> None:
        """A unit was where it began, from an earlier day on."""
        page = self.pages[name]
        for each in self.days(day, before - DAY):
            page.place[each] = page.place[before]
            page.households[each] = page.households[before]

    def count(self, name: str, number: int, day: date) -> None:
        """A number of households holds until the next count."""
        page = self.pages[name]
        following = min((each for each in page.counted if each > day), default=self.last + DAY)
        for each in self.days(day, following - DAY):
            page.households[each] = number
        page.counted.add(day)

    def sitting(self, town: str, day: date) -> list[Page]:
        """The units that are in a town on a day."""
        return [
            page for page in self.pages.values() if (page.place.get(day) or "").startswith(town)
        ]

    def units(self, town: str, kinds: frozenset[Kind], standard: str, day: date) -> tuple[int, int]:
        """Units of some kinds in a town with a valid title, and all of them but the exempt."""
        found = [p for p in self.sitting(town, day) if p.kind in kinds]
        return (
            sum(any(_valid(t, standard, day) for t in p.titles) for p in found),
            sum(not _exempt(p, standard, day) for p in found),
        )

    def of_households(self, town: str, standard: str, day: date) -> tuple[int, int]:
        """Households with a valid title, and all of them but the exempt."""
        found = [p for p in self.sitting(town, day) if p.kind in HOUSEHOLD_KINDS]
        due = sum(p.households[day] for p in found if not _exempt(p, standard, day))
        named = sum(t[1] for p in found for t in p.titles if _valid(t, standard, day))
        return min(named, due), due


def _valid(title: tuple[str, int, date, date], standard: str, day: date) -> bool:
    return title[0] == standard and title[2] <= day <= title[3]


def _exempt(page: Page, standard: str, day: date) -> bool:
    return any(slug == standard and first <= day <= last for slug, first, last in page.exempt)
