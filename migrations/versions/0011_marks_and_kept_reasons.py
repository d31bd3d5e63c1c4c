"""marks on pictures, and reasons kept for a criterion"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "preset_reason",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text_zh", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("kept_by", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["standard.id"], name=op.f("fk_preset_reason_standard_id")
        ),
        sa.ForeignKeyConstraint(["kept_by"], ["person.id"], name=op.f("fk_preset_reason_kept_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preset_reason")),
        sa.UniqueConstraint(
            *("standard_id", "code", "text_zh", "text_en"),
            name=op.f("uq_preset_reason_standard_id_code_text_zh_text_en"),
        ),
        sqlite_strict=True,
    )
    op.add_column(
        "decision",
        sa.Column(
            "marks",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="[]",
            nullable=False,
        ),
    )
    with op.batch_alter_table("decision") as batch:
        batch.add_column(sa.Column("criterion_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_decision_criterion_id"), "criterion", ["criterion_id"], ["id"]
        )
    op.create_index("ix_decision_criterion_id_preset", "decision", ["criterion_id", "preset"])
    op.execute(
        "UPDATE decision SET criterion_id ="
        " (SELECT criterion_id FROM item WHERE item.id = decision.item_id)"
        " WHERE preset IS NOT NULL"
    )
    op.create_index(
        "ix_item_waiting",
        "item",
        ["submitted_at", "id"],
        sqlite_where=sa.text("state = 'submitted'"),
        postgresql_where=sa.text("state = 'submitted'"),
    )


def downgrade() -> None:
    op.drop_index("ix_item_waiting", "item")
    op.drop_index("ix_decision_criterion_id_preset", "decision")
    with op.batch_alter_table("decision") as batch:
        batch.drop_constraint(op.f("fk_decision_criterion_id"), type_="foreignkey")
        batch.drop_column("criterion_id")
        batch.drop_column("marks")
    op.drop_table("preset_reason")
