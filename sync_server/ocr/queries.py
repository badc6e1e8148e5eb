"""The SQL of the jobs as people see them: each is one row, each step of its life one statement."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from schema.ids import UserId
from sync_server.ocr.engines.interface import Kind
from sync_server.store.postgres import Connection

# Between an image's arrival in the table and its file's in the storage.
ARRIVING_FOR = timedelta(minutes=10)

COLUMNS = """
user_id, id, kind, provider, state, waited_for, file, bytes, width, height, attempts,
result, failure, created_at, started_at, finished_at, expires_at, encode(digest, 'hex') AS digest
"""
FIND_IMAGE = f"""
SELECT {COLUMNS} FROM ocr_jobs
WHERE user_id = $1 AND digest = $2 AND kind = $3 AND provider = $4
  AND state IN ('queued', 'reading', 'done') AND expires_at > $5
"""
READ_JOB = f"SELECT {COLUMNS} FROM ocr_jobs WHERE user_id = $1 AND id = $2 AND expires_at > $3"
# Locks the user's row, so that images sent at once are counted one after the other.
KEPT_BYTES = """
SELECT coalesce((SELECT sum(bytes) FROM ocr_jobs
                 WHERE user_id = $1 AND file IS NOT NULL), 0)::bigint
FROM (SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE) AS held
"""
ARRIVE = """
INSERT INTO ocr_jobs (user_id, id, kind, provider, digest, state, waited_for, file, bytes,
                      width, height, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 'arriving', $6, $7, $8, $9, $10, $11, $12)
"""
# An expired job that was not cleaned up yet makes room for the same image.
MAKE_ROOM = """
WITH gone AS (DELETE FROM ocr_jobs
              WHERE user_id = $1 AND digest = $2 AND kind = $3 AND provider = $4
                AND state IN ('queued', 'reading', 'done') AND expires_at <= $5
              RETURNING file)
INSERT INTO files_to_delete (name) SELECT file FROM gone WHERE file IS NOT NULL
ON CONFLICT DO NOTHING
"""
QUEUE = """
UPDATE ocr_jobs SET state = 'queued', expires_at = $3
WHERE user_id = $1 AND id = $2 AND state = 'arriving'
"""
FORGET = """
WITH gone AS (DELETE FROM ocr_jobs WHERE user_id = $1 AND id = $2 RETURNING file)
INSERT INTO files_to_delete (name) SELECT file FROM gone WHERE file IS NOT NULL
ON CONFLICT DO NOTHING
"""
NOTE_FILE = "INSERT INTO files_to_delete (name) VALUES ($1) ON CONFLICT DO NOTHING"
WAIT_FOR = """
UPDATE ocr_jobs SET waited_for = true
WHERE user_id = $1 AND id = $2 AND state = 'queued' AND NOT waited_for
"""
CANCEL = """
WITH held AS (SELECT user_id, id, file FROM ocr_jobs
              WHERE user_id = $1 AND id = $2 AND state IN ('queued', 'reading') FOR UPDATE),
     noted AS (INSERT INTO files_to_delete (name)
              SELECT file FROM held WHERE file IS NOT NULL ON CONFLICT DO NOTHING)
UPDATE ocr_jobs AS job SET state = 'cancelled', file = NULL, worker = NULL, finished_at = $3
FROM held WHERE job.user_id = held.user_id AND job.id = held.id
"""
WAITING = """
SELECT count(*) FILTER (WHERE waited_for) AS waited_for, count(*) AS jobs
FROM ocr_jobs WHERE state = 'queued' AND expires_at > $1
"""
AHEAD = """
SELECT count(*) FROM ocr_jobs
WHERE state = 'queued' AND expires_at > $3
  AND (waited_for > $1 OR waited_for = $1 AND created_at < $2)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """An image to read, and what became of it. Times are aware; `result` is JSON text."""

    user_id: UserId
    id: str
    kind: Kind
    provider: str
    state: str
    waited_for: bool
    file: str | None
    bytes: int
    width: int
    height: int
    attempts: int
    result: str | None
    failure: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime
    digest: str


def job_of(row: asyncpg.Record | None) -> Job | None:
    """The job in a row of COLUMNS, if there is one."""
    fields: dict[str, Any] = dict(row) if row else {}
    return Job(**fields) if fields else None


async def find_image(
    connection: Connection, user_id: UserId, image: tuple[bytes, Kind, str], now: datetime
) -> Job | None:
    """The job of the same image (digest, kind, provider), unless it failed or expired."""
    return job_of(await connection.fetchrow(FIND_IMAGE, user_id, *image, now))


async def read_job(connection: Connection, user_id: UserId, id: str, now: datetime) -> Job | None:
    """The job of this id."""
    return job_of(await connection.fetchrow(READ_JOB, user_id, id, now))


async def kept_bytes(connection: Connection, user_id: UserId) -> int | None:
    """How much of this user is kept; None when there is no such user any more."""
    kept: int | None = await connection.fetchval(KEPT_BYTES, user_id)
    return kept


async def arrive(connection: Connection, job: Job) -> None:
    """Note an image whose file is about to be stored; raises ForeignKeyViolationError."""
    await connection.execute(
        ARRIVE,
        job.user_id, job.id, job.kind, job.provider, bytes.fromhex(job.digest), job.waited_for,
        job.file, job.bytes, job.width, job.height, job.created_at,
        job.created_at + ARRIVING_FOR,
    )  # fmt: skip


async def queue(connection: Connection, job: Job) -> bool:
    """Put an image that is stored into the queue; False when its user has been deleted.

    Raises UniqueViolationError when the same image came in meanwhile.
    """
    image = bytes.fromhex(job.digest), job.kind, job.provider
    await connection.execute(MAKE_ROOM, job.user_id, *image, job.created_at)
    return await changed(connection, QUEUE, job.user_id, job.id, job.expires_at)


async def forget(connection: Connection, user_id: UserId, id: str) -> None:
    """Delete a job, and note its file."""
    await connection.execute(FORGET, user_id, id)


async def note_file(connection: Connection, file: str) -> None:
    """Note a file that no row names."""
    await connection.execute(NOTE_FILE, file)


async def wait_for(connection: Connection, user_id: UserId, id: str) -> None:
    """Let a job pass those that nobody waits for."""
    await connection.execute(WAIT_FOR, user_id, id)


async def cancel(connection: Connection, user_id: UserId, id: str, now: datetime) -> bool:
    """Cancel a job that has not ended; whether it was so."""
    return await changed(connection, CANCEL, user_id, id, now)


async def count_waiting(connection: Connection, now: datetime) -> tuple[int, int]:
    """Jobs of everybody in the queue: those that a request waits for, and all."""
    row = await connection.fetchrow(WAITING, now)
    assert row is not None
    return row["waited_for"], row["jobs"]


async def count_ahead(connection: Connection, job: Job, now: datetime) -> int:
    """Jobs of everybody that are taken up before this one."""
    ahead: int = await connection.fetchval(AHEAD, job.waited_for, job.created_at, now)
    return ahead


async def changed(connection: Connection, statement: str, *values: object) -> bool:
    """Whether the statement found its one row."""
    return (await connection.execute(statement, *values)).split()[-1] == "1"
