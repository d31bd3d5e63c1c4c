"""A year of a standard, by criterion: held against plain counting, bounded, and few statements."""

from collections import Counter
from datetime import date
from fractions import Fraction
from statistics import median

import pytest
import sqlalchemy as sa

from campaigns import campaign as campaigns
from campaigns import review, standards
from campaigns.campaign import Slot
from campaigns.database import db
from campaigns.enrolment import answers, records
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Item
from campaigns.errors import NotFound
from campaigns.jurisdictions import Scope, interval
from campaigns.review import Verdict
from campaigns.review.lookback import FEWEST_ANSWERS, LookBack, Row, look_back
from campaigns.standards import Cadence, Criterion, EvidenceKind, Operator
from tests.cast import QIAOLOU, TIANGONG, Cast
from tests.conftest import Site, Time
from tests.doing import EVERYWHERE, approve, enrolment, good, send, statements
from tests.earlier import campaign, last_year, next_version, taking_part
from tests.visiting import Visitor, counted, meanwhile

SLUG = "drug-free-village"


def town(code: str) -> Scope:
    return Scope((interval(f"/51/5113/511381/{code}/"),))


def of(found: LookBack, code: str) -> Row:
    return next(each for each in found.rows if each.criterion.code == code)


def returned(cast: Cast, unit: str, key: str, *presets: str | None) -> None:
    """An item that came back for these reasons (None: in own words) and was then approved."""
    by = {"village": "liaison", "neighbour": "neighbour", "far village": "far_liaison"}[unit]
    judge = "far_reviewer" if unit == "far village" else "reviewer"
    found = enrolment(cast, unit)
    for preset in presets:
        item = send(cast, found, key, by=by)
        verdict = Verdict(False, preset, reason="" if preset else "Ask again at the gate.")
        review.decide(found, item, verdict, item.row_version, by=cast.people[judge])
        db.session.flush()
        item.visible_at = None
    approve(cast, found, send(cast, found, key, by=by), by=judge)


def test_decisions_returns_and_reasons_are_counted_by_criterion(cast: Cast) -> None:
    returned(cast, "village", "2.2", "unclear", "subject")
    returned(cast, "neighbour", "2.2", "unclear", None)
    returned(cast, "far village", "1.3")
    send(cast, enrolment(cast), "4.1")
    found = look_back(SLUG, EVERYWHERE, 2026)
    row = of(found, "2.2")
    assert (row.decided, row.returned, row.own_words) == (6, 4, 1)
    assert row.reasons == [("unclear", 2), ("subject", 1)]
    assert (of(found, "1.3").decided, of(found, "1.3").never_failed) == (1, True)
    assert (of(found, "4.1").decided, of(found, "4.1").never_failed) == (0, False)
    assert [each.criterion.code for each in found.never_failed] == ["1.3"]
    assert (row.pieces, of(found, "2.1").pieces, of(found, "1.3").pieces) == (2, 4, 0)


def test_an_approved_answer_below_its_target_is_a_failure(cast: Cast) -> None:
    village = enrolment(cast)
    approve(cast, village, send(cast, village, "1.3", Answer(value=4)))
    approve(cast, village, send(cast, village, "4.1", Answer(numerator=26, denominator=30)))
    send(cast, village, "3.2", Answer(numerator=0, denominator=9))
    found = look_back(SLUG, EVERYWHERE, 2026)
    assert (of(found, "1.3").missed, of(found, "4.1").missed) == (1, 1)
    assert of(found, "3.2").missed == 0, "nobody has found it true"
    assert found.never_failed == []


def plain_missed(item: Item, slot: Slot) -> bool:
    return answers.met(slot, item) is False


