"""people are told"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_mark",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_mark_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "key", name=op.f("pk_notice_mark")),
        sqlite_strict=True,
    )
    op.create_table(
        "digest",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tried_on", sa.Date(), nullable=False),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_digest")),
        sqlite_strict=True,
    )
    op.add_column("person", sa.Column("email", sa.String(), nullable=True))
    op.add_column(
        "person", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column("person", "digest")
    op.drop_column("person", "email")
    op.drop_table("digest")
    op.drop_table("notice_mark")
