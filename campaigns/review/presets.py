"""Reasons that a reviewer can choose instead of typing: fixed ones, and those kept for one
criterion of a standard, whatever the version."""

import re
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaigns import clock, database, history
from campaigns.database import Base, db
from campaigns.errors import NotAllowed, NotFound, Refused, fault
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
    return list(db.session.scalars(_OFFERED, _named(version, code)))


def chosen(name: str, version: Version, criterion: Criterion) -> PresetReason | None:
    """The kept reason of this name, None for a fixed one; refuses what this criterion has not."""
    if name in PRESETS:
        return None
    query = _OFFERED.where(PresetReason.id == _number(name))
    found = db.session.scalar(query, _named(version, criterion.code))
    if found is None:
        raise Refused(fault("preset_unknown", "preset"))
    return found


def keep(version: Version, criterion: Criterion, text: Bilingual, *, by: int) -> None:
    """Keeps a reason for a criterion; one that is there, or was, is offered (again)."""
    values = {
        "standard_id": version.standard_id,
        "code": criterion.code,
        "text_zh": text.zh,
        "text_en": text.en,
    }
    statement = database.insert(PresetReason).values(**values, kept_by=by, kept_at=clock.now())
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[*values], set_={"retired_at": None})
    )
    _record("reason_kept", version.standard_id, criterion.code, text, by)


def retire(name: str, *, by: int, any_of_them: bool) -> None:
    """Takes a kept reason from the list; what was returned with it keeps it.

    Whoever kept it may, others only with ``any_of_them``: NotAllowed. Raises NotFound for what is
    not offered any more.
    """
    offered = PresetReason.retired_at.is_(None)
    query = sa.select(PresetReason).where(PresetReason.id == _number(name), offered)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound(name)
    if found.kept_by != by and not any_of_them:
        raise NotAllowed
    found.retired_at = clock.now()
    db.session.flush()
    _record("reason_retired", found.standard_id, found.code, found.text, by)


def named(names: Iterable[str]) -> dict[str, str]:
    """The words of the kept reasons among these names of reasons, whether still offered or not."""
    ids = [_number(each) for each in names if each not in PRESETS]
    if not ids:
        return {}
    rows = db.session.scalars(sa.select(PresetReason).where(PresetReason.id.in_(ids)))
    return {each.name: each.words for each in rows}


def _record(verb: str, standard_id: int, code: str, text: Bilingual, by: int) -> None:
    history.record(
        verb, "standard", standard_id, by=by, code=code, text_zh=text.zh, text_en=text.en
    )


def _number(name: str) -> int:
    """The number in the name of a kept reason; 0, which none has, for any other name."""
    found = re.fullmatch(rf"{_KEPT}([0-9]{{1,9}})", name, re.ASCII)
    return int(found[1]) if found else 0


_OFFERED = (
    sa.select(PresetReason)
    .where(
        PresetReason.standard_id == sa.bindparam("standard"),
        PresetReason.code == sa.bindparam("criterion"),
        PresetReason.retired_at.is_(None),
    )
    .order_by(PresetReason.id)
)


def _named(version: Version, code: str) -> dict[str, int | str]:
    return {"standard": version.standard_id, "criterion": code}
