"""The catalogue's versions, and what its search needs: plain words and trigram indexes."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
previous_release_serves = True

TABLES = ("catalogue_foods", "catalogue_exercises")

# `version` is the load that last changed the row, `digest` that of its content; a `retired` row is
# no longer in the data file, but logged days point to it. `words` is the name as search reads it.
COLUMNS = """
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN digest text NOT NULL DEFAULT '',
    ADD COLUMN retired boolean NOT NULL DEFAULT false,
    ADD COLUMN words text NOT NULL DEFAULT ''
"""

# Each data file that was ever loaded, by the digest of its bytes.
LOADS = """
CREATE TABLE catalogue_loads (
    kind text NOT NULL,
    version bigint NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (kind, version)
)"""

# Every word of every name, in which a word that was mistyped finds the one that was meant.
WORDS = """
CREATE TABLE catalogue_words (
    kind text NOT NULL,
    word text NOT NULL,
    PRIMARY KEY (kind, word)
)"""


def upgrade() -> None:
    """Add columns, tables and indexes; the next start of a server fills them."""
    # A trusted extension: a role that may create in the database may create it.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute(LOADS)
    op.execute(WORDS)
    op.execute("CREATE INDEX catalogue_words_like ON catalogue_words USING gin (word gin_trgm_ops)")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} {COLUMNS}")
        op.execute(f"CREATE INDEX {table}_words ON {table} USING gin (words gin_trgm_ops)")


def downgrade() -> None:
    """Take all of it away but the extension, which others may have come to use."""
    for table in TABLES:
        op.execute(f"DROP INDEX {table}_words")
        for column in ("version", "digest", "retired", "words"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute("DROP TABLE catalogue_words")
    op.execute("DROP TABLE catalogue_loads")
