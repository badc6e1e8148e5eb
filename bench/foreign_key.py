"""Share of the foreign key to users in an insert: the same rows into two tables, one without it.

Each table has a connection, so that PostgreSQL has a process for it whose processor time is
read by itself; what other processes do (checkpoints, vacuum, clients) is not in it.
"""

import asyncio
import datetime
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple
from uuid import UUID

import asyncpg
from rich.table import Table

from bench.raw import ADVANCE, UPSERT, batches_of
from bench.runs import BATCH
from bench.stage import SERVE, stage
from sync_server.store.postgres import Connection

TURNS_BATCHES = 40
COPY = """
CREATE TABLE keyless (LIKE records INCLUDING ALL);
ALTER TABLE keyless SET (autovacuum_enabled = off);
ALTER TABLE records SET (autovacuum_enabled = off);
"""
CONFIDENCE = 1.96
# As the server's connections: with a few users, a check would otherwise read the whole table.
SESSION = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}


class Backend(NamedTuple):
    """A connection, the process that serves it, and the statement that inserts a batch."""

    connection: Connection
    pid: int
    statement: str


def measure(turns: int) -> Table:
    """A table of means of the turns, and the share with its 95 % interval."""
    with stage(SERVE) as staged:
        (account,) = staged.accounts(1)
        found = asyncio.run(_measure(staged.database_url, UUID(account.user_id), turns))
    table = Table("PostgreSQL, µs of processor a record", "with", "without", "share", "±")
    shares = [1 - without / with_key for with_key, without in found]
    own, other = (mean(column) for column in zip(*found, strict=True))
    interval = CONFIDENCE * stdev(shares) / len(shares) ** 0.5
    records = f"{len(found) * TURNS_BATCHES * BATCH:,} records each"
    table.add_row(records, f"{own:.1f}", f"{other:.1f}", f"{mean(shares):.1%}", f"{interval:.1%}")
    return table


async def _measure(url: str, user_id: UUID, turns: int) -> Sequence[tuple[float, float]]:
    owner = await asyncpg.connect(url)
    await owner.execute(COPY)
    await owner.close()
    backends = [await _open(url, statement_for(table)) for table in ("records", "keyless")]
    spent: list[tuple[float, float]] = []
    try:
        for number in range(turns + 1):
            texts = batches_of(TURNS_BATCHES, BATCH, "sets")
            order = backends if number % 2 else backends[::-1]
            costs = {it.statement: await _turn(it, user_id, texts) for it in order}
            if number:  # the first turn plans the statements and reads the catalogue
                spent.append((costs[backends[0].statement], costs[backends[1].statement]))
    finally:
        for it in backends:
            await it.connection.close()
    return spent


def statement_for(table: str) -> str:
    """The statement that inserts a batch into a table."""
    return UPSERT.replace("INSERT INTO records", f"INSERT INTO {table}")


async def _open(url: str, statement: str) -> Backend:
    connection = await asyncpg.connect(url, server_settings=SESSION)
    return Backend(connection, await connection.fetchval("SELECT pg_backend_pid()"), statement)


async def _turn(backend: Backend, user_id: UUID, texts: Sequence[str]) -> float:
    """Microseconds a record of the process that inserts them."""
    connection, now = backend.connection, datetime.datetime.now(datetime.UTC)
    before = _cpu_ns(backend.pid)
    for text in texts:
        async with connection.transaction():
            base = await connection.fetchval(ADVANCE, user_id, BATCH)
            await connection.execute(backend.statement, user_id, user_id, now, text, base)
    return (_cpu_ns(backend.pid) - before) / 1000 / (len(texts) * BATCH)


def _cpu_ns(pid: int) -> int:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
