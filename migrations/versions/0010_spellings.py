"""E-mail addresses that equal others in another spelling, and an index of imported hashes."""

import sqlalchemy as sa
from alembic import context, op

from sync_server.security.passwords import normal_email

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
previous_release_serves = True

IMPORTED = "password_hash LIKE 'bcrypt%' OR password_hash LIKE '$2%'"
# Of ASCII addresses the form that is compared stays the same.
FIND = "SELECT id, email FROM users WHERE email ~ '[^ -~]' ORDER BY created_at"
# Beside the form that the previous release looks up; the older of two accounts has it.
ADD = """
INSERT INTO emails (email_norm, user_id) VALUES (:normal, :id) ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add the forms that are compared now, and the index."""
    op.execute(f"CREATE INDEX users_imported ON users (id) WHERE {IMPORTED}")
    if context.is_offline_mode():
        return  # SQL has no IDNA: an upgrade by a script leaves such addresses as they are
    op.execute("SET LOCAL trackforge.everyone = 'on'")
    connection = op.get_bind()
    for id, email in connection.execute(sa.text(FIND)).fetchall():
        connection.execute(sa.text(ADD), {"normal": normal_email(email), "id": id})
    op.execute("SET LOCAL trackforge.everyone = ''")


def downgrade() -> None:
    """Drop the index; the additional forms do no harm."""
    op.execute("DROP INDEX users_imported")
