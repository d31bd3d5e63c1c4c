"""The register of the demonstration: real villages with invented households, fictional others."""

import random
from datetime import date

from campaigns import jurisdictions, register
from campaigns.jurisdictions import TOWN_LEVELS, VILLAGE_LEVELS, Jurisdiction, Scope, interval
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit

EVERYWHERE = Scope((interval("/51/"),))
#: Everything in the register from the day of the list of divisions on.
SINCE = jurisdictions.LANGZHONG_FROM

#: How many fictional units of a kind a town has: least and most.
_FICTIONAL: dict[Kind, tuple[Bilingual, int, int]] = {
    Kind.SCHOOL: (Bilingual("示范第%d学校（虚构）", "Demonstration school %d (fictional)"), 2, 4),
    Kind.HOSPITAL: (
        Bilingual("示范第%d卫生院（虚构）", "Demonstration hospital %d (fictional)"),
        1,
        2,
    ),
    Kind.MARKET: (Bilingual("示范第%d市场（虚构）", "Demonstration market %d (fictional)"), 1, 2),
    Kind.ENTERPRISE: (
        Bilingual("示范第%d企业（虚构）", "Demonstration company %d (fictional)"),
        1,
        3,
    ),
    Kind.PUBLIC_PLACE: (
        Bilingual("示范第%d场所（虚构）", "Demonstration place %d (fictional)"),
        1,
        2,
    ),
    Kind.ROAD_SECTION: (
        Bilingual("示范第%d路段（虚构）", "Demonstration road %d (fictional)"),
        0,
        1,
    ),
}


def build(chance: random.Random, year: int) -> list[tuple[Unit, Jurisdiction]]:
    """Every village and community as a unit, each town as one, and fictional units in all towns.

    Household numbers are invented: 120 to 900, as of 1 January of ``year``.
    """
    rows = jurisdictions.read(jurisdictions.LANGZHONG)
    jurisdictions.add_all(rows, SINCE)
    city = jurisdictions.find("511381", EVERYWHERE)
    villages = jurisdictions.within(city, VILLAGE_LEVELS)
    found = [_village(place, chance.randint(120, 900), year) for place in villages]
    numbers = dict.fromkeys(_FICTIONAL, 0)
    for town in jurisdictions.within(city, TOWN_LEVELS):
        found.append((_unit(f"T{town.code}", town.name, Kind.TOWN), town))
        inside = [place for place in villages if place.town_id == town.id]
        for kind, (name, least, most) in _FICTIONAL.items():
            for _ in range(chance.randint(least, most)):
                numbers[kind] += 1
                number = numbers[kind]
                own = Bilingual(name.zh % number, name.en % number)
                code = f"{kind.value[0].upper()}{kind.value[1]}{number:05d}"
                found.append((_unit(code, own, kind), chance.choice(inside)))
    register.enter(found)
    return found


def _village(place: Jurisdiction, households: int, year: int) -> tuple[Unit, Jurisdiction]:
    unit = _unit(place.code, place.name, Kind(place.level.value))
    unit.households, unit.households_on = households, date(year, 1, 1)
    return unit, place


def _unit(code: str, name: Bilingual, kind: Kind) -> Unit:
    return Unit(code=code, name_zh=name.zh, name_en=name.en, kind=kind, valid_from=SINCE)
