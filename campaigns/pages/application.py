"""The application: one commit per request, strict templates, strict headers."""

import logging
from typing import Any

from flask import Flask, Response, current_app, request, session
from flask.typing import ResponseReturnValue
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

# Imports marked F401 are here for their tables, which migrations must find.
from campaigns import database, settings
from campaigns.database import db
from campaigns.errors import NotFound
from campaigns.evidence.store import open_store
from campaigns.notices import mail
from campaigns.pages import (
    acceptance,
    access,
    account,
    answers,
    api,
    bulk,
    campaign,
    carrying,
    certificates,
    changes,
    compression,
    consistency,
    coverage,
    disputes,
    enrolment,
    evidence,
    exchange,
    exemptions,
    extensions,
    fitting,
    handovers,
    health,
    home,
    imports,
    inbox,
    incident_kinds,
    incidents,
    jurisdictions,
    languages,
    ledger,
    likeness,
    lot,
    naming,
    notice,
    objections,
    outbox,
    profiles,
    review,
    setup,
    shell,
    site_notes,
    spotcheck,
    standards,
    standing,
    titles,
    undoing,
    units,
    uploads,
    verify,
    workdays,
)
from campaigns.pages.sessions import Sessions
from campaigns.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Routes that load and look at files first, and begin to write only then, or in slices.
READ_FIRST = frozenset(
    {
        *("evidence.upload", "standards.examples.upload", "standards.sheets.check"),
        *("uploads.create", "uploads.send", "uploads.instead", "uploads.end"),
        *("imports.send", "imports.apply", "imports.resume"),
        *("standing.recheck", "site_notes.note", "spotcheck.report"),
    }
)
#: How much one request may send, where it is more than a form.
LARGEST = {
    "evidence.upload": settings.UPLOAD_BYTES,
    "uploads.create": settings.PHOTO_BYTES,
    "uploads.send": settings.PHOTO_BYTES,
    "uploads.instead": settings.PHOTO_BYTES,
    "standards.examples.upload": settings.UPLOAD_BYTES,
    "imports.send": settings.TABLE_BYTES,
    "standing.recheck": settings.UPLOAD_BYTES,
    "site_notes.note": settings.UPLOAD_BYTES,
    "spotcheck.report": settings.UPLOAD_BYTES,
}
_NOUNS = (
    home,
    account,
    units,
    changes,
    jurisdictions,
    imports,
    workdays,
    standards,
    campaign,
    setup,
    enrolment,
    carrying,
    exemptions,
    extensions,
    fitting,
    evidence,
    likeness,
    uploads,
    outbox,
    inbox,
    review,
    undoing,
    bulk,
    disputes,
    site_notes,
    handovers,
    consistency,
    acceptance,
    spotcheck,
    lot,
    titles,
    certificates,
    naming,
    notice,
    objections,
    standing,
    incident_kinds,
    incidents,
    coverage,
    exchange,
    ledger,
    profiles,
    verify,
    api,
    health,
)
csrf = CSRFProtect()
migrate = Migrate()


class Application(Flask):
    """Commits what a view returned, rolls back what it raised: once, in one place."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answers the request inside its transaction."""
        try:
            response = self.make_response(super().dispatch_request())
            if request.method in SAFE or response.status_code >= 400:
                db.session.rollback()
            else:
                db.session.commit()
        except Exception:
            db.session.rollback()
            raise
        return response


def create_app(chosen: Settings | None = None) -> Application:
    """The application on these settings, or on those of the environment."""
    chosen = chosen or settings.load()
    open_store(chosen.evidence)  # an address that is none is refused now, not at the first picture
    if chosen.smtp is not None:
        mail.require_sound(chosen.smtp, chosen.mail_from)
    app = Application(
        "campaigns",
        root_path=str(settings.ROOT),
        instance_path=str(chosen.instance),
        template_folder="templates",
        static_folder="static",
    )
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(chosen.database_url),
        SESSION_COOKIE_NAME="__Host-session" if chosen.https else "session",
        SESSION_COOKIE_SECURE=chosen.https,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=settings.FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=settings.FORM_BYTES,
        MAX_FORM_PARTS=500,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        CAMPAIGNS=chosen,
    )
    app.session_interface = Sessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.logger.setLevel(logging.INFO)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(settings.ROOT / "migrations"), render_as_batch=True)
    languages.init_app(app)
    answers.register(app)
    app.before_request(_prepare)
    csrf.init_app(app)
    app.before_request(_protect)
    access.login_manager.init_app(app)
    app.before_request(access.admit)
    app.after_request(_headers)
    app.after_request(compression.compress)
    app.teardown_request(lambda _: database.begin_mode(writing=True))
    shell.init_app(app)
    for noun in _NOUNS:
        app.register_blueprint(noun.blueprint)
    access.check_declarations(app)
    return app


def _prepare() -> ResponseReturnValue | None:
    """Chooses the kind of transaction, and turns strangers away before their body is read."""
    database.begin_mode(writing=request.method not in SAFE and request.endpoint not in READ_FIRST)
    if request.endpoint in LARGEST:
        request.max_content_length = LARGEST[request.endpoint]
    if "\0" in request.path or b"%00" in request.query_string:
        raise NotFound  # nothing of ours has such a name, and PostgreSQL cannot even be asked
    if request.method in SAFE or request.endpoint is None:
        return None
    if "_user_id" in session or access.declared(current_app, request.endpoint) == access.PUBLIC:
        return None
    if access.is_sender():
        return None  # its token, if it has one, is looked at before its body
    return access.to_sign_in()


def _protect() -> None:
    """Demands the session's token of whatever may change something.

    A program that comes by its own token brings no session that anybody else could make use of.
    """
    if not current_app.config["WTF_CSRF_ENABLED"] or request.endpoint is None:
        return
    if "_user_id" in session or not access.is_sender():
        csrf.protect()


_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)


def _headers(response: Response) -> Response:
    headers: dict[str, Any] = {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(self), microphone=()",
    }
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("HX-Request")
    return response
