"""Imports change the register as their file says, all or nothing, and twice is once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import coverage, hold, register, standards, titles, units
from campaigns.commands.nightly import nightly
from campaigns.coverage import Figure
from campaigns.database import db
from campaigns.enrolment import recount
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, Stale
from campaigns.jurisdictions import Jurisdiction, Scope, find, interval
from campaigns.register import changes, imports, staging
from campaigns.register.imports import divisions, held_titles, register_units
from campaigns.register.staging import ImportRow, ImportRun
from campaigns.tally import RegisterChange
from campaigns.units import Unit
from tests import sheets
from tests.cast import NOW, QIAOLOU, TIANGONG
from tests.conftest import Site
from tests.doing import EVERYWHERE
from tests.visiting import meanwhile

TODAY = NOW.date()
DAY = timedelta(days=1)
UNITS = [column.zh for column in register_units.COLUMNS]
TITLES = [column.zh for column in held_titles.COLUMNS]
PLACES = [column.zh for column in divisions.COLUMNS]


def check(
    site: Site, table: str, head: Sequence[str], rows: sheets.Rows, scope: Scope = EVERYWHERE
) -> int:
    """Has a file checked; gives the number of the run."""
    with site.app.app_context():
        content = sheets.csv([head, *rows])
        return imports.check(table, content, "a.csv", scope, by=site.cast.people["office"])


def apply(site: Site, run_id: int) -> None:
    with site.app.app_context():
        imports.apply(run_id, EVERYWHERE, by=site.cast.people["office"])
    assert differences(site) == []


def differences(site: Site) -> list[str]:
    """What ``flask check`` would say of the counters."""
    with site.app.app_context():
        return [*recount.check(), *titles.check(), *register.check()]


def counts(site: Site, run_id: int) -> dict[str, int]:
    """How many rows do what, those that none does left out."""
    with site.app.app_context():
        found = db.session.get_one(ImportRun, run_id).counts
        return {name: number for name, number in found.items() if number}


def faults(site: Site, run_id: int) -> list[tuple[int, str, str]]:
    """Row, heading and code of everything wrong, and of warnings."""
    with site.app.app_context():
        rows = db.session.scalars(sa.select(ImportRow).where(ImportRow.run_id == run_id))
        return [(row.row, each["column"], each["code"]) for row in rows for each in row.faults]


def unit(site: Site, code: str) -> dict[str, Any]:
    """A unit as it is stored, with the code of its place."""
    with site.app.app_context():
        found = db.session.scalars(sa.select(Unit).where(Unit.code == code)).one()
        place = db.session.get_one(Jurisdiction, found.jurisdiction_id)
        names = ("name_zh", "households", "households_on", "valid_from", "valid_to")
        return {"place": place.code, **{name: getattr(found, name) for name in names}}


def figure(site: Site, place: str, standard: str, on: date = TODAY) -> Figure:
    with site.app.app_context():
        version = next(v for v in standards.current() if v.standard.slug == standard)
        return coverage.board(find(place, EVERYWHERE), on, []).total.coverage([version])


def villages(site: Site) -> list[str]:
    """The codes of the villages of Tiangong."""
    return sorted(
        code for code in site.cast.places if len(code) == 12 and code.startswith(TIANGONG)
    )


def test_units_are_added_changed_moved_and_ended(committing: Site) -> None:
    first, second, *_ = villages(committing)
    far = next(
        code for code in committing.cast.places if code.startswith(QIAOLOU) and code > QIAOLOU
    )
    rows = [
        ["N1", "新村", "", "村", first, "40", "2026-03-01", "2025-05-05", ""],
        [f"U{first}", "改名村", "", "", first, "120", "2026-06-01", "", ""],
        ["S1", "示范第1小学", "Demonstration school 1", "学校", far, "", "", "", ""],
        ["S2", "示范第2小学", "Demonstration school 2", "学校", second, "", "", "", "2026-08-31"],
        ["H1", "示范卫生院", "Demonstration hospital", "医院", first, "", "", "", ""],
    ]
    with committing.app.app_context():
        stored = find(first, EVERYWHERE).level.value
    rows[1][3] = stored
    run = check(committing, "units", UNITS, rows)
    assert faults(committing, run) == []
    assert counts(committing, run) == {"added": 1, "changed": 2, "ended": 1, "unchanged": 1}
    before = figure(committing, TIANGONG, "tech-household", date(2026, 5, 31))
    apply(committing, run)
    assert unit(committing, "N1")["valid_from"] == date(2025, 5, 5)
    assert unit(committing, f"U{first}")["households"] == 120
    assert unit(committing, "S1")["place"] == far
    assert unit(committing, "S2")["valid_to"] == date(2026, 8, 31)
    after = figure(committing, TIANGONG, "tech-household", date(2026, 5, 31))
    assert after.denominator == before.denominator + 40
    assert figure(committing, TIANGONG, "tech-household").denominator == after.denominator + 20
    again = check(committing, "units", UNITS, rows)
    assert counts(committing, again) == {"unchanged": 5}
    apply(committing, again)


def test_households_of_last_year_do_not_touch_those_of_this_year(committing: Site) -> None:
    code = f"U{villages(committing)[0]}"
    with committing.app.app_context():
        level = find(villages(committing)[0], EVERYWHERE).level.value
    now = figure(committing, TIANGONG, "tech-household")
    last_year = [[code, "村", "", level, villages(committing)[0], "80", "2025-01-01", "", ""]]
    run = check(committing, "units", UNITS, last_year)
    apply(committing, run)
    assert unit(committing, code)["households"] == 100
    assert figure(committing, TIANGONG, "tech-household") == now
    then = figure(committing, TIANGONG, "tech-household", date(2025, 7, 1))
    assert then.denominator == now.denominator - 20
    assert figure(committing, TIANGONG, "tech-household", date(2024, 7, 1)) == now
    assert counts(committing, check(committing, "units", UNITS, last_year)) == {"unchanged": 1}


def test_a_unit_may_begin_earlier_than_it_was_entered(committing: Site) -> None:
    place = villages(committing)[0]
    apply(
        committing,
        check(committing, "units", UNITS, [["N1", "新校", "", "学校", place, *[""] * 4]]),
    )
    assert figure(committing, TIANGONG, "safe-school", TODAY - DAY).denominator == 2
    earlier = [["N1", "新校", "", "学校", place, "", "", "2025-01-01", ""]]
    apply(committing, check(committing, "units", UNITS, earlier))
    assert figure(committing, TIANGONG, "safe-school", date(2025, 6, 1)).denominator == 3
    later = [["N1", "新校", "", "学校", place, "", "", "2025-02-01", ""]]
    assert faults(committing, check(committing, "units", UNITS, later)) == [
        (2, "起始日期", "first_day_is_kept")
    ]


def test_titles_of_earlier_years_are_the_coverage_of_their_time(committing: Site) -> None:
    code = f"U{villages(committing)[0]}"
    rows = [
        [code, "drug-free-village", "旧文1", "2024-01-01", "2024-12-31", ""],
        [code, "tech-household", "旧文2", "2025-02-01", "", "60"],
    ]
    run = check(committing, "titles", TITLES, rows)
    assert counts(committing, run) == {"added": 2}
    apply(committing, run)
    assert figure(committing, TIANGONG, "drug-free-village", date(2024, 6, 1)).numerator == 1
    assert figure(committing, TIANGONG, "drug-free-village").numerator == 0
    assert figure(committing, TIANGONG, "tech-household", date(2025, 6, 1)).numerator == 60
    assert counts(committing, check(committing, "titles", TITLES, rows)) == {"unchanged": 2}
    beside = [[code, "drug-free-village", "旧文3", "2024-06-01", "2025-05-31", ""]]
    assert faults(committing, check(committing, "titles", TITLES, beside)) == [
        (2, "起始日期", "title_overlaps")
    ]


def test_divisions_come_in_any_order_and_end_when_nobody_sits_there(committing: Site) -> None:
    rows = [
        ["511381999201", "511381999", "村", "新村", "New village", "2026-01-01", ""],
        ["511381999", "511381", "镇", "新镇", "New town", "2026-01-01", ""],
    ]
    run = check(committing, "jurisdictions", PLACES, rows)
    assert counts(committing, run) == {"added": 2}
    apply(committing, run)
    with committing.app.app_context():
        village, town = find("511381999201", EVERYWHERE), find("511381999", EVERYWHERE)
        assert (village.town_id, town.town_id) == (town.id, town.id)
    ending = [[*row[:6], "2026-06-30"] for row in rows]
    full = check(
        committing,
        "jurisdictions",
        PLACES,
        [[TIANGONG, "511381", "镇", "天宫镇", "", "", "2026-06-30"]],
    )
    assert (2, "结束日期", "place_not_empty") in faults(committing, full)
    run = check(committing, "jurisdictions", PLACES, ending)
    assert counts(committing, run) == {"ended": 2}
    apply(committing, run)
    assert counts(committing, check(committing, "jurisdictions", PLACES, ending)) == {
        "unchanged": 2
    }
    into = check(committing, "units", UNITS, [["N1", "校", "", "学校", "511381999201", *[""] * 4]])
    assert faults(committing, into) == [(2, "所在村（社区）代码", "place_not_there")]


def test_every_fault_of_a_bad_file_is_named_and_nothing_is_applied(site: Site) -> None:
    first = villages(site)[0]
    rows = [
        ["", "无码", "", "学校", first, *[""] * 4],
        ["N1", "校", "", "大学", "999", "三", "", "", ""],
        ["N2", "校", "", "学校", first, "5", "", "", ""],
        ["N2", "校", "", "学校", "511381", "", "", "2030-01-01", "2029-01-01"],
        [f"U{first}", "村110105 19491231 002X", "", "学校", first, *[""] * 4],
        ["N3", "值班电话13812345678", "", "学校", first, *[""] * 4],
    ]
    run = check(site, "units", UNITS, rows)
    assert faults(site, run) == [
        (2, "单位代码", "cell_missing"),
        (3, "类别", "cell_unknown"),
        (3, "户数", "number_invalid"),
        (3, "所在村（社区）代码", "place_unknown"),
        (4, "户数", "no_households_here"),
        (5, "单位代码", "row_twice"),
        (5, "所在村（社区）代码", "unit_above_town"),
        (5, "起始日期", "day_ahead"),
        (5, "结束日期", "ends_before_it_begins"),
        (6, "单位名称", "identity_number"),
        (6, "类别", "kind_is_kept"),
        (7, "单位名称", "phone_number"),
    ]
    assert counts(site, run) == {"added": 1, "faulty": 5, "warnings": 1}
    with site.app.app_context(), pytest.raises(Refused, match="import_faulty"):
        imports.apply(run, EVERYWHERE, by=None)
    assert differences(site) == []


def test_what_lies_outside_the_scope_is_not_there(site: Site) -> None:
    town = Scope((interval(f"/51/5113/511381/{TIANGONG}/"),))
    far = next(code for code in site.cast.places if code.startswith(QIAOLOU) and code > QIAOLOU)
    rows = [
        ["N1", "校", "", "学校", far, *[""] * 4],
        ["S3", "改名", "", "学校", villages(site)[0], *[""] * 4],
    ]
    run = check(site, "units", UNITS, rows, town)
    assert faults(site, run) == [
        (2, "所在村（社区）代码", "place_unknown"),
        (3, "单位代码", "unit_elsewhere"),
    ]
    good = check(site, "units", UNITS, [["N1", "校", "", "学校", far, *[""] * 4]])
    with site.app.app_context(), pytest.raises(Stale):
        imports.apply(good, town, by=None)


def test_a_file_that_no_longer_fits_is_refused_whole(committing: Site) -> None:
    place = villages(committing)[0]
    rows = [
        ["N1", "新校", "", "学校", place, *[""] * 4],
        ["S1", "新名", "", "学校", place, *[""] * 4],
    ]
    run = check(committing, "units", UNITS, rows)
    with meanwhile(committing):
        changes.rename(
            units.find(committing.cast.units["school"], EVERYWHERE), by=None, name_zh="别名"
        )
    with committing.app.app_context(), pytest.raises(Stale):
        imports.apply(run, EVERYWHERE, by=None)
    with committing.app.app_context():
        assert db.session.scalar(sa.select(Unit.id).where(Unit.code == "N1")) is None
        assert hold.holder() is None
        assert db.session.get_one(ImportRun, run).state == staging.CHECKED


def test_a_run_is_applied_once(site: Site) -> None:
    run = check(site, "units", UNITS, [["N1", "校", "", "学校", villages(site)[0], *[""] * 4]])
    apply(site, run)
    with site.app.app_context(), pytest.raises(Refused, match="import_applied"):
        imports.apply(run, EVERYWHERE, by=None)


def many(site: Site, number: int) -> sheets.Rows:
    """Many new schools, some villages with new numbers, in one file."""
    places = villages(site)
    new = [
        [f"N{n:06d}", f"新校{n}", "", "学校", places[n % len(places)], "", "", "2025-01-01", ""]
        for n in range(number)
    ]
    with site.app.app_context():
        levels = {code: find(code, EVERYWHERE).level.value for code in places}
    old = [[f"U{c}", "村", "", levels[c], c, "150", "2026-02-01", "", ""] for c in places]
    return [*new, *old]


def slices_of_forty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small slices of one size, however slow the machine is."""
    for name, value in (("_FIRST", 40), ("_MOST", 40), ("_SECONDS", 1_000), ("_PAUSE", 0)):
        monkeypatch.setattr(imports, name, value)


