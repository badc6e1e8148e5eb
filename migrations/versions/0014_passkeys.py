"""Passkeys: public keys of authenticators, a second factor."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
previous_release_serves = True

# Unique within an account only: every key begins with the user, so that tables can be sharded.
PASSKEYS = """
CREATE TABLE passkeys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    name text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, credential_id)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table with its row-level security."""
    op.execute(PASSKEYS)
    op.execute(f"CREATE POLICY own ON passkeys USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON passkeys USING ({EVERYONE})")
    op.execute("ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE passkeys FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE passkeys")
