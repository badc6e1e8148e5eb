"""SQL of the catalogue: search of built-in and own entries, single entries, downloads."""

from collections.abc import Sequence

import asyncpg
import orjson

from schema.ids import UserId
from sync_server.catalogue.downloads import Load, Span
from sync_server.catalogue.kinds import EntryKind
from sync_server.store.fenced_reads import Reads
from sync_server.store.postgres import Connection

# Newest own records that a search considers: ids are usually UUIDv7.
MAX_OWN = 2000
MAX_OF_A_BARCODE = 100
# Newest logs that tell how often an entry is used.
MAX_LOGS, HALF_LIFE_DAYS = 1000, 14.0

LISTED = """
SELECT id, words, {columns} FROM {table}
WHERE NOT retired {conditions}
ORDER BY words, id
LIMIT $1
"""
# The digest of the last loaded data file, and the version of the user's last change.
READ_STATE = """
SELECT coalesce((SELECT digest FROM catalogue_loads
                 WHERE kind = $2 ORDER BY version DESC LIMIT 1), '') AS digest,
       coalesce((SELECT version FROM heads WHERE user_id = $1::text::uuid), 0) AS version
"""
# The database writes the JSON of long lists, and the worker thread reads it: the event loop only
# passes it on.
READ_NAMES = """
SELECT coalesce(json_agg(json_build_array(id, source_id, name)), '[]')::text
FROM {table} WHERE NOT retired
"""
FILTERED_IDS = "SELECT id FROM {table} WHERE NOT retired {conditions}"
BY_ID = "SELECT id, {columns} FROM {table} WHERE id = ANY($1::uuid[])"
_OWN = """
FROM (SELECT id, data FROM records
      WHERE user_id = $1::text::uuid AND collection = $2 AND NOT deleted
      ORDER BY id DESC LIMIT $3) AS own
"""
READ_OWN = f"SELECT coalesce(json_agg(json_build_array(id, data)), '[]')::text {_OWN}"
READ_OWN_NAMES = f"""
SELECT coalesce(json_agg(json_build_array(id, data->>'name', data->>'brand')), '[]')::text {_OWN}
"""
READ_OWN_BY_ID = """
SELECT id, data FROM records
WHERE user_id = $1::text::uuid AND collection = $2 AND id = ANY($3::uuid[]) AND NOT deleted
"""
# Days on which an entry was logged, counting half after each HALF_LIFE_DAYS before the last log.
READ_USAGE = """
SELECT coalesce(json_object_agg(entry, weight), '{}')::text
FROM (SELECT entry, sum(0.5 ^ (age / $5::float8)) AS weight
      FROM (SELECT DISTINCT data->>$3 AS entry, max(day) OVER () - day AS age
            FROM (SELECT data, day FROM records
                  WHERE user_id = $1::text::uuid AND collection = $2 AND NOT deleted
                    AND day IS NOT NULL
                  ORDER BY day DESC LIMIT $4) AS newest) AS days
      WHERE entry IS NOT NULL
      GROUP BY entry) AS weights
"""
READ_BARCODE = """
SELECT id, data FROM records
WHERE user_id = $1::text::uuid AND collection = 'foods' AND NOT deleted
  AND ltrim(regexp_replace(data->>'barcode', '[^0-9]', '', 'g'), '0') = ANY($2::text[])
ORDER BY version DESC LIMIT $3
"""
# The database writes the JSON: Python would spend a tenth of a second on it.
DOCUMENT = """
SELECT (SELECT coalesce(json_agg(row_to_json(entry)), '[]')::text
        FROM (SELECT {columns} FROM {table}
              WHERE NOT retired AND version > $1 ORDER BY words, id) AS entry) AS entries,
       (SELECT coalesce(json_agg(id), '[]')::text
        FROM {table} WHERE retired AND version > $1 AND $1 > 0) AS removed
"""
ENTRY = """
SELECT row_to_json(entry)::text
FROM (SELECT {columns}, retired FROM {table} WHERE id = $1) AS entry
"""


async def list_filtered(
    connection: Reads, kind: EntryKind, filters: Sequence[str | None], limit: int
) -> list[asyncpg.Record]:
    """Entries that pass the filters, ordered by name."""
    conditions = kind.conditions(first=2)
    statement = LISTED.format(
        table=kind.table, columns=", ".join(kind.columns), conditions=conditions
    )
    return await connection.fetch(statement, limit, *filters)


