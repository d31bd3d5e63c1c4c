"""Exchange: the lists that leave, and the profiles by which a higher platform wants them."""

import re
from dataclasses import dataclass

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from campaigns.errors import Fault, NotFound, Refused, Stale, fault
from campaigns.exchange import profiles
from campaigns.exchange.profiles import ExportProfile
from campaigns.exchange.tables import Chosen
from campaigns.pages import access, answers
from campaigns.permissions import Permission
from campaigns.text import Bilingual

blueprint = Blueprint("profiles", __name__)

_HERE = f"/exchange/<int(max={2**31 - 1}):id>"
#: The lists that can be taken as they are, by the address of their file.
_WHOLE = {
    "units": "exchange.units",
    "titles": "exchange.titles",
    "campaigns": "exchange.all_campaigns",
    "jurisdictions": "exchange.tree",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A column in the editor: ours, its place in the order, and the heading it gets."""

    name: str
    ours: Bilingual
    place: str
    heading: str


@blueprint.get("/exchange")
@access.permits(Permission.EXCHANGE)
def listed() -> ResponseReturnValue:
    """Every list, with its files and its profiles."""
    known = profiles.listed()
    return answers.show(
        "profiles/profiles.html",
        lists=[
            (name, each.title, _WHOLE.get(name), [p for p in known if p.table == name])
            for name, each in profiles.lists().items()
        ],
    )


@blueprint.get("/exchange/new")
@access.permits(Permission.EXCHANGE)
def new() -> ResponseReturnValue:
    """The form for a new profile of a list: every column, in our order and words."""
    return _editor(_table(), None)


@blueprint.post("/exchange/new")
@access.permits(Permission.EXCHANGE)
@answers.form_of(new)
def create() -> ResponseReturnValue:
    """Keeps a new profile."""
    name = request.form.get("name", "")
    profiles.make(_table(), name, _chosen(), by=access.actor().id)
    return answers.go(url_for("profiles.listed"), said="profile_kept")


@blueprint.get(_HERE)
@access.permits(Permission.EXCHANGE)
def edit(id: int) -> ResponseReturnValue:
    """The form of a profile."""
    found = profiles.find(id)
    return _editor(found.table, found)


@blueprint.post(_HERE)
@access.permits(Permission.EXCHANGE)
@answers.form_of(edit)
def change(id: int) -> ResponseReturnValue:
    """Keeps a profile as it is now wanted."""
    found, name = profiles.find(id), request.form.get("name", "")
    profiles.change(found, _version(), name, _chosen(), by=access.actor().id)
    return answers.go(url_for("profiles.listed"), said="profile_kept")


@blueprint.post(f"{_HERE}/remove")
@access.permits(Permission.EXCHANGE)
@answers.form_of(edit)
def remove(id: int) -> ResponseReturnValue:
    """Removes a profile."""
    profiles.remove(profiles.find(id), _version(), by=access.actor().id)
    return answers.go(url_for("profiles.listed"), said="profile_removed")


def _editor(table: str, profile: ExportProfile | None) -> ResponseReturnValue:
    known = profiles.lists()[table]
    return answers.show(
        "profiles/profile.html",
        table=table,
        title=known.title,
        profile=profile,
        choices=[_choice(each.name, each.heading, profile) for each in known.columns],
    )


def _choice(name: str, ours: Bilingual, profile: ExportProfile | None) -> Choice:
    """A column as it was sent, or as the profile has it, or as it is in our own files."""
    if f"heading-{name}" in request.form:
        sent = request.form
        return Choice(name, ours, sent.get(f"place-{name}", ""), sent[f"heading-{name}"])
    chosen = list(profile.chosen) if profile else []
    for place, (column, heading) in enumerate(chosen, start=1):
        if column == name:
            return Choice(name, ours, str(place), heading)
    return Choice(name, ours, "", ours.zh)


def _table() -> str:
    table = request.values.get("table", "")
    if table not in profiles.lists():
        raise NotFound(table)
    return table


def _chosen() -> Chosen:
    """The columns that have a place in the order, in that order."""
    found: list[tuple[int, str, str]] = []
    wrong: list[Fault] = []
    for field, typed in request.form.items():
        place = typed.strip()
        if not field.startswith("place-") or not place:
            continue
        name = field.removeprefix("place-")
        if not re.fullmatch(r"[1-9][0-9]{0,2}", place):
            wrong.append(fault("profile_order", field))
        else:
            found.append((int(place), name, request.form.get(f"heading-{name}", "")))
    if wrong:
        raise Refused(*wrong)
    # Two columns at one place keep the order of the form.
    return [(name, heading) for _, name, heading in sorted(found, key=lambda each: each[0])]


def _version() -> int:
    typed = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,18}", typed):
        raise Stale
    return int(typed)
