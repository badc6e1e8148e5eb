"""Statistics of records: a plan expects many records a user and several a parent.

On a small table each user may have one record, and then looking through all records of a user is
as cheap, by estimate, as the index of the record's own key. The plan is kept while the table
grows, and is quadratic in the first large import.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
previous_release_serves = True

# Negative: a share of the rows. A user has a thousand records, a parent ten children.
DISTINCT = {"user_id": -0.001, "parent_id": -0.1}


def upgrade() -> None:
    """Expect many records of a user, several of a parent."""
    for column, distinct in DISTINCT.items():
        op.execute(f"ALTER TABLE records ALTER COLUMN {column} SET (n_distinct = {distinct})")


def downgrade() -> None:
    """Expect what is counted, as before."""
    for column in DISTINCT:
        op.execute(f"ALTER TABLE records ALTER COLUMN {column} RESET (n_distinct)")
