"""the city's year"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "export_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "columns", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_profile")),
        sa.UniqueConstraint("name", name=op.f("uq_export_profile_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_token_token_sha256")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_sha256", sa.String(), nullable=False),
        sa.Column(
            "counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_strict=True,
    )
    op.create_table(
        "import_row",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column(
            "subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column(
            "values", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "faults", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "row", name=op.f("pk_import_row")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index("ix_import_row_run_id_action", ["run_id", "action"], unique=False)

    op.create_table(
        "unit_period",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("jurisdiction_id", sa.Integer(), nullable=False),
        sa.Column("town_id", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.id"], name=op.f("fk_unit_period_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(
            ["town_id"], ["jurisdiction.id"], name=op.f("fk_unit_period_town_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_period_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "valid_from", name=op.f("pk_unit_period")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("unit_period", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unit_period_jurisdiction_id"), ["jurisdiction_id"], unique=False
        )

    op.create_table(
        "exemption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "enrolment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("granted_by", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_exemption_enrolment_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["person.id"], name=op.f("fk_exemption_granted_by")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["standard.id"], name=op.f("fk_exemption_standard_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_exemption_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exemption")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exemption_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_exemption_unit_id"), ["unit_id"], unique=False)

    op.add_column("campaign", sa.Column("review_due_on", sa.Date(), nullable=True))
    op.add_column("campaign", sa.Column("notice_days", sa.Integer(), nullable=True))
    op.add_column("campaign", sa.Column("burden_reason", sa.String(), nullable=True))

    op.add_column("criterion", sa.Column("guidance_zh", sa.String(), nullable=True))
    op.add_column("criterion", sa.Column("guidance_en", sa.String(), nullable=True))
    op.add_column("criterion", sa.Column("example_sha256", sa.String(), nullable=True))

    op.add_column("enrolment", sa.Column("reason", sa.String(), nullable=True))

    op.add_column(
        "item",
        sa.Column(
            "carried_from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.add_column("item", sa.Column("minutes", sa.Integer(), nullable=True))

    op.add_column("progress", sa.Column("exempt", sa.Integer(), server_default="0", nullable=False))

    op.add_column(
        "title_change", sa.Column("exempt", sa.Integer(), server_default="0", nullable=False)
    )

    op.add_column("unit", sa.Column("successor_id", sa.Integer(), nullable=True))

    op.add_column(
        "version", sa.Column("row_version", sa.Integer(), server_default="1", nullable=False)
    )

    _fill_periods()
    _freeze_published()


def downgrade() -> None:
    _thaw_published()
    op.drop_column("version", "row_version")

    op.drop_column("unit", "successor_id")

    op.drop_column("title_change", "exempt")

    op.drop_column("progress", "exempt")

    op.drop_column("item", "minutes")
    op.drop_column("item", "carried_from_id")

    op.drop_column("enrolment", "reason")

    op.drop_column("criterion", "example_sha256")
    op.drop_column("criterion", "guidance_en")
    op.drop_column("criterion", "guidance_zh")

    op.drop_column("campaign", "burden_reason")
    op.drop_column("campaign", "notice_days")
    op.drop_column("campaign", "review_due_on")

    with op.batch_alter_table("exemption", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exemption_unit_id"))
        batch_op.drop_index(batch_op.f("ix_exemption_enrolment_id"))

    op.drop_table("exemption")
    with op.batch_alter_table("unit_period", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_period_jurisdiction_id"))

    op.drop_table("unit_period")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_index("ix_import_row_run_id_action")

    op.drop_table("import_row")
    op.drop_table("import_run")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_person_id"))

    op.drop_table("api_token")
    op.drop_table("export_profile")
    op.drop_table("calendar_day")


def _fill_periods() -> None:
    """So far every unit has had one place and one number of households."""
    op.execute(
        "INSERT INTO unit_period "
        "(unit_id, valid_from, valid_to, jurisdiction_id, town_id, households) "
        "SELECT unit.id, unit.valid_from, unit.valid_to, unit.jurisdiction_id, "
        "jurisdiction.town_id, unit.households "
        "FROM unit JOIN jurisdiction ON jurisdiction.id = unit.jurisdiction_id"
    )


_PARTS = ("section", "criterion")
_PUBLISHED = (
    "EXISTS (SELECT 1 FROM version WHERE id = {row}.version_id AND published_at IS NOT NULL)"
)


def _freeze_published() -> None:
    """The database itself refuses to change a published version, or anything that is part of it."""
    if op.get_bind().dialect.name == "postgresql":
        _freeze_on_postgresql()
        return
    abort = "BEGIN SELECT RAISE(ABORT, 'a published version is never changed'); END"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER version_is_kept_{verb.lower()} BEFORE {verb} ON version "
            f"WHEN OLD.published_at IS NOT NULL {abort}"
        )
    for table in _PARTS:
        for verb, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            when = " OR ".join(_PUBLISHED.format(row=row) for row in rows)
            op.execute(
                f"CREATE TRIGGER {table}_is_kept_{verb.lower()} BEFORE {verb} ON {table} "
                f"WHEN {when} {abort}"
            )


def _freeze_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION published_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a published version is never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER version_is_kept BEFORE UPDATE OR DELETE ON version FOR EACH ROW "
        "WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION published_is_kept()"
    )
    op.execute(
        "CREATE FUNCTION part_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF TG_OP <> 'DELETE' AND "
        + _PUBLISHED.format(row="NEW")
        + " OR TG_OP <> 'INSERT' AND "
        + _PUBLISHED.format(row="OLD")
        + " THEN RAISE EXCEPTION 'a published version is never changed'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for table in _PARTS:
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION part_is_kept()"
        )


def _thaw_published() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("version", *_PARTS):
            op.execute(f"DROP TRIGGER {table}_is_kept ON {table}")
        op.execute("DROP FUNCTION published_is_kept()")
        op.execute("DROP FUNCTION part_is_kept()")
        return
    for verb in ("update", "delete"):
        op.execute(f"DROP TRIGGER version_is_kept_{verb}")
    for table in _PARTS:
        for verb in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER {table}_is_kept_{verb}")
