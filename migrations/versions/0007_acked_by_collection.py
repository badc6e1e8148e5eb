"""Acknowledged versions by collection, and the version of the backup that began an epoch."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
previous_release_serves = True


def upgrade() -> None:
    """Add the columns; both are null for what an earlier release writes."""
    op.execute("ALTER TABLE devices ADD COLUMN acked jsonb")
    op.execute("ALTER TABLE heads ADD COLUMN restored_version bigint")


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE heads DROP COLUMN restored_version")
    op.execute("ALTER TABLE devices DROP COLUMN acked")
