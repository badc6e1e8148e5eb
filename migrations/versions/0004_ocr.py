"""Images to read: a row a job, which is also the queue; and notes of files to delete."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
previous_release_serves = True

# The row is the job, its place in the queue and its result: what takes it up, finishes or cancels
# it is one statement on one row. `lease_until` is when a worker that is silent has lost it.
JOBS = """
CREATE TABLE ocr_jobs (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('menu', 'workout')),
    provider text NOT NULL,
    digest bytea NOT NULL,
    state text NOT NULL
        CHECK (state IN ('arriving', 'queued', 'reading', 'done', 'failed', 'cancelled')),
    waited_for boolean NOT NULL,
    file text,
    bytes integer NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    worker uuid,
    lease_until timestamptz,
    result json,
    failure text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
)"""

# Whatever deletes a row notes its file here in the same transaction; a sweep deletes the files,
# then the notes. No user in it: of a deleted account a random name stays, until the file is gone.
FILES_TO_DELETE = """
CREATE TABLE files_to_delete (
    name text PRIMARY KEY,
    noted_at timestamptz NOT NULL DEFAULT now()
)"""

INDEXES = (
    # The same image is read once, however often it is sent.
    "CREATE UNIQUE INDEX ocr_jobs_image ON ocr_jobs (user_id, digest, kind, provider) "
    "WHERE state IN ('queued', 'reading', 'done')",
    # What a worker looks for: those that a request waits for come first.
    "CREATE INDEX ocr_jobs_queue ON ocr_jobs (waited_for DESC, created_at) "
    "WHERE state IN ('queued', 'reading')",
    "CREATE INDEX ocr_jobs_age ON ocr_jobs (expires_at)",
)


# As in 0002: a migration stands alone, however the others change.
POLICIES = {
    "own": "user_id = (SELECT nullif(current_setting('trackforge.user_id', true), '')::uuid)",
    "everyone": "(SELECT current_setting('trackforge.everyone', true) = 'on')",
}


def upgrade() -> None:
    """Make the tables and the fence of the one that is the users'."""
    for statement in (JOBS, FILES_TO_DELETE, *INDEXES):
        op.execute(statement)
    for name, whose in POLICIES.items():
        op.execute(f"CREATE POLICY {name} ON ocr_jobs USING ({whose})")
    op.execute("ALTER TABLE ocr_jobs ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE ocr_jobs FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """Drop them; the files stay where they are."""
    op.execute("DROP TABLE ocr_jobs")
    op.execute("DROP TABLE files_to_delete")
