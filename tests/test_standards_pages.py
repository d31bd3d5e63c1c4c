"""The city office's pages of standards: reading, comparing, writing, publishing."""

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import standards
from campaigns.campaign import Campaign
from campaigns.database import db
from campaigns.permissions import Permission
from campaigns.standards import Criterion, Version
from tests.conftest import Site
from tests.drafting import SLUG
from tests.test_upload import item_url, jpeg, stored
from tests.visiting import Visitor, form, forms, meanwhile

HERE = f"/standards/{SLUG}"
DRAFT = f"{HERE}/draft"
NEW = "/standards/safe-wharf/draft"
FRAME = {
    **{"name_zh": "平安码头", "name_en": "Safe wharf", "registration": "unit"},
    **{"kinds": ["village", "school"], "pass_mark": "８５"},
}
PHOTO = {
    **{"text_zh": "有救生圈", "text_en": "A lifebuoy hangs there", "points": "60"},
    **{"evidence": "photo", "cadence": "yearly", "pieces": "2"},
}
#: What makes another standard or version, or forgets a file.
OTHER_THINGS = {"standards.drafts.create", "standards.drafts.begin", "standards.sheets.drop"}
RATIO = {
    **{"text_zh": "灯亮", "text_en": "Lamps that work", "points": "40", "evidence": "ratio"},
    **{"cadence": "quarterly", "pieces": "0", "operator": ">=", "threshold": "90"},
    **{"numerator_zh": "亮灯", "numerator_en": "lamps lit"},
    **{"denominator_zh": "全部灯", "denominator_en": "all lamps"},
}


def begun(office: Visitor) -> TestResponse:
    """The editor of the next version."""
    return office.send(form(office.get(HERE), "/draft"), follow=True)


def fill(office: Visitor, url: str, **fields: Any) -> TestResponse:
    """Sends the form of a page."""
    return office.send(form(office.get(url), url.partition("?")[0]), follow=True, **fields)


def written(office: Visitor) -> TestResponse:
    """The editor of a new standard with two criteria, ready to be published."""
    page = fill(office, "/standards/new", **FRAME)
    assert "Add the first section" in page.text
    page = fill(office, f"{NEW}/sections/new", name_zh="设施", name_en="Equipment")
    assert form(page, "/criteria/new").values("code") == ["1.1"]
    page = fill(office, f"{NEW}/criteria/new", **PHOTO, another="1")
    assert form(page, "/criteria/new").values("code") == ["1.2"]
    return fill(office, f"{NEW}/criteria/new", **RATIO)


def numbers(site: Site) -> list[tuple[int, bool]]:
    with site.app.app_context():
        query = sa.select(Version.number, Version.published_at).order_by(Version.id)
        return [(number, day is not None) for number, day in db.session.execute(query)]


def test_a_new_standard_is_written_and_published_in_the_browser(site: Site) -> None:
    office = Visitor(site, "office")
    page = written(office)
    assert 'data-figure="points" data-numerator="100" data-denominator="100"' in page.text
    assert "Nothing is missing." in page.text
    page = office.send(form(office.get(f"{NEW}/publish"), "/publish"), follow=True)
    assert "nobody can change this version" in page.text
    assert "Lamps that work" in page.text
    for username in ("liaison", "auditor"):
        assert "Lamps that work" in Visitor(site, username).get("/standards/safe-wharf").text
    page = office.get("/campaigns/new")
    assert "Safe wharf" in page.text
    assert office.get("/coverage/511381").status_code == 200


def test_the_editor_says_what_is_missing_and_leads_there(site: Site) -> None:
    office = Visitor(site, "office")
    written(office)
    page = fill(office, f"{NEW}/criteria/1.1", points="52", text_en="")
    assert "8 are missing" in page.text
    assert f'href="{NEW}/criteria/1.1#text_en"' in page.text
    assert "Nothing is missing" not in page.text
    page = office.get(f"{NEW}/publish")
    assert [each for each in forms(page) if each.action.endswith("/publish")] == []
    sent = form(office.get(NEW), "/discard")
    sent.action = f"{NEW}/publish"
    answer = office.send(sent)
    assert answer.status_code == 422
    assert "2 things are missing" in answer.text
    assert numbers(site)[-1] == (1, False)


