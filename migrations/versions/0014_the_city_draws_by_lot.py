"""the city draws by lot"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "acceptance_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            _enum("roundstate", "prepared", "announced", "drawn", "ended", "called_off"),
            nullable=False,
        ),
        sa.Column("share", sa.Integer(), nullable=True),
        sa.Column("others", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("draws_on", sa.Date(), nullable=True),
        sa.Column("candidates_sha256", sa.String(), nullable=True),
        sa.Column("seed", sa.String(), nullable=True),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("announced_at", _MOMENT, nullable=True),
        sa.Column("drawn_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "share BETWEEN 1 AND 100", name=op.f("ck_acceptance_round_share_percent")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_acceptance_round_campaign_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_round")),
        sqlite_strict=True,
    )
    op.create_index("ix_acceptance_round_campaign_id", "acceptance_round", ["campaign_id"])
    unfinished = sa.text("state IN ('prepared', 'announced', 'drawn')")
    op.create_index(
        "ix_acceptance_round_one_unfinished",
        "acceptance_round",
        ["campaign_id"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_table(
        "acceptance_member",
        sa.Column("round_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body_zh", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["acceptance_round.id"], name=op.f("fk_acceptance_member_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_acceptance_member_person_id")
        ),
        sa.PrimaryKeyConstraint("round_id", "person_id", name=op.f("pk_acceptance_member")),
        sqlite_strict=True,
    )
    op.create_table(
        "candidate",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("town_code", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("chosen", _enum("chosen", "by_lot", "by_name"), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column(
            "outcome", _enum("outcome", "accepted", "conditional", "returned"), nullable=True
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("mend_by", sa.Date(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["acceptance_round.id"], name=op.f("fk_candidate_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_candidate_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["person.id"], name=op.f("fk_candidate_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
        sa.UniqueConstraint(
            "round_id", "enrolment_id", name=op.f("uq_candidate_round_id_enrolment_id")
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_candidate_enrolment_id", "candidate", ["enrolment_id"])
    op.create_table(
        "spot",
        sa.Column("id", _LARGE, nullable=False),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", _enum("verdict", "holds", "fails"), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_spot_candidate_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_spot_item_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_spot_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spot")),
        sa.UniqueConstraint("candidate_id", "item_id", name=op.f("uq_spot_candidate_id_item_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_spot_item_id", "spot", ["item_id"])
    op.create_table(
        "finding",
        sa.Column("spot_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("verdict", _enum("verdict", "holds", "fails"), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_finding_two_members")),
        sa.ForeignKeyConstraint(["spot_id"], ["spot.id"], name=op.f("fk_finding_spot_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_finding_person_id")),
        sa.PrimaryKeyConstraint("spot_id", "place", name=op.f("pk_finding")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("finding")
    op.drop_table("spot")
    op.drop_table("candidate")
    op.drop_table("acceptance_member")
    op.drop_table("acceptance_round")
