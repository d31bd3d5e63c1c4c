"""``flask digest``: writes to whoever wants it what she has not read, once a day at most."""

from contextlib import AbstractContextManager

import click
from flask import current_app, g
from flask.cli import with_appcontext

from campaigns import demonstration, settings
from campaigns.notices import Notice, mail
from campaigns.notices import digest as digests
from campaigns.notices.mail import Mail, Send
from campaigns.pages import languages, notices


@click.command()
@with_appcontext
def digest() -> None:
    """Sends the day's digests by mail; in the demonstration they are printed."""
    send_all()


def send_all() -> None:
    """Sends the day's digests and says how many; says nothing where no mail is set up."""
    chosen: settings.Settings = current_app.config["CAMPAIGNS"]
    way = _way(chosen)
    if way is None:
        return
    with way as send:
        done = digests.send_all(_Written(chosen.address), send)
    click.echo(f"mailed: {done.sent} digests, {done.failed} could not be sent")


def _way(chosen: settings.Settings) -> AbstractContextManager[Send] | None:
    """By the server of the settings; in the demonstration to the console."""
    if chosen.smtp is not None:
        return mail.to_server(chosen.smtp, chosen.mail_from)
    return mail.to_console(click.echo) if demonstration.is_marked() else None


class _Written:
    """Puts what is new in the words of the person's language."""

    def __init__(self, base: str) -> None:
        self._base = base

    def __call__(self, to: str, language: str | None, fresh: list[Notice]) -> Mail:
        """The message for one person."""
        # The words of pages are in the language of a request: this one has the person's.
        with current_app.app_context(), current_app.test_request_context("/"):
            g.language = language if language in languages.LANGUAGES else "zh"
            return Mail(to, *notices.digest(fresh, self._base.__add__))
