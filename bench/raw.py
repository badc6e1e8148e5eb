"""The raw limit: the same rows written and read by plain asyncpg, without HTTP or validation."""

import asyncio
import datetime
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
import uvloop

from bench.meter import Measure, Meter, Pids
from bench.rows import Kind, log_of, mixed_log_of
from sync_server.store.postgres import Connection

Way = Literal["transaction", "statement"]
"""Writing of a batch: BEGIN, version, upsert, COMMIT; or all of it as one statement."""

ADVANCE = "UPDATE heads SET version = version + $2 WHERE user_id = $1 RETURNING version - $2"

_ROWS = """
ROWS FROM (json_to_recordset($4::json) AS (
  collection text, id uuid, clock bigint, day date, parent_id uuid, data json)
) WITH ORDINALITY AS changed (collection, id, clock, day, parent_id, data, place)
ON CONFLICT (user_id, collection, id) DO UPDATE SET
  version = EXCLUDED.version, clock = EXCLUDED.clock, device_id = EXCLUDED.device_id,
  field_clocks = EXCLUDED.field_clocks, deleted = EXCLUDED.deleted, day = EXCLUDED.day,
  parent_id = EXCLUDED.parent_id, changed_at = EXCLUDED.changed_at, data = EXCLUDED.data
"""
_INTO = """
INSERT INTO records (user_id, collection, id, version, clock, device_id, field_clocks, deleted,
                     day, parent_id, changed_at, data)
"""

UPSERT = f"""
{_INTO}
SELECT $1, collection, id, $5 + place, clock, $2, NULL, false, day, parent_id, $3, data
FROM {_ROWS}
"""

ALL_IN_ONE = f"""
WITH head AS (
  UPDATE heads SET version = version + $5 WHERE user_id = $1 RETURNING version - $5 AS version
)
{_INTO}
SELECT $1, collection, id, head.version + place, clock, $2, NULL, false, day, parent_id, $3, data
FROM head, {_ROWS}
"""

READ = """
SELECT collection, id::text, version, clock, device_id::text, deleted, data
FROM records WHERE user_id = $1 AND version > $2 ORDER BY version LIMIT $3
"""

Worker = Callable[[Connection, UUID], Awaitable[int]]


def push_raw(
    database_url: str,
    pids: Pids,
    users: Sequence[str],
    batches: int,
    size: int,
    way: Way,
    kind: Kind = "sets",
) -> Measure:
    """Write new records, a transaction a batch, a connection a user."""
    waiting = deque(batches_of(batches, size, kind))
    latencies: list[float] = []

    async def work(connection: Connection, user_id: UUID) -> int:
        done = 0
        while waiting:
            text = waiting.popleft()
            started = time.perf_counter()
            now = datetime.datetime.now(datetime.UTC)
            if way == "statement":
                await connection.execute(ALL_IN_ONE, user_id, user_id, now, text, size)
            else:
                async with connection.transaction():
                    base = await connection.fetchval(ADVANCE, user_id, size)
                    await connection.execute(UPSERT, user_id, user_id, now, text, base)
            latencies.append(time.perf_counter() - started)
            done += size
        return done

    return uvloop.run(_clocked(database_url, pids, users, work, latencies))


def pull_raw(
    database_url: str, pids: Pids, users: Sequence[str], seconds: float, page: int
) -> Measure:
    """Read the users' records page by page, from the beginning, again and again."""
    latencies: list[float] = []

    async def work(connection: Connection, user_id: UUID) -> int:
        ends, done, version = time.perf_counter() + seconds, 0, 0
        while (started := time.perf_counter()) < ends:
            rows = await connection.fetch(READ, user_id, version, page)
            latencies.append(time.perf_counter() - started)
            done += len(rows)
            version = rows[-1]["version"] if len(rows) == page else 0
        return done

    return uvloop.run(_clocked(database_url, pids, users, work, latencies))


async def _clocked(
    database_url: str,
    pids: Pids,
    users: Sequence[str],
    work: Worker,
    latencies: list[float],
) -> Measure:
    connections = [await asyncpg.connect(database_url) for _ in users]
    try:
        for connection in connections:
            for statement in (ADVANCE, UPSERT, ALL_IN_ONE, READ):
                await connection.prepare(statement)
        meter = Meter(pids)
        done = await asyncio.gather(*map(work, connections, map(UUID, users)))
        return meter.stop(sum(done), latencies)
    finally:
        for connection in connections:
            await connection.close()


def batches_of(batches: int, size: int, kind: Kind) -> list[str]:
    """Batches of new records, each an array for `json_to_recordset`."""
    rows = (log_of if kind == "sets" else mixed_log_of)(batches * size, seed=uuid4().int)
    return [f"[{','.join([next(rows).stored for _ in range(size)])}]" for _ in range(batches)]
