"""Being written to: once a day at most, of what is new, by a real server or on the console."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaigns import commands, demonstration, people
from campaigns.database import db
from campaigns.notices import mail
from campaigns.notices.mail import Mail
from campaigns.notices.records import Digest
from campaigns.pages.application import create_app
from tests.conftest import Site, Time, settings_for
from tests.doing import enrolment, give_back, send
from tests.post import Post, office
from tests.test_inbox_pages import decided
from tests.visiting import Visitor, form, meanwhile

BASE = "https://ping-an.example.cn"


@pytest.fixture
def post() -> Iterator[Post]:
    with office() as found:
        yield found


@pytest.fixture
def mailing(site: Site, time: Time, post: Post) -> Site:
    """The site with a mail server, and two liaisons who are written to: one in English."""
    commands.register(site.app)
    chosen = site.app.config["CAMPAIGNS"]
    site.app.config["CAMPAIGNS"] = dataclasses.replace(
        chosen, smtp=post.url, mail_from="office@ping-an.example.cn", address=BASE
    )
    with meanwhile(site):
        for username in ("liaison", "neighbour"):
            people.change_email(site.cast.people[username], f"{username}@example.cn")
        people.set_language(site.cast.people["liaison"], "en")
    decided(site, time)
    return site


def nightly(site: Site, command: str = "digest") -> str:
    """Runs a command; gives what it says."""
    result = site.app.test_cli_runner().invoke(args=[command])
    assert result.exit_code == 0, result.output
    return result.output


def again(site: Site) -> None:
    """Another item comes back to the village."""
    with meanwhile(site):
        village = enrolment(site.cast)
        give_back(site.cast, village, send(site.cast, village, "3.1"))


def test_what_is_new_goes_out_in_the_language_of_the_person(mailing: Site, post: Post) -> None:
    assert "mailed: 1 digests, 0 could not be sent" in nightly(mailing)
    ((to, letter),) = post.came
    assert to == letter["To"] == "liaison@example.cn"
    assert letter["From"] == "office@ping-an.example.cn"
    assert letter["Subject"] == "Safe Langzhong: 2 new notices"
    assert letter.get_content_type() == "text/plain"
    text = letter.get_content()
    village = mailing.cast.enrolment("village", "drug-free-village")
    assert "Item 1.3 was returned" in text
    assert "Cannot be made out" in text
    assert f"{BASE}/enrolments/{village}/items/1.3" in text
    assert f"No more such mails: {BASE}/account" in text


def test_chinese_when_in_doubt(mailing: Site, post: Post) -> None:
    with meanwhile(mailing):
        db.session.execute(sa.update(people.Person).values(language=None))
    nightly(mailing)
    assert "2 条新通知" in post.came[0][1]["Subject"]
    assert "检查项 1.3 被退回" in post.came[0][1].get_content()


def test_nobody_is_written_to_twice_a_day_nor_without_news(
    mailing: Site, post: Post, time: Time
) -> None:
    nightly(mailing)
    again(mailing)
    time.pass_by(minutes=6)
    nightly(mailing)
    assert len(post.came) == 1
    time.pass_by(days=1)
    nightly(mailing)
    assert [each["Subject"] for _, each in post.came][1:] == ["Safe Langzhong: 1 new notice"]
    time.pass_by(days=1)
    assert "mailed: 0 digests" in nightly(mailing)
    assert len(post.came) == 2


def test_what_is_read_already_is_not_written(mailing: Site, post: Post) -> None:
    liaison = Visitor(mailing, "liaison")
    liaison.send(form(liaison.get("/inbox"), "/read-all"))
    nightly(mailing)
    assert post.came == []


def test_who_wants_no_mail_or_is_gone_gets_none(mailing: Site, post: Post) -> None:
    with meanwhile(mailing):
        people.want_digest(mailing.cast.people["liaison"], False)
    nightly(mailing)
    with meanwhile(mailing):
        people.want_digest(mailing.cast.people["liaison"], True)
        who = people.Person.id == mailing.cast.people["liaison"]
        gone = {"disabled_at": people.clock.now()}
        db.session.execute(sa.update(people.Person).where(who).values(gone))
    nightly(mailing)
    assert post.came == []


def test_what_could_not_be_sent_is_tried_the_next_night_once(
    mailing: Site, post: Post, time: Time
) -> None:
    post.refusal = "550 liaison@example.cn is unknown here"
    assert "mailed: 0 digests, 1 could not be sent" in nightly(mailing)
    assert "mailed: 0 digests, 0 could not be sent" in nightly(mailing)
    with mailing.app.app_context():
        kept = db.session.get_one(Digest, mailing.cast.people["liaison"])
        assert kept.failure == "SMTPRecipientsRefused"
        db.session.rollback()
    post.refusal = None
    time.pass_by(days=1)
    assert "mailed: 1 digests" in nightly(mailing)
    assert post.came[0][1]["Subject"] == "Safe Langzhong: 2 new notices"
    with mailing.app.app_context():
        assert db.session.get_one(Digest, mailing.cast.people["liaison"]).failure is None
        db.session.rollback()


def test_a_server_that_is_away_fails_one_night_and_loses_nothing(
    mailing: Site, post: Post, time: Time
) -> None:
    chosen = mailing.app.config["CAMPAIGNS"]
    mailing.app.config["CAMPAIGNS"] = dataclasses.replace(chosen, smtp="smtp://127.0.0.1:9")
    assert "1 could not be sent" in nightly(mailing, "nightly")
    mailing.app.config["CAMPAIGNS"] = chosen
    time.pass_by(days=1)
    assert "mailed: 1 digests" in nightly(mailing, "nightly")
    assert len(post.came) == 1


def test_a_crash_while_sending_writes_nobody_twice_that_day(
    mailing: Site, post: Post, monkeypatch: pytest.MonkeyPatch, time: Time
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smtplib.SMTP.send_message", crash)
    mailing.app.test_cli_runner().invoke(args=["digest"])
    monkeypatch.undo()
    time.pass_by(hours=1)
    monkeypatch.setattr("campaigns.clock.now", lambda: time.now)
    assert "mailed: 0 digests" in nightly(mailing)
    time.pass_by(days=1)
    assert "mailed: 1 digests" in nightly(mailing)
    assert len(post.came) == 1


def test_without_a_server_nobody_is_written_to_but_the_demonstration_prints(
    mailing: Site,
) -> None:
    chosen = mailing.app.config["CAMPAIGNS"]
    mailing.app.config["CAMPAIGNS"] = dataclasses.replace(chosen, smtp=None)
    assert nightly(mailing) == ""
    with meanwhile(mailing):
        demonstration.mark()
    said = nightly(mailing)
    assert "To: liaison@example.cn" in said
    assert "Item 1.3 was returned" in said


def test_nothing_in_a_message_can_become_a_header() -> None:
    for wrong in (
        Mail("a@example.cn\r\nBcc: b@example.cn", "Notice", "text"),
        Mail("a@example.cn", "Notice\nBcc: b@example.cn", "text"),
    ):
        with pytest.raises(ValueError, match="line"):
            mail.message(wrong, "office@example.cn")
    whole = mail.message(Mail("a@example.cn", "Notice", "Bcc: b@example.cn"), "o@example.cn")
    assert whole["Bcc"] is None


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://example.cn", "office@example.cn"),
        ("smtp://", "office@example.cn"),
        ("smtp://example.cn?ssl", "office@example.cn"),
        ("smtp://example.cn:99999", "office@example.cn"),
        ("smtp://example.cn", ""),
        ("smtp://example.cn", "office@example.cn\nBcc: b@example.cn"),
    ],
)
def test_settings_that_no_mail_could_be_sent_with_are_refused_at_the_start(
    tmp_path: Path, url: str, sender: str
) -> None:
    wrong = dataclasses.replace(settings_for(tmp_path), smtp=url, mail_from=sender)
    with pytest.raises(ValueError, match=r"CAMPAIGNS|[Pp]ort"):
        create_app(wrong)


def test_a_password_goes_only_over_an_encrypted_line(post: Post) -> None:
    url = post.url.replace("smtp://", "smtp://user:secret@")
    with (
        mail.to_server(url, "o@example.cn") as way,
        pytest.raises(OSError, match="SMTPNotSupportedError"),
    ):
        way(Mail("a@example.cn", "Notice", "text"))
    assert post.came == []
