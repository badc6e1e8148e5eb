"""Identities: accounts at OpenID Connect providers that sign in to accounts here."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
previous_release_serves = True

# As `emails`: found before the user is known, so the key does not begin with the user.
IDENTITIES = """
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    provider text NOT NULL,
    email text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table, its index and its row-level security."""
    op.execute(IDENTITIES)
    op.execute("CREATE UNIQUE INDEX identities_user ON identities (user_id, issuer)")
    op.execute(f"CREATE POLICY own ON identities USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON identities USING ({EVERYONE})")
    op.execute("ALTER TABLE identities ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE identities FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE identities")
