"""Wake keys: addresses of devices at push services, and what is owed to them."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None
previous_release_serves = True

# `address` is null once the gateway has called it dead; `covered_version` is the version up to
# which the device needs no wake-up; `tried_at` its last attempt; `due_at` the next, null if none
# is owed. The key ends with its session, for which a release that knows no keys deletes the row.
KEYS = """
CREATE TABLE wake_keys (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id uuid NOT NULL,
    family_id uuid NOT NULL,
    kind text NOT NULL,
    address json,
    created_at timestamptz NOT NULL,
    covered_version bigint NOT NULL,
    tried_at timestamptz,
    due_at timestamptz,
    sent_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    dropped_at timestamptz,
    dropped_reason text,
    PRIMARY KEY (user_id, device_id),
    FOREIGN KEY (user_id, family_id) REFERENCES token_families ON DELETE CASCADE
) WITH (fillfactor = 80)"""
INDEXES = (
    "CREATE INDEX wake_keys_due ON wake_keys (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX wake_keys_family ON wake_keys (user_id, family_id)",
)
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table with its row-level security; add the version that a pull delivered."""
    op.execute(KEYS)
    for statement in INDEXES:
        op.execute(statement)
    op.execute(f"CREATE POLICY own ON wake_keys USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON wake_keys USING ({EVERYONE})")
    op.execute("ALTER TABLE wake_keys ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE wake_keys FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE device_facts ADD COLUMN delivered_version bigint")


def downgrade() -> None:
    """Drop the table and the column."""
    op.execute("ALTER TABLE device_facts DROP COLUMN delivered_version")
    op.execute("DROP TABLE wake_keys")
