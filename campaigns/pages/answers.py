"""Answers: a page or its fragment, a form given back with its faults, an error in plain words."""

import json
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_htmx import HTMX
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from campaigns import database, text
from campaigns.database import db
from campaigns.errors import (
    CampaignError,
    Fault,
    NotAllowed,
    NotFound,
    Refused,
    Stale,
    TooMuch,
    fault,
)
from campaigns.evidence.scanning import ScannerAway
from campaigns.evidence.store import StoreAway
from campaigns.pages import access, sentences

View = TypeVar("View", bound=Callable[..., Any])
htmx = HTMX()
_FORM = "form_page"
#: Where programs read: they are answered in JSON, whatever goes wrong.
PROGRAMS = "/api/"
#: What an address says once, to the page that a form led to.
_MESSAGES = frozenset({"said", "warned"})


def show(template: str, status: int = 200, **context: Any) -> Response:
    """A page, or for htmx the same page without its shell. Both share one URL and one view."""
    layout = "fragment.html" if htmx and not htmx.history_restore_request else "base.html"
    faults: tuple[Fault, ...] = g.get("faults", ())
    response = make_response(
        render_template(
            template,
            layout=layout,
            errors=[(f.field, sentences.of_fault(f)) for f in faults],
            error_of={f.field: sentences.of_fault(f) for f in reversed(faults) if f.field},
            sent=request.form if faults else {},
            **context,
        ),
        g.get("status", status),
    )
    if htmx and not _MESSAGES.isdisjoint(request.args):
        # The page that a form led to: its address takes the place of the form's.
        kept = {name: value for name, value in request.args.items() if name not in _MESSAGES}
        response.headers["HX-Replace-Url"] = request.path + (f"?{urlencode(kept)}" if kept else "")
    return response


def go(url: str, said: str | None = None) -> Response:
    """On to another page after a change; ``said`` names the message that it shows there.

    Whoever typed what looks like a phone number is told so there, whatever the form.
    """
    said_there = {"said": said, "warned": "phone" if _typed_phone() else None}
    if kept := {name: value for name, value in said_there.items() if value}:
        url += ("&" if "?" in url else "?") + urlencode(kept)
    return redirect(url, 303)  # type: ignore[return-value]


#: What is no text for others to read.
_NOT_READ = frozenset(
    {
        *("csrf_token", "client_key", "username", "password", "current", "new", "next"),
        *("contact", "email", "email_password"),
    }
)


def _typed_phone() -> bool:
    return any(
        text.looks_like_phone(value)
        for name, value in request.form.items()
        if name not in _NOT_READ
    )


def form_of(page: Callable[..., Any]) -> Callable[[View], View]:
    """Declares the page that a refused form goes back to, with the faults and what was sent.

    ``page`` is called with the same path arguments; it finds what was sent in ``sent``.
    """

    def declare(view: View) -> View:
        setattr(view, _FORM, page)
        return view

    return declare


def again(faults: tuple[Fault, ...], status: int) -> ResponseReturnValue:
    """The form once more, or an error page where the route has none."""
    if access.is_sender():
        return told(status, faults[0].code, sentences.of_fault(faults[0]))
    page = getattr(current_app.view_functions[request.endpoint or ""], _FORM, None)
    if page is None:
        return error(status, sentences.of_fault(faults[0]))
    g.faults, g.status = faults, status
    arguments: Mapping[str, Any] = request.view_args or {}
    try:
        return page(**arguments)  # type: ignore[no-any-return]
    except NotFound:  # what the form was about is gone as well
        return error(status, sentences.of_fault(faults[0]))


def page_of(endpoint: str, **arguments: Any) -> ResponseReturnValue:
    """The page of another noun, for a form that stands on it."""
    page = current_app.ensure_sync(current_app.view_functions[endpoint])
    answer: ResponseReturnValue = page(**arguments)
    return answer


def error(status: int, why: str | None = None, code: str | None = None) -> Response:
    """One plain page for whatever went wrong; for programs the same words as problem details, for
    a sender a code and a sentence."""
    words = sentences.of_status(status)
    if request.path.startswith(PROGRAMS):
        return _problem(status, words.heading, why or words.what, code)
    if access.is_sender():
        name = HTTPStatus(status).name.lower()
        return told(status, code or name, why or sentences.to_sender(status))
    layout = "fragment.html" if htmx else "base.html"
    back = access.page_before() if request.method == "POST" else "/"
    body = render_template(
        "errors/error.html",
        layout=layout,
        heading=words.heading,
        what=words.what,
        why=why,
        now=words.now,
        code=code,
        status=status,
        back=back if back != "/" else None,
    )
    return make_response(body, status)


