"""Images of nutrition labels: a third kind of job."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
previous_release_serves = True

REPLACED = """
ALTER TABLE ocr_jobs
    DROP CONSTRAINT IF EXISTS ocr_jobs_kind_check,
    ADD CONSTRAINT ocr_jobs_kind_check CHECK (kind IN ({kinds})) NOT VALID
"""
VALIDATED = "ALTER TABLE ocr_jobs VALIDATE CONSTRAINT ocr_jobs_kind_check"


def upgrade() -> None:
    """Allow labels; the check is added without reading the table, then validated."""
    op.execute(REPLACED.format(kinds="'menu', 'workout', 'label'"))
    op.execute(VALIDATED)


def downgrade() -> None:
    """Delete the jobs of labels, and allow no more of them."""
    op.execute("DELETE FROM ocr_jobs WHERE kind = 'label'")
    op.execute(REPLACED.format(kinds="'menu', 'workout'"))
    op.execute(VALIDATED)
