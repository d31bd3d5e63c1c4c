"""Standards: drafts are written, compared and published; what is published stays as it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import campaign as campaigns
from campaigns import standards
from campaigns.database import db
from campaigns.errors import NotFound, Refused, Stale
from campaigns.evidence.store import Folder
from campaigns.standards import (
    Criterion,
    Registration,
    Standard,
    StandardKind,
    Version,
    comparison,
    drafts,
    examples,
    rules,
)
from campaigns.standards.comparison import Change
from campaigns.text import Bilingual
from campaigns.units import Kind
from tests.cast import Cast
from tests.doing import EVERYWHERE, events, taken
from tests.drafting import FRAME, NAME, SLUG, codes, frame, line, ratio, written


def changes(draft: Version) -> dict[str, Change]:
    found = comparison.pairs(standards.versions_of(SLUG)[0].criteria, draft.criteria)
    return {(each.after or each.before).code: each.change for each in found}  # type: ignore[union-attr]


@pytest.mark.usefixtures("cast")
def test_a_new_standard_is_written_published_and_in_force() -> None:
    draft = written()
    assert rules.of_version(draft) == []
    with pytest.raises(NotFound):
        standards.versions_of("safe-wharf")
    drafts.publish(draft, draft.row_version, by=None)
    published = standards.versions_of("safe-wharf")[0]
    assert (published.number, published.points) == (1, 100)
    assert published.standard.unit_kinds == (Kind.VILLAGE,)
    assert standards.current()[-1].standard.name == NAME
    assert [each.code for each in published.criteria] == ["1.1", "2.1"]
    assert events("version", published.id)[-1] == "version_published"
    assert drafts.every() == []


@pytest.mark.usefixtures("cast")
def test_nobody_else_sees_a_draft_in_force() -> None:
    before = [each.id for each in standards.current()]
    draft = drafts.begin(SLUG, by=None)
    with pytest.raises(NotFound):
        standards.version(draft.id)
    assert [each.id for each in standards.current()] == before
    assert [each.number for each in standards.versions_of(SLUG)] == [1]


def test_running_campaigns_stay_on_their_version(cast: Cast) -> None:
    draft = drafts.begin(SLUG, by=None)
    drafts.publish(draft, draft.row_version, by=None)
    running = campaigns.find(cast.campaigns[SLUG], EVERYWHERE)
    assert running.version.number == 1
    assert [each.number for each in standards.versions_of(SLUG)] == [2, 1]
    assert next(v for v in standards.current() if v.standard.slug == SLUG).number == 2


@pytest.mark.usefixtures("cast")
def test_the_catalogue_could_be_published_again_as_it_is() -> None:
    for published in standards.current():
        draft = drafts.begin(published.standard.slug, by=None)
        assert rules.of_version(draft) == [], published.standard.slug
        pairs = comparison.pairs(published.criteria, draft.criteria)
        assert {(pair.change, pair.differences) for pair in pairs} == {(Change.SAME, ())}


@pytest.mark.usefixtures("cast")
def test_the_next_version_begins_as_a_copy_once() -> None:
    draft = drafts.begin(SLUG, by=None)
    assert drafts.begin(SLUG, by=None) is draft
    last = standards.versions_of(SLUG)[0]
    assert (draft.number, draft.points, len(draft.sections)) == (2, 100, len(last.sections))
    assert events("version", draft.id) == ["version_begun"]
    with pytest.raises(NotFound):
        drafts.begin("no-such-standard", by=None)


@pytest.mark.usefixtures("cast")
def test_the_next_version_shows_what_is_new_changed_and_gone() -> None:
    draft = drafts.begin(SLUG, by=None)
    draft_codes = {each.code for each in draft.criteria}
    drafts.remove_criterion(draft, "1.1", draft.row_version, by=None)
    changed = drafts.criterion(draft, "1.2")
    copy = Criterion(**{name: getattr(changed, name) for name in standards.WRITTEN})
    copy.text_zh += "（上墙）"
    drafts.save_criterion(draft, "1.2", copy, draft.row_version, by=None)
    new = line("1.9", text_zh="码头有救生圈")
    drafts.save_criterion(draft, None, new, draft.row_version, by=None)
    found = changes(draft)
    assert {code for code, change in found.items() if change is not Change.SAME} == {
        *("1.1", "1.2", "1.9")
    }
    assert (found["1.1"], found["1.2"], found["1.9"]) == (Change.GONE, Change.CHANGED, Change.NEW)
    assert set(found) == draft_codes | {"1.9"}
    # In the version that is published nothing has moved.
    assert {each.code for each in standards.versions_of(SLUG)[0].criteria} == draft_codes


def test_points_and_place_do_not_make_another_criterion() -> None:
    before = [line("1.1"), line("1.2"), ratio("1.3")]
    after = [line("1.1", 20), line("1.2", text_zh="第1.1项", text_en="Line 1.1"), ratio("2.1")]
    after[0].text_zh, after[2].text_zh, after[2].text_en = "新的一项", "第1.3项", "Line 1.3"
    found = {pair.after.code: pair for pair in comparison.pairs(before, after) if pair.after}
    assert found["1.2"].before is before[0]
    assert found["1.2"].change is Change.SAME
    assert found["1.2"].differences == ("code",)
    assert found["2.1"].change is Change.SAME


def test_a_criterion_reworded_and_moved_is_shown_beside_what_it_was() -> None:
    before = [line("1.1", text_zh="村口有公示栏，内容按月更新"), line("1.2")]
    after = [line("1.1", text_zh="码头配救生圈"), line("1.2")]
    after.append(line("1.3", text_zh="村口有公示栏，内容按季更新"))
    found = {pair.after.code: pair for pair in comparison.pairs(before, after) if pair.after}
    assert (found["1.3"].before, found["1.3"].change) == (before[0], Change.CHANGED)
    assert found["1.1"].change is Change.NEW


LINES = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from("甲乙丙丁"), st.integers(0, 9)),
    max_size=8,
    unique_by=lambda each: each[0],
)


@settings(deadline=None)
@given(LINES, LINES)
def test_every_criterion_is_compared_once(
    one: list[tuple[int, str, int]], other: list[tuple[int, str, int]]
) -> None:
    before, after = (
        [line(f"1.{n}", points, text_zh=f"{word}项目", text_en=word) for n, word, points in side]
        for side in (one, other)
    )
    found = comparison.pairs(before, after)
    assert sorted(id(p.before) for p in found if p.before) == sorted(map(id, before))
    assert sorted(id(p.after) for p in found if p.after) == sorted(map(id, after))
    same = sum(pair.change is Change.SAME for pair in found)
    prints = [[each.fingerprint for each in side] for side in (before, after)]
    assert same == sum(min(prints[0].count(p), prints[1].count(p)) for p in {*prints[0]})
    assert [pair.place for pair in found] == sorted(pair.place for pair in found)


@pytest.mark.usefixtures("cast")
def test_two_people_never_write_over_each_other() -> None:
    draft = drafts.begin(SLUG, by=None)
    seen = draft.row_version
    drafts.save_criterion(draft, None, line("1.9"), seen, by=None)
    late: list[Callable[[], object]] = [
        lambda: drafts.save_criterion(draft, "1.9", line("1.9"), seen, by=None),
        lambda: drafts.remove_criterion(draft, "1.9", seen, by=None),
        lambda: drafts.save_section(draft, 1, NAME, seen, by=None),
        lambda: drafts.remove_section(draft, 1, seen, by=None),
        lambda: drafts.describe(draft, rules.frame_of(draft), seen, by=None),
        lambda: drafts.illustrate(draft, "1.9", None, Folder(Path("nowhere")), seen, by=None),
        lambda: drafts.publish(draft, seen, by=None),
        lambda: drafts.discard(draft, seen, by=None),
    ]
    for change in late:
        with pytest.raises(Stale):
            change()


@pytest.mark.usefixtures("cast")
def test_a_published_version_refuses_everything() -> None:
    draft = written()
    drafts.publish(draft, draft.row_version, by=None)
    version = draft.row_version
    late: list[Callable[[], object]] = [
        lambda: drafts.save_criterion(draft, "1.1", line("1.1"), version, by=None),
        lambda: drafts.fill(draft, FRAME, {}, [], by=None),
        lambda: drafts.describe(draft, FRAME, version, by=None),
        lambda: drafts.publish(draft, version, by=None),
        lambda: drafts.discard(draft, version, by=None),
    ]
    for change in late:
        with pytest.raises(Stale):
            change()
    with pytest.raises(NotFound):
        drafts.find("safe-wharf")


RAW = (
    "UPDATE version SET pass_mark = 1 WHERE id = {id}",
    "UPDATE version SET published_at = NULL WHERE id = {id}",
    "DELETE FROM version WHERE id = {id}",
    "UPDATE criterion SET points = 1 WHERE version_id = {id}",
    "UPDATE criterion SET version_id = {draft} WHERE version_id = {id}",
    "UPDATE criterion SET version_id = {id} WHERE version_id = {draft}",
    "DELETE FROM criterion WHERE version_id = {id}",
    "INSERT INTO section VALUES ({id}, 99, 'x', 'x')",
    "UPDATE section SET name_zh = 'x' WHERE version_id = {id}",
    "DELETE FROM section WHERE version_id = {id}",
)


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize("statement", RAW)
def test_the_database_itself_refuses_to_change_what_is_published(statement: str) -> None:
    published, draft = standards.versions_of(SLUG)[0].id, drafts.begin(SLUG, by=None).id
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        db.session.execute(sa.text(statement.format(id=published, draft=draft)))
    db.session.rollback()


@pytest.mark.usefixtures("cast")
def test_names_and_kinds_stay_once_a_version_is_published_marks_do_not() -> None:
    draft = drafts.begin(SLUG, by=None)
    drafts.describe(draft, frame(draft, pass_mark=80), draft.row_version, by=None)
    assert drafts.find(SLUG).pass_mark == 80
    assert standards.versions_of(SLUG)[0].pass_mark == 85
    for changed in ({"name": NAME}, {"kinds": frozenset({Kind.SCHOOL})}):
        with pytest.raises(Refused) as refused:
            drafts.describe(draft, frame(draft, **changed), draft.row_version, by=None)
        assert {code for code, _ in codes(refused)} == {"standard_is_kept"}


@pytest.mark.usefixtures("cast")
def test_before_it_is_published_all_of_a_standard_can_be_changed() -> None:
    draft = written()
    schools = frame(draft, name=Bilingual("码头", "Wharf"), kinds=frozenset({Kind.SCHOOL}))
    drafts.describe(draft, schools, draft.row_version, by=None)
    assert drafts.find("safe-wharf").standard.unit_kinds == (Kind.SCHOOL,)
    households = frame(draft, registration=Registration.AGGREGATE)
    drafts.describe(draft, households, draft.row_version, by=None)
    assert (
        db.session.scalars(
            sa.select(StandardKind).where(StandardKind.standard_id == draft.standard_id)
        ).all()
        == []
    )
    drafts.publish(draft, draft.row_version, by=None)
    assert Kind.VILLAGE in standards.taking_part(standards.versions_of("safe-wharf")[0].standard)


@pytest.mark.usefixtures("cast")
def test_a_section_goes_only_when_it_is_empty() -> None:
    draft = written()
    with pytest.raises(Refused) as refused:
        drafts.remove_section(draft, 2, draft.row_version, by=None)
    assert codes(refused) == {("section_in_use", None)}
    drafts.save_criterion(draft, "2.1", line("1.2", 50), draft.row_version, by=None)
    drafts.remove_section(draft, 2, draft.row_version, by=None)
    found = drafts.find("safe-wharf")
    assert [each.number for each in found.sections] == [1]
    assert [(c.code, c.ordinal, c.section_number) for c in found.criteria] == [
        ("1.1", 1, 1),
        ("1.2", 2, 1),
    ]


@pytest.mark.usefixtures("cast")
def test_criteria_stand_in_the_order_of_their_codes() -> None:
    draft = written()
    for code in ("1.10", "1.9"):
        drafts.save_criterion(draft, None, line(code, 0), draft.row_version, by=None)
    ordered = sorted(drafts.find("safe-wharf").criteria, key=lambda each: each.ordinal)
    assert [each.code for each in ordered] == ["1.1", "1.9", "1.10", "2.1"]
    assert drafts.next_code(draft, 1) == "1.11"


@pytest.mark.usefixtures("cast")
def test_a_draft_is_thrown_away_with_a_standard_that_never_was() -> None:
    draft = written()
    drafts.discard(draft, draft.row_version, by=None)
    query = sa.select(sa.func.count()).select_from(Standard)
    assert db.session.scalar(query.where(Standard.slug == "safe-wharf")) == 0
    draft = drafts.begin(SLUG, by=None)
    drafts.discard(draft, draft.row_version, by=None)
    assert standards.versions_of(SLUG)[0].number == 1
    assert drafts.begin(SLUG, by=None).number == 2


@pytest.mark.usefixtures("cast")
def test_an_example_picture_goes_with_its_criterion(tmp_path: Path) -> None:
    store, draft = Folder(tmp_path), drafts.begin(SLUG, by=None)
    drafts.illustrate(draft, "2.2", taken(b"large", b"small"), store, draft.row_version, by=None)
    name = drafts.criterion(draft, "2.2").example_sha256
    assert name
    assert store.path(name, ".jpg").read_bytes() == b"large"
    assert list(examples.check(store)) == []
    store.path(name, ".thumb.jpg").unlink()
    (wrong,) = examples.check(store)
    assert f"{name}.thumb.jpg is missing: " in wrong
    drafts.publish(draft, draft.row_version, by=None)
    later = drafts.begin(SLUG, by=None)
    assert drafts.criterion(later, "2.2").example_sha256 == name
    drafts.illustrate(later, "2.2", None, store, later.row_version, by=None)
    assert drafts.criterion(later, "2.2").example_sha256 is None
    assert "criterion_illustrated" in events("version", later.id)
