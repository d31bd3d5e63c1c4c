"""Alike pictures over HTTP: the liaison's hint, the reviewer's comparison, and who sees none."""

import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from campaigns import campaign as campaigns
from campaigns.database import db
from campaigns.enrolment import records, transitions
from campaigns.enrolment.answers import Answer
from campaigns.evidence.records import Evidence
from campaigns.history import Event
from tests.conftest import Site
from tests.doing import EVERYWHERE
from tests.test_likeness import photo
from tests.test_upload import item_url, send
from tests.visiting import Form, Visitor, form, meanwhile

KEY, EARLIER_KEY = "2.2", "1.2"


def proved(site: Site, content: bytes, key: str = KEY, unit: str = "village") -> int:
    """A picture sent for an item by the unit's liaison; its id."""
    username = {"village": "liaison", "neighbour": "neighbour", "far village": "far_liaison"}[unit]
    send(Visitor(site, username), item_url(site, key, unit), content)
    with site.app.app_context():
        return int(db.session.scalar(sa.select(sa.func.max(Evidence.id))) or 0)


def submitted(site: Site, *ids: int, unit: str = "village") -> str:
    """Sends the item with these pictures; the desk with it open."""
    with meanwhile(site):
        found = records.find(site.cast.enrolment(unit, "drug-free-village"), EVERYWHERE)
        slot, by = campaigns.slot(found.campaign, KEY), site.cast.people["liaison"]
        item = transitions.submit(found, slot, Answer(evidence=ids), 1, by=by)
        return f"/review?item={item.id}"


def pair(site: Site) -> tuple[int, int]:
    """A picture of a village in the next town, and one like it that waits in Tiangong."""
    other = proved(site, photo(), unit="far village")
    own, second = proved(site, photo(edit="crop")), proved(site, photo(4, 7))
    submitted(site, own, second)
    return own, other


def looks(site: Site) -> list[tuple[int | None, int | None, list[int]]]:
    with site.app.app_context():
        query = sa.select(Event).where(Event.verb == "compared").order_by(Event.id)
        return [(e.person_id, e.subject_id, e.detail["others"]) for e in db.session.scalars(query)]


def answer(page: TestResponse, choice: str) -> Form:
    """The form of the item, sent by a button of the hint."""
    found = form(page, "/submit")
    button = re.search(rf'formaction="([^"]+/{choice})"', page.text)
    assert button, page.text
    found.action = button[1]
    return found


class TestTheLiaison:
    """She is asked before she sends, among her own unit's pictures only."""

    def test_is_told_where_she_used_the_picture(self, site: Site) -> None:
        earlier = proved(site, photo(), EARLIER_KEY)
        proved(site, photo(edit="darker"))
        page = Visitor(site, "liaison").get(item_url(site))
        assert f'data-reuse="{earlier}"' in page.text
        assert "that you used for 1.2" in page.text
        assert f'src="/evidence/{earlier}/thumb"' in page.text
        # It asks, and stops nothing: the item can be sent as it is.
        assert len(form(page, "/submit").values("evidence")) == 1

    def test_is_told_by_the_answer_to_a_script_too(self, site: Site) -> None:
        earlier = proved(site, photo(), EARLIER_KEY)
        liaison, url = Visitor(site, "liaison"), item_url(site)
        page = send(liaison, url, photo(edit="turn"), headers={"HX-Request": "true"})
        assert f'data-reuse="{earlier}"' in page.text

    def test_uses_the_earlier_one_with_one_tap(self, site: Site) -> None:
        earlier = proved(site, photo(), EARLIER_KEY)
        new = proved(site, photo(edit="stamp"))
        liaison = Visitor(site, "liaison")
        page = liaison.send(answer(liaison.get(item_url(site)), "use"), follow=True)
        assert form(page, "/submit").values("evidence") == [str(earlier)]
        assert "The earlier picture is used here too" in page.text
        assert "data-reuse" not in page.text
        assert form(liaison.get(item_url(site, EARLIER_KEY)), "/submit").values("evidence") == [
            str(earlier)
        ]
        assert liaison.get(f"/evidence/{new}").status_code == 200

    def test_says_that_it_is_another_picture_and_is_not_asked_again(self, site: Site) -> None:
        proved(site, photo(), EARLIER_KEY)
        new = proved(site, photo(edit="stamp"))
        liaison = Visitor(site, "liaison")
        page = liaison.send(answer(liaison.get(item_url(site)), "different"), follow=True)
        assert page.status_code == 200
        assert "data-reuse" not in page.text
        assert form(page, "/submit").values("evidence") == [str(new)]

    def test_keeps_one_of_two_that_she_sent_for_the_same_item(self, site: Site) -> None:
        first = proved(site, photo())
        proved(site, photo())
        liaison = Visitor(site, "liaison")
        page = liaison.get(item_url(site))
        assert "that is here already" in page.text
        page = liaison.send(answer(page, "use"), follow=True)
        assert form(page, "/submit").values("evidence") == [str(first)]

    def test_hears_nothing_of_what_others_sent(self, site: Site) -> None:
        proved(site, photo(), unit="neighbour")
        proved(site, photo(edit="resize"))
        page = Visitor(site, "liaison").get(item_url(site))
        assert "data-reuse" not in page.text
        assert "/alike" not in page.text

    def test_hears_nothing_of_pictures_that_prove_nothing(self, site: Site) -> None:
        liaison, url = Visitor(site, "liaison"), item_url(site)
        first = proved(site, photo())
        taken_away = form(liaison.get(url), "/submit")
        taken_away.action = f"/evidence/{first}/remove"
        liaison.send(taken_away)
        proved(site, photo())
        assert "data-reuse" not in liaison.get(url).text

    @pytest.mark.parametrize("choice", ["use", "different"])
    def test_cannot_point_to_a_picture_of_somebody_else(self, site: Site, choice: str) -> None:
        other = proved(site, photo(), unit="neighbour")
        own = proved(site, photo(edit="crop"))
        liaison = Visitor(site, "liaison")
        found = form(liaison.get(item_url(site)), "/submit")
        for one, two in ((own, other), (other, own), (own, own), (own, 2**40)):
            found.action = f"/evidence/{one}/alike/{two}/{choice}"
            assert liaison.send(found).status_code == 404

    def test_may_not_compare(self, site: Site) -> None:
        own, other = pair(site)
        for url in (f"/evidence/{own}/alike", f"/evidence/{own}/alike/{other}/thumb"):
            assert Visitor(site, "liaison").get(url).status_code == 403
        assert looks(site) == []


