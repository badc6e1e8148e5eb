"""The SQL of whoever works at the queue: a job is claimed for a while, and the claim renewed."""

from datetime import timedelta

from sync_server.ocr.queries import COLUMNS, Job, changed, job_of
from sync_server.store.postgres import Connection

MOST_ATTEMPTS = 3
MOST_TRIED = 10

# Leases are by the database's clock: workers' own may differ.
LOST = "state = 'reading' AND lease_until < now()"
# Read without a lock and claimed by key: a sharded PostgreSQL can do that, which knows no
# SKIP LOCKED over its shards.
FREE = f"""
SELECT user_id, id FROM ocr_jobs
WHERE (state = 'queued' OR {LOST})
  AND attempts < {MOST_ATTEMPTS} AND provider = $1 AND expires_at > now()
ORDER BY waited_for DESC, created_at LIMIT {MOST_TRIED}
"""
CLAIM = f"""
UPDATE ocr_jobs SET state = 'reading', worker = $3, lease_until = now() + $4,
                    attempts = attempts + 1, started_at = now()
WHERE user_id = $1 AND id = $2
  AND (state = 'queued' OR {LOST}) AND attempts < {MOST_ATTEMPTS}
RETURNING {COLUMNS}
"""
RENEW = """
UPDATE ocr_jobs SET lease_until = now() + $4
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
RETURN = """
UPDATE ocr_jobs SET state = 'queued', worker = NULL, lease_until = NULL, attempts = attempts - 1
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
# Still claimed until the lease ends, so that others go first.
PUT_OFF = """
UPDATE ocr_jobs SET attempts = attempts - 1
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
FINISH = """
UPDATE ocr_jobs SET state = $4, result = $5, failure = $6, finished_at = now(), worker = NULL,
                    lease_until = NULL
WHERE user_id = $1 AND id = $2 AND worker = $3 AND state = 'reading'
"""
# Whoever took it up so often has died of it, or was stopped: nobody tries again.
GIVE_UP = f"""
UPDATE ocr_jobs SET state = 'failed', failure = 'given_up', worker = NULL, finished_at = now()
WHERE {LOST} AND attempts >= {MOST_ATTEMPTS}
"""


async def claim(connection: Connection, worker: str, provider: str, lease: timedelta) -> Job | None:
    """Take up the next job that nobody works at; None when there is none."""
    for row in await connection.fetch(FREE, provider):
        claimed = await connection.fetchrow(CLAIM, row["user_id"], row["id"], worker, lease)
        if claimed is not None:
            return job_of(claimed)
    return None


async def renew(connection: Connection, job: Job, worker: str, lease: timedelta) -> bool:
    """Say that the worker is alive; False when the job is no longer its own."""
    return await changed(connection, RENEW, job.user_id, job.id, worker, lease)


async def give_back(connection: Connection, job: Job, worker: str) -> None:
    """Return a job to the queue as if it had not been taken up."""
    await connection.execute(RETURN, job.user_id, job.id, worker)


async def put_off(connection: Connection, job: Job, worker: str) -> None:
    """Leave a job until its lease ends, as if it had not been tried."""
    await connection.execute(PUT_OFF, job.user_id, job.id, worker)


async def finish(
    connection: Connection,
    job: Job,
    worker: str,
    *,
    result: str | None = None,
    failure: str | None = None,
) -> bool:
    """Keep what was read, or why not; False when the job was no longer the worker's."""
    state = "done" if failure is None else "failed"
    return await changed(connection, FINISH, job.user_id, job.id, worker, state, result, failure)


async def give_up(connection: Connection) -> None:
    """End the jobs whose workers fell silent too often."""
    await connection.execute(GIVE_UP)
