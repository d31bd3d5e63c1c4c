"""Withdrawing a title, re-checks of its holder, and titles about to run out."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import titles
from campaigns.database import db
from campaigns.errors import Refused
from campaigns.evidence import apart
from campaigns.evidence.apart import Sent
from campaigns.evidence.records import Purpose
from campaigns.evidence.store import open_store
from campaigns.titles import Standing, Title, rechecks, withdrawing
from campaigns.titles.rechecks import Finding, Recheck, Visit
from campaigns.titles.withdrawing import Withdrawal, WithdrawalState
from tests.cast import Cast
from tests.conftest import Time
from tests.doing import EVERYWHERE, events, taken
from tests.test_incidents import DAY, TODAY, agrees, hold
from tests.test_titles import valid_at


def announced(cast: Cast, title: Title) -> Withdrawal:
    return withdrawing.announce(title, "Failed.", "3号", by=cast.people["office"])


def answer(cast: Cast, found: Withdrawal) -> None:
    withdrawing.answer(found, found.row_version, "It was mended.", by=cast.people["liaison"])


def confirm(cast: Cast, found: Withdrawal) -> None:
    withdrawing.confirm(found, found.row_version, "It stands.", by=cast.people["office"])


def drop(cast: Cast, found: Withdrawal) -> None:
    withdrawing.drop(found, found.row_version, "Mended.", by=cast.people["office"])


def test_a_title_is_withdrawn_once_its_unit_was_heard_and_counts_no_longer(
    cast: Cast, time: Time
) -> None:
    title = hold(cast)
    found = announced(cast, title)
    assert found.answer_by == date(2026, 9, 30)
    assert titles.standing(title, TODAY) is Standing.VALID
    answer(cast, found)
    time.pass_by(days=2)
    confirm(cast, found)
    today = TODAY + 2 * DAY
    assert (title.withdrawn_on, title.withdrawn_why) == (today, "Failed.")
    assert titles.standing(title, today - DAY) is Standing.VALID
    assert titles.standing(title, today) is Standing.WITHDRAWN
    assert titles.standing(title, title.valid_to + DAY) is Standing.WITHDRAWN
    for place in (title.place_id, title.town_id):
        assert [valid_at(title, place, day) for day in (today - DAY, today)] == [1, 0]
        assert valid_at(title, place, title.valid_to) == 0
    assert agrees()
    assert events("title", title.id)[1:] == [
        *("withdrawal_announced", "withdrawal_answered", "title_withdrawn")
    ]


def test_nobody_loses_a_title_unheard_but_silence_ends(cast: Cast, time: Time) -> None:
    title = hold(cast)
    found = announced(cast, title)
    with pytest.raises(Refused, match="unit_not_heard"):
        confirm(cast, found)
    time.pass_by(days=14)
    assert found.awaits_unit
    time.pass_by(days=1)
    with pytest.raises(Refused, match="answer_over"):
        answer(cast, found)
    confirm(cast, found)
    assert title.withdrawn_on == TODAY + 15 * DAY


def test_a_withdrawal_that_is_dropped_leaves_the_title_and_can_be_announced_anew(
    cast: Cast,
) -> None:
    title = hold(cast)
    found = announced(cast, title)
    with pytest.raises(Refused, match="withdrawal_open"):
        announced(cast, title)
    drop(cast, found)
    assert titles.standing(title, TODAY) is Standing.VALID
    assert announced(cast, title).state is WithdrawalState.ANNOUNCED


def test_only_a_title_that_still_runs_is_withdrawn(cast: Cast) -> None:
    title = hold(cast)
    titles.end(title, TODAY - DAY)
    with pytest.raises(Refused, match="title_over"):
        announced(cast, title)


def visited(cast: Cast, title: Title, visit: Visit) -> Recheck:
    return rechecks.enter(title, visit, by=cast.people["inspector"])


def test_a_recheck_is_kept_with_its_picture_and_closed_once(cast: Cast, tmp_path: Path) -> None:
    title = hold(cast)
    sent = Sent(open_store(str(tmp_path)), [taken(b"a picture", b"a small one")])
    visit = Visit(TODAY, Finding.TO_MEND, "Two lamps are out.", TODAY + 9 * DAY, sent)
    found = visited(cast, title, visit)
    assert found.is_open
    assert rechecks.of_title(title.id) == [found]
    assert titles.standing(title, TODAY) is Standing.VALID
    (picture,) = apart.of(Purpose.RECHECK, [found.id])[found.id]
    assert (picture.unit_id, picture.purpose) == (title.unit_id, Purpose.RECHECK)
    with pytest.raises(Refused, match="closing_untold"):
        rechecks.close(found, found.row_version, "", by=cast.people["office"])
    rechecks.close(found, found.row_version, "Both burn.", by=cast.people["office"])
    assert not found.is_open
    with pytest.raises(Refused, match="recheck_closed"):
        rechecks.close(found, found.row_version, "Again.", by=cast.people["office"])
    assert events("title", title.id)[1:] == ["rechecked", "recheck_closed"]


@pytest.mark.parametrize(
    ("visit", "why"),
    [
        (Visit(TODAY + DAY, Finding.AS_NAMED), "day_ahead"),
        (Visit(date(2026, 1, 31), Finding.AS_NAMED), "visit_before_title"),
        (Visit(TODAY, Finding.FAILED), "finding_untold"),
        (Visit(TODAY, Finding.TO_MEND, "Lamps."), "mend_day_missing"),
        (Visit(TODAY, Finding.TO_MEND, "Lamps.", TODAY), "mend_day_missing"),
    ],
)
def test_a_visit_that_cannot_have_been_is_refused(cast: Cast, visit: Visit, why: str) -> None:
    with pytest.raises(Refused, match=why):
        visited(cast, hold(cast), visit)


@pytest.mark.parametrize(
    ("left", "expected"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_reminders_come_ninety_thirty_and_seven_days_before_the_last_one(
    cast: Cast, left: int, expected: int | None
) -> None:
    title = hold(cast)
    day = title.valid_to - left * DAY
    assert titles.reminder(title, day) == expected
    found = titles.expiring(EVERYWHERE, day)
    assert list(found) == ([title] if expected else [])


def test_a_title_that_was_renewed_or_withdrawn_is_not_about_to_run_out(cast: Cast) -> None:
    title = hold(cast)
    day = title.valid_to - 10 * DAY
    assert titles.expiring(EVERYWHERE, day)
    found = announced(cast, title)
    answer(cast, found)
    confirm(cast, found)
    assert not titles.expiring(EVERYWHERE, day)


def test_a_unit_is_certified_anew_in_an_open_campaign_of_the_same_standard(cast: Cast) -> None:
    title, other = hold(cast), hold(cast, slug="peace-village")
    found = titles.renewals([title, other])
    assert {each: enrolment.id for each, enrolment in found.items()} == {
        title.id: cast.enrolment("village", "drug-free-village")
    }


SPELLS = st.lists(
    st.tuples(st.integers(-20, 380), st.one_of(st.none(), st.integers(-3, 200))), max_size=5
)


@given(spells=SPELLS, ends=st.one_of(st.none(), st.integers(-1, 364)))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_counters_say_of_each_day_what_a_plain_calendar_says(
    cast: Cast, spells: list[tuple[int, int | None]], ends: int | None
) -> None:
    db.session.rollback()
    title = hold(cast)
    first, last = title.valid_from, title.valid_to
    days = {first + number * DAY for number in range((last - first).days + 1)}
    for begins, lasts in spells:
        start = first + begins * DAY
        until = None if lasts is None else start + lasts * DAY
        with titles.records.recounted([title]):
            title.suspensions.append(
                titles.Suspension(
                    title_id=title.id,
                    valid_from=start,
                    valid_to=until,
                    reason="1号",
                    suspended_at=title.named_at,
                )
            )
        days = {each for each in days if each < start or (until is not None and until < each)}
    if ends is not None:
        titles.end(title, first + ends * DAY)
        days = {each for each in days if each <= first + ends * DAY}
    assert agrees()
    for number in range(-2, 370, 3):
        day = first + number * DAY
        assert valid_at(title, title.place_id, day) == (day in days)
        assert title.is_valid(day) == (day in days)
    db.session.rollback()
