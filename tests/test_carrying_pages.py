"""The one tap over HTTP: on the item, on the checklist, several at once; what the desk says."""

import pytest

from campaigns import standards
from campaigns.database import db
from campaigns.enrolment import records, recount
from campaigns.enrolment.answers import Answer
from campaigns.enrolment.records import Item
from tests.conftest import Site, Time
from tests.earlier import campaign, last_year, next_version, taking_part
from tests.test_liaison_pages import checklist, enrolment, item
from tests.visiting import Form, Visitor, counted, form, forms, meanwhile, states

KEYS = ("2.2", "1.3", "4.1", "3.1")


@pytest.fixture
def proved(site: Site, time: Time) -> Site:
    """Last year the village and its neighbour proved some items."""
    with meanwhile(site):
        last_year(site.cast, time, KEYS, {"4.1": Answer(numerator=26, denominator=30)})
        last_year(site.cast, time, ("1.1",), unit="neighbour", by="neighbour")
    return site


def taps(visitor: Visitor, url: str) -> list[Form]:
    return [each for each in forms(visitor.get(url)) if each.action.endswith("/still-true")]


def test_the_item_shows_last_times_proof_and_one_tap_sends_it(proved: Site) -> None:
    liaison, url = Visitor(proved, "liaison"), item(proved, "2.2")
    page = liaison.get(url)
    assert "Is this still true?" in page.text
    assert "Proved on 12 May 2025 for Drug-free village / community 2025" in page.text
    assert page.text.count("/thumb") == 2
    page = liaison.send(form(page, "/still-true"), follow=True)
    assert states(page)["2.2"] == "submitted"
    assert "Confirmed as still true" in page.text
    sent = liaison.get(url)
    told = "Carried forward from Drug-free village / community 2025, proved on 12 May 2025, "
    assert f"{told}confirmed still true on 16 Sep." in sent.text
    assert "Confirmed as still true" in sent.text, "the history says it"
    with proved.app.app_context():
        assert list(recount.check()) == []


def test_the_checklist_counts_them_and_has_a_tap_for_each(proved: Site) -> None:
    liaison, url = Visitor(proved, "liaison"), checklist(proved)
    page = liaison.get(url)
    assert "4 items can be confirmed as still true" in page.text
    assert {each.action.split("/")[-2] for each in taps(liaison, url)} == {*KEYS}
    liaison.send(form(page, "/1.3/still-true"))
    assert "3 items can be confirmed as still true" in liaison.get(url).text
    neighbour = Visitor(proved, "neighbour")
    assert len(taps(neighbour, checklist(proved, "neighbour"))) == 1


def test_several_are_ticked_and_confirmed_as_one(proved: Site) -> None:
    liaison, url = Visitor(proved, "liaison"), f"{checklist(proved)}/still-true"
    found = form(liaison.get(url), "/still-true")
    assert liaison.get(url).text.count('type="checkbox"') == 4
    empty = liaison.send(found)
    assert empty.status_code == 422
    assert "Nothing is ticked" in empty.text
    stale = liaison.send(found, item=["2.2=1", "1.3=5"])
    assert stale.status_code == 409
    again = form(stale, "/still-true").values("item")
    assert again == ["1.3=1", "2.2=1"], "what was ticked stays ticked"
    page = liaison.send(found, item=["2.2=1", "1.3=1"], follow=True)
    assert [states(page)[key] for key in KEYS] == ["submitted", "submitted", "open", "open"]
    assert liaison.send(found, item=["2.2=1"]).status_code == 409
    for typed in ("2.2", "2.2=", "=", "2.2=x", "2.2=-1"):
        assert liaison.send(found, item=[typed]).status_code == 409
    assert liaison.send(found, item=["9.9=1"]).status_code == 404
    rest = liaison.send(found, item=["4.1=1", "3.1=1"], follow=True)
    assert "can be confirmed" not in rest.text
    assert "Nothing of last time is left" in liaison.get(url).text


def test_what_cannot_be_carried_is_refused_on_the_page_of_the_item(proved: Site) -> None:
    liaison = Visitor(proved, "liaison")
    token = {"csrf_token": liaison.token(), "version": "1"}
    answer = liaison.client.post(f"{item(proved, '1.1')}/still-true", data=token)
    assert answer.status_code == 422
    assert "Last time’s proof does not do for 1.1 today" in answer.text
    stale = token | {"version": "9"}
    assert liaison.client.post(f"{item(proved, '2.2')}/still-true", data=stale).status_code == 409
    with proved.app.app_context():
        unit = proved.cast.units["village"]
        now = records.id_of(proved.cast.campaigns["drug-free-village"], unit)
        assert not db.session.query(Item).filter_by(enrolment_id=now).all()


def test_changed_wording_says_since_when(site: Site, time: Time) -> None:
    with meanwhile(site):
        last_year(site.cast, time, ("2.2", "1.3"))
        changes = {"2.2": {"text_en": "Something else", "text_zh": "要求不同"}}
        version = next_version("drug-free-village", changes)
        again = taking_part(site.cast, campaign(site.cast, version, 2026, month=2)).id
    standards.forget()
    liaison = Visitor(site, "liaison")
    page = liaison.get(f"/enrolments/{again}")
    assert "Changed since 2025: please prove it anew." in page.text
    assert "1 item can be confirmed as still true" in page.text
    page = liaison.get(f"/enrolments/{again}/items/2.2")
    assert "Wording or rule changed since 2025: please prove it anew." in page.text
    assert "/still-true" not in page.text


