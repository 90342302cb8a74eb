"""Make the tables of the addon"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import zhidu.db
from zhidu.migrations import helpers

revision = "hr_0001"
down_revision = None
branch_labels = None
depends_on = None
requires: dict[str, str] = {}


def upgrade() -> None:
    """Go from nothing to hr_0001."""
    op.create_table(
        "hr_leave_type",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", zhidu.db.Translated(), nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.String(length=32), nullable=False),
        sa.Column("reason", zhidu.db.Translated(), nullable=False),
        sa.Column("reason_typed", sa.Boolean(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "counts IN ('working', 'calendar')", name=op.f("ck_hr_leave_type_counts")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_leave_type_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_type")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_hr_leave_type_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_hr_leave_type_company_id_id")),
        info={"addon": "hr"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hr_employee",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("employment", sa.String(length=32), nullable=False),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("career_start_on", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("emergency_contact", sa.String(), nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "employment IN ('regular', 'probation', 'intern', 'dispatched', 'part_time')",
            name=op.f("ck_hr_employee_employment"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_hr_employee_company_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_employee_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_employee")),
        info={"addon": "hr"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "hr_leave_grant",
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("leave_type_id", zhidu.db.Key, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("available", zhidu.db.Fixed(), nullable=False),
        sa.Column("reserved", zhidu.db.Fixed(), nullable=False),
        sa.Column("used", zhidu.db.Fixed(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("available >= 0", name=op.f("ck_hr_leave_grant_available")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_hr_leave_grant_reserved")),
        sa.CheckConstraint("starts_on <= expires_on", name=op.f("ck_hr_leave_grant_order")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_hr_leave_grant_used")),
        sa.ForeignKeyConstraint(
            ["company_id", "leave_type_id"],
            ["hr_leave_type.company_id", "hr_leave_type.id"],
            name=op.f("fk_hr_leave_grant_company_id_leave_type_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_hr_leave_grant_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_leave_grant_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_grant")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_hr_leave_grant_company_id_id")),
        info={"addon": "hr"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("hr_leave_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hr_leave_grant_company_id_member_id_leave_type_id"),
            ["company_id", "member_id", "leave_type_id"],
            unique=False,
        )

    op.create_table(
        "hr_leave_correction",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("days_before", zhidu.db.Fixed(), nullable=False),
        sa.Column("days_after", zhidu.db.Fixed(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("settled_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("settled_by", zhidu.db.Key, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_hr_leave_correction_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "settled_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_hr_leave_correction_company_id_settled_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_leave_correction_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_correction")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_hr_leave_correction_company_id_id")),
        info={"addon": "hr"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("hr_leave_correction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hr_leave_correction_company_id_settled_at_id"),
            ["company_id", "settled_at", "id"],
            unique=False,
        )

    op.create_table(
        "hr_leave_entry",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("balance_id", zhidu.db.Key, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("available_delta", zhidu.db.Fixed(), nullable=False),
        sa.Column("reserved_delta", zhidu.db.Fixed(), nullable=False),
        sa.Column("used_delta", zhidu.db.Fixed(), nullable=False),
        sa.Column("at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('grant', 'adjust', 'reserve', 'commit', 'release', 'restore')",
            name=op.f("ck_hr_leave_entry_purpose"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "balance_id"],
            ["hr_leave_grant.company_id", "hr_leave_grant.id"],
            name=op.f("fk_hr_leave_entry_company_id_balance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_hr_leave_entry_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_leave_entry_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_entry")),
        sa.UniqueConstraint(
            "balance_id",
            "purpose",
            "source",
            "step",
            name=op.f("uq_hr_leave_entry_balance_id_purpose_source_step"),
        ),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_hr_leave_entry_company_id_id")),
        info={"addon": "hr", "append_only": True},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("hr_leave_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hr_leave_entry_company_id_source"),
            ["company_id", "source"],
            unique=False,
        )

    op.create_table(
        "hr_leave_request",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("leave_type_id", zhidu.db.Key, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("first_half", sa.String(length=32), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("last_half", sa.String(length=32), nullable=False),
        sa.Column("days", zhidu.db.Fixed(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "first_half IN ('am', 'pm')", name=op.f("ck_hr_leave_request_first_half")
        ),
        sa.CheckConstraint("last_half IN ('am', 'pm')", name=op.f("ck_hr_leave_request_last_half")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_hr_leave_request_order")),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_hr_leave_request_company_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "leave_type_id"],
            ["hr_leave_type.company_id", "hr_leave_type.id"],
            name=op.f("fk_hr_leave_request_company_id_leave_type_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_request")),
        info={"addon": "hr"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("hr_leave_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hr_leave_request_company_id_first_day_id"),
            ["company_id", "first_day", "id"],
            unique=False,
        )

    op.create_table(
        "hr_leave_slot",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=32), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("half IN ('am', 'pm')", name=op.f("ck_hr_leave_slot_half")),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_hr_leave_slot_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_hr_leave_slot_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_hr_leave_slot_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hr_leave_slot")),
        sa.UniqueConstraint(
            "member_id", "day", "half", name=op.f("uq_hr_leave_slot_member_id_day_half")
        ),
        info={"addon": "hr"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("hr_leave_slot", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hr_leave_slot_company_id_day"), ["company_id", "day"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_hr_leave_slot_record_id"), ["record_id"], unique=False)

    helpers.append_only(op, "hr_leave_entry")


def downgrade() -> None:
    """Go back."""
    helpers.changeable(op, "hr_leave_entry")
    with op.batch_alter_table("hr_leave_slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hr_leave_slot_record_id"))
        batch_op.drop_index(batch_op.f("ix_hr_leave_slot_company_id_day"))

    op.drop_table("hr_leave_slot")
    with op.batch_alter_table("hr_leave_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hr_leave_request_company_id_first_day_id"))

    op.drop_table("hr_leave_request")
    with op.batch_alter_table("hr_leave_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hr_leave_entry_company_id_source"))

    op.drop_table("hr_leave_entry")
    with op.batch_alter_table("hr_leave_correction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hr_leave_correction_company_id_settled_at_id"))

    op.drop_table("hr_leave_correction")
    with op.batch_alter_table("hr_leave_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_hr_leave_grant_company_id_member_id_leave_type_id"))

    op.drop_table("hr_leave_grant")
    op.drop_table("hr_employee")
    op.drop_table("hr_leave_type")
