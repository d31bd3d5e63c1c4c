"""second looks at decisions: many at once, undone, disputed, and what was seen on the spot"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("decision", sa.Column("batch_id", _LARGE, nullable=True))
    op.create_index("ix_decision_batch_id", "decision", ["batch_id"])
    op.create_index("ix_decision_decided_by_decided_at", "decision", ["decided_by", "decided_at"])
    op.create_table(
        "batch",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("left", _JSON, nullable=False),
        _refers("batch", "decided_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "undoing",
        sa.Column("decision_id", _LARGE, autoincrement=False, nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=False),
        sa.Column("undone_at", _INSTANT, nullable=False),
        _refers("undoing", "decision_id", "decision"),
        _refers("undoing", "undone_by", "person"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_undoing")),
        sqlite_strict=True,
    )
    op.create_table(
        "dispute",
        sa.Column("decision_id", _LARGE, autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("raised_at", _INSTANT, nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", _INSTANT, nullable=True),
        _refers("dispute", "decision_id", "decision"),
        _refers("dispute", "raised_by", "person"),
        _refers("dispute", "settled_by", "person"),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_dispute")),
        sqlite_strict=True,
    )
    op.create_index("ix_dispute_settled_at", "dispute", ["settled_at"])
    op.create_table(
        "site_note",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("item_id", _LARGE, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column(
            "seen",
            sa.Enum("claimed", "partly", "otherwise", name="seen", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=False),
        sa.Column("noted_at", _INSTANT, nullable=False),
        sa.Column("removed_by", sa.Integer(), nullable=True),
        sa.Column("removed_at", _INSTANT, nullable=True),
        sa.Column("removed_why", sa.String(), nullable=True),
        _refers("site_note", "item_id", "item"),
        _refers("site_note", "noted_by", "person"),
        _refers("site_note", "removed_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_note")),
        sqlite_strict=True,
    )
    op.create_index("ix_site_note_item_id", "site_note", ["item_id"])


def downgrade() -> None:
    for table in ("site_note", "dispute", "undoing", "batch"):
        op.drop_table(table)
    op.drop_index("ix_decision_decided_by_decided_at", "decision")
    op.drop_index("ix_decision_batch_id", "decision")
    op.drop_column("decision", "batch_id")
