"""One proof, many items over HTTP: the offer on the item, and the store of the unit's proof."""

import pytest

from campaigns import settings, standards
from campaigns.database import db
from campaigns.enrolment import records, transitions
from campaigns.evidence.records import CaptureSource, Evidence
from tests.cast import Cast
from tests.conftest import Site
from tests.doing import enrolment, picture, slot
from tests.earlier import campaign, taking_part
from tests.test_fitting import MAY, SEPTEMBER, TALK
from tests.test_upload import item_url, jpeg, send
from tests.visiting import Visitor, counted, form, forms, meanwhile


@pytest.fixture(autouse=True)
def nobody_minds_the_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many campaigns as a test likes."""
    monkeypatch.setattr(settings, "BURDEN_PIECES", 9_999)


@pytest.fixture
def others(site: Site) -> list[int]:
    """The village takes part twice more: in the same standard, and in one alike."""
    with meanwhile(site):
        return [
            taking_part(site.cast, campaign(site.cast, standards.versions_of(slug)[0], 2026)).id
            for slug in ("drug-free-village", "safe-community")
        ]


def item(enrolment_id: int, key: str = TALK) -> str:
    return f"/enrolments/{enrolment_id}/items/{key}"


def kept(cast: Cast, key: str | None = None) -> int:
    """A picture of the village, beside an item or beside none; its id."""
    village = enrolment(cast)
    made = picture(village.unit_id, cast.people["liaison"])
    made.captured_at, made.capture_source = SEPTEMBER, CaptureSource.CAMERA
    db.session.flush()
    if key:
        transitions.attach(village, slot(village, key), made)
    return made.id


def store(site: Site, unit: str = "village") -> str:
    return f"/units/{site.cast.units[unit]}/evidence"


def test_the_item_offers_its_proof_to_each_other_item(site: Site, others: list[int]) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site, TALK)
    assert "data-fits" not in liaison.get(url).text
    send(liaison, url, jpeg())
    page = liaison.get(url)
    assert "This also fits 2 items elsewhere" in page.text
    assert page.text.count("then it is enough") == 2
    assert page.text.count("It is asked in other words") == 1
    one, two, both = [each for each in forms(page) if each.action.endswith("/attach")]
    assert {*one.values("enrolment"), *two.values("enrolment")} == {*map(str, others)}
    assert sorted(both.values("enrolment")) == sorted(map(str, others))
    headers = {"HX-Current-URL": f"http://localhost{url}?said=uploaded#fits"}
    fields = dict(one.fields)
    answer = liaison.client.post(one.action, data=fields, headers=headers)
    assert (answer.status_code, answer.location) == (303, f"{url}?said=attached")
    page = liaison.get(answer.location)
    assert "Attached. Each item is still sent and decided on its own." in page.text
    assert "This also fits 1 item elsewhere" in page.text
    assert "Attached elsewhere, still to be sent there" in page.text
    there = liaison.get(item(int(fields["enrolment"]), fields["key"]))
    assert "Pictures: 1 of 1" in there.text
    assert "Proof of another item attached" in there.text
    assert 'data-state="open"' in there.text


def test_all_are_attached_at_once(site: Site, others: list[int]) -> None:
    liaison, url = Visitor(site, "liaison"), item_url(site, TALK)
    send(liaison, url, jpeg())
    whole = [each for each in forms(liaison.get(url)) if each.action.endswith("/attach")][-1]
    page = liaison.send(whole, follow=True)
    assert "data-fits" not in page.text
    for number, key in zip(others, (TALK, "4.1@2026Q3"), strict=True):
        assert "Pictures: 1 of 1" in liaison.get(item(number, key)).text


def test_a_script_that_uploads_is_told_and_so_is_the_sent_item(
    site: Site, others: list[int]
) -> None:
    assert others
    liaison, url = Visitor(site, "liaison"), item_url(site, TALK)
    answer = send(liaison, url, jpeg(), headers={"HX-Request": "true"})
    assert 'data-fits="2"' in answer.text
    page = liaison.send(form(liaison.get(url), "/submit"), follow=True)
    assert 'data-state="submitted"' in page.text
    assert 'data-fits="2"' in page.text


def test_whoever_only_looks_is_offered_nothing(site: Site, others: list[int]) -> None:
    assert others
    with meanwhile(site):
        number = kept(site.cast, TALK)
    for username in ("leader", "auditor", "office", "inspector"):
        visitor = Visitor(site, username)
        for url in (item_url(site, TALK), f"/evidence/{number}", store(site)):
            page = visitor.get(url)
            assert page.status_code == 200
            assert "data-fits" not in page.text, f"{username} {url}"
    reviewer = Visitor(site, "reviewer")
    assert "data-fits" not in reviewer.get(item_url(site, TALK)).text
    for url in (f"{item_url(site, TALK)}?instead=1", f"/evidence/{number}", store(site)):
        assert 'data-fits="2"' in reviewer.get(url).text, url


def test_when_it_was_taken_is_told_to_those_who_prove_or_decide(site: Site) -> None:
    with meanwhile(site):
        number = kept(site.cast, TALK)
    for username, told in (("liaison", True), ("reviewer", True), ("leader", False)):
        visitor = Visitor(site, username)
        assert ("taken 3 Sep" in visitor.get(item_url(site, TALK)).text) is told
        assert ("taken 3 Sep, says the photo" in visitor.get(store(site)).text) is told
        assert ("3 Sep 12:00, says the photo" in visitor.get(f"/evidence/{number}").text) is told


def test_a_refusal_is_told_on_the_page_of_the_piece(site: Site, others: list[int]) -> None:
    with meanwhile(site):
        number = kept(site.cast, TALK)
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(f"/evidence/{number}"), f"/{number}/attach")
    page = liaison.send(found, enrolment=str(others[0]), key="2.2")
    assert page.status_code == 422
    assert "It does not fit 2.2 any more" in page.text
    page = liaison.send(found, evidence=[str(n) for n in range(20)])
    assert page.status_code == 422
    assert "12" in page.text
    # From that page, which cannot be opened again, the way leads to the piece.
    headers = {"Referer": f"http://localhost{found.action}"}
    answer = liaison.client.post(found.action, data=dict(found.fields), headers=headers)
    assert answer.location == f"/evidence/{number}?said=attached"


def test_what_the_form_names_must_be_there(site: Site, others: list[int]) -> None:
    with meanwhile(site):
        number = kept(site.cast, TALK)
        foreign = picture(site.cast.units["neighbour"], site.cast.people["neighbour"]).id
    liaison = Visitor(site, "liaison")
    found = form(liaison.get(f"/evidence/{number}"), f"/{number}/attach")
    neighbour = site.cast.enrolment("neighbour", "drug-free-village")
    wrong: list[dict[str, object]] = [
        {"enrolment": None},
        {"enrolment": "x"},
        {"enrolment": [str(others[0])] * 2},
        {"enrolment": str(neighbour)},
        {"key": "9.9"},
        {"evidence": "x"},
        {"evidence": str(foreign)},
    ]
    for changed in wrong:
        assert liaison.send(found, **changed).status_code == 404, changed
    found.action = f"/evidence/{foreign}/attach"
    assert liaison.send(found).status_code == 404
    found.action = f"/evidence/{number}/attach"
    office = Visitor(site, "office")
    assert (
        office.client.post(
            found.action, data=dict(found.fields) | {"csrf_token": office.token()}
        ).status_code
        == 403
    )
    with site.app.app_context():
        assert records.item(enrolment(site.cast, "neighbour"), TALK) is None


def test_the_store_shows_each_piece_and_what_it_is_for(site: Site, others: list[int]) -> None:
    liaison, url = Visitor(site, "liaison"), store(site)
    assert "Nothing was sent yet" in liaison.get(url).text
    with meanwhile(site):
        spare, used, old = kept(site.cast), kept(site.cast, TALK), kept(site.cast, "2.1@2026Q2")
        db.session.get_one(Evidence, old).captured_at = MAY
    assert f'href="{url}"' in liaison.get("/").text
    assert f'href="{url}"' in liaison.get(f"/units/{site.cast.units['village']}").text

    def shown(query: str = "") -> list[int]:
        page = liaison.get(url + query).text
        return [n for n in (old, used, spare) if f'data-evidence="{n}"' in page]

    assert shown() == [old, used, spare]
    assert shown("?show=unused") == [spare]
    assert shown("?show=stale") == [old]
    assert shown("?show=fits") == [old, used]
    assert shown("?page=2") == []
    page = liaison.get(url)
    assert "was fresh until 30 Jun" in page.text
    assert "fresh until 30 Sep" in page.text
    assert "Proves nothing at present." in page.text
    assert page.text.count('loading="lazy"') == 3
    assert "Attach" in page.text
    attach = form(page, f"/{used}/attach")
    assert attach.values("enrolment")[0] in {*map(str, others)}


def test_the_store_is_paged(site: Site) -> None:
    with meanwhile(site):
        ids = [kept(site.cast) for _ in range(settings.PAGE_ROWS + 1)]
    liaison, url = Visitor(site, "liaison"), f"{store(site)}?show=unused"
    page = liaison.get(url)
    assert page.text.count("data-evidence") == settings.PAGE_ROWS
    assert f'href="{store(site)}?page=2&amp;show=unused"' in page.text
    assert f'data-evidence="{ids[0]}"' in liaison.get(f"{url}&page=2").text


def test_the_store_of_another_unit_is_not_there(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    assert liaison.get(store(site, "neighbour")).status_code == 404
    assert Visitor(site, "far_reviewer").get(store(site)).status_code == 404
    assert Visitor(site, "auditor").get(store(site)).status_code == 200


def test_the_item_takes_few_statements_and_few_more_for_its_proof(
    site: Site, others: list[int]
) -> None:
    assert others
    liaison, url = Visitor(site, "liaison"), item_url(site, TALK)
    liaison.get(url)
    with counted(site) as bare:
        liaison.get(url)
    with meanwhile(site):
        kept(site.cast, TALK)
    liaison.get(url)
    with counted(site) as full:
        liaison.get(url)
    assert len(bare) <= 10
    assert len(full) <= 20
