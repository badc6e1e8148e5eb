"""SQL of the workers: jobs are claimed under a lease, which is renewed while they run."""

from datetime import timedelta

from sync_server.ocr.queries import COLUMNS, Job, job_from_row, updated_one
from sync_server.store.postgres import Connection

MAX_ATTEMPTS = 3
MAX_CANDIDATES = 10

# Leases use the database's clock: workers' clocks may differ.
EXPIRED = "state = 'reading' AND lease_until < now()"
# Selected without a lock, then claimed by key: not every database has SKIP LOCKED here
# (docs/scale.md).
CLAIMABLE = f"""
SELECT user_id, id FROM ocr_jobs
WHERE (state = 'queued' OR {EXPIRED})
  AND attempts < {MAX_ATTEMPTS} AND provider = $1 AND expires_at > now()
ORDER BY waited_for DESC, created_at LIMIT {MAX_CANDIDATES}
"""
COUNT_WAITING = "SELECT count(*) FROM ocr_jobs WHERE state = 'queued'"
CLAIM = f"""
UPDATE ocr_jobs SET state = 'reading', worker = $3, lease_until = now() + $4,
                    attempts = attempts + 1, started_at = now()
WHERE user_id = $1 AND id = $2
  AND (state = 'queued' OR {EXPIRED}) AND attempts < {MAX_ATTEMPTS}
RETURNING {COLUMNS}
"""
RENEW = """
UPDATE ocr_jobs SET lease_until = now() + $4
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
RELEASE = """
UPDATE ocr_jobs SET state = 'queued', worker = NULL, lease_until = NULL, attempts = attempts - 1
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
# The lease stays until it expires, so that other jobs go first.
DEFER = """
UPDATE ocr_jobs SET attempts = attempts - 1
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
FINISH = """
UPDATE ocr_jobs SET state = $4, result = $5, failure = $6, finished_at = now(), worker = NULL,
                    lease_until = NULL
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
# Its workers crashed or were stopped on every attempt: no more attempts.
FAIL_EXHAUSTED = f"""
UPDATE ocr_jobs SET state = 'failed', failure = 'given_up', worker = NULL, finished_at = now()
WHERE {EXPIRED} AND attempts >= {MAX_ATTEMPTS}
"""


async def count_waiting(connection: Connection) -> int:
    """Number of jobs that wait to be read."""
    return int(await connection.fetchval(COUNT_WAITING))


async def claim(connection: Connection, worker: str, provider: str, lease: timedelta) -> Job | None:
    """Claim the next queued job, or one with an expired lease; None if there is none."""
    for row in await connection.fetch(CLAIMABLE, provider):
        claimed = await connection.fetchrow(CLAIM, row["user_id"], row["id"], worker, lease)
        if claimed is not None:
            return job_from_row(claimed)
    return None


async def renew(connection: Connection, job: Job, worker: str, lease: timedelta) -> bool:
    """Renew the lease; False if the worker no longer holds it."""
    return await updated_one(connection, RENEW, job.user_id, job.id, worker, lease)


async def release(connection: Connection, job: Job, worker: str) -> None:
    """Return a job to the queue; the attempt is not counted."""
    await connection.execute(RELEASE, job.user_id, job.id, worker)


async def defer(connection: Connection, job: Job, worker: str) -> None:
    """Leave a job until its lease expires; the attempt is not counted."""
    await connection.execute(DEFER, job.user_id, job.id, worker)


async def finish(
    connection: Connection,
    job: Job,
    worker: str,
    *,
    result: str | None = None,
    failure: str | None = None,
) -> bool:
    """Store the result or the failure; False if the worker no longer holds the lease."""
    state = "done" if failure is None else "failed"
    return await updated_one(
        connection, FINISH, job.user_id, job.id, worker, state, result, failure
    )


async def fail_exhausted(connection: Connection) -> None:
    """Fail the jobs whose leases expired MAX_ATTEMPTS times."""
    await connection.execute(FAIL_EXHAUSTED)
