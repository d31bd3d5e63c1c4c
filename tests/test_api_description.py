"""The description of the interface is true: schemathesis asks whatever it allows, and more."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation

from campaigns.exchange.api.description import as_json
from campaigns.pages import access, api, limits
from tests.boards import name
from tests.cast import TIANGONG
from tests.conftest import Site
from tests.doing import enrolment, send
from tests.test_api import Program
from tests.visiting import meanwhile

#: Each thing that can be asked for is tried so often in each of three ways.
EXAMPLES = 8


@pytest.fixture(params=["office", "liaison"])
def program(
    site: Site, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """A program that may ask as often as it likes, in a world with something of everything."""
    monkeypatch.setattr(limits, "CALLS_PER_SECOND", 1e9)
    with meanwhile(site):
        name(site.cast)
        send(site.cast, enrolment(site.cast, "neighbour"), "1.1", by="neighbour")
    return Program(site, request.param)


def operations(site: Site) -> list[APIOperation]:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app)
    return [each.ok() for each in schema.get_all_operations()]


def real(program: Program, path: str) -> dict[str, Any]:
    """What is there for the parameter of a path."""
    if "{id}" in path:
        return {"id": program.all(path.split("/")[3])[0]["id"]}
    return {"code": TIANGONG} if "{code}" in path else {"slug": "safe-school"}


def ask(program: Program, operation: APIOperation, mode: GenerationMode, **more: Any) -> set[int]:
    """Asks for what the description allows, or does not allow; every check has to hold."""
    statuses: set[int] = set()
    # The client within the process does not unpack what comes compressed.
    headers = program.headers | {"Accept-Encoding": "identity"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode, headers=headers, **more))
    def once(case: Case) -> None:
        statuses.add(case.call_and_validate(headers=headers).status_code)

    once()
    return statuses


@pytest.mark.slow
def test_every_answer_is_as_described_whatever_is_asked(site: Site, program: Program) -> None:
    found = operations(site)
    assert len(found) == 13
    for operation in found:
        ask(program, operation, GenerationMode.NEGATIVE)
        statuses = ask(program, operation, GenerationMode.POSITIVE)
        if "{" in operation.path:
            own = real(program, operation.path)
            statuses |= ask(program, operation, GenerationMode.POSITIVE, path_parameters=own)
        hidden = "jurisdictions" in operation.path or "coverage" in operation.path
        refused = hidden and program.ask("coverage/1").status_code == 403
        assert (403 if refused else 200) in statuses, operation.path


def test_an_answer_that_is_not_as_described_would_be_found(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(site, "office")
    operation = next(each for each in operations(site) if each.path == "/api/v1/standards")
    ask(program, operation, GenerationMode.POSITIVE)

    def without_slug(record: Any) -> Any:
        return {name: value for name, value in as_json(record).items() if name != "slug"}

    monkeypatch.setattr(api, "as_json", without_slug)
    with pytest.raises(FailureGroup):
        ask(program, operation, GenerationMode.POSITIVE)


def test_the_description_is_public_and_names_every_route(site: Site) -> None:
    answer = site.app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    described = answer.json
    assert described["openapi"] == "3.1.0"
    assert described["security"] == [{"token": []}]
    routes = {
        re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if access.is_for_programs(site.app, rule.endpoint)
    }
    assert set(described["paths"]) == routes
    assert all(rule.startswith("/api/v1/") for rule in routes)


def test_the_description_follows_from_the_records(site: Site) -> None:
    schemas = site.app.test_client().get("/api/v1/openapi.json").json["components"]["schemas"]
    unit = schemas["UnitRecord"]
    assert unit["properties"]["households"] == {
        "anyOf": [{"type": "integer"}, {"type": "null"}],
        "description": "Their number, for villages and communities",
    }
    assert unit["properties"]["kind"] == {"$ref": "#/components/schemas/Kind"}
    assert "school" in schemas["Kind"]["enum"]
    assert unit["required"] == list(unit["properties"])
    assert unit["additionalProperties"] is False
    assert schemas["Bilingual"]["required"] == ["zh", "en"]