class TestTheReviewer:
    """She is told at the desk, compares side by side, and each look is in the history."""

    def test_is_told_at_the_desk_without_seeing_the_other(self, site: Site) -> None:
        own, other = pair(site)
        reviewer = Visitor(site, "reviewer")
        for url in ("/review", item_url(site)):
            page = reviewer.get(url)
            assert "looks like 1 other, 9" in page.text
            assert f'href="/evidence/{own}/alike"' in page.text
            assert f"/evidence/{other}" not in page.text
        assert looks(site) == []

    def test_sees_picture_place_and_day_of_another_town_and_nothing_else(self, site: Site) -> None:
        own, other = pair(site)
        reviewer = Visitor(site, "reviewer")
        page = reviewer.get(f"/evidence/{own}/alike")
        assert page.status_code == 200
        section = page.text.partition(f'data-alike="{other}"')[2].partition("</section>")[0]
        assert "% the same" in section
        assert "Qiaolou" in section
        assert "16 Sep" in section
        assert f'href="/evidence/{other}' not in page.text
        assert "what it proves" not in section
        thumb = reviewer.get(f"/evidence/{own}/alike/{other}/thumb")
        assert (thumb.status_code, thumb.mimetype) == (200, "image/jpeg")
        assert thumb.headers["Cache-Control"] == "no-store"
        for part in ("", "/thumb", "/file", "/alike"):
            assert reviewer.get(f"/evidence/{other}{part}").status_code == 404

    def test_leaves_each_look_in_the_history(self, site: Site) -> None:
        own, other = pair(site)
        reviewer = Visitor(site, "reviewer")
        assert reviewer.get(f"/evidence/{own}/alike/{other}/thumb").status_code == 404
        for number in (1, 2):
            reviewer.get(f"/evidence/{own}/alike")
            assert looks(site) == [(site.cast.people["reviewer"], own, [other])] * number
        colleague = Visitor(site, "second_reviewer")
        assert colleague.get(f"/evidence/{own}/alike/{other}/thumb").status_code == 404

    def test_may_open_what_lies_in_her_own_town(self, site: Site) -> None:
        other = proved(site, photo(), unit="neighbour")
        own, second = proved(site, photo(edit="brighter")), proved(site, photo(4, 7))
        submitted(site, own, second)
        page = Visitor(site, "reviewer").get(f"/evidence/{own}/alike")
        assert f'href="/evidence/{other}"' in page.text
        assert "what it proves" in page.text

    def test_hears_that_the_unit_told_them_apart(self, site: Site) -> None:
        proved(site, photo(), EARLIER_KEY)
        own, second = proved(site, photo(edit="crop")), proved(site, photo(4, 7))
        liaison = Visitor(site, "liaison")
        liaison.send(answer(liaison.get(item_url(site)), "different"))
        submitted(site, own, second)
        page = Visitor(site, "reviewer").get(f"/evidence/{own}/alike")
        assert "The unit says: it is another picture." in page.text

    def test_finds_nothing_for_a_picture_that_is_alone(self, site: Site) -> None:
        own = proved(site, photo())
        page = Visitor(site, "reviewer").get(f"/evidence/{own}/alike")
        assert "Nothing looks like this picture" in page.text
        assert looks(site) == []

    def test_of_the_next_town_finds_the_page_absent(self, site: Site) -> None:
        own, other = pair(site)
        far = Visitor(site, "far_reviewer")
        for url in (f"/evidence/{own}/alike", f"/evidence/{own}/alike/{other}/thumb"):
            assert far.get(url).status_code == 404
        assert far.get(f"/evidence/{other}/alike").status_code == 200


@pytest.mark.parametrize("username", ["leader", "town_leader", "auditor", "inspector", "police"])
def test_nobody_else_gets_pictures_of_other_units(site: Site, username: str) -> None:
    own, other = pair(site)
    somebody = Visitor(site, username)
    assert "/alike" not in somebody.get(item_url(site)).text
    for url in (f"/evidence/{own}/alike", f"/evidence/{own}/alike/{other}/thumb"):
        assert somebody.get(url).status_code == 403
    assert looks(site) == []
