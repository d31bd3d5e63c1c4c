"""What a criterion, a frame and a whole version may say."""

import pytest

from campaigns import standards
from campaigns.errors import Refused
from campaigns.standards import Criterion, Operator, Registration, drafts, rules
from campaigns.standards.rules import Frame
from campaigns.text import Bilingual
from tests.drafting import FRAME, NAME, SLUG, codes, frame, line, ratio, written

BAD: list[tuple[Criterion, tuple[str, str]]] = [
    (line("1"), ("criterion_code_invalid", "code")),
    (line("1.1.1"), ("criterion_code_invalid", "code")),
    (line("01.1"), ("criterion_code_invalid", "code")),
    (line("7.1"), ("section_unknown", "code")),
    (line("1.1"), ("criterion_code_taken", "code")),
    (line("1.9", text_zh=" "), ("criterion_text_missing", "text_zh")),
    (line("1.9", text_zh="字" * 301), ("text_too_long", "text_zh")),
    (line("1.9", text_zh="问11010519491231002X"), ("identity_number", "text_zh")),
    (line("1.9", guidance_en="ask 11010519491231002X"), ("identity_number", "guidance_en")),
    (line("1.9", 101), ("points_out_of_range", "points")),
    (line("1.9", -1), ("points_out_of_range", "points")),
    (line("1.9", pieces=0), ("pieces_needed", "pieces")),
    (line("1.9", pieces=13), ("pieces_out_of_range", "pieces")),
    (line("1.9", operator=Operator.AT_LEAST, threshold=1), ("target_needs_number", "threshold")),
    (line("1.9", numerator_zh="好的"), ("wording_needs_ratio", "numerator_zh")),
    (ratio("1.9", numerator_zh=None), ("numerator_missing", "numerator_zh")),
    (ratio("1.9", denominator_zh=""), ("denominator_missing", "denominator_zh")),
    (ratio("1.9", threshold=90), ("operator_missing", "operator")),
    (ratio("1.9", operator=Operator.AT_LEAST), ("threshold_missing", "threshold")),
    (
        ratio("1.9", operator=Operator.AT_LEAST, threshold=101),
        ("percent_out_of_range", "threshold"),
    ),
    (ratio("1.9", threshold_yearly=True), ("yearly_needs_periods", "threshold_yearly")),
]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(("wrong", "told"), BAD, ids=[each[1][0] for each in BAD])
def test_a_criterion_is_checked_when_it_is_saved(wrong: Criterion, told: tuple[str, str]) -> None:
    draft = written()
    copy = Criterion(**{name: getattr(wrong, name) for name in standards.WRITTEN})
    with pytest.raises(Refused) as refused:
        drafts.save_criterion(draft, None, copy, draft.row_version, by=None)
    assert codes(refused) == {told}


@pytest.mark.usefixtures("cast")
def test_everything_that_is_missing_is_said_at_once_before_publishing() -> None:
    draft = drafts.create(FRAME, by=None)
    assert [each.fault.code for each in rules.of_version(draft)] == ["criteria_missing"]
    for name in (NAME, Bilingual("二", ""), Bilingual("三", "Three")):
        drafts.save_section(draft, None, name, draft.row_version, by=None)
    for criterion in (
        line("1.1", 50, text_en=""),
        ratio("2.1", 42, numerator_en=""),
        line("2.2", 0, guidance_zh="近一点"),
    ):
        drafts.save_criterion(draft, None, criterion, draft.row_version, by=None)
    lacks = [(each.fault.code, each.code, each.section) for each in rules.of_version(draft)]
    assert lacks == [
        ("points_too_few", None, None),
        ("language_missing", None, 2),
        ("section_empty", None, 3),
        ("language_missing", "1.1", None),
        ("language_missing", "2.1", None),
        ("language_missing", "2.2", None),
    ]
    assert dict(rules.of_version(draft)[0].fault.values) == {"total": 92, "off": 8}
    with pytest.raises(Refused) as refused:
        drafts.publish(draft, draft.row_version, by=None)
    assert codes(refused) == {("draft_incomplete", None)}


FRAMES = [
    ({"slug": "New"}, ("slug_invalid", "slug")),
    ({"slug": "new"}, ("slug_invalid", "slug")),
    ({"slug": "a--b"}, ("slug_invalid", "slug")),
    ({"slug": "x" * 41}, ("slug_invalid", "slug")),
    ({"slug": SLUG}, ("slug_taken", "slug")),
    ({"name": Bilingual("名", "")}, ("language_missing", "name_en")),
    ({"kinds": frozenset()}, ("kinds_missing", "kinds")),
    ({"pass_mark": 0}, ("mark_out_of_range", "pass_mark")),
    ({"excellent_mark": 84}, ("excellent_below_pass", "excellent_mark")),
    ({"excellent_mark": 101}, ("excellent_below_pass", "excellent_mark")),
    ({"validity_years": 6}, ("validity_out_of_range", "validity_years")),
    ({"validity_years": 0}, ("validity_out_of_range", "validity_years")),
]


@pytest.mark.usefixtures("cast")
@pytest.mark.parametrize(("changed", "told"), FRAMES)
def test_a_new_standard_is_checked(changed: dict[str, object], told: tuple[str, str]) -> None:
    values = {name: getattr(FRAME, name) for name in Frame.__slots__}
    with pytest.raises(Refused) as refused:
        drafts.create(Frame(**(values | changed)), by=None)  # type: ignore[arg-type]
    assert codes(refused) == {told}


@pytest.mark.usefixtures("cast")
def test_a_household_standard_must_count_households() -> None:
    draft = written(frame(written(), slug="safe-boat", registration=Registration.AGGREGATE))
    assert rules.of_version(draft) == []
    for code in ("1.1", "2.1"):
        drafts.save_criterion(draft, code, line(code, 50), draft.row_version, by=None)
    assert [each.fault.code for each in rules.of_version(draft)] == ["households_not_counted"]
