"""Signing in and out, one's own account, and the language."""

from datetime import date, timedelta
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, StringField

from campaigns import clock, history, people, permissions
from campaigns.errors import NotAllowed, Refused, fault
from campaigns.pages import access, answers, languages, sessions, words
from campaigns.pages.access import SignedIn
from campaigns.people import Actor, Held, signin, tokens
from campaigns.permissions import Permission

blueprint = Blueprint("account", __name__)

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
#: The life that a token is offered.
_TOKEN_LIFE = timedelta(days=90)


class SignInForm(FlaskForm):
    """User name and password."""

    username = StringField(_l("User name"))
    password = PasswordField(_l("Password"))


class PasswordForm(FlaskForm):
    """The present password and a new one."""

    current = PasswordField(_l("Present password"))
    new = PasswordField(_l("New password"))


class TokenForm(FlaskForm):
    """A token for a program, and the present password once more."""

    token_name = StringField()
    expires_on = StringField()
    uploads = BooleanField()
    password = PasswordField()


class EmailForm(FlaskForm):
    """Where to be written to, and the present password once more."""

    email = StringField()
    email_password = PasswordField()


def inside(target: str | None) -> str:
    """A target on this host, or the home page.

    A second slash, or a backslash that browsers read as one, would lead to another host.
    """
    plain = target or "/"
    if not plain.startswith("/") or plain.startswith("//") or "\\" in plain:
        return "/"
    return plain if plain.isprintable() and " " not in plain else "/"


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
    username, address = _username(form.username.data or ""), access.address()
    if signin.throttled(username, address):
        return _too_often()
    person_id = signin.check(username, form.password.data or "")
    actor = people.actor(person_id) if person_id is not None else None
    if actor is None:
        answers.roll_back()
        signin.failed(username, address)
        raise Refused(fault("wrong_credentials"))
    sessions.current().sign_in()
    login_user(SignedIn(actor))
    history.record("signed_in", "person", actor.id, by=actor.id)
    return answers.go(inside(request.form.get("next")))


def _username(typed: str) -> str:
    """A user name as one may be stored: whatever no name can hold is left out."""
    return "".join(c for c in typed[:200] if c.isprintable()).strip()[:100]


def _too_often() -> ResponseReturnValue:
    """The form once more, for whoever has to wait; the database is let go first."""
    answers.roll_back()
    return answers.again((fault("throttled"),), 429)


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
    """One's own account: what one holds and where, the language, a new password, and the tokens
    of programs."""
    return _account()


def _account(made: str | None = None) -> Response:
    person = access.actor()
    email, digest = people.mailbox(person.id)
    return answers.show(
        "account/account.html",
        email=email,
        digest=digest,
        person=person,
        held=[(_post(grant), where) for grant, where in people.held(person)],
        shortest=SHORTEST_PASSWORD,
        tokens=tokens.listed(person.id),
        made=made,
        expires_on=clock.today() + _TOKEN_LIFE,
        latest=clock.today() + tokens.LONGEST,
        may_prove=permissions.holds(person, Permission.PROVE),
    )


@blueprint.post("/account/tokens")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def make_token() -> ResponseReturnValue:
    """A token for a program, shown on the page that answers and never again.

    Whoever proves something may let the program send proof.
    """
    form, person = TokenForm(), access.actor()
    uploads = bool(form.uploads.data)
    if uploads and not permissions.holds(person, Permission.PROVE):
        raise NotAllowed
    if signin.throttled(person.username, access.address()):
        return _too_often()
    _require_password(person, form.password.data or "", "password")
    wish = _day(form.expires_on.data or "")
    name = form.token_name.data or ""
    return _account(made=tokens.make(person.id, name, wish, uploads=uploads))


@blueprint.post("/account/email")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def change_email() -> ResponseReturnValue:
    """Where the person is written to; nowhere when the field is left empty."""
    form, person = EmailForm(), access.actor()
    if signin.throttled(person.username, access.address()):
        return _too_often()
    _require_password(person, form.email_password.data or "", "email_password")
    people.change_email(person.id, (form.email.data or "").strip())
    history.record("email_changed", "person", person.id, by=person.id)
    return answers.go(url_for("account.account"), said="email_changed")


@blueprint.post("/account/digest")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def want_digest() -> ResponseReturnValue:
    """Whether the person is written to at all."""
    wish = request.form.get("digest")
    if wish not in {"on", "off"}:
        raise Refused(fault("form_expired"))
    wanted = wish == "on"
    people.want_digest(access.actor().id, wanted)
    return answers.go(url_for("account.account"), said="digest_on" if wanted else "digest_off")


@blueprint.post(f"/account/tokens/<int(max={2**31 - 1}):id>/revoke")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def revoke_token(id: int) -> ResponseReturnValue:
    """Ends a token at once."""
    tokens.revoke(id, access.actor().id)
    return answers.go(url_for("account.account"), said="token_revoked")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        raise Refused(fault("date_invalid", "expires_on")) from None


def _post(grant: Held) -> str:
    """A role in words, with the department that it is held for."""
    role = words.of_role(grant.role)
    if grant.department is None:
        return role
    department = words.of_department(grant.department)
    return str(_("%(role)s (%(department)s)", role=role, department=department))


@blueprint.post("/account")
@access.permits(Permission.SIGNED_IN)
@answers.form_of(account)
def change_password() -> ResponseReturnValue:
    """A new password; every other session of the person ends."""
    form, person = PasswordForm(), access.actor()
    new = form.new.data or ""
    if signin.throttled(person.username, access.address()):
        return _too_often()
    _require_password(person, form.current.data or "", "current")
    _check(new, person.username)
    people.change_password(person.id, new)
    signin.end_others(person.id, sessions.current().token)
    history.record("password_changed", "person", person.id, by=person.id)
    return answers.go(url_for("account.account"), said="password_changed")


def _require_password(person: Actor, typed: str, field: str) -> None:
    """Refuses, and counts as a wrong sign-in, what is not the person's present password."""
    if people.password_matches(people.stored_password(person.id), typed):
        return
    answers.roll_back()
    signin.failed(person.username, access.address())
    raise Refused(fault("wrong_password", field))


def _check(new: str, username: str) -> None:
    """Refuses a password that is too short, too long or holds the user name."""
    if len(new) < SHORTEST_PASSWORD:
        raise Refused(fault("password_length", "new", shortest=SHORTEST_PASSWORD))
    if len(new) > LONGEST_PASSWORD:
        raise Refused(fault("password_long", "new", longest=LONGEST_PASSWORD))
    if username.casefold() in new.casefold():
        raise Refused(fault("password_has_name", "new"))


@blueprint.post("/language")
@access.public
def language() -> ResponseReturnValue:
    """Switches the language, here and for the person's next visits."""
    chosen = request.form.get("language")
    response = answers.go(_page_of_form() or inside(request.form.get("next")))
    if chosen in languages.LANGUAGES:
        response.set_cookie(
            languages.COOKIE,
            chosen,
            max_age=365 * 86400,
            samesite="Lax",
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
        person = access.visitor()
        if person is not None:
            people.set_language(person.id, chosen)
    return response


def _page_of_form() -> str | None:
    """The page that the switch was pressed on, when it can be opened again.

    The browser knows best: htmx changes the page without the shell that the switch stands in.
    """
    prefix, before = request.host_url, request.referrer or ""
    if not before.startswith(prefix):
        return None
    target = "/" + before.removeprefix(prefix)
    routes = current_app.create_url_adapter(request)
    if routes is None or inside(target) != target:
        return None
    return target if routes.test(unquote(urlsplit(target).path), method="GET") else None
