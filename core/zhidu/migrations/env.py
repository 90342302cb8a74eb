"""Run one addon's migrations on the connection of the runner; Alembic loads this file by its path."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Configure Alembic for the addon and let it do the steps; the transaction is the runner's."""
    given = context.config.attributes
    context.configure(connection=given["connection"], **given["options"])
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads it; an import does nothing
    run()
