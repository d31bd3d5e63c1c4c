"""What holds for every route, template, sentence and file, however many there will be."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages import extract, frontend, mofile, pofile
from babel.messages.catalog import Message
from flask import Flask

from campaigns import settings
from campaigns.enrolment.records import EnrolmentState
from campaigns.pages import access, sentences, verbs
from campaigns.permissions import ROLES, Permission

ROOT = settings.ROOT
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TRANSLATIONS = ROOT / "campaigns" / "translations"
CHINESE = TRANSLATIONS / "zh_Hans" / "LC_MESSAGES"
KEYWORDS = {name: extract.DEFAULT_KEYWORDS.get(name) for name in ("_", "gettext", "ngettext")} | {
    "_l": None,
    "lazy_gettext": None,
}
CONTRACT = {
    "GET": "/ /login /account /units /units/<id> /standards /standards/<slug> /campaigns"
    " /campaigns/<id> /enrolments/<id> /enrolments/<id>/items/<key> /evidence/<id>"
    " /evidence/<id>/thumb /evidence/<id>/file /review /titles /incidents /coverage"
    " /coverage/<code> /titles/<id> /incidents/<id> /inbox"
    " /healthz /readyz /exchange /api/v1/openapi.json /units.<ending> /titles.<ending>"
    " /campaigns.<ending> /review.<ending> /coverage/<code>.<ending> /standards/<slug>.<ending>"
    " /acceptance /acceptance/<id> /acceptance/checks/<id> /lots/<id> /lots/<id>.<ending>"
    " /outbox /service-worker.js /units/<id>/card /verify/units/<code> /verify/seals/<number>"
    " /units/<id>/ledger.<ending> /titles/<serial>.pdf /verify/<serial> /notice/<id>"
    " /extensions /review/consistency",
    "POST": "/login /logout /evidence /enrolments/<id>/items/<key>/submit"
    " /enrolments/<id>/items/<key>/take-back /enrolments/<id>/items/<key>/decision /uploads",
    "OPTIONS": "/uploads /uploads/<id>",
    "HEAD": "/uploads/<id>",
    "PATCH": "/uploads/<id>",
    "DELETE": "/uploads/<id>",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_route_declares_who_may_use_it(on_sqlite: Flask) -> None:
    for rule in on_sqlite.url_map.iter_rules():
        assert access.declared(on_sqlite, rule.endpoint) in {*Permission, access.PUBLIC}


def test_every_permission_has_its_roles() -> None:
    assert set(ROLES) == set(Permission)


def test_only_these_routes_are_public(on_sqlite: Flask) -> None:
    public = {
        rule.endpoint
        for rule in on_sqlite.url_map.iter_rules()
        if access.declared(on_sqlite, rule.endpoint) == access.PUBLIC
    }
    assert public == {
        "static",
        "account.login",
        "account.sign_in",
        "account.language",
        "health.alive",
        "health.ready",
        "api.document",
        "outbox.service_worker",
        "uploads.capabilities",
        "verify.unit",
        "verify.seal",
        "verify.title",
        "verify.typed",
        "notice.show",
        "notice.object_",
        "lot.show",
        "lot.download",
    }


def test_every_address_of_the_contract_exists(on_sqlite: Flask) -> None:
    known = {
        (verb, re.sub(r"<[^>]*?(\w+)>", r"<\1>", rule.rule))
        for rule in on_sqlite.url_map.iter_rules()
        for verb in rule.methods or ()
    }
    wanted = {(verb, url) for verb, urls in CONTRACT.items() for url in urls.split()}
    assert wanted - known == set()


def test_addresses_are_plain_words_and_ids_are_bounded(on_sqlite: Flask) -> None:
    for rule in on_sqlite.url_map.iter_rules():
        plain = re.sub(r"<[^>]*>", "", rule.rule).replace("/service-worker.js", "/")
        assert re.fullmatch(r"[a-z0-9/-]*(\.|\.json|\.xlsx|\.pdf)?", plain), rule.rule
        assert "<int:" not in rule.rule, f"{rule.rule}: an id without a greatest number"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_template_compiles_and_holds_neither_style_nor_script(
    on_sqlite: Flask, path: Path
) -> None:
    on_sqlite.jinja_env.get_template(str(path.relative_to(ROOT / "templates")))
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|Markup|<style|\bhx-on", text)
    # The shapes of the icons are drawn there and nothing else passes through.
    assert "autoescape" not in text or path.name == "icons.html"
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert not [tag for tag in tags if re.search(r"\s(style|on[a-z]+)\s*=", tag)]
    assert not [tag for tag in tags if tag.startswith("<script") and " src=" not in tag]
    assert "javascript:" not in text


def test_every_form_that_changes_something_carries_the_token() -> None:
    found = 0
    for path in TEMPLATES:
        for opening, body in re.findall(r"(<form\b.*?>)(.*?)</form>", path.read_text(), re.S):
            if "sent_to(" in opening or "post" in opening.lower():
                found += 1
                assert re.search(r"\bcsrf(_token)?\(\)", body), f"{name(path)}: {opening}"
            else:
                assert 'method="get"' in opening, f"{name(path)}: {opening}"
    assert found >= 10


def refused() -> set[str]:
    """The codes of every refusal that people can meet, where the code names them whole."""
    found: set[str] = set()
    for file in (ROOT / "campaigns").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = ast.unparse(node.func)
            # A cell of a file is wrong: its column comes first.
            codes = node.args[1:2] if named.endswith(".wrong") else node.args[:1]
            if named in {"fault", "NotAllowed"} or named.endswith(".wrong"):
                found |= {
                    each.value
                    for each in codes
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return found


def test_every_refusal_has_its_sentence() -> None:
    codes = refused()
    assert {"stale", "enrolment_left", "own_upload"} <= codes
    assert codes - sentences.FAULTS.keys() == set()


def recorded() -> set[str]:
    """The verbs of everything in a unit's history, where the code names them."""
    found: set[str] = set()
    for path in (ROOT / "campaigns").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            named = ast.unparse(node.func)
            told = named == "_tell" or named.endswith(".tell")
            if not told and "unit_id" not in {each.arg for each in node.keywords}:
                continue
            if told or named == "history.record":
                words = [each for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
                found |= {each.value for each in words if isinstance(each.value, str)}
    return found


def test_whatever_happens_to_a_unit_has_its_words() -> None:
    told = recorded() | {*EnrolmentState} - {EnrolmentState.APPLIED}
    assert {"submitted", "approved", "unit_closed"} <= told
    assert told - verbs.EVENTS.keys() == set()


def test_no_file_is_too_long_to_be_read() -> None:
    files = [
        ROOT / "app.py",
        *(ROOT / "static").glob("*.js"),
        *(ROOT / "static/outbox").glob("*.js"),
    ]
    for folder in ("campaigns", "templates", "tests"):
        files += [each for each in (ROOT / folder).rglob("*") if each.suffix in {".py", ".html"}]
    lengths = {name(each): each.read_text().count("\n") for each in files}
    assert {each: lines for each, lines in lengths.items() if lines > 400} == {}


def test_nothing_is_fetched_from_another_host() -> None:
    for path in (*TEMPLATES, *(ROOT / "static").rglob("*")):
        if not path.is_file() or "vendor" in path.parts:
            continue
        text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|wss?:|(src|href)=\"//|url\(['\"]?//", text), name(path)


