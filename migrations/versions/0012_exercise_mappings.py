"""Exercises that a user has chosen for names in the logs of other apps."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
previous_release_serves = True

# `name` is normalized; without an `exercise_id` the name has an exercise of its own.
MAPPINGS = """
CREATE TABLE exercise_mappings (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL,
    exercise_id uuid,
    chosen_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, name)
)"""
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Create the table and its row-level security."""
    op.execute(MAPPINGS)
    op.execute(f"CREATE POLICY own ON exercise_mappings USING (user_id = {ME})")
    op.execute(f"CREATE POLICY everyone ON exercise_mappings USING ({EVERYONE})")
    op.execute("ALTER TABLE exercise_mappings ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE exercise_mappings FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE exercise_mappings")
