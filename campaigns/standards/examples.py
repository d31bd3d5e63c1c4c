"""Example pictures of criteria: who may see one, and whether the files are there."""

from collections.abc import Iterator

import sqlalchemy as sa

from campaigns.database import db
from campaigns.errors import NotFound
from campaigns.evidence.records import PHOTO, THUMBNAIL
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


def check(store: Store) -> Iterator[str]:
    """Names every example whose picture is missing."""
    query = sa.select(Criterion.example_sha256, sa.func.min(Criterion.id))
    query = query.where(Criterion.example_sha256.is_not(None))
    for name, criterion_id in db.session.execute(query.group_by(Criterion.example_sha256)):
        for suffix in (PHOTO, THUMBNAIL):
            if name and not store.path(name, suffix).exists():
                yield f"criterion {criterion_id}: {suffix} of its example is missing"
