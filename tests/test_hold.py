"""While an import is being applied nothing else changes in the register, and nobody waits long."""

from typing import Any

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import hold, register, titles, units
from campaigns.database import db
from campaigns.enrolment import participation, records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, Stale
from campaigns.register import changes, exemptions, imports, staging
from campaigns.register.imports import register_units
from campaigns.register.staging import ImportRun
from campaigns.units import Unit
from tests.bench.importing import waiting
from tests.conftest import Site
from tests.doing import EVERYWHERE
from tests.test_imports import (
    TODAY,
    UNITS,
    apply,
    check,
    counts,
    differences,
    many,
    slices_of_forty,
    villages,
)


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
    with committing.app.app_context():
        assert imports.resume(EVERYWHERE, by=None) == run
        assert imports.resume(EVERYWHERE, by=None) is None
    assert differences(committing) == []
    assert counts(committing, check(committing, "units", UNITS, many(committing, 200))) == {
        "unchanged": 200 + len(villages(committing))
    }


def _everything_else_waits(site: Site) -> None:
    """While an import is being applied, nothing else changes in the register."""

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


def test_nobody_waits_long_while_thousands_are_imported(site: Site) -> None:
    run = check(site, "units", UNITS, many(site, 6_000))
    with site.app.app_context(), waiting(site.app) as waits:
        imports.apply(run, EVERYWHERE, by=None)
    assert len(waits) > 3
    assert max(waits) < 3
    assert differences(site) == []
