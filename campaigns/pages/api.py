"""The interface for programs: read only, by a person's token, within what she may see."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from campaigns import campaign as campaigns
from campaigns import jurisdictions, permissions
from campaigns import units as register
from campaigns.enrolment import records
from campaigns.enrolment.records import Enrolment
from campaigns.errors import Refused, fault
from campaigns.exchange.api import description, reading
from campaigns.exchange.api.description import Operation, Parameter, as_json
from campaigns.exchange.api.records import (
    CampaignRecord,
    CoverageRecord,
    EnrolmentRecord,
    JurisdictionRecord,
    StandardInFull,
    StandardRecord,
    TitleRecord,
    UnitRecord,
)
from campaigns.jurisdictions import Level, interval
from campaigns.pages import access, asked
from campaigns.permissions import Permission
from campaigns.units import Kind

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
_PREFIX = "/api/v1"

#: Records on one page, when nothing else is asked and at most.
_USUAL, _MOST = 100, 500
_CURSOR = Parameter("cursor", int, "Where the page before ended; see `next`")
_LIMIT = Parameter("limit", int, "Records on a page", greatest=_MOST)
_PLACE_CODE = "[0-9A-Za-z]{1,20}"
_SMALL = 2**31 - 1

View = Callable[..., Any]
_operations: list[Operation] = []


def _serves(
    path: str,
    record: type[Any],
    permission: Permission,
    *parameters: Parameter,
    many: bool = False,
) -> Callable[[View], View]:
    """Declares what a program can ask for: the route, its description, who may.

    The view gets the parameters read, and gives one record; or, for ``many``, records with the
    id to go on after, given ``after`` and ``limit``.
    """

    def declare(view: View) -> View:
        paging = (_CURSOR, _LIMIT) if many else ()
        operation = Operation(
            view.__name__,
            _PREFIX + path,
            (view.__doc__ or "").strip(),
            record,
            (*parameters, *paging),
            many,
        )
        _operations.append(operation)

        @wraps(view)
        def answer(**found: Any) -> ResponseReturnValue:
            given = found | _given(operation)
            return _json(_page(view, given) if many else as_json(view(**given)))

        declared = access.for_programs(access.permits(permission)(answer))
        blueprint.add_url_rule(_rule(path, parameters), view.__name__, declared, methods=["GET"])
        return view

    return declare


def _rule(path: str, parameters: Sequence[Parameter]) -> str:
    """The path as Flask writes it."""
    for each in parameters:
        if each.place == "path":
            kind = f"int(max={each.greatest}):" if each.of is int else ""
            path = path.replace(f"{{{each.name}}}", f"<{kind}{each.name}>")
    return path


def _given(operation: Operation) -> dict[str, Any]:
    """The parameters that were sent; refuses unknown ones, and one that is sent twice."""
    read: dict[str, Any] = {}
    sent: MultiDict[str, str] = request.args
    for name, typed in sent.lists():
        parameter = operation.query.get(name)
        if parameter is None:
            raise Refused(fault("parameter_unknown", name=name[:60]))
        if len(typed) > 1:
            raise Refused(fault("parameter_invalid", name, name=name))
        read[name] = parameter.read(typed[0])
    return read


def _page(view: View, given: dict[str, Any]) -> dict[str, Any]:
    """One page of many, and the address of the next."""
    after, limit = given.pop("cursor", 0), given.pop("limit", _USUAL)
    found = view(after=after, limit=limit + 1, **given)
    following = None
    if len(found) > limit:
        kept = {name: value for name, value in request.args.items() if name != "cursor"}
        following = f"{request.path}?{urlencode(kept | {'cursor': found[limit - 1][0]})}"
    return {"items": [as_json(record) for _, record in found[:limit]], "next": following}


def _json(body: Any) -> Response:
    """The answer, or 304 when the program has it already."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = make_response(text)
    response.mimetype = "application/json"
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Authorization")
    response.set_etag(hashlib.sha256(text.encode()).hexdigest()[:32], weak=True)
    response.make_conditional(request)
    return response


@blueprint.get("/openapi.json")
@access.public
def document() -> ResponseReturnValue:
    """What programs can ask for, as OpenAPI."""
    made = description.document(_operations, "Safe construction campaigns", _ABOUT)
    return _json(made)


_ABOUT = (
    "Reads what the holder of a token may read, and changes nothing. A person makes tokens on "
    "her account page. Lists come in pages in the order of ids; `next` is the address of the "
    "following page, and none when there is none. Answers carry an ETag."
)


@_serves(
    "/jurisdictions",
    JurisdictionRecord,
    Permission.SEE_COVERAGE,
    Parameter("level", Level, "Only this level"),
    many=True,
)
def list_jurisdictions(after: int, limit: int, level: Level | None = None) -> Any:
    """The jurisdictions within the scope."""
    return reading.tree(access.scope(), after, limit, level)


