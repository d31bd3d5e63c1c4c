"""Seals: who changes, adds or removes anything in the sealed history is found out."""

import hashlib
import json
import threading
from collections.abc import Iterator
from time import sleep

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from campaigns import clock, commands, database, history, seals
from campaigns.database import db
from campaigns.history import Event
from campaigns.seals import Seal, Sealed
from tests.conftest import Site, Time
from tests.doing import approve, enrolment, send
from tests.test_concurrency import together
from tests.visiting import meanwhile


@pytest.fixture
def sealed(committing: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site whose history is under seals of three events each, and a few more."""
    monkeypatch.setattr(seals, "_EVENTS", 3)
    with meanwhile(committing):
        item = send(committing.cast, enrolment(committing.cast), "1.3")
        approve(committing.cast, enrolment(committing.cast), item)
    with committing.app.app_context():
        seals.seal()
        yield committing
        db.session.rollback()


def number_of(table: type[Event] | type[Seal]) -> int:
    with database.short(write=False) as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def root(proof: Sealed, size: int) -> str:
    """The root that a proof leads to (RFC 9162, 2.1.3.2)."""
    at, last = proof.index, size - 1
    found = hashlib.sha256(b"\x00" + proof.line).digest()
    for each in proof.path:
        beside = bytes.fromhex(each)
        if at % 2 or at == last:
            found = hashlib.sha256(b"\x01" + beside + found).digest()
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + beside).digest()
        at, last = at // 2, last // 2
    assert last == 0
    return found.hex()


def naive_root(lines: list[bytes]) -> bytes:
    """The root as RFC 9162, 2.1.1 defines it: split at the greatest power of two."""
    if len(lines) == 1:
        return hashlib.sha256(b"\x00" + lines[0]).digest()
    at = 1
    while at * 2 < len(lines):
        at *= 2
    return hashlib.sha256(b"\x01" + naive_root(lines[:at]) + naive_root(lines[at:])).digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_every_leaf_of_any_tree_leads_to_its_root(lines: list[bytes], data: st.DataObject) -> None:
    levels = seals._levels([seals._leaf(each) for each in lines])
    assert levels[-1] == [naive_root(lines)]
    index = data.draw(st.integers(0, len(lines) - 1))
    proof = Sealed(lines[index], 1, index, seals._path(levels, index))
    assert bytes.fromhex(root(proof, len(lines))) == levels[-1][0]


def test_everything_is_sealed_once(sealed: Site) -> None:
    assert sealed
    made = list(seals.chain(1))
    assert [each.number for each in made] == list(range(1, len(made) + 1))
    assert sum(each.count for each in made) == number_of(Event) > 9
    assert all(each.count <= 3 for each in made)
    assert [each.previous for each in made] == [seals.BEGINNING, *(e.hash for e in made[:-1])]
    assert seals.seal() == 0
    assert number_of(Seal) == len(made)
    assert list(seals.check()) == []


def test_what_happens_later_goes_under_the_next_seal(sealed: Site) -> None:
    before = number_of(Seal)
    with meanwhile(sealed):
        history.record("denied", "route", None, by=None)
        history.record("denied", "route", None, by=None)
    assert seals.seal() == 2
    newest = seals.newest()
    assert newest is not None
    assert (newest.number, newest.count) == (before + 1, 2)
    assert [each.hash for each in seals.chain(newest.number)] == [newest.hash]


def test_a_units_history_is_proved_line_by_line(sealed: Site, time: Time) -> None:
    unit = sealed.cast.units["village"]
    known = {each.number: each for each in seals.chain(1)}
    for seen_by_unit, last in ((False, "approved"), (True, "submitted")):
        proofs = list(seals.history_of(unit, seen_by_unit=seen_by_unit))
        for each in proofs:
            assert root(each, known[each.seal].count) == known[each.seal].root
        events = history.of_unit(unit, seen_by_unit=seen_by_unit, limit=None)
        told = [json.loads(each.line) for each in proofs]
        assert [each["id"] for each in told] == [each.id for each in reversed(events)]
        assert {each["unit_id"] for each in told} == {unit}
        assert told[-1]["verb"] == last
    time.pass_by(minutes=6)
    seen = list(seals.history_of(unit, seen_by_unit=True))
    assert seen == list(seals.history_of(unit, seen_by_unit=False))


def test_a_line_is_the_same_from_either_database(sealed: Site) -> None:
    unit = sealed.cast.units["neighbour"]
    detail = {"z": 1e3, "a": 0.25, "词": "行\n\u2028", "half": "\ud800", "list": [1.0, None, True]}
    if db.engine.dialect.name == "postgresql":
        del detail["half"]
    with meanwhile(sealed):
        history.record("submitted", "item", 1, by=None, unit_id=unit, **detail)
    seals.seal()
    *_, proof = seals.history_of(unit, seen_by_unit=False)
    half = "" if db.engine.dialect.name == "postgresql" else r'"half":"\ud800",'
    wanted = f'"detail":{{"a":0.25,{half}"list":[1,null,true],"z":1000,"词":"行\\n\u2028"}}'
    line = proof.line.decode()
    assert wanted in line
    assert f'"at":"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"' in line
    assert list(json.loads(line)) == sorted(json.loads(line))


def test_a_line_that_leaves_the_house_tells_no_address(sealed: Site) -> None:
    unit = sealed.cast.units["village"]
    assert "address" not in json.loads(next(seals.history_of(unit, seen_by_unit=False)).line)
    history.remark("denied", "route", None, by=None, address="192.0.2.1")
    seals.seal()
    change(sa.update(Event).where(Event.address == "192.0.2.1").values(address="192.0.2.2"))
    assert len(list(seals.check())) == 1


def change(statement: sa.Executable) -> None:
    """What only somebody who owns the database can do: its guards are put aside."""
    for table in ("event", "seal"):
        if db.engine.dialect.name == "postgresql":
            db.session.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_is_kept"))
        else:
            for verb in ("update", "delete"):
                db.session.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_is_kept_{verb}"))
    db.session.execute(statement, execution_options={"synchronize_session": False})


def first(number: int) -> sa.ScalarSelect[int]:
    return sa.select(Seal.first_event).where(Seal.number == number).scalar_subquery()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (sa.update(Event).where(Event.id == first(2)).values(verb="approved"), "was changed"),
        (
            sa.update(Event).where(Event.id == first(2)).values(person_id=1, subject_id=99),
            "was changed",
        ),
        (sa.delete(Event).where(Event.id == first(2) + 1), "3 events were sealed, 2 are there"),
        (sa.delete(Event).where(Event.id == first(2)), "3 events were sealed, 2 are there"),
        (sa.update(Seal).where(Seal.number == 2).values(root="0" * 64), "it was changed"),
        (sa.delete(Seal).where(Seal.number == 2), "the seal before it is missing"),
    ],
    ids=str,
)
def test_whatever_is_changed_by_hand_is_named(
    sealed: Site, statement: sa.Executable, told: str
) -> None:
    assert sealed
    change(statement)
    found = list(seals.check())
    assert any(told in line for line in found)
    assert found[0].startswith(("seal 2 ", "seal 3 "))


def test_an_event_slipped_in_below_the_last_seal_is_named(sealed: Site) -> None:
    assert sealed
    copied = db.session.execute(sa.select(Event.__table__).where(Event.id == first(2) + 1)).one()
    change(sa.delete(Event).where(Event.id == copied.id))
    change(sa.insert(Event).values(**{**copied._mapping, "verb": "named"}))
    assert [line.partition(" (")[0] for line in seals.check()] == ["seal 2"]


@pytest.mark.parametrize("statement", [sa.update(Seal).values(root="0"), sa.delete(Seal)], ids=str)
def test_the_database_refuses_to_change_or_remove_a_seal(
    sealed: Site, statement: sa.Executable
) -> None:
    assert sealed
    with pytest.raises(DBAPIError, match="seals are only added to"), db.session.begin_nested():
        db.session.execute(statement, execution_options={"synchronize_session": False})


def test_two_who_seal_at_once_make_one_chain(
    committing: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "_EVENTS", 2)

    def job() -> int:
        with committing.app.app_context():
            return seals.seal()

    answers = together([job] * 6)
    with committing.app.app_context():
        assert sum(answers) == number_of(Event)
        assert list(seals.check()) == []


def test_an_event_under_way_is_waited_for(committing: Site) -> None:
    """On PostgreSQL a lower id may be committed after a higher one: no seal leaves it out."""
    written, sealing = threading.Event(), threading.Event()

    def slow() -> int:
        with meanwhile(committing):
            history.record("denied", "route", None, by=None)
            written.set()
            assert sealing.wait(10)
            # Whoever seals has begun, and would by now have passed it over.
            sleep(0.3)
        return 0

    def seal() -> int:
        assert written.wait(10)
        with committing.app.app_context():
            if db.engine.dialect.name == "postgresql":
                history.remark("denied", "route", None, by=None, address="192.0.2.1")
            sealing.set()
            return seals.seal()

    _, sealed = together([slow, seal])
    with committing.app.app_context():
        assert sealed == number_of(Event)
        assert list(seals.check()) == []


def test_the_night_seals_and_says_how_many(site: Site) -> None:
    commands.register(site.app)
    runner: FlaskCliRunner = site.app.test_cli_runner()
    with site.app.app_context():
        wanted = number_of(Event)
    first_night = runner.invoke(args=["nightly"])
    assert first_night.output.startswith(f"sealed: {wanted} events\n")
    assert runner.invoke(args=["nightly"]).output.startswith("sealed: 0 events\n")
    assert runner.invoke(args=["check"]).exit_code == 0
