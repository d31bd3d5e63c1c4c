"""the history is sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_event", _LARGE, nullable=False),
        sa.Column("last_event", _LARGE, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seal")),
        sa.UniqueConstraint("last_event", name=op.f("uq_seal_last_event")),
        sqlite_strict=True,
    )
    _keep_seals()


def downgrade() -> None:
    op.drop_table("seal")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION seal_is_kept()")


_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _keep_seals() -> None:
    """The database itself refuses to change or remove a seal, as it does an event."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION seal_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'seals are only added to'; END $$"
        )
        op.execute(
            "CREATE TRIGGER seal_is_kept BEFORE UPDATE OR DELETE ON seal "
            "FOR EACH ROW EXECUTE FUNCTION seal_is_kept()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER seal_is_kept_{verb.lower()} BEFORE {verb} ON seal "
            "BEGIN SELECT RAISE(ABORT, 'seals are only added to'); END"
        )
