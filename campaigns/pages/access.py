"""Who is asking, and what each route demands. Closed by default."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from campaigns import history, people, permissions
from campaigns.errors import NotAllowed
from campaigns.jurisdictions import Scope
from campaigns.people import Actor, tokens
from campaigns.permissions import Permission

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
_ATTRIBUTE = "permission"
#: Routes that programs use as well: a token lets in, and answers are statuses with a short JSON.
PROGRAMS = frozenset({"uploads"})


class SignedIn(UserMixin):
    """What Flask-Login holds: the actor of the request."""

    def __init__(self, actor: Actor) -> None:
        self.id = actor.id
        self.actor = actor


login_manager = LoginManager()
# Phones change their address all the time; sessions are bound by their token alone.
login_manager.session_protection = None


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(person_id: str) -> SignedIn | None:
    found = people.actor(int(person_id))
    return SignedIn(found) if found else None


@login_manager.request_loader  # type: ignore[untyped-decorator]
def _load_program(asking: Request) -> SignedIn | None:
    given = asking.authorization
    if not is_program() or given is None or given.type != "bearer" or not given.token:
        return None
    person_id = tokens.person_who_uploads(given.token)
    found = people.actor(person_id) if person_id is not None else None
    return SignedIn(found) if found else None


def is_program() -> bool:
    """Whether the route answers programs: plainly, never with a page or a way to one."""
    return request.blueprint in PROGRAMS


def permits(permission: Permission) -> Callable[[View], View]:
    """Declares the permission that a view needs."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, permission)
        return view

    return declare


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
    """Before each request: who may come in. Anonymous people are sent to sign in."""
    if request.endpoint is None:
        return None
    demanded = declared(current_app, request.endpoint)
    if demanded == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return to_sign_in()
    g.permission = Permission(demanded)
    if not permissions.holds(actor(), g.permission):
        raise NotAllowed
    return None


def to_sign_in() -> Response:
    """The way to the sign-in page and back; htmx is told to go there as a whole page.

    Raises Unauthorized where a program asks: it keeps what it was about to send.
    """
    if is_program():
        raise Unauthorized
    back = request.full_path.rstrip("?") if request.method == "GET" else _page_before()
    target = url_for("account.login", next=back if back != "/" else None, ended=_ended())
    if "HX-Request" in request.headers:
        response = Response(status=200)
        response.headers["HX-Redirect"] = target
        return response
    return redirect(target, 303)


def _ended() -> int | None:
    """1 when the browser came with a session that is no longer valid."""
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
    return 1 if cookie.startswith("s.") and "_user_id" not in session else None


def _page_before() -> str:
    """The page that a form was on, when it is one of ours."""
    referrer = request.headers.get("HX-Current-URL") or request.referrer or ""
    prefix = request.host_url
    return "/" + referrer.removeprefix(prefix) if referrer.startswith(prefix) else "/"


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
