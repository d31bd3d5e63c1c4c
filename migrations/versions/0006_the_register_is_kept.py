"""the register is kept"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    hold = op.create_table(
        "register_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_register_hold_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_hold")),
        sqlite_strict=True,
    )
    op.bulk_insert(hold, [{"id": 1, "run_id": None}])

    op.add_column("import_run", sa.Column("done", sa.Integer(), server_default="0", nullable=False))
    op.add_column("import_row", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_import_row_run_id_rank", "import_row", ["run_id", "rank"], unique=False)

    op.add_column(
        "unit", sa.Column("row_version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("unit_period", sa.Column("counted_on", sa.Date(), nullable=True))
    # So far each unit has had one count, and no period but the last can have another number.
    op.execute(
        "UPDATE unit_period SET counted_on = "
        "(SELECT households_on FROM unit WHERE unit.id = unit_period.unit_id)"
    )
    op.add_column("jurisdiction", sa.Column("successor_id", sa.Integer(), nullable=True))
    op.add_column("person", sa.Column("password_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "password_until")
    op.drop_column("jurisdiction", "successor_id")
    op.drop_column("unit_period", "counted_on")
    op.drop_column("unit", "row_version")

    op.drop_index("ix_import_row_run_id_rank", table_name="import_row")
    op.drop_column("import_row", "rank")
    op.drop_column("import_run", "done")

    op.drop_table("register_hold")
