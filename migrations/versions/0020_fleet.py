"""Counts of the fleet by day: devices and rejections by version of the app."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
previous_release_serves = True

# Counts of all users together; an empty `app_version` is that of devices that report none.
DEVICES = """
CREATE TABLE fleet_devices (
    day date NOT NULL,
    app_version text NOT NULL,
    schema_version integer NOT NULL,
    devices bigint NOT NULL,
    seen_in_day bigint NOT NULL,
    seen_in_week bigint NOT NULL,
    seen_in_month bigint NOT NULL,
    waiting bigint NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (day, app_version, schema_version)
)"""
REJECTIONS = """
CREATE TABLE fleet_rejections (
    day date NOT NULL,
    code text NOT NULL,
    app_version text NOT NULL,
    kind text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (day, code, app_version, kind)
)"""
STOPPED = """
CREATE TABLE fleet_stopped (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    device_id uuid NOT NULL,
    PRIMARY KEY (user_id, device_id)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the tables; that of devices has row-level security."""
    for statement in (DEVICES, REJECTIONS, STOPPED):
        op.execute(statement)
    op.execute(f"CREATE POLICY own ON fleet_stopped USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON fleet_stopped USING ({EVERYONE})")
    op.execute("ALTER TABLE fleet_stopped ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE fleet_stopped FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("fleet_stopped", "fleet_rejections", "fleet_devices"):
        op.execute(f"DROP TABLE {table}")