def test_an_import_that_is_killed_goes_on_where_it_stopped(
    committing: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_of_forty(monkeypatch)
    run = check(committing, "units", UNITS, many(committing, 200))
    real, slices = register_units.apply, 0

    def dies(rows: Any, *, by: int | None) -> None:
        nonlocal slices
        slices += 1
        real(rows, by=by)
        if slices == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(register_units, "apply", dies)
    with committing.app.app_context(), pytest.raises(KeyboardInterrupt):
        imports.apply(run, EVERYWHERE, by=None)
    assert differences(committing) == []
    with committing.app.app_context():
        assert (
            db.session.scalar(
                sa.select(sa.func.count()).select_from(Unit).where(Unit.code.startswith("N0"))
            )
            == 80
        )
        assert staging.left(run, db.session.get_one(ImportRun, run).done) > 100
    _everything_else_waits(committing)
    other = check(
        committing, "units", UNITS, [["S1", "名", "", "学校", villages(committing)[0], *[""] * 4]]
    )
    with committing.app.app_context(), pytest.raises(Refused, match="import_applying"):
        imports.apply(other, EVERYWHERE, by=None)
    told = committing.app.test_cli_runner().invoke(nightly).output
    assert f"applied: import {run}," in told
    with committing.app.app_context():
        assert imports.resume(EVERYWHERE, by=None) is None
    assert differences(committing) == []
    assert counts(committing, check(committing, "units", UNITS, many(committing, 200))) == {
        "unchanged": 200 + len(villages(committing))
    }


def _everything_else_waits(site: Site) -> None:
    """While an import is being applied, nothing else changes in the register."""
    from campaigns import campaign as campaigns
    from campaigns.enrolment import participation, records
    from campaigns.register import exemptions

    def village() -> Unit:
        return units.find(site.cast.units["village"], EVERYWHERE)

    def school() -> Enrolment:
        return records.find(site.cast.enrolment("school", "safe-school"), EVERYWHERE)

    for change in (
        lambda: changes.rename(village(), by=None, name_zh="名"),
        lambda: changes.close(village(), TODAY, "拆", by=None),
        lambda: changes.count_households(village(), 3, TODAY, by=None),
        lambda: exemptions.grant(school(), 1, "停", by=None),
        lambda: exemptions.lift(school(), 1, by=None),
        lambda: participation.enrol_newcomers(
            campaigns.find(site.cast.campaigns["safe-school"], EVERYWHERE), by=1
        ),
        lambda: titles.name(school(), 1, "文", by=None),
        lambda: register.enter([]),
    ):
        with site.app.app_context(), pytest.raises(Refused, match="import_applying"):
            change()


def test_a_slice_that_cannot_be_applied_stops_the_run_and_frees_the_register(
    committing: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    slices_of_forty(monkeypatch)
    run = check(committing, "units", UNITS, many(committing, 100))
    real = register_units.apply

    def refuses(rows: Any, *, by: int | None) -> None:
        if rows[0].rank > 60:
            raise Stale
        real(rows, by=by)

    monkeypatch.setattr(register_units, "apply", refuses)
    with committing.app.app_context(), pytest.raises(Stale):
        imports.apply(run, EVERYWHERE, by=None)
    monkeypatch.setattr(register_units, "apply", real)
    with committing.app.app_context():
        assert db.session.get_one(ImportRun, run).state == staging.STOPPED
        assert hold.holder() is None
    rest = check(committing, "units", UNITS, many(committing, 100))
    assert counts(committing, rest)["unchanged"] == 80
    apply(committing, rest)


def test_rows_of_the_ledger_are_few_whatever_the_number_of_units(site: Site) -> None:
    apply(site, check(site, "units", UNITS, many(site, 1_000)))
    with site.app.app_context():
        rows = db.session.scalar(sa.select(sa.func.count()).select_from(RegisterChange))
    assert rows is not None
    assert rows < 100
