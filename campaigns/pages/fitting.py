"""One proof, many items: the store of a unit's proof, and attaching a piece where it fits too."""

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import jurisdictions, permissions, settings, units
from campaigns.enrolment import fitting
from campaigns.errors import NotFound, Refused, fault
from campaigns.evidence import records as evidence_records
from campaigns.evidence.records import Evidence
from campaigns.pages import access, answers, paging
from campaigns.permissions import Permission

blueprint = Blueprint("fitting", __name__)
blueprint.add_app_template_filter(fitting.fresh_until, "fresh_until")


@blueprint.get(f"/units/<int(max={2**31 - 1}):id>/evidence")
@access.permits(Permission.SEE_UNITS)
def store(id: int) -> ResponseReturnValue:
    """All proof of a unit: what each piece proves, until when it is fresh, where it fits too."""
    unit = units.find(id, access.scope())
    actor, place = access.actor(), unit.place
    unit_view = permissions.sees_as_unit(actor, place.path, unit.id)
    proves = permissions.may(actor, Permission.PROVE, place.path, unit.id)
    found = fitting.store(unit.id, seen_by_unit=unit_view)
    if not proves:
        del found["fits"]
    page, chosen = paging.asked(), request.args.get("show", "all")
    shown = found.get(chosen, found["all"])[page.offset :]
    return answers.show(
        "fitting/store.html",
        unit=unit,
        town=jurisdictions.names([place.town_id]).get(place.town_id or 0),
        kept=shown[: settings.PAGE_ROWS],
        page=page,
        more=len(shown) > settings.PAGE_ROWS,
        chosen=chosen if chosen in found else "all",
        numbers={name: len(matching) for name, matching in found.items()},
        is_unit=unit_view,
        proves=proves,
        sees_capture=permissions.sees_capture(actor, place.path, unit.id),
    )


def _piece_again(**arguments: Any) -> ResponseReturnValue:
    """The page of the piece, which tells where it fits now."""
    page = current_app.ensure_sync(current_app.view_functions["evidence.evidence"])
    answer: ResponseReturnValue = page(**arguments)
    return answer


@blueprint.post(f"/evidence/<int(max={2**63 - 1}):id>/attach")
@access.permits(Permission.PROVE)
@answers.form_of(_piece_again)
def attach(id: int) -> ResponseReturnValue:
    """Attaches a piece of proof, and more of the same item, to other items that it fits.

    The items stand in ``enrolment`` and ``key``, repeated side by side; more pieces in
    ``evidence``.
    """
    fitting.attach(_pieces(id), _targets(), by=access.actor().id)
    return answers.go(_page_before(id), said="attached")


def _pieces(id: int) -> Sequence[Evidence]:
    first = evidence_records.find(id, access.scope())
    unit = units.find(first.unit_id, access.scope())
    permissions.require(access.actor(), Permission.PROVE, unit.place.path, unit.id)
    asked = dict.fromkeys([id, *map(_id, request.form.getlist("evidence"))])
    if len(asked) > settings.PHOTOS_PER_ITEM:
        raise Refused(fault("too_many_photos", "fits", limit=settings.PHOTOS_PER_ITEM))
    found = evidence_records.of_unit(first.unit_id, list(asked))
    if len(found) < len(asked):
        raise NotFound(id)
    return found


def _targets() -> list[tuple[int, str]]:
    """The items that the form names; raises NotFound for none."""
    enrolments, keys = request.form.getlist("enrolment"), request.form.getlist("key")
    if not keys or len(enrolments) != len(keys):
        raise NotFound
    return list(zip(map(_id, enrolments), keys, strict=True))


def _id(typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", typed):
        raise NotFound(typed[:20])
    return int(typed)


def _page_before(id: int) -> str:
    """The page that the form was on, without what it had to say; that of the piece where there is
    none to go back to."""
    path, _, query = access.page_before().partition("#")[0].partition("?")
    adapter = current_app.create_url_adapter(request)
    if path == "/" or adapter is None or not adapter.test(path, "GET"):
        return url_for("evidence.evidence", id=id)
    kept = [each for each in query.split("&") if each and not each.startswith(("said=", "warned="))]
    return path + (f"?{'&'.join(kept)}" if kept else "")
