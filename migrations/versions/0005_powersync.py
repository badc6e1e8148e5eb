"""Checksums of a user's records at the versions that PowerSync clients have reached."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
previous_release_serves = True

# A PowerSync client adds up the checksum of every operation that it was ever sent, also of those
# that later ones have replaced. This is that sum, by the version up to which the client has read.
CHECKSUMS = """
CREATE TABLE powersync_checksums (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    version bigint NOT NULL,
    checksum bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, version)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table, its row-level security and the index for clean-up."""
    op.execute(CHECKSUMS)
    op.execute("CREATE INDEX powersync_checksums_age ON powersync_checksums (created_at)")
    op.execute(f"CREATE POLICY own ON powersync_checksums USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON powersync_checksums USING ({EVERYONE})")
    op.execute("ALTER TABLE powersync_checksums ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE powersync_checksums FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE powersync_checksums")
