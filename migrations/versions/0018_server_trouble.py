"""Trouble of the server: failed requests by minute and code, of all users together."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
previous_release_serves = True


def upgrade() -> None:
    """Create the table; it has no users."""
    op.execute("""
        CREATE TABLE server_trouble (
            at timestamptz NOT NULL,
            code text NOT NULL,
            requests bigint NOT NULL,
            PRIMARY KEY (at, code)
        )""")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE server_trouble")
