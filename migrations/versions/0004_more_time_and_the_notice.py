"""more time, the notice, and campaigns of some towns"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaign", sa.Column("first_due_on", sa.Date(), nullable=True))
    op.add_column(
        "campaign",
        sa.Column(
            "towns",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            server_default="[]",
            nullable=False,
        ),
    )
    op.add_column("enrolment", sa.Column("notice_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("enrolment", "notice_until")
    op.drop_column("campaign", "towns")
    op.drop_column("campaign", "first_due_on")
