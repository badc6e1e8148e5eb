"""More nutrients of built-in foods: vitamins, minerals and the like per 100 g."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
previous_release_serves = True


def upgrade() -> None:
    """Add the column; the next start of a server fills it."""
    op.execute("ALTER TABLE catalogue_foods ADD COLUMN nutrients json NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Remove the column."""
    op.execute("ALTER TABLE catalogue_foods DROP COLUMN nutrients")
