"""Example pictures of criteria: who may see one, and whether the files are there."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from campaigns.database import db
from campaigns.errors import NotFound
from campaigns.evidence.records import PHOTO, damage
from campaigns.evidence.store import Store
from campaigns.standards import Criterion, Standard, Version


def require(slug: str, name: str, *, drafts: bool) -> None:
    """Raises NotFound unless a stored picture is an example of this standard.

    Those that only a draft shows are found with ``drafts``.
    """
    query = (
        sa.select(Criterion.id)
        .join(Version, Version.id == Criterion.version_id)
        .join(Standard, Standard.id == Version.standard_id)
        .where(Standard.slug == slug, Criterion.example_sha256 == name)
    )
    if not drafts:
        query = query.where(Version.published_at.is_not(None))
    if db.session.scalar(query.limit(1)) is None:
        raise NotFound(name)


def referred(names: Sequence[str]) -> set[str]:
    """Which of these names of stored files are of examples, those of drafts among them."""
    query = sa.select(Criterion.example_sha256).where(Criterion.example_sha256.in_(names))
    return {each for each in db.session.scalars(query) if each}


def check(store: Store) -> Iterator[str]:
    """Names every example whose picture is missing or no longer what its name says."""
    query = sa.select(Criterion.example_sha256, sa.func.min(Criterion.id))
    query = query.where(Criterion.example_sha256.is_not(None))
    for name, criterion_id in db.session.execute(query.group_by(Criterion.example_sha256)):
        for wrong in damage(store, name or "", PHOTO):
            yield f"example of criterion {criterion_id}: {wrong}"
