"""${message}."""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

# True if the release before can serve on these tables: it may then be started again.
previous_release_serves = False
# Indexes by name, built after the commit beside all reads and writes:
# {"name": "CREATE INDEX CONCURRENTLY name ON …"}
online_indexes: dict[str, str] = {}


def upgrade() -> None:
    """Change the tables; the previous version of the server is still running."""
    ${upgrades if upgrades else 'op.execute("")'}


def downgrade() -> None:
    """Change them back."""
    ${downgrades if downgrades else 'op.execute("")'}
