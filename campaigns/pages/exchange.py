"""The lists as files: every one at the address of its page with .xlsx or .csv at the end."""

import re
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, request, send_file
from flask.typing import ResponseReturnValue

from campaigns import campaign as campaigns
from campaigns import demonstration, history, jurisdictions, permissions, standards
from campaigns import units as register
from campaigns.enrolment import checklist as checklists
from campaigns.enrolment import parts, records
from campaigns.errors import NotFound
from campaigns.exchange import boards, lists, profiles, tables
from campaigns.exchange.profiles import ExportProfile
from campaigns.exchange.tables import ENDINGS, Table
from campaigns.pages import access, asked, languages, limits, speech
from campaigns.permissions import Permission

blueprint = Blueprint("exchange", __name__)

Listed = Callable[..., Table]
_ID, _LARGE_ID = f"<int(max={2**31 - 1}):id>", f"<int(max={2**63 - 1}):id>"


def _file(url: str, permission: Permission) -> Callable[[Listed], Listed]:
    """Declares a list that can be taken as a file, at the address of its page."""

    def declare(listed: Listed) -> Listed:
        @wraps(listed)
        def view(ending: str, **arguments: Any) -> ResponseReturnValue:
            with limits.file_of(access.actor().id):
                return _made(listed(**arguments), ending)

        rule = f"{url}.<any({', '.join(ENDINGS)}):ending>"
        name = listed.__name__
        blueprint.add_url_rule(rule, name, access.permits(permission)(view), methods=["GET"])
        return listed

    return declare


@_file("/units", Permission.SEE_UNITS)
def units() -> Table:
    """The register, of one place or one kind when asked."""
    wish = asked.units(access.scope())
    return lists.of_units(access.scope(), within=wish.within, kind=wish.kind)


@_file(f"/units/{_ID}/history", Permission.SEE_UNITS)
def unit_history(id: int) -> Table:
    """The whole history of a unit, as far as the person sees it."""
    unit = register.find(id, access.scope())
    as_unit = permissions.sees_as_unit(access.actor(), unit.place.path, unit.id)
    return lists.of_history(unit, seen_by_unit=as_unit)


@_file("/titles", Permission.SEE_UNITS)
def titles() -> Table:
    """The titles."""
    return lists.of_titles(access.scope())


@_file("/campaigns", Permission.SEE_UNITS)
def all_campaigns() -> Table:
    """The campaigns, with the progress of the person's own area."""
    area = jurisdictions.top(access.scope(Permission.SEE_COVERAGE))
    return lists.of_campaigns(access.scope(), access.scope(Permission.RUN_CAMPAIGNS), area)


@_file(f"/campaigns/{_ID}", Permission.SEE_COVERAGE)
def enrolments(id: int) -> Table:
    """The enrolments of a campaign."""
    return lists.of_enrolments(campaigns.find(id, access.scope()), access.scope())


@_file("/standards/<slug>", Permission.SIGNED_IN)
def criteria(slug: str) -> Table:
    """The criteria of a standard's newest version, or of the one asked for."""
    versions = standards.versions_of(slug)
    wish = request.args.get("version") or str(versions[0].number)
    for each in versions:
        if str(each.number) == wish:
            return lists.of_criteria(each)
    raise NotFound(wish)


@_file(f"/enrolments/{_LARGE_ID}", Permission.SEE_UNITS)
def checklist(id: int) -> Table:
    """A checklist, or the part of it that is shown."""
    found = records.find(id, access.scope())
    as_unit = permissions.sees_as_unit(access.actor(), found.unit.place.path, found.unit_id)
    lines = checklists.lines([found], seen_by_unit=as_unit)[found.id]
    shown = parts.filters(lines).get(request.args.get("show", "all"), lines)
    return lists.of_checklist(found, shown)


@_file("/review", Permission.REVIEW)
def queue() -> Table:
    """Everything that waits for the person's decision."""
    return lists.of_queue(permissions.desks(access.actor()), by=access.actor().id)


@_file("/coverage/<code>", Permission.SEE_COVERAGE)
def board(code: str) -> Table:
    """A board, over all open campaigns or for one, on a day."""
    return boards.of_board(asked.board(code, access.scope()).board)


@_file("/jurisdictions", Permission.SEE_COVERAGE)
def tree() -> Table:
    """The jurisdictions."""
    return lists.of_jurisdictions(access.scope())


def _made(table: Table, ending: str) -> Response:
    """The list as a file to keep.

    It is written to the end before it is sent: whatever goes wrong is said in an answer, not by
    half a file, and a slow line holds no transaction open.
    """
    profile = _profile(table.name)
    is_demonstration = demonstration.is_marked()
    spoken = speech.speech(languages.language(), demonstration=is_demonstration)
    folder = TemporaryDirectory(prefix="export-")
    try:
        file = Path(folder.name) / f"list.{ending}"
        rows = tables.write(table, file, spoken, profile.chosen if profile else None)
        history.remark(
            "exported",
            "list",
            None,
            by=access.actor().id,
            address=access.address(),
            path=request.full_path.rstrip("?")[:200],
            rows=rows,
        )
        response = send_file(
            file,
            mimetype=ENDINGS[ending],
            as_attachment=True,
            download_name=f"{_name(table, spoken, profile)}.{ending}",
            conditional=False,
            etag=False,
        )
    except BaseException:
        folder.cleanup()
        raise
    response.call_on_close(folder.cleanup)
    response.headers["Cache-Control"] = "no-store"
    return response


def _profile(table: str) -> ExportProfile | None:
    wish = request.args.get("profile")
    if not wish:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", wish):
        raise NotFound(wish)
    return profiles.find(int(wish), table)


def _name(table: Table, spoken: tables.Speech, profile: ExportProfile | None) -> str:
    """What the file is called: the list, the profile, the day."""
    named = [profile.name] if profile is not None else []
    return speech.file_name(spoken, spoken.text(table.title), *named, table.as_of.isoformat())


@blueprint.app_template_global()
def profiles_of(table: str) -> Sequence[ExportProfile]:
    """The profiles offered beside the files of a list, to those who hand figures upward."""
    person = access.visitor()
    if person is None or not permissions.holds(person, Permission.EXCHANGE):
        return ()
    return profiles.listed(table)
