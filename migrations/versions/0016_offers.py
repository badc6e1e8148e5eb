"""Restores as devices need to know them: former epochs, and the records that devices offer."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
previous_release_serves = True

# `former_epochs` maps each earlier epoch to the version up to which its records are the present
# ones. `restored_at` is null for an epoch that an earlier release began.
COLUMNS = """
ALTER TABLE heads
    ADD COLUMN restored_at timestamptz,
    ADD COLUMN former_epochs jsonb,
    ADD COLUMN offers bigint NOT NULL DEFAULT 0,
    ADD COLUMN offers_changed bigint NOT NULL DEFAULT 0,
    ADD COLUMN offered_at timestamptz"""


def upgrade() -> None:
    """Add the columns; earlier releases neither read nor write them."""
    op.execute(COLUMNS)


def downgrade() -> None:
    """Drop the columns."""
    for column in ("restored_at", "former_epochs", "offers", "offers_changed", "offered_at"):
        op.execute(f"ALTER TABLE heads DROP COLUMN {column}")
