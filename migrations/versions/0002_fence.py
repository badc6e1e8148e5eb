"""The second fence: a transaction sees the rows of the user that it names; and the audit trail."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
previous_release_serves = True

# Every table that held user data before, with the column that says whose a row is.
FENCED = {
    "users": "id",
    "emails": "user_id",
    "heads": "user_id",
    "records": "user_id",
    "vacated_days": "user_id",
    "devices": "user_id",
    "idempotency_keys": "user_id",
    "rejected_changes": "user_id",
    "token_families": "user_id",
    "refresh_tokens": "user_id",
    "revoked_tokens": "user_id",
}

# No foreign key: who did what to an account is known longer than the account. Ids only, no e-mail
# and no content, so that nothing of a deleted person stays.
AUDIT = """
CREATE TABLE audit (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    details json NOT NULL,
    request_id uuid,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
)"""

# The sub-selects are evaluated once a statement, not once a row. After a SET LOCAL has ended, the
# setting is '' rather than NULL.
ME = "(SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)"
EVERYONE = "(SELECT current_setting('trackforge.everyone', true) = 'on')"


def upgrade() -> None:
    """Make the audit trail, and fence every table that holds user data, its owner included."""
    op.execute(AUDIT)
    op.execute("CREATE INDEX audit_age ON audit (created_at)")
    op.execute(
        "ALTER TABLE users ADD CONSTRAINT users_role "
        "CHECK (role IN ('user', 'support', 'admin')) NOT VALID"
    )
    for table, column in FENCED.items():
        op.execute(f"CREATE POLICY own ON {table} USING ({column} = {ME})")
        fence(table)
    # What was done to an account is added to and read, not changed, by what acts for its user.
    op.execute(f"CREATE POLICY read ON audit FOR SELECT USING (user_id = {ME})")
    op.execute(f"CREATE POLICY add ON audit FOR INSERT WITH CHECK (user_id = {ME})")
    fence("audit")


def fence(table: str) -> None:
    """Show a table's rows only where a policy says so, to its owner too."""
    op.execute(f"CREATE POLICY everyone ON {table} USING ({EVERYONE})")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Take the fence and the audit trail away."""
    for table in FENCED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY everyone ON {table}")
        op.execute(f"DROP POLICY own ON {table}")
    op.execute("ALTER TABLE users DROP CONSTRAINT users_role")
    op.execute("DROP TABLE audit")
