"""Who is asking, and what each route demands. Closed by default."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from campaigns import history, people, permissions
from campaigns.errors import NotAllowed
from campaigns.jurisdictions import Scope
from campaigns.pages import limits
from campaigns.people import Actor, tokens
from campaigns.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
_ATTRIBUTE = "permission"
_FOR_PROGRAMS = "for_programs"
#: Routes that take a person's session, or a token that may upload: answers are statuses with a
#: short JSON, never a page or a way to one.
SENDERS = frozenset({"uploads"})
#: All that an initial password opens: it is changed, or one leaves (ASVS 6.4.1).
_WITH_INITIAL_PASSWORD = frozenset(
    {"account.account", "account.change_password", "account.logout", "account.language"}
)


class SignedIn(UserMixin):
    """What Flask-Login holds: the actor of the request, and her program's token if it asks."""

    def __init__(self, actor: Actor, token_id: int | None = None) -> None:
        self.id = actor.id
        self.actor = actor
        self.token_id = token_id


login_manager = LoginManager()
# Phones change their address all the time; sessions are bound by their token alone.
login_manager.session_protection = None


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(person_id: str) -> SignedIn | None:
    # A browser lends its cookie to any page that asks; what is for programs never takes one.
    found = None if _is_for_programs() else people.actor(int(person_id))
    return SignedIn(found) if found else None


@login_manager.request_loader  # type: ignore[untyped-decorator]
def _load_by_token(asking: Request) -> SignedIn | None:
    sent = asking.authorization
    if sent is None or sent.type != "bearer" or not sent.token:
        return None
    if not (_is_for_programs() or is_sender()):
        return None
    holder = tokens.holder(sent.token)
    if holder is None or (is_sender() and not holder.uploads):
        return None
    found = people.actor(holder.person_id)
    return SignedIn(found, holder.token_id) if found else None


def is_sender() -> bool:
    """Whether the route is one to which a person or her program sends proof."""
    return request.blueprint in SENDERS


def permits(permission: Permission) -> Callable[[View], View]:
    """Declares the permission that a view needs."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, permission)
        return view

    return declare


def for_programs(view: View) -> View:
    """Declares that a view is for programs: it takes a person's token, and never a cookie."""
    setattr(view, _FOR_PROGRAMS, True)
    return view


def is_for_programs(app: Flask, endpoint: str | None) -> bool:
    """Whether a route is for programs."""
    return getattr(app.view_functions.get(endpoint or ""), _FOR_PROGRAMS, False)


def _is_for_programs() -> bool:
    return is_for_programs(current_app, request.endpoint)


def public(view: View) -> View:
    """Declares that a view is open to everybody."""
    setattr(view, _ATTRIBUTE, PUBLIC)
    return view


def actor() -> Actor:
    """The signed-in person; only for views that are not public."""
    return current_user.actor  # type: ignore[no-any-return]


def visitor() -> Actor | None:
    """The signed-in person, if anybody is."""
    return current_user.actor if current_user.is_authenticated else None


def scope(permission: Permission | None = None) -> Scope:
    """Where the person holds a permission, the view's own unless another is named."""
    return permissions.scope(actor(), permission or g.permission)


def declared(app: Flask, endpoint: str) -> Permission | str:
    """What a route demands; raises LookupError when it declares nothing."""
    if endpoint == "static":
        return PUBLIC
    found = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    if found is None:
        raise LookupError(f"{endpoint} does not declare who may use it")
    return found  # type: ignore[no-any-return]


def check_declarations(app: Flask) -> None:
    """Refuses to start with a route that does not declare who may use it."""
    for rule in app.url_map.iter_rules():
        declared(app, rule.endpoint)


def admit() -> ResponseReturnValue | None:
    """Before each request: who may come in. Anonymous people are sent to sign in, programs
    without a valid token are told to bring one, and so is whoever sends proof without a right."""
    if request.endpoint is None:
        return None
    demanded = declared(current_app, request.endpoint)
    if demanded == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if _is_for_programs():
            told: dict[str, str | None] = {"realm": "api"}
            if request.authorization is not None:
                told["error"] = "invalid_token"
            raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", told))
        return to_sign_in()
    if current_user.token_id is not None:
        limits.call_of(current_user.token_id)
    if actor().must_change and request.endpoint not in _WITH_INITIAL_PASSWORD:
        if is_sender():
            raise Unauthorized
        return _on_to(url_for("account.account"))
    g.permission = Permission(demanded)
    if not permissions.holds(actor(), g.permission):
        raise NotAllowed
    return None


def to_sign_in() -> Response:
    """The way to the sign-in page and back.

    Raises Unauthorized where proof is sent: the sender keeps what it was about to send.
    """
    if is_sender():
        raise Unauthorized
    back = request.full_path.rstrip("?") if request.method == "GET" else page_before()
    return _on_to(url_for("account.login", next=back if back != "/" else None, ended=_ended()))


def _on_to(target: str) -> Response:
    """On to another page as a whole; htmx is told to go there."""
    if "HX-Request" in request.headers:
        response = Response(status=200)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def _ended() -> int | None:
    """1 when the browser came with a session that is no longer valid."""
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
    return 1 if cookie.startswith("s.") and "_user_id" not in session else None


def page_before() -> str:
    """The page that a form was on, when it is one of ours; else the start page."""
    referrer = request.headers.get("HX-Current-URL") or request.referrer or ""
    prefix = request.host_url
    if not referrer.startswith(prefix):
        return "/"
    # Two slashes in front would be another host.
    return "/" + referrer.removeprefix(prefix).lstrip("/\\")


def note_denial() -> None:
    """Keeps a refused attempt in the history, whatever becomes of the request."""
    person = visitor()
    if person is not None:
        history.remark(
            "denied", "route", None, by=person.id, address=address(), path=request.path[:200]
        )


def address() -> str:
    """Where the request comes from."""
    return request.remote_addr or "-"
