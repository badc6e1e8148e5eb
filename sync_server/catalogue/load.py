"""Loading and updating of the built-in catalogue in its tables."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson

from schema.ids import catalogue_id
from schema.nutrients import ALL_NUTRIENTS
from sync_server.catalogue.words import normalize_words
from sync_server.store.postgres import Connection

# Part of every digest: incremented to reload the same file, as after a change of `words`.
FORMAT = b"1"


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """Table of a kind of entry: its content columns with their types."""

    name: str
    columns: dict[str, str]


_SOURCE = {"source": "text", "source_id": "text", "name": "text"}
TABLES = {
    "foods": CatalogueTable(
        "catalogue_foods",
        _SOURCE
        | {"food_group": "text"}
        | dict.fromkeys(ALL_NUTRIENTS, "float8")
        | {"nutrients": "json", "servings": "json"},
    ),
    "exercises": CatalogueTable(
        "catalogue_exercises",
        _SOURCE
        | {"category": "text", "primary_muscles": "json", "secondary_muscles": "json"}
        | {"equipment": "text", "data": "json"},
    ),
}

UPSERT = """
INSERT INTO {table} AS stored (id, version, digest, words, {columns})
SELECT id, $1, digest, words, {columns}
FROM json_to_recordset($2::text::json) AS fresh(id uuid, digest text, words text, {typed})
ON CONFLICT (id) DO UPDATE
SET version = CASE WHEN stored.digest = excluded.digest AND NOT stored.retired
                   THEN stored.version ELSE excluded.version END,
    digest = excluded.digest, words = excluded.words, retired = false, {assigned}
WHERE stored.digest <> excluded.digest OR stored.words <> excluded.words OR stored.retired
"""
RETIRE = """
UPDATE {table} AS stored SET retired = true, version = $1
WHERE NOT retired AND NOT EXISTS (SELECT FROM unnest($2::uuid[]) AS fresh(id) WHERE id = stored.id)
"""
DELETE_WORDS = "DELETE FROM catalogue_words WHERE kind = $1"
INSERT_WORDS = """
INSERT INTO catalogue_words (kind, word)
SELECT DISTINCT $1::text, word FROM {table}, string_to_table(trim(words), ' ') AS word
WHERE NOT retired AND word <> ''
"""


async def load_catalogue(connection: Connection) -> None:
    """Update the tables to the shipped files; no-op if current.

    Ids are derived from the sources' ids, permanently. Entries that are no longer shipped are
    retired, not deleted, because logged days refer to them.
    Safe when several processes start at once.
    """
    for kind in TABLES:
        await load(connection, kind, shipped(kind))


async def load(connection: Connection, kind: str, packed: bytes) -> None:
    """Load a data file of one kind, unless the same file was loaded before.

    An older release that still starts during a deployment thus does not restore older data.
    """
    digest = hashlib.sha256(FORMAT + packed).hexdigest()
    known = "SELECT EXISTS (SELECT FROM catalogue_loads WHERE kind = $1 AND digest = $2)"
    if await connection.fetchval(known, kind, digest):
        return
    async with connection.transaction():
        await connection.execute("LOCK TABLE catalogue_loads IN SHARE ROW EXCLUSIVE MODE")
        if not await connection.fetchval(known, kind, digest):
            await _replace(connection, kind, packed, digest)


async def _replace(connection: Connection, kind: str, packed: bytes, digest: str) -> None:
    table = TABLES[kind]
    version: int = await connection.fetchval(
        "INSERT INTO catalogue_loads (kind, version, digest)"
        " SELECT $1, coalesce(max(version), 0) + 1, $2 FROM catalogue_loads WHERE kind = $1"
        " RETURNING version",
        kind,
        digest,
    )
    entries = [_entry(kind, row, table) for row in unpacked(packed)]
    upsert = UPSERT.format(
        table=table.name,
        columns=", ".join(table.columns),
        typed=", ".join(f"{name} {type}" for name, type in table.columns.items()),
        assigned=", ".join(f"{name} = excluded.{name}" for name in table.columns),
    )
    await connection.execute(upsert, version, orjson.dumps(entries).decode())
    ids = [entry["id"] for entry in entries]
    await connection.execute(RETIRE.format(table=table.name), version, ids)
    await connection.execute(DELETE_WORDS, kind)
    await connection.execute(INSERT_WORDS.format(table=table.name), kind)
    # The index took the rows in unsorted (five times faster); every search would read them so.
    await connection.execute(f"SELECT gin_clean_pending_list('{table.name}_words')")
    # Query plans are cached: without statistics they would be bad ones.
    await connection.execute(f"ANALYZE {table.name}, catalogue_words")


def shipped(kind: str) -> bytes:
    """Data file of `foods` or `exercises`, compressed."""
    return (files("sync_server.catalogue") / "data" / f"{kind}.ndjson.gz").read_bytes()


def rows(kind: str) -> Iterator[dict[str, Any]]:
    """Shipped entries of `foods` or `exercises`."""
    return unpacked(shipped(kind))


def unpacked(packed: bytes) -> Iterator[dict[str, Any]]:
    """Entries of a data file."""
    for line in gzip.decompress(packed).splitlines():
        yield orjson.loads(line)


def _entry(kind: str, row: dict[str, Any], table: CatalogueTable) -> dict[str, Any]:
    content = {name: row[name] for name in table.columns}
    return content | {
        "id": catalogue_id(kind, row["source"], row["source_id"]),
        "digest": hashlib.sha256(orjson.dumps(content)).hexdigest()[:32],
        # The space before each word is what a search for beginnings of words looks for.
        "words": f" {normalize_words(row['name'])}",
    }
