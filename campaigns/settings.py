"""Settings: few, from the environment, with defaults that work on one old PC."""

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: A decision can be undone for this long; the unit sees it afterwards (design, section 10).
DECISION_DELAY = timedelta(minutes=5)
#: A reviewer's deadline, in days from submission.
REVIEW_DAYS = 10
#: The longest that a reviewer's queue is in other hands at a time, in days.
HANDOVER_DAYS = 92
#: Days of more time for one item that its town may give; what is longer, or reaches beyond the
#: campaign, is the city office's to give.
EXTENSION_TOWN_DAYS = 15
#: Days that a unit is given to mend a returned item, unless the reviewer says otherwise.
MEND_DAYS = 8
#: Points below the pass mark that are passed on condition, and the days to put them right.
CONDITIONAL_POINTS = 5
CONDITIONAL_DAYS = 30
#: The most that a unit should be asked in a year, in photos and forms; above it a campaign opens
#: only with a reason that everybody can read.
BURDEN_PIECES = 60
#: Estimated minutes for one piece: of the unit that makes it, of the reviewer who looks at it.
UNIT_MINUTES = 6
REVIEWER_MINUTES = 2
#: Working days of a public notice, unless the city office says otherwise.
NOTICE_DAYS = 5
#: Days after a notice on which its list still says who was named.
NOTICE_KEPT_DAYS = 30
#: Units that are named at once, by one document, and certificates in one file.
NAMED_AT_ONCE = 500
CERTIFICATES_AT_ONCE = 200
#: Working days that a unit has to answer before its title is withdrawn.
WITHDRAWAL_DAYS = 10
#: Working days in which the city office decides on an incident, and on an appeal against it.
INCIDENT_DAYS = 5
APPEAL_DAYS = 10
#: Days that an incident suspends what it touches, unless the city office says otherwise, and the
#: most that it may say.
SUSPENSION_DAYS = 180
LONGEST_SUSPENSION_DAYS = 3 * 366
#: Days before its last one on which the holder of a title is reminded of it.
REMINDERS = (90, 30, 7)
#: Signing in lasts this long idle and in all (ASVS 7.3).
SESSION_IDLE = timedelta(minutes=60)
SESSION_LIFE = timedelta(hours=12)
#: One photo, and one request that sends several.
PHOTO_BYTES = 20 * 1024 * 1024
UPLOAD_BYTES = 64 * 1024 * 1024
FORM_BYTES = 512 * 1024
#: A table to be imported.
TABLE_BYTES = 16 * 1024 * 1024
PHOTOS_PER_ITEM = 12
#: What one person may send in a day, how many uploads may wait for their rest, and what may be kept
#: of one unit.
PERSON_DAY_BYTES = 1024 * 1024 * 1024
OPEN_UPLOADS = 200
UNIT_BYTES = 4 * 1024 * 1024 * 1024
#: How long the rest of an upload may take to come, and how often what came too late is removed.
PART_LIFE = timedelta(hours=24)
SWEEP_EVERY = timedelta(hours=1)
#: How long a notice stays in the inbox, and days before a title's end at which its unit is told.
NOTICE_LIFE = timedelta(days=90)
TITLE_WARNINGS = (90, 30, 7)
#: Rows on one page of any list.
PAGE_ROWS = 50
#: The address of an installation that nobody has given one yet.
HERE = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this installation keeps its things.

    ``instance`` holds the database, the evidence and the secret key; ``database_url`` is an
    SQLAlchemy address; ``https`` says that people reach it by HTTPS; ``clamd`` is where a virus
    scanner listens, a socket's path or host:port; ``store`` is the address of the evidence where it
    does not lie in ``instance``; ``address`` is where the public finds it, and stands in what is
    printed and in what is mailed; ``smtp`` is how mail leaves (smtp://user:password@host:port?tls),
    none when nobody is written to, and ``mail_from`` the address that it comes from.
    """

    instance: Path
    database_url: str
    secret_key: str
    https: bool
    clamd: str | None = None
    store: str | None = None
    address: str = HERE
    smtp: str | None = None
    mail_from: str = ""

    @property
    def evidence(self) -> str:
        """The address of the stored evidence, as ``open_store`` takes it."""
        return self.store or str(self.instance / "evidence")

    @property
    def uploads(self) -> Path:
        """The folder of uploads on their way."""
        return self.instance / "uploads"


def load() -> Settings:
    """Reads the environment; makes the data folder and the secret key on first use."""
    instance = Path(os.environ.get("CAMPAIGNS_INSTANCE") or ROOT / "instance").resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = os.environ.get("CAMPAIGNS_DATABASE_URL") or f"sqlite:///{instance / 'campaigns.db'}"
    return Settings(
        instance=instance,
        database_url=url,
        secret_key=_secret_key(instance / "secret-key"),
        https=os.environ.get("CAMPAIGNS_HTTPS") == "1",
        clamd=os.environ.get("CAMPAIGNS_CLAMD") or None,
        store=os.environ.get("CAMPAIGNS_STORE") or None,
        address=os.environ.get("CAMPAIGNS_ADDRESS", "").rstrip("/") or HERE,
        smtp=os.environ.get("CAMPAIGNS_SMTP") or None,
        mail_from=os.environ.get("CAMPAIGNS_MAIL_FROM", ""),
    )


def _secret_key(file: Path) -> str:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text().strip()
    else:
        key = secrets.token_hex(32)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(key)
            stream.flush()
            os.fsync(stream.fileno())
    if len(key) < 64:
        raise RuntimeError(f"{file} is too short to be a secret key; remove it to make a new one")
    return key
