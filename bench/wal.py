"""Bytes of a record: in the write-ahead log, by relation and compression, and on disk, by index."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import asyncpg

from bench import load
from bench.meter import Measure
from bench.runs import BATCH, CONNECTIONS, apart
from bench.stage import SERVE, Stage, stage
from sync_server.store.postgres import Connection

COMPRESSIONS = ("off", "pglz")
BATCHES, ALONE = 160, 1600
BEGIN, END = "<!-- figures: python -m bench wal --draw -->", "<!-- end of wal -->"

LOGGED = """
SELECT coalesce(pg_filenode_relation(0, relfilenode)::text,
                pg_filenode_relation(reltablespace, relfilenode)::text, 'other') AS relation,
       sum(record_length) AS bytes
FROM pg_get_wal_block_info($1, $2, false)
WHERE block_id = 0
GROUP BY relation
"""
# Rows of `records` and the sizes of its table and indexes.
SIZES = """
SELECT relname, pg_relation_size(oid) AS bytes, (SELECT count(*) FROM records) AS records
FROM pg_class
WHERE oid = 'records'::regclass
   OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'records'::regclass)
ORDER BY relname <> 'records', bytes DESC
"""


class Logged(NamedTuple):
    """Write-ahead log of one kind of work: bytes a change, in all and by relation."""

    steady: float
    after_checkpoint: float
    by_relation: Mapping[str, float]


class Results(NamedTuple):
    """Log by (kind of work, compression), and bytes a record of the table and each index."""

    logged: Mapping[tuple[str, str], Logged]
    sizes: Mapping[str, float]


def measure() -> Results:
    """Bytes of the same work with each compression of full pages, on a server of its own."""
    logged: dict[tuple[str, str], Logged] = {}
    sizes: Mapping[str, float] = {}
    for compression in COMPRESSIONS:
        with stage(SERVE) as staged:
            asyncio.run(_set(staged.database_url, compression))
            for kind, work in _works(staged).items():
                logged[kind, compression] = asyncio.run(_logged(staged.database_url, work))
            sizes = asyncio.run(_sizes(staged.database_url))
    return Results(logged, sizes)


def _works(staged: Stage) -> Mapping[str, Callable[[], Measure]]:
    writers, (alone,) = staged.accounts(CONNECTIONS), staged.accounts(1)
    place, pids = staged.base_url, staged.pids
    return {
        "push of 50 sets": lambda: apart(load.push_storm, place, pids, writers, BATCHES, BATCH),
        "push of 50, half food logs": lambda: apart(
            load.push_storm, place, pids, writers, BATCHES, BATCH, "mixed"
        ),
        "overwrite of 50": lambda: apart(
            load.overwrite_storm, place, pids, writers, BATCHES, BATCH
        ),
        "push of 1": lambda: apart(load.push_storm, place, pids, [alone], ALONE, 1),
    }


async def _set(database_url: str, compression: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f"ALTER SYSTEM SET wal_compression = '{compression}'")
        # In the middle a checkpoint would put whole pages into the log of the steady state, and a
        # vacuum what it does to earlier rows.
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("ALTER SYSTEM SET checkpoint_timeout = '1h'")
        await connection.execute("ALTER SYSTEM SET max_wal_size = '16GB'")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
    finally:
        await connection.close()


async def _logged(database_url: str, work: Callable[[], Measure]) -> Logged:
    """Log of the work after a checkpoint, then again on the pages that are in the log already."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("CHECKPOINT", timeout=300)
        first, _ = await _between(connection, work)
        steady, relations = await _between(connection, work)
    finally:
        await connection.close()
    return Logged(steady, first, relations)


async def _between(
    connection: Connection, work: Callable[[], Measure]
) -> tuple[float, Mapping[str, float]]:
    """Bytes a change from before the work until after it, in all and by relation."""
    begin = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
    changes = (await asyncio.to_thread(work)).records
    end = await connection.fetchval("SELECT pg_current_wal_insert_lsn()")
    total = await connection.fetchval("SELECT ($2::pg_lsn - $1::pg_lsn)::bigint", begin, end)
    await connection.execute("SELECT pg_switch_wal()")  # all of it is on disk, where LOGGED reads
    rows = await connection.fetch(LOGGED, begin, end, timeout=300)
    return total / changes, {row["relation"]: float(row["bytes"]) / changes for row in rows}


async def _sizes(database_url: str) -> Mapping[str, float]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(SIZES)
    finally:
        await connection.close()
    return {row["relname"]: row["bytes"] / row["records"] for row in rows}


def lines(results: Results, date: str) -> Iterator[str]:
    """The results as Markdown."""
    yield f"Measured {date}; bytes do not depend on the machine's load."
    yield ""
    yield f"| bytes a change | steady | after a checkpoint: {' | '.join(COMPRESSIONS)} |"
    yield "|---|" + "---:|" * (1 + len(COMPRESSIONS))
    kinds = list(dict.fromkeys(kind for kind, _ in results.logged))
    for kind in kinds:
        by = [results.logged[kind, compression] for compression in COMPRESSIONS]
        yield _row(kind, by[0].steady, *(it.after_checkpoint for it in by))
    yield ""
    yield f"| steady, by relation | {' | '.join(kinds)} |"
    yield "|---|" + "---:|" * len(kinds)
    columns = [results.logged[kind, COMPRESSIONS[0]].by_relation for kind in kinds]
    for relation in _by_share(columns):
        yield _row(f"`{relation}`", *(column.get(relation, 0.0) for column in columns))
    yield ""
    yield "| on disk | bytes a record |"
    yield "|---|---:|"
    for name, size in results.sizes.items():
        yield _row(f"`{name}`", size)


def write(results: Results, date: str, path: Path) -> Path:
    """Replace what stands between the marks of a page; the path."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    text = "\n".join(lines(results, date))
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    return path


def _by_share(columns: Sequence[Mapping[str, float]]) -> list[str]:
    """Relations that have at least five bytes of any kind of work, largest first."""
    greatest = {
        relation: max(column.get(relation, 0.0) for column in columns)
        for relation in {relation for column in columns for relation in column}
    }
    return sorted((it for it in greatest if greatest[it] >= 5), key=lambda it: -greatest[it])


def _row(name: str, *figures: float) -> str:
    return f"| {name} | {' | '.join(f'{figure:,.0f}' for figure in figures)} |"
