"""Facts of devices: their requests and their own reports."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
previous_release_serves = True

# `report` is what the device last said of itself; `failure` its last request that failed, with
# the error code; `lost` its last changes that lost to others. None has contents of records.
FACTS = """
CREATE TABLE device_facts (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id uuid NOT NULL,
    first_seen_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    pushed_at timestamptz,
    pulled_at timestamptz,
    family_id uuid,
    collections json,
    report json,
    failure json,
    lost json,
    forgotten_at timestamptz,
    PRIMARY KEY (user_id, device_id)
) WITH (fillfactor = 80)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table with its row-level security."""
    op.execute(FACTS)
    op.execute(f"CREATE POLICY own ON device_facts USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON device_facts USING ({EVERYONE})")
    op.execute("ALTER TABLE device_facts ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE device_facts FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE device_facts")
