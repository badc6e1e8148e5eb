"""SQL of OCR jobs for the routes: one row per job, one statement per state change."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from schema.ids import UserId
from sync_server.ocr.engines.interface import ImageKind
from sync_server.store.files.sweep import note_files
from sync_server.store.postgres import Connection

# Maximum time between inserting a job and storing its file.
ARRIVAL_TIMEOUT = timedelta(minutes=10)

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
STORED_BYTES = """
SELECT coalesce((SELECT sum(bytes) FROM ocr_jobs
                 WHERE user_id = $1 AND file IS NOT NULL), 0)::bigint
FROM (SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE) AS locked
"""
INSERT_ARRIVING = """
INSERT INTO ocr_jobs (user_id, id, kind, provider, digest, state, waited_for, file, bytes,
                      width, height, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, 'arriving', $6, $7, $8, $9, $10, $11, $12)
"""
# An expired job that retention has not deleted yet would violate the unique index.
DELETE_EXPIRED = """
DELETE FROM ocr_jobs
WHERE user_id = $1 AND digest = $2 AND kind = $3 AND provider = $4
  AND state IN ('queued', 'reading', 'done') AND expires_at <= $5
RETURNING file
"""
QUEUE = """
UPDATE ocr_jobs SET state = 'queued', expires_at = $3
WHERE user_id = $1 AND id = $2 AND state = 'arriving'
"""
DELETE_JOB = "DELETE FROM ocr_jobs WHERE user_id = $1 AND id = $2 RETURNING file"
PRIORITIZE = """
UPDATE ocr_jobs SET waited_for = true
WHERE user_id = $1 AND id = $2 AND state = 'queued' AND NOT waited_for
"""
LOCK_UNFINISHED = """
SELECT file FROM ocr_jobs
WHERE user_id = $1 AND id = $2 AND state IN ('queued', 'reading') FOR UPDATE
"""
CANCEL = """
UPDATE ocr_jobs SET state = 'cancelled', file = NULL, worker = NULL, finished_at = $3
WHERE user_id = $1 AND id = $2
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
    """Job of one image and its state. Times are aware; `result` is JSON text."""

    user_id: UserId
    id: str
    kind: ImageKind
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


def job_from_row(row: asyncpg.Record | None) -> Job | None:
    """Job of a row of COLUMNS; None without a row."""
    fields: dict[str, Any] = dict(row) if row else {}
    return Job(**fields) if fields else None


async def find_image(
    connection: Connection, user_id: UserId, image: tuple[bytes, ImageKind, str], now: datetime
) -> Job | None:
    """Job of the same image (digest, kind, provider), unless failed or expired."""
    return job_from_row(await connection.fetchrow(FIND_IMAGE, user_id, *image, now))


async def read_job(connection: Connection, user_id: UserId, id: str, now: datetime) -> Job | None:
    """Job by id."""
    return job_from_row(await connection.fetchrow(READ_JOB, user_id, id, now))


async def stored_bytes(connection: Connection, user_id: UserId) -> int | None:
    """Total size of the user's stored images; None for a deleted user. Locks the user's row."""
    total: int | None = await connection.fetchval(STORED_BYTES, user_id)
    return total


async def insert_arriving(connection: Connection, job: Job) -> None:
    """Insert a job whose file is about to be stored; raises ForeignKeyViolationError."""
    await connection.execute(
        INSERT_ARRIVING,
        job.user_id, job.id, job.kind, job.provider, bytes.fromhex(job.digest), job.waited_for,
        job.file, job.bytes, job.width, job.height, job.created_at,
        job.created_at + ARRIVAL_TIMEOUT,
    )  # fmt: skip


async def queue(connection: Connection, job: Job) -> bool:
    """Queue a job whose file is stored; False if its user was deleted.

    Raises UniqueViolationError if the same image was queued in the meantime.
    """
    image = bytes.fromhex(job.digest), job.kind, job.provider
    expired = await connection.fetch(DELETE_EXPIRED, job.user_id, *image, job.created_at)
    await note_files(connection, _files(expired))
    return await updated_one(connection, QUEUE, job.user_id, job.id, job.expires_at)


async def delete_job(connection: Connection, user_id: UserId, id: str) -> None:
    """Delete a job, and mark its file for deletion."""
    await note_files(connection, _files(await connection.fetch(DELETE_JOB, user_id, id)))


async def mark_file_for_deletion(connection: Connection, file: str) -> None:
    """Mark an unreferenced file for deletion."""
    await note_files(connection, [file])


async def prioritize(connection: Connection, user_id: UserId, id: str) -> None:
    """Prioritize a job because a request waits for it."""
    await connection.execute(PRIORITIZE, user_id, id)


async def cancel(connection: Connection, user_id: UserId, id: str, now: datetime) -> bool:
    """Cancel an unfinished job; False if it had ended."""
    unfinished = await connection.fetch(LOCK_UNFINISHED, user_id, id)
    if not unfinished:
        return False
    await note_files(connection, _files(unfinished))
    await connection.execute(CANCEL, user_id, id, now)
    return True


def _files(rows: list[asyncpg.Record]) -> list[str]:
    return [row["file"] for row in rows if row["file"] is not None]


async def count_waiting(connection: Connection, now: datetime) -> tuple[int, int]:
    """Numbers of queued jobs of all users: with a waiting request, and in all."""
    row = await connection.fetchrow(WAITING, now)
    assert row is not None
    return row["waited_for"], row["jobs"]


async def count_ahead(connection: Connection, job: Job, now: datetime) -> int:
    """Number of jobs of all users before this one in the queue."""
    upcoming: int = await connection.fetchval(AHEAD, job.waited_for, job.created_at, now)
    return upcoming


async def updated_one(connection: Connection, statement: str, *values: object) -> bool:
    """True if the statement updated its one row."""
    return (await connection.execute(statement, *values)).split()[-1] == "1"
