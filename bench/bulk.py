"""Many users with a few records each, and one with very many: by COPY, past the server."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator
from uuid import UUID

import asyncpg

from bench.rows import Row, log_of
from sync_server.store.postgres import Connection

MOMENT = "2026-01-01T00:00:00Z"
DEVICE_ID = "0192f0c4-6f0e-7c4e-9a53-0a4f4f1f2b11"
RECORDS_EACH = 5
LINES = 2000
NULL = "\\N"
RECORD_COLUMNS = (
    "user_id", "collection", "id", "version", "clock", "device_id", "deleted", "day",
    "parent_id", "changed_at", "data",
)  # fmt: skip


def add_users(database_url: str, count: int) -> list[str]:
    """`count` users with RECORDS_EACH records each; their ids."""
    return asyncio.run(_add_users(database_url, count))


def add_records(database_url: str, user_id: str, count: int) -> None:
    """`count` records for a user who has none."""
    asyncio.run(_add_records(database_url, user_id, count))


def settle(database_url: str) -> None:
    """Do now what autovacuum and the checkpointer would do in the middle of a measurement."""
    asyncio.run(_settle(database_url))


async def _add_users(database_url: str, count: int) -> list[str]:
    ids = [str(UUID(int=secrets.randbits(128), version=4)) for _ in range(count)]
    connection = await asyncpg.connect(database_url)
    try:
        await _copy(
            connection,
            "users",
            ("id", "email", "password_hash", "role", "created_at"),
            (f"{id}\t{id}@example.com\tnone\tuser\t{MOMENT}\n" for id in ids),
        )
        await _copy(
            connection, "emails", ("email_norm", "user_id"),
            (f"{id}@example.com\t{id}\n" for id in ids),
        )  # fmt: skip
        await _copy(
            connection, "heads", ("user_id", "version", "epoch"),
            (f"{id}\t{RECORDS_EACH}\t{1 + secrets.randbits(62)}\n" for id in ids),
        )  # fmt: skip
        lines = (
            line for seed, id in enumerate(ids) for line in _lines(id, log_of(RECORDS_EACH, seed))
        )
        await _copy(connection, "records", RECORD_COLUMNS, lines)
    finally:
        await connection.close()
    return ids


async def _add_records(database_url: str, user_id: str, count: int) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        lines = _lines(user_id, log_of(count, secrets.randbits(64)))
        await _copy(connection, "records", RECORD_COLUMNS, lines)
        await connection.execute(
            "UPDATE heads SET version = $2 WHERE user_id = $1", UUID(user_id), count
        )
    finally:
        await connection.close()


async def _settle(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for statement in ("VACUUM (ANALYZE) users, emails, heads, records", "CHECKPOINT"):
            await connection.execute(statement, timeout=300)
    finally:
        await connection.close()


def _lines(user_id: str, rows: Iterable[Row]) -> Iterator[str]:
    for version, row in enumerate(rows, 1):
        yield (
            f"{user_id}\t{row.collection}\t{row.id}\t{version}\t{row.clock}\t{DEVICE_ID}\tf\t"
            f"{row.day or NULL}\t{row.parent_id or NULL}\t{MOMENT}\t{row.data}\n"
        )


async def _copy(
    connection: Connection,
    table: str,
    columns: tuple[str, ...],
    lines: Iterable[str],
) -> None:
    await connection.copy_to_table(
        table, source=_chunks(lines), columns=columns, format="text", timeout=600
    )


async def _chunks(lines: Iterable[str]) -> AsyncIterator[bytes]:
    stored: list[str] = []
    for line in lines:
        stored.append(line)
        if len(stored) == LINES:
            yield "".join(stored).encode()
            stored.clear()
    yield "".join(stored).encode()
