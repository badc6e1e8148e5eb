"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; the previous version of the server is still running."""
    ${upgrades if upgrades else 'op.execute("")'}


def downgrade() -> None:
    """Change them back."""
    ${downgrades if downgrades else 'op.execute("")'}
