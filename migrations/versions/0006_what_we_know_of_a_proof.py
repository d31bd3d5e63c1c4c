"""what we know of a proof"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Columns are added in place: evidence is never copied into a new table while others refer to it.
_COLUMNS = [
    sa.Column(
        "kind",
        sa.Enum("photo", "document", name="proofkind", native_enum=False, length=32),
        nullable=False,
        server_default="photo",
    ),
    sa.Column("media_type", sa.String(), nullable=False, server_default="image/jpeg"),
    sa.Column("sent_size", sa.Integer(), nullable=False, server_default="0"),
    sa.Column(
        "capture_source",
        sa.Enum("camera", "device", name="capturesource", native_enum=False, length=32),
        nullable=True,
    ),
]


def upgrade() -> None:
    for column in _COLUMNS:
        op.add_column("evidence", column._copy())
    # Until now only photos were taken in, and only they said when; how large they came is unknown.
    op.execute("UPDATE evidence SET sent_size = size")
    op.execute("UPDATE evidence SET capture_source = 'camera' WHERE captured_at IS NOT NULL")
    op.create_index("ix_evidence_uploader_id_sent_at", "evidence", ["uploader_id", "sent_at"])
    op.add_column(
        "api_token", sa.Column("uploads", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("api_token", "uploads")
    op.drop_index("ix_evidence_uploader_id_sent_at", "evidence")
    for column in reversed(_COLUMNS):
        op.drop_column("evidence", column.name)
