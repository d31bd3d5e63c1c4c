"""titles are suspended and withdrawn"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("title", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.add_column("title", sa.Column("withdrawn_why", sa.String(), nullable=True))
    op.create_table(
        "suspension",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_why", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["title_id"], ["title.id"], name=op.f("fk_suspension_title_id")),
        sa.ForeignKeyConstraint(
            ["suspended_by"], ["person.id"], name=op.f("fk_suspension_suspended_by")
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_suspension_lifted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sqlite_strict=True,
    )
    op.create_index("ix_suspension_title_id", "suspension", ["title_id"])


def downgrade() -> None:
    op.drop_table("suspension")
    op.drop_column("title", "withdrawn_why")
    op.drop_column("title", "withdrawn_on")
