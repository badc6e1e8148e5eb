"""Second factors: TOTP secrets, recovery codes, and the sessions that proved one."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
previous_release_serves = True

# `secret` is encrypted with the key `key_id` of SECRET_KEYS. `used_step` is the time step of the
# last accepted code: neither it nor an earlier one is accepted again.
TOTP = """
CREATE TABLE totp (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    key_id text NOT NULL,
    secret bytea NOT NULL,
    used_step bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz
)"""
RECOVERY_CODES = """
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, hash)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the tables with their row-level security; add the column."""
    op.execute("ALTER TABLE token_families ADD COLUMN second_factor_at timestamptz")
    op.execute(TOTP)
    op.execute(RECOVERY_CODES)
    for table in ("totp", "recovery_codes"):
        op.execute(f"CREATE POLICY own ON {table} USING (user_id = {ME})")
        op.execute(f"CREATE POLICY everyone ON {table} USING ({EVERYONE})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the tables and the column."""
    op.execute("DROP TABLE recovery_codes")
    op.execute("DROP TABLE totp")
    op.execute("ALTER TABLE token_families DROP COLUMN second_factor_at")