async def read_filtered_ids(
    connection: Reads, kind: EntryKind, filters: Sequence[str | None]
) -> list[str]:
    """Ids of the entries that pass the filters."""
    statement = FILTERED_IDS.format(table=kind.table, conditions=kind.conditions(first=1))
    return [row["id"] for row in await connection.fetch(statement, *filters)]


async def read_by_id(
    connection: Reads, kind: EntryKind, ids: Sequence[str]
) -> list[asyncpg.Record]:
    """Entries by their ids, in any order."""
    statement = BY_ID.format(table=kind.table, columns=", ".join(kind.columns))
    return await connection.fetch(statement, ids)


async def read_state(connection: Reads, kind: EntryKind, user_id: UserId) -> tuple[str, int]:
    """(digest of the last loaded data file or "", version of the user's last change)."""
    row = await connection.fetchrow(READ_STATE, user_id, kind.name)
    assert row is not None
    return row["digest"], row["version"]


async def read_names(connection: Reads, kind: EntryKind) -> str:
    """JSON text: id, source id and name of each entry."""
    text: str = await connection.fetchval(READ_NAMES.format(table=kind.table))
    return text


async def read_own(connection: Reads, kind: EntryKind, user_id: UserId) -> str:
    """JSON text: id and data of each live record of the user, of the kind."""
    text: str = await connection.fetchval(READ_OWN, user_id, kind.name, MAX_OWN)
    return text


async def read_own_names(connection: Reads, kind: EntryKind, user_id: UserId) -> str:
    """JSON text: id, name and brand of each live record of the user, of the kind."""
    text: str = await connection.fetchval(READ_OWN_NAMES, user_id, kind.name, MAX_OWN)
    return text


async def read_usage(connection: Reads, kind: EntryKind, user_id: UserId) -> str:
    """JSON text: weight of each entry in the user's newest logs, by its id."""
    text: str = await connection.fetchval(
        READ_USAGE, user_id, kind.log, kind.log_field, MAX_LOGS, HALF_LIFE_DAYS
    )
    return text


async def read_own_by_id(
    connection: Reads, kind: EntryKind, user_id: UserId, ids: Sequence[str]
) -> list[asyncpg.Record]:
    """Live records of the user by their ids, in any order."""
    if not ids:
        return []
    return await connection.fetch(READ_OWN_BY_ID, user_id, kind.name, ids)


async def read_by_barcode(
    connection: Reads, user_id: UserId, barcodes: list[str]
) -> list[asyncpg.Record]:
    """The user's own live foods of a barcode, in any of its spellings, the last written first."""
    return await connection.fetch(READ_BARCODE, user_id, barcodes, MAX_OF_A_BARCODE)


async def read_loads(connection: Connection, kind: EntryKind) -> list[Load]:
    """Loaded data files, in order."""
    rows = await connection.fetch(
        "SELECT version, digest FROM catalogue_loads WHERE kind = $1 ORDER BY version", kind.name
    )
    return [Load(row["version"], row["digest"]) for row in rows]


async def read_document(connection: Connection, kind: EntryKind, span: Span) -> bytes:
    """The download of a span: JSON text with `entries` and the ids of those `removed`."""
    statement = DOCUMENT.format(table=kind.table, columns=", ".join(kind.download_columns))
    since = span.since.version if span.since else 0
    row = await connection.fetchrow(statement, since)
    assert row is not None
    head = {"version": span.version, "since": span.since and span.since.name}
    parts = f',"entries":{row["entries"]},"removed":{row["removed"]}}}'
    return orjson.dumps(head)[:-1] + parts.encode()


async def read_entry(connection: Connection, kind: EntryKind, id: str) -> str | None:
    """Entry as JSON text, possibly retired."""
    statement = ENTRY.format(table=kind.table, columns=", ".join(kind.download_columns))
    text: str | None = await connection.fetchval(statement, id)
    return text


async def count_entries(connection: Connection, kind: EntryKind) -> int:
    """Number of entries that are not retired."""
    statement = f"SELECT count(*) FROM {kind.table} WHERE NOT retired"
    count: int = await connection.fetchval(statement)
    return count
