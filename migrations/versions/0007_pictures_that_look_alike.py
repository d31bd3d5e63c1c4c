"""pictures that look alike"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In place: evidence is never copied into a new table while others refer to it.
    op.add_column("evidence", sa.Column("difference_hash", sa.LargeBinary(16), nullable=True))
    op.create_index("ix_evidence_sent_sha256", "evidence", ["sent_sha256"])
    op.create_table(
        "distinction",
        sa.Column("evidence_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("said_by", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_distinction_evidence_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["evidence.id"], name=op.f("fk_distinction_other_id")
        ),
        sa.ForeignKeyConstraint(["said_by"], ["person.id"], name=op.f("fk_distinction_said_by")),
        sa.PrimaryKeyConstraint("evidence_id", "other_id", name=op.f("pk_distinction")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("distinction")
    op.drop_index("ix_evidence_sent_sha256", "evidence")
    op.drop_column("evidence", "difference_hash")