@pytest.mark.parametrize("cadence", [*Cadence])
@pytest.mark.parametrize("yearly", [True, False])
@pytest.mark.parametrize("operator", [*Operator, None])
def test_the_query_and_the_rule_say_the_same_of_a_missed_target(
    cast: Cast, cadence: Cadence, yearly: bool, operator: Operator | None
) -> None:
    village = enrolment(cast)
    version = village.campaign.version
    changes: dict[str, object] = {
        "cadence": cadence,
        "threshold_yearly": yearly,
        "operator": operator,
        "threshold": None if operator is None else 90,
    }
    full, empty = changes | {"none_is_full": True}, changes | {"none_is_full": False}
    made = next_version(SLUG, {"1.3": full, "3.2": empty, "2.2": full})
    given = [
        *(Answer(value=number) for number in (0, 7, 8, 22, 23, 89, 90, 91, 999_999_999)),
        *(
            Answer(numerator=n, denominator=d)
            for n, d in ((0, 1), (3, 40), (9, 10), (899, 1000), (26, 30), (999_999_999,) * 2)
        ),
        Answer(none=True),
        Answer(not_applicable=True),
        Answer(),
    ]
    assert made.number == version.number + 1
    expected: dict[str, int] = {}
    for code in ("1.3", "3.2", "2.2"):
        criterion = next(each for each in made.criteria if each.code == code)
        slot = Slot(code, criterion, None, date(2026, 1, 1), date(2026, 1, 1), 1, Fraction(1))
        items = [_stored(village.id, criterion, number, each) for number, each in enumerate(given)]
        expected[code] = sum(plain_missed(each, slot) for each in items)
    counted_rows = db.session.execute(
        sa.select(Criterion.code, sa.func.count().filter(answers.missed()))
        .select_from(Item)
        .join(Criterion, Criterion.id == Item.criterion_id)
        .where(Criterion.version_id == made.id)
        .group_by(Criterion.code)
    )
    assert {row[0]: row[1] for row in counted_rows} == expected


def _stored(enrolment_id: int, criterion: Criterion, number: int, answer: Answer) -> Item:
    item = Item(
        enrolment_id=enrolment_id,
        criterion_id=criterion.id,
        key=f"{criterion.code}@{number}",
        value=answer.value,
        numerator=answer.numerator,
        denominator=answer.denominator,
        none=answer.none,
        not_applicable=answer.not_applicable,
        declared=False,
    )
    db.session.add(item)
    db.session.flush()
    return item


@pytest.mark.parametrize("said", [[3, 9, 4, 4], [3, 9, 4, 4, 60], [1, 2, 3, 4, 5, 600]])
def test_a_median_stands_for_at_least_five_answers(said: list[int]) -> None:
    row = Row(_a_criterion(), minutes=Counter(said))
    assert row.answers == len(said)
    assert row.median == (median(said) if len(said) >= FEWEST_ANSWERS else None)


def _a_criterion() -> Criterion:
    return Criterion(evidence=EvidenceKind.PHOTO, pieces=1)


def test_the_minutes_that_were_said_are_taken_together(cast: Cast) -> None:
    units = ("village", "neighbour", "far village")
    people = ("liaison", "neighbour", "far_liaison")
    for number, (unit, by) in enumerate(zip(units, people, strict=True)):
        found = enrolment(cast, unit)
        for key in ("2.1@2026Q1", "2.1@2026Q2"):
            wanted = campaigns.slot(found.campaign, key)
            answer = good(found, wanted, cast.people[by])
            minutes = 5 + number if key.endswith("Q1") else 5
            send(cast, found, key, Answer(evidence=answer.evidence, minutes=minutes), by)
    row = of(look_back(SLUG, EVERYWHERE, 2026), "2.1")
    assert (row.answers, row.median) == (6, 5)
    assert of(look_back(SLUG, EVERYWHERE, 2026), "1.1").median is None


