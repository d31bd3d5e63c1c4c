"""One small world for every test: two towns of Langzhong, a few units, and one person per role.

``build`` writes it into the database at hand; ids and names are then found in the ``Cast``.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from campaigns import campaign as campaigns
from campaigns import jurisdictions, people, register, standards
from campaigns.campaign import Step
from campaigns.enrolment import participation, records
from campaigns.people import Department, Role
from campaigns.standards import catalogue
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit

#: The day on which every test plays: Wednesday 16 September 2026, ten in the morning in China.
NOW = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
PASSWORD = "a long enough password"

TIANGONG, QIAOLOU = "511381128", "511381212"


@dataclass
class Cast:
    """The ids of the world: units by name, campaigns by standard, people by user name."""

    units: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    enrolments: dict[tuple[str, str], int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def enrolment(self, unit: str, standard: str) -> int:
        """The id of a unit's enrolment in the campaign of a standard."""
        return self.enrolments[unit, standard]


def build() -> Cast:
    """The world: towns Tiangong and its neighbour Qiaolou, each with its villages."""
    cast = Cast()
    towns = (TIANGONG, QIAOLOU)
    rows = [
        row
        for row in jurisdictions.read(jurisdictions.LANGZHONG)
        if len(row.code) < 9 or row.code.startswith(towns)
    ]
    jurisdictions.add_all(rows, jurisdictions.LANGZHONG_FROM)
    catalogue.publish()
    everywhere = jurisdictions.Scope((jurisdictions.interval("/51/"),))
    places = {row.code: jurisdictions.find(row.code, everywhere) for row in rows}
    cast.places = {code: place.id for code, place in places.items()}
    units = _units(places)
    register.enter([(unit, places[code]) for unit, code in units])
    names = {unit.code: unit for unit, _ in units}
    first, second, far = _villages(places)
    chosen = {
        "village": names[f"U{first}"],
        "neighbour": names[f"U{second}"],
        "far village": names[f"U{far}"],
        "school": names["S1"],
        "other school": names["S2"],
        "far school": names["S3"],
        "hospital": names["H1"],
    }
    cast.units = {name: unit.id for name, unit in chosen.items()}
    _campaigns(cast, places, chosen)
    _people(cast, places, chosen)
    return cast


def _villages(places: dict[str, jurisdictions.Jurisdiction]) -> tuple[str, str, str]:
    inside = [code for code in places if len(code) == 12 and code.startswith(TIANGONG)]
    outside = [code for code in places if len(code) == 12 and code.startswith(QIAOLOU)]
    return inside[0], inside[1], outside[0]


def _units(places: dict[str, jurisdictions.Jurisdiction]) -> list[tuple[Unit, str]]:
    def unit(code: str, name: Bilingual, kind: Kind, households: int | None = None) -> Unit:
        return Unit(
            code=code,
            name_zh=name.zh,
            name_en=name.en,
            kind=kind,
            households=households,
            households_on=YEAR[0] if households else None,
            valid_from=date(2023, 6, 30),
        )

    made = [
        (unit(f"U{code}", place.name, Kind(place.level.value), 100), code)
        for code, place in places.items()
        if place.level in jurisdictions.VILLAGE_LEVELS
    ]
    first, second, far = _villages(places)
    for number, code in enumerate((first, second, far), start=1):
        name = Bilingual(f"示范第{number}小学", f"Demonstration school {number}")
        made.append((unit(f"S{number}", name, Kind.SCHOOL), code))
    hospital = Bilingual("示范卫生院", "Demonstration hospital")
    made.append((unit("H1", hospital, Kind.HOSPITAL), first))
    return made


def _campaigns(
    cast: Cast, places: dict[str, jurisdictions.Jurisdiction], chosen: dict[str, Unit]
) -> None:
    slugs = {version.standard.slug: version for version in standards.current()}
    for slug in ("drug-free-village", "safe-school", "safe-hospital", "tech-household"):
        version = slugs[slug]
        name = version.standard.name
        campaign = campaigns.draft(
            version,
            places["511381"],
            Bilingual(f"{name.zh} 2026", f"{name.en} 2026"),
            opens_on=YEAR[0],
            due_on=YEAR[1],
            steps=[Step.TOWN],
            approval=("阆委办〔2026〕0号", "Demonstration body", YEAR[1]),
            by=None,
        )
        participation.open_campaign(campaign, by=None)
        cast.campaigns[slug] = campaign.id
        for unit_name, unit in chosen.items():
            found = records.id_of(campaign.id, unit.id)
            if found is not None:
                cast.enrolments[unit_name, slug] = found


def _people(
    cast: Cast, places: dict[str, jurisdictions.Jurisdiction], chosen: dict[str, Unit]
) -> None:
    def person(username: str, role: Role, **where: object) -> None:
        made = people.add(username, Bilingual(username, username), PASSWORD)
        people.grant(made, role, valid_from=YEAR[0], **where)  # type: ignore[arg-type]
        cast.people[username] = made.id

    town, next_town, city = places[TIANGONG], places[QIAOLOU], places["511381"]
    person("liaison", Role.LIAISON, unit=chosen["village"])
    person("neighbour", Role.LIAISON, unit=chosen["neighbour"])
    person("school_liaison", Role.LIAISON, unit=chosen["school"])
    person("far_liaison", Role.LIAISON, unit=chosen["far village"])
    person("reviewer", Role.REVIEWER, place=town)
    person("second_reviewer", Role.REVIEWER, place=town)
    person("far_reviewer", Role.REVIEWER, place=next_town)
    person("police", Role.CONFIRMER, place=city, department=Department.POLICE)
    person("acceptor", Role.ACCEPTOR, place=city)
    person("office", Role.OFFICE, place=city)
    person("signer", Role.SIGNER, place=town)
    person("inspector", Role.INSPECTOR, place=city)
    person("town_leader", Role.LEADER, place=town)
    person("leader", Role.LEADER, place=city)
    person("auditor", Role.AUDITOR, place=city)
    person("admin", Role.ADMIN, place=places["51"])
