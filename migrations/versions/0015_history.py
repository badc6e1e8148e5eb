"""History: what changes overwrote, deleted or lost, and how many bytes it has of each user."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
previous_release_serves = True

# `version` is the one that the record had. Values that lost never were a version of the record:
# theirs is their clock, which no version reaches. `device_name` is that of the writing session.
TABLE = """
CREATE TABLE history (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    collection text NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    device_id uuid NOT NULL,
    clock bigint NOT NULL,
    why text NOT NULL,
    replaced_at timestamptz NOT NULL,
    device_name text,
    data json NOT NULL,
    PRIMARY KEY (user_id, collection, id, version, device_id)
)"""
INDEXES = (
    "CREATE INDEX history_oldest ON history (user_id, replaced_at)",
    "CREATE INDEX history_trash ON history (user_id, replaced_at) WHERE why = 'deleted'",
    # Rows are appended in the order of time: summaries of pages suffice for the clean-up.
    "CREATE INDEX history_age ON history USING brin (replaced_at)",
)
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table with its row-level security; the counter is null while there is none."""
    op.execute(TABLE)
    for statement in INDEXES:
        op.execute(statement)
    op.execute(f"CREATE POLICY own ON history USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON history USING ({EVERYONE})")
    op.execute("ALTER TABLE history ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE history FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE heads ADD COLUMN history_bytes bigint")


def downgrade() -> None:
    """Drop the counter and the table."""
    op.execute("ALTER TABLE heads DROP COLUMN history_bytes")
    op.execute("DROP TABLE history")
