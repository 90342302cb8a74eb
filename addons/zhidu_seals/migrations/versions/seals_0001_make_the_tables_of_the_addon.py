"""Make the tables of the addon"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import zhidu.db
from zhidu.migrations import helpers

revision = "seals_0001"
down_revision = None
branch_labels = None
depends_on = None
requires: dict[str, str] = {}


def upgrade() -> None:
    """Go from nothing to seals_0001."""
    op.create_table(
        "seals_seal",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("document_types", zhidu.db.JSONText(), nullable=False),
        sa.Column("approver_id", zhidu.db.Key, nullable=False),
        sa.Column("custodian_id", zhidu.db.Key, nullable=False),
        sa.Column("backup_id", zhidu.db.Key, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("state_since", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("kept_where", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "state IN ('in_use', 'suspended', 'lost', 'damaged', 'destroyed')",
            name=op.f("ck_seals_seal_state"),
        ),
        sa.CheckConstraint(
            "type IN ('official', 'contract', 'finance', 'legal_representative', 'invoice', 'department', 'project')",
            name=op.f("ck_seals_seal_type"),
        ),
        sa.CheckConstraint(
            "approver_id <> custodian_id", name=op.f("ck_seals_seal_approver_keeps_not")
        ),
        sa.CheckConstraint(
            "backup_id IS NULL OR (backup_id <> custodian_id AND backup_id <> approver_id)",
            name=op.f("ck_seals_seal_backup"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "approver_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_seal_company_id_approver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "backup_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_seal_company_id_backup_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "custodian_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_seal_company_id_custodian_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_seals_seal_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_seal")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_seal_company_id_id")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_seals_seal_company_id_number")),
        info={"addon": "seals"},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "seals_handover",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("seal_id", zhidu.db.Key, nullable=False),
        sa.Column("giver_id", zhidu.db.Key, nullable=False),
        sa.Column("receiver_id", zhidu.db.Key, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("offered_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "(state = 'offered') = (decided_at IS NULL)", name=op.f("ck_seals_handover_decided")
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'refused', 'cancelled')",
            name=op.f("ck_seals_handover_state"),
        ),
        sa.CheckConstraint("giver_id <> receiver_id", name=op.f("ck_seals_handover_two_people")),
        sa.ForeignKeyConstraint(
            ["company_id", "giver_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_handover_company_id_giver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "receiver_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_handover_company_id_receiver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "seal_id"],
            ["seals_seal.company_id", "seals_seal.id"],
            name=op.f("fk_seals_handover_company_id_seal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_seals_handover_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_handover")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_handover_company_id_id")),
        info={"addon": "seals"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("seals_handover", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seals_handover_company_id_receiver_id_state"),
            ["company_id", "receiver_id", "state"],
            unique=False,
        )
        batch_op.create_index(
            "uq_seals_handover_open",
            ["seal_id"],
            unique=True,
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )

    op.create_table(
        "seals_inspection",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("seal_id", zhidu.db.Key, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=True),
        sa.Column("inspected_by", zhidu.db.Key, nullable=True),
        sa.Column("inspected_at", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", zhidu.db.Key, nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "result IN ('ok', 'lost', 'damaged')", name=op.f("ck_seals_inspection_result")
        ),
        sa.CheckConstraint(
            "(result IS NULL) = (inspected_at IS NULL)", name=op.f("ck_seals_inspection_settled")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "inspected_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_inspection_company_id_inspected_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "seal_id"],
            ["seals_seal.company_id", "seals_seal.id"],
            name=op.f("fk_seals_inspection_company_id_seal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_seals_inspection_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_inspection")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_inspection_company_id_id")),
        info={"addon": "seals"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("seals_inspection", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seals_inspection_company_id_due_on_id"),
            ["company_id", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_seals_inspection_company_id_seal_id_id"),
            ["company_id", "seal_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_seals_inspection_open",
            ["seal_id"],
            unique=True,
            sqlite_where=sa.text("result IS NULL"),
            postgresql_where=sa.text("result IS NULL"),
        )

    op.create_table(
        "seals_use_request",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("seal_id", zhidu.db.Key, nullable=False),
        sa.Column("document_title", sa.String(), nullable=False),
        sa.Column("document_type", sa.String(length=32), nullable=False),
        sa.Column("copies", zhidu.db.Key, nullable=False),
        sa.Column("copies_stamped", zhidu.db.Key, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("counterparty", sa.String(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("document_name", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "document_type IN ('contract', 'agreement', 'certificate', 'report', 'letter', 'authorization', 'tender', 'financial', 'invoice', 'internal', 'other')",
            name=op.f("ck_seals_use_request_document_type"),
        ),
        sa.CheckConstraint("copies >= 1", name=op.f("ck_seals_use_request_copies")),
        sa.CheckConstraint(
            "copies_stamped >= 0 AND copies_stamped <= copies",
            name=op.f("ck_seals_use_request_copies_stamped"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_seals_use_request_company_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "seal_id"],
            ["seals_seal.company_id", "seals_seal.id"],
            name=op.f("fk_seals_use_request_company_id_seal_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_use_request")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_use_request_company_id_id")),
        info={"addon": "seals"},
        sqlite_autoincrement=False,
    )
    with op.batch_alter_table("seals_use_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seals_use_request_company_id_seal_id_id"),
            ["company_id", "seal_id", "id"],
            unique=False,
        )

    op.create_table(
        "seals_custody",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("seal_id", zhidu.db.Key, nullable=False),
        sa.Column("member_id", zhidu.db.Key, nullable=False),
        sa.Column("since", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("until", zhidu.db.UTCDateTime(), nullable=True),
        sa.Column("handover_id", zhidu.db.Key, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_seals_custody_order")),
        sa.ForeignKeyConstraint(
            ["company_id", "handover_id"],
            ["seals_handover.company_id", "seals_handover.id"],
            name=op.f("fk_seals_custody_company_id_handover_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "member_id"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_custody_company_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "seal_id"],
            ["seals_seal.company_id", "seals_seal.id"],
            name=op.f("fk_seals_custody_company_id_seal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_seals_custody_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_custody")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_custody_company_id_id")),
        info={"addon": "seals"},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("seals_custody", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seals_custody_company_id_seal_id_id"),
            ["company_id", "seal_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_seals_custody_current",
            ["seal_id"],
            unique=True,
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )

    op.create_table(
        "seals_use_entry",
        sa.Column("id", zhidu.db.Key, nullable=False),
        sa.Column("year", zhidu.db.Key, nullable=False),
        sa.Column("serial", zhidu.db.Key, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("record_id", zhidu.db.Key, nullable=False),
        sa.Column("request_number", sa.String(), nullable=False),
        sa.Column("stamped_at", zhidu.db.UTCDateTime(), nullable=False),
        sa.Column("seal_id", zhidu.db.Key, nullable=False),
        sa.Column("seal_type", sa.String(length=32), nullable=False),
        sa.Column("seal_name", sa.String(), nullable=False),
        sa.Column("seal_number", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("applicant", sa.String(), nullable=False),
        sa.Column("document_title", sa.String(), nullable=False),
        sa.Column("document_type", sa.String(length=32), nullable=False),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("copies", zhidu.db.Key, nullable=False),
        sa.Column("counterparty", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("approvers", sa.String(), nullable=False),
        sa.Column("stamped_by", zhidu.db.Key, nullable=False),
        sa.Column("keeper", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.CheckConstraint(
            "document_type IN ('contract', 'agreement', 'certificate', 'report', 'letter', 'authorization', 'tender', 'financial', 'invoice', 'internal', 'other')",
            name=op.f("ck_seals_use_entry_document_type"),
        ),
        sa.CheckConstraint(
            "seal_type IN ('official', 'contract', 'finance', 'legal_representative', 'invoice', 'department', 'project')",
            name=op.f("ck_seals_use_entry_seal_type"),
        ),
        sa.CheckConstraint("copies >= 1", name=op.f("ck_seals_use_entry_copies")),
        sa.CheckConstraint("serial >= 1", name=op.f("ck_seals_use_entry_serial")),
        sa.ForeignKeyConstraint(
            ["company_id", "record_id"],
            ["seals_use_request.company_id", "seals_use_request.id"],
            name=op.f("fk_seals_use_entry_company_id_record_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "seal_id"],
            ["seals_seal.company_id", "seals_seal.id"],
            name=op.f("fk_seals_use_entry_company_id_seal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "stamped_by"],
            ["core_member.company_id", "core_member.id"],
            name=op.f("fk_seals_use_entry_company_id_stamped_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_seals_use_entry_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals_use_entry")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_seals_use_entry_company_id_id")),
        sa.UniqueConstraint(
            "company_id", "year", "serial", name=op.f("uq_seals_use_entry_company_id_year_serial")
        ),
        info={"addon": "seals", "append_only": True},
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("seals_use_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_seals_use_entry_company_id_record_id_id"),
            ["company_id", "record_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_seals_use_entry_company_id_seal_id_id"),
            ["company_id", "seal_id", "id"],
            unique=False,
        )

    helpers.append_only(op, "seals_use_entry")


def downgrade() -> None:
    """Go back."""
    helpers.changeable(op, "seals_use_entry")
    with op.batch_alter_table("seals_use_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seals_use_entry_company_id_seal_id_id"))
        batch_op.drop_index(batch_op.f("ix_seals_use_entry_company_id_record_id_id"))

    op.drop_table("seals_use_entry")
    with op.batch_alter_table("seals_custody", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seals_custody_current",
            sqlite_where=sa.text("until IS NULL"),
            postgresql_where=sa.text("until IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_seals_custody_company_id_seal_id_id"))

    op.drop_table("seals_custody")
    with op.batch_alter_table("seals_use_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seals_use_request_company_id_seal_id_id"))

    op.drop_table("seals_use_request")
    with op.batch_alter_table("seals_inspection", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seals_inspection_open",
            sqlite_where=sa.text("result IS NULL"),
            postgresql_where=sa.text("result IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_seals_inspection_company_id_seal_id_id"))
        batch_op.drop_index(batch_op.f("ix_seals_inspection_company_id_due_on_id"))

    op.drop_table("seals_inspection")
    with op.batch_alter_table("seals_handover", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_seals_handover_open",
            sqlite_where=sa.text("state = 'offered'"),
            postgresql_where=sa.text("state = 'offered'"),
        )
        batch_op.drop_index(batch_op.f("ix_seals_handover_company_id_receiver_id_state"))

    op.drop_table("seals_handover")
    op.drop_table("seals_seal")
