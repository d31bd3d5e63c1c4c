"""Whatever happens to units in whatever order, boards say of any day what a plain diary says."""

from datetime import date, timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from campaigns import coverage, register, standards, titles, units
from campaigns.coverage import Figure
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.errors import Refused, Stale
from campaigns.jurisdictions import find
from campaigns.register import changes, exemptions
from campaigns.register.changing import Changing
from campaigns.units import Kind, Unit
from tests.cast import NOW, QIAOLOU, TIANGONG, YEAR, Cast
from tests.diary import Diary
from tests.doing import EVERYWHERE, enrolment

TODAY = NOW.date()
DAY = timedelta(days=1)
FIRST = TODAY - timedelta(days=400)
NAMES = ("village", "neighbour", "far village", "school", "other school", "far school")
STANDARDS = {Kind.SCHOOL: "safe-school"}
MOVES = st.tuples(
    st.sampled_from(
        (
            *("close", "move", "move", "count", "count", "count", "earlier", "merge", "split"),
            *("title", "exempt", "lift"),
        )
    ),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(0, 390).map(lambda back: TODAY - timedelta(days=back)),
    st.integers(0, 200),
)


def begun(cast: Cast) -> Diary:
    """The diary of the cast, before anything happens."""
    diary = Diary(FIRST, TODAY)
    for code, place in cast.places.items():
        for unit in units.at(place):
            counted = YEAR[0] if unit.households else None
            diary.enter(unit.code, unit.kind, code, unit.households or 0, FIRST, counted)
    return diary


@given(moves=st.lists(MOVES, max_size=14))
@example([("count", "village", "village", date(2025, 10, 1), 50)])
@example([("move", "village", "far village", TODAY, 1), ("close", "village", "village", TODAY, 0)])
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_boards_say_of_any_day_what_a_plain_diary_says(
    cast: Cast, moves: list[tuple[str, str, str, date, int]]
) -> None:
    db.session.rollback()
    diary = begun(cast)
    for turn, move in enumerate(moves):
        inner = db.session.begin_nested()
        try:
            play(cast, diary, turn, *move)
        except (Refused, Stale):
            inner.rollback()
            db.session.expire_all()
        else:
            inner.commit()
    assert [*recount.check(), *titles.check(), *register.check()] == []
    days = {TODAY, FIRST, FIRST + 200 * DAY, *(move[3] for move in moves)}
    for day in {each + shift for each in days for shift in (-DAY, timedelta(), DAY)}:
        if FIRST <= day <= TODAY:
            compare(diary, day)
    db.session.rollback()


def compare(diary: Diary, day: date) -> None:
    """The boards of both towns against the diary, on one day."""
    for town in (TIANGONG, QIAOLOU):
        board = coverage.board(find(town, EVERYWHERE), day, [])
        for version in standards.current():
            slug = version.standard.slug
            share = board.total.by_standard[version.standard_id]
            if slug == "safe-school":
                told = diary.units(town, frozenset({Kind.SCHOOL}), slug, day)
            elif slug == "tech-household":
                told = diary.of_households(town, slug, day)
            else:
                continue
            assert share == Figure(min(told), told[1]), (town, slug, day)


def load(unit_id: int) -> Unit:
    return changes.load([unit_id])[unit_id]


def play(
    cast: Cast, diary: Diary, turn: int, move: str, name: str, other: str, day: date, number: int
) -> None:
    """Does one thing to the register, and then writes it into the diary."""
    unit, there = load(cast.units[name]), load(cast.units[other])
    slug = STANDARDS.get(unit.kind, "tech-household")
    page = diary.pages[unit.code]
    if move == "close":
        changes.close(unit, day, "拆", by=None)
        diary.close(unit.code, day)
        end_titles(diary, unit.code, day)
    elif move == "move":
        changes.move(unit, there.place, day, by=None)
        diary.move(unit.code, there.place.code, day)
    elif move == "count":
        changes.count_households(unit, number, day, by=None)
        diary.count(unit.code, number, day)
    elif move == "earlier":
        earlier(diary, turn, unit, day)
    elif move == "merge":
        merge(diary, unit, there, day, number)
    elif move == "split":
        households = number % 40 if unit.households else None
        made = Unit(code=f"P{turn}", name_zh="新", name_en="New", households=households)
        changes.split_off(unit, made, there.place, day, by=None)
        if households:
            diary.count(unit.code, page.households[day] - households, day)
        counted = day if households else None
        diary.enter(made.code, unit.kind, there.place.code, households or 0, day, counted)
    elif move == "title":
        title(diary, turn, unit, day, number, slug)
    else:
        found = enrolment(cast, name, slug)
        if move == "exempt":
            made_of = exemptions.grant(found, found.row_version, "停", by=None)
            page.exempt.append((slug, made_of.valid_from, made_of.valid_to or TODAY))
        else:
            exemptions.lift(found, found.row_version, by=None)
            page.exempt.clear()


def earlier(diary: Diary, turn: int, unit: Unit, day: date) -> None:
    """A unit that was entered today was there before."""
    made = Unit(code=f"E{turn}", name_zh="早", name_en="Early", kind=Kind.SCHOOL, valid_from=TODAY)
    changes.enter(made, unit.place, by=None)
    changing = Changing([load(made.id)], by=None)
    changing.begin_earlier(load(made.id), day)
    changing.write()
    diary.enter(made.code, Kind.SCHOOL, unit.place.code, 0, TODAY, None)
    diary.begin_earlier(made.code, day, TODAY)


def merge(diary: Diary, unit: Unit, into: Unit, day: date, number: int) -> None:
    """One takes over the other, sometimes with everything in its place."""
    place, target = unit.place, into.place
    together = sum(diary.pages[each.code].households[day] for each in (unit, into))
    along = [each.code for each in units.at(place.id) if each.id != unit.id]
    with_place = number % 2 == 1
    changes.merge(unit, into, day, households=None, with_place=with_place, by=None)
    diary.close(unit.code, day)
    end_titles(diary, unit.code, day)
    if together:
        diary.count(into.code, together, day)
    if with_place:
        for code in along:
            diary.move(code, target.code, day)


def end_titles(diary: Diary, code: str, day: date) -> None:
    page = diary.pages[code]
    page.titles = [(s, n, first, min(last, day - DAY)) for s, n, first, last in page.titles]


def title(diary: Diary, turn: int, unit: Unit, day: date, number: int, slug: str) -> None:
    """A title of earlier days, where the unit holds none yet."""
    if diary.pages[unit.code].titles:
        return
    version = next(v for v in standards.current() if v.standard.slug == slug)
    count = 1 if slug == "safe-school" else number + 1
    made = titles.grant(
        unit,
        version,
        place_id=unit.jurisdiction_id,
        town_id=unit.place.town_id,
        number=count,
        serial=f"t{turn}-{unit.id}",
        document_number="旧文",
        valid_from=day,
        enrolment_id=None,
        by=None,
    )
    diary.pages[unit.code].titles.append((slug, count, day, made.valid_to))
