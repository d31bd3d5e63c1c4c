"""What every page carries: who is signed in, the navigation, the banner."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _

from campaigns import clock, demonstration, notices, permissions
from campaigns.pages import access, languages, sentences, words
from campaigns.people import Actor, Role
from campaigns.permissions import Permission
from campaigns.text import Bilingual


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person as the top bar shows her; whoever proves has an outbox."""

    id: int
    name: Bilingual
    post: str
    proves: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation."""

    url: str
    label: str
    current: bool
    count: int | None = None


def init_app(app: Flask) -> None:
    """Gives every template what the shell needs."""

    @app.context_processor
    def _shell() -> dict[str, Any]:
        person = access.visitor()
        language = languages.language()
        return {
            "viewer": _viewer(person) if person else None,
            "language": language,
            "html_lang": "zh-Hans" if language == "zh" else "en",
            "product": _("Safe Langzhong"),
            "navigation": _navigation(person) if person else [],
            # Asked by whole pages only: a fragment has no navigation.
            "unread": lambda: notices.unread(person) if person else 0,
            "demonstration": is_demonstration(),
            "said": sentences.of_said(request.args.get("said")),
            "warned": sentences.of_warned(request.args.get("warned")),
            "today": clock.today(),
        }


def is_demonstration() -> bool:
    """Whether this installation holds demonstration data: asked of the database once."""
    known = current_app.extensions.get("demonstration")
    if known is None:
        known = current_app.extensions["demonstration"] = demonstration.is_marked()
    return bool(known)


def _viewer(person: Actor) -> Viewer:
    post = words.of_role(_first_role(person))
    return Viewer(person.id, person.name, post, permissions.holds(person, Permission.PROVE))


def _first_role(person: Actor) -> Role | None:
    return person.held[0].role if person.held else None


#: Nouns whose pages lie within another one's.
_WITHIN = {
    **dict.fromkeys(("changes", "imports", "jurisdictions", "verify", "workdays"), "units"),
    **dict.fromkeys(("setup", "exemptions"), "campaign"),
    **dict.fromkeys(("certificates", "naming", "objections"), "titles"),
    "standing": "titles",
    **dict.fromkeys(("bulk", "consistency", "disputes", "extensions", "handovers"), "review"),
    **dict.fromkeys(("spotcheck", "lot"), "acceptance"),
}


def _navigation(person: Actor) -> list[Link]:
    entries: list[tuple[str, str, Permission]] = []
    if person.roles & {Role.LIAISON}:
        entries.append(("home.home", _("My unit"), Permission.SEE_UNITS))
    entries += [
        ("review.desk", _("To review"), Permission.REVIEW),
        ("coverage.top", _("Coverage"), Permission.SEE_COVERAGE),
        *([("units.register", _("Units"), Permission.SEE_UNITS)] if person.has_places else []),
        ("campaign.listed", _("Campaigns"), Permission.SEE_UNITS),
        ("standards.listed", _("Standards"), Permission.SIGNED_IN),
        ("acceptance.listed", _("City acceptance"), Permission.SEE_ROUNDS),
        ("titles.listed", _("Titles"), Permission.SEE_UNITS),
        ("incidents.listed", _("Incidents"), Permission.RECORD_INCIDENTS),
        ("profiles.listed", _("Exchange"), Permission.EXCHANGE),
    ]
    noun = (request.endpoint or "").partition(".")[0]
    here = _WITHIN.get(noun, noun)
    return [
        Link(url_for(endpoint), label, endpoint.partition(".")[0] == here)
        for endpoint, label, permission in entries
        if permissions.holds(person, permission)
    ]
