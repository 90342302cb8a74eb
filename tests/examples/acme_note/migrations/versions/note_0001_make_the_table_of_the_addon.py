"""Make the table of the addon"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import zhidu.db

revision = "note_0001"
down_revision = None
branch_labels = None
depends_on = None
requires: dict[str, str] = {}


def upgrade() -> None:
    """Go from nothing to note_0001."""
    op.create_table(
        "note_note",
        sa.Column("id", zhidu.db.Key, autoincrement=False, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("company_id", zhidu.db.Key, nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "id"],
            ["core_record.company_id", "core_record.id"],
            name=op.f("fk_note_note_company_id_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_note")),
        info={"addon": "note"},
        sqlite_autoincrement=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("note_note")
