"""The burden of a campaign: pieces and minutes that add up, what repeats, and the cap."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import jurisdictions, settings, standards
from campaigns.campaign import Campaign, CampaignState, Step, burden
from campaigns.campaign.burden import Ask, Likeness, asks, load
from campaigns.database import db
from campaigns.enrolment import participation
from campaigns.standards import Cadence, Criterion, EvidenceKind
from campaigns.text import Bilingual
from campaigns.units import Kind, Unit
from tests.cast import TIANGONG, YEAR, Cast
from tests.doing import EVERYWHERE


def drafted(
    slug: str, code: str = "511381", dates: tuple[date, date] = YEAR, *, opened: bool = False
) -> Campaign:
    made = campaigns.draft(
        standards.versions_of(slug)[0],
        jurisdictions.find(code, EVERYWHERE),
        Bilingual("示范", "Demonstration"),
        opens_on=dates[0],
        due_on=dates[1],
        steps=[Step.TOWN],
        approval=None,
        by=None,
    )
    if opened:
        participation.open_campaign(made, by=None)
    return made


def test_a_photo_is_a_piece_and_so_is_a_form(cast: Cast) -> None:
    assert cast
    found = {each.criterion.code: each for each in asks(drafted("peace-village"))}
    # Two photos once; one of minutes in each quarter; a ratio in each quarter; a count once.
    assert (found["1.1"].photos, found["1.1"].forms) == (2, 0)
    assert (found["1.4"].photos, found["1.4"].forms) == (4, 0)
    assert (found["2.2"].photos, found["2.2"].forms) == (0, 4)
    assert (found["5.1"].photos, found["5.1"].forms) == (0, 1)
    assert sum(each.pieces for each in found.values()) == 34


def test_a_short_campaign_asks_less_and_a_long_one_no_more_than_a_year(cast: Cast) -> None:
    assert cast
    half = asks(drafted("peace-village", dates=(date(2026, 1, 1), date(2026, 6, 30))))
    long = asks(drafted("peace-village", dates=(date(2026, 1, 1), date(2027, 12, 31))))
    assert sum(each.pieces for each in half) < 34
    assert sum(each.pieces for each in long) == 34


def test_what_runs_already_is_added_for_each_kind_of_unit(cast: Cast) -> None:
    assert cast
    found = burden.of_campaign(drafted("peace-village"))
    (group,) = found.groups
    # The cast runs the drug-free village (17) and the technical-prevention household (11).
    assert (group.kind, group.existing, group.added, group.total) == (Kind.VILLAGE, 28, 34, 62)
    assert (found.photos, found.forms, found.reusable) == (19, 15, 0)
    assert found.over == burden.over(drafted("peace-village")) == 2
    assert found.minutes == 34 * 6
    assert found.pieces_in_all == 34 * found.units
    assert (found.minutes_in_all, found.review_minutes) == (
        found.pieces_in_all * 6,
        found.pieces_in_all * 2,
    )
    villages = sa.select(sa.func.count(Unit.id)).where(Unit.kind == Kind.VILLAGE)
    assert found.units == db.session.scalar(villages)


def test_schools_do_not_bear_what_villages_are_asked(cast: Cast) -> None:
    assert cast
    found = burden.of_campaign(drafted("safe-hospital"))
    assert [each.campaign.version.standard.slug for each in found.overlaps] == [
        "safe-hospital"
    ] * len(found.overlaps)
    assert all(each.kind is Kind.HOSPITAL for each in found.groups)


def test_the_same_asked_again_is_made_once(cast: Cast) -> None:
    assert cast
    found = burden.of_campaign(drafted("safe-school"))
    (group,) = found.groups
    assert (group.existing, group.added, found.reusable) == (39, 0, 39)
    assert {each.likeness for each in found.overlaps} == {Likeness.SAME}
    assert sum(each.reusable for each in found.overlaps) == 39
    assert found.over == 0


def test_similar_words_are_a_hint_and_nothing_is_taken_off(cast: Cast) -> None:
    assert cast
    drafted("tech-village", opened=True)
    found = burden.of_campaign(drafted("peace-village"))
    alike = {(each.ask.criterion.code, each.other.criterion.code): each for each in found.overlaps}
    cameras = alike["2.2", "2.1"]
    assert (cameras.likeness, cameras.reusable) == (Likeness.ALIKE, 0)
    assert found.reusable == 0


def test_a_campaign_of_one_town_weighs_there_only(cast: Cast) -> None:
    assert cast
    drafted("cult-free-village", TIANGONG, opened=True)
    found = burden.of_campaign(drafted("peace-village"))
    inside, outside = sorted(found.groups, key=lambda each: -each.existing)
    assert inside.existing == outside.existing + 16
    low, high = jurisdictions.interval(jurisdictions.find(TIANGONG, EVERYWHERE).path)
    there = (
        sa.select(sa.func.count(Unit.id))
        .join(jurisdictions.Jurisdiction, jurisdictions.Jurisdiction.id == Unit.jurisdiction_id)
        .where(Unit.kind == Kind.VILLAGE)
        .where(jurisdictions.Jurisdiction.path >= low, jurisdictions.Jurisdiction.path < high)
    )
    assert inside.units == db.session.scalar(there)
    assert found.most is inside


@pytest.mark.parametrize("state", [CampaignState.CLOSED, CampaignState.DRAFT])
def test_what_is_closed_or_not_open_yet_weighs_nothing(cast: Cast, state: CampaignState) -> None:
    assert cast
    for each in campaigns.running():
        each.state = state
    db.session.flush()
    found = burden.of_campaign(drafted("peace-village"))
    assert (found.most.existing, found.over) == (0, 0)


def test_what_ran_in_another_year_weighs_nothing(cast: Cast) -> None:
    assert cast
    found = burden.of_campaign(
        drafted("peace-village", dates=(date(2027, 1, 1), date(2027, 12, 31)))
    )
    assert found.most.existing == 0


def test_nobody_of_the_kind_is_no_burden_in_all(cast: Cast) -> None:
    assert cast
    found = burden.of_campaign(drafted("safe-market"))
    assert (found.units, found.pieces_in_all, found.pieces) == (0, 0, 43)


def asked(pieces: dict[str, int]) -> Sequence[Ask]:
    """As much of a checklist as its load follows from: wordings and their pieces."""
    return [Ask(SimpleNamespace(fingerprint=name), number, 0) for name, number in pieces.items()]  # type: ignore[arg-type]


checklists = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), max_size=8)


@given(st.lists(checklists, max_size=4), checklists)
def test_what_exists_and_what_is_added_are_the_load_of_all(
    running: list[dict[str, int]], new: dict[str, int]
) -> None:
    existing = load(asked(each) for each in running)
    together = load(asked(each) for each in [*running, new])
    added = together - existing
    most = {name: max([each.get(name, 0) for each in running], default=0) for name in "abcdefgh"}
    assert existing == sum(most.values())
    assert added == sum(max(0, number - most[name]) for name, number in new.items())
    # What is reusable and what is added are all that the new one asks; order says nothing.
    assert 0 <= added <= sum(new.values())
    assert together == load(asked(each) for each in [new, *reversed(running)])


@given(
    st.sampled_from(EvidenceKind),
    st.sampled_from(Cadence),
    st.integers(1, 40),
    st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    st.integers(0, 800),
)
def test_a_year_never_asks_for_more_than_its_items(
    evidence: EvidenceKind, cadence: Cadence, pieces: int, first: date, length: int
) -> None:
    criterion = Criterion(
        code="1.1", evidence=evidence, cadence=cadence, pieces=pieces, points=100, ordinal=1
    )
    last = date.fromordinal(first.toordinal() + length)
    made = SimpleNamespace(
        opens_on=first,
        due_on=last,
        first_due_on=None,
        version=SimpleNamespace(criteria=[criterion]),
    )
    (ask,) = asks(made)  # type: ignore[arg-type]
    slots = campaigns.slots(made)  # type: ignore[arg-type]
    photo = evidence in {EvidenceKind.PHOTO, EvidenceKind.DOCUMENT}
    assert (ask.photos > 0, ask.forms > 0) == (photo, not photo)
    everything = sum(each.pieces if photo else 1 for each in slots)
    assert ask.pieces <= everything
    assert (ask.pieces == everything) == (len(slots) <= cadence.per_year)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_a_share_the_same_both_ways(one: str, other: str) -> None:
    here, there = Criterion(text_zh=one), Criterion(text_zh=other)
    found = burden.likeness(here, there)
    assert 0 <= found <= 1
    assert found == burden.likeness(there, here)
    if burden.likeness(here, here):
        assert burden.likeness(here, here) == 1


def test_likeness_looks_at_letters_and_figures_only() -> None:
    one, other = Criterion(text_zh="探头在线率,100%"), Criterion(text_zh="探头 在线率１００")
    assert burden.likeness(one, other) == 1
    assert burden.likeness(one, Criterion(text_zh="会议纪要")) == Fraction(0)
    assert settings.BURDEN_PIECES == 60
