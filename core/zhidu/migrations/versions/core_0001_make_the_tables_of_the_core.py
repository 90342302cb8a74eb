"""Make the tables of the core"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import zhidu.db
from zhidu.migrations import helpers

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None
requires: dict[str, str] = {}


def upgrade() -> None:
    """Go from nothing to core_0001."""
    op.create_table(
        "core_addon",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("enabled_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_addon")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_addon_state",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("revision", zhidu.db.Key, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_addon_state")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_audit",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("user_id", zhidu.db.Key, nullable=True),
        sa.Column("member_id", zhidu.db.Key, nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("on_behalf_of", zhidu.db.Key, nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", zhidu.db.Key, nullable=True),
        sa.Column("record_id", zhidu.db.Key, nullable=True),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("policy_version_id", zhidu.db.Key, nullable=True),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_audit")),
        info={"addon": "core", "append_only": True},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_audit_company_id_kind_row_id_id"),
            ["company_id", "kind", "row_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_audit_company_id_member_id_id"),
            ["company_id", "member_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_audit_company_id_record_id_id"),
            ["company_id", "record_id", "id"],
            unique=False,
        )

    op.create_table(
        "core_calendar_year",
        sa.Column("year", zhidu.db.Key, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("loaded_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_core_calendar_year")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_company",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", zhidu.db.Key, nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["core_company.id"], name=op.f("fk_core_company_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company")),
        sa.UniqueConstraint("code", name=op.f("uq_core_company_code")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", zhidu.db.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_lease")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_statutory_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", zhidu.db.JSONText(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('workday', 'rest', 'holiday')", name=op.f("ck_core_statutory_day_kind")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_core_statutory_day")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_blob",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", zhidu.db.Key, nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_blob_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_blob")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_blob_company_id_id")),
        sa.UniqueConstraint("company_id", "sha256", name=op.f("uq_core_blob_company_id_sha256")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_company_addon",
        sa.Column("addon", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_addon_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "addon", name=op.f("pk_core_company_addon")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_company_day",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "kind IN ('workday', 'rest', 'holiday')", name=op.f("ck_core_company_day_kind")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_day_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_day")),
        sa.UniqueConstraint("company_id", "day", name=op.f("uq_core_company_day_company_id_day")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_company_setting",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", zhidu.db.JSONText(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_company_setting_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_company_setting")),
        sa.UniqueConstraint(
            "company_id", "key", name=op.f("uq_core_company_setting_company_id_key")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_contract_type",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_contract_type_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_contract_type")),
        sa.UniqueConstraint(
            "company_id", "code", name=op.f("uq_core_contract_type_company_id_code")
        ),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_contract_type_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_department",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("parent_id", zhidu.db.Key, nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("in_charge_id", zhidu.db.Key, nullable=True),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "in_charge_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_department_company_id_in_charge_id"),
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "parent_id"],
            ["core_department.company_id", "core_department.id"],
            name=op.f("fk_core_department_company_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_department_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_department")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_department_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_department_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_department", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_department_company_id_path"), ["company_id", "path"], unique=False
        )

    op.create_table(
        "core_duty_mark",
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_duty_mark_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_core_duty_mark")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_duty_pair",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("second", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_duty_pair_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_duty_pair")),
        sa.UniqueConstraint(
            "company_id", "first", "second", name=op.f("uq_core_duty_pair_company_id_first_second")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_grade",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_grade_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grade")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_grade_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_grade_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_group",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_group_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_group")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_group_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_group_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_job",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=True),
        sa.Column("user_id", zhidu.db.Key, nullable=True),
        sa.Column("member_id", zhidu.db.Key, nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("args", zhidu.db.JSONText(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("run_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("tries", zhidu.db.Key, nullable=False),
        sa.Column("max_tries", zhidu.db.Key, nullable=False),
        sa.Column("lease_until", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("published_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("done_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.CheckConstraint("status IN ('due', 'done', 'dead')", name=op.f("ck_core_job_status")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_job_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_core_job_dedupe")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_job", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_job_status_run_at_id"), ["status", "run_at", "id"], unique=False
        )

    op.create_table(
        "core_matter",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_matter_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_matter")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_matter_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_matter_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_post",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_post_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_post")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_post_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_post_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_role",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", zhidu.db.JSONText(), nullable=False),
        sa.Column("offered", zhidu.db.JSONText(), nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_role_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_role_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_role_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_schedule",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=True),
        sa.Column("next_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("last_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_schedule_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_schedule")),
        sa.UniqueConstraint("name", "company_id", name=op.f("uq_core_schedule_name_company_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_sequence",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("last", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_sequence_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "series", "period", name=op.f("pk_core_sequence")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_site",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("archived_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_site_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_site")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_core_site_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_site_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_user",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_system", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("last_company_id", zhidu.db.Key, nullable=True),
        sa.ForeignKeyConstraint(
            ["last_company_id"], ["core_company.id"], name=op.f("fk_core_user_last_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("email", name=op.f("uq_core_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_core_user_fs_uniquifier")),
        sa.UniqueConstraint("username", name=op.f("uq_core_user_username")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_grant",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("role_id", zhidu.db.Key, nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "scope IN ('own', 'department', 'department_tree', 'company')",
            name=op.f("ck_core_grant_scope"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "role_id"],
            ["core_role.company_id", "core_role.id"],
            name=op.f("fk_core_grant_company_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_grant_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
        sa.UniqueConstraint("role_id", "permission", name=op.f("uq_core_grant_role_id_permission")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_member",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("user_id", zhidu.db.Key, nullable=True),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("superior_id", zhidu.db.Key, nullable=True),
        sa.Column("grade_id", zhidu.db.Key, nullable=True),
        sa.Column("contract_id", zhidu.db.Key, nullable=True),
        sa.Column("site_id", zhidu.db.Key, nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("left_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("status IN ('active', 'left')", name=op.f("ck_core_member_status")),
        sa.ForeignKeyConstraint(
            ["company_id", "contract_id"],
            ["core_contract_type.company_id", "core_contract_type.id"],
            name=op.f("fk_core_member_company_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "grade_id"],
            ["core_grade.company_id", "core_grade.id"],
            name=op.f("fk_core_member_company_id_grade_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "site_id"],
            ["core_site.company_id", "core_site.id"],
            name=op.f("fk_core_member_company_id_site_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "superior_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_member_company_id_superior_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_member_company_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name=op.f("fk_core_member_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_member")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_member_company_id_id")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_core_member_company_id_number")),
        sa.UniqueConstraint(
            "company_id", "user_id", name=op.f("uq_core_member_company_id_user_id")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_member_company_id_name_key_id"),
            ["company_id", "name_key", "id"],
            unique=False,
        )

    op.create_table(
        "core_user_company",
        sa.Column("user_id", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_user_company_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_user_company_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "company_id", name=op.f("pk_core_user_company")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_delegation",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("owner_id", zhidu.db.Key, nullable=False),
        sa.Column("delegate_id", zhidu.db.Key, nullable=False),
        sa.Column("starts_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("ends_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("kinds", zhidu.db.JSONText(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("granted_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("granted_by", zhidu.db.Key, nullable=True),
        sa.Column("revoked_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("revoked_by", zhidu.db.Key, nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("owner_id <> delegate_id", name=op.f("ck_core_delegation_another")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_core_delegation_period")),
        sa.ForeignKeyConstraint(
            ["company_id", "delegate_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_delegation_company_id_delegate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "granted_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_delegation_company_id_granted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "owner_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_delegation_company_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "revoked_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_delegation_company_id_revoked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_delegation_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_delegation")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_delegation_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_delegation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_delegation_company_id_delegate_id_ends_at"),
            ["company_id", "delegate_id", "ends_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_delegation_company_id_owner_id_ends_at"),
            ["company_id", "owner_id", "ends_at"],
            unique=False,
        )

    op.create_table(
        "core_department_leader",
        sa.Column("department_id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["core_department.company_id", "core_department.id"],
            name=op.f("fk_core_department_leader_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_department_leader_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_department_leader_company_id")
        ),
        sa.PrimaryKeyConstraint(
            "department_id", "member_id", name=op.f("pk_core_department_leader")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_group_member",
        sa.Column("group_id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "group_id"],
            ["core_group.company_id", "core_group.id"],
            name=op.f("fk_core_group_member_company_id_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_group_member_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_group_member_company_id")
        ),
        sa.PrimaryKeyConstraint("group_id", "member_id", name=op.f("pk_core_group_member")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("core_group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_group_member_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "core_in_charge",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("department_id", zhidu.db.Key, nullable=False),
        sa.Column("matter_id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["core_department.company_id", "core_department.id"],
            name=op.f("fk_core_in_charge_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "matter_id"],
            ["core_matter.company_id", "core_matter.id"],
            name=op.f("fk_core_in_charge_company_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_in_charge_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_in_charge_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_in_charge")),
        sa.UniqueConstraint(
            "company_id",
            "department_id",
            "matter_id",
            name=op.f("uq_core_in_charge_company_id_department_id_matter_id"),
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_in_charge", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_in_charge_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "core_member_department",
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("department_id", zhidu.db.Key, nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["core_department.company_id", "core_department.id"],
            name=op.f("fk_core_member_department_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_member_department_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_member_department_company_id")
        ),
        sa.PrimaryKeyConstraint(
            "member_id", "department_id", name=op.f("pk_core_member_department")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("core_member_department", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_member_department_department_id"), ["department_id"], unique=False
        )
        batch_op.create_index(
            "ix_core_member_department_primary",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        )

    op.create_table(
        "core_member_post",
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("post_id", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_member_post_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "post_id"],
            ["core_post.company_id", "core_post.id"],
            name=op.f("fk_core_member_post_company_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_member_post_company_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "post_id", name=op.f("pk_core_member_post")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_member_role",
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("role_id", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_member_role_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "role_id"],
            ["core_role.company_id", "core_role.id"],
            name=op.f("fk_core_member_role_company_id_role_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_member_role_company_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "role_id", name=op.f("pk_core_member_role")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("core_member_role", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_member_role_role_id"), ["role_id"], unique=False)

    op.create_table(
        "core_phrase",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("position", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "kind IN ('approve', 'reject', 'handle')", name=op.f("ck_core_phrase_kind")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_phrase_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_phrase_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_phrase")),
        sa.UniqueConstraint(
            "member_id", "kind", "text", name=op.f("uq_core_phrase_member_id_kind_text")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_policy_version",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("number", zhidu.db.Key, nullable=False),
        sa.Column("pack_id", sa.String(), nullable=False),
        sa.Column("pack_version", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("content", zhidu.db.JSONText(), nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("base_id", zhidu.db.Key, nullable=True),
        sa.Column("applied_by", zhidu.db.Key, nullable=True),
        sa.Column("applied_name", sa.String(), nullable=False),
        sa.Column("applied_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("confirmed_by", zhidu.db.Key, nullable=True),
        sa.Column("confirmed_name", sa.String(), nullable=False),
        sa.Column("confirmed_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("acceptances", zhidu.db.JSONText(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "origin IN ('pack', 'activation', 'setting')",
            name=op.f("ck_core_policy_version_origin"),
        ),
        sa.CheckConstraint(
            "confirmed_by <> applied_by", name=op.f("ck_core_policy_version_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["base_id"], ["core_policy_version.id"], name=op.f("fk_core_policy_version_base_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "applied_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_policy_version_company_id_applied_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "confirmed_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_policy_version_company_id_confirmed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_policy_version_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_policy_version")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_policy_version_company_id_id")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("uq_core_policy_version_company_id_number")
        ),
        info={"addon": "core", "append_only": True},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_policy_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_policy_version_company_id_effective_from"),
            ["company_id", "effective_from"],
            unique=False,
        )

    op.create_table(
        "core_record",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", zhidu.db.JSONText(), nullable=True),
        sa.Column("applicant_id", zhidu.db.Key, nullable=False),
        sa.Column("department_id", zhidu.db.Key, nullable=True),
        sa.Column("department_path", sa.String(), nullable=False),
        sa.Column("department_name", sa.String(), nullable=False),
        sa.Column("approval", sa.String(length=32), nullable=False),
        sa.Column("execution", sa.String(), nullable=False),
        sa.Column("archive", sa.String(length=32), nullable=False),
        sa.Column("policy_version_id", zhidu.db.Key, nullable=True),
        sa.Column("custom", zhidu.db.JSONText(), nullable=True),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("submitted_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("ended_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("touched", zhidu.db.Key, nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "approval IN ('draft', 'in_approval', 'returned', 'approved', 'rejected', 'withdrawn', 'terminated', 'voided')",
            name=op.f("ck_core_record_approval"),
        ),
        sa.CheckConstraint(
            "archive IN ('none', 'due', 'archived')", name=op.f("ck_core_record_archive")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "applicant_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_record_company_id_applicant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "department_id"],
            ["core_department.company_id", "core_department.id"],
            name=op.f("fk_core_record_company_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_record_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["core_policy_version.id"],
            name=op.f("fk_core_record_policy_version_id"),
            use_alter=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_record")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_record_company_id_id")),
        sa.UniqueConstraint(
            "company_id", "kind", "number", name=op.f("uq_core_record_company_id_kind_number")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_record_company_id_applicant_id_created_at_id"),
            ["company_id", "applicant_id", "created_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_record_company_id_kind_id"),
            ["company_id", "kind", "id"],
            unique=False,
        )

    op.create_table(
        "core_signature",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("blob_id", zhidu.db.Key, nullable=False),
        sa.Column("since", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("removed_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "blob_id"],
            ["core_blob.company_id", "core_blob.id"],
            name=op.f("fk_core_signature_company_id_blob_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_signature_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_signature_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_signature")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_signature", schema=None) as batch_op:
        batch_op.create_index(
            "uq_core_signature_current",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "core_succession",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("successor_id", zhidu.db.Key, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("made_by", zhidu.db.Key, nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("member_id <> successor_id", name=op.f("ck_core_succession_another")),
        sa.ForeignKeyConstraint(
            ["company_id", "made_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_succession_company_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_succession_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "successor_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_succession_company_id_successor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_succession_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_succession")),
        sa.UniqueConstraint(
            "company_id", "login", name=op.f("uq_core_succession_company_id_login")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_turn",
        sa.Column("rotation", sa.String(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("number", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_turn_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_turn_company_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "rotation", "member_id", name=op.f("pk_core_turn")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_attachment",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("blob_id", zhidu.db.Key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("uploaded_by", zhidu.db.Key, nullable=False),
        sa.Column("uploaded_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("removed_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "blob_id"],
            ["core_blob.company_id", "core_blob.id"],
            name=op.f("fk_core_attachment_company_id_blob_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_attachment_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "uploaded_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_attachment_company_id_uploaded_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_attachment_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_attachment")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_attachment_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_attachment_record_id"), ["record_id"], unique=False
        )

    op.create_table(
        "core_authority",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("matter_id", zhidu.db.Key, nullable=False),
        sa.Column("ceiling", zhidu.db.Fixed(), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("exclusions", zhidu.db.JSONText(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("granted_by", zhidu.db.Key, nullable=True),
        sa.Column("revoked_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("revoked_for", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "ceiling IS NULL OR ceiling > 0", name=op.f("ck_core_authority_ceiling")
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on < ends_on", name=op.f("ck_core_authority_term")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "granted_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_authority_company_id_granted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "matter_id"],
            ["core_matter.company_id", "core_matter.id"],
            name=op.f("fk_core_authority_company_id_matter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_authority_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_authority_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_authority_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_authority")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_authority_company_id_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_authority", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_authority_company_id_matter_id_member_id"),
            ["company_id", "matter_id", "member_id"],
            unique=False,
        )

    op.create_table(
        "core_choice",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("sort", zhidu.db.Key, nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("by IN ('applicant', 'rotation')", name=op.f("ck_core_choice_by")),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_choice_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_choice_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_choice_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_choice")),
        sa.UniqueConstraint(
            "record_id",
            "node_id",
            "by",
            "member_id",
            name=op.f("uq_core_choice_record_id_node_id_by_member_id"),
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "core_comment",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("mentions", zhidu.db.JSONText(), nullable=False),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_comment_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_comment_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_comment_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_comment")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_comment_record_id"), ["record_id"], unique=False)

    op.create_table(
        "core_copy",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("sent_by", zhidu.db.Key, nullable=True),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("read_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("opinion_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_copy_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_copy_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "sent_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_copy_company_id_sent_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_copy_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_copy")),
        sa.UniqueConstraint(
            "record_id", "member_id", name=op.f("uq_core_copy_record_id_member_id")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_copy", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_copy_company_id_member_id_at_id"),
            ["company_id", "member_id", "at", "id"],
            unique=False,
        )

    op.create_table(
        "core_deadline",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("deadline", sa.String(), nullable=False),
        sa.Column("turn", zhidu.db.Key, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("policy_version_id", zhidu.db.Key, nullable=True),
        sa.Column("started_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("due_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("stopped_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("next_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("next_index", zhidu.db.Key, nullable=False),
        sa.Column("next_count", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_deadline_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_deadline_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_deadline_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["core_policy_version.id"],
            name=op.f("fk_core_deadline_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_deadline")),
        sa.UniqueConstraint(
            "record_id", "deadline", "turn", name=op.f("uq_core_deadline_record_id_deadline_turn")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_deadline", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_deadline_company_id_missed_due_at_id"),
            ["company_id", "missed", "due_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_deadline_company_id_next_at_id"),
            ["company_id", "next_at", "id"],
            unique=False,
        )

    op.create_table(
        "core_deadline_mark",
        sa.Column("record_id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_deadline_mark_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_deadline_mark_company_id")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_core_deadline_mark")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_duty",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("due_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("proof_id", zhidu.db.Key, nullable=True),
        sa.Column("done_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("done_by", zhidu.db.Key, nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "done_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_duty_company_id_done_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_duty_company_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "proof_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_duty_company_id_proof_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_duty_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_duty")),
        sa.UniqueConstraint(
            "company_id", "duty", "period", name=op.f("uq_core_duty_company_id_duty_period")
        ),
        sa.UniqueConstraint(
            "company_id", "duty", "proof_id", name=op.f("uq_core_duty_company_id_duty_proof_id")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("core_duty", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_duty_company_id_due_at_id"),
            ["company_id", "due_at", "id"],
            unique=False,
        )

    op.create_table(
        "core_flow_instance",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("policy_version_id", zhidu.db.Key, nullable=True),
        sa.Column("flow", zhidu.db.JSONText(), nullable=False),
        sa.Column("round", zhidu.db.Key, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("entry", zhidu.db.JSONText(), nullable=False),
        sa.Column("watched", zhidu.db.JSONText(), nullable=True),
        sa.Column("approved_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("started_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("ended_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('approval', 'void')", name=op.f("ck_core_flow_instance_purpose")
        ),
        sa.CheckConstraint(
            "status IN ('running', 'waiting', 'returned', 'ended')",
            name=op.f("ck_core_flow_instance_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_flow_instance_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_flow_instance_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["core_policy_version.id"],
            name=op.f("fk_core_flow_instance_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_flow_instance")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_flow_instance_company_id_id")),
        sa.UniqueConstraint(
            "record_id", "purpose", name=op.f("uq_core_flow_instance_record_id_purpose")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_flow_instance", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_flow_instance_company_id_status_id"),
            ["company_id", "status", "id"],
            unique=False,
        )

    op.create_table(
        "core_notice",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("values", zhidu.db.JSONText(), nullable=False),
        sa.Column("dedupe", sa.String(), nullable=True),
        sa.Column("created_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("read_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_notice_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_notice_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_notice_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_notice")),
        sa.UniqueConstraint("company_id", "dedupe", name=op.f("uq_core_notice_company_id_dedupe")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_notice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_notice_company_id_member_id_id"),
            ["company_id", "member_id", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_core_notice_record_id"), ["record_id"], unique=False)
        batch_op.create_index(
            "ix_core_notice_unread",
            ["company_id", "member_id", "id"],
            unique=False,
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )

    op.create_table(
        "core_policy_draft",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("hides_tasks", sa.Boolean(), nullable=False),
        sa.Column("acceptances", zhidu.db.JSONText(), nullable=False),
        sa.Column("base_id", zhidu.db.Key, nullable=True),
        sa.Column("made_by", zhidu.db.Key, nullable=True),
        sa.Column("made_name", sa.String(), nullable=False),
        sa.Column("changed_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("proposed_by", zhidu.db.Key, nullable=True),
        sa.Column("proposed_name", sa.String(), nullable=False),
        sa.Column("proposed_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("decided_by", zhidu.db.Key, nullable=True),
        sa.Column("decided_name", sa.String(), nullable=False),
        sa.Column("decided_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version_id", zhidu.db.Key, nullable=True),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'proposed', 'published', 'declined', 'withdrawn')",
            name=op.f("ck_core_policy_draft_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "base_id"],
            ["core_policy_version.company_id", "core_policy_version.id"],
            name=op.f("fk_core_policy_draft_company_id_base_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "decided_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_policy_draft_company_id_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "made_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_policy_draft_company_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "proposed_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_policy_draft_company_id_proposed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "version_id"],
            ["core_policy_version.company_id", "core_policy_version.id"],
            name=op.f("fk_core_policy_draft_company_id_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_policy_draft_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_policy_draft")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_policy_draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_policy_draft_company_id_status_changed_at"),
            ["company_id", "status", "changed_at"],
            unique=False,
        )

    op.create_table(
        "core_record_reader",
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "reason IN ('task', 'cc', 'delegation', 'mention')",
            name=op.f("ck_core_record_reader_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_record_reader_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_record_reader_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_record_reader_company_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "record_id", name=op.f("pk_core_record_reader")),
        info={"addon": "core"},
        sqlite_autoincrement=False,
    )
    op.create_table(
        "core_urgent",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("consented_by", zhidu.db.Key, nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("event_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("submitted_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("due_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("consequence", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "consented_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_urgent_company_id_consented_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_urgent_company_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_urgent_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_urgent")),
        sa.UniqueConstraint("record_id", name=op.f("uq_core_urgent_record_id")),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_urgent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_urgent_company_id_event_at_id"),
            ["company_id", "event_at", "id"],
            unique=False,
        )

    op.create_table(
        "core_flow_step",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("instance_id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("round", zhidu.db.Key, nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("visit", zhidu.db.Key, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("waiting_reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("due_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("entered_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("left_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'waiting', 'passed', 'skipped', 'cleared')",
            name=op.f("ck_core_flow_step_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "instance_id"],
            ["core_flow_instance.company_id", "core_flow_instance.id"],
            name=op.f("fk_core_flow_step_company_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_flow_step_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_flow_step_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_flow_step")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_flow_step_company_id_id")),
        sa.UniqueConstraint(
            "instance_id",
            "node_id",
            "visit",
            name=op.f("uq_core_flow_step_instance_id_node_id_visit"),
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_flow_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_flow_step_company_id_status_due_at"),
            ["company_id", "status", "due_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_flow_step_record_id"), ["record_id"], unique=False
        )
        batch_op.create_index(
            "uq_core_flow_step_live",
            ["instance_id", "node_id"],
            unique=True,
            sqlite_where=sa.text("status <> 'cleared'"),
            postgresql_where=sa.text("status <> 'cleared'"),
        )

    op.create_table(
        "core_task",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("instance_id", zhidu.db.Key, nullable=False),
        sa.Column("step_id", zhidu.db.Key, nullable=False),
        sa.Column("parent_task_id", zhidu.db.Key, nullable=True),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("round", zhidu.db.Key, nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("node_name", sa.String(), nullable=False),
        sa.Column("node_kind", sa.String(length=32), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("position", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("owner_id", zhidu.db.Key, nullable=True),
        sa.Column("sign", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("turn", zhidu.db.Key, nullable=False),
        sa.Column("opened_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("done_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("remind_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("reminded", zhidu.db.Key, nullable=False),
        sa.Column("clock_from", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("due_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("due_index", zhidu.db.Key, nullable=False),
        sa.Column("due_count", zhidu.db.Key, nullable=False),
        sa.Column("urged_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("clock_left", zhidu.db.Key, nullable=True),
        sa.Column("due_left", zhidu.db.Key, nullable=True),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "node_kind IN ('approve', 'handle', 'auto', 'notify', 'file_with', 'publish', 'meeting')",
            name=op.f("ck_core_task_node_kind"),
        ),
        sa.CheckConstraint(
            "origin IN ('resolved', 'superior', 'manager', 'stand_in', 'delegated', 'transferred', 'added', 'escalated', 'handed_over', 'successor', 'objections')",
            name=op.f("ck_core_task_origin"),
        ),
        sa.CheckConstraint(
            "sign IN ('own', 'before', 'after', 'beside', 'consult', 'instead')",
            name=op.f("ck_core_task_sign"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'open', 'done', 'cancelled')", name=op.f("ck_core_task_status")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "instance_id"],
            ["core_flow_instance.company_id", "core_flow_instance.id"],
            name=op.f("fk_core_task_company_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_task_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "owner_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_task_company_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "parent_task_id"],
            ["core_task.company_id", "core_task.id"],
            name=op.f("fk_core_task_company_id_parent_task_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_task_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "step_id"],
            ["core_flow_step.company_id", "core_flow_step.id"],
            name=op.f("fk_core_task_company_id_step_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_task_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_task")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_core_task_company_id_id")),
        sa.UniqueConstraint(
            "step_id", "member_id", "sign", name=op.f("uq_core_task_step_id_member_id_sign")
        ),
        info={"addon": "core"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_task", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_task_company_id_member_id_status_done_at_id"),
            ["company_id", "member_id", "status", "done_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_company_id_member_id_status_opened_at_id"),
            ["company_id", "member_id", "status", "opened_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_company_id_status_due_at"),
            ["company_id", "status", "due_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_company_id_status_remind_at"),
            ["company_id", "status", "remind_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_task_instance_id_status"), ["instance_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_core_task_record_id"), ["record_id"], unique=False)

    op.create_table(
        "core_trail",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("instance_id", zhidu.db.Key, nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("step_id", zhidu.db.Key, nullable=True),
        sa.Column("task_id", zhidu.db.Key, nullable=True),
        sa.Column("round", zhidu.db.Key, nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("node_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=True),
        sa.Column("on_behalf_of", zhidu.db.Key, nullable=True),
        sa.Column("other_id", zhidu.db.Key, nullable=True),
        sa.Column("turn", zhidu.db.Key, nullable=False),
        sa.Column("at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("policy_version_id", zhidu.db.Key, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("attachments", zhidu.db.JSONText(), nullable=False),
        sa.Column("signature_id", zhidu.db.Key, nullable=True),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "action IN ('submit', 'resubmit', 'late', 'hurry', 'enter', 'pass', 'approve', 'handle', 'reject', 'return', 'clear', 'withdraw', 'take_back', 'transfer', 'add', 'remove', 'consult', 'answer', 'cc', 'read', 'urge', 'edit', 'object', 'auto', 'timeout', 'jump', 'terminate', 'hand_over', 'wait', 'resume', 'skip', 'choose', 'merge', 'void', 'transition', 'end')",
            name=op.f("ck_core_trail_action"),
        ),
        sa.CheckConstraint("round >= 1", name=op.f("ck_core_trail_round")),
        sa.ForeignKeyConstraint(
            ["company_id", "instance_id"],
            ["core_flow_instance.company_id", "core_flow_instance.id"],
            name=op.f("fk_core_trail_company_id_instance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_trail_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "on_behalf_of"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_trail_company_id_on_behalf_of"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "other_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_core_trail_company_id_other_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_core_trail_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "signature_id"],
            ["core_blob.company_id", "core_blob.id"],
            name=op.f("fk_core_trail_company_id_signature_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "step_id"],
            ["core_flow_step.company_id", "core_flow_step.id"],
            name=op.f("fk_core_trail_company_id_step_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "task_id"],
            ["core_task.company_id", "core_task.id"],
            name=op.f("fk_core_trail_company_id_task_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_trail_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_version_id"],
            ["core_policy_version.id"],
            name=op.f("fk_core_trail_policy_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_trail")),
        info={"addon": "core", "append_only": True},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("core_trail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_core_trail_company_id_clause_record_id"),
            ["company_id", "clause", "record_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_core_trail_record_id_id"), ["record_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_core_trail_step_id"), ["step_id"], unique=False)
        batch_op.create_index(
            "uq_core_trail_decision",
            ["step_id", "member_id", "turn"],
            unique=True,
            sqlite_where=sa.text("action IN ('approve', 'handle', 'reject', 'return')"),
            postgresql_where=sa.text("action IN ('approve', 'handle', 'reject', 'return')"),
        )
        batch_op.create_index(
            "uq_core_trail_request",
            ["company_id", "request_key"],
            unique=True,
            sqlite_where=sa.text("request_key <> ''"),
            postgresql_where=sa.text("request_key <> ''"),
        )

    helpers.add_late_key(
        op,
        "fk_core_department_company_id_in_charge_id",
        "core_department",
        ["company_id", "in_charge_id"],
        "core_member",
        ["company_id", "id"],
    )
    helpers.add_late_key(
        op,
        "fk_core_record_policy_version_id",
        "core_record",
        ["policy_version_id"],
        "core_policy_version",
        ["id"],
    )
    helpers.append_only(op, "core_audit")
    helpers.append_only(op, "core_policy_version")
    helpers.append_only(op, "core_trail")


def downgrade() -> None:
    """Go back."""
    helpers.changeable(op, "core_trail")
    helpers.changeable(op, "core_policy_version")
    helpers.changeable(op, "core_audit")
    helpers.drop_late_key(op, "fk_core_record_policy_version_id", "core_record")
    helpers.drop_late_key(op, "fk_core_department_company_id_in_charge_id", "core_department")
    with op.batch_alter_table("core_trail", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_core_trail_request",
            sqlite_where=sa.text("request_key <> ''"),
            postgresql_where=sa.text("request_key <> ''"),
        )
        batch_op.drop_index(
            "uq_core_trail_decision",
            sqlite_where=sa.text("action IN ('approve', 'handle', 'reject', 'return')"),
            postgresql_where=sa.text("action IN ('approve', 'handle', 'reject', 'return')"),
        )
        batch_op.drop_index(batch_op.f("ix_core_trail_step_id"))
        batch_op.drop_index(batch_op.f("ix_core_trail_record_id_id"))
        batch_op.drop_index(batch_op.f("ix_core_trail_company_id_clause_record_id"))

    op.drop_table("core_trail")
    with op.batch_alter_table("core_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_task_record_id"))
        batch_op.drop_index(batch_op.f("ix_core_task_instance_id_status"))
        batch_op.drop_index(batch_op.f("ix_core_task_company_id_status_remind_at"))
        batch_op.drop_index(batch_op.f("ix_core_task_company_id_status_due_at"))
        batch_op.drop_index(batch_op.f("ix_core_task_company_id_member_id_status_opened_at_id"))
        batch_op.drop_index(batch_op.f("ix_core_task_company_id_member_id_status_done_at_id"))

    op.drop_table("core_task")
    with op.batch_alter_table("core_flow_step", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_core_flow_step_live",
            sqlite_where=sa.text("status <> 'cleared'"),
            postgresql_where=sa.text("status <> 'cleared'"),
        )
        batch_op.drop_index(batch_op.f("ix_core_flow_step_record_id"))
        batch_op.drop_index(batch_op.f("ix_core_flow_step_company_id_status_due_at"))

    op.drop_table("core_flow_step")
    with op.batch_alter_table("core_urgent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_urgent_company_id_event_at_id"))

    op.drop_table("core_urgent")
    op.drop_table("core_record_reader")
    with op.batch_alter_table("core_policy_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_policy_draft_company_id_status_changed_at"))

    op.drop_table("core_policy_draft")
    with op.batch_alter_table("core_notice", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_core_notice_unread",
            sqlite_where=sa.text("read_at IS NULL"),
            postgresql_where=sa.text("read_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_core_notice_record_id"))
        batch_op.drop_index(batch_op.f("ix_core_notice_company_id_member_id_id"))

    op.drop_table("core_notice")
    with op.batch_alter_table("core_flow_instance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_flow_instance_company_id_status_id"))

    op.drop_table("core_flow_instance")
    with op.batch_alter_table("core_duty", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_duty_company_id_due_at_id"))

    op.drop_table("core_duty")
    op.drop_table("core_deadline_mark")
    with op.batch_alter_table("core_deadline", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_deadline_company_id_next_at_id"))
        batch_op.drop_index(batch_op.f("ix_core_deadline_company_id_missed_due_at_id"))

    op.drop_table("core_deadline")
    with op.batch_alter_table("core_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_copy_company_id_member_id_at_id"))

    op.drop_table("core_copy")
    with op.batch_alter_table("core_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_comment_record_id"))

    op.drop_table("core_comment")
    op.drop_table("core_choice")
    with op.batch_alter_table("core_authority", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_authority_company_id_matter_id_member_id"))

    op.drop_table("core_authority")
    with op.batch_alter_table("core_attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_attachment_record_id"))

    op.drop_table("core_attachment")
    op.drop_table("core_turn")
    op.drop_table("core_succession")
    with op.batch_alter_table("core_signature", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_core_signature_current",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.drop_table("core_signature")
    with op.batch_alter_table("core_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_record_company_id_kind_id"))
        batch_op.drop_index(batch_op.f("ix_core_record_company_id_applicant_id_created_at_id"))

    op.drop_table("core_record")
    with op.batch_alter_table("core_policy_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_policy_version_company_id_effective_from"))

    op.drop_table("core_policy_version")
    op.drop_table("core_phrase")
    with op.batch_alter_table("core_member_role", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_member_role_role_id"))

    op.drop_table("core_member_role")
    op.drop_table("core_member_post")
    with op.batch_alter_table("core_member_department", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_core_member_department_primary",
            sqlite_where=sa.text("is_primary"),
            postgresql_where=sa.text("is_primary"),
        )
        batch_op.drop_index(batch_op.f("ix_core_member_department_department_id"))

    op.drop_table("core_member_department")
    with op.batch_alter_table("core_in_charge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_in_charge_member_id"))

    op.drop_table("core_in_charge")
    with op.batch_alter_table("core_group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_group_member_member_id"))

    op.drop_table("core_group_member")
    op.drop_table("core_department_leader")
    with op.batch_alter_table("core_delegation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_delegation_company_id_owner_id_ends_at"))
        batch_op.drop_index(batch_op.f("ix_core_delegation_company_id_delegate_id_ends_at"))

    op.drop_table("core_delegation")
    op.drop_table("core_user_company")
    with op.batch_alter_table("core_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_member_company_id_name_key_id"))

    op.drop_table("core_member")
    op.drop_table("core_grant")
    op.drop_table("core_user")
    op.drop_table("core_site")
    op.drop_table("core_sequence")
    op.drop_table("core_schedule")
    op.drop_table("core_role")
    op.drop_table("core_post")
    op.drop_table("core_matter")
    with op.batch_alter_table("core_job", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_job_status_run_at_id"))

    op.drop_table("core_job")
    op.drop_table("core_group")
    op.drop_table("core_grade")
    op.drop_table("core_duty_pair")
    op.drop_table("core_duty_mark")
    with op.batch_alter_table("core_department", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_department_company_id_path"))

    op.drop_table("core_department")
    op.drop_table("core_contract_type")
    op.drop_table("core_company_setting")
    op.drop_table("core_company_day")
    op.drop_table("core_company_addon")
    op.drop_table("core_blob")
    op.drop_table("core_statutory_day")
    op.drop_table("core_lease")
    op.drop_table("core_company")
    op.drop_table("core_calendar_year")
    with op.batch_alter_table("core_audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_audit_company_id_record_id_id"))
        batch_op.drop_index(batch_op.f("ix_core_audit_company_id_member_id_id"))
        batch_op.drop_index(batch_op.f("ix_core_audit_company_id_kind_row_id_id"))

    op.drop_table("core_audit")
    op.drop_table("core_addon_state")
    op.drop_table("core_addon")