def test_the_locks_name_packages_not_places() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def extracted() -> dict[str | tuple[str, ...], str]:
    """Every sentence of the product, with one place where it stands."""
    methods, options = frontend.parse_mapping_cfg(
        io.StringIO((TRANSLATIONS / "babel.cfg").read_text())
    )
    found = extract.extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, directory_filter=_is_ours
    )
    return {message: f"{file}:{line}" for file, line, message, _comments, _context in found}


def _is_ours(folder: str) -> bool:
    path = Path(folder).relative_to(ROOT)
    return path.parts[0] in {"campaigns", "templates"} if path.parts else True


def chinese() -> dict[str, Message]:
    with (CHINESE / "messages.po").open("rb") as file:
        catalogue = pofile.read_po(file, locale="zh_Hans", abort_invalid=True)
    return {
        each.id if isinstance(each.id, str) else each.id[0]: each for each in catalogue if each.id
    }


def test_every_sentence_has_its_chinese() -> None:
    known, missing = chinese(), []
    for message, place in extracted().items():
        plain = message if isinstance(message, str) else message[0]
        told = known[plain].string if plain in known else ""
        parts = told if isinstance(told, tuple) else (told,)
        if (
            not all(parts)
            or known[plain].fuzzy
            or known[plain].pluralizable == isinstance(message, str)
        ):
            missing.append((plain, place))
    assert missing == []


def test_no_translation_is_left_of_a_sentence_that_is_gone() -> None:
    used = {each if isinstance(each, str) else each[0] for each in extracted()}
    assert chinese().keys() - used == set()


def test_translations_mention_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)s", text))

    for plain, message in chinese().items():
        told = message.string if isinstance(message.string, tuple) else (message.string,)
        asked = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set().union(*(values(each) for each in asked))
        assert all(values(each) <= wanted for each in told), plain
        # Where English says "this one", Chinese, which has one form for all, may leave the number.
        needed = set.intersection(*(values(each) for each in asked))
        lost = needed - set().union(*(values(each) for each in told))
        assert not lost, f"{plain}: {lost}"


def test_the_compiled_sentences_are_those_of_the_source() -> None:
    with (CHINESE / "messages.po").open("rb") as file:
        catalogue = pofile.read_po(file, locale="zh_Hans")
    made = io.BytesIO()
    mofile.write_mo(made, catalogue)
    assert (CHINESE / "messages.mo").read_bytes() == made.getvalue()
