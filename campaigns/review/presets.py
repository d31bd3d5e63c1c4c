"""Reasons that a reviewer can choose instead of typing: fixed ones, and those kept for one
criterion of a standard, whatever the version."""

import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history
from campaigns.database import Base, db
from campaigns.errors import Refused, fault
from campaigns.standards import Criterion, Version
from campaigns.text import Bilingual

#: The reasons that serve every criterion; the pages have their words.
PRESETS = ("unclear", "period", "subject", "privacy", "figures", "pieces")
#: How the names of kept reasons begin; the number of the reason follows.
_KEPT = "kept-"


class PresetReason(Base):
    """A reason kept for one criterion. It is taken from the list by a date, never deleted: returns
    name it."""

    __tablename__ = "preset_reason"
    __table_args__ = (sa.UniqueConstraint("standard_id", "code", "text_zh", "text_en"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    standard_id: Mapped[int] = mapped_column(sa.ForeignKey("standard.id"))
    code: Mapped[str]
    text_zh: Mapped[str]
    text_en: Mapped[str]
    kept_by: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    kept_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """What a decision calls it."""
        return f"{_KEPT}{self.id}"

    @property
    def text(self) -> Bilingual:
        """The words in both languages."""
        return Bilingual(self.text_zh, self.text_en)

    @property
    def words(self) -> str:
        """The words for whoever reads: once where both languages say the same."""
        return " / ".join(dict.fromkeys(self.text))


def of_criterion(version: Version, code: str) -> list[PresetReason]:
    """The reasons kept for a criterion that can be chosen, the oldest first."""
    query = _of(version, code).where(PresetReason.retired_at.is_(None))
    return list(db.session.scalars(query.order_by(PresetReason.id)))


def chosen(name: str, version: Version, criterion: Criterion) -> PresetReason | None:
    """The kept reason of this name, None for a fixed one; refuses what this criterion has not."""
    if name in PRESETS:
        return None
    number = re.fullmatch(rf"{_KEPT}([0-9]{{1,9}})", name, re.ASCII)
    found = None
    if number is not None:
        query = _of(version, criterion.code).where(PresetReason.id == int(number[1]))
        found = db.session.scalar(query.where(PresetReason.retired_at.is_(None)))
    if found is None:
        raise Refused(fault("preset_unknown", "preset"))
    return found


def keep(version: Version, criterion: Criterion, text: Bilingual, *, by: int) -> None:
    """Keeps a reason for a criterion; one that is there, or was, is offered (again)."""
    values = {"standard_id": version.standard_id, "code": criterion.code, **_texts(text)}
    statement = database.insert(PresetReason).values(**values, kept_by=by, kept_at=clock.now())
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[*values], set_={"retired_at": None})
    )
    history.record(
        "reason_kept", "standard", version.standard_id, by=by, code=criterion.code, **_texts(text)
    )


def retire(version: Version, code: str, number: int, *, by: int) -> None:
    """Takes a kept reason from the list; what was returned with it keeps it. Said twice is
    harmless."""
    found = db.session.scalar(_of(version, code).where(PresetReason.id == number))
    if found is None or found.retired_at is not None:
        return
    found.retired_at = clock.now()
    db.session.flush()
    history.record(
        "reason_retired", "standard", version.standard_id, by=by, code=code, **_texts(found.text)
    )


def named(names: Iterable[str]) -> dict[str, str]:
    """The words of the kept reasons among these names of reasons, whether still offered or not."""
    ids = [int(each.removeprefix(_KEPT)) for each in names if each.startswith(_KEPT)]
    if not ids:
        return {}
    rows = db.session.scalars(sa.select(PresetReason).where(PresetReason.id.in_(ids)))
    return {each.name: each.words for each in rows}


def _texts(text: Bilingual) -> dict[str, str]:
    return {"text_zh": text.zh, "text_en": text.en}


def _of(version: Version, code: str) -> sa.Select[PresetReason]:
    return sa.select(PresetReason).where(
        PresetReason.standard_id == version.standard_id, PresetReason.code == code
    )