@_serves(
    "/jurisdictions/{code}",
    JurisdictionRecord,
    Permission.SEE_COVERAGE,
    Parameter("code", str, "Official code", "path", _PLACE_CODE),
)
def get_jurisdiction(code: str) -> Any:
    """One jurisdiction."""
    return reading.jurisdiction(jurisdictions.find(code, access.scope()))


@_serves(
    "/units",
    UnitRecord,
    Permission.SEE_UNITS,
    Parameter("place", str, "Only in this jurisdiction and below", pattern=_PLACE_CODE),
    Parameter("kind", Kind, "Only this kind"),
    many=True,
)
def list_units(after: int, limit: int, place: str | None = None, kind: Kind | None = None) -> Any:
    """The units of today's register."""
    scope = access.scope()
    within = interval(jurisdictions.find(place, scope).path) if place else None
    return reading.register(scope, after, limit, within=within, kind=kind)


@_serves(
    "/units/{id}",
    UnitRecord,
    Permission.SEE_UNITS,
    Parameter("id", int, "Id of the unit", "path", greatest=_SMALL),
)
def get_unit(id: int) -> Any:
    """One unit."""
    return reading.units_in_full([register.find(id, access.scope())])[0]


@_serves("/standards", StandardRecord, Permission.SIGNED_IN, many=True)
def list_standards(after: int, limit: int) -> Any:
    """The standards in force, each in its newest version."""
    return reading.catalogue(after, limit)


@_serves(
    "/standards/{slug}",
    StandardInFull,
    Permission.SIGNED_IN,
    Parameter("slug", str, "Slug of the standard", "path", "[a-z0-9-]{1,60}"),
    Parameter("version", int, "Another version than the newest", greatest=_SMALL),
)
def get_standard(slug: str, version: int | None = None) -> Any:
    """One standard with its criteria."""
    return reading.standard(slug, version)


@_serves("/campaigns", CampaignRecord, Permission.SEE_UNITS, many=True)
def list_campaigns(after: int, limit: int) -> Any:
    """The campaigns that reach into the scope."""
    drafts = access.scope(Permission.RUN_CAMPAIGNS)
    return reading.runs(access.scope(), after, limit, drafts=drafts)


@_serves(
    "/campaigns/{id}",
    CampaignRecord,
    Permission.SEE_UNITS,
    Parameter("id", int, "Id of the campaign", "path", greatest=_SMALL),
)
def get_campaign(id: int) -> Any:
    """One campaign."""
    drafts = access.scope(Permission.RUN_CAMPAIGNS)
    return reading.campaign(campaigns.find(id, access.scope(), drafts=drafts))


@_serves(
    "/enrolments",
    EnrolmentRecord,
    Permission.SEE_UNITS,
    Parameter("campaign", int, "Only in this campaign", greatest=_SMALL),
    Parameter("unit", int, "Only of this unit", greatest=_SMALL),
    many=True,
)
def list_enrolments(
    after: int, limit: int, campaign: int | None = None, unit: int | None = None
) -> Any:
    """The enrolments within the scope, with the states of their items."""
    found = records.after(access.scope(), after, campaign_id=campaign, unit_id=unit, limit=limit)
    return [(each.id, record) for each, record in zip(found, _enrolments(found), strict=True)]


@_serves(
    "/enrolments/{id}",
    EnrolmentRecord,
    Permission.SEE_UNITS,
    Parameter("id", int, "Id of the enrolment", "path"),
)
def get_enrolment(id: int) -> Any:
    """One enrolment with the states of its items."""
    return _enrolments([records.find(id, access.scope())])[0]


def _enrolments(found: Sequence[Enrolment]) -> list[EnrolmentRecord]:
    actor = access.actor()
    views = [permissions.sees_as_unit(actor, e.unit.place.path, e.unit_id) for e in found]
    return reading.enrolments(found, views)


@_serves(
    "/titles",
    TitleRecord,
    Permission.SEE_UNITS,
    Parameter("unit", int, "Only of this unit", greatest=_SMALL),
    many=True,
)
def list_titles(after: int, limit: int, unit: int | None = None) -> Any:
    """The titles within the scope, expired ones among them."""
    return reading.held(access.scope(), after, limit, unit_id=unit)


@_serves(
    "/titles/{id}",
    TitleRecord,
    Permission.SEE_UNITS,
    Parameter("id", int, "Id of the title", "path"),
)
def get_title(id: int) -> Any:
    """One title."""
    return reading.title(id, access.scope())


@_serves(
    "/coverage/{code}",
    CoverageRecord,
    Permission.SEE_COVERAGE,
    Parameter("code", str, "Official code of the place", "path", _PLACE_CODE),
    Parameter("campaign", int, "Only this campaign; else all open ones", greatest=_SMALL),
    Parameter("on", date, "The day, three years ahead at most; else today"),
)
def get_coverage(code: str, **_read: Any) -> Any:
    """The board of a place: its figures and those of the places below."""
    found = asked.board(code, access.scope())
    return reading.coverage(found.board, found.campaign.id if found.campaign else None)
