"""fair reviews, and more time for one item"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_index("ix_grant_role_jurisdiction_id", "grant", ["role", "jurisdiction_id"])
    op.create_index("ix_grant_unit_id", "grant", ["unit_id"])
    # In place: tables that others refer to are never copied into new ones.
    op.add_column("item", sa.Column("extended_to", sa.Date(), nullable=True))
    op.add_column("decision", sa.Column("waited_hours", sa.Integer(), nullable=True))
    op.create_index("ix_decision_decided_at", "decision", ["decided_at"])
    op.create_table(
        "extension_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", _LARGE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wished_on", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_to", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name=op.f("fk_extension_request_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name=op.f("fk_extension_request_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_extension_request_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_request")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_extension_request_waiting",
        "extension_request",
        ["item_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index("ix_extension_request_item_id", "extension_request", ["item_id"])
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_handover_days")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_handover_two_people")),
        sa.ForeignKeyConstraint(["town_id"], ["jurisdiction.id"], name=op.f("fk_handover_town_id")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_handover_campaign_id")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_handover_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_handover_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sqlite_strict=True,
    )
    op.create_index("ix_handover_from_id", "handover", ["from_id"])
    op.create_index("ix_handover_to_id", "handover", ["to_id"])


def downgrade() -> None:
    op.drop_table("handover")
    op.drop_table("extension_request")
    op.drop_index("ix_decision_decided_at", "decision")
    op.drop_column("decision", "waited_hours")
    op.drop_column("item", "extended_to")
    op.drop_index("ix_grant_unit_id", "grant")
    op.drop_index("ix_grant_role_jurisdiction_id", "grant")
