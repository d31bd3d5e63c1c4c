"""The outbox: the photos that have not arrived yet. They lie in the sender's browser; the scripts
of ``static/outbox`` keep, show and send them, and a service worker keeps the pages she has seen."""

from flask import Blueprint, Response, current_app
from flask.typing import ResponseReturnValue

from campaigns.pages import access, answers
from campaigns.permissions import Permission, holds

blueprint = Blueprint("outbox", __name__)


@blueprint.get("/outbox")
@access.permits(Permission.PROVE)
def outbox() -> ResponseReturnValue:
    """What has not arrived yet, and what the person wishes on this phone."""
    return answers.show("outbox/outbox.html")


@blueprint.get("/service-worker.js")
@access.public
def service_worker() -> ResponseReturnValue:
    """The service worker: at the root, for it reaches no higher than it lies; always asked anew."""
    answer = current_app.send_static_file("service-worker.js")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.after_app_request
def _whose(response: Response) -> Response:
    """Tells the service worker whose a page is: it keeps pages of one person only."""
    if response.status_code == 200 and response.mimetype == "text/html":
        person = access.visitor()
        if person is not None and holds(person, Permission.PROVE):
            response.headers["Outbox-Person"] = str(person.id)
    return response