def test_a_removed_picture_is_neither_shown_nor_carried(proved: Site, time: Time) -> None:
    with meanwhile(proved):
        unit = proved.cast.units["village"]
        query = db.session.query(Item).join(Item.enrolment).filter_by(unit_id=unit)
        then = query.filter(Item.key == "2.2").one()
        records.attached(then.id)[0].removed_at = time.now
    page = Visitor(proved, "liaison").get(item(proved, "2.2"))
    assert "Is this still true?" not in page.text
    assert "/thumb" not in page.text


def test_only_those_who_prove_are_asked(proved: Site) -> None:
    for username in ("leader", "auditor", "inspector", "police", "office"):
        reader = Visitor(proved, username)
        for url in (checklist(proved), item(proved, "2.2"), f"{item(proved, '2.2')}?instead=1"):
            assert taps(reader, url) == []
        assert reader.get(f"{checklist(proved)}/still-true").status_code == 403
        token = {"csrf_token": reader.token(), "version": "1"}
        assert (
            reader.client.post(f"{item(proved, '2.2')}/still-true", data=token).status_code == 403
        )
    for username in ("neighbour", "far_liaison", "far_reviewer"):
        assert Visitor(proved, username).get(f"{checklist(proved)}/still-true").status_code == 404


def test_a_town_can_confirm_for_a_village_without_a_phone(proved: Site) -> None:
    reviewer = Visitor(proved, "reviewer")
    assert taps(reviewer, checklist(proved)) == []
    assert taps(reviewer, item(proved, "1.3")) == []
    (found,) = taps(reviewer, f"{item(proved, '1.3')}?instead=1")
    assert reviewer.send(found).status_code == 303
    page = reviewer.get(f"/review?item={sent(proved, '1.3')}")
    assert "somebody else has to decide" in page.text


def sent(site: Site, key: str) -> int:
    with site.app.app_context():
        found = records.item(enrolment(site), key)
        assert found is not None
        return found.id


def test_the_desk_says_that_it_was_carried_forward(proved: Site) -> None:
    liaison = Visitor(proved, "liaison")
    liaison.send(form(liaison.get(item(proved, "2.2")), "/still-true"))
    page = Visitor(proved, "reviewer").get(f"/review?item={sent(proved, '2.2')}")
    assert "Carried forward from Drug-free village / community 2025" in page.text
    assert "proved on 12 May 2025, confirmed still true on 16 Sep" in page.text
    liaison.send(form(liaison.get(item(proved, "1.3")), "/submit"), value="6")
    page = Visitor(proved, "reviewer").get(f"/review?item={sent(proved, '1.3')}")
    assert "Carried forward" not in page.text


def test_the_minutes_are_asked_kept_and_never_shown(site: Site) -> None:
    liaison, url = Visitor(site, "liaison"), item(site, "1.3")
    found = form(liaison.get(url), "/submit")
    for typed in ("0", "601", "-3", "ten", "2.5"):
        answer = liaison.send(found, value="6", minutes=typed)
        assert answer.status_code == 422, typed
        assert form(answer, "/submit").values("minutes") == [typed]
    assert liaison.send(found, value="6", minutes="６00").status_code == 303
    with site.app.app_context():
        stored = records.item(enrolment(site), "1.3")
        assert stored is not None
        assert stored.minutes == 600
    for username in ("liaison", "reviewer", "office", "auditor"):
        assert "600" not in Visitor(site, username).get(url).text
    assert "600" not in Visitor(site, "reviewer").get(f"/review?item={sent(site, '1.3')}").text
    page = liaison.send(form(liaison.get(url), "/take-back"), follow=True)
    found = form(page, "/submit")
    assert found.values("minutes") == [""]
    assert liaison.send(found, minutes="").status_code == 303
    with site.app.app_context():
        stored = records.item(enrolment(site), "1.3")
        assert stored is not None
        assert stored.minutes == 600, "what was said once stays said"


def test_only_the_unit_is_asked_for_minutes(site: Site) -> None:
    page = Visitor(site, "reviewer").get(f"{item(site, '1.3')}?instead=1")
    assert form(page, "/submit").values("minutes") == []
    assert "How many minutes" not in page.text


def test_pages_with_much_to_confirm_are_few_statements(site: Site, time: Time) -> None:
    with meanwhile(site):
        keys = ("1.1", "2.1", "2.2", "3.1@2025-04", "2.3@2025Q2")
        last_year(site.cast, time, keys, standard="safe-school", unit="school", by="school_liaison")
    liaison = Visitor(site, "school_liaison")
    address = checklist(site, "school", "safe-school")
    for url in (address, f"{address}/items/2.2", f"{address}/still-true"):
        liaison.get(url)  # what is published is read once per process
        with counted(site) as asked:
            page = liaison.get(url)
        assert "still-true" in page.text
        assert len(asked) <= 10, "\n".join(asked)