def _problem(status: int, title: str, detail: str, code: str | None) -> Response:
    """Problem details (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if code is not None:
        body["instance"] = f"urn:error:{code}"
    response = make_response(json.dumps(body, ensure_ascii=False), status)
    response.mimetype = "application/problem+json"
    return response


def told(status: int, code: str, sentence: str | None = None) -> Response:
    """What a sender is told: a code for itself, and a sentence for the person before it."""
    body = {"code": code, "sentence": sentence or sentences.of_code(code)}
    return make_response(jsonify(body), status)


def register(app: Flask) -> None:
    """The one place where errors become answers."""
    htmx.init_app(app)

    @app.errorhandler(CampaignError)
    def refused(raised: CampaignError) -> ResponseReturnValue:
        roll_back()
        if isinstance(raised, NotFound):
            return error(404)
        if isinstance(raised, NotAllowed):
            access.note_denial()
            return error(403, sentences.of_code(raised.code))
        if isinstance(raised, TooMuch):
            answer = make_response(again(raised.faults, 429 if raised.again_in else 413))
            if raised.again_in:
                answer.headers["Retry-After"] = str(raised.again_in)
            return answer
        if isinstance(raised, Refused):
            return again(raised.faults, 422)
        if isinstance(raised, ScannerAway | StoreAway):
            code = "store_away" if isinstance(raised, StoreAway) else "scanner_away"
            current_app.logger.error("%s: %s", code, str(raised) or raised.__cause__)
            answer = make_response(again((fault(code, "file"),), 503))
            answer.headers["Retry-After"] = "60"
            return answer
        return again((fault("stale"),), 409)

    @app.errorhandler(StaleDataError)
    @app.errorhandler(IntegrityError)
    def outrun(raised: Exception) -> ResponseReturnValue:
        current_app.logger.info("outrun: %s", type(raised).__name__)
        return refused(Stale())

    @app.errorhandler(CSRFError)
    def forged(_raised: CSRFError) -> ResponseReturnValue:
        roll_back()
        if access.is_sender():
            return told(400, "form_expired") if access.visitor() else error(401)
        is_public = access.declared(current_app, request.endpoint or "") == access.PUBLIC
        if is_public:  # the form of a stranger, with what she typed
            return again((fault("form_expired"),), 400)
        if access.visitor() is None:
            return access.to_sign_in()
        return error(400, sentences.of_code("form_expired"))

    @app.errorhandler(RequestEntityTooLarge)
    def too_large(_raised: RequestEntityTooLarge) -> ResponseReturnValue:
        return error(413)

    @app.errorhandler(HTTPException)
    def plain(raised: HTTPException) -> ResponseReturnValue:
        if raised.code is not None and raised.code < 400:
            return raised
        answer = error(raised.code or 500)
        for name, value in raised.get_headers():
            if name in {"Allow", "WWW-Authenticate"}:
                answer.headers[name] = value
        return answer

    @app.errorhandler(OperationalError)
    def unavailable(raised: OperationalError) -> ResponseReturnValue:
        roll_back()
        current_app.logger.warning("database: %s", raised.orig)
        answer = error(503)
        answer.headers["Retry-After"] = "10"
        return answer

    @app.errorhandler(OSError)
    def no_space(raised: OSError) -> ResponseReturnValue:
        roll_back()
        current_app.logger.error("storage: %s", raised)
        return error(507)

    @app.errorhandler(Exception)
    def unexpected(raised: Exception) -> ResponseReturnValue:
        roll_back()
        code = secrets.token_hex(4)
        current_app.logger.error("unexpected %s", code, exc_info=raised)
        return error(500, code=code)


def roll_back() -> None:
    """Forgets what the request changed; whatever still runs in it only reads.

    A page that says no must not hold the write lock while it is made.
    """
    db.session.rollback()
    database.begin_mode(writing=False)


def said() -> str | None:
    """The message that the last change left for this page."""
    return sentences.of_said(request.args.get("said"))
