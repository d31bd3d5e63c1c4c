"""titles are suspended and withdrawn, and incidents touch them"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ACCIDENT = ("peace-village.5.1", "safe-community.4.3")
_MASS = ("peace-village.5.2",)
#: Kinds of incident: code, names, the department that knows of it, the veto criteria it speaks to.
_KINDS = (
    (
        "work_accident",
        "安全生产责任事故",
        "Work-safety accident with liability",
        "emergency",
        *_ACCIDENT,
    ),
    (
        "fire",
        "火灾责任事故",
        "Fire with liability",
        "fire",
        *_ACCIDENT,
        "safe-market.4.3",
        "safe-hospital.4.4",
        "tech-unit.3.4",
    ),
    (
        "traffic_accident",
        "道路交通责任事故",
        "Traffic accident with liability",
        "traffic",
        *_ACCIDENT,
        "safe-avenue.4.1",
    ),
    ("mass_incident", "有影响的群体性事件", "Mass incident with influence", "police", *_MASS),
    ("gathering", "500人以上聚集", "Gathering of more than 500", "police", *_MASS),
    ("road_blockade", "堵路", "Road blockade", "police", *_MASS),
    (
        "attack_on_organ",
        "冲击党政机关或要害部位",
        "Attack on an organ or key part",
        "police",
        *_MASS,
    ),
    ("teachers_strike", "教师集体罢课", "Collective strike by teachers", "education", *_MASS),
    (
        "drug_site",
        "种植毒品原植物或制毒窝点",
        "Drug planting or manufacture site",
        "police",
        "drug-free-village.4.2",
    ),
    (
        "campus_case",
        "校园安全责任事故或刑事案件",
        "School accident or criminal case",
        "education",
        "safe-school.4.3",
    ),
    (
        "attack_on_staff",
        "恶性伤医事件",
        "Grave attack on hospital staff",
        "health",
        "safe-hospital.4.4",
    ),
    (
        "food_accident",
        "食品安全责任事故",
        "Food-safety accident with liability",
        "health",
        "safe-market.4.3",
    ),
    ("closing_order", "责令停业整顿", "Order to suspend business", "police", "safe-place.4.3"),
    ("grave_theft", "重大盗抢案件", "Grave theft or robbery", "police", "tech-unit.3.4"),
)


def upgrade() -> None:
    op.add_column("title", sa.Column("withdrawn_on", sa.Date(), nullable=True))
    op.add_column("title", sa.Column("withdrawn_why", sa.String(), nullable=True))
    kinds = op.create_table(
        "incident_kind",
        _id(sa.Integer()),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("department", _department(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_kind")),
        sa.UniqueConstraint("code", name=op.f("uq_incident_kind_code")),
        sqlite_strict=True,
    )
    vetoes = op.create_table(
        "incident_veto",
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("standard_slug", sa.String(), nullable=False),
        sa.Column("criterion_code", sa.String(), nullable=False),
        _refers("incident_veto", "kind_id", "incident_kind"),
        sa.PrimaryKeyConstraint(
            "kind_id", "standard_slug", "criterion_code", name=op.f("pk_incident_veto")
        ),
        sqlite_strict=True,
    )
    _fill(kinds, vetoes)
    op.create_table(
        "incident",
        _id(_LARGE),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("notice_number", sa.String(), nullable=False),
        _state("incidentstate", "recorded", "confirmed", "appealed", "lifted", "dropped"),
        *_signed("recorded", "incident"),
        *_signed("decided", "incident", nullable=True),
        sa.Column("decided_why", sa.String(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_incident_number_positive")),
        _refers("incident", "kind_id", "incident_kind"),
        _refers("incident", "place_id", "jurisdiction"),
        _refers("incident", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sqlite_strict=True,
    )
    op.create_index("ix_incident_place_id", "incident", ["place_id"])
    op.create_table(
        "appeal",
        _id(_LARGE),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        *_signed("appealed", "appeal"),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        *_signed("decided", "appeal", nullable=True),
        sa.Column("decided_why", sa.String(), nullable=True),
        _refers("appeal", "incident_id", "incident"),
        _refers("appeal", "unit_id", "unit"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
        sa.UniqueConstraint("incident_id", "unit_id", name=op.f("uq_appeal_incident_id_unit_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_appeal_unit_id", "appeal", ["unit_id"])
    op.create_table(
        "suspension",
        _id(_LARGE),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        *_signed("suspended", "suspension", by_nobody=True),
        *_signed("lifted", "suspension", nullable=True),
        sa.Column("lifted_why", sa.String(), nullable=True),
        _refers("suspension", "title_id", "title"),
        _refers("suspension", "incident_id", "incident"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sqlite_strict=True,
    )
    op.create_index("ix_suspension_title_id", "suspension", ["title_id"])
    op.create_index("ix_suspension_incident_id", "suspension", ["incident_id"])
    op.create_table(
        "veto",
        _id(_LARGE),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        *_signed("lifted", "veto", nullable=True),
        sa.Column("lifted_why", sa.String(), nullable=True),
        _refers("veto", "incident_id", "incident"),
        _refers("veto", "enrolment_id", "enrolment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_veto")),
        sqlite_strict=True,
    )
    op.create_index("ix_veto_incident_id", "veto", ["incident_id"])
    op.create_index("ix_veto_enrolment_id", "veto", ["enrolment_id"])
    op.create_table(
        "withdrawal",
        _id(_LARGE),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        _state("withdrawalstate", "announced", "answered", "confirmed", "dropped"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("document_number", sa.String(), nullable=False),
        *_signed("announced", "withdrawal"),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        *_signed("answered", "withdrawal", nullable=True),
        *_signed("decided", "withdrawal", nullable=True),
        sa.Column("decided_why", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _refers("withdrawal", "title_id", "title"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        sqlite_strict=True,
    )
    op.create_index("ix_withdrawal_title_id", "withdrawal", ["title_id"])
    op.create_table(
        "recheck",
        _id(_LARGE),
        sa.Column("title_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("finding", _enum("finding", "as_named", "to_mend", "failed"), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("photo_sha256", sa.String(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        *_signed("checked", "recheck"),
        *_signed("closed", "recheck", nullable=True),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _refers("recheck", "title_id", "title"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck")),
        sqlite_strict=True,
    )
    op.create_index("ix_recheck_title_id", "recheck", ["title_id"])
    op.create_index("ix_recheck_photo_sha256", "recheck", ["photo_sha256"])


def downgrade() -> None:
    for table in ("recheck", "withdrawal", "veto", "suspension", "appeal", "incident"):
        op.drop_table(table)
    op.drop_table("incident_veto")
    op.drop_table("incident_kind")
    op.drop_column("title", "withdrawn_why")
    op.drop_column("title", "withdrawn_on")


def _id(kind: sa.types.TypeEngine[int]) -> sa.Column[int]:
    return sa.Column("id", kind, nullable=False)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _department() -> sa.Enum:
    return _enum("department", "police", "fire", "education", "health", "emergency", "traffic")


def _state(name: str, *values: str) -> sa.Column[str]:
    return sa.Column("state", _enum(name, *values), nullable=False)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _signed(
    what: str, table: str, *, nullable: bool = False, by_nobody: bool = False
) -> tuple[sa.schema.SchemaItem, ...]:
    """When something was done, and by whom."""
    return (
        sa.Column(f"{what}_at", sa.DateTime(timezone=True), nullable=nullable),
        sa.Column(f"{what}_by", sa.Integer(), nullable=nullable or by_nobody),
        _refers(table, f"{what}_by", "person"),
    )


def _fill(kinds: sa.Table, vetoes: sa.Table) -> None:
    for number, (code, zh, en, department, *spoken) in enumerate(_KINDS, start=1):
        row = {"id": number, "code": code, "name_zh": zh, "name_en": en, "department": department}
        op.bulk_insert(kinds, [row])
        for slug, _, criterion in (each.partition(".") for each in spoken):
            op.bulk_insert(
                vetoes,
                [{"kind_id": number, "standard_slug": slug, "criterion_code": criterion}],
            )