def test_a_wrong_form_comes_back_with_what_was_typed(site: Site) -> None:
    office = Visitor(site, "office")
    written(office)
    url = f"{NEW}/criteria/new"
    wrong = {"code": "9.1", "points": "many", "text_zh": "新的", "veto": "1"}
    answer = office.send(form(office.get(url), url), **(PHOTO | wrong | {"pieces": "0"}))
    assert answer.status_code == 422
    assert "At least one piece" in answer.text
    assert "新的" in answer.text
    assert 'value="many"' in answer.text
    assert re.search(r'name="veto" type="checkbox" value="1" checked', answer.text)
    wrong["points"] = "1"
    assert "no section 9" in office.send(form(office.get(url), url), **(PHOTO | wrong)).text
    page = office.send(form(office.get("/standards/new"), "/new"), **(FRAME | {"name_en": ""}))
    assert page.status_code == 422
    assert "平安码头" in page.text
    assert re.search(r'value="school" checked', page.text)


def test_the_next_version_is_compared_with_the_last(site: Site) -> None:
    office = Visitor(site, "office")
    page = begun(office)
    assert "Draft of version 2" in page.text
    fill(office, f"{DRAFT}/criteria/1.1", points="1")
    fill(office, f"{DRAFT}/criteria/1.2", text_zh="全换了", text_en="Another thing")
    fill(office, f"{DRAFT}/criteria/new?section=1", **PHOTO)
    office.send(form(office.get(f"{DRAFT}/criteria/2.2"), "/remove"))
    page = office.get(f"{HERE}/compare")
    found = dict(re.findall(r'data-figure="(\w+)" data-numerator="(\d+)"', page.text))
    assert found == {"new": "1", "changed": "1", "gone": "1", "unchanged": "10"}
    states = dict(re.findall(r'data-state="(\w+)" data-key="([\d.]+)"', page.text)[::-1])
    assert states["gone"] == "2.2"
    assert "<dt>Points</dt>" in page.text
    assert office.get(f"{HERE}/compare?from=1&to=1").status_code == 200
    for wrong in ("from=3", "to=x", "to=%00", "from=", "from=1&to=99"):
        assert office.get(f"{HERE}/compare?{wrong}").status_code == 404


def test_only_the_office_sees_a_draft(site: Site) -> None:
    office = Visitor(site, "office")
    begun(office)
    written(office)
    assert office.get(f"{HERE}?version=2").status_code == 200
    for username in ("liaison", "reviewer", "acceptor", "leader", "auditor", "admin"):
        other = Visitor(site, username)
        assert other.get(DRAFT).status_code == 403
        assert other.get("/standards/safe-wharf").status_code == 404
        assert other.get(f"{HERE}?version=2").status_code == 404
        assert other.get(f"{HERE}/compare?to=2").status_code == 404
        page = other.get("/standards")
        assert "wharf" not in page.text.lower()
        assert "/standards/new" not in page.text
        assert "/draft" not in other.get(HERE).text
    assert "Safe wharf" in office.get("/standards").text


def test_a_published_version_cannot_be_changed_by_any_route(site: Site) -> None:
    office = Visitor(site, "office")
    written(office)
    office.send(form(office.get(f"{NEW}/publish"), "/publish"))
    with site.app.app_context():
        version = db.session.scalars(sa.select(Version).order_by(Version.id.desc())).first()
        assert version
        before, seen = version.id, version.row_version
    fields = {"csrf_token": office.token(), "version": str(seen), "code": "1.1"}
    fields |= {"name_zh": "别的", "name_en": "Other", **PHOTO, **FRAME, "text_zh": "别的"}
    tried = 0
    for rule in site.app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        if not endpoint.startswith("standards.") or "POST" not in (rule.methods or ()):
            continue
        values = {"slug": "safe-wharf", "code": "1.1", "number": 1}
        url = site.app.url_map.bind("localhost").build(
            endpoint, {each: values[each] for each in rule.arguments}
        )
        if endpoint in OTHER_THINGS:
            continue
        tried += 1
        answer = office.client.post(url, data=fields | {"file": (io.BytesIO(jpeg()), "a.jpg")})
        assert 400 <= answer.status_code < 500, url
    assert tried >= 11
    with site.app.app_context():
        standards.forget()
        kept = standards.version(before)
        assert [(c.text_zh, c.points) for c in kept.criteria] == [("有救生圈", 60), ("灯亮", 40)]
        assert (kept.row_version, kept.sections[0].name_zh) == (seen, "设施")


