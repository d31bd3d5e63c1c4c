"""The reasons that the desk offers for one criterion, with how often each was used."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from campaigns.database import db
from campaigns.review import Decision, presets, undoing
from campaigns.standards import Criterion, Version
from campaigns.text import Bilingual


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to choose: a fixed one has no ``text`` of its own, a kept one has, and somebody
    who kept it."""

    name: str
    text: Bilingual | None
    used: int
    kept_by: int | None = None


def offered(version: Version, code: str) -> Sequence[Reason]:
    """The reasons for a criterion, whatever the version, the most used first."""
    counted = db.session.execute(_counted(version.standard_id, code))
    used = {row.preset: row.number for row in counted}
    found = [Reason(name, None, used.get(name, 0)) for name in presets.PRESETS]
    found += [
        Reason(each.name, each.text, used.get(each.name, 0), each.kept_by)
        for each in presets.of_criterion(version, code)
    ]
    # Among those never used, what was kept for this very criterion says more.
    return sorted(found, key=lambda each: (-each.used, each.text is None))


@functools.lru_cache(256)
def _counted(standard_id: int, code: str) -> sa.Select[str | None, int]:
    alike = (
        sa.select(Criterion.id)
        .join(Version, Version.id == Criterion.version_id)
        .where(Version.standard_id == standard_id, Criterion.code == code)
    )
    return (
        sa.select(Decision.preset, sa.func.count().label("number"))
        .where(Decision.criterion_id.in_(alike), Decision.preset.is_not(None), undoing.stands())
        .group_by(Decision.preset)
    )
