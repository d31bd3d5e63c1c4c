"""The city office sets a campaign up: four steps, each a page and a form, left and taken up."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import people
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.enrolment import records
from campaigns.units import Kind, Unit
from tests.cast import TIANGONG, YEAR
from tests.conftest import Site
from tests.doing import events
from tests.visiting import Form, Visitor, form, forms, meanwhile

NEW = "/campaigns/new"
OTHERS = ("liaison", "reviewer", "police", "acceptor", "leader", "auditor", "inspector", "admin")
HOSTILE = ("x" * 100_000, "-1", "9" * 40, "1e999", "NaN", "' OR 1=1--", "{{7*7}}", "\u202e１")
TERMS = {
    "leave": "with",
    "approval_number": "阆委办〔2026〕1号",
    "approval_body": "市委",
    "approval_until": "2027-12-31",
    "opens_on": "2026-10-01",
    "due_on": "2027-09-30",
    "review_due_on": "2027-10-31",
    "steps": ["city", "notice"],
    "notice_days": "７",
}
#: What a kept step adds to the address of the next one.
KEPT = "?said=drafted"
ASKED = "国庆前补齐安全短板"


def stored(site: Site) -> list[Campaign]:
    with site.app.app_context():
        return list(db.session.scalars(sa.select(Campaign).order_by(Campaign.id)))


def chosen(page: TestResponse, word: str) -> str:
    """The value of the standard whose name holds a word."""
    options = re.findall(r'<option value="(\d+)"[^>]*>([^<]+)', page.text)
    return next(value for value, text in options if word in text.lower())


def begin(visitor: Visitor, word: str = "school", **changed: Any) -> TestResponse:
    """Sends the first step of a new campaign, filled in well but for what is changed."""
    page = visitor.get(NEW)
    fields: dict[str, Any] = {
        "version_id": chosen(page, word),
        "place": TIANGONG,
        "name_zh": "示范活动",
        "name_en": "A demonstration",
    }
    return visitor.send(form(page, NEW), **(fields | changed))


def agree(visitor: Visitor, url: str, **changed: Any) -> TestResponse:
    """Sends the second step."""
    return visitor.send(form(visitor.get(url), "/approval"), **(TERMS | changed))


def set_up(visitor: Visitor, word: str = "school") -> str:
    """Goes through the first three steps; gives the address of the draft."""
    answer = begin(visitor, word)
    answer = agree(visitor, answer.location)
    found = form(visitor.get(answer.location), "/burden")
    reason = {"reason": ASKED} if found.values("reason") else {}
    answer = visitor.send(found, **reason)
    assert answer.status_code == 303
    return str(answer.location).removesuffix(KEPT)


def test_a_campaign_is_set_up_step_by_step(site: Site) -> None:
    office = Visitor(site, "office")
    answer = begin(office)
    made = stored(site)[-1]
    assert answer.location == f"/campaigns/{made.id}/approval{KEPT}"
    assert "go on another day" in office.get(answer.location).text
    answer = agree(office, answer.location)
    assert answer.location == f"/campaigns/{made.id}/burden{KEPT}"
    page = office.get(answer.location)
    # Opened until September 2027 it asks the same as the campaign that schools have already.
    assert 'data-likeness="same"' in page.text
    assert 'data-figure="burden" data-numerator="39" data-denominator="60"' in page.text
    answer = office.send(form(page, "/burden"))
    assert answer.location == f"/campaigns/{made.id}{KEPT}"
    page = office.get(answer.location)
    assert 'data-state="draft"' in page.text
    assert "阆委办〔2026〕1号, 市委, until 31 Dec 2027" in page.text
    assert "7 working days" in page.text
    assert "2 units take part from then on" in page.text
    made = stored(site)[-1]
    assert made.steps == ["town", "city", "notice"]
    assert made.notice_days == 7


def test_the_draft_can_be_left_and_taken_up_again(site: Site) -> None:
    office = Visitor(site, "office")
    url = begin(office).location.removesuffix(f"/approval{KEPT}")
    page = office.get(url)
    assert "still to be said" in page.text
    assert not [each for each in forms(page) if each.action.endswith("/extend")]
    later = Visitor(site, "office")
    assert url in later.get("/campaigns").text
    found = form(later.get(f"{url}/scope"), "/scope")
    assert (found.values("name_zh"), found.values("name_en")) == (["示范活动"], ["A demonstration"])
    options = {"version_id": chosen(later.get(NEW), "hospital"), "place": "511381"}
    assert later.send(found, **options, name_en="Another").status_code == 303
    made = stored(site)[-1]
    assert (made.name_en, f"/campaigns/{made.id}") == ("Another", url)
    assert agree(later, f"{url}/approval").status_code == 303
    kept = form(later.get(f"{url}/approval"), "/approval")
    for field in ("approval_number", "opens_on", "due_on", "review_due_on"):
        assert kept.values(field) == [TERMS[field]]
    assert kept.values("leave") == ["with"]
    assert kept.values("steps") == ["city", "notice"]


def test_a_draft_without_approval_says_what_that_means(site: Site) -> None:
    office = Visitor(site, "office")
    url = begin(office).location
    assert form(office.get(url), "/approval").values("leave") == []
    assert "Choose one of the list" in agree(office, url, leave=None).text
    assert agree(office, url, leave="without").status_code == 303
    made = stored(site)[-1]
    assert (made.can_name, made.approval_body) == (False, None)
    assert "can never name" in office.get(f"/campaigns/{made.id}").text


def test_above_the_cap_the_office_cuts_or_gives_a_reason_for_all_to_read(site: Site) -> None:
    office = Visitor(site, "office")
    url = agree(office, begin(office, "peace").location).location
    page = office.get(url)
    assert "2 pieces above the cap" in page.text
    draft = url.removesuffix(f"/burden{KEPT}")
    shown = office.get(draft)
    assert "give a reason in step 3" in shown.text
    refused = office.send(Form(f"{draft}/open", form(page, "/burden").fields))
    assert refused.status_code == 422
    assert "2 pieces above the cap" in refused.text
    answer = office.send(form(page, "/burden"), reason=" ")
    assert answer.status_code == 422
    assert "or give a reason" in answer.text
    office.send(form(page, "/burden"), reason=ASKED)
    assert office.send(form(office.get(draft), "/open")).status_code == 303
    for username in ("reviewer", "leader", "auditor", "office"):
        assert ASKED in Visitor(site, username).get(draft).text, username
    with meanwhile(site):
        village = db.session.scalars(sa.select(Unit).where(Unit.kind == Kind.VILLAGE)).first()
        assert village is not None
        person = db.session.get_one(people.Person, site.cast.people["liaison"])
        people.grant(person, people.Role.LIAISON, unit=village, valid_from=YEAR[0])
        number = records.id_of(int(draft.rpartition("/")[2]), village.id)
    liaison = Visitor(site, "liaison")
    assert ASKED in liaison.get(draft).text
    assert ASKED in liaison.get(f"/enrolments/{number}").text


def test_a_draft_is_thrown_away(site: Site) -> None:
    office, before = Visitor(site, "office"), len(stored(site))
    url = set_up(office)
    found = form(office.get(url), "/discard")
    for version in ("", "x", "99", "9" * 40, None):
        assert office.send(found, version=version).status_code == 409
    assert office.send(found).location == "/campaigns?said=discarded"
    assert len(stored(site)) == before
    assert office.get(url).status_code == 404
    assert office.send(found).status_code == 404
    with site.app.app_context():
        assert events("campaign", int(url.rpartition("/")[2]))[-1] == "discarded"


@pytest.mark.parametrize("step", ["scope", "approval", "burden"])
def test_a_step_from_an_old_page_shows_how_it_stands_now(site: Site, step: str) -> None:
    office = Visitor(site, "office")
    url = set_up(office)
    old = form(office.get(f"{url}/{step}"), f"/{step}")
    agree(office, f"{url}/approval", notice_days="9")
    options = {"version_id": chosen(office.get(NEW), "school"), "place": TIANGONG}
    answer = office.send(old, **(TERMS if step == "approval" else options))
    assert answer.status_code == 409
    assert "Somebody else changed this" in answer.text
    assert stored(site)[-1].notice_days == 9


def test_an_open_campaign_has_no_set_up_any_more(site: Site) -> None:
    office = Visitor(site, "office")
    url = set_up(office)
    pages = {step: office.get(f"{url}/{step}") for step in ("scope", "approval", "burden")}
    office.send(form(office.get(url), "/open"))
    for step, page in pages.items():
        assert office.get(f"{url}/{step}").status_code == 404
        assert office.send(form(page, f"/{step}")).status_code == 404


def test_only_the_city_office_sets_up(site: Site) -> None:
    office = Visitor(site, "office")
    url = set_up(office)
    before = [(each.id, each.state, each.row_version) for each in stored(site)]
    for username in OTHERS:
        other = Visitor(site, username)
        token = {"csrf_token": other.token(), "version": "4"} | TERMS
        assert other.get(NEW).status_code == 403
        assert other.client.post(NEW, data=token).status_code == 403
        for step in ("scope", "approval", "burden", "discard", "open"):
            assert other.client.post(f"{url}/{step}", data=token).status_code == 403
        assert other.get(f"{url}/burden").status_code == 403
        assert other.get(url).status_code == (403 if username == "admin" else 404)
    assert [(each.id, each.state, each.row_version) for each in stored(site)] == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name_zh": " "}, "name in both languages"),
        ({"name_en": ""}, "name in both languages"),
        ({"name_en": "x" * 61}, "61 characters"),
        ({"name_en": "11010519491231002X"}, "resident identity number"),
        ({"version_id": ""}, "Choose one of the list"),
        ({"version_id": None}, "Choose one of the list"),
        ({"place": "51"}, "Choose one of the list"),
        ({"place": None}, "Choose one of the list"),
    ],
)
def test_a_first_step_that_will_not_do_is_given_back_as_typed(
    site: Site, changed: dict[str, Any], sentence: str
) -> None:
    before = len(stored(site))
    answer = begin(Visitor(site, "office"), **({"name_zh": "留着"} | changed))
    assert answer.status_code == 422
    assert sentence in answer.text
    again = form(answer, NEW)
    for field, typed in changed.items():
        if field not in {"version_id", "place"}:
            assert again.values(field) == [typed]
    assert re.search(f'value="{TIANGONG}" checked', answer.text) or "place" in changed
    assert len(stored(site)) == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"opens_on": "2026-02-30"}, "date cannot be read"),
        ({"due_on": ""}, "date cannot be read"),
        ({"due_on": "9999-12-31"}, "date cannot be read"),
        ({"review_due_on": "soon"}, "date cannot be read"),
        ({"due_on": "2026-09-30"}, "before the opening"),
        ({"opens_on": "2026-01-01", "due_on": "2026-09-15"}, "has passed already"),
        ({"review_due_on": "2027-09-29"}, "Reviews would end"),
        ({"approval_until": "2026-09-30"}, "ends before the campaign can run"),
        ({"approval_number": ""}, "document number, approving body"),
        ({"approval_body": " "}, "document number, approving body"),
        ({"approval_until": ""}, "date cannot be read"),
        ({"notice_days": "0"}, "from 1 to 60"),
        ({"notice_days": "61"}, "from 1 to 60"),
        ({"notice_days": "five"}, "from 1 to 60"),
        ({"leave": "maybe"}, "Choose one of the list"),
    ],
)
def test_terms_that_will_not_do_are_given_back_as_typed(
    site: Site, changed: dict[str, Any], sentence: str
) -> None:
    office = Visitor(site, "office")
    url = begin(office).location
    answer = agree(office, url, **changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    again = form(answer, "/approval")
    for field, typed in changed.items():
        if field != "leave":
            assert again.values(field) == [typed]
    assert again.values("steps") == ["city", "notice"]
    assert stored(site)[-1].review_due_on is None


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_input_breaks_the_set_up(site: Site, typed: str) -> None:
    office, before = Visitor(site, "office"), len(stored(site))
    for field in ("version_id", "place"):
        assert begin(office, **{field: typed}).status_code == 422
    assert len(stored(site)) == before
    url = begin(office).location
    for field in ("leave", "opens_on", "due_on", "review_due_on", "approval_until", "notice_days"):
        assert agree(office, url, **{field: typed}).status_code == 422, field
    assert agree(office, url, steps=[typed, "city", "city"]).status_code == 303
    assert stored(site)[-1].steps == ["town", "city"]


def test_no_form_of_a_campaign_asks_for_a_fee(site: Site) -> None:
    office = Visitor(site, "office")
    url = set_up(office, "peace")
    pages = [office.get(each) for each in (NEW, f"{url}/scope", f"{url}/approval", f"{url}/burden")]
    opened = office.send(form(office.get(url), "/open"), follow=True)
    for page in (*pages, opened):
        names = set(re.findall(r'name="([^"]+)"', page.text))
        assert names
        assert not [each for each in names if re.search("fee|price|pay|charge|cost", each)]