def test_each_year_and_each_scope_is_looked_at_by_itself(cast: Cast, time: Time) -> None:
    last_year(cast, time, ("1.3", "2.2"))
    returned(cast, "village", "2.2", "unclear")
    returned(cast, "far village", "2.2")
    found = look_back(SLUG, EVERYWHERE, None)
    assert (found.year, list(found.years)) == (2026, [2026, 2025])
    assert (of(found, "2.2").decided, of(found, "2.2").returned) == (3, 1)
    before = look_back(SLUG, EVERYWHERE, 2025)
    assert (of(before, "2.2").decided, of(before, "1.3").decided) == (1, 1)
    assert of(look_back(SLUG, town(TIANGONG), 2026), "2.2").decided == 2
    assert of(look_back(SLUG, town(QIAOLOU), 2026), "2.2").decided == 1
    nothing = look_back(SLUG, EVERYWHERE, 2019)
    assert (nothing.campaigns, nothing.rows) == ([], [])
    assert look_back(SLUG, Scope((interval("/99/"),)), None).years == []
    with pytest.raises(NotFound):
        look_back("no-such-standard", EVERYWHERE, None)


def test_two_versions_in_one_year_stand_apart(cast: Cast) -> None:
    version = next_version(SLUG, {"2.2": {"text_en": "Another", "text_zh": "另外"}})
    again = taking_part(cast, campaign(cast, version, 2026, month=2))
    approve(cast, again, send(cast, again, "2.2"))
    found = look_back(SLUG, EVERYWHERE, 2026)
    assert [each.number for each, _ in found.tables] == [1, 2]
    decided = [
        row.decided for _, rows in found.tables for row in rows if row.criterion.code == "2.2"
    ]
    assert decided == [0, 1]


def test_drafts_and_campaigns_elsewhere_are_left_out(cast: Cast) -> None:
    first = standards.versions_of(SLUG)[0]
    found = campaign(cast, first, 2024)
    found.state = campaigns.CampaignState.DRAFT
    db.session.flush()
    assert look_back(SLUG, EVERYWHERE, None).years == [2026]


def test_a_year_is_few_statements(cast: Cast) -> None:
    returned(cast, "village", "2.2", "unclear")
    look_back(SLUG, EVERYWHERE, 2026)
    with statements() as sent:
        look_back(SLUG, EVERYWHERE, 2026)
    assert len(sent) == 4, "\n".join(sent)


URL = f"/standards/{SLUG}/look-back"


def test_the_page_names_what_nobody_failed(site: Site, time: Time) -> None:
    with meanwhile(site):
        last_year(site.cast, time, ("1.3",))
        returned(site.cast, "village", "2.2", "unclear", None)
        returned(site.cast, "neighbour", "1.1")
        police = records.find(site.cast.enrolment("village", SLUG), EVERYWHERE)
        approve(site.cast, police, send(site.cast, police, "4.2"), by="police")
    office = Visitor(site, "office")
    assert URL in office.get(f"/standards/{SLUG}").text
    with counted(site) as asked:
        page = office.get(f"{URL}?year=2026")
    assert len(asked) <= 10, "\n".join(asked)
    assert "2 criteria nobody ever failed: consider deleting them." in page.text
    assert "1 of them is a veto" in page.text
    assert "Cannot be made out" in page.text
    assert "in own words" in page.text
    assert "Ask again at the gate" not in page.text, "own words are counted, not shown"
    assert "Looking back at 2025" in office.get(f"{URL}?year=2025").text
    for typed in ("", "1999", "20261", "x", "２０２５"):
        assert "Looking back at 2026" in office.get(f"{URL}?year={typed}").text, typed
    assert "nothing to look back at" in office.get(f"{URL}?year=2031").text
    never = office.get("/standards/safe-market/look-back")
    assert "nothing to look back at" in never.text


def test_who_may_look_back(site: Site) -> None:
    for username, status in (
        *(("office", 200), ("leader", 200), ("town_leader", 200), ("auditor", 200)),
        *(("liaison", 403), ("reviewer", 403), ("police", 403), ("inspector", 403)),
    ):
        visitor = Visitor(site, username)
        assert visitor.get(URL).status_code == status, username
        shown = URL in visitor.get(f"/standards/{SLUG}").text
        assert shown == (status == 200), username
