"""pictures that are not proof, kinds of incident that are edited, requests that are withdrawn"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PURPOSES = ("proof", "site_note", "finding", "recheck", "letter")


def upgrade() -> None:
    # In place: evidence is never copied into a new table while others refer to it.
    op.add_column(
        "evidence",
        sa.Column(
            "purpose",
            sa.Enum(*_PURPOSES, name="purpose", native_enum=False, length=32),
            nullable=False,
            server_default="proof",
        ),
    )
    op.add_column("evidence", sa.Column("about_id", _LARGE, nullable=True))
    some = sa.text("about_id IS NOT NULL")
    op.create_index(
        "ix_evidence_about",
        "evidence",
        ["purpose", "about_id"],
        sqlite_where=some,
        postgresql_where=some,
    )
    # How large these pictures are was not kept; they are shown as wide ones.
    op.execute(
        "INSERT INTO evidence (unit_id, uploader_id, client_key, kind, media_type, sent_sha256,"
        " sent_size, stored_sha256, size, width, height, sent_at, by_town, purpose, about_id)"
        " SELECT title.unit_id, recheck.checked_by, 'recheck-' || recheck.id, 'photo',"
        " 'image/jpeg', recheck.photo_sha256, 0, recheck.photo_sha256, 0, 1600, 1200,"
        " recheck.checked_at, false, 'recheck', recheck.id"
        " FROM recheck JOIN title ON title.id = recheck.title_id"
        " WHERE recheck.photo_sha256 IS NOT NULL"
    )
    op.drop_index("ix_recheck_photo_sha256", "recheck")
    op.drop_column("recheck", "photo_sha256")
    op.add_column(
        "incident_kind",
        sa.Column("row_version", sa.Integer(), nullable=False, server_default="1"),
    )
    op.add_column(
        "extension_request",
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    if op.get_bind().dialect.name == "postgresql":
        # The first kinds came with their numbers; those to come follow them.
        op.execute(
            "SELECT setval(pg_get_serial_sequence('incident_kind', 'id'), max(id))"
            " FROM incident_kind"
        )


def downgrade() -> None:
    op.drop_column("extension_request", "withdrawn")
    op.drop_column("incident_kind", "row_version")
    op.add_column("recheck", sa.Column("photo_sha256", sa.String(), nullable=True))
    op.create_index("ix_recheck_photo_sha256", "recheck", ["photo_sha256"])
    op.execute(
        "UPDATE recheck SET photo_sha256 = (SELECT min(stored_sha256) FROM evidence"
        " WHERE purpose = 'recheck' AND about_id = recheck.id AND removed_at IS NULL)"
    )
    # What earlier code would take for proof; the files are left as orphans.
    op.execute(
        "DELETE FROM erasure WHERE evidence_id IN"
        " (SELECT id FROM evidence WHERE purpose <> 'proof')"
    )
    op.execute("DELETE FROM evidence WHERE purpose <> 'proof'")
    op.drop_index("ix_evidence_about", "evidence")
    op.drop_column("evidence", "about_id")
    op.drop_column("evidence", "purpose")
