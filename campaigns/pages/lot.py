"""The lot in public: what was announced, what was drawn, and how anybody can repeat it."""

import json

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from campaigns import jurisdictions
from campaigns.acceptance import lot, records, rounds
from campaigns.acceptance.records import Round
from campaigns.documents import writing
from campaigns.errors import NotFound
from campaigns.pages import access, answers, limits

blueprint = Blueprint("lot", __name__)

_HERE = f"/lots/<int(max={2**31 - 1}):id>"


@blueprint.get(_HERE)
@access.public
def show(id: int) -> ResponseReturnValue:
    """What everybody may know of a round: never what is found in it."""
    limits.look_of(access.address())
    found = records.published(id)
    chosen = records.chosen(id)
    return answers.show(
        "lot/lot.html",
        round=found,
        number=sum(each.listed for each in records.candidates(id)),
        chosen=chosen,
        towns=jurisdictions.names([each.enrolment.town_id for each in chosen]),
        example=lot.place_of(found.seed or "123456", "U-1"),
    )


@blueprint.get(f"{_HERE}.<ending>")
@access.public
def download(id: int, ending: str) -> ResponseReturnValue:
    """The whole lot as JSON, to be repeated, or as a CSV list."""
    limits.look_of(access.address())
    if ending not in {"json", "csv"}:
        raise NotFound(ending)
    found = records.published(id)
    response = make_response(_csv(found) if ending == "csv" else _json(found))
    response.mimetype = "text/csv" if ending == "csv" else "application/json"
    response.headers["Content-Disposition"] = f'attachment; filename="lot-{id}.{ending}"'
    return response


def _json(found: Round) -> bytes:
    return json.dumps(rounds.published(found), ensure_ascii=False, indent=1).encode()


def _csv(found: Round) -> bytes:
    rows = [
        (each.town_code, each.unit_code, each.listed, each.chosen.value if each.chosen else "")
        for each in records.candidates(found.id)
    ]
    return b"".join(writing.csv_lines(("town", "unit", "on the list", "chosen"), rows))
