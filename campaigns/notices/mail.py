"""The way out for mail: an SMTP server named in the settings, or the console."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

from campaigns import people

#: The server answers within this, or it does not.
_SECONDS = 20
#: Ports that a mail server listens on: for programs, and for those that begin encrypted.
_PORT, _PORT_ENCRYPTED = 587, 465


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in plain text."""

    to: str
    subject: str
    text: str


#: Sends one message; raises OSError when it could not be handed over.
Send = Callable[[Mail], None]


def require_sound(url: str, sender: str) -> None:
    """Raises ValueError for settings that no mail could be sent with."""
    _address_of(url)
    if not people.is_email(sender):
        raise ValueError("CAMPAIGNS_MAIL_FROM is not an e-mail address")


def _address_of(url: str) -> SplitResult:
    """The parts of ``smtp://user:password@host:port?tls``; raises ValueError for anything else."""
    parts = urlsplit(url)
    known = parts.scheme in {"smtp", "smtps"} and parts.query in {"", "tls"}
    if not known or not parts.hostname:
        raise ValueError("CAMPAIGNS_SMTP is not smtp://user:password@host:port?tls")
    if parts.port == 0:
        raise ValueError("CAMPAIGNS_SMTP has no port 0")
    return parts


@contextmanager
def to_server(url: str, sender: str) -> Iterator[Send]:
    """A way to an SMTP server, with one connection for all that is sent in the block: made with the
    first message, and made anew after one that failed. ``?tls`` or a password demands
    encryption."""
    parts, kept = _address_of(url), list[smtplib.SMTP]()

    def send(mail: Mail) -> None:
        try:
            if not kept:
                kept.append(_connected(parts))
            kept[0].send_message(message(mail, sender), from_addr=sender, to_addrs=[mail.to])
        except (smtplib.SMTPException, OSError) as raised:
            _close(kept)
            raise OSError(_plain(raised)) from raised

    try:
        yield send
    finally:
        _close(kept)


def _plain(raised: Exception) -> str:
    """Why it failed, without addresses or what the server said of them."""
    code = getattr(raised, "smtp_code", None)
    return f"{type(raised).__name__} {code}" if code is not None else type(raised).__name__


def _connected(parts: SplitResult) -> smtplib.SMTP:
    host, secure = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or _PORT_ENCRYPTED, timeout=_SECONDS, context=secure
        )
    else:
        server = smtplib.SMTP(host, parts.port or _PORT, timeout=_SECONDS)
    try:
        if parts.scheme == "smtp" and (parts.query == "tls" or parts.username):
            server.starttls(context=secure)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _close(kept: list[smtplib.SMTP]) -> None:
    while kept:
        server = kept.pop()
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()


@contextmanager
def to_console(say: Callable[[str], object]) -> Iterator[Send]:
    """Writes each message out instead of sending it."""

    def send(mail: Mail) -> None:
        say(f"To: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}")

    yield send


def message(mail: Mail, sender: str) -> EmailMessage:
    """The message as it goes out; raises ValueError for a line end in what becomes a header."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = sender, mail.to, mail.subject
    made["Date"], made["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    # Nobody's holiday answers it.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(mail.text)
    return made
