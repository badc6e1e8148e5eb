"""The tables: one for whatever syncs, a few around it, every key beginning with the user."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
previous_release_serves = False

# Keys begin with user_id, foreign keys lead to users only, there are no triggers, sequences or
# extensions: a PostgreSQL that is sharded by user_id takes these tables as they are.
TABLES = {
    "users": """
        CREATE TABLE users (
            id uuid PRIMARY KEY,
            email text NOT NULL,
            password_hash text NOT NULL,
            role text NOT NULL DEFAULT 'user',
            created_at timestamptz NOT NULL
        )""",
    "emails": """
        CREATE TABLE emails (
            email_norm text PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE
        )""",
    "heads": """
        CREATE TABLE heads (
            user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
            version bigint NOT NULL DEFAULT 0,
            epoch bigint NOT NULL,
            purged_version bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 50)""",
    "records": """
        CREATE TABLE records (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            collection text NOT NULL,
            id uuid NOT NULL,
            version bigint NOT NULL,
            clock bigint NOT NULL,
            device_id uuid NOT NULL,
            field_clocks json,
            deleted boolean NOT NULL,
            day date,
            parent_id uuid,
            changed_at timestamptz NOT NULL,
            data json NOT NULL,
            PRIMARY KEY (user_id, collection, id)
        ) WITH (fillfactor = 90)""",
    "vacated_days": """
        CREATE TABLE vacated_days (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            version bigint NOT NULL,
            day date,
            parent_id uuid,
            PRIMARY KEY (user_id, version)
        )""",
    "devices": """
        CREATE TABLE devices (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            device_id uuid NOT NULL,
            acked_version bigint NOT NULL,
            seen_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, device_id)
        )""",
    "idempotency_keys": """
        CREATE TABLE idempotency_keys (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            key text NOT NULL,
            fingerprint bytea NOT NULL,
            status smallint NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, key)
        )""",
    "rejected_changes": """
        CREATE TABLE rejected_changes (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            id uuid NOT NULL,
            device_id uuid,
            change bytea NOT NULL,
            error json NOT NULL,
            created_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, id)
        )""",
    "token_families": """
        CREATE TABLE token_families (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            id uuid NOT NULL,
            device_name text,
            created_at timestamptz NOT NULL,
            last_used_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            PRIMARY KEY (user_id, id)
        )""",
    "refresh_tokens": """
        CREATE TABLE refresh_tokens (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            hash bytea NOT NULL,
            family_id uuid NOT NULL,
            state text NOT NULL CHECK (state IN ('active', 'rotated', 'revoked')),
            idempotency_key text,
            successor_hash bytea,
            created_at timestamptz NOT NULL,
            rotated_at timestamptz,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, hash)
        )""",
    "revoked_tokens": """
        CREATE TABLE revoked_tokens (
            user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
            jti uuid NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, jti)
        )""",
    "catalogue_foods": """
        CREATE TABLE catalogue_foods (
            id uuid PRIMARY KEY,
            source text NOT NULL,
            source_id text NOT NULL,
            name text NOT NULL,
            food_group text,
            energy_kcal float8,
            protein_g float8,
            carbs_g float8,
            fat_g float8,
            fiber_g float8,
            sugar_g float8,
            saturated_fat_g float8,
            sodium_mg float8,
            servings json
        )""",
    "catalogue_exercises": """
        CREATE TABLE catalogue_exercises (
            id uuid PRIMARY KEY,
            source text NOT NULL,
            source_id text NOT NULL,
            name text NOT NULL,
            category text,
            primary_muscles json,
            secondary_muscles json,
            equipment text,
            data json
        )""",
}

INDEXES = (
    "CREATE UNIQUE INDEX records_version ON records (user_id, version)",
    "CREATE INDEX records_day ON records (user_id, collection, day) WHERE day IS NOT NULL",
    "CREATE INDEX records_parent ON records (user_id, parent_id) WHERE parent_id IS NOT NULL",
    "CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at)",
    "CREATE INDEX rejected_changes_age ON rejected_changes (created_at)",
    "CREATE INDEX refresh_tokens_age ON refresh_tokens (expires_at)",
    "CREATE INDEX revoked_tokens_age ON revoked_tokens (expires_at)",
    # What the purge looks for; writes of living records do not touch it.
    "CREATE INDEX records_tombstones ON records (changed_at) WHERE deleted",
    # A deletion of a user finds its e-mail by the user; log-in finds it by the primary key.
    "CREATE INDEX emails_user ON emails (user_id)",
)

# Already compressed by the server: PostgreSQL's own attempt would only cost time.
STORAGE = ("ALTER TABLE idempotency_keys ALTER COLUMN body SET STORAGE EXTERNAL",)


def upgrade() -> None:
    """Make every table and index."""
    for statement in (*TABLES.values(), *INDEXES, *STORAGE):
        op.execute(statement)


def downgrade() -> None:
    """Drop every table, the ones that point at `users` first."""
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
