"""Links in mails, addresses that are verified, and accounts that are disabled."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
previous_release_serves = True

# `family_id` is the session that asked for a change of address: it stays when the others end.
LINKS = """
CREATE TABLE email_links (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    hash bytea NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('verify_email', 'change_email', 'reset_password')),
    email text NOT NULL,
    family_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, hash)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table, its row-level security and the index for clean-up; add the columns."""
    op.execute("ALTER TABLE users ADD COLUMN email_verified_at timestamptz")
    op.execute("ALTER TABLE users ADD COLUMN disabled_at timestamptz")
    op.execute(LINKS)
    op.execute("CREATE INDEX email_links_age ON email_links (expires_at)")
    op.execute(f"CREATE POLICY own ON email_links USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON email_links USING ({EVERYONE})")
    op.execute("ALTER TABLE email_links ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE email_links FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table and the columns."""
    op.execute("DROP TABLE email_links")
    op.execute("ALTER TABLE users DROP COLUMN disabled_at")
    op.execute("ALTER TABLE users DROP COLUMN email_verified_at")
