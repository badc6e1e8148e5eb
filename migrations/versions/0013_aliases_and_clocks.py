"""Aliases of records, the clocks of devices, and the greatest clock of each user."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None
previous_release_serves = True

# Ids under which records with a natural key were sent. The clean-up deletes them with the
# record's tombstone.
ALIASES = """
CREATE TABLE record_aliases (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    collection text NOT NULL,
    id uuid NOT NULL,
    target_id uuid NOT NULL,
    PRIMARY KEY (user_id, collection, id)
)"""
# In microseconds: the least offset of a device that was seen lately, and its last clock that was
# corrected forward.
CLOCKS = """
CREATE TABLE device_clocks (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id uuid NOT NULL,
    offset_us bigint,
    offset_at bigint NOT NULL,
    last_sent bigint NOT NULL,
    last_corrected bigint NOT NULL,
    PRIMARY KEY (user_id, device_id)
)"""
TABLES = ("record_aliases", "device_clocks")
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the tables with their row-level security; the column is null for earlier releases."""
    op.execute(ALIASES)
    op.execute(
        "CREATE INDEX record_aliases_target ON record_aliases (user_id, collection, target_id)"
    )
    op.execute(CLOCKS)
    for table in TABLES:
        op.execute(f"CREATE POLICY own ON {table} USING (user_id = {ME})")
        op.execute(f"CREATE POLICY everyone ON {table} USING ({EVERYONE})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE heads ADD COLUMN max_clock bigint")


def downgrade() -> None:
    """Drop the column and the tables."""
    op.execute("ALTER TABLE heads DROP COLUMN max_clock")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
