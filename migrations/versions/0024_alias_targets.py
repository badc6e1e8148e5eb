"""Index of aliases by target: the target comes first, so that look-ups by key do not use it.

Before a table's first ANALYZE, the planner estimates one row for two equal columns, as for the
primary key, and chose the index by target for a look-up by key: it read every alias of the user's
collection, for each change of a push.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
previous_release_serves = True
online_indexes = {
    "record_aliases_by_target": (
        "CREATE INDEX CONCURRENTLY record_aliases_by_target"
        " ON record_aliases (target_id, user_id, collection)"
    )
}


def upgrade() -> None:
    """Remove the index that misled the planner."""
    op.execute("DROP INDEX record_aliases_target")


def downgrade() -> None:
    """Make the index as it was."""
    op.execute("DROP INDEX IF EXISTS record_aliases_by_target")
    op.execute(
        "CREATE INDEX record_aliases_target ON record_aliases (user_id, collection, target_id)"
    )
