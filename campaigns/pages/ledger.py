"""The folder of a unit for inspections, as a PDF to read and as a ZIP to keep and verify."""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from campaigns import clock, demonstration, history, jurisdictions, permissions, seals, units
from campaigns.errors import NotFound
from campaigns.exchange import ledger as folders
from campaigns.exchange.ledger import Folder, Viewer, facts, packing, paper
from campaigns.pages import access, languages, limits, proving, speech
from campaigns.permissions import Permission
from campaigns.units import Unit

blueprint = Blueprint("ledger", __name__)

_ENDINGS = {"pdf": "application/pdf", "zip": "application/zip"}


@blueprint.get(f"/units/<int(max={2**31 - 1}):id>/ledger.<any({', '.join(_ENDINGS)}):ending>")
@access.permits(Permission.SEE_UNITS)
def ledger(id: int, ending: str) -> ResponseReturnValue:
    """What inspectors take away of a unit, of one campaign where it is asked for."""
    unit = units.find(id, access.scope())
    with limits.file_of(access.actor().id):
        place = unit.place
        town = jurisdictions.names([place.town_id]).get(place.town_id or 0)
        found = folders.gather(unit, town, _viewer(unit), speech.label, campaign_id=_campaign())
        # Afterwards, so that all that was gathered is under a seal.
        seals.seal()
        history.remark(
            "exported",
            "ledger",
            unit.id,
            by=access.actor().id,
            address=access.address(),
            path=request.full_path.rstrip("?")[:200],
            pieces=len(found.pieces),
        )
        return _sent(found, ending)


def _viewer(unit: Unit) -> Viewer:
    actor, place = access.actor(), unit.place.path
    return Viewer(
        actor.id,
        actor.name,
        permissions.sees_as_unit(actor, place, unit.id),
        permissions.sees_capture(actor, place, unit.id),
    )


def _campaign() -> int | None:
    wish = request.args.get("campaign")
    if not wish:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", wish):
        raise NotFound(wish)
    return int(wish)


def _sent(found: Folder, ending: str) -> Response:
    """The folder on its way.

    All that the database knows, and the PDF, are ready before the answer begins; only the pictures
    follow one by one, so that a slow line holds neither a transaction nor memory.
    """
    store, is_demonstration = proving.store(), demonstration.is_marked()
    spoken = speech.speech(languages.language(), demonstration=is_demonstration)
    room = TemporaryDirectory(prefix="ledger-")
    try:
        place = Path(room.name)
        missing = packing.lost(found, store)
        newest = packing.lay_history(found, place)
        file = paper.write(
            found, store, place, missing, spoken, product=_("Safe Langzhong"), seal=newest
        )
        chunks: Iterator[bytes] = packing.read(file)
        if ending == "zip":
            told = facts.told(found, missing, demonstration=is_demonstration)
            chunks = packing.stream(told, store, place)
        response = Response(chunks, mimetype=_ENDINGS[ending])
    except BaseException:
        room.cleanup()
        raise
    response.call_on_close(room.cleanup)
    unit = found.unit
    name = speech.file_name(
        spoken, spoken.text(unit.name), _("folder"), clock.day(found.made_at).isoformat()
    )
    named = speech.disposition(f"{name}.{ending}", attachment=True)
    response.headers["Content-Disposition"] = named
    response.headers["Cache-Control"] = "no-store"
    # A proxy that waits for the whole would hold it on its own disk.
    response.headers["X-Accel-Buffering"] = "no"
    return response
