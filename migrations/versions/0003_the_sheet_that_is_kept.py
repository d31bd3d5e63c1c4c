"""the sheet that is kept"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_sheet",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("suffix", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_kept_sheet_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_kept_sheet")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("kept_sheet")
