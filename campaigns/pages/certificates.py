"""Certificates and plaques: of one title, or of a whole naming document."""

import re
from collections.abc import Sequence

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from campaigns import demonstration, history
from campaigns.errors import NotFound
from campaigns.pages import access, answers, languages, limits, speech
from campaigns.permissions import Permission
from campaigns.settings import CERTIFICATES_AT_ONCE, PAGE_ROWS, Settings
from campaigns.titles import Title, certificates
from campaigns.titles.certificates import CERTIFICATE, PLAQUE

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/titles/documents")
@access.permits(Permission.NAME)
def documents() -> ResponseReturnValue:
    """The latest naming documents, each with the certificates and plaques of all its titles."""
    found = certificates.documents(access.scope(), limit=PAGE_ROWS)
    return answers.show(
        "certificates/documents.html",
        documents=[
            (number, day, count, range(1, -(-count // CERTIFICATES_AT_ONCE) + 1))
            for number, day, count in found
        ],
        limit=CERTIFICATES_AT_ONCE,
    )


@blueprint.get("/titles/certificates.pdf", defaults={"paper": CERTIFICATE})
@blueprint.get("/titles/plaques.pdf", defaults={"paper": PLAQUE})
@access.permits(Permission.SEE_UNITS)
def of_document(paper: str) -> ResponseReturnValue:
    """The papers of all titles of a document, ``?document=``, in parts where there are many."""
    number, part = request.args.get("document", ""), request.args.get("part", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,2}", part, re.ASCII):
        raise NotFound(part)
    found = certificates.of_document(number, access.scope(), part=int(part))
    return _sent(paper, found, number, *([part] if part != "1" else []))


@blueprint.get("/titles/<serial>.pdf", defaults={"paper": CERTIFICATE})
@blueprint.get("/titles/<serial>/plaque.pdf", defaults={"paper": PLAQUE})
@access.permits(Permission.SEE_UNITS)
def of_title(serial: str, paper: str) -> ResponseReturnValue:
    """The certificate or plaque of one title."""
    found = certificates.find(serial, access.scope())
    return _sent(paper, [found], languages.local(found.unit.name), found.serial.rpartition("-")[0])


def _sent(paper: str, found: Sequence[Title], *named: str) -> Response:
    """The papers on their way; ``named`` is what the file is called by."""
    chosen: Settings = current_app.config["CAMPAIGNS"]
    invented = demonstration.is_marked()

    def address(title: Title) -> str:
        # The public address, never the one that the request came by.
        return chosen.address + url_for("verify.title", serial=title.serial)

    with limits.file_of(access.actor().id):
        made = certificates.printed(paper, found, address, demonstration=invented)
    history.remark(
        "exported",
        paper,
        None,
        by=access.actor().id,
        address=access.address(),
        path=request.full_path.rstrip("?")[:200],
        titles=len(found),
    )
    response = Response(made, mimetype="application/pdf")
    word = _("certificate") if paper == CERTIFICATE else _("plaque")
    spoken = speech.speech(languages.language(), demonstration=invented)
    name = speech.file_name(spoken, *named, word)
    response.headers["Content-Disposition"] = speech.disposition(f"{name}.pdf", attachment=True)
    return response
