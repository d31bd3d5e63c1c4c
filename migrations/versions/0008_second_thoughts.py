"""second thoughts, and a village without a phone"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Who did something for a unit without being its liaison, as a reviewer.
_BY_TOWN = """
UPDATE {table} SET by_town = {true}
WHERE EXISTS (
    SELECT 1 FROM "grant" WHERE "grant".person_id = {table}.{person} AND "grant".role = 'reviewer'
) AND NOT EXISTS (
    SELECT 1 FROM "grant" WHERE "grant".person_id = {table}.{person} AND "grant".role = 'liaison'
    AND "grant".unit_id = {unit}
)
"""


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("evidence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("erased_by", sa.Integer(), nullable=False),
        sa.Column(
            "why",
            sa.Enum(
                *("face", "plate", "papers", "mistake", "other"),
                name="why",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_erasure_evidence_id")
        ),
        sa.ForeignKeyConstraint(["erased_by"], ["person.id"], name=op.f("fk_erasure_erased_by")),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_erasure")),
        sqlite_strict=True,
    )
    op.create_index("ix_erasure_swept_at", "erasure", ["swept_at"])
    # In place: evidence is never copied into a new table while others refer to it.
    for table, person, unit in (
        ("evidence", "uploader_id", "evidence.unit_id"),
        (
            *("item", "submitted_by"),
            "(SELECT unit_id FROM enrolment WHERE enrolment.id = item.enrolment_id)",
        ),
    ):
        op.add_column(
            table, sa.Column("by_town", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        true = "1" if op.get_bind().dialect.name == "sqlite" else "true"
        op.execute(_BY_TOWN.format(table=table, person=person, unit=unit, true=true))


def downgrade() -> None:
    op.drop_column("item", "by_town")
    op.drop_column("evidence", "by_town")
    op.drop_index("ix_erasure_swept_at", "erasure")
    op.drop_table("erasure")
