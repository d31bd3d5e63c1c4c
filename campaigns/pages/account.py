"""Signing in and out, one's own account, and the language."""

from urllib.parse import urlsplit

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from campaigns import history, people
from campaigns.errors import Refused, fault
from campaigns.pages import access, answers, languages, sentences, sessions
from campaigns.pages.access import SignedIn
from campaigns.people import signin
from campaigns.permissions import Permission

blueprint = Blueprint("account", __name__)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


class SignInForm(FlaskForm):
    """User name and password."""

    username = StringField(_l("User name"))
    password = PasswordField(_l("Password"))


class PasswordForm(FlaskForm):
    """The present password and a new one."""

    current = PasswordField(_l("Present password"))
    new = PasswordField(_l("New password"))


def inside(target: str | None) -> str:
    """A target on this host, or the home page."""
    plain = target or "/"
    parts = urlsplit(plain)
    if parts.scheme or parts.netloc or not plain.startswith("/") or plain.startswith("//"):
        return "/"
    return "/" if "\\" in plain or any(ord(c) < 33 for c in plain) else plain


@blueprint.get("/login")
@access.public
def login() -> ResponseReturnValue:
    """The sign-in page."""
    if access.visitor() is not None:
        return answers.go(inside(request.args.get("next")))
    return answers.show(
        "account/login.html",
        next=inside(request.values.get("next")),
        ended="ended" in request.args,
    )


@blueprint.post("/login")
@access.public
@answers.form_of(login)
def sign_in() -> ResponseReturnValue:
    """Signs in: the same answer for an unknown name and a wrong password."""
    form = SignInForm()
    username = (form.username.data or "").strip()
    if signin.throttled(username, access.address()):
        raise Refused(fault("throttled"))
    person_id = signin.check(username, form.password.data or "")
    actor = people.actor(person_id) if person_id is not None else None
    if actor is None:
        answers.roll_back()
        signin.failed(username, access.address())
        raise Refused(fault("wrong_credentials"))
    sessions.current().sign_in()
    login_user(SignedIn(actor))
    history.record("signed_in", "person", actor.id, by=actor.id)
    return answers.go(inside(request.form.get("next")))


@blueprint.post("/logout")
@access.permits(Permission.SIGNED_IN)
def logout() -> ResponseReturnValue:
    """Signs out: the session ends on the server, the browser forgets our pages."""
    history.record("signed_out", "person", access.actor().id, by=access.actor().id)
    logout_user()
    response = answers.go("/login")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/account")
@access.permits(Permission.SIGNED_IN)
def account() -> ResponseReturnValue:
    """One's own account: what one holds, and a new password."""
    person = access.actor()
    held = [
        {"role": sentences.of_role(role), "where": where} for role, where in people.held(person)
    ]
    return answers.show("account/account.html", actor=person, held=held)


@blueprint.post("/account")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def change_password() -> ResponseReturnValue:
    """A new password; every other session of the person ends."""
    form, person = PasswordForm(), access.actor()
    new = form.new.data or ""
    if not people.password_matches(people.stored_password(person.id), form.current.data or ""):
        raise Refused(fault("wrong_password", "current"))
    if not SHORTEST_PASSWORD <= len(new) <= LONGEST_PASSWORD:
        raise Refused(fault("password_length", "new", shortest=SHORTEST_PASSWORD))
    if person.username.casefold() in new.casefold():
        raise Refused(fault("password_has_name", "new"))
    people.change_password(person.id, new)
    signin.end_others(person.id, sessions.current().token)
    history.record("password_changed", "person", person.id, by=person.id)
    return answers.go("/account", said="password_changed")


@blueprint.post("/language")
@access.public
def language() -> ResponseReturnValue:
    """Switches the language, here and for the person's next visits."""
    chosen = request.form.get("language")
    response = answers.go(inside(request.form.get("next")))
    if chosen in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True
        )
        person = access.visitor()
        if person is not None:
            people.set_language(person.id, chosen)
    return response
