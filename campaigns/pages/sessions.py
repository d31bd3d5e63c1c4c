"""Sessions: a signed cookie for visitors, a row on the server for whoever is signed in.

The row is written after the request's commit, through its own short connection.
"""

import secrets
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from campaigns.people import signin
from campaigns.settings import SESSION_LIFE

_SIGNED_IN, _VISITOR = "s.", "v."


class BrowserSession(CallbackDict[str, Any], SessionMixin):
    """What a browser's session holds; ``token`` is set when it lives on the server, ``replaced``
    is the token of a sign-in that a new one takes the place of."""

    def __init__(self, data: dict[str, Any] | None = None, token: str | None = None) -> None:
        def changed(_: object) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.modified = False
        self.token = token
        self.replaced: str | None = None

    @property
    def person_id(self) -> int | None:
        """Who is signed in."""
        found = self.get("_user_id")
        return int(found) if found is not None else None

    def sign_in(self) -> None:
        """Starts afresh, so that nothing from before signing in is carried along."""
        self.clear()
        self.replaced, self.token = self.token, None
        self["csrf_token"] = secrets.token_hex(20)


def current() -> BrowserSession:
    """The session of the request."""
    if not isinstance(session, BrowserSession):  # a proxy says yes for what it stands for
        raise TypeError("the session interface is not ours")
    return session


class Sessions(SessionInterface):
    """Opens and saves the sessions of an application."""

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """The session of the request's cookie, or an empty one."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        if cookie.startswith(_SIGNED_IN):
            loaded = signin.load(cookie.removeprefix(_SIGNED_IN))
            if loaded is not None and loaded.data.get("_user_id") == str(loaded.person_id):
                return BrowserSession(loaded.data, loaded.token)
        elif cookie.startswith(_VISITOR):
            try:
                age = int(SESSION_LIFE.total_seconds())
                data = _signer(app).loads(cookie.removeprefix(_VISITOR), max_age=age)
            except BadSignature:
                return BrowserSession()
            return BrowserSession({"csrf_token": str(data)})
        return BrowserSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Writes what changed; a new sign-in gets a new token, signing out ends it."""
        if not isinstance(session, BrowserSession):
            raise TypeError("the session interface is not ours")
        response.vary.add("Cookie")
        if not session.modified:
            return
        if session.token is not None and session.person_id is None:
            signin.end(session.token)
            response.delete_cookie(
                self.get_cookie_name(app), path="/", secure=app.config["SESSION_COOKIE_SECURE"]
            )
        elif session.token is not None:
            signin.save(session.token, dict(session))
        elif session.person_id is not None:
            if session.replaced is not None:
                signin.end(session.replaced)
            token = signin.begin(session.person_id, dict(session))
            self._set_cookie(app, response, _SIGNED_IN + token)
        elif "csrf_token" in session:
            self._set_cookie(app, response, _VISITOR + _signer(app).dumps(session["csrf_token"]))

    def _set_cookie(self, app: Flask, response: Response, value: str) -> None:
        response.set_cookie(
            self.get_cookie_name(app),
            value,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=app.config["SESSION_COOKIE_SECURE"],
        )


def _signer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        str(app.secret_key), salt="visitor", signer_kwargs={"key_derivation": "hmac"}
    )
