"""Counters of a user's records, tombstones and bytes, for the quotas."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
previous_release_serves = True

COLUMNS = ("records", "tombstones", "bytes")


def upgrade() -> None:
    """Add the counters: 0 for users to come, null for the others until their first write."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE heads ADD COLUMN {column} bigint")
        op.execute(f"ALTER TABLE heads ALTER COLUMN {column} SET DEFAULT 0")


def downgrade() -> None:
    """Drop the counters."""
    for column in COLUMNS:
        op.execute(f"ALTER TABLE heads DROP COLUMN {column}")
