"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
requires: dict[str, str] = {}


def upgrade() -> None:
    """Go from ${down_revision or "nothing"} to ${up_revision}."""
    ${upgrades}


def downgrade() -> None:
    """Go back."""
    ${downgrades}
