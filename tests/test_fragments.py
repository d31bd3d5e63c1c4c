"""One URL, one view: the whole page, its fragment for htmx, and both languages."""

from tests.conftest import Site
from tests.test_liaison_pages import checklist, item
from tests.visiting import Visitor


def test_htmx_gets_the_page_without_its_shell(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    for url in ("/", checklist(site), item(site, "2.2")):
        page = liaison.get(url, headers={"HX-Request": "true"})
        assert "<html" not in page.text
        assert "<title>" in page.text
        assert "HX-Request" in page.headers["Vary"]


def test_both_languages(site: Site) -> None:
    liaison = Visitor(site, "liaison")
    liaison.client.set_cookie("language", "zh")
    for url in ("/", checklist(site), item(site, "2.1@2026Q3")):
        page = liaison.get(url)
        assert 'lang="zh-Hans"' in page.text
        assert "无毒村" in page.text
