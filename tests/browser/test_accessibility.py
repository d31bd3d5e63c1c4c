"""Axe finds nothing on any screen, in both languages, on phone and desktop."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from campaigns.standards import drafts
from tests.browser.conftest import DESKTOP, PHONE, Live
from tests.cast import TIANGONG
from tests.conftest import Time
from tests.doing import begun
from tests.earlier import last_year
from tests.visiting import meanwhile

pytestmark = pytest.mark.browser


def screens(live: Live) -> list[tuple[str | None, str]]:
    """Who looks at what: every screen of the product."""
    cast = live.site.cast
    village = cast.enrolment("village", "drug-free-village")
    school = cast.enrolment("school", "safe-school")
    household = cast.enrolment("village", "tech-household")
    campaign = cast.campaigns["drug-free-village"]
    with meanwhile(live.site):
        draft = begun(cast, "peace-village").id
    place = next(code for code in cast.places if len(code) == 12 and code.startswith(TIANGONG))
    return [
        (None, "/login"),
        ("liaison", "/"),
        ("liaison", f"/enrolments/{village}"),
        ("liaison", f"/enrolments/{village}/items/2.2"),
        ("liaison", f"/enrolments/{village}/items/1.3"),
        ("liaison", f"/enrolments/{village}/items/2.1@2026Q3"),
        ("liaison", f"/enrolments/{household}/items/3.2"),
        ("school_liaison", f"/enrolments/{school}/items/2.1"),
        ("liaison", f"/units/{cast.units['village']}"),
        ("liaison", f"/units/{cast.units['village']}/evidence"),
        ("liaison", "/account"),
        ("liaison", "/outbox"),
        ("liaison", "/no-such-page"),
        ("reviewer", "/review"),
        ("leader", "/coverage/511381"),
        ("leader", f"/coverage/511381?campaign={campaign}"),
        ("leader", f"/coverage/{TIANGONG}"),
        ("leader", f"/coverage/{place}"),
        ("office", "/campaigns"),
        ("office", f"/campaigns/{campaign}"),
        ("office", "/campaigns/new"),
        ("office", f"/campaigns/{draft}/scope"),
        ("office", f"/campaigns/{draft}/approval"),
        ("office", f"/campaigns/{draft}/burden"),
        ("office", f"/campaigns/{draft}"),
        ("office", "/titles"),
        ("office", "/units"),
        ("office", "/exchange"),
        ("office", "/exchange/new?table=board"),
        ("office", f"/enrolments/{village}"),
        ("office", "/standards"),
        ("office", "/standards/new"),
        ("office", "/standards/import"),
        ("office", "/standards/safe-school/draft"),
        ("office", "/standards/safe-school/draft/frame"),
        ("office", "/standards/safe-school/draft/publish"),
        ("office", "/standards/safe-school/draft/sections/1"),
        ("office", "/standards/safe-school/draft/criteria/1.1"),
        ("office", "/standards/safe-school/draft/criteria/new"),
        ("office", "/standards/safe-school/compare"),
        ("auditor", "/standards"),
        ("auditor", "/standards/drug-free-village"),
        ("office", "/standards/drug-free-village/look-back"),
        ("liaison", f"/enrolments/{village}/still-true"),
    ]


# Each language and each width once; the long runs cross them.
@pytest.mark.parametrize(
    ("size", "language"),
    [
        pytest.param(PHONE, "zh-CN", id="phone-zh"),
        pytest.param(DESKTOP, "en-GB", id="desktop-en"),
        pytest.param(PHONE, "en-GB", id="phone-en", marks=pytest.mark.faults),
        pytest.param(DESKTOP, "zh-CN", id="desktop-zh", marks=pytest.mark.faults),
    ],
)
def test_axe_finds_nothing_on_any_screen(
    live: Live, time: Time, size: tuple[int, int], language: str
) -> None:
    with meanwhile(live.site):
        last_year(live.site.cast, time, ("2.2", "1.3", "4.1"))
        draft = drafts.begin("safe-school", by=None)
        drafts.remove_criterion(draft, "2.1", draft.row_version, by=None)
    pages = {}
    found = []
    for who, path in screens(live):
        if who not in pages:
            pages[who] = live.visit(who, size, language=language)
        page = pages[who]
        page.goto(path)
        violations = Axe().run(page).response["violations"]
        found += [f"{path}: {v['id']} {v['nodes'][0]['html'][:150]}" for v in violations]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size[0]:
            found.append(f"{path}: {width} px wide on a screen of {size[0]}")
    assert found == []
