"""The two languages: which one a request speaks, and texts that come in both."""

from datetime import date, datetime
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, format_date, format_datetime

from campaigns import clock, settings
from campaigns.pages import access
from campaigns.text import Bilingual

LANGUAGES = ("zh", "en")
COOKIE = "language"
LOCALES = {"zh": "zh_Hans", "en": "en"}

babel = Babel()


def language() -> str:
    """``zh`` or ``en``: the person's choice, then the browser's, Chinese when in doubt."""
    if not has_request_context():
        return "zh"
    # Asked for hundreds of times on each page.
    chosen: str | None = g.get("language")
    if chosen is None:
        chosen = g.language = _choose()
    return chosen


def _choose() -> str:
    # The cookie comes first: it is the latest choice in this browser.
    wish = request.cookies.get(COOKIE)
    if wish not in LANGUAGES:
        person = access.visitor()
        wish = person.language if person else None
    if wish in LANGUAGES:
        return str(wish)
    # Negotiation knows neither zh-CN nor zh-TW as Chinese; any tag that begins with zh is.
    for tag, _quality in request.accept_languages:
        for known in LANGUAGES:
            if tag.lower().startswith(known):
                return known
    return "zh"


def local(text: Bilingual | None) -> str:
    """A text in the language of the request; English falls back to Chinese."""
    if text is None:
        return ""
    return text.zh if language() == "zh" else text.en or text.zh


def day(value: date | datetime | None) -> str:
    """A day as people write it: 9月16日, or 16 Sep, with the year when it is another one."""
    if value is None:
        return ""
    plain = clock.day(value) if isinstance(value, datetime) else value
    same_year = plain.year == clock.today().year
    if language() == "zh":
        text = f"{plain.month}月{plain.day}日"
        return text if same_year else f"{plain.year}年{text}"
    return str(format_date(plain, "d MMM" if same_year else "d MMM yyyy"))


def moment(value: datetime | None) -> str:
    """An instant in China's time: day, hour and minute."""
    if value is None:
        return ""
    clock_time = format_datetime(value.astimezone(clock.ZONE), "HH:mm", rebase=False)
    return f"{day(value)} {clock_time}"


@cache
def _catalogue(chosen: str) -> Translations | NullTranslations:
    """The sentences of a language: read once, for templates ask for hundreds on each page."""
    folder = settings.ROOT / "campaigns" / "translations"
    return Translations.load(str(folder), [LOCALES[chosen]])


def _gettext(message: str) -> str:
    return _catalogue(language()).gettext(message)


def _ngettext(singular: str, plural: str, number: int) -> str:
    return _catalogue(language()).ngettext(singular, plural, number)


def init_app(app: Flask) -> None:
    """Sets up translations and the filters for texts in two languages."""
    babel.init_app(
        app,
        default_translation_directories=str(settings.ROOT / "campaigns" / "translations"),
        locale_selector=lambda: LOCALES[language()],
        default_timezone="Asia/Shanghai",
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True
    )
    # The extension's own short name looks the long one up anew for each sentence.
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]
    filters: dict[str, Any] = {"local": local, "day": day, "moment": moment}
    app.jinja_env.filters.update(filters)