def test_whoever_was_slower_is_told_and_keeps_what_she_typed(site: Site) -> None:
    first, second = Visitor(site, "office"), Visitor(site, "office")
    begun(first)
    late = form(second.get(f"{DRAFT}/criteria/1.1"), "/criteria/1.1")
    gone = form(second.get(f"{DRAFT}/criteria/1.2"), "/remove")
    first.send(form(first.get(f"{DRAFT}/criteria/1.2"), "/remove"))
    answer = second.send(late, text_zh="我写的")
    assert answer.status_code == 409
    assert "我写的" in answer.text
    # The form has the new version, so that sending it again is taken.
    again = second.send(form(answer, "/criteria/1.1"), text_zh="我写的", points="3")
    assert again.status_code == 303
    # What the form was about is gone as well: still a plain answer.
    assert second.send(gone).status_code == 409


def test_unused_criteria_go_only_in_a_new_version(site: Site) -> None:
    office = Visitor(site, "office")
    begun(office)
    page = office.send(form(office.get(f"{DRAFT}/criteria/1.1"), "/remove"), follow=True)
    assert "out of the draft" in page.text
    assert office.get(f"{DRAFT}/criteria/1.1").status_code == 404
    assert ">1.1<" in office.get(f"{HERE}?version=1").text
    assert ">1.1<" not in office.get(f"{HERE}?version=2").text


def test_a_draft_is_thrown_away(site: Site) -> None:
    office = Visitor(site, "office")
    before = numbers(site)
    page = begun(office)
    office.send(form(page, "/discard"))
    office.send(form(written(office), "/discard"))
    assert numbers(site) == before
    assert office.get("/standards/safe-wharf").status_code == 404


def illustrate(office: Visitor, content: bytes, name: str = "a.jpg") -> TestResponse:
    found = form(office.get(f"{DRAFT}/criteria/2.2"), "/example")
    data = dict(found.fields) | {"file": (io.BytesIO(content), name)}
    return office.client.post(found.action, data=data)


def test_an_example_picture_is_shown_to_those_who_take_the_photos(site: Site) -> None:
    office, liaison = Visitor(site, "office"), Visitor(site, "liaison")
    begun(office)
    assert illustrate(office, jpeg()).status_code == 303
    with site.app.app_context():
        query = sa.select(Criterion.example_sha256).where(Criterion.example_sha256.is_not(None))
        name = db.session.scalars(query).one()
    assert len(stored(site)) == 2
    url = f"{HERE}/examples/{name}"
    assert f'src="{url}/thumb"' in office.get(f"{DRAFT}/criteria/2.2").text
    assert liaison.get(url).status_code == 404
    office.send(form(office.get(f"{DRAFT}/publish"), "/publish"))
    picture = liaison.get(url)
    assert picture.status_code == 200
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.headers["Cache-Control"] == "private, no-cache"
    assert liaison.get(f"{url}/thumb").status_code == 200
    for wrong in (f"/standards/safe-school/examples/{name}", f"{HERE}/examples/{'0' * 64}"):
        assert liaison.get(wrong).status_code == 404
    assert f'src="{url}/thumb"' in liaison.get(HERE).text


def test_guidance_stands_beside_the_item(site: Site) -> None:
    with meanwhile(site):
        draft = standards.drafts.begin(SLUG, by=None)
        for each in draft.criteria:
            each.guidance_zh, each.guidance_en = "近一点", "Go closer"
        standards.drafts.publish(draft, draft.row_version, by=None)
        db.session.execute(sa.update(Campaign).values(version_id=draft.id))
    standards.forget()
    assert "Go closer" in Visitor(site, "liaison").get(item_url(site)).text


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.jpg"),
        (b"<svg xmlns='a'/>", "a.jpg"),
        (jpeg(), "a.svg"),
        (jpeg()[:2000], "a.jpg"),
        (jpeg(), ""),
    ],
)
def test_what_is_no_picture_is_no_example(site: Site, content: bytes, name: str) -> None:
    office = Visitor(site, "office")
    begun(office)
    assert illustrate(office, content, name).status_code == 422
    assert stored(site) == []
    assert list(site.folder.glob("upload-*")) == []


def test_every_route_that_writes_belongs_to_the_office(site: Site) -> None:
    for rule in site.app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        if endpoint.startswith("standards.") and "POST" in (rule.methods or ()):
            demanded = site.app.view_functions[endpoint].permission  # type: ignore[attr-defined]
            assert demanded is Permission.EDIT_STANDARDS
