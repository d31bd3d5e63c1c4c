"""objections to those on public notice"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objection",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("enrolment_id", _LARGE, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                *("dismissed", "again", "not_passed"), name="result", native_enum=False, length=32
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_objection_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_objection_answered_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sqlite_strict=True,
    )
    op.create_index("ix_objection_enrolment_id", "objection", ["enrolment_id"])
    op.create_table(
        "objection_contact",
        sa.Column("objection_id", _LARGE, autoincrement=False, nullable=False),
        sa.Column("contact", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objection.id"], name=op.f("fk_objection_contact_objection_id")
        ),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_objection_contact")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("objection_contact")
    op.drop_index("ix_objection_enrolment_id", "objection")
    op.drop_table("objection")


_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
